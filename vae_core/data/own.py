"""Images of one's own: a folder or a zip of pictures, or an .npz or .npy array.

Classes are the folders that pictures lie in. With folders called `train` and `test`, those are
the splits; else a fifth of each class is held out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from io import BytesIO
from itertools import takewhile
from pathlib import Path, PurePosixPath
from typing import BinaryIO

import numpy as np
import numpy.typing as npt
import torch

from vae_core.config import quote
from vae_core.data import archive
from vae_core.data.arrays import MAX_CLASSES, Arrays, read_npy, read_npz
from vae_core.data.fitting import (
    DEFAULT_SIDE,
    LOCAL,
    MAX_FILES,
    UPLOAD,
    Bytes,
    Limits,
    fit_pictures,
)
from vae_core.data.idx import Split
from vae_core.data.image_set import ImageSet
from vae_core.data.pictures import MAX_PICTURE_BYTES, SUFFIXES
from vae_core.data.split import held_out_mask
from vae_core.errors import DataError, DataMissingError

FILE_SUFFIXES = (".zip", ".npz", ".npy")
MAX_ENTRIES = 2 * MAX_FILES  # of any kind that are looked at
MAX_NAME = 60  # characters of a class
SPLITS: tuple[Split, Split] = ("train", "test")
Parts = tuple[str, ...]
Opener = Callable[[], BinaryIO | Path]


@dataclass(frozen=True, eq=False)
class OwnImages:
    """All images of a data set of one's own.

    Attributes:
        images: uint8, shape (N, C, H, W).
        labels: An index into `classes` for each, shape (N,).
        classes: Class names.
        held_out: Which images are held out, shape (N,).
        words: How the images got their size, and whether any lie outside the splits.
        is_resized: Whether any was cropped and resized.
        n_aside: Files that were no pictures, and left aside.
    """

    images: Bytes
    labels: npt.NDArray[np.int64]
    classes: tuple[str, ...]
    held_out: npt.NDArray[np.bool_]
    words: str
    is_resized: bool = False
    n_aside: int = 0

    def split(self, split: Split, name: str) -> ImageSet:
        """The training or the held-out images; raises DataError if there are none."""
        chosen = np.flatnonzero(self.held_out == (split == "test"))
        if not len(chosen):
            raise DataError(f"{name} holds too few images ({len(self.images)}) to set any aside.")
        images, labels = (torch.from_numpy(a[chosen]) for a in (self.images, self.labels))
        return ImageSet(images, labels, self.classes, name)


def read_path(path: Path, limits: Limits = LOCAL) -> OwnImages:
    """Read a folder of pictures, or a .zip, .npz or .npy file.

    Raises:
        DataMissingError: There is nothing.
        DataError: It cannot be read; in one sentence.
    """
    if path.is_dir() and path.suffix.lower() not in (".npz", ".npy"):
        return _read_folder(path, limits)
    try:
        with path.open("rb") as file:
            return read_file(file, str(path), limits)
    except FileNotFoundError as err:
        raise DataMissingError(f"There is no file {path}.") from err
    except OSError as err:
        raise DataError(f"{path} is not a readable {path.suffix} file: {err.strerror}.") from err


def read_file(
    file: BinaryIO, name: str, limits: Limits = UPLOAD, side: int = DEFAULT_SIDE
) -> OwnImages:
    """Read an open file; its name ends in .zip, .npz or .npy; raises DataError."""
    suffix = PurePosixPath(name).suffix.lower()
    if suffix == ".zip":
        with archive.opened(file, name) as opened:
            found, n_aside = archive.pictures(opened, name, limits)
            openers: dict[Parts, Opener] = {
                parts: partial(archive.unpacked, opened, info, name)
                for parts, info in found.items()
            }
            return _from_pictures(_without_top(openers), name, limits, side, n_aside)
    if suffix in (".npz", ".npy"):
        return _from_arrays((read_npz if suffix == ".npz" else read_npy)(file, name, limits), name)
    raise DataError(f"{quote(name)} is not read: expected a .zip, .npz or .npy file.")


def read_pictures(
    files: Mapping[str, bytes], name: str, limits: Limits = UPLOAD, side: int = DEFAULT_SIDE
) -> OwnImages:
    """Read pictures by their names, which can have folders before them; raises DataError."""
    openers: dict[Parts, Opener] = {}
    n_aside = 0
    for path, data in files.items():
        parts = archive.to_parts(path)
        if archive.is_clutter(parts):
            continue
        if PurePosixPath(parts[-1]).suffix.lower() not in SUFFIXES:
            n_aside += 1
            continue
        if parts in openers:
            raise DataError(f"{name} holds {quote(path)} twice; rename one of them.")
        if len(data) > MAX_PICTURE_BYTES:
            raise DataError(
                f"{quote(path)} is larger than {MAX_PICTURE_BYTES // 2**20} MB; make it smaller."
            )
        openers[parts] = partial(BytesIO, data)
    if not openers:
        raise DataError(f"{name} holds no pictures: expected .png, .jpg or .webp files.")
    return _from_pictures(_without_top(openers), name, limits, side, n_aside)


def _read_folder(folder: Path, limits: Limits) -> OwnImages:
    """The pictures of a folder: the same ones as of a zip of it."""
    openers: dict[Parts, Opener] = {}
    n_aside = 0
    for n, path in enumerate(folder.rglob("*"), 1):
        if n > MAX_ENTRIES:  # "/" is a folder too
            raise DataError(
                f"{folder} holds more than {MAX_ENTRIES} files and folders; choose a smaller one."
            )
        parts = path.relative_to(folder).parts
        if archive.is_clutter(parts) or (path.is_dir() and not path.is_symlink()):
            continue
        if path.suffix.lower() in SUFFIXES and path.is_file() and not path.is_symlink():
            openers[parts] = partial(Path, path)
        else:
            n_aside += 1
    if not openers:
        raise DataMissingError(
            f"No pictures under {folder}: expected .png, .jpg or .webp files, one subfolder a "
            "class."
        )
    return _from_pictures(openers, str(folder), limits, DEFAULT_SIDE, n_aside)


def _without_top(openers: dict[Parts, Opener]) -> dict[Parts, Opener]:
    """Without the one folder that all pictures lie in, unless it is their class."""
    lengths = [len(parts) for parts in openers]
    pairs = zip(min(openers), max(openers), strict=False)  # all others lie between the two
    n_shared = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))
    n = max(0, min(n_shared, max(lengths) - 2, min(lengths) - 1))
    return {parts[n:]: opener for parts, opener in openers.items()}


def _from_pictures(
    openers: dict[Parts, Opener], name: str, limits: Limits, side: int, n_aside: int
) -> OwnImages:
    """Classes and splits from the places that pictures lie in.

    Classes, size and colour are those of both splits together, so that the two agree.
    """
    is_split = set(SPLITS) <= {parts[0] for parts in openers if len(parts) > 1}
    n_all = len(openers)
    if is_split:
        openers = {parts: opener for parts, opener in openers.items() if parts[0] in SPLITS}
    if len(openers) > MAX_FILES:
        raise DataError(f"{name} holds {len(openers)} pictures; at most {MAX_FILES} are read.")
    # Training images first: the order is part of what a data set is.
    ordered = sorted(openers, key=lambda parts: (is_split and parts[0] == "test", parts))
    files = ((openers[parts](), _called(name, parts)) for parts in ordered)
    fitted = fit_pictures(files, limits, side)
    held_out = np.array([parts[0] == "test" for parts in ordered]) if is_split else None
    owners = [parts[is_split:] for parts in ordered]
    names = [parts[0] if len(parts) > 1 else "images" for parts in owners]
    classes = tuple(sorted(set(names)))
    index = {name: i for i, name in enumerate(classes)}
    labels = np.array([index[name] for name in names], dtype=np.int64)
    arrays = Arrays(fitted.images, labels, classes, held_out)
    words = fitted.words + _outside(n_all - len(openers))
    return _own(arrays, name, words, is_resized=fitted.is_resized, n_aside=n_aside)


def _outside(n: int) -> str:
    """What became of pictures that lie in neither split."""
    if not n:
        return ""
    were = "1 picture outside them is" if n == 1 else f"{n:,} pictures outside them are"
    return f" The folders train and test are the splits; {were} left aside."


def _called(name: str, parts: Parts) -> str:
    """A picture in messages."""
    return str(Path(name, *parts)) if Path(name).is_dir() else f"{quote('/'.join(parts))} in {name}"


def _from_arrays(arrays: Arrays, name: str) -> OwnImages:
    _, n_channels, height, width = arrays.images.shape
    colour = "in grey" if n_channels == 1 else "in colour"
    words = f"All images are {width} × {height} pixels and stay so, {colour}."
    return _own(arrays, name, words)


def _own(
    arrays: Arrays, name: str, words: str, *, is_resized: bool = False, n_aside: int = 0
) -> OwnImages:
    images, labels, classes, held_out = arrays
    if len(classes) > MAX_CLASSES:  # of folders; those of arrays have been counted
        raise DataError(f"{name} has {len(classes)} classes; at most {MAX_CLASSES} are read.")
    if held_out is None:
        held_out = held_out_mask(torch.from_numpy(labels)).numpy()
    return OwnImages(images, labels, _tidied(classes), held_out, words, is_resized, n_aside)


def _tidied(names: Iterable[str]) -> tuple[str, ...]:
    """Class names as they are shown: none is empty, and no two are equal."""
    found: dict[str, None] = {}
    for name in names:
        tidy = unique = _tidy(name) or "unnamed"
        n = 1
        while unique in found:
            n += 1
            unique = f"{tidy[: MAX_NAME - len(f' ({n})')]} ({n})"
        found[unique] = None
    return tuple(found)


def _tidy(name: str) -> str:
    """A class name without signs that cannot be seen."""
    shown = "".join(c if c.isprintable() else " " for c in name).strip()
    return shown if len(shown) <= MAX_NAME else f"{shown[: MAX_NAME - 1]}…"
