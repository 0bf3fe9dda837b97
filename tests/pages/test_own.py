"""Tests for ui/own: images that visitors bring, and what becomes of them."""

import io
import re
from base64 import b64decode
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest

from tests.core.test_data_archive import hostile
from tests.own_images import colour_zip, grey_npz, png, write_own_model
from tests.pages.conftest import APP, param, texts
from tests.pages.test_train import open_train, runs_dir  # noqa: F401 - nothing trains here
from ui.layers import LAYERS
from ui.own import reading, shelf
from ui.train.draft import fitting_draft
from vae_core import build_model, load_images, model_config, train_config
from vae_core.data import kept
from vae_core.data.own import read_file
from vae_core.models.presets import PRESETS
from vae_core.runs import RunConfig, submit


@pytest.fixture(autouse=True)
def own_dir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("VAE_OWN_DIR", str(tmp_path / "own"))
    return tmp_path / "own"


def open_dialog() -> AppTest:
    app = open_train()
    next(b for b in app.button if b.key == "own_bring").click()
    app.run()
    assert not app.exception
    return app


def bring(app: AppTest, *files: tuple[str, bytes], folder: bool = False) -> AppTest:
    """Upload into the dialog's field."""
    if folder:
        ways = next(w for w in app.get("button_group") if w.key.startswith("own_way"))
        ways.set_value("folder").run()
    field = next(w for w in app.get("file_uploader") if w.key.startswith("own_"))
    field.set_value([(name, data, "application/octet-stream") for name, data in files]).run()
    assert not app.exception
    return app


def button(app: AppTest, key: str):
    return next((b for b in app.button if b.key == key), None)


def keep(app: AppTest, name: str = "") -> AppTest:
    if name:
        next(t for t in app.text_input if t.key.startswith("own_name")).set_value(name)
    button(app, "own_keep").click().run()
    assert not app.exception
    return app


def field(app: AppTest, key: str):
    return next(w for kind in (app.selectbox, app.number_input) for w in kind if w.key == key)


def alts(app: AppTest) -> list[str]:
    return re.findall(r'<img alt="([^"]*)"', body_of(app))


def body_of(app: AppTest) -> str:
    return "".join(e.proto.body for e in app.get("html"))


def test_what_was_understood_is_shown_before_anything_is_kept(own_dir):
    app = bring(open_dialog(), ("shapes.zip", colour_zip(50)))
    said = texts(app)
    assert "50 images, 5 classes" in said
    assert "40 to train on, 10 held out" in said
    assert "All pictures are 32 × 32 pixels and stay so, in colour. 1 other file was left" in said
    assert alts(app).count("Example of class bar") == 10
    assert not own_dir.exists()


def test_what_is_kept_is_chosen_with_settings_that_fit():
    app = keep(bring(open_dialog(), ("shapes.zip", colour_zip(50))))
    assert kept.kept_names() == ["own:shapes"]
    assert field(app, "train_dataset").value == "own:shapes"
    assert field(app, "train_preset").value == "conv-strided"
    assert field(app, "train_batch_size").value == 32
    assert field(app, "train_epochs").value == 100
    assert "Trained on 40 images; 10 others" in texts(app)
    assert not app.get("file_uploader")  # the dialog is closed
    assert len(load_images("own:shapes", "train")) == 40


def test_another_name_can_be_given_and_a_taken_one_is_refused():
    app = keep(bring(open_dialog(), ("x.zip", colour_zip(50))), "mine")
    button(app, "own_bring").click().run()
    app = keep(bring(app, ("x.zip", colour_zip(50))), "mine")
    assert [e.value for e in app.error] == [
        "There is a data set called mine already; choose another name."
    ]
    keep(app, "../mine")
    assert "letters, digits, dashes" in app.error[0].value
    assert kept.kept_names() == ["own:mine"]


