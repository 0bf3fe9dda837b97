"""The place that was picked beside the picture's, and where to go on from here."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from ui.draw import inset, panels
from ui.draw.address import LINK, Address, rounded
from ui.draw.shown import Shown
from ui.exhibit import Exhibit
from ui.link import written
from ui.loupe import shapes
from ui.loupe.shapes import Place

PICKED = "#832db6"
INSET_KEY = "draw_inset"
INTERPOLATE = "pages/interpolate.py"
ROOT = Path(__file__).parents[2]


def show(exhibit: Exhibit, chart: str, here: Address) -> None:
    """P on the map."""
    places = [] if here.place is None else [Place(*here.place, "P", PICKED)]
    shapes.draw(chart, map_name=exhibit.map_key.name, key="draw_shapes", places=places)


def around(exhibit: Exhibit, here: Address, shown: Shown) -> None:
    """Under the map: its surroundings, enlarged, and P decoded."""
    enlarged, decoded = st.columns([1, 1.2])
    with enlarged:
        is_drawn = inset.show(exhibit, shown, here.place, key=INSET_KEY, on_moved=_on_moved)
    with decoded if is_drawn else enlarged:
        panels.picked_panel(exhibit, here, shown, is_drawn)
        if here.place is not None:
            st.button("Put P away", key="draw_away", on_click=_on_away)


def buttons(exhibit: Exhibit, shown: Shown) -> None:
    """The code as an end of a path."""
    if not (ROOT / INTERPOLATE).is_file():
        return
    for end in "ab":
        if st.button(f"Use as {end.upper()} of a path", key=f"draw_as_{end}"):
            code = f"code:{written(rounded(shown.z.tolist()))}"
            st.switch_page(INTERPOLATE, query_params={"model": exhibit.entry.name, end: code})


def _on_moved() -> None:
    moved = st.session_state[INSET_KEY]["moved"]
    LINK.update(place=(float(moved["x"]), float(moved["y"])))


def _on_away() -> None:
    LINK.update(place=None)
