"""Pictures from anywhere, opened with care.

Size and kind are checked before anything is unpacked, only three formats are opened, a picture
of several frames is its first, and nothing but its pixels is kept.
"""

from __future__ import annotations

import struct
import zlib
from io import BytesIO
from pathlib import Path
from typing import BinaryIO

import numpy as np
from PIL import ExifTags, Image

from vae_core.errors import DataError

FORMATS = ("PNG", "JPEG", "WEBP")
SUFFIXES = {".png", ".jpg", ".jpeg", ".webp"}
MAX_PICTURE_BYTES = 5 * 2**20  # of one file
MAX_PIXELS = 4_000_000  # of one picture before it is shrunk
MAX_PICTURE_SIDE = 4096  # pixels
UPRIGHT = {  # what undoes each way to hold a camera, by EXIF's orientation
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
UNREADABLE = (  # what libraries raise for damaged files
    OSError,
    ValueError,
    TypeError,
    LookupError,
    ArithmeticError,
    AttributeError,
    EOFError,
    SyntaxError,
    struct.error,
    zlib.error,
    Warning,  # where somebody has made warnings errors
)


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
    allowed = f"at most {MAX_PIXELS} pixels and {MAX_PICTURE_SIDE} a side are read"
    try:
        with Image.open(source, formats=FORMATS) as opened:
            is_large = opened.width * opened.height > MAX_PIXELS
            if is_large or max(opened.size) > MAX_PICTURE_SIDE:
                raise DataError(
                    f"{name} is {opened.width}x{opened.height} pixels; {allowed}. Make it smaller."
                )
            opened.load()
            return flatten(_upright(opened))
    except (Image.DecompressionBombWarning, Image.DecompressionBombError) as err:
        raise DataError(f"{name} is too large; {allowed}. Make it smaller.") from err
    except UNREADABLE as err:
        raise DataError(
            f"{name} is not a readable PNG, JPEG or WebP picture; save it anew, or leave it out."
        ) from err


def _upright(picture: Image.Image) -> Image.Image:
    """The picture as its camera was held; as it is, where what it says of that is damaged."""
    try:
        method = UPRIGHT.get(picture.getexif().get(ExifTags.Base.Orientation, 1))
    except UNREADABLE:
        return picture
    return picture if method is None else picture.transpose(method)


def flatten(picture: Image.Image) -> Image.Image:
    """Any mode as "L" or "RGB", on white where it is transparent."""
    if picture.mode.startswith("I"):  # 16 bits of grey, which convert() would clip
        return Image.fromarray((np.asarray(picture) >> 8).astype(np.uint8))
    flat = "L" if picture.mode in ("L", "LA", "1") else "RGB"
    if picture.has_transparency_data:
        rgba = picture.convert("RGBA")
        white = Image.new("RGBA", rgba.size, "white")
        on_white = Image.alpha_composite(white, rgba).convert("RGB")
    else:
        on_white = picture.convert(flat)
    if picture.mode in ("P", "PA"):  # a palette has room for colour, and is often of grey alone
        pixels = np.asarray(on_white)
        flat = "L" if (pixels == pixels[..., :1]).all() else "RGB"
    return on_white.convert(flat)
