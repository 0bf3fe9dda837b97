"""Tests for ui.view: the view in the link."""

from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ui.view import MAX_CLASSES, MAX_COORDINATE, MAX_INDEX, Colour, View, parse, to_params

NAMES = (
    "data", "model", "n", "seed", "axes", "off", "layers", "zoom", "at", "image", "colour",
    "classes", "fade", "close", "space",
)  # fmt: skip
coordinates = st.floats(-1000, 1000, allow_nan=False)
offsets = st.floats(-MAX_COORDINATE, MAX_COORDINATE)
classes = st.sets(st.integers(0, MAX_INDEX), max_size=MAX_CLASSES)
views = st.builds(
    View,
    dataset=st.sampled_from(["mnist", "my/folder", "a b"]),
    model=st.sampled_from(["mnist-dense-512-vae-2d", "x"]),
    batch_size=st.integers(1, 10**7),
    seed=st.integers(0, 2**31 - 1),
    axes=st.sampled_from([(0, 1), (3, 0), (511, 2)]),
    basis=st.sampled_from(["auto", "latent"]),
    completion=st.sampled_from(["nearest", "zero"])
    | st.lists(offsets, min_size=1, max_size=510).map(tuple),
    place=st.one_of(st.none(), st.tuples(coordinates, coordinates)),
    layers=st.sampled_from([(), ("density",), ("prior", "holes")]),
    zoom=st.one_of(
        st.none(), st.builds(lambda x, y: ((x, x + 1.5), (y, y + 0.25)), coordinates, coordinates)
    ),
    colour=st.sampled_from(get_args(Colour)),
    classes=classes.map(lambda chosen: tuple(sorted(chosen))),
    fade=st.booleans(),
    close=st.booleans(),
    space=st.booleans(),
)
links = st.dictionaries(
    st.sampled_from(NAMES), st.text() | st.text("z0123456789,.-+e nai", max_size=9)
)


@given(views)
def test_a_link_gives_back_the_view(view):
    assert parse(to_params(view)) == (view, [])


def test_a_pinned_image_wins_over_a_place():
    view = View(dataset="mnist", model="m", image=7)
    assert parse(to_params(view)) == (view, [])


@given(links)
def test_any_text_is_parsed_or_named(params):
    view, unread = parse(params)
    assert set(unread) <= set(params)
    assert isinstance(view, View)
    assert parse({name: params[name] for name in params if name not in unread}) == (view, [])


@given(links)
def test_what_was_read_survives_into_the_link_again(params):
    link = {"data": "mnist", "model": "m"} | to_params(parse(params)[0])
    again, unread = parse(link)
    assert set(unread) <= {"data", "model"}  # without a name there is none to give back
    assert to_params(again) == link | {"data": again.dataset, "model": again.model}


@pytest.mark.parametrize(
    ("name", "texts"),
    [
        ("axes", ["z1", "z1,2", "1,z2", "z0,z1", "z3,z3", "z1,z2,z3", "z,z", "Z1,Z2", "z1,z513"]),
        ("off", ["", ",", "nan", "0,inf", "1e7", "Zero", "nearest,zero", ",".join(["0"] * 513)]),
        ("colour", ["", "Class", "loss", "kl,density"]),
        ("classes", ["", ",", "-1", "1.5", "1,,2", "١", ",".join(["1"] * 101)]),
        ("fade", ["", "true", "01", "2"]),
        ("close", ["", "yes", "-1"]),
        ("space", ["", "on", " 1"]),
    ],
)
def test_an_unreadable_value_is_named_and_left_out(name, texts):
    for text in texts:
        assert parse({name: text}) == (View(), [name])


def test_classes_are_sorted_and_named_once():
    assert parse({"classes": "7,3,3,0"}) == (View(classes=(0, 3, 7)), [])


@pytest.mark.parametrize("text", ["1,0,0,1", "0,1,0", "0,nan,0,1", "0,1,0,1e9", "0,0,0,1"])
def test_an_unreadable_zoom_is_named(text):
    assert parse({"zoom": text})[1] == ["zoom"]


@pytest.mark.parametrize("text", ["nan,1", "1e309,0", "1e7,0", "1", "1,2,3", "a,b"])
def test_an_unreadable_place_is_named(text):
    assert parse({"at": text}) == (View(), ["at"])


def test_unknown_parameters_are_ignored():
    assert parse({"utm_source": "mail"}) == (View(), [])
