"""Tests for pages/explore.py: planes, colours, the closer look, steps, and what is no number."""

import csv
import html
import json
import re
from base64 import b64decode
from io import StringIO

import numpy as np
import pytest
import torch

from tests.models import save_again
from tests.pages.conftest import chart, code, component, fire, param, pictures, texts, widget
from ui import catalogue
from ui.buttons import IN_CLASS
from ui.charts import FAINTEST
from ui.closer import DRAWS, NEIGHBOURS, coloured
from ui.exhibit import exhibit_of
from ui.images import to_png
from ui.palette import DIFFERENCE
from ui.take_away import to_csv
from ui.view import Colour, View, get_args
from vae_core import (
    Neighbourhood,
    build_model,
    decode,
    decode_spread,
    elbo,
    encode,
    fit_plane,
    load_checkpoint,
    load_images,
    model_config,
    nearest_in_codes,
    nearest_in_pixels,
    save_checkpoint,
    train_config,
    typicality,
)
from vae_core.checkpoint_header import DatasetInfo
from vae_core.geometry import off_plane_share
from vae_core.metrics.latent import prior_kl

COLOURS = get_args(Colour)
N_HELD_OUT, N_ALL = 359, 1797
LAYERS = "manifold,territories,magnification,density"
OPEN = {"close": "1", "space": "1", "fade": "1"}


@pytest.fixture(scope="module")
def held_out():
    return load_images("digits", "test")


@pytest.fixture
def saved(model_dir):
    """A model by the end of its name."""
    return lambda name: load_checkpoint(model_dir / f"digits-{name}.safetensors")


def exhibit(model, **changes):
    """What the page shows of a model."""
    entries, _ = catalogue.find_entries()
    entry = next(e for e in entries if e.name == model)
    return exhibit_of(entry, View(**({"batch_size": N_HELD_OUT} | changes)))


def array(values):
    """A plotly array, packed or not."""
    if not isinstance(values, dict):
        return np.array(values)
    return np.frombuffer(b64decode(values["bdata"]), np.dtype(values["dtype"]))


def drawn(app, *path, chart_number=0):
    """Something of each dot of a map, such as its "x", in the order of the images' numbers."""
    spec = json.loads(app.get("plotly_chart")[chart_number].proto.spec)
    numbers, found = [], []
    for trace in spec["data"]:
        numbers.append(array(trace["customdata"]))
        value = trace
        for name in path:
            value = value[name]
        found.append(array(value))
    return np.concatenate(found)[np.argsort(np.concatenate(numbers))]


def numbers(app):
    """The images on the map."""
    return np.sort(drawn(app, "customdata"))


def closer(app):
    """The closer look."""
    found = [e.proto.body for e in app.get("html") if "class=closer" in e.proto.body]
    return found[0] if found else ""


def sections(app):
    """Pieces of the closer look by their heading."""
    parts = re.findall(r"<section.*?>(.*?)</section>", closer(app), re.DOTALL)
    return {re.search("<h3>(.*?)</h3>", part)[1]: part for part in parts}


def alts(markup):
    return re.findall(r'<img alt="([^"]*)"', markup)


def pixels(markup):
    """The pictures, as PNG."""
    return [b64decode(data) for data in re.findall(r"base64,([^\"]*)\"", markup)]


def neighbours(markup):
    """Numbers and distances of the images in a row of neighbours."""
    found = re.findall(r"image (\d+)<br>([\d.]+) away", markup)
    return [int(number) for number, _ in found], [float(distance) for _, distance in found]


def said(app):
    """Everything the page says, in words or to the browser, but for packed arrays and pictures."""
    marks = [e.proto.body for e in app.get("html")] + [t.value for t in app.toast]
    charts = [c.proto.spec + c.proto.alt for c in app.get("plotly_chart")]
    facts = [component(app, "latent_pin").proto.json]
    labels = [s.label for s in app.slider] + [b.label for b in app.button]
    everything = "\n".join([texts(app), *marks, *charts, *facts, *labels])
    return re.sub(r'"bdata":"[^"]*"|base64,[^"]*"', "", everything)


def assert_defined(app):
    assert not app.exception
    assert not app.error
    assert not re.search(r"\b(nan|inf|infinity)\b", said(app), re.IGNORECASE)


# --- the link


