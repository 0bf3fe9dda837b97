"""Tests for pages/explore.py: what a link asks for."""

import pytest

from tests.pages.conftest import chart, param, pictures, texts, widget
from tests.pages.readers import closer


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
        ("2d", "fade", "1", None, "nothing off the plane, since there is nothing"),
        ("2d", "space", "1", None, "nothing off the plane, since there is nothing"),
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
