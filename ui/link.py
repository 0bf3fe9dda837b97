"""What a page shows, in the session and in the address; a link opens what its sender saw.

What arrives in a link is parsed strictly: an unreadable value is left out and named, an unknown
key is ignored.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, Generic, TypeVar

import streamlit as st

MAX_COORDINATE = 1e6  # latent units; what is pinned further out is pinned here
MAX_INDEX = 10**7
MAX_NAME = 4096  # characters; a data set can be a path
MAX_SEED = 2**31 - 1
Shown = TypeVar("Shown")
Reader = Callable[[str], Any]


class Link(Generic[Shown]):
    """The link of one page: a frozen record of what is shown, and how it is written and read.

    Args:
        key: Of the session.
        empty: What is shown where nothing was asked for; a dataclass.
        readers: For each parameter, the record's field and what reads its text, which raises
            ValueError.
        to_params: The record as parameters; reading them gives it back.
    """

    def __init__(
        self,
        key: str,
        empty: Shown,
        readers: Mapping[str, tuple[str, Reader]],
        to_params: Callable[[Shown], dict[str, str]],
    ) -> None:
        self.key, self.empty, self.readers, self.to_params = key, empty, readers, to_params

    def parse(self, params: Mapping[str, str]) -> tuple[Shown, list[str]]:
        """What the parameters say, and the names of those that could not be read."""
        found, unread = {}, []
        for name, (field, reader) in self.readers.items():
            if name not in params:
                continue
            try:
                found[field] = reader(params[name])
            except ValueError:
                unread.append(name)
        return replace(self.empty, **found), unread  # type: ignore[type-var]

    def current(self) -> Shown:
        """What is shown now: as the link says, or else as this session left the page."""
        params = st.query_params.to_dict()
        shown, unread = self.parse(params)
        say_unread(unread)
        if not self.is_asked():
            shown = st.session_state.get(self.key, shown)
        return self._go(shown)

    def is_asked(self) -> bool:
        """Whether the address asks for anything of this page, as it does after `current`."""
        return bool(set(self.readers) & set(st.query_params.to_dict()))

    def update(self, **changes: Any) -> Shown:  # noqa: ANN401 - fields of the record
        """Show something else from the next run on, and say so in the link."""
        shown = st.session_state.get(self.key, self.empty)
        return self._go(replace(shown, **changes), is_new=bool(changes))

    def _go(self, shown: Shown, *, is_new: bool = False) -> Shown:
        """Show this; what is new is written anyway: the address may be on its way to another.

        So is what differs from the last, which a browser that is a message behind has yet to get.
        """
        before = st.session_state.get(self.key, shown)
        st.session_state[self.key] = shown
        params = self.to_params(shown)
        if is_new or shown != before or st.query_params.to_dict() != params:
            st.query_params.from_dict(params)
        return shown


def say_unread(names: list[str]) -> None:
    """Tell which parameters of a link could not be read."""
    if names:
        listed = ", ".join(f"`{name}`" for name in names)
        st.toast(f"Part of the link could not be read and was left out: {listed}.")


def name(text: str) -> str:
    """Of a model, a data set or a file."""
    if not 1 <= len(text) <= MAX_NAME or not text.isprintable():
        raise ValueError(text)
    return text


def whole(low: int, high: int) -> Callable[[str], int]:
    """A whole number within limits."""

    def read(text: str) -> int:
        if not re.fullmatch(r"[0-9]{1,10}", text, re.ASCII) or not low <= int(text) <= high:
            raise ValueError(text)
        return int(text)

    return read


def number(low: float, high: float) -> Callable[[str], float]:
    """A finite number within limits."""

    def read(text: str) -> float:
        if not (math.isfinite(value := float(text)) and low <= value <= high):
            raise ValueError(text)
        return value

    return read


def numbers(text: str, limit: float = MAX_COORDINATE, most: int = 512) -> tuple[float, ...]:
    """Finite numbers, parted by commas, none beyond the limit."""
    values = tuple(map(float, text.split(",")))
    if len(values) > most or not all(math.isfinite(v) and abs(v) <= limit for v in values):
        raise ValueError(text)
    return values


def place(text: str) -> tuple[float, float]:
    """Two coordinates of a map."""
    x, y = numbers(text)
    return x, y


def switch(text: str) -> bool:
    """Yes or no."""
    if text not in ("0", "1"):
        raise ValueError(text)
    return text == "1"


def one_of(*choices: str) -> Callable[[str], str]:
    """One of these words."""

    def read(text: str) -> str:
        if text not in choices:
            raise ValueError(text)
        return text

    return read


def written(values: tuple[float, ...]) -> str:
    """Numbers as `numbers` reads them, to the last bit."""
    return ",".join(map(repr, values))
