"""The page of an adapted model: what its legend and its sentences say."""

import numpy as np
from playwright.sync_api import expect

from tests.core.test_adapter import PIXELS, SHAPE, Textbook
from vae_core import adapt, image_set, write_explorer


def test_classes_of_one_colour_have_dots_of_other_shapes(open_url, tmp_path):
    named = image_set(PIXELS, np.arange(12), [f"kind {i}" for i in range(12)])
    written = write_explorer(adapt(Textbook(5), SHAPE), named, tmp_path / "map.html", n=2)
    page = open_url(written.as_uri())
    expect(page.locator("#told")).to_contain_text("latent units")
    items = page.locator("#legend li").all_text_contents()
    assert items[0] == "● kind 0"
    assert items[10:] == ["■ kind 10", "■ kind 11"]
    expect(page.locator("#hidden")).to_contain_text("The two axes hold")
