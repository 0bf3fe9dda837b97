"""What lies over the map beside the ring, and where to go on from here."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from ui.draw.address import LINK, Address, rounded
from ui.draw.shown import Code, Shown
from ui.exhibit import Exhibit
from ui.frame import is_strip
from ui.link import written
from ui.loupe import shapes
from ui.loupe.shapes import Place

PICKED, DRAW = "#832db6", "#222222"
INTERPOLATE = "pages/interpolate.py"
PAGES = Path(__file__).parents[2]


def show(exhibit: Exhibit, chart: str, here: Address, draws: Code | None) -> None:
    """The draws as small dots, and the picked place as P."""
    places = []
    if draws is not None and not is_strip(exhibit.fitted):
        xy = exhibit.fitted.to_plane(draws)
        places = [Place(x, y, "", DRAW, small=True) for x, y in xy.tolist()]
    if here.place is not None:
        places.append(Place(*here.place, "P", PICKED))
    shapes.draw(chart, key="draw_shapes", places=places)


def buttons(exhibit: Exhibit, here: Address, shown: Shown) -> None:
    """The code as an end of a path, and the picked place put away."""
    if (PAGES / INTERPOLATE).is_file():
        for end in "ab":
            if st.button(f"Use as {end.upper()} of a path", key=f"draw_as_{end}"):
                code = f"code:{written(rounded(shown.z.tolist()))}"
                st.switch_page(INTERPOLATE, query_params={"model": exhibit.entry.name, end: code})
    if here.place is not None:
        st.button("Put P away", key="draw_away", on_click=_on_away)


def _on_away() -> None:
    LINK.update(place=None)
