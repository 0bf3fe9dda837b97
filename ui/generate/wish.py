"""What the Generate page shows, and its link."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Literal, get_args

import streamlit as st

from ui import link
from ui.link import Link
from ui.widgets import put

Mode = Literal["samples", "code", "map"]
Over = Literal["view", "prior"]
MODES: dict[Mode, str] = {"samples": "Samples", "code": "One code", "map": "Decoded map"}
HOTTEST = 3.0
SIDES = (4, 10)  # samples along each side
STEPS = (3, 15)  # of a traversal; odd, so that one is in the middle
CELLS = (5, 40)  # of the decoded map, along each side
MOST_PAGES = 999


@dataclass(frozen=True)
class Wish:
    """What is shown; what belongs to a mode that is not shown is kept for later.

    Attributes:
        model: Its name; "" for the one that Explore shows.
        mode: Which of the three views.
        temperature: Of the samples; 1 as the distribution is.
        seed: Of the samples.
        side: Samples along each side.
        z: The code, latent units; () for the mean of all codes.
        draw: Seed of the next random code.
        page: Which of the dimensions have sliders, if there are many.
        steps: Of the traversal.
        cells: Of the decoded map, along each side.
        over: What the decoded map is over: what the map shows, or the prior's quantiles.
        is_faded: Whether cells without data are faded.
    """

    model: str = ""
    mode: Mode = "samples"
    temperature: float = 1.0
    seed: int = 0
    side: int = 6
    z: tuple[float, ...] = ()
    draw: int = 0
    page: int = 0
    steps: int = 11
    cells: int = 20
    over: Over = "view"
    is_faded: bool = False


def _odd(text: str) -> int:
    found = link.whole(*STEPS)(text)
    if found % 2 == 0:
        raise ValueError(text)
    return found


READERS: dict[str, tuple[str, link.Reader]] = {
    "model": ("model", link.name),
    "show": ("mode", link.one_of(*get_args(Mode))),
    "temperature": ("temperature", link.number(0.0, HOTTEST)),
    "seed": ("seed", link.whole(0, link.MAX_SEED)),
    "side": ("side", link.whole(*SIDES)),
    "z": ("z", link.numbers),
    "draw": ("draw", link.whole(0, link.MAX_SEED)),
    "dims": ("page", link.whole(0, MOST_PAGES)),
    "steps": ("steps", _odd),
    "cells": ("cells", link.whole(*CELLS)),
    "over": ("over", link.one_of(*get_args(Over))),
    "fade": ("is_faded", link.switch),
}


def to_params(wish: Wish) -> dict[str, str]:
    """Model and mode, and all that is not as it is at first."""
    params = {}
    for name, (field, _) in READERS.items():
        value = getattr(wish, field)
        if name != "show" and value == _FIRST[field]:
            continue
        if isinstance(value, bool):
            params[name] = str(int(value))
        else:
            params[name] = link.written(value) if isinstance(value, tuple) else str(value)
    return params


_FIRST = {field.name: field.default for field in fields(Wish)}
LINK: Link[Wish] = Link("generate_wish", Wish(), READERS, to_params)


def show(name: str) -> None:
    """Put the wish's value into the widget of this name before it is drawn."""
    put(f"generate_{name}", getattr(LINK.update(), name))


def keep(name: str) -> None:
    """Wish for what the widget of this name was set to."""
    LINK.update(**{name: st.session_state[f"generate_{name}"]})
