"""Tests for ui/explore/take_away.py: what is taken home is what was shown."""

import csv
from io import BytesIO, StringIO

import numpy as np
import pytest
from PIL import Image

from tests.pages.conftest import texts
from ui import catalogue
from ui.exhibit import exhibit_of
from ui.explore.take_away import SCALE, to_csv, to_npz, to_python
from ui.images import enlarged
from ui.point import resolve
from ui.view import View


@pytest.fixture(params=["digits-vae-2d", "digits-vae-8d", "digits-ae-2d"])
def exhibit(request):
    """A model, a batch of it, and its map."""
    entries, _ = catalogue.find_entries()
    entry = next(e for e in entries if e.name == request.param)
    return exhibit_of(entry, View(batch_size=359))


@pytest.mark.parametrize("pinned", [{"place": (0.1, -1.3)}, {"image": 17}])
def test_the_snippet_draws_the_same_picture_to_the_last_bit(exhibit, pinned, tmp_path, monkeypatch):
    point = resolve(exhibit, View(**pinned))
    names = {}
    monkeypatch.chdir(tmp_path)  # it keeps the picture in the folder it runs in
    exec(to_python(exhibit.entry, point), names)
    np.testing.assert_array_equal(names["image"].numpy(), point.decoded)
    saved = np.asarray(Image.open(tmp_path / "decoded.png"))
    np.testing.assert_allclose(saved / 255, point.decoded[0], atol=1 / 255)


def test_the_table_holds_every_code_with_its_class(exhibit):
    shown = exhibit.shown
    rows = list(csv.DictReader(StringIO(to_csv(exhibit))))
    assert [int(row["image"]) for row in rows] == shown.indices.tolist()
    assert {row["split"] for row in rows} == {"test"}
    classes = [exhibit.loaded.dataset.classes[label] for label in shown.latents.labels]
    assert [row["class"] for row in rows] == classes
    n_dims = shown.latents.mu.shape[1]
    codes = [[float(row[f"mu_{d + 1}"]) for d in range(n_dims)] for row in rows]
    np.testing.assert_array_equal(np.float32(codes), shown.latents.mu.numpy())
    assert ("sigma_1" in rows[0]) == (shown.latents.logvar is not None)


def test_the_arrays_hold_the_same(exhibit):
    shown = exhibit.shown
    with np.load(BytesIO(to_npz(exhibit))) as arrays:
        np.testing.assert_array_equal(arrays["mu"], shown.latents.mu.numpy())
        np.testing.assert_array_equal(arrays["labels"], shown.latents.labels.numpy())
        np.testing.assert_array_equal(arrays["number"], shown.indices)
        assert ("logvar" in arrays) == (shown.latents.logvar is not None)


def test_the_large_picture_has_a_square_for_every_pixel():
    image = np.random.default_rng(0).integers(0, 256, (1, 3, 2), dtype=np.uint8)
    large = np.asarray(Image.open(BytesIO(enlarged(image, SCALE))))
    np.testing.assert_array_equal(large, image[0].repeat(SCALE, 0).repeat(SCALE, 1))


def test_the_dialog_offers_link_map_picture_codes_and_python(open_app):
    app = open_app(model="digits-vae-2d", at="0.5,0.25", layers="prior")
    next(w for w in app.button if w.key == "explore_take").click().run()
    assert not app.exception
    code = "\n".join(block.value for block in app.code)
    assert "at=0.5%2C0.25" in code
    assert "layers=prior" in code
    assert "z = [[0.5, 0.25]]" in code
    keys = [button.proto.id for button in app.get("download_button")]
    maps = ("-map.png", "-map.svg")
    pictures = ("-decoded.png", "-decoded-16x.png")
    names = (*maps, *pictures, "-codes.csv", "-codes.npz", "2d.safetensors")
    assert [key.endswith(name) for key, name in zip(keys, names, strict=True)] == [True] * 7
    assert "Codes" in texts(app)
