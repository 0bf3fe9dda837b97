"""P, the code that was picked beside the picture's, and where to go on from here."""

from __future__ import annotations

import streamlit as st

from ui.draw import inset, panels
from ui.draw.address import LINK, NO_P, rounded
from ui.draw.shown import Picked, Shown
from ui.exhibit import Exhibit
from ui.frame import is_strip
from ui.link import MAX_COORDINATE, written
from ui.loupe import shapes
from ui.loupe.shapes import Place

PICKED = "#832db6"
INSET_KEY = "draw_inset"
FIELDS = {"x": "P: x, latent units", "y": "P: y, latent units", "dot": "P: image"}


def show(chart: str, p: Picked | None) -> None:
    """P on the map."""
    places = [] if p is None else [Place(*p.xy, "P", PICKED)]
    shapes.draw(chart, key="draw_shapes", places=places)


def around(exhibit: Exhibit, p: Picked | None, shown: Shown) -> None:
    """Under the map: its surroundings, enlarged, and P decoded."""
    _fields(exhibit, p, shown)
    enlarged, decoded = st.columns([1, 1.2])
    with enlarged:
        place = None if p is None else p.xy
        is_drawn = inset.show(exhibit, shown, place, key=INSET_KEY, on_moved=lambda: _move(exhibit))
    with decoded if is_drawn else enlarged:
        panels.picked_panel(exhibit, p, shown, is_drawn)
        if p is not None:
            st.button("Put P away", key="draw_away", on_click=_put_away)


def _fields(exhibit: Exhibit, p: Picked | None, shown: Shown) -> None:
    """P from the keyboard; a strip has no height."""
    x, y, dot = (None, None, None) if p is None else (*p.xy, p.dot)
    values = {"x": x, "y": y, "dot": dot}
    if is_strip(exhibit.fitted):
        del values["y"]
    with st.container(horizontal=True, key="draw_fields"):
        for name, value in values.items():
            is_dot = name == "dot"
            low, high = (0, exhibit.part_size - 1) if is_dot else (-MAX_COORDINATE, MAX_COORDINATE)
            st.session_state[f"draw_p_{name}"] = value
            st.number_input(
                FIELDS[name], low, high, None, 1 if is_dot else 0.1, None if is_dot else "%.3f",
                key=f"draw_p_{name}", on_change=_on_field, args=(name, shown.xy),
            )  # fmt: skip


def _on_field(name: str, ring: tuple[float, float]) -> None:
    """What was typed; an emptied field puts P away, and a missing number is the ring's."""
    x, y, dot = (st.session_state.get(f"draw_p_{each}") for each in FIELDS)
    if st.session_state[f"draw_p_{name}"] is None:
        _put_away()
    elif name == "dot":
        LINK.update(place=None, dot=dot)
    else:
        place = (ring[0] if x is None else float(x), ring[1] if y is None else float(y))
        LINK.update(place=place, dot=None)


def buttons(exhibit: Exhibit, shown: Shown) -> None:
    """The code as an end of a path."""
    for end in "ab":
        if st.button(f"Use as {end.upper()} of a path", key=f"draw_as_{end}"):
            code = f"code:{written(rounded(shown.z.tolist()))}"
            query = {"model": exhibit.entry.name, end: code}
            st.switch_page("pages/interpolate.py", query_params=query)


def _move(exhibit: Exhibit) -> None:
    """P was dragged; a report of another map is late."""
    moved = st.session_state[INSET_KEY]["moved"]
    if moved["map"] != exhibit.map_key.name:
        return
    show_it = LINK.update if moved["isDone"] else LINK.follow
    show_it(place=(float(moved["x"]), float(moved["y"])), dot=None)


def _put_away() -> None:
    LINK.update(**NO_P)
