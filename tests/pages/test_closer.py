"""Tests for pages/explore.py: the closer look."""

import re

import pytest

from tests.pages.conftest import widget
from tests.pages.readers import alts, closer, neighbours, pixels, sections
from ui.explore.closer import DRAWS, NEIGHBOURS, coloured
from ui.images import to_png
from ui.palette import DIFFERENCE
from vae_core import (
    decode,
    decode_spread,
    encode,
    load_images,
    nearest_in_codes,
    nearest_in_pixels,
)
from vae_core.metrics.latent import prior_kl


def test_the_closer_look_at_an_image(open_app, saved, held_out):
    loaded, index = saved("vae-8d"), 17
    posterior = encode(loaded.model, held_out.subset([index]))
    original, z = held_out.images[index].numpy() / 255, posterior.mu[0].double().numpy()
    decoded = decode(loaded.model, z[None])[0].numpy()
    app = open_app(model="digits-vae-8d", image=str(index), close="1")
    found = sections(app)

    missed = found["What the decoder misses"]
    difference = (decoded - original).mean(0)
    assert f"the largest difference here is {abs(difference).max():.2f}." in missed
    name = f"Held-out image {index}"
    assert alts(missed) == [f"{name}, original", f"{name}, reconstruction", "Signed difference"]
    assert pixels(missed) == [
        to_png(original),
        to_png(decoded),
        to_png(coloured(difference, -1, 1, DIFFERENCE)),
    ]

    kl = prior_kl(posterior)[0]
    said_kl = re.findall(r"<dt>z(\d+)<dd>.*?</meter> ([\d.]+)", found["What each dimension says"])
    assert said_kl == [(str(d + 1), f"{value:.2f}") for d, value in enumerate(kl)]
    assert f"{kl.sum():.1f} in all." in found["What each dimension says"]

    could = found["Codes it could have had"]
    spread = decode_spread(loaded.model, z, posterior.logvar[0], n=DRAWS, seed=index)
    assert alts(could) == [
        *(f"Draw {i + 1} from the posterior" for i in range(9)),
        "Standard deviation of each pixel",
    ]
    assert pixels(could)[:DRAWS] == [to_png(image.numpy()) for image in spread.images]
    assert f"The largest here is {spread.deviation.max():.2f}." in could


@pytest.mark.parametrize("model", ["vae-8d", "ae-2d"])
def test_an_image_s_neighbours_are_others(open_app, saved, held_out, model):
    loaded, index = saved(model), 17
    app = open_app(model=f"digits-{model}", image=str(index), close="1")
    found = sections(app)
    assert ("Codes it could have had" in found) == ("What each dimension says" in found)
    assert ("Codes it could have had" in found) == (model == "vae-8d")
    by_code = nearest_in_codes(loaded.latents, loaded.latents.mu[index], apart_from=index)
    original = held_out.images[index] / 255
    by_pixels = nearest_in_pixels(held_out, original, apart_from=index)
    for heading, similar in (("latent", by_code), ("pixel", by_pixels)):
        section = found[f"Nearest in {heading} space"]
        shown, distances = neighbours(section)
        assert shown == similar.indices.tolist()
        assert index not in shown
        assert distances == pytest.approx(similar.distances, abs=6e-3)
        names = [held_out.classes[held_out.labels[i]] for i in shown]
        assert alts(section) == [
            f"Held-out image {i}, class {name}" for i, name in zip(shown, names, strict=True)
        ]
        assert pixels(section) == [to_png(held_out.images[i].numpy()) for i in shown]
    common = len({*by_code.indices} & {*by_pixels.indices})
    assert f"{common} of these {NEIGHBOURS} have one of the nearest codes too" in closer(app)


def test_a_place_has_neighbours_but_nothing_to_miss(open_app, saved, held_out):
    loaded, z = saved("vae-2d"), [0.25, -0.5]
    app = open_app(model="digits-vae-2d", at="0.25,-0.5", close="1")
    found = sections(app)
    assert set(found) == {"Nearest in latent space", "Nearest in pixel space"}
    assert neighbours(found["Nearest in latent space"])[0] == (
        nearest_in_codes(loaded.latents, z).indices.tolist()
    )
    by_pixels = nearest_in_pixels(held_out, decode(loaded.model, [z])[0])
    assert neighbours(found["Nearest in pixel space"])[0] == by_pixels.indices.tolist()
    assert "that of this place" in closer(app)
    assert "the decoded picture" in closer(app)


def test_a_training_image_is_compared_with_all_held_out_ones(open_app, saved, held_out):
    loaded, train = saved("vae-2d"), load_images("digits", "train")

    def like(index):
        return nearest_in_pixels(held_out, train.images[index] / 255).indices

    index = next(i for i in range(len(held_out)) if i in like(i))  # its namesake is no less near
    app = open_app(model="digits-vae-2d", n="1438", image=str(index), close="1")
    z = encode(loaded.model, train.subset([index])).mu[0]
    found = sections(app)
    assert neighbours(found["Nearest in latent space"])[0] == (
        nearest_in_codes(loaded.latents, z).indices.tolist()
    )
    assert neighbours(found["Nearest in pixel space"])[0] == like(index).tolist()
    assert alts(found["What the decoder misses"])[0] == f"Training image {index}, original"


def test_the_closer_look_follows_what_is_pinned(open_app):
    app = open_app(model="digits-vae-2d", image="17", close="1")
    first = closer(app)
    widget(app, "explore_next").click().run().run()
    assert "Held-out image 18, original" in closer(app)
    widget(app, "explore_undo").click().run().run()
    assert closer(app) == first  # draws and all


@pytest.mark.parametrize("pinned", [{"image": "17"}, {"at": "0.25,-0.5"}])
def test_without_the_images_the_closer_look_says_so(open_app, mnist_like, saved, pinned):
    app = open_app(close="1", **pinned)
    assert not app.exception
    found = sections(app)
    assert "The images are not on this machine: their pictures are missing." in closer(app)
    assert not {"What the decoder misses", "Nearest in pixel space"} & set(found)
    assert ("Codes it could have had" in found) == ("image" in pinned)
    latents = saved("vae-2d").latents
    z, own = (latents.mu[17], 17) if "image" in pinned else ([0.25, -0.5], None)
    similar = nearest_in_codes(latents, z, apart_from=own)
    assert neighbours(found["Nearest in latent space"])[0] == similar.indices.tolist()
    assert not alts(found["Nearest in latent space"])
