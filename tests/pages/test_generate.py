"""Tests for pages/generate.py: samples, one code, the decoded map, and the link to each."""

import json
import re
from base64 import b64decode
from io import BytesIO
from itertools import pairwise

import numpy as np
import pytest
import streamlit as st
from PIL import Image

from tests.models import save_again, write_digits_model
from tests.pages.conftest import component, fire, param, pin_place, texts, widget
from tests.pages.test_undefined import overflow
from ui import cache
from ui.catalogue import find_entries
from ui.exhibit import exhibit_of
from ui.generate import made, samples, save, wish
from ui.generate.sheet import Sheet
from ui.samples import UNDEFINED, Pictures
from ui.view import View
from vae_core import decode, fit_plane
from vae_core.encoding import LatentSet

PAGE = "pages/generate.py"


@pytest.fixture
def open_page(open_app):
    """Open the page at a link, as a browser that was there before."""

    def open_(**params):
        app = open_app()
        assert not app.exception
        app.query_params.clear()
        for name, value in params.items():
            app.query_params[name] = value
        return app.switch_page(PAGE).run()

    return open_


def alts(app):
    """What is said of the pictures that are drawn as images."""
    return [image.alt for e in app.get("image") for image in e.proto.imgs]


def figure_alts(app):
    """What is said of the pictures within elements."""
    found = [re.findall(r'<img alt="([^"]*)"', e.proto.body) for e in app.get("html")]
    return [alt for each in found for alt in each]


def file_of(name):
    entry = next(e for e in find_entries()[0] if e.name == name)
    return entry.path, entry.mtime


def slider(app, label):
    return next(s for s in app.slider if s.label.startswith(label))


def code(app):
    """The code that the page shows."""
    text = re.search(r"Code z, latent units\s+([-\d., ]+)", texts(app))[1]
    return [float(value) for value in text.split(",")]


def test_the_page_opens_with_samples_of_both_kinds_and_their_counts(open_page):
    app = open_page(model="digits-vae-2d")
    assert not app.exception
    assert "What to see" in texts(app)
    prior, codes = alts(app)
    assert prior.startswith("36 pictures decoded from codes drawn from the prior: ")
    assert codes.startswith("36 pictures decoded from codes drawn from where the codes are: ")
    for alt in (prior, codes):
        assert sum(int(n) for n in re.findall(r"(\d+) (?:inside|at its|where no)", alt)) == 36
    places = json.loads(component(app, "latent_shapes").proto.json)
    assert len(places["places"]) == 72
    assert sum(place["square"] for place in places["places"]) == 36
    assert [oval["radii"][0] for oval in places["ellipses"]] == [1, 2, 3]


def test_the_squares_stand_where_the_samples_are_and_are_hollow_where_no_data_is(open_page):
    app = open_page(model="digits-vae-2d", temperature="2.5", seed="4")
    file = file_of("digits-vae-2d")
    drawn = made.samples(file, "prior", 36, 4, 2.5)
    places = json.loads(component(app, "latent_shapes").proto.json)["places"]
    squares = [place for place in places if place["square"]]
    np.testing.assert_allclose([[p["x"], p["y"]] for p in squares], drawn.z, atol=1e-6)
    assert [p["hollow"] for p in squares] == (drawn.where == "outside").tolist()
    assert any(p["hollow"] for p in squares)


def test_another_is_the_next_seed_and_the_link_says_so(open_page):
    app = open_page(model="digits-vae-2d", seed="3")
    widget(app, "generate_another").click().run()
    assert param(app, "seed") == "4"
    assert next(n for n in app.number_input if n.key == "generate_seed").value == 4


def test_size_and_temperature_are_in_the_link(open_page):
    app = open_page(model="digits-vae-2d")
    widget(app, "generate_side").select(4).run()
    assert alts(app)[0].startswith("16 pictures")
    slider(app, "Temperature").set_value(2.0).run()
    assert (param(app, "side"), param(app, "temperature")) == ("4", "2.0")
    again = open_page(model="digits-vae-2d", side="4", temperature="2.0")
    assert alts(again) == alts(app)


