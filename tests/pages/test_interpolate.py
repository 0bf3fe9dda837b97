"""Tests for pages/interpolate.py: ends, paths, steps and links."""

import json
import re
from dataclasses import replace
from io import BytesIO

import numpy as np
import pytest
from PIL import Image
from streamlit.proto.WidgetStates_pb2 import WidgetState

from tests.models import save_again
from tests.pages.conftest import component, param, texts, widget
from ui import catalogue, stage
from ui.images import NO_PICTURE, to_bytes
from ui.interpolate import cached, ends, keep
from ui.interpolate.trip import End, Trip, read_end, to_params
from vae_core import decode, fit_plane, load_checkpoint


@pytest.fixture
def open_page(open_app):
    """The page at a link with these parameters."""

    def open_(**params):
        app = open_app()
        app.switch_page("pages/interpolate.py")
        for name in list(app.query_params):
            del app.query_params[name]
        for name, value in params.items():
            app.query_params[name] = value
        app.run()
        assert not app.exception
        return app

    return open_


def told(app, name):
    """What a component was told."""
    return json.loads(component(app, name).proto.json)


def field(app, key):
    kinds = (app.selectbox, app.number_input, app.text_input, app.slider, app.button)
    return next(w for kind in (*kinds, app.get("button_group")) for w in kind if w.key == key)


def strip(app):
    """The words under the steps, left to right."""
    found = next(e.proto.body for e in app.get("html") if "near<br>" in e.proto.body)
    return [
        re.sub("<[^>]*>", " ", f).split() for f in re.findall("<figcaption>.*?</figcaption>", found)
    ]


def click(app, **pick):
    """A click on the map, as the browser would report it."""
    pin = component(app, "latent_pin")
    value = {"map": json.loads(pin.proto.json)["map"], "image": None, **pick}
    states = app._tree.get_widget_states()
    identity = f"$$STREAMLIT_INTERNAL_KEY_{pin.proto.id}__events"
    events = json.dumps([{"event": "pick", "value": value}])
    states.widgets.append(WidgetState(id=identity, json_trigger_value=events))
    app._run(states)
    return app.run()


def film(model, trip):
    """What the page decodes for a trip, and both ends."""
    entry = next(e for e in catalogue.find_entries()[0] if e.name == model)
    exhibit = stage.exhibit_for(entry)
    a, b = (ends.show_of(exhibit, end) for end in ends.of(trip))
    key = cached.WayKey(entry.path, entry.mtime, a.code, b.code)
    return cached.film_of(key, trip), cached.ways(key), (a, b), exhibit


@pytest.mark.parametrize("model", ["vae-1d", "vae-2d", "vae-3d", "vae-8d", "ae-2d"])
def test_every_model_opens_with_two_images_and_a_path(open_page, model):
    app = open_page(model=f"digits-{model}")
    assert not app.toast
    assert param(app, "a").startswith("image:")
    assert param(app, "a") != param(app, "b")
    words = strip(app)
    assert [w[0] for w in words] == ["original", "A", *["step"] * 7, "B", "original"]
    assert "Change of the picture" in texts(app)


@pytest.mark.parametrize("path", ["straight", "spherical", "geodesic"])
@pytest.mark.parametrize("even", ["code", "image"])
@pytest.mark.parametrize("over", [0, 50])
def test_a_film_shows_both_ends_exactly_as_they_are_decoded(saved, path, even, over):
    trip = Trip(a=End("image", 7), b=End("class", 3), path=path, even=even, over=over)
    found, _, both, _ = film("digits-vae-2d", trip)
    for end, index in zip(both, (found.walked.first, found.walked.last), strict=True):
        alone = decode(saved("vae-2d").model, end.z[None])[0].numpy()
        np.testing.assert_array_equal(found.images[index], alone)
        assert index in found.steps
    np.testing.assert_array_equal(both[0].z, saved("vae-2d").latents.mu[7].double().numpy())


