"""Tests for the layers of the code: pages -> ui -> vae_core, and no way back."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
MODULES = {folder: sorted((ROOT / folder).rglob("*.py")) for folder in ("vae_core", "ui", "pages")}
FORBIDDEN = {
    "vae_core": {"streamlit", "plotly", "ui", "pages", "app"},
    "ui": {"pages", "app", "torch", "sklearn"},
    "pages": {"pages", "app", "torch", "sklearn", "plotly"},
}
MAX_LINES = {"vae_core": 250, "ui": 250, "pages": 120}
IMAGE_SIZES = {784, 28, 10}


def name_of(path: Path) -> str:
    """The dotted name of a module of this repository."""
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


def parse(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), str(path))


def imported(nodes: Iterator[ast.AST]) -> set[str]:
    """Dotted names that these statements import, `from a import b` as both a and a.b."""
    names = set()
    for node in nodes:
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "a relative import"
            names |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return names


def at_import_time(tree: ast.AST) -> Iterator[ast.AST]:
    """Every node that runs when the module is imported: none within a function."""
    for child in ast.iter_child_nodes(tree):
        if not isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            yield child
            yield from at_import_time(child)


every_module = pytest.mark.parametrize(
    ("folder", "path"),
    [(folder, path) for folder, paths in MODULES.items() for path in paths],
    ids=lambda value: name_of(value) if isinstance(value, Path) else "",
)


def test_there_is_a_core_to_look_at() -> None:
    assert len(MODULES["vae_core"]) > 20


@every_module
def test_imports_go_down_only(folder: str, path: Path) -> None:
    packages = {name.split(".")[0] for name in imported(ast.walk(parse(path)))}
    assert packages & FORBIDDEN[folder] == set()


@every_module
def test_libraries_that_take_seconds_to_import_wait_until_they_are_needed(
    folder: str, path: Path
) -> None:
    names = imported(at_import_time(parse(path)))
    slow = ("sklearn", "torchvision", "scipy.stats", "scipy.integrate", "scipy.optimize")
    assert [name for name in names if name.startswith(slow)] == []


@pytest.mark.parametrize("folder", ["vae_core", "ui"])
def test_no_module_needs_itself_to_be_imported(folder: str) -> None:
    names = {name_of(path): path for path in MODULES[folder]}
    graph = {
        name: {other for other in imported(at_import_time(parse(path))) if other in names}
        - {name, folder, name.rsplit(".", 1)[0]}  # a package always comes before its modules
        for name, path in names.items()
    }
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as err:
        pytest.fail(f"modules import each other: {' -> '.join(err.args[1])}")


@every_module
def test_a_module_fits_into_a_head(folder: str, path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= MAX_LINES[folder]


@every_module
def test_a_module_says_what_it_is(folder: str, path: Path) -> None:
    assert ast.get_docstring(parse(path))


@every_module
def test_no_image_size_or_number_of_classes_is_built_in(folder: str, path: Path) -> None:
    """Presets and data sets may know theirs; the rest of the core takes what it gets."""
    if (
        folder != "vae_core"
        or path.name in ("presets.py", "references.py")
        or path.parent.name == "data"
    ):
        return
    numbers = {
        f"line {node.lineno}: {node.value}"
        for node in ast.walk(parse(path))
        if isinstance(node, ast.Constant) and type(node.value) is int and node.value in IMAGE_SIZES
    }
    assert numbers == set()


@every_module
def test_every_picture_has_words_for_those_who_do_not_see_it(folder: str, path: Path) -> None:
    silent = {
        f"line {node.lineno}: {node.func.attr}"
        for node in ast.walk(parse(path))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in ("image", "plotly_chart")
        and "alt" not in {keyword.arg for keyword in node.keywords}
    }
    assert silent == set()
