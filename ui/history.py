"""What was pinned before: undo and redo of clicks, within one session."""

from __future__ import annotations

import streamlit as st

from ui import state

MAX_STEPS = 100
Pinned = tuple[tuple[float, float] | None, int | None]  # place, image
PAST, FUTURE = "undo", "redo"


def pin(place: tuple[float, float] | None, image: int | None) -> None:
    """Pin a place or an image, and remember what was pinned."""
    before = _pinned()
    if before == (place, image):
        return  # a second click on the same place changes nothing
    _steps(PAST).append(before)
    del _steps(PAST)[:-MAX_STEPS]
    _steps(FUTURE).clear()
    state.update(place=place, image=image)


def undo() -> bool:
    """Pin what was pinned before; False if there is nothing."""
    return _move(PAST, FUTURE)


def redo() -> bool:
    """Pin what `undo` took away; False if there is nothing."""
    return _move(FUTURE, PAST)


def forget() -> None:
    """Another map: what was pinned on the last one means nothing on it."""
    _steps(PAST).clear()
    _steps(FUTURE).clear()


def _move(source: str, target: str) -> bool:
    if not _steps(source):
        return False
    place, image = _steps(source).pop()
    _steps(target).append(_pinned())
    state.update(place=place, image=image)
    return True


def _pinned() -> Pinned:
    view = state.current()
    return view.place, view.image


def _steps(name: str) -> list[Pinned]:
    found: list[Pinned] = st.session_state.setdefault(name, [])
    return found
