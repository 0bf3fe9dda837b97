"""What the Draw page shows, and its link.

A picture does not fit into a link. Its code does, and with it the place on the map, the
reconstruction and the neighbours; a held-out image is named by its number and is there in full.

Each address is a step of the browser's Back, so only what is finished is written into it: what is
still being drawn or dragged is shown, and kept in the session.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Literal

import streamlit as st

from ui import link
from ui.link import Link

Way = Literal["draw", "upload", "camera", "image"]
WAYS: dict[Way, str] = {
    "draw": "Draw", "upload": "Upload", "camera": "Camera", "image": "Data set",
}  # fmt: skip
INKS = {"auto": "Find out", "light": "Light on dark", "dark": "Dark on light"}
DIGITS = 6  # of a code's numbers after the point
NO_P: dict[str, None] = {"place": None, "dot": None}
NO_CODE: dict[str, None] = {"code": None, "sigma": None, **NO_P}
_LIVE = "draw_live"


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
        dot: An image of the map that was picked instead: its index in the part that is on it.
        ink: Whether the picture is light on dark, dark on light, or that is found out.
        whole: Whether the whole picture is taken, instead of what is drawn on it.
    """

    model: str = ""
    way: Way = "draw"
    image: int | None = None
    code: tuple[float, ...] | None = None
    sigma: tuple[float, ...] | None = None
    place: tuple[float, float] | None = None
    dot: int | None = None
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
    params["dot"] = str(shown.dot)
    params["whole"] = "1" if shown.whole else "0"
    usual = {"model": "", "way": "draw", "image": "None", "dot": "None", "ink": "auto"}
    usual["whole"] = "0"
    return {name: value for name, value in params.items() if value != usual.get(name)}


def _sigmas(text: str) -> tuple[float, ...]:
    """As `link.numbers`; none is zero or less."""
    values = link.numbers(text)
    if min(values) <= 0:
        raise ValueError(text)
    return values


class LiveLink(Link[Address]):
    """A link over which something is shown that is not finished."""

    def current(self) -> Address:
        """What is shown now."""
        return self._live(super().current())

    def follow(self, **changes: Any) -> None:  # noqa: ANN401 - fields of the record
        """Show something for now; the next update writes it into the link."""
        linked = st.session_state.get(self.key, self.empty)
        st.session_state[_LIVE] = linked, replace(self._live(linked), **changes)

    def update(self, **changes: Any) -> Address:  # noqa: ANN401 - fields of the record
        """Show something else from the next run on, and say all of it in the link."""
        shown = replace(self._live(st.session_state.get(self.key, self.empty)), **changes)
        st.session_state.pop(_LIVE, None)
        return self._go(shown, is_new=True)

    def _live(self, linked: Address) -> Address:
        """What is shown over a link; the link itself if it has changed since."""
        over, live = st.session_state.get(_LIVE, (linked, linked))
        shown: Address = live if over == linked else linked
        return shown


LINK = LiveLink(
    "draw_address",
    Address(),
    {
        "model": ("model", link.name),
        "way": ("way", link.one_of(*WAYS)),
        "image": ("image", link.whole(0, link.MAX_INDEX)),
        "code": ("code", link.numbers),
        "sigma": ("sigma", _sigmas),
        "at": ("place", link.place),
        "dot": ("dot", link.whole(0, link.MAX_INDEX)),
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
