"""Tests for pages/explore.py: planes of many dimensions, and all dimensions at once."""

import json

import numpy as np
import pytest

from tests.pages.conftest import chart, code, fire, param, pictures, texts, widget
from tests.pages.readers import array, drawn, exhibit, pixels, said
from ui.charts import FAINTEST
from ui.images import to_png
from vae_core import (
    decode,
    fit_plane,
)
from vae_core.geometry import off_plane_share


def off_slider(app, name):
    """The slider of this component; its limits are in its key too."""
    return next(s for s in app.slider if s.key.startswith(f"explore_offset_{name}_"))


@pytest.mark.parametrize(("axes", "i", "j"), [("z1,z3", 0, 2), ("z8,z2", 7, 1)])
def test_along_latent_axes_each_dot_stands_at_its_code(open_app, axes, i, j):
    app = open_app(model="digits-vae-8d", axes=axes)
    mu = exhibit("digits-vae-8d").shown.latents.mu.numpy()
    order = np.argsort(exhibit("digits-vae-8d").shown.indices)
    np.testing.assert_array_equal(drawn(app, "x"), mu[order, i])
    np.testing.assert_array_equal(drawn(app, "y"), mu[order, j])


@pytest.mark.parametrize(("axes", "basis"), [("z1,z3", "latent"), ("2,3", "pca")])
def test_a_pinned_place_is_decoded_where_the_sliders_put_it(open_app, saved, axes, basis):
    offsets = (0.1, -2.0, 0.5, 0.0, 1.5, -0.25)
    loaded = saved("vae-8d")
    components = (0, 2) if basis == "latent" else (1, 2)
    z = fit_plane(loaded.latents.mu, components, basis).to_latent([(0.4, -0.8)], offsets)
    off = ",".join(map(str, offsets))
    app = open_app(model="digits-vae-8d", axes=axes, at="0.4,-0.8", off=off)
    assert code(app) == pytest.approx(z[0], abs=6e-4)
    assert pixels(pictures(app)[1]) == [to_png(decode(loaded.model, z)[0])]
    fire(app, "pick", {"x": 0.4, "y": 0.2, "image": None})
    assert param(app, "off") == off
    assert code(app) != pytest.approx(z[0], abs=6e-4)


def test_another_basis_resets_what_means_nothing_on_it_and_keeps_the_rest(open_app):
    link = {"axes": "3,1", "zoom": "-1.0,1.0,-2.0,2.0", "layers": "density", "colour": "kl"}
    app = open_app(model="digits-vae-8d", off="0.1,0,0,0,0,0", at="0.5,0.5", **link)
    fire(app, "pick", {"x": 0.1, "y": 0.2, "image": None})
    before = chart(app)
    widget(app, "explore_basis").set_value("latent").run()
    assert not app.exception
    assert app.toast[0].value.startswith("The pinned place was one of the other plane.")
    assert param(app, "axes") == "z1,z2"
    assert param(app, "off") == "nearest"
    assert param(app, "layers") == "density"
    assert param(app, "colour") == "kl"
    assert not {"at", "zoom"} & set(app.query_params)
    layout = chart(app)["layout"]
    assert layout["meta"] != before["layout"]["meta"]
    assert layout["xaxis"]["range"] != [-1.0, 1.0]
    widget(app, "explore_undo").click().run().run()
    assert "at" not in app.query_params


def test_another_axis_keeps_the_pinned_image(open_app):
    app = open_app(model="digits-vae-8d", axes="z1,z2", image="5", off="zero")
    before = code(app)
    widget(app, "explore_axis_y").set_value(6).run()
    assert param(app, "axes") == "z1,z7"
    assert param(app, "image") == "5"
    assert param(app, "off") == "zero"
    assert code(app) == before
    assert "z7 (latent units" in chart(app)["layout"]["yaxis"]["title"]["text"]


def test_dots_fade_with_what_lies_off_the_plane(open_app, saved):
    app = open_app(model="digits-vae-8d", image="5", zoom="-1.0,1.0,-2.0,2.0")
    assert "opacity" not in chart(app)["data"][0]["marker"]
    widget(app, "explore_fade").set_value(True).run()
    mu = saved("vae-8d").latents.mu
    share = 1 - off_plane_share(fit_plane(mu), mu)
    found = drawn(app, "marker", "opacity")
    np.testing.assert_allclose(found, share.clip(FAINTEST, 1), atol=1e-4)
    assert (param(app, "fade"), param(app, "image")) == ("1", "5")
    assert chart(app)["layout"]["xaxis"]["range"] == [-1.0, 1.0]
    widget(app, "explore_fade").set_value(False).run()
    assert "fade" not in app.query_params