@pytest.mark.parametrize(
    ("name", "value", "is_there"),
    [
        ("axes", "z3,z1", lambda app: chart(app)["layout"]["xaxis"]["title"]["text"][:3] == "z3 "),
        ("off", "0.1,-2.0,0.0,0.0,1e-05,0.0", lambda app: "as the sliders say" in texts(app)),
        ("colour", "kl", lambda app: "coloraxis" in chart(app)["layout"]),
        ("classes", "0,3", lambda app: [t["name"] for t in chart(app)["data"]] == ["0", "3"]),
        ("fade", "1", lambda app: "opacity" in chart(app)["data"][0]["marker"]),
        ("close", "1", lambda app: "Nearest in pixel space" in closer(app)),
        ("space", "1", lambda app: len(app.get("plotly_chart")) == 3),
    ],
)
def test_a_parameter_of_a_link_is_honoured_and_kept(open_app, name, value, is_there):
    pinned = {"at": "0.5,0.5"} if name == "off" else {"image": "5"}
    app = open_app(model="digits-vae-8d", **pinned, **{name: value})
    assert not app.exception
    assert not app.toast
    assert is_there(app)
    assert not is_there(open_app(model="digits-vae-8d", **pinned))
    widget(app, "explore_next").click().run().run()
    assert param(app, name) == value


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("axes", "z1"),
        ("axes", "z1,2"),
        ("axes", "z0,z1"),
        ("axes", "z2,z2"),
        ("off", ""),
        ("off", "nan,0"),
        ("off", "1e7"),
        ("off", "nearest,zero"),
        ("colour", "label"),
        ("classes", ""),
        ("classes", "-1"),
        ("classes", "1,<b>"),
        ("classes", ",".join(["1"] * 101)),
        ("fade", "yes"),
        ("close", "2"),
        ("space", "true"),
    ],
)
def test_garbage_in_a_link_is_named_and_dropped(open_app, name, value):
    app = open_app(model="digits-vae-8d", **{name: value})
    assert not app.exception
    assert app.toast[0].value.endswith(f"was left out: `{name}`.")
    default = {"axes": "1,2", "off": "nearest"}.get(name)
    assert app.query_params.get(name) in (default, [default])
    assert len(pictures(app)) == 2


@pytest.mark.parametrize(
    ("model", "name", "value", "kept", "words"),
    [
        ("8d", "image", "9999", "358", "image 358, the last one, instead of 9,999"),
        ("8d", "classes", "3,10", None, "all classes"),
        ("8d", "off", "0.1,0.2", "nearest", "places off the plane as the nearest image"),
        ("2d", "off", "0.1", "nearest", "places off the plane as the nearest image"),
        ("8d", "axes", "z9,z1", "z1,z2", "axes 1 and 2"),
        ("2d", "axes", "z2,z1", "2,1", "axes 2 and 1"),
        ("8d", "n", "1000", "359", "359 images"),
    ],
)
def test_what_a_model_does_not_have_is_changed_and_said(open_app, model, name, value, kept, words):
    app = open_app(model=f"digits-vae-{model}", **{name: value})
    assert not app.exception
    assert [t.value for t in app.toast] == [
        f"Part of the link does not fit this model and was changed: {words}."
    ]
    assert app.query_params.get(name) in (kept, [kept])
    assert not app.run().toast


def test_a_number_of_images_that_nobody_asked_for_is_no_change(open_app):
    assert not open_app(model="digits-vae-8d", image="5").toast


# --- planes


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


# --- all dimensions


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
    slider = widget(app, "explore_offset_z6")
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
        shown = widget(app, f"explore_offset_z{d + 1}").value
        assert shown == pytest.approx(code(app)[d], abs=1e-3)
        assert shown != 0


def test_a_slider_moves_one_component_of_the_pinned_code(open_app, saved):
    app = open_app(model="digits-vae-8d", image="5", space="1")
    fitted = fit_plane(saved("vae-8d").latents.mu)
    (z,) = fitted.codes[[5]]
    offsets = fitted.off_axes([z])[0]
    for number, offset in enumerate(offsets, start=3):
        value = widget(app, f"explore_offset_PC {number}").value
        assert value == pytest.approx(offset, abs=1e-4)
    widget(app, "explore_offset_PC 4").set_value(offsets[1] + 0.5).run()
    assert "image" not in app.query_params
    np.testing.assert_allclose(code(app), z + 0.5 * fitted.basis[3], atol=1e-3)
    widget(app, "explore_undo").click().run()
    assert param(app, "image") == "5"


def test_a_slider_reaches_as_far_as_a_link_says(open_app):
    app = open_app(model="digits-vae-3d", axes="z1,z2", off="250.5", space="1", at="0,0")
    slider = widget(app, "explore_offset_z3")
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


