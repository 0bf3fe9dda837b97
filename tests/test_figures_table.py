"""The README's table of figures is what is kept of the shipped models."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from benchmarks import figures
from vae_core.checkpoint_header import Header
from vae_core.checkpoints import list_checkpoints
from vae_core.evaluation import measured


@pytest.fixture(autouse=True)
def shipped_results(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("VAE_MEASURED_DIR", raising=False)


def test_the_table_is_up_to_date() -> None:
    """After new results: python -m benchmarks.figures."""
    readme = figures.README.read_text(encoding="utf-8")
    assert readme == figures.written(readme)


def test_every_shipped_model_has_its_results_beside_it() -> None:
    for path, header in list_checkpoints(figures.MODELS).items():
        assert isinstance(header, Header)
        results = measured.load(path, header)
        assert measured.is_complete(results.figures), path.stem
        assert results.problem == ""
        assert all(one.commit for one in results.figures.values()), path.stem


def test_the_command_writes_between_its_marks_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    readme = tmp_path / "README.md"
    readme.write_text(f"before\n{figures.START}\nold\n{figures.END}\nafter\n", encoding="utf-8")
    monkeypatch.setattr(sys, "argv", ["figures", "--readme", str(readme)])
    assert figures.main() == 0
    text = readme.read_text(encoding="utf-8")
    assert text == f"before\n{figures.START}\n{figures.table()}{figures.END}\nafter\n"
    assert "| `mnist-deep-map-vae-2d` | 60 | 131." in text


def test_a_file_without_marks_is_left_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    readme = tmp_path / "README.md"
    readme.write_text("no marks", encoding="utf-8")
    monkeypatch.setattr(sys, "argv", ["figures", "--readme", str(readme)])
    with pytest.raises(SystemExit, match="to write between"):
        figures.main()
    assert readme.read_text(encoding="utf-8") == "no marks"