def test_sliders_move_the_place_and_leave_the_map(open_app, saved):
    app = open_app(model="digits-vae-8d", axes="z1,z3", at="0.4,-0.8")
    before = chart(app)
    widget(app, "explore_completion").set_value("set").run()
    assert param(app, "off") == ",".join(["0.0"] * 6)
    assert param(app, "space") == "1"
    assert code(app) == [0.4, 0, -0.8, 0, 0, 0, 0, 0]
    fitted = fit_plane(saved("vae-8d").latents.mu, (0, 2), "latent")
    labels = [f"z{d + 1} · σ {fitted.spread[d]:.2f}" for d in (1, 3, 4, 5, 6, 7)]
    assert {s.label for s in app.slider} == set(labels)
    slider = off_slider(app, "z6")
    assert slider.label == labels[3]
    assert slider.max == pytest.approx(3 * fitted.spread[5])
    slider.set_value(0.25).run()
    assert param(app, "off") == "0.0,0.0,0.0,0.25,0.0,0.0"
    assert code(app) == [0.4, 0, -0.8, 0, 0, 0.25, 0, 0]
    assert param(app, "at") == "0.4,-0.8"
    assert chart(app) == before
    widget(app, "explore_nearest").click().run()
    assert param(app, "off") == "nearest"
    # Wherever the code is, the sliders show it.
    for d in (1, 3, 4, 5, 6, 7):
        shown = off_slider(app, f"z{d + 1}").value
        assert shown == pytest.approx(code(app)[d], abs=1e-3)
        assert shown != 0


def test_a_slider_moves_one_component_of_the_pinned_code(open_app, saved):
    app = open_app(model="digits-vae-8d", image="5", space="1")
    fitted = fit_plane(saved("vae-8d").latents.mu)
    (z,) = fitted.codes[[5]]
    offsets = fitted.off_axes([z])[0]
    for number, offset in enumerate(offsets, start=3):
        value = off_slider(app, f"PC {number}").value
        assert value == pytest.approx(offset, abs=1e-4)
    off_slider(app, "PC 4").set_value(offsets[1] + 0.5).run()
    assert "image" not in app.query_params
    np.testing.assert_allclose(code(app), z + 0.5 * fitted.basis[3], atol=1e-3)
    widget(app, "explore_undo").click().run()
    assert param(app, "image") == "5"


def test_a_slider_reaches_as_far_as_a_link_says(open_app):
    app = open_app(model="digits-vae-3d", axes="z1,z2", off="250.5", space="1", at="0,0")
    slider = off_slider(app, "z3")
    assert slider.value == pytest.approx(250.5)
    assert slider.max >= 250.5


def test_the_spectrum_and_the_turning_map_show_what_they_say(open_app, saved):
    app = open_app(model="digits-vae-8d", axes="2,4", space="1", classes="7,8")
    fitted = fit_plane(saved("vae-8d").latents.mu, (1, 3))
    (bars,) = json.loads(app.get("plotly_chart")[1].proto.spec)["data"]
    np.testing.assert_allclose(array(bars["y"]), 100 * fitted.explained_variance)
    share = fitted.explained_variance[[1, 3]].sum()
    assert f"the map shows {share:.0%} of it" in texts(app)
    exposed = exhibit("digits-vae-8d").shown
    kept = np.isin(exposed.latents.labels, (7, 8))
    codes = exposed.latents.mu[kept].double().numpy()
    places = (codes - fitted.mean) @ fitted.basis[[1, 3, 0]].T
    order = np.argsort(exposed.indices[kept])
    for axis, column in zip("xyz", places.T, strict=True):
        np.testing.assert_allclose(drawn(app, axis, chart_number=2), column[order], atol=1e-6)


@pytest.mark.parametrize("model", ["digits-vae-1d", "digits-vae-2d"])
def test_where_the_map_shows_all_dimensions_there_are_no_others_to_show(open_app, model):
    app = open_app(model=model, space="1", fade="1")
    assert not app.exception
    assert len(app.get("plotly_chart")) == 1
    assert not app.slider
    assert "explore_space" not in {t.key for t in app.toggle}
    assert "opacity" not in chart(app)["data"][0]["marker"]


@pytest.mark.parametrize(("name", "words"), [("close", "Nearest in"), ("space", "Off the plane <")])
def test_a_panel_opens_and_closes_with_its_switch(open_app, name, words):
    app = open_app(model="digits-vae-8d", image="5", zoom="-1.0,1.0,-2.0,2.0")
    before = chart(app)
    widget(app, f"explore_{name}").set_value(True).run()
    assert param(app, name) == "1"
    assert words in said(app)
    assert chart(app) == before
    widget(app, f"explore_{name}").set_value(False).run()
    assert name not in app.query_params
    assert words not in said(app)