def test_a_plain_autoencoder_is_said_to_have_no_prior(open_page):
    app = open_page(model="digits-ae-2d")
    assert not app.exception
    assert "A plain autoencoder has no prior" in texts(app)
    assert "A plain autoencoder has no prior" not in texts(open_page(model="digits-vae-2d"))


@pytest.mark.parametrize("model", ["digits-vae-1d", "digits-vae-8d", "digits-ae-2d"])
@pytest.mark.parametrize("mode", ["samples", "code", "map"])
def test_every_view_shows_every_kind_of_model(open_page, model, mode):
    app = open_page(model=model, show=mode)
    assert not app.exception
    assert not app.error
    assert not app.toast
    assert param(app, "show") == mode


def test_what_is_not_shown_is_kept_in_the_link(open_page):
    link = {"model": "digits-vae-2d", "show": "code", "side": "5", "cells": "7", "z": "0.5,-1.25"}
    app = open_page(**link)
    widget(app, "generate_mode").set_value("map").run()
    assert {name: param(app, name) for name in link} == link | {"show": "map"}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("show", "all"), ("temperature", "nan"), ("temperature", "-1"), ("seed", "-1"),
        ("seed", "1e3"), ("side", "3"), ("side", "11"), ("z", "0,inf"), ("z", "a"), ("steps", "6"),
        ("steps", "99"), ("cells", "400"), ("over", "data"), ("fade", "yes"), ("dims", "-1"),
        ("draw", "x"),
    ],
)  # fmt: skip
def test_garbage_in_a_link_is_named_and_dropped(open_page, name, value):
    app = open_page(model="digits-vae-2d", **{name: value})
    assert not app.exception
    assert app.toast[0].value.endswith(f"was left out: `{name}`.")
    assert app.query_params.get(name) in (None, ["samples"], "samples")


def test_a_wish_survives_the_way_through_its_link():
    wished = wish.Wish("m", "map", 0.35, 7, 4, (0.1, -1e-9), 3, 2, 15, 40, "prior", True)
    params = wish.to_params(wished)
    assert wish.LINK.parse(params) == (wished, [])
    assert set(params) == set(wish.READERS)
    assert wish.to_params(wish.Wish("m")) == {"model": "m", "show": "samples"}


def test_a_model_that_is_not_here_is_named(open_page):
    app = open_page(model="gone")
    assert not app.exception
    assert "gone" in app.toast[0].value


def test_without_a_model_the_page_says_what_to_do(open_app, tmp_path, monkeypatch):
    (tmp_path / "none").mkdir()
    monkeypatch.setenv("VAE_CHECKPOINT_DIR", str(tmp_path / "none"))
    app = open_app().switch_page(PAGE).run()
    assert not app.exception
    assert "There is no model" in app.info[0].value


@pytest.mark.usefixtures("mnist_like")
@pytest.mark.parametrize("mode", ["samples", "code", "map"])
def test_no_view_needs_the_images(open_page, mode):
    app = open_page(model="absent", show=mode)
    assert not app.exception
    assert not app.error


def test_a_code_begins_at_the_mean_of_all(open_page, saved):
    app = open_page(model="digits-vae-8d", show="code")
    np.testing.assert_allclose(code(app), saved("vae-8d").latents.mu.mean(0), atol=6e-4)
    assert [s.value for s in app.slider if s.label.startswith("z")] == [0] * 8


def test_a_slider_moves_one_dimension_by_its_own_spread(open_page, saved):
    app = open_page(model="digits-vae-8d", show="code")
    before = code(app)
    slider(app, "z3").set_value(2.0).run()
    mu = saved("vae-8d").latents.mu
    expected = np.array(before)
    expected[2] = mu[:, 2].mean() + 2 * mu[:, 2].double().std(correction=0)
    np.testing.assert_allclose(code(app), expected, atol=6e-4)
    z = np.array([float(v) for v in param(app, "z").split(",")])
    plane = fit_plane(mu)
    place = plane.to_plane(z[None])[0]
    np.testing.assert_allclose([pin_place(app)["x"], pin_place(app)["y"]], place, atol=1e-6)
    picture = next(e.proto.body for e in app.get("html") if "picture of the code" in e.proto.body)
    png = b64decode(re.search(r"base64,([^\"]+)", picture)[1])
    pixels = decode(saved("vae-8d").model, z[None])[0, 0].numpy() * 255
    np.testing.assert_allclose(np.asarray(Image.open(BytesIO(png))), pixels, atol=0.51)


