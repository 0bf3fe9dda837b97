"""The view: everything that makes a picture on the Explore page, and its place in the link.

The view lives in the session and is copied into the address after every change, so a link
opens exactly what its sender saw. What arrives in a link is parsed strictly: an unreadable
value is dropped with a notice, an unknown key is ignored.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, replace
from typing import Any, get_args

import streamlit as st

from ui.frame import Ranges
from vae_core.projection import Completion

MAX_COORDINATE = 1e6  # latent units; what is pinned further out is pinned here
MIN_ZOOM = 1e-6  # latent units across the map
MAX_INDEX = 10**7
MAX_NAME = 4096  # characters; a data set can be a path
MAX_SEED = 2**31 - 1
MAX_LAYERS = 10
DEFAULT_BATCH = 2000


@dataclass(frozen=True)
class View:
    """What is shown.

    Attributes:
        dataset: Name of the data set; "" picks the first there is.
        model: File name of the checkpoint without suffix; "" picks the data set's first.
        batch_size: Images on the map.
        seed: Of the choice of images.
        axes: Components on the map's axes, from 0.
        completion: How a code is filled in off the plane.
        place: Pinned place in plane coordinates; None while an image is pinned.
        image: Index of the pinned image in its split; None while a place is pinned.
        layers: Names of the layers under the points, in the order they were chosen.
        zoom: What the map shows, ((left, right), (bottom, top)); None shows everything.
    """

    dataset: str = ""
    model: str = ""
    batch_size: int = DEFAULT_BATCH
    seed: int = 0
    axes: tuple[int, int] = (0, 1)
    completion: Completion = "nearest"
    place: tuple[float, float] | None = None
    image: int | None = None
    layers: tuple[str, ...] = ()
    zoom: Ranges | None = None


def parse(params: Mapping[str, str]) -> tuple[View, list[str]]:
    """Read a link's parameters.

    Returns:
        The view, with defaults for whatever is missing, and the names of the parameters
        that could not be read.
    """
    view, unread = View(), []
    for name, reader in _READERS.items():
        if name not in params:
            continue
        try:
            view = replace(view, **reader(params[name]))
        except ValueError:
            unread.append(name)
    return view, unread


def to_params(view: View) -> dict[str, str]:
    """The link's parameters for this view; `parse` gives it back."""
    params = {
        "data": view.dataset,
        "model": view.model,
        "n": str(view.batch_size),
        "seed": str(view.seed),
        "axes": f"{view.axes[0] + 1},{view.axes[1] + 1}",
        "off": view.completion,
    }
    if view.layers:
        params["layers"] = ",".join(view.layers)
    if view.zoom:
        params["zoom"] = ",".join(repr(edge) for edges in view.zoom for edge in edges)
    if view.image is not None:
        params["image"] = str(view.image)
    elif view.place is not None:
        params["at"] = f"{view.place[0]!r},{view.place[1]!r}"
    return params


def current() -> View:
    """This session's view; the first call reads the link."""
    if "view" not in st.session_state:
        view, unread = parse(st.query_params.to_dict())
        st.session_state["view"] = view
        st.session_state["asked"] = set(st.query_params) - set(unread)
        if unread:
            names = ", ".join(f"`{name}`" for name in unread)
            st.toast(f"Part of the link could not be read and was left out: {names}.")
    view = st.session_state["view"]
    assert isinstance(view, View)
    return view


def update(**changes: Any) -> View:  # noqa: ANN401 - fields of View
    """Change the view and the link with it."""
    view = replace(current(), **changes)
    st.session_state["view"] = view
    st.query_params.from_dict(to_params(view))
    return view


def short(value: float) -> float:
    """A coordinate to nine digits, far finer than a pixel: links stay short, and exact."""
    return float(f"{value:.9g}")


def was_asked(*names: str) -> bool:
    """Whether the link that opened this session had one of these parameters; asks once."""
    asked: set[str] = st.session_state["asked"]
    found = not asked.isdisjoint(names)
    asked.difference_update(names)
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


def _name(text: str) -> str:
    if not 1 <= len(text) <= MAX_NAME or not text.isprintable():
        raise ValueError(text)
    return text


def _whole(text: str, low: int, high: int) -> int:
    if not re.fullmatch(r"[0-9]{1,10}", text, re.ASCII) or not low <= int(text) <= high:
        raise ValueError(text)
    return int(text)


def _axes(text: str) -> tuple[int, int]:
    first, second = (_whole(part, 1, 512) - 1 for part in text.split(","))
    if first == second:
        raise ValueError(text)
    return first, second


def _place(text: str) -> tuple[float, float]:
    x, y = (float(part) for part in text.split(","))
    if not all(math.isfinite(v) and abs(v) <= MAX_COORDINATE for v in (x, y)):
        raise ValueError(text)
    return x, y


def _zoom(text: str) -> Ranges:
    left, right, bottom, top = (float(part) for part in text.split(","))
    if not all(math.isfinite(v) and abs(v) <= MAX_COORDINATE for v in (left, right, bottom, top)):
        raise ValueError(text)
    if min(right - left, top - bottom) < MIN_ZOOM:
        raise ValueError(text)
    return (left, right), (bottom, top)


def _completion(text: str) -> str:
    if text not in get_args(Completion):
        raise ValueError(text)
    return text


def _layers(text: str) -> tuple[str, ...]:
    names = tuple(text.split(","))
    if not all(re.fullmatch(r"[a-z]{1,20}", name) for name in names) or len(names) > MAX_LAYERS:
        raise ValueError(text)
    return tuple(dict.fromkeys(names))


_READERS: dict[str, Callable[[str], dict[str, Any]]] = {
    "data": lambda text: {"dataset": _name(text)},
    "model": lambda text: {"model": _name(text)},
    "n": lambda text: {"batch_size": _whole(text, 1, MAX_INDEX)},
    "seed": lambda text: {"seed": _whole(text, 0, MAX_SEED)},
    "axes": lambda text: {"axes": _axes(text)},
    "off": lambda text: {"completion": _completion(text)},
    "layers": lambda text: {"layers": _layers(text)},
    "zoom": lambda text: {"zoom": _zoom(text)},
    "at": lambda text: {"place": _place(text)},
    "image": lambda text: {"image": _whole(text, 0, MAX_INDEX)},
}
