"""What the Draw page shows, and its link.

A picture does not fit into a link. Its code does, and with it the place on the map, the
reconstruction and the neighbours; a held-out image is named by its number and is there in full.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from ui import link
from ui.link import Link

Way = Literal["draw", "upload", "camera", "image"]
WAYS: dict[Way, str] = {
    "draw": "Draw", "upload": "Upload", "camera": "Camera", "image": "Data set",
}  # fmt: skip
INKS = {"auto": "Find out", "light": "Light on dark", "dark": "Dark on light"}
DIGITS = 6  # of a code's numbers after the point


@dataclass(frozen=True)
class Address:
    """What is shown.

    Attributes:
        model: Its name; "" for the one that Explore shows.
        way: How a picture comes in.
        image: Number of a held-out image; None for a picture of the visitor's own.
        code: Of a picture that the link cannot hold, in latent units; None for none.
        sigma: Of its posterior, along each latent dimension; None for none.
        place: A place of the map that was picked beside it, plane units.
        ink: Whether the picture is light on dark, dark on light, or that is found out.
        whole: Whether the whole picture is taken, instead of what is drawn on it.
    """

    model: str = ""
    way: Way = "draw"
    image: int | None = None
    code: tuple[float, ...] | None = None
    sigma: tuple[float, ...] | None = None
    place: tuple[float, float] | None = None
    ink: Literal["auto", "light", "dark"] = "auto"
    whole: bool = False


def _to_params(shown: Address) -> dict[str, str]:
    params = {"model": shown.model, "way": shown.way, "image": str(shown.image), "ink": shown.ink}
    if shown.code is not None:
        params["code"] = link.written(shown.code)
    if shown.sigma is not None:
        params["sigma"] = link.written(shown.sigma)
    if shown.place is not None:
        params["at"] = link.written(shown.place)
    params["whole"] = "1" if shown.whole else "0"
    usual = {"model": "", "way": "draw", "image": "None", "ink": "auto", "whole": "0"}
    return {name: value for name, value in params.items() if value != usual.get(name)}


def _sigmas(text: str) -> tuple[float, ...]:
    """As `link.numbers`; none is zero or less."""
    values = link.numbers(text)
    if min(values) <= 0:
        raise ValueError(text)
    return values


LINK = Link(
    "draw_address",
    Address(),
    {
        "model": ("model", link.name),
        "way": ("way", link.one_of(*WAYS)),
        "image": ("image", link.whole(0, link.MAX_INDEX)),
        "code": ("code", link.numbers),
        "sigma": ("sigma", _sigmas),
        "at": ("place", link.place),
        "ink": ("ink", link.one_of(*INKS)),
        "whole": ("whole", link.switch),
    },
    _to_params,
)


def rounded(code: list[float]) -> tuple[float, ...]:
    """A code as links hold it."""
    return tuple(round(value, DIGITS) for value in code)


def brief(sigma: list[float]) -> tuple[float, ...]:
    """Sigmas as links hold them: a tiny one is not zero."""
    return tuple(float(f"{value:.6g}") for value in sigma)