# --- colours and classes


def expected_values(colour, exposed, held_out):
    model, latents = exposed.loaded.model, exposed.shown.latents
    if colour == "kl":
        return prior_kl(latents).sum(1)
    if colour == "density":
        data = Neighbourhood(exposed.loaded.latents)
        return data.support(latents.mu, exposed.shown.indices).percentile
    chosen = held_out.subset(exposed.shown.indices)
    return elbo(model, chosen, draws=1).reconstruction.numpy()


@pytest.mark.parametrize("model", ["digits-vae-8d", "digits-ae-2d"])
@pytest.mark.parametrize("colour", ["reconstruction", "kl", "density"])
def test_colours_are_the_numbers_they_stand_for(open_app, held_out, model, colour):
    app = open_app(model=model, colour=colour, seed="3")
    assert not app.exception
    if colour == "kl" and "ae-2d" in model:  # no posterior, no KL: its classes are shown
        assert "coloraxis" not in chart(app)["layout"]
        assert not app.toast
        return
    exposed = exhibit(model, seed=3)
    expected = expected_values(colour, exposed, held_out)
    order = np.argsort(exposed.shown.indices)
    np.testing.assert_array_equal(drawn(app, "marker", "color"), expected[order].astype("f4"))
    scale = chart(app)["layout"]["coloraxis"]
    low, high = np.quantile(expected, (0.01, 0.99))
    assert (scale["cmin"], scale["cmax"]) == (pytest.approx(low), pytest.approx(high))
    assert scale["colorbar"]["title"]["text"] == ("%" if colour == "density" else "nats")
    assert "**Colour**: " in texts(app)


@pytest.mark.parametrize("model", ["digits-vae-8d", "digits-ae-2d"])
@pytest.mark.parametrize(("n", "image"), [("359", 17), ("1438", 17), ("1797", 17), ("1797", 400)])
def test_a_dot_s_density_is_the_one_beside_its_picture(open_app, model, n, image):
    app = open_app(model=model, colour="density", n=n, image=str(image))
    density = drawn(app, "marker", "color")[image]
    stated = re.search(r"denser than at ([\d.]+) % of the images", texts(app))[1]
    assert float(stated) == pytest.approx(density, abs=0.51)


def test_only_what_can_be_said_of_the_images_is_offered(open_app, mnist_like, monkeypatch):
    app = open_app(colour="reconstruction")
    assert "coloraxis" not in chart(app)["layout"]
    assert widget(app, "explore_colour").options == ["Class", "KL from the prior", "Density"]
    assert not (app.exception or app.error or app.toast)


def test_a_plain_autoencoder_is_offered_no_kl(open_app):
    options = widget(open_app(model="digits-ae-2d"), "explore_colour").options
    assert options == ["Class", "Reconstruction error", "Density"]


def test_colour_and_classes_change_the_dots_and_nothing_else(open_app, held_out):
    link = {"image": "5", "zoom": "-1.0,1.0,-2.0,2.0", "layers": "density"}
    app = open_app(model="digits-vae-2d", **link)
    widget(app, "explore_colour").set_value("density").run()
    assert param(app, "colour") == "density"
    assert chart(app)["layout"]["coloraxis"]["cmax"] > 90
    widget(app, "explore_classes").set_value([8, 1]).run()
    assert param(app, "classes") == "1,8"
    expected = np.flatnonzero(np.isin(held_out.labels, (1, 8)))
    np.testing.assert_array_equal(numbers(app), expected)
    assert "Dots: 1, 8 · Density" in {p.proto.popover.label for p in app.get("popover")}
    assert chart(app)["layout"]["xaxis"]["range"] == [-1.0, 1.0]
    assert {name: param(app, name) for name in link} == link
    widget(app, "explore_classes").set_value([]).run()
    assert "classes" not in app.query_params
    assert len(numbers(app)) == N_HELD_OUT


def test_another_model_keeps_colour_and_classes_and_resets_the_plane(open_app):
    link = {"colour": "kl", "classes": "1,8", "image": "5", "layers": "density", "close": "1"}
    plane = {"axes": "z3,z1", "off": "0,0,0,0,0,1", "zoom": "-1.0,1.0,-2.0,2.0"}
    app = open_app(model="digits-vae-8d", **link, **plane)
    widget(app, "explore_model").set_value("digits-vae-3d").run()
    assert {name: param(app, name) for name in link} == link
    assert (param(app, "axes"), param(app, "off")) == ("1,2", "nearest")
    assert "zoom" not in app.query_params