def test_a_geodesic_is_never_longer_in_pictures():
    for a, b in ((0, 1), (5, 9), (20, 33), (100, 7)):
        trip = Trip(a=End("image", a), b=End("image", b))
        _, ways, _, _ = film("digits-vae-2d", trip)
        assert ways["geodesic"].in_images <= ways["straight"].in_images * (1 + 1e-9)


def test_a_link_opens_what_it_says(open_page):
    params = {
        "model": "digits-ae-2d", "a": "class:3", "b": "code:0.25,-1.5", "path": "spherical",
        "steps": "5", "even": "code", "over": "50", "frame": "3",
    }  # fmt: skip
    app = open_page(**params)
    assert {name: param(app, name) for name in params} == params
    assert not app.toast
    assert [w[:2] for w in strip(app)] == [
        ["2", "before"], ["1", "before"], ["A", *strip(app)[2][1:2]], ["step", "2"], ["step", "3"],
        ["step", "4"], ["B", *strip(app)[6][1:2]], ["1", "beyond"], ["2", "beyond"],
    ]  # fmt: skip
    assert told(app, "latent_player")["frame"] == 3
    assert "the mean code of" in texts(app).lower()
    assert "means nothing in particular" in texts(app)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("a", "image:-1"),
        ("a", "image"),
        ("a", "drawing:3"),
        ("b", "at:1"),
        ("b", "code:nan,1"),
        ("b", "code:"),
        ("path", "shortest"),
        ("steps", "2"),
        ("steps", "1e3"),
        ("even", "time"),
        ("over", "101"),
        ("frame", "-1"),
    ],
)
def test_garbage_in_a_link_is_named_and_dropped(open_page, name, value):
    app = open_page(**{name: value})
    assert app.toast[0].value.endswith(f"was left out: `{name}`.")
    assert app.query_params.get(name) != [value]
    assert strip(app)


@pytest.mark.parametrize(
    ("end", "kept"),
    [("image:9999", "image:358"), ("class:77", "image:"), ("code:1,2,3", "image:")],
)
def test_what_a_model_does_not_have_is_changed_and_said(open_page, end, kept):
    app = open_page(model="digits-vae-2d", b=end)
    assert "Not all of the link fits this model: now B is held-out image" in app.toast[0].value
    assert param(app, "b").startswith(kept)


def test_an_absent_model_is_said(open_page):
    app = open_page(model="nobody", a="image:3")
    assert "There is no model" in app.toast[0].value
    assert param(app, "a") == "image:3"


@pytest.mark.parametrize(
    "end",
    [
        End("image", 12),
        End("class", 3),
        End("at", numbers=(0.1, -1e-7)),
        End("code", numbers=(1 / 3,)),
    ],
)
def test_an_end_is_read_as_it_was_written(end):
    assert read_end(str(end)) == end
    assert to_params(Trip(a=end))["a"] == str(end)


def test_clicks_set_the_ends_in_turn(open_page):
    app = open_page(model="digits-vae-2d")
    assert told(app, "latent_pin")["image"] == int(param(app, "a").split(":")[1])
    first_b = param(app, "b")
    click(app, x=0.5, y=-0.25)
    assert (param(app, "a"), param(app, "b")) == ("at:0.5,-0.25", first_b)
    click(app, x=0.1, y=0.1, image=42)
    assert (param(app, "a"), param(app, "b")) == ("at:0.5,-0.25", "image:42")
    click(app, x=0.3, y=0.3, image=17)
    assert param(app, "a") == "image:17"


def test_a_click_on_a_map_no_longer_shown_moves_nothing(open_page):
    app = open_page(model="digits-vae-2d", a="image:1", b="image:2")
    click(app, x=0.5, y=0.5, map="another")
    assert (param(app, "a"), param(app, "b")) == ("image:1", "image:2")