@pytest.mark.parametrize("kind", ["leads-out", "twice", "bomb", "picture-bomb", "html", "cut"])
def test_a_hostile_archive_is_one_sentence_and_nothing_is_kept(kind, own_dir):
    app = bring(open_dialog(), ("evil.zip", hostile(kind)))
    assert len(app.error) == 1
    assert "evil" in app.error[0].value
    assert "\n" not in app.error[0].value
    assert button(app, "own_keep") is None
    assert not own_dir.exists()


def array(**options) -> bytes:
    buffer = io.BytesIO()
    np.savez(buffer, **options)
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("files", "sentence"),
    [
        ([("a.npz", array(pictures=np.zeros((9, 8, 8), np.uint8)))], "no array called"),
        ([("a.npz", array(images=np.full((9, 8, 8), 255.0)))], "must lie in"),
        ([("a.npz", array(images=np.zeros((9, 65, 65), np.uint8)))], "8 to 64 pixels a side"),
        ([("a.npy", b"")], "not a readable"),
        ([("a.png", png(np.zeros((9, 9), np.uint8)))], "Of 1 image 0 would be held out"),
        ([("a.zip", colour_zip(50)), ("b.zip", colour_zip(50))], "These are too many files"),
        ([("a.png", b"GIF89a"), ("b.png", b"GIF89a")], "not a readable PNG"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_cannot_be_used_is_said(files, sentence):
    app = bring(open_dialog(), *files)
    assert len(app.error) == 1
    assert sentence in app.error[0].value
    assert button(app, "own_keep") is None


def test_there_is_a_limit_to_what_is_uploaded_at_once(monkeypatch):
    monkeypatch.setattr(reading, "MAX_PICTURES", 2)
    pictures = [(f"{i}.png", png(np.zeros((9, 9), np.uint8))) for i in range(3)]
    assert "at most 2 are read one by one" in bring(open_dialog(), *pictures).error[0].value
    monkeypatch.setattr(reading, "MAX_MB", 1)
    large = [(f"{i}.png", bytes(600_000)) for i in range(2)]
    assert "larger than 1 MB together" in bring(open_dialog(), *large).error[0].value


def test_pictures_of_one_name_are_all_there():
    pictures = [("same.png", png(np.full((9, 9), i, np.uint8))) for i in range(20)]
    app = bring(open_dialog(), *pictures)
    assert "20 images, 1 class" in texts(app)
    assert next(t for t in app.text_input if t.key.startswith("own_name")).value == "pictures"


def test_a_folder_has_its_name_and_classes():
    pictures = [
        (f"zoo/{'ab'[i % 2]}/{i}.png", png(np.full((9, 9), i, np.uint8))) for i in range(20)
    ]
    app = bring(open_dialog(), *pictures, folder=True)
    assert "20 images, 2 classes" in texts(app)
    keep(app)
    assert load_images("own:zoo").classes == ("a", "b")


def test_resized_pictures_can_have_another_size():
    pictures = [(f"{i}.png", png(np.full((90, 120), i, np.uint8))) for i in range(20)]
    app = bring(open_dialog(), *pictures)
    assert "All pictures are 120 × 90 pixels: each is cropped to its middle square" in texts(app)
    sides = next(w for w in app.get("button_group") if w.key == "own_side")
    sides.set_value(64).run()
    assert "resized to 64 × 64 pixels" in texts(app)
    keep(app)
    assert load_images("own:pictures").image_shape == (1, 64, 64)


def test_names_with_markup_are_literal():
    app = bring(open_dialog(), ("blobs.npz", grey_npz(30)))
    body = body_of(app)
    assert "&lt;b&gt;disc&lt;/b&gt;" in body
    assert "<b>disc" not in body


def brought(name: str, data: bytes, suffix: str) -> str:
    return kept.keep(read_file(io.BytesIO(data), f"x.{suffix}"), name)


def waiting(root: Path, dataset: str):
    images = load_images(dataset)
    model = model_config("dense-512", images.image_shape)
    return submit(root, RunConfig(model, train_config("dense-512", dataset=dataset)))


def test_a_data_set_can_be_deleted_unless_a_run_needs_it(runs_dir):  # noqa: F811
    name = brought("shapes", colour_zip(50), "zip")
    run = waiting(runs_dir, name)
    app = open_dialog()
    assert "shapes: 50 images, 32 × 32 pixels, colour" in texts(app).replace("*", "")
    button(app, f"own_delete_sure_{name}").click().run()
    assert "shapes is needed: a run trains on it, or will" in app.error[0].value
    assert kept.kept_names() == [name]
    run.write_status("stopped", 0)
    assert shelf.users(name) == 0
    button(app, f"own_delete_sure_{name}").click().run()
    assert not app.exception
    assert kept.kept_names() == []
    assert "shapes: 50" not in texts(app)


def test_runs_of_it_are_listed_by_its_name(runs_dir):  # noqa: F811
    waiting(runs_dir, brought("my-shapes", colour_zip(50), "zip"))
    app = open_train()
    assert any("· my-shapes ·" in b.label for b in app.button)


@pytest.mark.parametrize("shape", [(1, 8, 8), (1, 28, 28), (1, 64, 64), (3, 8, 8), (3, 64, 33)])
@pytest.mark.parametrize("n_train", [12, 400, 60_000])
def test_settings_that_fit_are_those_of_a_network_that_can_be_built(shape, n_train):
    found = fitting_draft("own:x", shape, n_train)
    build_model(model_config(found.preset, shape))
    assert found.preset in PRESETS
    if n_train > 10_000:
        assert found.epochs == train_config(found.preset).epochs
    else:
        assert found.epochs * n_train / found.batch_size >= min(1500, 100 * n_train / 32)


@pytest.fixture(params=["colour", "grey"])
def own_model(request, tmp_path, monkeypatch) -> str:
    """A model of a data set of one's own: its name."""
    data, suffix, preset = {
        "colour": (colour_zip(50, side=16), "zip", "conv-strided"),
        "grey": (grey_npz(30), "npz", "dense-512"),
    }[request.param]
    name = brought("mine", data, suffix)
    write_own_model(tmp_path / "models" / "mine.safetensors", name, preset)
    monkeypatch.setenv("VAE_CHECKPOINT_DIR", str(tmp_path / "models"))
    return name


def explore(**params: str) -> AppTest:
    app = AppTest.from_file(APP, default_timeout=240)
    for name, value in params.items():
        app.query_params[name] = value
    app.run()
    assert not app.exception
    assert not app.error
    return app


def test_explore_finds_its_images(own_model):
    app = explore()
    assert "encoded just now" in texts(app)
    assert "is not on this machine" not in texts(app)


def test_explore_says_what_is_missing_after_it_was_deleted(own_model):
    kept.delete(own_model)
    assert "mine is not on this machine" in texts(explore()).replace("*", "")
    assert "bring them again under the name mine" in texts(explore())


def test_explore_notices_other_images_under_the_same_name(own_model):
    kept.delete(own_model)
    brought("mine", colour_zip(60), "zip")
    app = AppTest.from_file(APP, default_timeout=60).run()
    assert "mine is not what this model was trained on" in app.error[0].value


def test_a_closer_look_and_every_layer_take_images_of_any_shape(own_model):
    side = load_images(own_model).image_shape[-1]
    # Each layer takes seconds where other tests run beside it.
    app = explore(close="1", layers=",".join(LAYERS), image="1")
    assert set(param(app, "layers").split(",")) == set(LAYERS)
    pictures = re.findall(r'<img alt="[^"]*" src="data:image/png;base64,([^"]*)"', body_of(app))
    sizes = {Image.open(io.BytesIO(b64decode(data))).size for data in pictures}
    assert len(pictures) > 12  # the closer look's draws and neighbours among them
    assert sizes == {(side, side)}
