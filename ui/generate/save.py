"""What a visitor can keep of the Generate page: the link, the pictures, their codes."""

from __future__ import annotations

import csv
from functools import partial
from io import BytesIO, StringIO
from urllib.parse import urlencode

import numpy as np
import numpy.typing as npt
import streamlit as st

from ui.generate.wish import LINK, to_params
from ui.images import enlarged, tiled, to_png
from ui.samples import Pictures

LARGE = 2000  # pixels that the enlarged picture is wide, about


def take_away(name: str, kept: dict[str, Pictures]) -> None:
    """A button that opens all that can be kept.

    Args:
        name: Of the model; files begin with it.
        kept: Pictures in rows and columns, (R, K), by what they are.
    """
    with st.popover("Take it away", icon=":material/ios_share:", key="generate_take"):
        st.markdown("**Link** to exactly this view:")
        address = (st.context.url or "").split("?")[0]
        params = to_params(LINK.update())
        st.code(f"{address}?{urlencode(params)}", language=None, wrap_lines=True)
        for words, pictures in kept.items():
            picture = tiled(pictures.images)
            _, height, width = picture.shape
            scale = max(2, round(LARGE / width))
            file = f"{name}-{words.lower().replace(' ', '-')}"
            st.markdown(f"**{words}**, {width} × {height} pixels, without marks:")
            with st.container(horizontal=True):
                _button("PNG, true size", partial(to_png, picture), f"{file}.png", "image/png")
                large = partial(enlarged, picture, scale)
                _button(f"PNG, {scale} times", large, f"{file}-{scale}x.png", "image/png")
                codes = partial(to_csv, pictures)
                _button("Codes, CSV", codes, f"{file}-codes.csv", "text/csv")
                arrays = partial(to_npz, pictures)
                _button("Codes, npz", arrays, f"{file}-codes.npz", "application/zip")


def to_csv(pictures: Pictures) -> bytes:
    """One line for each picture: its row and column from 1, its code, and where that lies."""
    text = StringIO()
    writer = csv.writer(text)
    n_dims = pictures.z.shape[-1]
    writer.writerow(["row", "column", "data", *(f"z_{d + 1}" for d in range(n_dims))])
    for row, column in np.ndindex(pictures.where.shape):
        code = pictures.z[row, column].tolist()
        writer.writerow([row + 1, column + 1, str(pictures.where[row, column]), *code])
    return text.getvalue().encode()


def to_npz(pictures: Pictures) -> bytes:
    """Arrays `z` (R, K, D), `images` (R, K, C, H, W), uint8, and `where` (R, K)."""
    buffer = BytesIO()
    arrays: dict[str, npt.NDArray[np.generic]] = dict(pictures._asdict())
    np.savez_compressed(buffer, allow_pickle=False, **arrays)
    return buffer.getvalue()


def _button(label: str, data: partial[bytes], name: str, mime: str) -> None:
    st.download_button(
        label, data, name, mime, icon=":material/download:", on_click="ignore",
        key=f"generate_save_{name}",
    )  # fmt: skip
