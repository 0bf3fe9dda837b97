"""What a visitor can take home of a path: a film, and its steps as one picture."""

from __future__ import annotations

from functools import partial

import numpy as np
import streamlit as st

from ui.exhibit import Exhibit
from ui.images import enlarged, tiled, to_gif
from ui.interpolate.cached import Film

SIDE = 280  # pixels of a frame's longer side, at most
FRAME_MS = 60


def offer(exhibit: Exhibit, found: Film, path: str) -> None:
    """Both are drawn when they are asked for."""
    name = f"{exhibit.entry.name}-{path}"
    with st.popover("Keep", icon=":material/download:", key="interpolate_keep"):
        st.markdown("**Film** that goes there and back, and its **steps** side by side:")
        _save("GIF, film", partial(to_film, found), f"{name}.gif", "image/gif")
        _save("PNG, steps", partial(to_picture, found), f"{name}.png", "image/png")
        st.markdown("The address of this page opens exactly this path.")


def scale_of(found: Film) -> int:
    """Screen pixels for each pixel of a picture."""
    height, width = found.images.shape[2:]
    return max(1, SIDE // max(int(height), int(width)))


def to_film(found: Film) -> bytes:
    """All frames as a GIF."""
    return to_gif(found.images, scale_of(found), FRAME_MS)


def to_picture(found: Film) -> bytes:
    """The steps in one row, as a PNG."""
    steps = found.images[np.array(found.steps)]
    return enlarged(tiled(steps[None]), max(1, scale_of(found) // 2))


def _save(label: str, data: partial[bytes], name: str, mime: str) -> None:
    st.download_button(
        label, data, name, mime, icon=":material/download:", on_click="ignore",
        key=f"interpolate_save_{mime}",
    )  # fmt: skip
