"""Images from .npz and .npy files of plain arrays.

What an array would take is known from its header before a byte of it is unpacked, and nothing
is ever unpickled.
"""

from __future__ import annotations

import math
import zipfile
from collections.abc import Sequence
from io import BytesIO
from typing import IO, Any, BinaryIO, NamedTuple

import numpy as np
import numpy.typing as npt
import torch
from numpy.lib import format as npy
from torch import Tensor

from vae_core.config import CHANNELS, MAX_SIDE, MIN_SIDE, quote
from vae_core.data.archive import DAMAGED, ENTRY, PACKINGS, count
from vae_core.data.fitting import Bytes, Limits
from vae_core.data.image_set import ImageSet
from vae_core.errors import DataError

NAMES = ("images", "labels", "classes", "held_out")
MAX_MEMBERS = 1000
MAX_CLASSES = 1000
MAX_NAME_BYTES = 4000  # of one class: 1000 characters of any script
MAX_HEADER = 2**14  # bytes; one of a plain array takes 128
CHUNK = 2**22
ROWS = 1000  # images turned into bytes at once
READERS = {(1, 0): npy.read_array_header_1_0, (2, 0): npy.read_array_header_2_0}
Array = npt.NDArray[np.generic]


class Arrays(NamedTuple):
    """What such a file holds.

    Attributes:
        images: uint8, shape (N, C, H, W).
        labels: An index into `classes` for each, shape (N,).
        classes: Their names.
        held_out: Which images are held out, shape (N,); None where the file does not say.
    """

    images: Bytes
    labels: npt.NDArray[np.int64]
    classes: tuple[str, ...]
    held_out: npt.NDArray[np.bool_] | None


def read_npz(file: BinaryIO, where: str, limits: Limits) -> Arrays:
    """Read an .npz file.

    It holds `images` of shape (N, H, W), (N, H, W, C) or (N, C, H, W), uint8 or floats in
    [0, 1], and optionally `labels` (N,), `classes`, and `held_out` (N,), true or false.

    Raises:
        DataError: It is damaged, too large, or holds something else.
    """
    try:
        found = _members(file, where, limits)
    except (*DAMAGED, MemoryError) as err:
        raise DataError(f"{where} is not a readable .npz file of plain arrays.") from err
    return _checked(found, where)


def read_npy(file: BinaryIO, where: str, limits: Limits) -> Arrays:
    """Read an .npy file: the array of images alone, as in `read_npz`; raises DataError."""
    try:
        found = {"images": _array(file, where, limits)}
    except (*DAMAGED, MemoryError) as err:
        raise DataError(f"{where} is not a readable .npy file of a plain array.") from err
    return _checked(found, where)


def _members(file: BinaryIO, where: str, limits: Limits) -> dict[str, Array]:
    """Those arrays of an .npz that are wanted."""
    if count(file, ENTRY) > MAX_MEMBERS:
        raise DataError(f"{where} holds more than {MAX_MEMBERS} arrays; expected {NAMES[0]!r}.")
    with zipfile.ZipFile(file) as archive:
        size = sum(info.file_size for info in archive.infolist())
        if size > limits.n_bytes:
            raise DataError(_too_large(where, size, limits))
        names: dict[str, zipfile.ZipInfo] = {}
        for info in archive.infolist():
            name = info.filename.removesuffix(".npy")
            if name in names:
                raise DataError(f"{where} holds {quote(name)} twice; save it anew.")
            names[name] = info
        if "images" not in names:
            raise DataError(f"{where} has no array called 'images', only {quote(sorted(names))}.")
        found = {}
        for name in NAMES:
            if name in names:
                if names[name].compress_type not in PACKINGS:
                    raise ValueError("another packing")
                with archive.open(names[name]) as member:
                    found[name] = _array(member, where, limits)
    return found


def _array(file: IO[bytes], where: str, limits: Limits) -> Array:
    """The array that an .npy file holds; raises ValueError for one that is none."""
    begin = BytesIO(file.read(MAX_HEADER))
    version = npy.read_magic(begin)
    if version not in READERS:
        raise ValueError("another version of the format")
    shape, is_fortran, dtype = READERS[version](begin)
    if dtype.hasobject or dtype.fields or dtype.subdtype or not all(n >= 0 for n in shape):
        raise ValueError("no plain array")
    size = math.prod(shape) * dtype.itemsize
    if size > limits.n_bytes:
        raise DataError(_too_large(where, size, limits))
    data = bytearray(begin.read())
    while len(data) <= size and (chunk := file.read(CHUNK)):  # grows with what there really is
        data += chunk
    if len(data) != size:
        raise ValueError("more or less than the header says")
    flat: npt.NDArray[Any] = np.frombuffer(data, dtype) if size else np.empty(0, dtype)
    return flat.reshape(shape, order="F" if is_fortran else "C")


def _too_large(where: str, size: int, limits: Limits) -> str:
    return (
        f"{where} would unpack to {size} bytes; at most {limits.n_bytes} are read. Save the images "
        "as uint8, or fewer of them."
    )