# --- the closer look


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


HOSTILE = ("<b>x</b>", "[a](https://b) **c**", "%{x} & :red[d]", "unused")


@pytest.fixture(scope="module")
def hostile(tmp_path_factory):
    """A folder with a model of an own data set, whose names of classes are markup."""
    folder = tmp_path_factory.mktemp("hostile")
    digits = load_images("digits", "test")
    np.savez(
        folder / "own.npz",
        images=digits.images.numpy(),
        labels=digits.labels.numpy() % 3,
        classes=np.array(HOSTILE),
    )
    images = load_images(str(folder / "own.npz"), "test")
    model = build_model(model_config("dense-512", images.image_shape, latent_dim=3))
    save_checkpoint(
        folder / "own.safetensors",
        model,
        training=train_config("dense-512", dataset=images.name),
        dataset=DatasetInfo(images.name, images.sha256(), images.classes),
        history=[],
        metrics={},
        latents=encode(model, images),
    )
    return folder


@pytest.fixture
def open_hostile(open_app, hostile, monkeypatch):
    monkeypatch.setenv("VAE_CHECKPOINT_DIR", str(hostile))
    return open_app


@pytest.mark.parametrize("index", [0, 1, 2])
def test_names_of_classes_are_shown_as_they_are(open_hostile, hostile, index):
    app = open_hostile(**OPEN, image=str(index), classes="0,1,2")
    assert not app.exception
    assert "Nearest in pixel space" in closer(app)
    markup = "\n".join(e.proto.body for e in app.get("html"))
    assert "<b>x" not in markup
    name = HOSTILE[load_images(str(hostile / "own.npz")).labels[index]]
    assert f"class {html.escape(name)}" in markup
    label = next(
        p.proto.popover.label for p in app.get("popover") if "Dots" in p.proto.popover.label
    )
    assert label == r"Dots: \<b\>x\</b\>, \[a\](https\://b) \*\*c\*\*, %{x} \& \:red\[d\]"
    escaped = [html.escape(name) for name in HOSTILE[:3]]
    names = [note["text"] for note in chart(app)["layout"]["annotations"]]
    assert names == [f"<b>{name}</b>" for name in escaped]
    in_space = json.loads(app.get("plotly_chart")[2].proto.spec)["data"]
    assert [trace["name"] for trace in in_space] == escaped
    assert {t["hovertemplate"] for t in in_space} == {
        "%{fullData.name}, image %{customdata}<extra></extra>"
    }


@pytest.mark.parametrize("colour", COLOURS)
def test_a_class_without_images_leaves_an_empty_map(open_hostile, colour):
    app = open_hostile(**OPEN, colour=colour, classes="3")
    assert_defined(app)
    assert chart(app)["data"] == []
    assert param(app, "classes") == "3"


# --- steps within a class


def step(app, name):
    """Press a button of "Same class"; the image it pins."""
    key = f"explore_class_{name.lower().replace(' ', '_')}"
    widget(app, key).click().run().run()
    assert not app.exception
    return int(param(app, "image"))


def test_steps_by_number_stay_in_the_class_and_go_round(open_app, held_out):
    mates = torch.nonzero(held_out.labels == held_out.labels[17]).flatten().tolist()
    position = mates.index(17)
    app = open_app(model="digits-vae-8d", image="17")
    assert step(app, "Next") == mates[position + 1]
    assert step(app, "Previous") == 17
    app = open_app(model="digits-vae-8d", image=str(mates[0]))
    assert step(app, "Previous") == mates[-1]
    assert step(app, "Next") == mates[0]


@pytest.mark.parametrize("model", ["vae-8d", "ae-2d"])
def test_steps_by_typicality_end_at_the_ends(open_app, saved, held_out, model):
    mates = torch.nonzero(held_out.labels == held_out.labels[17]).flatten()
    share = typicality(saved(model).latents)[mates]
    ranked = mates[np.argsort(-share, kind="stable")].tolist()
    app = open_app(model=f"digits-{model}", image="17")
    assert step(app, "Most typical") == ranked[0]
    assert step(app, "More typical") == ranked[0]
    assert step(app, "Stranger") == ranked[1]
    assert step(app, "Strangest") == ranked[-1]
    assert step(app, "Stranger") == ranked[-1]
    assert step(app, "More typical") == ranked[-2]
    widget(app, "explore_undo").click().run().run()
    assert param(app, "image") == str(ranked[-1])


