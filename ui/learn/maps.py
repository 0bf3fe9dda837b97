"""The map on the live side: with loupe, ring and fields, and the pictures of what is pinned."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from html import escape
from typing import cast

import plotly.graph_objects as go
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from ui import cache, drawn, stage
from ui.charts import CONFIG
from ui.exhibit import Exhibit
from ui.facts import BADGES
from ui.frame import is_strip
from ui.images import decoded_to_html, figure, strip, to_html
from ui.keys import BatchKey, Look, MapKey
from ui.learn import models
from ui.learn.desk import Desk
from ui.loupe import fields, pin
from ui.point import Point, resolve
from ui.ring import describe, to_pinned
from ui.view import Colour, View
from vae_core.metrics.support import Where

Pin = tuple[float, float, int | None]  # x, y, and the image if it was a dot
ALT = "Map of latent space. The fields below it pin a place or an image without a mouse."
WIDE, NARROW = (3.2, 1.0), 380  # widths of a map and its pictures; pixels of a map among several
LOW = 330  # pixels of a map above something that a click on it changes
EDGE, MOST = 0.03, 0.25  # of a map's width: left free beside the last dot; added on a side
_shared = partial(st.cache_resource, show_spinner=False)


def explore(
    desk: Desk,
    exhibit: Exhibit,
    name: str = "map",
    colour: Colour = "class",
    height: int = stage.HEIGHT,
) -> Point:
    """The map, beside it the pictures of what is pinned, below both the fields; see `pinned`."""
    left, right = st.columns(WIDE)
    below = st.container()
    with left:
        point = either(desk, (exhibit,), name, colour, height, below=below)[1]
    with right:
        pictures(exhibit, point)
    return point


def pinned(
    desk: Desk,
    exhibit: Exhibit,
    name: str = "map",
    colour: Colour = "class",
    height: int = stage.HEIGHT,
) -> Point:
    """Draw the map with what is pinned on it; a click pins a dot's image or a place.

    Args:
        desk: Remembers the pin, for all steps of the lesson that use this name.
        exhibit: The model and its images.
        name: Of the map in the lesson; the chart's key is `desk.lesson_key(name)`.
        colour: What the colours of the dots say.
        height: Pixels.

    Returns:
        What is pinned; `is_pinned` tells whether the learner did, or it is there to begin with.
    """
    return either(desk, (exhibit,), name, colour, height)[1]


def either(
    desk: Desk,
    exhibits: Sequence[Exhibit],
    name: str = "map",
    colour: Colour = "class",
    height: int = NARROW,
    *,
    has_numbers: bool = True,
    below: DeltaGenerator | None = None,
) -> tuple[int, Point]:
    """Maps side by side with one ring: which of them was clicked last, from 0, and what is pinned.

    An image that is pinned stays so on the map that is clicked next; see `pinned`. The axes can do
    without numbers. The fields stand in the place `below`, or else right below the maps.
    """
    charts = [desk.lesson_key(name + "b" * i) for i in range(len(exhibits))]
    memory = f"pin {name}"
    names = [exhibit.map_key.name for exhibit in exhibits]

    def on_pick() -> None:
        pick = st.session_state[f"{charts[0]}_pin"]["pick"]
        if pick["map"] in names:
            desk.keep(memory, (pick["map"], (pick["x"], pick["y"], pick["image"])))

    for column, chart, exhibit in zip(st.columns(len(exhibits)), charts, exhibits, strict=True):
        with column:
            _draw(exhibit, chart, colour, height, len(exhibits) > 1, has_numbers)
    at, where = desk.value(memory, (names[0], None))
    index = names.index(at) if at in names else 0
    exhibit = exhibits[index]
    with below or st.container():
        fields(("x",) if is_strip(exhibit.fitted) else ("x", "y"), key=f"{charts[0]}_fields")
    point = resolve(exhibit, view_of(exhibit, where if at in names else None))
    pin(charts[index], to_pinned(exhibit, point), key=f"{charts[0]}_pin", on_pick=on_pick)
    for chart, each in zip(charts, exhibits, strict=True):
        stage.attach(each, chart)
    return index, point


def _draw(
    exhibit: Exhibit, chart: str, colour: Colour, height: int, is_one_of: bool, has_numbers: bool
) -> None:
    if is_one_of:  # long titles would put the maps at different heights
        st.html(f"<h2>{models.in_short(exhibit.entry)}</h2>")
    else:
        heading(exhibit)
    draw(exhibit, chart, ALT, colour, height, is_one_of=is_one_of, has_numbers=has_numbers)


def draw(
    exhibit: Exhibit,
    chart: str,
    alt: str,
    colour: Colour = "class",
    height: int = stage.HEIGHT,
    *,
    is_one_of: bool = False,
    has_numbers: bool = True,
) -> None:
    """The map alone, with far dots in view too, as a chart of this key."""
    look = Look(colour, (), False, st.context.theme.type or "light")
    made = _figure(exhibit.batch_key, exhibit.map_key, look, height, is_one_of, has_numbers)
    st.plotly_chart(made, key=chart, config=CONFIG, alt=alt)


def heading(exhibit: Exhibit) -> None:
    """What is on the map, and of which model."""
    title = escape(models.in_words(exhibit.entry))
    st.html(f"<h2>Map of latent space <small>{stage.dots(exhibit)}; {title}</small></h2>")


@_shared(max_entries=16)
def _figure(
    batch_key: BatchKey,
    map_key: MapKey,
    look: Look,
    height: int,
    is_one_of: bool,
    has_numbers: bool,
) -> go.Figure:
    """The map of other pages, with far dots in view too, and titles that fit a small one."""
    figure = go.Figure(drawn.map_figure(batch_key, map_key, look, None, height))
    places = cache.places(batch_key, map_key)
    strip_ = is_strip(cache.plane(map_key))
    for number, axis in enumerate((figure.layout.xaxis, figure.layout.yaxis)):
        if not (strip_ and number):
            low, high = axis.range
            width, values = high - low, places[:, number]
            axis.range = (
                max(min(low, values.min() - EDGE * width), low - MOST * width),
                min(max(high, values.max() + EDGE * width), high + MOST * width),
            )
        if is_one_of or height < stage.HEIGHT:
            axis.title.text = axis.title.text.split(" · ")[0]
        if not has_numbers:
            axis.showticklabels = False
    return figure


def view_of(exhibit: Exhibit, where: Pin | None) -> View:
    """The view that pins this."""
    dataset, name = exhibit.entry.header.dataset.name, exhibit.entry.name
    if where is None:
        return View(dataset, name)
    x, y, image = where
    return View(dataset, name, place=None if image is not None else (x, y), image=image)


def where_is(exhibit: Exhibit, point: Point) -> Where:
    """Whether data lives at the pinned place; an image is judged by the others."""
    data = cache.neighbourhood(exhibit.entry.path, exhibit.entry.mtime)
    own = [point.number] if point.is_image and point.split == "test" else None
    return cast("Where", str(data.support(point.z[None], own).label[0]))


def pictures(exhibit: Exhibit, point: Point) -> None:
    """What goes into the encoder, its code, and what the decoder draws for the code."""
    code = ", ".join(f"{value:.2f}" for value in point.z)
    name = f"{point.name}, class {point.class_name}"
    if point.is_image:
        original = "<p>The original is not on this machine.</p>"
        if point.beside is not None:
            original = to_html(point.beside, f"{name}, as it is in the data set")
        words = f"<b>In:</b> {escape(name.lower())}"
    else:
        original, words = "", "<b>In:</b> nothing. You pinned a place, not an image."
    made = decoded_to_html(point.decoded, describe(point))
    where = where_is(exhibit, point)
    st.html(
        strip(
            [
                figure(original, words),
                figure(made, f"<b>Out:</b> drawn for the code ({code})"),
            ]
        )
        + f'<p class="where {where}">{BADGES[where]}</p>'
    )