def test_the_ends_can_be_chosen_without_a_mouse(open_page):
    app = open_page(model="digits-vae-2d", a="image:1", b="image:2")
    field(app, "interpolate_a_image").set_value(33).run()
    assert param(app, "a") == "image:33"
    field(app, "interpolate_b_kind").set_value("at").run()
    assert param(app, "b").startswith("at:")
    field(app, "interpolate_b_x").set_value(0.75).run()
    assert param(app, "b").startswith("at:0.75,")
    field(app, "interpolate_b_kind").set_value("class").run()
    field(app, "interpolate_b_class").set_value(4).run()
    assert param(app, "b") == "class:4"
    field(app, "interpolate_a_kind").set_value("code").run()
    field(app, "interpolate_a_code").set_value("0.5, -2").run()
    assert param(app, "a") == "code:0.5,-2.0"
    field(app, "interpolate_a_code").set_value("0.5, x").run()
    assert param(app, "a") == "code:0.5,-2.0"
    said = "A code of this model is 2 numbers up to a million, parted by commas, such as 0.5, -1;"
    assert said in app.error[0].value
    assert field(app, "interpolate_a_code").value == "0.5, x"
    field(app, "interpolate_a_code").set_value("0.5, 3").run()
    assert param(app, "a") == "code:0.5,3.0"
    assert not app.error


def test_a_code_of_one_number_is_asked_for_as_one(open_page):
    app = open_page(model="digits-vae-1d", a="code:0.5")
    field(app, "interpolate_a_code").set_value("1, 2").run()
    said = r"A code of this model is 1 number up to a million, such as 0\.5; not '1, 2'\."
    assert re.fullmatch(said, app.error[0].value)
    assert param(app, "a") == "code:0.5"


def test_classes_of_one_name_are_told_apart(open_page, saved, tmp_path, monkeypatch):
    loaded = saved("vae-2d")
    names = ("twin", "twin", *loaded.dataset.classes[2:])
    dataset = replace(loaded.dataset, name="mnist", classes=names)
    save_again(loaded, tmp_path / "twins" / "twins.safetensors", dataset=dataset)
    monkeypatch.setenv("VAE_CHECKPOINT_DIR", str(tmp_path / "twins"))
    app = open_page(a="class:1", b="class:3")
    assert param(app, "a") == "class:1"
    chosen = field(app, "interpolate_a_class")
    assert len(set(chosen.options)) == len(chosen.options)
    assert (chosen.value, chosen.options[:2]) == (1, ["0 · twin", "1 · twin"])


def test_names_of_classes_are_shown_as_they_are(open_page, saved, tmp_path, monkeypatch):
    loaded = saved("vae-2d")
    names = tuple(f"[{name}](http://a.b)" for name in loaded.dataset.classes)
    dataset = replace(loaded.dataset, name="mnist", classes=names)
    save_again(loaded, tmp_path / "odd" / "odd.safetensors", dataset=dataset)
    monkeypatch.setenv("VAE_CHECKPOINT_DIR", str(tmp_path / "odd"))
    app = open_page(b="image:9999")
    assert r"class \[" in app.toast[0].value


def test_a_place_of_a_strip_is_one_number(open_page):
    app = open_page(model="digits-vae-1d", a="at:0.5,0.37")
    assert "the place (0.50)" in texts(app)
    click(app, x=0.25, y=0.37)
    assert param(app, "a") == "at:0.25,0.0"


def test_a_place_says_whose_code_it_borrows_off_the_plane(open_page, saved):
    app = open_page(model="digits-vae-8d", a="at:0.5,0.25", b="image:3")
    fitted = fit_plane(saved("vae-8d").latents.mu)
    image = fitted.nearest([(0.5, 0.25)])[0]
    away = fitted.off_plane(fitted.to_latent([(0.5, 0.25)], "nearest"))[0]
    said = (
        f"Off the plane the code is that of held-out image {image}: {away:.2f} latent units from "
        "the plane. The map shows 2 of 8 dimensions."
    )
    assert texts(app).count(said) == 1
    assert "Off the plane" not in texts(open_page(model="digits-vae-2d", a="at:0.5,0.25"))


def test_both_ends_change_places(open_page):
    app = open_page(model="digits-vae-2d", a="image:1", b="class:2")
    field(app, "interpolate_swap").click().run()
    assert (param(app, "a"), param(app, "b")) == ("class:2", "image:1")


