"""The visitor's own picture, kept in the session: drawn, uploaded or taken with the camera."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import streamlit as st
from PIL import Image

from ui.draw.address import LINK, NO_CODE, NO_P
from ui.draw.canvas import Drawn, png_of
from vae_core.data.pictures import read_picture
from vae_core.errors import VaeCoreError

DRAWING = "Your drawing"
PEN_KEY = "draw_pen"
_KEY, _REFUSED, _SEEN = "draw_own", "draw_refused", "draw_seen"


@dataclass(frozen=True, eq=False)
class OwnPicture:
    """A picture, "L" or "RGB", what it is called, and whether its last stroke is finished."""

    picture: Image.Image
    title: str
    is_done: bool = True


def current() -> OwnPicture | None:
    """The picture that came last; None if there is none, or a held-out image came after it."""
    found: OwnPicture | None = st.session_state.get(_KEY)
    return found


def forget() -> None:
    """Show no picture of the visitor's own, and no word of one that was not taken."""
    st.session_state.update({_KEY: None, _REFUSED: None})


def refused() -> str | None:
    """Why the picture that came last was not taken."""
    found: str | None = st.session_state.get(_REFUSED)
    return found


def seen() -> int:
    """Number of the drawing that came last."""
    return int(st.session_state.get(_SEEN, 0))


def take_drawing() -> bool:
    """Take what the sheet has sent, nothing if it is empty; whether the stroke is finished."""
    drawn: Drawn = st.session_state[PEN_KEY]["drawn"]
    st.session_state[_SEEN] = int(drawn["number"])
    is_done = bool(drawn["isDone"])
    if drawn["picture"]:
        _take(lambda: png_of(drawn["picture"]), DRAWING, is_done)
    else:
        forget()
        LINK.update(image=None, **NO_CODE)
    return is_done


def on_file(key: str, title: str) -> None:
    """An uploaded file or a photograph; taking it away from the field keeps what is shown."""
    file = st.session_state[key]
    if file is not None:
        _take(file.getvalue, title)


def _take(read: Callable[[], bytes], title: str, is_done: bool = True) -> None:
    """Show a picture from now on; one that cannot be read leaves everything as it was."""
    try:
        picture = read_picture(read(), title)
    except VaeCoreError as err:
        st.session_state[_REFUSED] = str(err)
        return
    st.session_state.update({_KEY: OwnPicture(picture, title, is_done), _REFUSED: None})
    LINK.follow(image=None, **NO_P)  # the link gets it with the code
