"""Travel through the moments of a run: which one is shown, a slider and a Play button."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from itertools import pairwise

import streamlit as st

from ui.frame import is_strip
from ui.link import MAX_COORDINATE
from ui.train import address
from ui.train.album import Album, checkpoint
from ui.train.words import moment

MARKS = "train_marks"
# The run whose film is running, the moment it is at, and since when.
PLAYING, AT, SINCE = "train_playing", "train_at", "train_since"
SLIDER = "train_slider"  # how often it was moved for the visitor, and where it stands
STEP_SECONDS = 0.3  # at least, between two moments of a film


@dataclass(frozen=True)
class Marks:
    """What is followed through the epochs: a held-out image, and a place of the map."""

    image: int
    place: tuple[float, float]

    @classmethod
    def current(cls, found: Album) -> Marks:
        """As chosen, within what there is."""
        last = len(checkpoint(found.keys[-1]).latents) - 1
        kept: Marks = st.session_state.get(MARKS, cls(0, (0.0, 0.0)))
        x, y = kept.place
        return cls(min(kept.image, last), (x, 0.0 if is_strip(found.plane) else y))


def follow(found: Album) -> None:
    """Fields that choose what is followed."""
    marks = Marks.current(found)
    last = len(checkpoint(found.keys[-1]).latents) - 1
    with st.popover("Follow", icon=":material/my_location:", key="train_follow"):
        st.markdown("What is shown beside the maps, and marked on them:")
        st.session_state["train_image"] = marks.image
        st.number_input(
            "Held-out image ○", 0, last, key="train_image", on_change=_on_follow, args=(marks,)
        )
        axes = found.plane.names[: 1 if is_strip(found.plane) else 2]
        for name, axis, value in zip(("train_x", "train_y"), axes, marks.place, strict=False):
            st.session_state[name] = value
            st.number_input(
                f"Place + along {axis}", -MAX_COORDINATE, MAX_COORDINATE, step=0.25, key=name,
                on_change=_on_follow, args=(marks,),
            )  # fmt: skip


def _on_follow(marks: Marks) -> None:
    state = st.session_state
    place = (state["train_x"], state.get("train_y", marks.place[1]))
    state[MARKS] = Marks(state["train_image"], place)


def is_playing() -> bool:
    """Whether a film of the run shown is running; one of another run is not."""
    return st.session_state.get(PLAYING) == address.current().run != ""


def choose(epochs: list[float]) -> float:
    """The moment to show: as the film says, else as the link says, else the newest."""
    if is_playing():
        return _next(epochs)
    wanted = address.current().epoch
    if wanted is None:
        return epochs[-1]
    if wanted not in epochs:
        nearest = min(epochs, key=lambda epoch: abs(epoch - wanted))
        st.toast(f"This run has no moment at epoch {wanted:g}. Shown instead: {moment(nearest)}.")
        address.go(replace(address.current(), epoch=nearest))
        return nearest
    return wanted


def _next(epochs: list[float]) -> float:
    """The moment of the film that it is time for."""
    wanted = st.session_state.get(AT, epochs[0])
    at = min(epochs, key=lambda epoch: abs(epoch - wanted))
    now = time.monotonic()
    if now - st.session_state.get(SINCE, 0.0) >= STEP_SECONDS:
        at = dict(pairwise(epochs)).get(at, epochs[-1])
        st.session_state[AT], st.session_state[SINCE] = at, now
    if at == epochs[-1]:
        st.session_state[PLAYING] = None
    return float(at)


def controls(epochs: list[float], shown: float) -> None:
    """Slider and Play button."""
    if len(epochs) < 2:
        return
    is_film = is_playing()
    st.button(
        "Halt" if is_film else "Play",
        icon=":material/pause:" if is_film else ":material/play_circle:",
        key="train_film",
        on_click=_on_film,
        args=(epochs, shown),
        help="Show all moments, one after the other.",
    )
    key = _slider_key(shown)
    st.session_state[key] = shown
    st.select_slider(
        "Moment", epochs, format_func=moment, key=key, on_change=_on_slider,
        args=(epochs, key, shown), width=420,
    )  # fmt: skip


def _slider_key(shown: float) -> str:
    """Another one whenever the slider is moved by anyone but the visitor.

    A browser that is a message behind still reports the place it was moved from, and under the
    same key that would count as the visitor's wish.
    """
    moved, known = st.session_state.get(SLIDER, (0, shown))
    if known != shown:
        moved += 1
    st.session_state[SLIDER] = moved, shown
    return f"train_epoch_{moved}"


def _on_slider(epochs: list[float], key: str, shown: float) -> None:
    chosen = st.session_state[key]
    is_gone = key != f"train_epoch_{st.session_state[SLIDER][0]}"
    if is_gone and chosen == shown:  # said by a browser that lags behind, and by no visitor
        return
    st.session_state[SLIDER] = st.session_state[SLIDER][0], chosen
    st.session_state[PLAYING] = None
    epoch = None if chosen == epochs[-1] else chosen
    address.go(replace(address.current(), epoch=epoch))


def _on_film(epochs: list[float], shown: float) -> None:
    if is_playing():
        st.session_state[PLAYING] = None  # the link says where
        address.go(replace(address.current(), epoch=shown))
        return
    address.go(replace(address.current(), epoch=None))
    st.session_state[PLAYING] = address.current().run
    st.session_state[AT] = epochs[0] if shown == epochs[-1] else shown
    st.session_state[SINCE] = time.monotonic()
