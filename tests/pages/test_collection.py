"""Tests for ui.collection and ui.explore.bring: models that visitors add."""

import shutil
from collections import namedtuple
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from tests.pages.conftest import APP, param
from ui import collection
from ui.collection import add, name_of
from vae_core import files
from vae_core.errors import CheckpointError

Disk = namedtuple("Disk", "total used free")


@pytest.fixture
def data(model_dir: Path) -> bytes:
    return (model_dir / "digits-vae-3d.safetensors").read_bytes()


@pytest.fixture
def folder(model_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The models' folder, of its own for each test."""
    own = tmp_path / "own"
    own.mkdir()
    shutil.copy(model_dir / "digits-vae-2d.safetensors", own)
    monkeypatch.setenv("VAE_CHECKPOINT_DIR", str(own))
    return own


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.rglob("*"))


def test_what_is_added_is_the_file(folder, data):
    assert add(data, "mine").read_bytes() == data
    assert names(folder) == ["digits-vae-2d.safetensors", "mine.safetensors"]


@pytest.mark.parametrize("name", ["", "a b", "../x", "a/b", "é", "x" * 61, "a.b", "a\n"])
def test_a_name_that_is_no_file_s_is_refused(folder, data, name):
    with pytest.raises(CheckpointError, match="letters, digits"):
        add(data, name)
    assert names(folder) == ["digits-vae-2d.safetensors"]


def test_a_model_that_is_there_is_not_replaced(folder, data):
    there = folder / "digits-vae-2d.safetensors"
    before = there.read_bytes()
    with pytest.raises(CheckpointError, match="already"):
        add(data, there.stem)
    assert there.read_bytes() == before


@pytest.mark.parametrize(
    "spoil", [lambda d: d[:-1], lambda d: d[:100], lambda d: b"", lambda d: d[:-1] + b"x"]
)
def test_a_file_that_is_no_model_is_refused(folder, data, spoil):
    with pytest.raises(CheckpointError):
        add(spoil(data), "spoilt")
    assert names(folder) == ["digits-vae-2d.safetensors"]


def test_there_is_a_limit_to_the_models(folder, data, monkeypatch):
    monkeypatch.setattr(collection, "MAX_MODELS", 2)
    add(data, "second")
    with pytest.raises(CheckpointError, match="2 models already"):
        add(data, "third")


def test_a_nearly_full_disk_is_left_alone(folder, data, monkeypatch):
    monkeypatch.setattr(files.shutil, "disk_usage", lambda _: Disk(0, 0, files.SPARE))
    with pytest.raises(CheckpointError, match="nearly full"):
        add(data, "mine")
    assert names(folder) == ["digits-vae-2d.safetensors"]


@pytest.mark.parametrize(
    ("file", "name"),
    [
        ("digits-vae.safetensors", "digits-vae"),
        ("C:\\models\\my best (2).safetensors", "my-best-2"),
        ("../../etc/passwd", "passwd"),
        ("....safetensors", "model"),
        ("\u202egpj.safetensors", "gpj"),
        ("x" * 300, "x" * 60),
    ],
)
def test_a_name_is_made_from_that_of_the_file(file, name):
    assert name_of(file) == name
    assert collection.NAME.fullmatch(name)


def opened() -> AppTest:
    app = AppTest.from_file(APP, default_timeout=60)
    app.run()
    assert not app.exception
    return app


def uploader(app: AppTest):
    return next(w for w in app.get("file_uploader") if w.key.startswith("explore_file"))


def test_an_added_model_is_shown(folder, data):
    app = opened()
    uploader(app).upload("from home.safetensors", data).run()
    assert not app.exception
    assert param(app, "model") == "from-home"
    assert "from-home is here now" in app.toast[0].value


def test_a_bad_file_is_one_sentence_and_the_map_stays(folder, data):
    app = opened()
    uploader(app).upload("bad.safetensors", data[:-8]).run()
    assert not app.exception
    assert len(app.error) == 1
    assert param(app, "model") == "digits-vae-2d"