def test_the_link_keeps_a_code_to_the_last_bit(open_page):
    app = open_page(model="digits-vae-2d", show="code", z="0.1234567890123,-2.5")
    assert param(app, "z") == "0.1234567890123,-2.5"
    assert code(app) == [0.123, -2.5]


def test_a_code_of_another_model_gives_way_to_the_mean(open_page, saved):
    app = open_page(model="digits-vae-8d", show="code", z="0.5,0.5")
    assert not app.exception
    assert app.toast[0].value.endswith("was left out: `z`.")
    assert "z" not in app.query_params
    np.testing.assert_allclose(code(app), saved("vae-8d").latents.mu.mean(0), atol=6e-4)


def test_a_far_code_has_sliders_that_reach_it(open_page):
    app = open_page(model="digits-vae-2d", show="code", z="900000,0")
    assert not app.exception
    assert slider(app, "z1").max >= slider(app, "z1").value > 1000
    assert "No data here" in texts(app)


def test_a_click_takes_the_code_there_and_a_point_takes_its_own(open_page, saved):
    app = open_page(model="digits-vae-8d", show="code")
    fire(app, "pick", {"x": 0.5, "y": -0.25, "image": None})
    expected = fit_plane(saved("vae-8d").latents.mu).to_latent([[0.5, -0.25]], "nearest")[0]
    np.testing.assert_allclose(code(app), expected, atol=6e-4)
    entry = next(e for e in find_entries()[0] if e.name == "digits-vae-8d")
    shown = exhibit_of(entry, View(entry.header.dataset.name, entry.name)).shown
    fire(app, "pick", {"x": 0.0, "y": 0.0, "image": int(shown.indices[5])})
    np.testing.assert_allclose(code(app), shown.latents.mu[5], atol=6e-4)


def test_other_ways_to_a_code(open_page, saved):
    app = open_page(model="digits-vae-2d", show="code")
    start = code(app)
    widget(app, "generate_random").click().run()
    first = code(app)
    assert first != start
    widget(app, "generate_random").click().run()
    assert code(app) != first
    next(n for n in app.number_input if n.key == "generate_image").set_value(7).run()
    np.testing.assert_allclose(code(app), saved("vae-2d").latents.mu[7], atol=6e-4)
    widget(app, "generate_centre").click().run()
    assert code(app) == start
    field = next(n for n in app.number_input if n.key == "generate_image")
    assert field.value is None  # the code is no longer that image's
    field.set_value(7).run()
    np.testing.assert_allclose(code(app), saved("vae-2d").latents.mu[7], atol=6e-4)
    widget(app, "generate_centre").click().run()
    assert "z" not in app.query_params


def test_a_click_says_whose_code_it_takes_off_the_plane(open_page, saved, monkeypatch):
    said = []
    monkeypatch.setattr("streamlit.toast", lambda words, **_: said.append(words))
    fire(open_page(model="digits-vae-2d"), "pick", {"x": 0.5, "y": -0.25, "image": None})
    assert said == []
    app = open_page(model="digits-vae-8d")
    fire(app, "pick", {"x": 0.5, "y": -0.25, "image": None})
    fitted = fit_plane(saved("vae-8d").latents.mu)
    image = fitted.nearest([(0.5, -0.25)])[0]
    (words,) = said
    assert words.startswith(f"Off the plane the code is that of held-out image {image}: ")
    fire(app, "pick", {"x": 0.5, "y": -0.25, "image": int(image)})
    assert len(said) == 1


