"""The choices of the way from A to B: which path, how many steps, how far beyond its ends."""

from __future__ import annotations

from typing import Any

import streamlit as st

from ui.exhibit import Exhibit
from ui.interpolate.cached import kinds_for
from ui.interpolate.trip import LINK, MAX_STEPS, MIN_STEPS, OVER_STEP, Trip
from ui.widgets import put
from vae_core.paths import Even, Kind

NEXT = "interpolate_next"  # which end the next click on the map sets
PATHS: dict[Kind, str] = {"straight": "Straight", "spherical": "Spherical", "geodesic": "Geodesic"}
PATH_HELP = (
    "**Straight**: the line between both codes. **Spherical**: around zero, the centre of a VAE's "
    "prior, the code's length growing evenly. **Geodesic**: the way along which the decoded "
    "picture changes least in all."
)
EVEN: dict[Even, str] = {"code": "code", "image": "picture"}
EVEN_HELP = (
    "What is equal from one step to the next: the distance of the codes, or how much the "
    "decoded picture changes."
)
OVER_HELP = (
    "Go on past A and B, by this share of the path: a straight path straight on, a spherical one "
    "around its circle, a geodesic straight on as it arrives."
)
ONE_WAY = "This model's codes are single numbers: there is one way from A to B, and no way around."
NO_GRID = (
    "With more than two dimensions the geodesic is sought from the straight line alone: there may "
    "be a shorter one by a detour."
)
NO_CENTRE = "A plain AE has no prior: that its circle goes around zero means nothing in particular."


def next_end() -> str:
    """Which end the next click on the map sets: "A" or "B"."""
    letter: str = st.session_state.setdefault(NEXT, "A")
    return letter


def alternate(letter: str) -> None:
    """After a click for one end, the next is for the other."""
    st.session_state[NEXT] = "B" if letter == "A" else "A"


def choose_next(trip: Trip) -> None:
    """The switch that says what a click on the map means."""
    next_end()
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.segmented_control(
            "The next click on the map sets", ["A", "B"], key=NEXT, required=True,
            help="A click on a dot means its image. After each click the other end is next.",
        )  # fmt: skip
        st.button(
            "Swap A and B",
            icon=":material/swap_horiz:",
            key="interpolate_swap",
            on_click=_on_swap,
            args=(trip,),
        )


def choose(trip: Trip, exhibit: Exhibit) -> None:
    """Path, steps and what is beyond the ends."""
    n_dims = exhibit.loaded.config.latent_dim
    with st.container(horizontal=True, vertical_alignment="bottom"):
        if len(kinds_for(n_dims)) > 1:
            _segmented("path", "Path", PATHS, trip.path, PATH_HELP)
        _segmented("even", "Equal steps in", EVEN, trip.even, EVEN_HELP)
        _slider("steps", "Steps, A to B", (MIN_STEPS, MAX_STEPS, 1), trip.steps)
        _slider("over", "Overshoot, %", (0, 100, OVER_STEP), trip.over, OVER_HELP)


def notes(exhibit: Exhibit) -> list[str]:
    """What this model cannot do, or means otherwise."""
    config = exhibit.loaded.config
    if config.latent_dim == 1:
        return [ONE_WAY]
    found = [NO_GRID] if config.latent_dim > 2 else []
    return [*found, NO_CENTRE] if config.kind == "ae" else found


def _segmented(name: str, label: str, names: dict[Any, str], value: str, help_: str) -> None:
    st.session_state[f"interpolate_{name}"] = value
    st.segmented_control(
        label, list(names), format_func=names.__getitem__, key=f"interpolate_{name}",
        required=True, help=help_, on_change=_on_change, args=(name,),
    )  # fmt: skip


def _slider(
    name: str,
    label: str,
    limits: tuple[int, int, int],
    value: int,
    help_: str | None = None,
    width: int = 132,
) -> None:
    low, high, step = limits
    put(f"interpolate_{name}", value)
    st.slider(
        label, low, high, step=step, key=f"interpolate_{name}", help=help_, on_change=_on_change,
        args=(name,), width=width,
    )  # fmt: skip


def _on_change(name: str) -> None:
    LINK.update(**{name: st.session_state[f"interpolate_{name}"], "frame": None})


def _on_swap(trip: Trip) -> None:
    LINK.update(a=trip.b, b=trip.a, frame=None)