@pytest.mark.parametrize(
    ("name", "value"), [("path", "straight"), ("even", "code"), ("steps", 5), ("over", 25)]
)
def test_each_choice_is_in_the_link(open_page, name, value):
    app = open_page(model="digits-vae-2d", frame="5")
    field(app, f"interpolate_{name}").set_value(value).run()
    assert param(app, name) == str(value)
    assert "frame" not in app.query_params


def test_another_model_keeps_images_but_no_codes(open_page):
    app = open_page(model="digits-vae-2d", a="image:3", b="code:0.5,0.5")
    widget(app, "interpolate_model").set_value("digits-ae-2d").run()
    assert param(app, "model") == "digits-ae-2d"
    assert param(app, "a") == "image:3"
    assert param(app, "b").startswith("image:")
    assert not app.toast


def test_codes_of_one_number_have_one_path(open_page):
    app = open_page(model="digits-vae-1d", path="geodesic")
    assert "there is one way from A to B" in texts(app)
    assert not [w for w in app.get("button_group") if w.key == "interpolate_path"]
    assert "Geodesic" not in " ".join(
        e.proto.body for e in app.get("html") if "<table" in e.proto.body
    )
    assert param(app, "path") == "geodesic"  # for the next model
    widget(app, "interpolate_model").set_value("digits-vae-2d").run()
    assert field(app, "interpolate_path").value == "geodesic"


def test_many_dimensions_are_searched_without_a_grid_and_the_page_says_so(open_page):
    app = open_page(model="digits-vae-8d")
    assert "sought from the straight line alone" in texts(app)
    assert len(told(app, "latent_shapes")["paths"]) == 3


def test_without_models_the_page_says_what_to_do(open_page, monkeypatch, tmp_path):
    monkeypatch.setenv("VAE_CHECKPOINT_DIR", str(tmp_path))
    assert "There is no model in" in texts(open_page())


def test_without_the_images_their_codes_are_walked(open_page, mnist_like):
    app = open_page()
    words = strip(app)
    assert words[0][0] == "A"
    assert words[0][1] != "original"
    assert not any("original" in w for w in words)


@pytest.mark.parametrize("model", ["vae-2d", "vae-8d"])
def test_pictures_that_are_not_numbers_are_said_in_words(
    open_page, model_dir, tmp_path, monkeypatch, model
):
    """The decoder's first layer overflows away from zero; every weight is finite."""
    loaded = load_checkpoint(model_dir / f"digits-{model}.safetensors")
    weight = loaded.model.decoder[0].weight
    weight.data *= 1e38 / weight.abs().max()
    save_again(loaded, tmp_path / "broken" / "broken.safetensors")
    monkeypatch.setenv("VAE_CHECKPOINT_DIR", str(tmp_path / "broken"))
    n_dims = loaded.config.latent_dim
    far = ",".join(["3000", "-3000", *["0"] * (n_dims - 2)])
    app = open_page(a=f"code:{far}", b=f"code:{','.join(['0'] * n_dims)}")
    assert NO_PICTURE in texts(app)
    assert "undefined" in texts(app)
    assert "nan" not in texts(app).lower().split()
    assert NO_PICTURE in told(app, "latent_player")["frames"][0]["text"]


def test_the_film_and_the_steps_can_be_kept():
    trip = Trip(a=End("image", 7), b=End("image", 3), steps=5)
    found, _, _, _ = film("digits-vae-2d", trip)
    scale = keep.scale_of(found)
    side = 8 * scale
    gif = Image.open(BytesIO(keep.to_film(found)))
    assert gif.size == (side, side)
    assert gif.n_frames > len(found.images)
    first = np.asarray(gif.convert("L"))[::scale, ::scale]
    np.testing.assert_allclose(first, to_bytes(found.images[0])[0], atol=1)
    png = Image.open(BytesIO(keep.to_picture(found)))
    assert png.size == (5 * 8 * (scale // 2), 8 * (scale // 2))
