"""Pictures from anywhere, opened with care.

Size and kind are checked before anything is unpacked, only three formats are opened, a picture
of several frames is its first, and nothing but its pixels is kept.
"""

from __future__ import annotations

import warnings
from io import BytesIO
from pathlib import Path
from typing import BinaryIO

import numpy as np
from PIL import Image, ImageOps

from vae_core.errors import DataError

FORMATS = ("PNG", "JPEG", "WEBP")
SUFFIXES = {".png", ".jpg", ".jpeg", ".webp"}
MAX_PICTURE_BYTES = 5 * 2**20  # of one file
MAX_PIXELS = 4_000_000  # of one picture before it is shrunk
MAX_PICTURE_SIDE = 4096  # pixels


def read_picture(data: bytes, name: str = "This") -> Image.Image:
    """A picture that somebody hands over, upright, as "L" or "RGB", on white where transparent.

    Args:
        data: The bytes of its file.
        name: What messages call it.

    Raises:
        DataError: Too many bytes, too many pixels, or no readable picture.
    """
    if len(data) > MAX_PICTURE_BYTES:
        raise DataError(
            f"{name} is a file of {len(data) / 2**20:.1f} MB; at most {MAX_PICTURE_BYTES >> 20} MB "
            "are read. Save it smaller and try again."
        )
    return open_picture(BytesIO(data), name)


def open_picture(source: Path | BinaryIO, name: str) -> Image.Image:
    """The picture in a file, as `read_picture`, whatever the size of the file."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(source, formats=FORMATS) as opened:
                is_large = opened.width * opened.height > MAX_PIXELS
                if is_large or max(opened.size) > MAX_PICTURE_SIDE:
                    raise DataError(
                        f"{name} is {opened.width}x{opened.height} pixels; at most {MAX_PIXELS} "
                        f"pixels and {MAX_PICTURE_SIDE} a side are read. Make it smaller."
                    )
                return flatten(ImageOps.exif_transpose(opened))
    except (
        OSError,
        ValueError,
        SyntaxError,
        Image.DecompressionBombWarning,
        Image.DecompressionBombError,
    ) as err:
        raise DataError(
            f"{name} is not a readable PNG, JPEG or WebP picture; save it anew, or leave it out."
        ) from err


def flatten(picture: Image.Image) -> Image.Image:
    """Any mode as "L" or "RGB", on white where it is transparent."""
    if picture.mode.startswith("I"):  # 16 bits of grey, which convert() would clip
        return Image.fromarray((np.asarray(picture) >> 8).astype(np.uint8))
    flat = "L" if picture.mode in ("L", "LA", "1") else "RGB"
    if not picture.has_transparency_data:
        return picture.convert(flat)
    rgba = picture.convert("RGBA")
    white = Image.new("RGBA", rgba.size, "white")
    return Image.alpha_composite(white, rgba).convert("RGB").convert(flat)
