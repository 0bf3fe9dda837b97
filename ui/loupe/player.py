"""A film of pictures with a slider and Play, and a dot on a chart that goes with it."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable
from typing import TypedDict
from zlib import crc32

import numpy as np
import numpy.typing as npt
import streamlit as st

from ui.images import tiled, to_png
from ui.loupe.files import read

_PLAYER = st.components.v2.component(
    "latent_player",
    js=read("dom.js", "chart.js", "follow.js", "player.js"),
    css=read("player.css"),
    isolate_styles=False,
)


class Frame(TypedDict):
    """One picture: where it stands on the chart, what is written below it, and read aloud.

    Where the chart has a letter already, `isLettered`, there is no dot over it.
    """

    x: float
    y: float
    isLettered: bool
    text: str
    spoken: str


def play(
    images: npt.NDArray[np.floating],
    frames: list[Frame],
    *,
    chart: str,
    map_name: str,
    between: int,
    frame: int,
    key: str,
    on_frame: Callable[[], None],
) -> None:
    """A film that the visitor plays; it never starts by itself.

    Args:
        images: In [0, 1], shape (N, C, H, W).
        frames: What to say of each, N of them.
        chart: Key of the chart that the dot is drawn over.
        map_name: The figure's `layout.meta`; no dot is drawn over another map.
        between: Frames from one step to the next.
        frame: The one that is shown to begin with.
        key: Of the component.
        on_frame: Called when the visitor has come to rest on a frame, whose index is then
            `st.session_state[key]["frame"]`.
    """
    _, _, height, width = images.shape
    sheet = to_png(tiled(images[None]))
    _PLAYER(
        data={
            "film": f"{crc32(sheet):x} {crc32(repr((frames, chart, map_name)).encode()):x}",
            "sheet": f"data:image/png;base64,{b64encode(sheet).decode()}",
            "width": width,
            "height": height,
            "chart": chart,
            "map": map_name,
            "between": between,
            "frames": frames,
            "frame": frame,
        },
        key=key,
        on_frame_change=on_frame,
    )  # fmt: skip
