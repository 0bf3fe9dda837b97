"""The sheet to draw on, and the pen: two small components, as the loupe and the pin are.

The sheet is sent once and draws by itself. The pen stands in the fragment that a stroke redraws;
all it does is to leave its way of reporting where the sheet finds it.
"""

from __future__ import annotations

from base64 import b64decode
from binascii import Error
from collections.abc import Callable
from pathlib import Path
from typing import TypedDict

import streamlit as st

from ui.loupe.files import read
from vae_core.errors import DataError

FOLDER = Path(__file__).parent
PREFIX = "data:image/png;base64,"


_CANVAS = st.components.v2.component(
    "latent_canvas",
    js=read("dom.js") + read("canvas.js", folder=FOLDER),
    css=read("canvas.css", folder=FOLDER),
    isolate_styles=False,
)
_PEN = st.components.v2.component("latent_pen", js=read("pen.js", folder=FOLDER))


class Drawn(TypedDict):
    """What the sheet sends.

    `picture` is a PNG as a data address, "" for an empty sheet; `isDone` tells that the stroke
    is finished; `number` is given back in the answer.
    """

    picture: str
    isDone: bool
    number: int


def sheet(is_shown: bool, *, key: str) -> None:
    """A sheet of 280 x 280 pixels, white on black; put it outside fragments.

    Args:
        is_shown: Whether the page shows the drawing; else a sheet with something on it sends it.
        key: Of the component.
    """
    _CANVAS(data={"isShown": is_shown}, key=key, width="content", height="content")


def pen(seen: int, *, key: str, on_drawn: Callable[[], None]) -> None:
    """Listen to the sheet; in the callback `st.session_state[key]["drawn"]` is a Drawn.

    Args:
        seen: Number of the drawing that is shown.
        key: Of the component.
        on_drawn: Is called for every drawing.
    """
    _PEN(data={"seen": seen}, key=key, on_drawn_change=on_drawn, width="content", height="content")


def png_of(picture: str) -> bytes:
    """The bytes of a drawing's file.

    Raises:
        DataError: It is no such address.
    """
    try:
        if not picture.startswith(PREFIX):
            raise ValueError(picture[:20])
        return b64decode(picture.removeprefix(PREFIX), validate=True)
    except (ValueError, Error) as err:
        raise DataError("The drawing did not arrive as a PNG picture; draw it again.") from err
