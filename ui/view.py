"""The view: everything that makes a picture on the Explore page, and its place in the link."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal, cast, get_args

from ui import link
from ui.frame import Ranges
from ui.link import MAX_COORDINATE, MAX_INDEX, MAX_SEED
from vae_core.projection import Basis, Completion

MIN_ZOOM = 1e-6  # latent units across the map
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


def _plane(text: str) -> dict[str, Any]:
    """Two components, "1,2", or two latent dimensions, "z1,z2"."""
    parts = text.split(",")
    is_latent = all(part.startswith(_LATENT) for part in parts)
    first, second = (_DIMENSION(part[is_latent:]) - 1 for part in parts)
    if first == second:
        raise ValueError(text)
    return {"axes": (first, second), "basis": "latent" if is_latent else "auto"}


def _zoom(text: str) -> Ranges:
    left, right, bottom, top = link.numbers(text)
    if min(right - left, top - bottom) < MIN_ZOOM:
        raise ValueError(text)
    return (left, right), (bottom, top)


def _completion(text: str) -> Completion:
    if text in NAMED_COMPLETIONS:
        return cast("Completion", text)
    return link.numbers(text, MAX_COORDINATE, MAX_DIMENSIONS)


def _classes(text: str) -> tuple[int, ...]:
    parts = text.split(",")
    if len(parts) > MAX_CLASSES:
        raise ValueError(text)
    return tuple(sorted({_INDEX(part) for part in parts}))


def _layers(text: str) -> tuple[str, ...]:
    names = tuple(text.split(","))
    if not all(re.fullmatch(r"[a-z]{1,20}", name) for name in names) or len(names) > MAX_LAYERS:
        raise ValueError(text)
    return tuple(dict.fromkeys(names))


_DIMENSION, _INDEX = link.whole(1, MAX_DIMENSIONS), link.whole(0, MAX_INDEX)
_SEED = link.whole(0, MAX_SEED)
_COLOUR = link.one_of(*get_args(Colour))
_READERS: dict[str, Callable[[str], dict[str, Any]]] = {
    "data": lambda text: {"dataset": link.name(text)},
    "model": lambda text: {"model": link.name(text)},
    "n": lambda text: {"batch_size": link.whole(1, MAX_INDEX)(text)},
    "seed": lambda text: {"seed": _SEED(text)},
    "axes": _plane,
    "off": lambda text: {"completion": _completion(text)},
    "layers": lambda text: {"layers": _layers(text)},
    "zoom": lambda text: {"zoom": _zoom(text)},
    "at": lambda text: {"place": link.place(text)},
    "image": lambda text: {"image": _INDEX(text)},
    "colour": lambda text: {"colour": _COLOUR(text)},
    "classes": lambda text: {"classes": _classes(text)},
    "fade": lambda text: {"fade": link.switch(text)},
    "close": lambda text: {"close": link.switch(text)},
    "space": lambda text: {"space": link.switch(text)},
}