def test_a_code_can_be_typed_and_what_cannot_be_read_stays_with_a_sentence(open_page):
    app = open_page(model="digits-vae-2d", show="code", z="0.5,0.25")
    field = next(t for t in app.text_input if t.key == "generate_numbers")
    assert field.value == "0.5, 0.25"
    field.set_value("1.5, -2").run()
    assert param(app, "z") == "1.5,-2.0"
    for wrong in ("1.5", "1, 2, 3", "a, b", "nan, 0", "1e9, 0", ""):
        field = next(t for t in app.text_input if t.key == "generate_numbers")
        field.set_value(wrong).run()
        assert "A code of this model is 2 numbers up to a million" in app.error[0].value
        assert next(t for t in app.text_input if t.key == "generate_numbers").value == wrong
        assert param(app, "z") == "1.5,-2.0"
    slider(app, "z1").set_value(0.0).run()
    assert not app.error


def test_numbers_that_a_browser_sends_a_message_late_do_not_take_a_slider_back(open_page):
    app = open_page(model="digits-vae-2d", show="code", z="0.5,0.25")
    field = next(t for t in app.text_input if t.key == "generate_numbers")
    earlier = field.value
    slider(app, "z1").set_value(0.5).run()
    slider(app, "z1").set_value(1.0).run()
    once = param(app, "z")
    slider(app, "z1").set_value(0.5).run()
    assert param(app, "z") != once
    next(t for t in app.text_input if t.key == "generate_numbers").set_value(earlier)
    slider(app, "z1").set_value(1.0).run()
    assert param(app, "z") == once


@pytest.mark.parametrize("mode", ["samples", "map"])
def test_a_click_on_a_map_of_many_codes_opens_the_one(open_page, mode):
    app = open_page(model="digits-vae-2d", show=mode)
    fire(app, "pick", {"x": 0.5, "y": -0.25, "image": None})
    assert param(app, "show") == "code"
    assert code(app) == [0.5, -0.25]


def test_a_code_that_the_decoder_has_no_picture_for_is_said(
    open_page, saved, tmp_path, monkeypatch
):
    found = saved("vae-2d")
    overflow(found.model)
    save_again(found, tmp_path / "hot" / "hot.safetensors")
    monkeypatch.setenv("VAE_CHECKPOINT_DIR", str(tmp_path / "hot"))
    app = open_page(model="hot", show="code", z="3000,-3000")
    assert not app.exception
    assert "is not a number here" in texts(app)
    assert "nan" not in texts(app).lower()


def test_dead_dimensions_are_grey_and_say_why(open_page, saved, tmp_path, monkeypatch):
    found = saved("vae-8d")
    mu = found.latents.mu.clone()
    mu[:, 3] = 0.01 * mu[:, 3]
    dead = LatentSet(mu, found.latents.logvar, found.latents.labels)
    save_again(found, tmp_path / "dead" / "dead.safetensors", latents=dead)
    monkeypatch.setenv("VAE_CHECKPOINT_DIR", str(tmp_path / "dead"))
    app = open_page(model="dead", show="code")
    assert [s.disabled for s in app.slider if s.label.startswith("z")] == [d == 3 for d in range(8)]
    assert slider(app, "z4").label == "z4 · unused"
    assert "does not use it" in slider(app, "z4").help
    traversal = next(a for a in figure_alts(app) if a.startswith("Traversal"))
    assert "z3, z5" in traversal


def test_the_traversal_changes_one_dimension_in_each_row(open_page, saved):
    open_page(model="digits-vae-8d", show="code")
    file, z = file_of("digits-vae-8d"), tuple(np.linspace(-1, 1, 8))
    found = made.traversals(file, z, (1, 6), (-3.0, 0.0, 3.0))
    mu = saved("vae-8d").latents.mu.double().numpy()
    for row, dim in enumerate((1, 6)):
        np.testing.assert_allclose(
            found.z[row, :, dim], mu[:, dim].mean() + np.array([-3, 0, 3]) * mu[:, dim].std()
        )
        others = np.delete(found.z[row], dim, axis=1)
        np.testing.assert_array_equal(others, np.tile(np.delete(z, dim), (3, 1)))
    expected = decode(saved("vae-8d").model, found.z[1]).numpy() * 255
    np.testing.assert_allclose(found.images[1], expected, atol=0.51)


