"""What the Interpolate page shows: from where to where, and how; kept in the address."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, cast, get_args

from ui import link
from ui.link import MAX_INDEX, Link
from vae_core.paths import Even, Kind

EndKind = Literal["image", "class", "at", "code"]
MIN_STEPS, MAX_STEPS = 3, 25
MAX_FRAME = 10_000
OVER_STEP = 25  # per cent


@dataclass(frozen=True)
class End:
    """One end of the path, as a link names it: "image:12", "class:3", "at:0.5,-1", "code:0.3,-1".

    Attributes:
        kind: A held-out image, the mean of a class, a place of the map, or a code.
        number: Of the image or the class.
        numbers: Place or code, in latent units.
    """

    kind: EndKind
    number: int = 0
    numbers: tuple[float, ...] = ()

    @property
    def is_portable(self) -> bool:
        """Whether it means the same to another model of the same data."""
        return self.kind in ("image", "class")

    def __str__(self) -> str:
        """As `read_end` reads it."""
        return f"{self.kind}:{self.number if self.is_portable else link.written(self.numbers)}"


@dataclass(frozen=True)
class Trip:
    """What is shown.

    Attributes:
        model: File name of the checkpoint without suffix; "" picks Explore's.
        a: The first end; None picks a typical image.
        b: The last end, likewise.
        path: Which way is taken.
        steps: Images from A to B, both included.
        even: What is equal from step to step.
        over: How far to go on beyond both ends, per cent of the path.
        frame: Of the film, that is shown large, from 0; None for the one at A.
    """

    model: str = ""
    a: End | None = None
    b: End | None = None
    path: Kind = "geodesic"
    steps: int = 9
    even: Even = "image"
    over: int = 0
    frame: int | None = None


def read_end(text: str) -> End:
    """One end, strictly."""
    kind, colon, value = text.partition(":")
    if not colon or kind not in get_args(EndKind):
        raise ValueError(text)
    if kind == "at":
        return End("at", numbers=link.place(value))
    if kind == "code":
        return End("code", numbers=link.numbers(value))
    return End(cast("EndKind", kind), link.whole(0, MAX_INDEX)(value))


def to_params(trip: Trip) -> dict[str, str]:
    """The link's parameters."""
    params = {
        "path": trip.path,
        "steps": str(trip.steps),
        "even": trip.even,
        "over": str(trip.over),
    }
    if trip.model:
        params["model"] = trip.model
    params |= {name: str(end) for name in "ab" if (end := getattr(trip, name)) is not None}
    if trip.frame is not None:
        params["frame"] = str(trip.frame)
    return params


READERS: dict[str, tuple[str, link.Reader]] = {
    "model": ("model", link.name),
    "a": ("a", read_end),
    "b": ("b", read_end),
    "path": ("path", link.one_of(*get_args(Kind))),
    "steps": ("steps", link.whole(MIN_STEPS, MAX_STEPS)),
    "even": ("even", link.one_of(*get_args(Even))),
    "over": ("over", link.whole(0, 100)),
    "frame": ("frame", link.whole(0, MAX_FRAME)),
}
LINK = Link("interpolate_trip", Trip(), READERS, to_params)
