"""What the Arithmetic page shows, and its place in the link."""

from __future__ import annotations

from dataclasses import dataclass

from ui import link
from ui.arithmetic import groups
from ui.arithmetic.groups import Group

MOST, STEP = 2.0, 0.1  # multiples of the vector


@dataclass(frozen=True)
class Sum:
    """Start + times x (plus − minus).

    Attributes:
        model: Name of the model; "" picks one.
        plus: The group that the vector leads to; None for the model's first example.
        minus: The group that it comes from; likewise.
        image: Number of the held-out image to start from; None for the first of `minus`, unless
            there is a place.
        place: The place to start from, in plane coordinates.
        times: How much of the vector is added, -2 to 2.
    """

    model: str = ""
    plus: Group | None = None
    minus: Group | None = None
    image: int | None = None
    place: tuple[float, float] | None = None
    times: float = 1.0


def _to_params(shown: Sum) -> dict[str, str]:
    params = {"model": shown.model} if shown.model else {}
    if shown.plus:
        params["plus"] = shown.plus.text
    if shown.minus:
        params["minus"] = shown.minus.text
    if shown.image is not None:
        params["image"] = str(shown.image)
    elif shown.place is not None:
        params["at"] = link.written(shown.place)
    params["times"] = f"{shown.times:g}"
    return params


def _times(text: str) -> float:
    return round(link.number(-MOST, MOST)(text), 1)


LINK = link.Link(
    "arithmetic_sum",
    Sum(),
    {
        "model": ("model", link.name),
        "plus": ("plus", groups.read),
        "minus": ("minus", groups.read),
        "image": ("image", link.whole(0, link.MAX_INDEX)),
        "at": ("place", link.place),
        "times": ("times", _times),
    },
    _to_params,
)