def test_many_dimensions_have_their_sliders_in_pages_the_widest_first(
    open_page, tmp_path, monkeypatch
):
    write_digits_model(tmp_path / "many" / "many.safetensors", 20, epochs=1)
    monkeypatch.setenv("VAE_CHECKPOINT_DIR", str(tmp_path / "many"))
    app = open_page(model="many", show="code")
    spread = made.axes(file_of("many")).spread
    names = [f"z{d + 1}" for d in np.argsort(-spread, kind="stable")]
    shown = lambda: [s.label.split()[0] for s in app.slider if s.label.startswith("z")]  # noqa: E731
    assert shown() == names[:16]
    widget(app, "generate_page").set_value(1).run()
    assert param(app, "dims") == "1"
    assert shown() == names[16:]
    assert not app.exception


def test_a_collapsed_model_says_that_nothing_is_in_use(open_page, saved, tmp_path, monkeypatch):
    found = saved("ae-2d")
    nowhere = LatentSet(found.latents.mu * 0, None, found.latents.labels)
    save_again(found, tmp_path / "flat" / "flat.safetensors", latents=nowhere)
    monkeypatch.setenv("VAE_CHECKPOINT_DIR", str(tmp_path / "flat"))
    for mode in wish.MODES:
        app = open_page(model="flat", show=mode)
        assert not app.exception
        assert "nan" not in texts(app).lower()
    app = open_page(model="flat", show="code")
    assert "None of these dimensions is in use" in texts(app)
    assert [s.disabled for s in app.slider if s.label.startswith("z")] == [True, True]


def test_another_model_starts_at_its_own_mean(open_page):
    app = open_page(model="digits-vae-2d", show="code", z="1.0,1.0", steps="5")
    widget(app, "generate_model").set_value("digits-vae-3d").run()
    assert param(app, "model") == "digits-vae-3d"
    assert "z" not in app.query_params
    assert param(app, "steps") == "5"
    assert len(code(app)) == 3


def test_without_temperature_the_prior_is_one_picture(open_page):
    app = open_page(model="digits-vae-2d", temperature="0.0")
    assert not app.exception
    drawn = made.samples(file_of("digits-vae-2d"), "prior", 36, 0, 0.0)
    assert (drawn.images == drawn.images[0]).all()
    assert not json.loads(component(app, "latent_shapes").proto.json)["ellipses"]


def test_screen_readers_are_told_which_samples_have_no_data(open_page):
    app = open_page(model="digits-vae-2d", seed="4", temperature="1.5")
    drawn = made.samples(file_of("digits-vae-2d"), "prior", 36, 4, 1.5)
    outside = np.argwhere(drawn.where.reshape(6, 6) == "outside") + 1
    assert 0 < len(outside) <= 12
    named = re.findall(r"row (\d) column (\d)", alts(app)[0])
    assert [(int(r), int(c)) for r, c in named] == [tuple(at) for at in outside.tolist()]


def test_steps_are_chosen_and_in_the_link(open_page):
    app = open_page(model="digits-vae-2d", show="code", steps="5")
    assert any("in 5 steps" in alt for alt in figure_alts(app))
    slider(app, "Steps").set_value(9).run()
    assert param(app, "steps") == "9"
    assert any("in 9 steps" in alt for alt in figure_alts(app))


def test_the_decoded_map_has_the_size_that_is_wished_for(open_page):
    app = open_page(model="digits-vae-2d", show="map", cells="6")
    assert alts(app)[0].startswith("What the decoder draws at 6 × 6 places of the map")
    slider(app, "Pictures").set_value(9).run()
    assert param(app, "cells") == "9"
    assert alts(app)[0].startswith("What the decoder draws at 9 × 9 places")


@pytest.mark.parametrize(
    ("model", "said"), [("digits-vae-1d", []), ("digits-vae-2d", ["Decoding 441 pictures…"])]
)
def test_a_wait_is_announced_by_what_is_decoded(open_page, monkeypatch, model, said):
    waits = []
    spinner = st.spinner
    monkeypatch.setattr(st, "spinner", lambda text, **k: waits.append(text) or spinner(text, **k))
    open_page(model=model, show="map", cells="21")
    assert [text for text in waits if text.startswith("Decoding")] == said


