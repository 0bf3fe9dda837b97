"""The surroundings of the ring, enlarged: the posterior's ellipse, its draws, and P to drag."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import streamlit as st

from ui.draw.shown import Picked, Shown
from ui.exhibit import Exhibit
from ui.frame import is_strip
from ui.loupe.files import read
from ui.ring import ellipse_on

FOLDER = Path(__file__).parent
LABEL = "P, the picked code, among those the picture could have had. Arrow keys move it."


_INSET = st.components.v2.component(
    "latent_inset",
    js=read("dom.js") + read("inset.js", folder=FOLDER),
    css=read("fields.css") + read("inset.css", folder=FOLDER),
    isolate_styles=False,
)


def show(
    exhibit: Exhibit,
    shown: Shown,
    p: Picked | None,
    *,
    key: str,
    on_moved: Callable[[], None],
) -> bool:
    """Draw it, and number fields for P; False where there is no ellipse to enlarge.

    In the callback `st.session_state[key]["moved"]` is where P was moved to, `x` and `y` in plane
    units, or `dot`, the index of an image; `map`, the map's name, and `isDone`, whether P was
    let go.
    """
    ellipse = None if shown.logvar is None else ellipse_on(exhibit.fitted, shown.logvar)
    draws = shown.draws()
    is_drawn = ellipse is not None and draws is not None and ellipse[0] > 0
    data = {
        "x": shown.xy[0],
        "y": shown.xy[1],
        "ellipse": ellipse if is_drawn else None,
        "draws": [] if draws is None else exhibit.fitted.to_plane(draws).tolist(),
        "place": None if p is None else p.xy,
        "dot": None if p is None else p.dot,
        "lastDot": exhibit.part_size - 1,
        "strip": is_strip(exhibit.fitted),
        "map": exhibit.map_key.name,
        "label": LABEL,
    }
    _INSET(data=data, key=key, on_moved_change=on_moved, width="content", height="content")
    return is_drawn
