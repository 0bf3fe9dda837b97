"""P, the code that was picked beside the picture's, and where to go on from here."""

from __future__ import annotations

import streamlit as st

from ui.draw import inset, panels
from ui.draw.address import LINK, NO_P, rounded
from ui.draw.shown import Picked, Shown
from ui.exhibit import Exhibit
from ui.link import written
from ui.loupe import shapes
from ui.loupe.shapes import Place

PICKED = "#832db6"
INSET_KEY = "draw_inset"


def show(exhibit: Exhibit, chart: str, p: Picked | None) -> None:
    """P on the map."""
    places = [] if p is None else [Place(*p.xy, "P", PICKED)]
    shapes.draw(chart, map_name=exhibit.map_key.name, key="draw_shapes", places=places)


def around(exhibit: Exhibit, p: Picked | None, shown: Shown) -> None:
    """Under the map: its surroundings, enlarged, and P decoded."""
    enlarged, decoded = st.columns([1, 1.2])
    with enlarged:
        is_drawn = inset.show(exhibit, shown, p, key=INSET_KEY, on_moved=lambda: _move(exhibit))
    with decoded if is_drawn else enlarged:
        panels.picked_panel(exhibit, p, shown, is_drawn)
        if p is not None:
            st.button("Put P away", key="draw_away", on_click=_put_away)


def buttons(exhibit: Exhibit, shown: Shown) -> None:
    """The code as an end of a path."""
    for end in "ab":
        if st.button(f"Use as {end.upper()} of a path", key=f"draw_as_{end}"):
            code = f"code:{written(rounded(shown.z.tolist()))}"
            query = {"model": exhibit.entry.name, end: code}
            st.switch_page("pages/interpolate.py", query_params=query)


def _move(exhibit: Exhibit) -> None:
    """P was dragged, or typed; a report of another map is late."""
    moved = st.session_state[INSET_KEY]["moved"]
    if moved["map"] != exhibit.map_key.name:
        return
    show_it = LINK.update if moved["isDone"] else LINK.follow
    if moved["dot"] is not None:
        show_it(place=None, dot=int(moved["dot"]))
    else:
        show_it(place=(float(moved["x"]), float(moved["y"])), dot=None)


def _put_away() -> None:
    LINK.update(**NO_P)
