"""Pictures from anywhere, made to be images of one size."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageOps

from vae_core.config import MAX_SIDE, MIN_SIDE
from vae_core.data.pictures import open_picture
from vae_core.errors import DataError

Bytes = npt.NDArray[np.uint8]
MAX_FILES = 100_000
DEFAULT_SIDE = 32  # pixels, when pictures differ in size or are too large


@dataclass(frozen=True)
class Limits:
    """What reading somebody's images may take.

    Attributes:
        n_bytes: Of all images, unpacked.
        n_pixels: Of all pictures together, before they are shrunk; each takes time.
        n_unpacked: Bytes of all files in an archive; each takes time.
    """

    n_bytes: int
    n_pixels: int
    n_unpacked: int = 2**30


LOCAL = Limits(2**31, 10**12, 2**40)
UPLOAD = Limits(2**27, 500 * 10**6)  # of a stranger: 40,000 colour images of 32x32 pixels


@dataclass(frozen=True, eq=False)
class Fitted:
    """Pictures as images of one size, (N, C, H, W), and what was done to them, in words."""

    images: Bytes
    words: str
    is_resized: bool


def fit_pictures(
    files: Iterable[tuple[BinaryIO | Path, str]], limits: Limits, side: int = DEFAULT_SIDE
) -> Fitted:
    """Read pictures and make them images of one size, grey if all are grey, else colour.

    Pictures that all have one size from 8 to 64 pixels keep it; others are cropped to their
    middle square and resized.

    Args:
        files: At least one; each with the name by which messages call it.
        limits: What may be taken for it.
        side: Pixels of a resized image, 8 to 64.

    Raises:
        DataError: One of them cannot be read or is too large, or they are too many.
    """
    found: list[Bytes] = []
    sizes: set[tuple[int, int]] = set()
    n_held = n_pixels = 0
    n_channels = 1
    for file, name in files:
        picture, size = _open(file, name, side)
        sizes.add(size)
        found.append(np.asarray(picture))
        n_channels = max(n_channels, len(picture.getbands()))
        height, width = _shape(sizes, side)
        n_held += found[-1].nbytes
        n_pixels += size[0] * size[1]
        # Small ones grow when others differ in size, and grey ones when one of them is in colour.
        n_bytes = max(n_held, len(found) * n_channels * height * width)
        if n_bytes > limits.n_bytes or n_pixels > limits.n_pixels:
            raise DataError(
                f"These pictures are too many: at {name} they exceed "
                f"{_amount(n_bytes > limits.n_bytes, limits)}. Take fewer, or make them smaller."
            )
    return _stacked(found, sizes, side)


def _amount(are_bytes: bool, limits: Limits) -> str:
    if are_bytes:
        return f"{limits.n_bytes // 2**20} MB of images"
    return f"{limits.n_pixels // 10**6} million pixels before they are shrunk"


def _shape(sizes: set[tuple[int, int]], side: int) -> tuple[int, int]:
    """(H, W) of the images made of pictures of these sizes, (W, H)."""
    width, height = next(iter(sizes))
    is_small = min(width, height) >= MIN_SIDE and max(width, height) <= MAX_SIDE
    return (height, width) if len(sizes) == 1 and is_small else (side, side)


def _stacked(found: list[Bytes], sizes: set[tuple[int, int]], side: int) -> Fitted:
    """All pictures in one array; empties `found`, or both would fill the memory."""
    shape = _shape(sizes, side)
    is_resized = sizes != {shape[::-1]}
    n_colour = sum(pixels.ndim == 3 for pixels in found)
    words = _words(sizes, side if is_resized else 0, n_colour, len(found))
    n_channels = 3 if n_colour else 1
    images: Bytes = np.empty((len(found), n_channels, *shape), np.uint8)
    for i in range(len(found) - 1, -1, -1):
        pixels = found.pop()
        if pixels.shape[:2] != shape:
            pixels = np.asarray(_square(Image.fromarray(pixels), side))
        images[i] = pixels if pixels.ndim == 2 else pixels.transpose(2, 0, 1)
    return Fitted(images, words, is_resized)


def _words(sizes: set[tuple[int, int]], side: int, n_colour: int, n: int) -> str:
    """What was done; `side` is 0 for pictures that keep their size."""
    width, height = next(iter(sizes))
    colour = "in colour" if n_colour else "in grey"
    if 0 < n_colour < n:
        colour = "in colour, since some are"
    one_size = f"All pictures are {width} × {height} pixels"
    if not side:
        return f"{one_size} and stay so, {colour}."
    begin = one_size if len(sizes) == 1 else "The pictures differ in size"
    return (
        f"{begin}: each is cropped to its middle square and resized to {side} × {side} pixels, "
        f"{colour}."
    )


def _open(file: BinaryIO | Path, name: str, side: int) -> tuple[Image.Image, tuple[int, int]]:
    """One picture, and its true size."""
    flat = open_picture(file, name)
    # One such picture makes all small; at full size a folder would fill the memory.
    return (flat if max(flat.size) <= MAX_SIDE else _square(flat, side)), flat.size


def _square(picture: Image.Image, side: int) -> Image.Image:
    """The middle square, resized."""
    return ImageOps.fit(picture, (side, side), Image.Resampling.LANCZOS)
