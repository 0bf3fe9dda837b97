"""The two panels beside the map, and what the marker has to know.

A panel is one element: a click redraws it, and every element is a message to the browser.
"""

from __future__ import annotations

from html import escape

import streamlit as st

from ui import state
from ui.exhibit import Exhibit
from ui.explore import planes
from ui.facts import BADGES, Facts, in_numbers, in_words
from ui.images import to_html
from ui.point import Point
from ui.ring import describe
from ui.view import View


def image_panel(point: Point) -> None:
    """Left of the map: the image that goes into the encoder."""
    name, class_name = point.name, point.class_name
    title = name if point.is_image else "Nearest image"
    detail = f"class {class_name}" if point.is_image else f"{name}, class {class_name}"
    note = "" if point.is_pinned else "To begin with. Point at the map and click for another."
    if not point.is_image:
        note = (
            f"You pinned a place, not an image. Its code is {point.distance:.2f} latent units from "
            "that of this image, the nearest there is."
        )
    picture = "<p>The original is not on this machine.</p>"
    if point.beside is not None:
        alt = f"{name}, class {class_name}, as it is in the data set"
        picture = to_html(point.beside, alt)
    _panel(title, detail, picture, note)


def decoded_panel(point: Point, facts: Facts) -> None:
    """Right of the map: what the decoder makes of the pinned code, and what is known of it."""
    title = f"Reconstruction of image {point.number}" if point.is_image else "Decoded place"
    picture = "<p>No picture: the decoder's answer is not a number here.</p>"
    if point.decoded is not None:
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
    elif point.is_set:
        source = "Off the plane the code is as the sliders say"
    else:
        source = "Off the plane the code is zero"
    return (
        f"{source}: {point.off_plane:.2f} latent units from the plane. "
        f"The map shows 2 of {len(point.z)} dimensions."
    )


def _panel(title: str, detail: str, picture: str, note: str, judged: str = "") -> None:
    heading = f"<p><b>{escape(title)}</b><br>{escape(detail)}</p>"
    st.html(f"{heading}{picture}{judged}<p>{escape(note)}</p>")


def choose_more(exhibit: Exhibit, view: View) -> None:
    """Switches of what can be opened below the map."""
    titles = {"close": "Look closer at the pinned point"}
    if planes.has_others(exhibit.entry):
        titles["space"] = f"All {exhibit.loaded.config.latent_dim} dimensions"
    with st.container(horizontal=True, key="explore_more"):
        for name, title in titles.items():
            state.show(name, getattr(view, name))
            st.toggle(title, key=f"explore_{name}", on_change=_on_more, args=(name,))


def _on_more(name: str) -> None:
    state.update(**{name: st.session_state[f"explore_{name}"]})
