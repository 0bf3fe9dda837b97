"""The buttons below the map: steps over it and through the images, undo and redo.

They never change, so that a click need not redraw them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import numpy as np
import streamlit as st

from ui import cache, history, state
from ui.exhibit import Exhibit
from ui.frame import is_strip
from ui.keys import BatchKey
from ui.link import MAX_COORDINATE
from ui.point import Point
from vae_core.projection import Plane

STEPS = 40  # of a step button across the map's width
ARROWS = {
    "Left": ("arrow_back", (-1, 0)),
    "Right": ("arrow_forward", (1, 0)),
    "Up": ("arrow_upward", (0, 1)),
    "Down": ("arrow_downward", (0, -1)),
}
Order = Literal["number", "typical"]
# Through the images of one class: which order, and how far in it (None: to its end).
IN_CLASS: dict[str, tuple[Order, int | None, int]] = {
    "Previous": ("number", -1, 0),
    "Next": ("number", 1, 0),
    "Most typical": ("typical", None, 0),
    "More typical": ("typical", -1, 0),
    "Stranger": ("typical", 1, 0),
    "Strangest": ("typical", None, -1),
}
FRAGMENT = "explore_point"  # the part of the page that a click redraws


def point_buttons(exhibit: Exhibit) -> None:
    """Steps over the map and through the images, undo and redo."""
    fitted = exhibit.fitted
    step = step_size(fitted)
    with st.container(horizontal=True, key="explore_buttons"):
        for name, (icon, direction) in ARROWS.items():
            if is_strip(fitted) and direction[1]:
                continue
            st.button(
                name,
                icon=f":material/{icon}:",
                key=f"explore_{name.lower()}",
                on_click=_on_step,
                args=(direction[0] * step, direction[1] * step),
                help=f"One step is {step:.2f} latent units",
            )
        for name, icon, offset in (("Previous", "skip_previous", -1), ("Next", "skip_next", 1)):
            st.button(
                f"{name} image",
                icon=f":material/{icon}:",
                key=f"explore_{name.lower()}",
                on_click=_on_neighbour,
                args=(offset, exhibit.part_size),
            )
        with st.popover("Same class", icon=":material/sell:", key="explore_same_class"):
            st.markdown("Images of the class of the pinned or nearest image:")
            for name, steps in IN_CLASS.items():
                key = f"explore_class_{name.lower().replace(' ', '_')}"
                st.button(name, key=key, on_click=_on_class, args=(exhibit.batch_key, *steps))
            st.caption("The nearer an image has others of its class, the more typical it is.")
        history_buttons()


def history_buttons() -> None:
    """Undo and redo of what was pinned."""
    for name, go in (("Undo", history.undo), ("Redo", history.redo)):
        st.button(
            name,
            icon=f":material/{name.lower()}:",
            key=f"explore_{name.lower()}",
            on_click=_on_history,
            args=(name, go),
        )


def step_size(fitted: Plane) -> float:
    """How far one step moves, in latent units."""
    left, right, *_ = fitted.extent
    return (right - left) / STEPS


def pin(x: float, y: float, image: int | None = None) -> None:
    """Pin an image, or without one a place, as near to it as a place can be."""
    limit = MAX_COORDINATE
    x, y = (state.short(max(-limit, min(limit, value))) for value in (x, y))
    history.pin(None if image is not None else (x, y), image)


def _on_step(dx: float, dy: float) -> None:
    if point := _point():
        x, y = point.xy
        pin(x + dx, y + dy)
    st.rerun(FRAGMENT)


def _on_neighbour(offset: int, part_size: int) -> None:
    if point := _point():
        history.pin(None, (point.index + offset) % part_size)
    st.rerun(FRAGMENT)


def _on_class(batch_key: BatchKey, order: Order, step: int | None, end: int) -> None:
    point = _point()
    mates = cache.classmates(batch_key, point.label) if point else np.empty(0, np.int64)
    if not point or point.index not in mates:
        return
    if order == "number":
        mates = np.sort(mates)
    position = int(np.flatnonzero(mates == point.index)[0])
    target = end if step is None else (position + step) % len(mates)
    if order == "typical" and step is not None:  # there is nothing beyond the ends
        target = min(max(position + step, 0), len(mates) - 1)
    history.pin(None, int(mates[target]))
    st.rerun(FRAGMENT)


def _point() -> Point | None:
    """What is pinned on the page now; None where the page ended before it was known."""
    point: Point | None = st.session_state.get("explore_point")
    return point


def _on_history(name: str, go: Callable[[], bool]) -> None:
    if not go():
        st.toast(f"There is nothing to {name.lower()}.")
    st.rerun(FRAGMENT)
