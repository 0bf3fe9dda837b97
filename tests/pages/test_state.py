"""Tests for ui.view: the view in the link."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ui.view import View, parse, to_params

coordinates = st.floats(-1000, 1000, allow_nan=False)
views = st.builds(
    View,
    dataset=st.sampled_from(["mnist", "my/folder", "a b"]),
    model=st.sampled_from(["mnist-dense-512-vae-2d", "x"]),
    batch_size=st.integers(1, 10**7),
    seed=st.integers(0, 2**31 - 1),
    axes=st.sampled_from([(0, 1), (3, 0), (511, 2)]),
    completion=st.sampled_from(["nearest", "zero"]),
    place=st.one_of(st.none(), st.tuples(coordinates, coordinates)),
    layers=st.sampled_from([(), ("density",), ("prior", "holes")]),
    zoom=st.one_of(
        st.none(), st.builds(lambda x, y: ((x, x + 1.5), (y, y + 0.25)), coordinates, coordinates)
    ),
)


@given(views)
def test_a_link_gives_back_the_view(view):
    assert parse(to_params(view)) == (view, [])


def test_a_pinned_image_wins_over_a_place():
    view = View(dataset="mnist", model="m", image=7)
    assert parse(to_params(view)) == (view, [])


@given(
    st.dictionaries(
        st.sampled_from(["data", "model", "n", "at", "axes", "image", "layers", "zoom"]), st.text()
    )
)
def test_any_text_is_parsed_or_named(params):
    view, unread = parse(params)
    assert set(unread) <= set(params)
    assert isinstance(view, View)


@pytest.mark.parametrize("text", ["1,0,0,1", "0,1,0", "0,nan,0,1", "0,1,0,1e9", "0,0,0,1"])
def test_an_unreadable_zoom_is_named(text):
    assert parse({"zoom": text})[1] == ["zoom"]


@pytest.mark.parametrize("text", ["nan,1", "1e309,0", "1e7,0", "1", "1,2,3", "a,b"])
def test_an_unreadable_place_is_named(text):
    assert parse({"at": text}) == (View(), ["at"])


def test_unknown_parameters_are_ignored():
    assert parse({"utm_source": "mail"}) == (View(), [])
