"""Images of the core as pictures for the screen."""

from __future__ import annotations

from base64 import b64encode
from html import escape
from io import BytesIO

import numpy as np
import numpy.typing as npt
from PIL import Image


def to_png(image: npt.ArrayLike) -> bytes:
    """One image, (C, H, W), uint8 or floats in [0, 1], as PNG of its true size."""
    pixels = to_bytes(np.asarray(image)).transpose(1, 2, 0)
    picture = Image.fromarray(pixels.squeeze(-1) if pixels.shape[2] == 1 else pixels)
    buffer = BytesIO()
    picture.save(buffer, format="PNG")
    return buffer.getvalue()


def to_html(image: npt.ArrayLike, alt: str) -> str:
    """One image, as `to_png`, as an element as wide as its panel, every pixel a sharp square.

    The picture travels within the element: it is shown with the words beside it, not a
    request later, and no server has to keep it.
    """
    return (
        f'<img alt="{escape(alt)}" src="data:image/png;base64,{b64encode(to_png(image)).decode()}">'
    )


def to_bytes(images: npt.NDArray[np.generic]) -> npt.NDArray[np.uint8]:
    """Images in [0, 1] as uint8, same shape; uint8 stays as it is, and what is no number is 0."""
    if images.dtype == np.uint8:
        return images.astype(np.uint8, copy=False)
    levels = np.nan_to_num(images.astype(np.float32) * 255)
    rounded: npt.NDArray[np.uint8] = np.rint(levels).clip(0, 255).astype(np.uint8)
    return rounded
