"""The view of this session.

It is copied into the address after every change: a link opens exactly what its sender saw.
"""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import replace
from typing import Any

import streamlit as st

from ui.frame import Ranges
from ui.link import say_unread
from ui.view import View, parse, to_params


def current() -> View:
    """This session's view; the first call reads the link."""
    if "view" not in st.session_state:
        view, unread = parse(st.query_params.to_dict())
        st.session_state["view"] = view
        st.session_state["asked"] = set(st.query_params) - set(unread)
        say_unread(unread)
    view = st.session_state["view"]
    assert isinstance(view, View)
    if view.model and not st.query_params:  # back from another page, whose address was another
        return go(view)
    return view


def update(**changes: Any) -> View:  # noqa: ANN401 - fields of View
    """Change the view and the link with it."""
    return go(replace(current(), **changes))


def go(view: View) -> View:
    """Show this view, and say so in the link."""
    st.session_state["view"] = view
    st.query_params.from_dict(to_params(view))
    return view


def of_model(view: View, **changes: Any) -> View:  # noqa: ANN401 - fields of View
    """The view of another model: a place, axes and a zoom mean nothing on its map."""
    is_same_data = changes.get("dataset", view.dataset) == view.dataset
    return replace(
        view,
        axes=(0, 1),
        basis="auto",
        completion="nearest",
        place=None,
        image=view.image if is_same_data else None,
        zoom=None,
        classes=view.classes if is_same_data else (),
        **changes,
    )


def follow(dataset: str, model: str) -> None:
    """Another page shows another model now: Explore will show it too."""
    kept = st.session_state.get("view", View())
    if kept.model != model:
        st.session_state["view"] = of_model(kept, dataset=dataset, model=model)
        st.session_state.setdefault("asked", set())


def short(value: float) -> float:
    """A coordinate to nine digits, far finer than a pixel: links stay short, and exact."""
    return float(f"{value:.9g}")


def show(name: str, value: object) -> None:
    """Put the view's value into the widget of this name before it is drawn."""
    st.session_state[f"explore_{name}"] = value


def asked(*names: str) -> set[str]:
    """Which of these parameters the link that opened this session had; answers once."""
    left: set[str] = st.session_state["asked"]
    found = left.intersection(names)
    left -= found
    return found


def zoom_for(figure: Hashable) -> Ranges | None:
    """The zoom a figure is drawn with; None shows everything.

    A changed figure starts from its own ranges, so the zoom at that moment goes into it. An
    unchanged one keeps its ranges, or it would count as changed and be drawn anew.
    """
    if st.session_state.get("zoomed_figure") != figure:
        st.session_state["zoomed_figure"] = figure
        st.session_state["drawn_zoom"] = current().zoom
    drawn: Ranges | None = st.session_state["drawn_zoom"]
    return drawn
