"""The two panels beside the map, and the buttons below it.

A panel is one element: a click redraws it, and every element is a message to the browser.
"""

from __future__ import annotations

from collections.abc import Callable
from html import escape

import numpy as np
import numpy.typing as npt
import streamlit as st

from ui import history, state
from ui.facts import BADGES, Facts, in_numbers, in_words
from ui.frame import is_strip
from ui.images import to_html
from ui.loupe import Pinned
from ui.point import Point
from vae_core.geometry import sigma_ellipse
from vae_core.projection import Plane

STEPS = 40  # of a step button across the map's width
ARROWS = {
    "Left": ("arrow_back", (-1, 0)),
    "Right": ("arrow_forward", (1, 0)),
    "Up": ("arrow_upward", (0, 1)),
    "Down": ("arrow_downward", (0, -1)),
}
FRAGMENT = "explore_point"  # the part of the page that a click redraws


def image_panel(point: Point) -> None:
    """Left of the map: the image that goes into the encoder."""
    name = f"{_split_name(point)} image {point.index}"
    title = name if point.is_image else "Nearest image"
    detail = f"class {point.label}" if point.is_image else f"{name}, class {point.label}"
    note = "" if point.is_pinned else "To begin with. Point at the map and click for another."
    if not point.is_image:
        note = (
            f"You pinned a place, not an image. Its code is {point.distance:.2f} latent units "
            "from this image's code."
        )
    picture = "<p>The original is not on this machine.</p>"
    if point.beside is not None:
        alt = f"{name}, class {point.label}, as it is in the data set"
        picture = to_html(point.beside, alt)
    _panel(title, detail, picture, note)


def decoded_panel(point: Point, facts: Facts) -> None:
    """Right of the map: what the decoder makes of the pinned code, and what is known of it."""
    title = f"Reconstruction of image {point.index}" if point.is_image else "Decoded place"
    picture = to_html(point.decoded, describe(point))
    numbers = ", ".join(f"{value:.3f}" for value in point.z)
    note = f"Code z = ({numbers}), in latent units."
    if len(point.z) > 2:
        note += f" {_off_plane(point)}"
    rows = "".join(f"<dt>{name}<dd>{value}" for name, value in in_numbers(facts))
    badge = f'<p class="where {facts.where}">{BADGES[facts.where]}</p>'
    words = f"<p>{escape(in_words(point, facts))}</p>"
    detail = "decoded from its code" if point.is_image else "exactly at the ring"
    _panel(title, detail, picture, note, f"{badge}{words}<dl>{rows}</dl>")


def _off_plane(point: Point) -> str:
    """What the code is where the map does not show it, and by how much."""
    if point.is_image:
        source = "This is the image's own code"
    elif point.completed_by is not None:
        source = f"Off the plane the code is that of held-out image {point.completed_by}"
    else:
        source = "Off the plane the code is zero"
    return (
        f"{source}: {point.off_plane:.2f} latent units from the plane. "
        f"The map shows 2 of {len(point.z)} dimensions."
    )


def _panel(title: str, detail: str, picture: str, note: str, judged: str = "") -> None:
    heading = f"<p><b>{escape(title)}</b><br>{escape(detail)}</p>"
    st.html(f"{heading}{picture}{judged}<p>{escape(note)}</p>")


def to_pinned(point: Point, fitted: Plane, name: str, split_size: int) -> Pinned:
    """What the marker and the fields need to know.

    Args:
        point: The pinned point.
        fitted: The plane of the map.
        name: Of the map.
        split_size: Images in the pinned image's split.
    """
    kind = f"{_split_name(point)} image"
    return {
        "x": point.xy[0],
        "y": point.xy[1],
        "image": point.index,
        "imageLabel": kind if point.is_image else f"{kind}, nearest",
        "lastImage": split_size - 1,
        "map": name,
        "strip": len(point.z) == 1,
        "ellipse": None if point.logvar is None else _ellipse(fitted, point.logvar),
        "announcement": describe(point),
    }


def _ellipse(fitted: Plane, logvar: npt.NDArray[np.float64]) -> tuple[float, float, float] | None:
    if is_strip(fitted):
        return None
    found = sigma_ellipse(fitted, logvar)
    return round(found.radii[0], 6), round(found.radii[1], 6), round(found.angle, 3)


def point_buttons(fitted: Plane, split_size: int) -> None:
    """Buttons that step over the map and through the images; they never change."""
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
                args=(offset, split_size),
            )
        history_buttons()


def history_buttons() -> None:
    """Undo and redo of what was pinned."""
    for name, go in (("Undo", history.undo), ("Redo", history.redo)):
        st.button(
            name,
            icon=f":material/{name.lower()}:",
            key=f"explore_{name.lower()}",
            on_click=_on_history,
            args=(go,),
        )


def step_size(fitted: Plane) -> float:
    """How far one step moves, in latent units."""
    left, right, *_ = fitted.extent
    return (right - left) / STEPS


def describe(point: Point) -> str:
    """The pinned point in one sentence, for screen readers."""
    x, y = point.xy
    if point.is_image:
        return f"Reconstruction of image {point.index}, class {point.label}, at {x:.2f}, {y:.2f}"
    return (
        f"Image decoded at {x:.2f}, {y:.2f}; the nearest image is {point.index}, "
        f"class {point.label}"
    )


def pin(x: float, y: float, image: int | None = None) -> None:
    """Pin an image, or without one a place, as near to it as a place can be."""
    limit = state.MAX_COORDINATE
    x, y = (state.short(max(-limit, min(limit, value))) for value in (x, y))
    history.pin(None if image is not None else (x, y), image)


def _on_step(dx: float, dy: float) -> None:
    x, y = st.session_state["explore_point"].xy
    pin(x + dx, y + dy)
    st.rerun(FRAGMENT)


def _on_neighbour(offset: int, split_size: int) -> None:
    index = st.session_state["explore_point"].index
    history.pin(None, (index + offset) % split_size)
    st.rerun(FRAGMENT)


def _on_history(go: Callable[[], None]) -> None:
    go()
    st.rerun(FRAGMENT)


def _split_name(point: Point) -> str:
    return "Held-out" if point.split == "test" else "Training"