def _checked(found: dict[str, Array], where: str) -> Arrays:
    """What the arrays say; raises DataError where they are not what they should be."""
    if not found["images"].size:
        raise DataError(f"{where} holds too few images (0) to set any aside.")
    images = to_images(found["images"], where)
    n = len(images)
    labels = found.get("labels", np.zeros(n, dtype=np.int64))
    if labels.shape != (n,) or labels.dtype.kind not in "iu":
        raise DataError(
            f"{where}: 'labels' must be {n} whole numbers, one an image, not {labels.dtype} of "
            f"shape {labels.shape}."
        )
    held_out = found.get("held_out")
    if held_out is not None and (held_out.shape != (n,) or held_out.dtype != bool):
        raise DataError(f"{where}: 'held_out' must be {n} times true or false, one an image.")
    names = found.get("classes")
    if names is None and "labels" not in found:
        names = np.array(["images"])
    labels, classes = _named(labels, names, where)
    return Arrays(images, labels, classes, None if held_out is None else held_out.astype(bool))


def _named(
    labels: Array, names: Array | None, where: str
) -> tuple[npt.NDArray[np.int64], tuple[str, ...]]:
    """Labels as indices into names; without names the labels themselves are the names."""
    values = np.unique(labels)
    if names is not None and (names.ndim != 1 or names.dtype.kind not in "USiu"):
        raise DataError(f"{where}: 'classes' must be a list of names.")
    # Counted before each becomes a text of its own: as an array they take little.
    n = len(values if names is None else names)
    if n > MAX_CLASSES:
        raise DataError(f"{where} has {n} classes; at most {MAX_CLASSES} are read.")
    if names is None:
        indices = np.searchsorted(values, labels)
        return indices.astype(np.int64), tuple(str(value) for value in values)
    if names.dtype.itemsize > MAX_NAME_BYTES:
        raise DataError(
            f"{where}: a name in 'classes' is too long; at most {MAX_NAME_BYTES} bytes are read."
        )
    if int(values.min()) < 0 or int(values.max()) >= len(names):
        raise DataError(f"{where}: labels reach {values.max()}, but {len(names)} classes.")
    if names.dtype.kind == "S":
        names = np.char.decode(names.astype(np.bytes_), "utf-8", "replace")
    return labels.astype(np.int64), tuple(str(name) for name in names)


def to_images(array: Array, where: str) -> Bytes:
    """Images as uint8, (N, C, H, W), from any of the accepted kinds and orders of axes.

    Raises:
        DataError: They are none, too small or too large, or their numbers are out of range.
    """
    if array.dtype.kind not in "fb" and array.dtype != np.uint8:
        raise DataError(f"{where}: 'images' must be uint8 or floats in [0, 1], not {array.dtype}.")
    if array.ndim == 3:
        array = array[:, None]
    elif array.ndim == 4 and array.shape[1] not in CHANNELS and array.shape[3] in CHANNELS:
        array = array.transpose(0, 3, 1, 2)
    fits = array.ndim == 4 and array.shape[1] in CHANNELS
    if not fits or not all(MIN_SIDE <= side <= MAX_SIDE for side in array.shape[2:]):
        raise DataError(
            f"{where}: images must be grey or colour, {MIN_SIDE} to {MAX_SIDE} pixels a side; "
            f"found an array of shape {array.shape}."
        )
    if array.dtype == np.uint8:
        return np.ascontiguousarray(array, dtype=np.uint8)
    images: Bytes = np.empty(array.shape, np.uint8)
    for first in range(0, len(array), ROWS):  # all at once would take many times the memory
        images[first : first + ROWS] = _to_bytes(array[first : first + ROWS], where)
    return images


def image_set(
    images: Tensor | npt.ArrayLike,
    labels: Tensor | npt.ArrayLike | None = None,
    classes: Sequence[str] | None = None,
    name: str = "images",
) -> ImageSet:
    """Arrays or tensors of one's own as a data set.

    Args:
        images: (N, H, W), (N, H, W, C) or (N, C, H, W), uint8 or floats in [0, 1].
        labels: A whole number for each, (N,); default: all one class.
        classes: Names that the labels are indices into; default: the labels themselves.
        name: For messages.

    Raises:
        DataError: They are none, or do not fit each other.
    """
    given = {"images": images, "labels": labels, "classes": classes}
    found = _checked({k: np.asarray(v) for k, v in given.items() if v is not None}, name)
    tensors = torch.from_numpy(found.images), torch.from_numpy(found.labels)
    return ImageSet(*tensors, found.classes, name)


def _to_bytes(values: Array, where: str) -> Bytes:
    floats = values.astype(np.float64)
    low, high = floats.min(), floats.max()  # NaN if any of them is
    if not (low >= 0 and high <= 1):
        raise DataError(
            f"{where}: floating-point images must lie in [0, 1], but reach from {low:g} to "
            f"{high:g}. Divide them by the largest value, or save them as uint8."
        )
    scaled: Bytes = (floats * 255).round().astype(np.uint8)
    return scaled
