"""Tests for pages/explore.py: what is no number."""

import html

import numpy as np
import pytest
import torch

from tests.models import save_again
from tests.pages.conftest import chart, code, pictures, texts, widget
from tests.pages.readers import (
    N_HELD_OUT,
    assert_defined,
    closer,
    drawn,
    numbers,
    sections,
)
from ui.view import Colour, get_args
from vae_core import (
    decode,
    encode,
    load_checkpoint,
)

COLOURS = get_args(Colour)
LAYERS = "manifold,territories,magnification,density"
OPEN = {"close": "1", "space": "1", "fade": "1"}


def overflow(model, largest=1e38):
    """Let the first layer of the decoder overflow away from zero; every weight stays finite."""
    weight = model.decoder[0].weight
    weight.data /= weight.abs().max()
    weight.data *= largest


@pytest.fixture
def broken(model_dir, tmp_path, monkeypatch):
    """Make a model, changed, the only one there is."""

    def break_(name, change, **changes):
        loaded = load_checkpoint(model_dir / f"digits-{name}.safetensors")
        change(loaded.model)
        save_again(loaded, tmp_path / "broken" / "broken.safetensors", **changes)
        monkeypatch.setenv("VAE_CHECKPOINT_DIR", str(tmp_path / "broken"))
        return loaded

    return break_


def layers_of(name):
    return LAYERS + ",holes,prior" * name.startswith("vae")


@pytest.mark.parametrize("name", ["vae-8d", "vae-2d", "ae-2d"])
def test_places_whose_picture_is_no_number_are_said_in_words(open_app, broken, name):
    model = broken(name, overflow).model
    far = (1 if name == "vae-8d" else 100) * np.array([30.0, -30.0])
    at = ",".join(map(str, far))
    app = open_app(**OPEN, at=at, off="zero", layers=layers_of(name))
    assert not torch.isfinite(decode(model, [code(app)])).any()
    assert_defined(app)
    assert "No picture: the decoder's answer is not a number here." in texts(app)
    assert "some pixels are not numbers" in html.unescape(texts(app))
    assert "Encoded again undefined" in texts(app)
    assert set(sections(app)) == {"Nearest in latent space"}
    assert len(pictures(app)) == 2  # the nearest image, and the neighbours
    widget(app, "explore_take").click().run()
    assert_defined(app)
    assert_defined(open_app(**OPEN, at="0,0", off="zero", layers=layers_of(name)))


@pytest.mark.parametrize("name", ["vae-8d", "ae-2d"])
@pytest.mark.parametrize("colour", COLOURS)
@pytest.mark.parametrize("largest", [1e38, 2e38])
def test_images_whose_picture_is_no_number_are_shown_in_every_colour(
    open_app, broken, held_out, name, colour, largest
):
    model = broken(name, lambda model: overflow(model, largest)).model
    # Each alone, as the page does it: whether a sum overflows depends on its order, and that on
    # how many are decoded together, and on the processor.
    codes = encode(model, held_out).mu
    index = next(i for i, z in enumerate(codes) if not torch.isfinite(decode(model, z[None])).all())
    app = open_app(**OPEN, image=str(index), colour=colour, layers=layers_of(name))
    assert_defined(app)
    assert len(numbers(app)) == N_HELD_OUT
    assert "No picture: the decoder's answer is not a number here." in texts(app)
    assert "What the decoder misses" not in closer(app)
    if name == "vae-8d":
        assert "too large for the decoder" in sections(app)["Codes it could have had"]
    if "coloraxis" in chart(app)["layout"]:
        scale = chart(app)["layout"]["coloraxis"]
        assert scale["cmin"] < scale["cmax"]


def test_codes_that_are_no_numbers_are_said_in_words(open_app, broken):
    def change(model):
        for weight in (model.encoder[1].weight, model.mu_head.weight):
            weight.data *= 1e37 / weight.abs().max()

    broken("vae-8d", change)
    words = "A latent code must be made of finite numbers."
    for shown in ({}, {"fade": "1"}, {"colour": "density"}):
        app = open_app(**shown)
        assert not app.exception
        assert [e.value for e in app.error] == [words]
    app = open_app(at="0,0", layers="density")
    assert not (app.exception or app.error)
    widget(app, "explore_next").click().run()
    assert not app.exception
    assert words in app.run().error[0].value


@pytest.mark.parametrize("logvar", [200, 800])
def test_posteriors_too_wide_for_numbers_are_said_in_words(open_app, broken, logvar):
    def change(model):
        model.logvar_head.bias.data += logvar

    broken("vae-8d", change)
    app = open_app(**OPEN, image="5", colour="kl")
    assert_defined(app)
    assert np.isfinite(drawn(app, "marker", "color")).all()
    too_wide = "too wide for a KL" in sections(app)["What each dimension says"]
    assert too_wide == (logvar == 800)


@pytest.mark.parametrize("name", ["vae-3d", "ae-2d"])
@pytest.mark.parametrize("colour", COLOURS)
def test_a_collapsed_model_can_be_looked_at_closely(open_app, broken, saved, name, colour):
    def change(model):
        model.mu_head.weight.data.zero_()
        model.mu_head.bias.data.zero_()

    latents = saved(name).latents
    latents.mu.zero_()
    broken(name, change, latents=latents)
    for pinned in ({"image": "3"}, {"at": "2,-1"}):
        app = open_app(**OPEN, colour=colour, layers=layers_of(name), **pinned)
        assert_defined(app)
        assert "Nearest in pixel space" in closer(app)
        assert len(numbers(app)) == N_HELD_OUT
