"""The map on pages other than Explore: the same points and colours, with the loupe over them."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from ui import cache, drawn
from ui.catalogue import Entry
from ui.charts import CONFIG
from ui.exhibit import Exhibit, exhibit_of
from ui.frame import Ranges
from ui.keys import Look
from ui.loupe import Pinned, loupe, pin
from ui.view import DEFAULT_BATCH, Colour, View

HEIGHT = 440  # pixels


def exhibit_for(entry: Entry) -> Exhibit:
    """A model with its map and held-out images, as many as Explore shows at first."""
    n_held_out = len(cache.checkpoint(entry.path, entry.mtime).latents)
    n_images = min(DEFAULT_BATCH, n_held_out)
    return exhibit_of(entry, View(entry.header.dataset.name, entry.name, n_images))


def dots(exhibit: Exhibit) -> str:
    """Which images the dots are."""
    n_shown, n_all = len(exhibit.shown.indices), len(exhibit.loaded.latents)
    count = f"{n_shown:,} of {n_all:,}" if n_shown < n_all else f"all {n_all:,}"
    return f"{count} held-out images"


def draw(
    exhibit: Exhibit, chart: str, alt: str, height: int = HEIGHT, colour: Colour = "class"
) -> None:
    """The map, as a chart of this key; what moves over it comes in `attach`."""
    theme = st.context.theme.type or "light"
    figure = drawn.map_figure(
        exhibit.batch_key, exhibit.map_key, Look(colour, (), False, theme), None, height
    )
    st.plotly_chart(figure, key=chart, config=CONFIG, alt=alt)


def attach(exhibit: Exhibit, chart: str, on_view: Callable[[], None] | None = None) -> None:
    """The loupe over the chart; put it outside fragments, since the grid travels with it.

    In the callback `on_view`, `seen(chart)` is what the map shows since the last zoom.
    """
    payload = drawn.loupe_payload(
        exhibit.map_key, "nearest", chart, reports_view=on_view is not None
    )
    loupe(payload, key=f"{chart}_loupe", on_view=on_view or _ignore)


def seen(chart: str) -> Ranges:
    """What a map shows, (left, right) and (bottom, top)."""
    (left, right), (bottom, top) = st.session_state[f"{chart}_loupe"]["view"]
    return (left, right), (bottom, top)


def mark(chart: str, pinned: Pinned, on_pick: Callable[[], None]) -> None:
    """A ring on the pinned place, and clicks: in the callback `picked(chart)` is the click."""
    pin(chart, pinned, key=f"{chart}_pin", on_pick=on_pick)


def picked(exhibit: Exhibit, chart: str) -> tuple[float, float, int | None] | None:
    """What was clicked: x, y, and the image if it was a point; None if on another map."""
    pick = st.session_state[f"{chart}_pin"]["pick"]
    if pick["map"] != exhibit.map_key.name:
        return None
    return pick["x"], pick["y"], pick["image"]


def _ignore() -> None:
    """These maps start with everything in view each time."""
