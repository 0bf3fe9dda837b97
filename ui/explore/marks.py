"""Which points are on the map, and what their colours say."""

from __future__ import annotations

import streamlit as st

from ui import colours, state
from ui.catalogue import Entry
from ui.distinct import distinct
from ui.literal import literal
from ui.view import MAX_CLASSES, Colour, View


def choose(entry: Entry, *, is_live: bool) -> Colour:
    """A button for colour and classes; what the colours say."""
    view = state.current()
    choices = colours.offered(entry.header.config, is_live=is_live)
    colour = view.colour if view.colour in choices else "class"
    classes = entry.header.dataset.classes
    state.show("colour", colour)
    state.show("classes", list(view.classes))
    with st.popover(_label(view, colour, classes), icon=":material/palette:", key="explore_points"):
        st.selectbox(
            "Colour of the dots",
            choices,
            format_func=lambda name: colours.SCALES[name].label,
            key="explore_colour",
            on_change=_on_colour,
        )
        st.multiselect(
            "Classes on the map",
            list(range(len(classes))),
            format_func=distinct(dict(enumerate(classes))).__getitem__,
            key="explore_classes",
            on_change=_on_classes,
            max_selections=MAX_CLASSES,
            placeholder="All of them",
        )
    return colour


def _label(view: View, colour: Colour, classes: tuple[str, ...]) -> str:
    """What is on the map, where it is not what it is to begin with."""
    parts = ["Dots"]
    if view.classes:
        few = len(view.classes) <= 3
        names = (literal(classes[c]) for c in view.classes)
        parts.append(", ".join(names) if few else "some classes")
    if colour != "class":
        parts.append(colours.SCALES[colour].label)
    return ": ".join([parts[0], " · ".join(parts[1:])]) if parts[1:] else parts[0]


def _on_colour() -> None:
    state.update(colour=st.session_state["explore_colour"])


def _on_classes() -> None:
    state.update(classes=tuple(sorted(st.session_state["explore_classes"])))
