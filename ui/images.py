"""Images of the core as pictures for the screen."""

from __future__ import annotations

from io import BytesIO

import numpy as np
import numpy.typing as npt
from PIL import Image


def to_png(image: npt.ArrayLike, side: int = 224) -> bytes:
    """One image as PNG, every pixel a sharp square.

    Args:
        image: (C, H, W); uint8, or floats in [0, 1].
        side: The picture's larger side is the largest whole multiple of the image's within
            this many pixels.
    """
    pixels = to_bytes(np.asarray(image)).transpose(1, 2, 0)
    factor = max(1, side // max(pixels.shape[:2]))
    picture = Image.fromarray(pixels.squeeze(-1) if pixels.shape[2] == 1 else pixels)
    picture = picture.resize(
        (picture.width * factor, picture.height * factor), Image.Resampling.NEAREST
    )
    buffer = BytesIO()
    picture.save(buffer, format="PNG", optimize=True)
    return buffer.getvalue()


def to_bytes(images: npt.NDArray[np.generic]) -> npt.NDArray[np.uint8]:
    """Images in [0, 1] as uint8, same shape; uint8 stays as it is."""
    if images.dtype == np.uint8:
        return images.astype(np.uint8, copy=False)
    rounded: npt.NDArray[np.uint8] = np.rint(images.astype(np.float32) * 255).astype(np.uint8)
    return rounded
