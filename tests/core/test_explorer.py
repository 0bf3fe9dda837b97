"""Tests for vae_core.explorer: a page of its own for one model."""

from __future__ import annotations

import io
import json
import re
from base64 import b64decode

import numpy as np
import pytest
from PIL import Image

from tests.core.test_adapter import IMAGES, PIXELS, SHAPE, Convolutional, Textbook
from vae_core import adapt, atlas, encode, fit_plane, image_set, write_explorer
from vae_core.errors import ConfigError, DataError


def facts(path):
    return json.loads(re.search(r"const facts = (.*);\n", path.read_text(encoding="utf-8"))[1])


@pytest.mark.parametrize("n_dims", [1, 2, 5])
def test_it_holds_the_map_and_the_decoded_places(n_dims, tmp_path):
    model = adapt(Textbook(n_dims), SHAPE)
    found = facts(write_explorer(model, IMAGES, tmp_path / "map.html", n=5))
    plane = fit_plane(encode(model, IMAGES).mu)
    np.testing.assert_allclose(found["dots"], plane.to_plane(plane.codes), atol=1e-5)
    assert found["extent"] == list(plane.extent)
    sprite = Image.open(io.BytesIO(b64decode(found["sprite"].split(",")[1])))
    assert sprite.size == (5 * 8, 5 * 8)
    expected = atlas(model, plane, 5)[0, 4, 0].mul(255).round().numpy()
    np.testing.assert_array_equal(np.asarray(sprite)[:8, -8:], expected)


def test_colour_and_large_images_fit(tmp_path):
    large = image_set(np.random.default_rng(0).integers(0, 256, (9, 64, 64, 3), dtype=np.uint8))
    model = adapt(Convolutional(), (3, 64, 64), pixel_range=(-1.0, 1.0))
    found = facts(write_explorer(model, large, tmp_path / "map.html", n=100))
    assert found["n"] == 64
    assert found["size"] == [64, 64]


def test_a_class_name_cannot_end_the_script(tmp_path):
    named = image_set(PIXELS, np.zeros(12, int), ["</script><script>alert(1)"])
    page = write_explorer(adapt(Textbook(), SHAPE), named, tmp_path / "map.html", n=2)
    assert facts(page)["classes"] == list(named.classes)
    assert page.read_text(encoding="utf-8").count("</script>") == 1


@pytest.mark.parametrize(
    ("name", "n", "sentence"), [("map.png", 5, r"end in \.html"), ("map.html", 1, "from 2 to 100")]
)
def test_what_cannot_be_is_said(name, n, sentence, tmp_path):
    with pytest.raises(ConfigError, match=sentence):
        write_explorer(adapt(Textbook(), SHAPE), IMAGES, tmp_path / name, n=n)


def test_a_file_that_cannot_be_written_is_said(tmp_path):
    (tmp_path / "map.html").mkdir()
    with pytest.raises(DataError, match="Cannot write"):
        write_explorer(adapt(Textbook(), SHAPE), IMAGES, tmp_path / "map.html", n=2)


@pytest.mark.parametrize("n_dims", [1, 2, 5])
def test_a_map_of_more_than_two_dimensions_says_what_it_hides(n_dims, tmp_path):
    model = adapt(Textbook(n_dims), SHAPE)
    said = facts(write_explorer(model, IMAGES, tmp_path / "map.html", n=2))["hidden"]
    plane = fit_plane(encode(model, IMAGES).mu)
    share = plane.to_plane(plane.codes).var(0).sum() / plane.codes.var(0).sum()
    wanted = f"The codes have 5 numbers. The two axes hold {share:.0%} of their variance"
    assert said.startswith(wanted) if n_dims > 2 else said == ""
