"""The two panels beside the map, and the fields below it that do all the mouse does."""

from __future__ import annotations

import streamlit as st

from ui import state
from ui.catalogue import Entry
from ui.images import to_png
from ui.point import Point
from ui.state import View
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
    if point.is_image:
        st.markdown(f"**{name}**  \nclass **{point.label}**")
    else:
        st.markdown(f"**Nearest on the map**  \n{name}, class **{point.label}**")
    if point.beside is None:
        st.caption("The original is not on this machine.")
    else:
        alt = f"{name}, class {point.label}, as it is in the data set"
        st.image(to_png(point.beside), alt=alt, width="stretch")
    if not point.is_image:
        st.caption(
            f"You pinned a place, not an image. Its code is {point.distance:.2f} latent units "
            "from this image's code."
        )


def decoded_panel(point: Point, entry: Entry, view: View) -> None:
    """Right of the map: what the decoder makes of the pinned code."""
    what = f"Reconstruction of image {point.index}" if point.is_image else "Decoded place"
    st.markdown(f"**{what}**  \nexact, not a preview")
    st.image(to_png(point.decoded), alt=describe(point), width="stretch")
    numbers = ", ".join(f"{value:.3f}" for value in point.z)
    st.markdown(f"Code z = ({numbers})")
    n_dims = entry.header.config.latent_dim
    if n_dims <= 2:
        return
    if point.is_image:
        source = "This is the image's own code"
    elif view.completion == "nearest":
        source = f"Off the plane the code is that of image {point.index}"
    else:
        source = "Off the plane the code is zero"
    st.caption(
        f"{source}: {point.off_plane:.2f} latent units from the plane. "
        f"The map shows 2 of {n_dims} dimensions."
    )


def point_controls(point: Point, plane: Plane, split_size: int) -> None:
    """Fields and buttons that pin without a mouse.

    Args:
        point: The pinned point.
        plane: Of the map.
        split_size: Images in the pinned image's split.
    """
    is_strip = len(plane.mean) == 1
    left, right, *_ = plane.extent
    step = (right - left) / STEPS
    st.session_state["explore_x"], st.session_state["explore_y"] = point.xy
    st.session_state["explore_image"] = point.index
    with st.container(horizontal=True, vertical_alignment="bottom", key="explore_place_row"):
        limits = (-state.MAX_COORDINATE, state.MAX_COORDINATE)
        for axis in "x" if is_strip else "xy":
            st.number_input(
                f"Place {axis}",
                *limits,
                step=step,
                format="%.3f",
                key=f"explore_{axis}",
                on_change=_on_place,
                width=150,
            )
        for name, (icon, direction) in ARROWS.items():
            if is_strip and direction[1]:
                continue
            target = (point.xy[0] + step * direction[0], point.xy[1] + step * direction[1])
            st.button(
                name,
                icon=f":material/{icon}:",
                key=f"explore_{name.lower()}",
                on_click=pin,
                kwargs={"place": target},
                help=f"Step {name.lower()} by {step:.2f} latent units",
            )
    with st.container(horizontal=True, vertical_alignment="bottom", key="explore_image_row"):
        st.number_input(
            f"{_split_name(point)} image",
            0,
            split_size - 1,
            step=1,
            key="explore_image",
            on_change=_on_image,
            width=150,
        )
        for label, icon, offset in (("Previous", "skip_previous", -1), ("Next", "skip_next", 1)):
            st.button(
                label,
                icon=f":material/{icon}:",
                key=f"explore_{label.lower()}",
                on_click=pin,
                kwargs={"image": (point.index + offset) % split_size},
            )


def describe(point: Point) -> str:
    """The pinned point in one sentence, for screen readers."""
    x, y = point.xy
    if point.is_image:
        return f"Reconstruction of image {point.index}, class {point.label}, at {x:.2f}, {y:.2f}"
    return (
        f"Image decoded at {x:.2f}, {y:.2f}; nearest on the map is image {point.index}, "
        f"class {point.label}"
    )


def pin(place: tuple[float, float] | None = None, image: int | None = None) -> None:
    """Callback: pin a place or an image, and redraw only what depends on it."""
    state.update(place=place, image=image)
    st.rerun(FRAGMENT)


def _on_place() -> None:
    pin(place=(st.session_state["explore_x"], st.session_state.get("explore_y", 0.0)))


def _on_image() -> None:
    pin(image=int(st.session_state["explore_image"]))


def _split_name(point: Point) -> str:
    return "Held-out" if point.split == "test" else "Training"
