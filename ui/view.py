"""The view: everything that makes a picture on the Explore page, and its place in the link.

What arrives in a link is parsed strictly: an unreadable value is left out and named, an unknown
key is ignored.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal, cast, get_args

from ui.frame import Ranges
from vae_core.projection import Basis, Completion

MAX_COORDINATE = 1e6  # latent units; what is pinned further out is pinned here
MIN_ZOOM = 1e-6  # latent units across the map
MAX_INDEX = 10**7
MAX_NAME = 4096  # characters; a data set can be a path
MAX_SEED = 2**31 - 1
MAX_LAYERS = 10
MAX_CLASSES = 100  # that can be chosen at once
MAX_DIMENSIONS = 512
DEFAULT_BATCH = 2000
Colour = Literal["class", "reconstruction", "kl", "density"]
NAMED_COMPLETIONS = ("nearest", "zero")
_LATENT = "z"  # before the number of a latent dimension
_SWITCHES = ("fade", "close", "space")


@dataclass(frozen=True)
class View:
    """What is shown.

    Attributes:
        dataset: Name of the data set; "" picks the first there is.
        model: File name of the checkpoint without suffix; "" picks the data set's first.
        batch_size: Images on the map.
        seed: Of the choice of images.
        axes: Components on the map's axes, from 0.
        basis: What components are: "latent" dimensions, or "auto", see `fit_plane`.
        completion: How a code is filled in off the plane.
        place: Pinned place in plane coordinates; None while an image is pinned.
        image: Index of the pinned image in its split; None while a place is pinned.
        layers: Names of the layers under the points, in the order they were chosen.
        zoom: What the map shows, ((left, right), (bottom, top)); None shows everything.
        colour: What the colours of the points say.
        classes: The classes on the map, ascending; () for all of them.
        fade: Whether points are the fainter, the less of their code lies in the map's plane.
        close: Whether the pinned point is looked at closely.
        space: Whether the view in three dimensions is open.
    """

    dataset: str = ""
    model: str = ""
    batch_size: int = DEFAULT_BATCH
    seed: int = 0
    axes: tuple[int, int] = (0, 1)
    basis: Basis = "auto"
    completion: Completion = "nearest"
    place: tuple[float, float] | None = None
    image: int | None = None
    layers: tuple[str, ...] = ()
    zoom: Ranges | None = None
    colour: Colour = "class"
    classes: tuple[int, ...] = ()
    fade: bool = False
    close: bool = False
    space: bool = False


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
        "axes": ",".join(f"{_LATENT * (view.basis == 'latent')}{c + 1}" for c in view.axes),
        "off": view.completion
        if isinstance(view.completion, str)
        else ",".join(map(repr, view.completion)),
    }
    if view.colour != "class":
        params["colour"] = view.colour
    if view.classes:
        params["classes"] = ",".join(map(str, view.classes))
    params |= {name: "1" for name in _SWITCHES if getattr(view, name)}
    if view.layers:
        params["layers"] = ",".join(view.layers)
    if view.zoom:
        params["zoom"] = ",".join(repr(edge) for edges in view.zoom for edge in edges)
    if view.image is not None:
        params["image"] = str(view.image)
    elif view.place is not None:
        params["at"] = f"{view.place[0]!r},{view.place[1]!r}"
    return params


def _name(text: str) -> str:
    if not 1 <= len(text) <= MAX_NAME or not text.isprintable():
        raise ValueError(text)
    return text


def _whole(text: str, low: int, high: int) -> int:
    if not re.fullmatch(r"[0-9]{1,10}", text, re.ASCII) or not low <= int(text) <= high:
        raise ValueError(text)
    return int(text)


def _plane(text: str) -> dict[str, Any]:
    """Two components, "1,2", or two latent dimensions, "z1,z2"."""
    parts = text.split(",")
    is_latent = all(part.startswith(_LATENT) for part in parts)
    first, second = (_whole(part[is_latent:], 1, MAX_DIMENSIONS) - 1 for part in parts)
    if first == second:
        raise ValueError(text)
    return {"axes": (first, second), "basis": "latent" if is_latent else "auto"}


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


def _completion(text: str) -> Completion:
    if text in NAMED_COMPLETIONS:
        return cast("Completion", text)
    offsets = tuple(map(float, text.split(",")))
    if len(offsets) > MAX_DIMENSIONS or not all(abs(value) <= MAX_COORDINATE for value in offsets):
        raise ValueError(text)
    return offsets


def _colour(text: str) -> str:
    if text not in get_args(Colour):
        raise ValueError(text)
    return text


def _classes(text: str) -> tuple[int, ...]:
    parts = text.split(",")
    if len(parts) > MAX_CLASSES:
        raise ValueError(text)
    return tuple(sorted({_whole(part, 0, MAX_INDEX) for part in parts}))


def _switch(text: str) -> bool:
    if text not in ("0", "1"):
        raise ValueError(text)
    return text == "1"


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
    "axes": _plane,
    "off": lambda text: {"completion": _completion(text)},
    "layers": lambda text: {"layers": _layers(text)},
    "zoom": lambda text: {"zoom": _zoom(text)},
    "at": lambda text: {"place": _place(text)},
    "image": lambda text: {"image": _whole(text, 0, MAX_INDEX)},
    "colour": lambda text: {"colour": _colour(text)},
    "classes": lambda text: {"classes": _classes(text)},
    "fade": lambda text: {"fade": _switch(text)},
    "close": lambda text: {"close": _switch(text)},
    "space": lambda text: {"space": _switch(text)},
}