def test_only_a_vae_of_one_or_two_dimensions_has_quantiles_of_the_prior(open_page):
    keys = lambda app: {w.key for w in app.get("button_group")}  # noqa: E731
    for name in ("digits-vae-8d", "digits-ae-2d"):
        app = open_page(model=name, show="map", over="prior", cells="5")
        assert "generate_over" not in keys(app)
        assert "places of the map" in alts(app)[0]
    app = open_page(model="digits-vae-2d", show="map", over="prior", cells="5")
    assert "generate_over" in keys(app)
    assert "quantiles of the prior" in alts(app)[0]
    strip = open_page(model="digits-vae-1d", show="map", over="prior", cells="5")
    assert "1 × 5 quantiles of the prior" in alts(strip)[0]


def test_the_cells_of_the_decoded_map_fill_what_the_map_shows(open_page, saved):
    open_page(model="digits-vae-2d", show="map", cells="5")
    entry = next(e for e in find_entries()[0] if e.name == "digits-vae-2d")
    key = exhibit_of(entry, View(entry.header.dataset.name, entry.name)).map_key
    found = made.decoded_map(key, 5)
    left, right = cache.plane(key).extent[:2]
    half = (right - left) / 10
    np.testing.assert_allclose(found.x, np.linspace(left + half, right - half, 5))
    assert found.y[0] > found.y[-1]
    np.testing.assert_allclose(found.pictures.z[0, 3], [found.x[3], found.y[0]])
    expected = decode(saved("vae-2d").model, [found.pictures.z[0, 3]])[0].numpy() * 255
    np.testing.assert_allclose(found.pictures.images[0, 3], expected, atol=0.51)
    quantiles = made.prior_map(key, 5)
    np.testing.assert_allclose(quantiles.x, [-1.2816, -0.5244, 0, 0.5244, 1.2816], atol=1e-4)
    np.testing.assert_allclose(quantiles.y, quantiles.x[::-1])


def lesson(temperature=1.0, *, is_vae, shares, reached, monkeypatch):
    def chances(_, source, temperature):
        share = shares[source]
        return made.Chances(0, 0, share[temperature] if isinstance(share, dict) else share)

    monkeypatch.setattr(made, "chances", chances)
    monkeypatch.setattr(made, "reach", lambda *_: reached)
    return samples.lesson(("", 0), temperature, is_vae=is_vae)


@pytest.mark.parametrize(
    ("is_vae", "prior", "reached", "said"),
    [
        (True, 12.4, 99.0, "from the prior 12% fall where no data is, of as many from where the "
         "codes are 2.5%. These are holes in the prior"),
        (True, 1.25, 99.0, "1.2% fall where no data is, of as many from where the codes are 2.5%. "
         "Few holes"),
        (True, 1.0, 40.0, "Only 40% of the images have codes where the prior draws from: it is too "
         "narrow"),
        (False, 0.0, 3.0, "Only 3.0% of the images have codes where N(0, I) draws from: it is too "
         "narrow"),
        (False, 22.0, 40.0, "N(0, I) 22% fall where no data is, of as many from where the codes "
         "are 2.5%. These are places that no image was encoded to"),
    ],
)  # fmt: skip
def test_the_lesson_says_what_the_numbers_show(is_vae, prior, reached, said, monkeypatch):
    shares = {"prior": prior, "codes": 2.5}
    assert said in lesson(is_vae=is_vae, shares=shares, reached=reached, monkeypatch=monkeypatch)


def test_what_is_too_hot_is_no_hole(monkeypatch):
    shares = {"prior": {1.0: 5.0, 1.6: 60.0}, "codes": {1.0: 2.0, 1.6: 40.0}}
    words = {"is_vae": True, "shares": shares, "reached": 100, "monkeypatch": monkeypatch}
    assert "both leave the data" in lesson(1.6, **words)
    assert "holes in the prior" in lesson(1.0, **words)