def test_from_a_place_steps_go_through_the_class_of_the_nearest_image(open_app, saved, held_out):
    nearest = int(nearest_in_codes(saved("vae-2d").latents, [0.25, -0.5], 1).indices[0])
    mates = torch.nonzero(held_out.labels == held_out.labels[nearest]).flatten().tolist()
    app = open_app(model="digits-vae-2d", at="0.25,-0.5")
    assert step(app, "Next") == mates[(mates.index(nearest) + 1) % len(mates)]
    assert "at" not in app.query_params
    widget(app, "explore_undo").click().run().run()
    assert param(app, "at") == "0.25,-0.5"


@pytest.mark.parametrize("name", IN_CLASS)
def test_steps_work_from_the_stored_encoding_too(open_app, mnist_like, held_out, name):
    app = open_app(image="17")
    assert held_out.labels[step(app, name)] == held_out.labels[17]


# --- held-out and training images at once


def test_all_images_are_on_the_map_the_held_out_ones_first(open_app, saved, held_out):
    app = open_app(model="digits-vae-2d", n=str(N_ALL), image=str(N_HELD_OUT), close="1")
    train = load_images("digits", "train")
    assert not app.toast
    assert "1,797 held-out and training images, encoded just now" in texts(app)
    np.testing.assert_array_equal(numbers(app), np.arange(N_ALL))
    mu = encode(saved("vae-2d").model, held_out.joined(train)).mu.numpy()
    np.testing.assert_allclose(drawn(app, "x"), mu[:, 0], atol=1e-5)
    assert "Training image 0" in texts(app)
    assert "Reconstruction of image 0" in texts(app)
    assert pixels(pictures(app)[0]) == [to_png(train.images[0].numpy())]
    nats = elbo(saved("vae-2d").model, train.subset([0])).reconstruction[0]
    assert f"{nats:.1f} nats" in texts(app)
    told = json.loads(component(app, "latent_pin").proto.json)
    assert (told["image"], told["lastImage"]) == (N_HELD_OUT, N_ALL - 1)
    assert told["imageLabel"] == "Image, held-out first"
    widget(app, "explore_previous").click().run().run()
    assert "Held-out image 358" in texts(app)


def test_the_first_image_of_all_steps_back_to_the_last_training_image(open_app):
    app = open_app(model="digits-vae-2d", n=str(N_ALL), image="0")
    widget(app, "explore_previous").click().run().run()
    assert param(app, "image") == str(N_ALL - 1)
    assert "Training image 1437" in texts(app)


def test_steps_within_a_class_go_through_all_images(open_app, saved, held_out):
    everything = held_out.joined(load_images("digits", "train"))
    mates = torch.nonzero(everything.labels == everything.labels[17]).flatten()
    app = open_app(model="digits-vae-2d", n=str(N_ALL), image="17")
    latents = encode(saved("vae-2d").model, everything.subset(mates))
    first = mates[np.argmax(typicality(latents))]
    assert step(app, "Most typical") == first
    app = open_app(model="digits-vae-2d", n=str(N_ALL), image=str(int(mates[0])))
    assert step(app, "Previous") == mates[-1]


def test_another_number_of_images_unpins_the_image(open_app):
    app = open_app(model="digits-vae-2d", image="17", zoom="-1.0,1.0,-2.0,2.0")
    widget(app, "explore_batch_size").set_value(N_ALL).run()
    assert "image" not in app.query_params
    assert (param(app, "n"), param(app, "zoom")) == (str(N_ALL), "-1.0,1.0,-2.0,2.0")
    assert len(numbers(app)) == N_ALL


def test_the_table_of_all_images_says_which_split_each_is_of(held_out):
    train = load_images("digits", "train")
    exposed = exhibit("digits-vae-2d", batch_size=N_ALL)
    rows = list(csv.DictReader(StringIO(to_csv(exposed))))
    found = [(row["split"], int(row["image"]), row["class"]) for row in rows]
    expected = [
        (split, number, held_out.classes[label])
        for split, images in (("test", held_out), ("train", train))
        for number, label in enumerate(images.labels)
    ]
    assert sorted(found) == sorted(expected)
    index = exposed.shown.indices[0]
    assert found[0] == expected[index]


# --- what is no number


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
    decoded = decode(model, encode(model, held_out).mu)
    index = int((~torch.isfinite(decoded).flatten(1).all(1)).int().argmax())
    assert not torch.isfinite(decoded[index]).all()
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