@pytest.mark.parametrize(
    ("is_vae", "prior", "codes", "said"),
    [
        (True, {1.0: 2.0, 1.2: 3.5}, {1.0: 0.4, 1.2: 0.8}, "These are holes in the prior"),
        (True, {1.0: 7.0, 1.2: 9.0}, {1.0: 2.0, 1.2: 2.3}, "These are holes in the prior"),
        (False, {1.0: 21.9, 1.2: 20.9}, {1.0: 3.5, 1.2: 4.0}, "no image was encoded to"),
        (True, {1.0: 5.0, 1.2: 5.0}, {1.0: 6.0, 1.2: 6.0}, "Neither keeps to the data"),
    ],
)
def test_a_little_heat_does_not_hide_what_was_there_before(is_vae, prior, codes, said, monkeypatch):
    shares = {"prior": prior, "codes": codes}
    told = lesson(1.2, is_vae=is_vae, shares=shares, reached=100, monkeypatch=monkeypatch)
    assert said in told
    assert "both leave" not in told
    assert "Few holes" not in told


def test_a_cold_prior_is_called_cold(monkeypatch):
    words = {"is_vae": True, "shares": {"prior": 0, "codes": 0}, "reached": 10}
    assert "it is too cold" in lesson(0.2, **words, monkeypatch=monkeypatch)


def test_a_prior_reaches_the_codes_that_are_no_further_out_than_its_draws(open_page, saved):
    open_page(model="digits-vae-2d")
    file = file_of("digits-vae-2d")
    data = cache.neighbourhood(*file).data
    within = np.linalg.norm(data, axis=1) <= 0.5 * np.sqrt(-2 * np.log(0.01))  # Rayleigh, D = 2
    assert made.reach(file, 0.5) == pytest.approx(100 * within.mean())
    assert made.reach(file, 0.0) == 0


def pictures(where):
    shape = np.shape(where)
    z = np.arange(np.prod(shape) * 2, dtype=float).reshape(*shape, 2)
    return Pictures(z, np.zeros((*shape, 1, 4, 4), np.uint8), np.array(where))


def test_a_sheet_frames_and_fades_what_is_outside_and_says_where_there_is_no_picture():
    drawn = pictures([["inside", "edge"], ["outside", UNDEFINED]])
    plain = Sheet(drawn, "light").to_svg()
    marked = Sheet(drawn, "light", has_marks=True).to_svg()
    box = "M4.5 224.5h215.0v215.0h-215.0z"  # second row, first column, within 440 units and 2
    assert f'class="outside" d="{box}"' in marked
    assert f'class="outside" d="{box}"' not in plain
    assert "fill-opacity: .75" in Sheet(drawn, "dark", is_faded=True).to_svg()
    assert "fill-opacity: .75" not in plain
    assert ">?</text>" in plain


def test_labels_of_a_sheet_are_words_not_markup_and_never_too_many():
    many = pictures([["inside"] * 40])
    svg = Sheet(many, "light", columns=[f"{i}<" for i in range(40)], titles=("a & b", "")).to_svg()
    assert "a &amp; b" in svg
    shown = [int(n) for n in re.findall(r"(\d+)&lt;</text>", svg)]
    assert len(shown) >= 5
    assert {b - a for a, b in pairwise(shown)} == {shown[1] - shown[0]}
    assert (shown[1] - shown[0]) * 11 > 7 * 4  # room for a label of three letters
    few = Sheet(
        pictures([["inside"]] * 16), "light", width=78, rows=[f"z{i}\n0" for i in range(16)]
    )
    assert all(f">z{i}</text>" in few.to_svg() for i in range(16))


def test_codes_are_taken_home_with_where_they_lie():
    kept = pictures([["inside", "outside"]])
    lines = save.to_csv(kept).decode().splitlines()
    assert lines == ["row,column,data,z_1,z_2", "1,1,inside,0.0,1.0", "1,2,outside,2.0,3.0"]
    arrays = np.load(BytesIO(save.to_npz(kept)))
    np.testing.assert_array_equal(arrays["z"], kept.z)
    assert arrays["images"].shape == (1, 2, 1, 4, 4)
    assert arrays["where"].tolist() == [["inside", "outside"]]
