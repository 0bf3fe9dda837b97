"""Images of one's own: a folder of pictures, or an .npz array.

Files come from anywhere, so sizes are checked before anything is unpacked, only three picture
formats are opened, and nothing is ever unpickled.
"""

from __future__ import annotations

import zipfile
import zlib
from itertools import islice
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from PIL import Image, ImageOps

from vae_core.config import CHANNELS, MAX_SIDE, MIN_SIDE, quote
from vae_core.data.idx import Split
from vae_core.data.image_set import ImageSet
from vae_core.data.pictures import SUFFIXES, open_picture
from vae_core.data.split import held_out_mask
from vae_core.errors import DataError, DataMissingError

MAX_FILES = 100_000
MAX_ENTRIES = 2 * MAX_FILES  # of any kind that are looked at
MAX_NPZ_BYTES = 2**31  # unpacked
DEFAULT_SIDE = 32  # pixels, when pictures differ in size or are too large


def load_folder(folder: Path, split: Split) -> ImageSet:
    """Read pictures from `folder`; its subfolders, if any, are the classes.

    With subfolders named `train` and `test` those are the splits, else a fifth of each class
    is held out. Pictures that all have one size from 8 to 64 pixels keep it; others are
    cropped to their middle square and resized to 32x32. Grey if all are grey, else colour.
    Classes, size and colour are those of both splits together, so that the two agree.
    """
    splits: tuple[Split, Split] = ("train", "test")
    is_split = all((folder / name).is_dir() for name in splits)
    roots = [folder / name for name in splits] if is_split else [folder]
    found = [_picture_paths(root) for root in roots]
    pictures = [_open_picture(path) for paths, _ in found for path in paths]
    names = [name for _, own_names in found for name in own_names]
    mode = "L" if all(p.mode == "L" for p in pictures) else "RGB"
    sizes = {p.size for p in pictures}
    width, height = next(iter(sizes))
    if len(sizes) > 1 or not (min(width, height) >= MIN_SIDE and max(width, height) <= MAX_SIDE):
        pictures = [_to_default_size(p) for p in pictures]
    stacked = np.stack([np.asarray(p.convert(mode)) for p in pictures])
    classes = tuple(sorted(set(names)))
    labels = np.array([classes.index(name) for name in names])
    images = _channels_first(stacked, str(folder))
    if not is_split:
        return _pick_split(images, labels, classes, str(folder), split)
    n_train = len(found[0][0])
    chosen = slice(None, n_train) if split == "train" else slice(n_train, None)
    return _image_set(images[chosen], labels[chosen], classes, str(folder))


def _picture_paths(root: Path) -> tuple[list[Path], list[str]]:
    """Pictures under `root` and the class of each, in alphabetical order."""
    visited = islice(root.rglob("*"), MAX_ENTRIES)  # "/" is a folder too
    paths = sorted(
        p for p in visited if p.suffix.lower() in SUFFIXES and p.is_file() and not p.is_symlink()
    )
    if not paths:
        raise DataMissingError(
            f"No pictures under {root}: expected .png, .jpg or .webp files, one subfolder a class."
        )
    if len(paths) > MAX_FILES:
        raise DataError(f"{root} holds {len(paths)} pictures; at most {MAX_FILES} are read.")
    return paths, [p.relative_to(root).parts[0] if p.parent != root else "images" for p in paths]


def _open_picture(path: Path) -> Image.Image:
    """One picture; a large one is shrunk, since it makes all 32x32."""
    picture = open_picture(path, str(path))
    return picture if max(picture.size) <= MAX_SIDE else _to_default_size(picture)


def _to_default_size(picture: Image.Image) -> Image.Image:
    """The middle square, resized."""
    return ImageOps.fit(picture, (DEFAULT_SIDE, DEFAULT_SIDE), Image.Resampling.LANCZOS)


def load_npz(path: Path, split: Split) -> ImageSet:
    """Read images from an .npz file.

    It holds `images` of shape (N, H, W), (N, H, W, C) or (N, C, H, W), uint8 or floats in
    [0, 1], and optionally `labels` (N,) and `classes`. A fifth of each class is held out.
    """
    arrays = _read_npz(path)
    if "images" not in arrays:
        raise DataError(f"{path} has no array called 'images', only {quote(sorted(arrays))}.")
    if not arrays["images"].size:
        raise DataError(f"{path} holds too few images (0) to set any aside.")
    images = _channels_first(_to_uint8(arrays["images"], path), str(path))
    labels = arrays.get("labels", np.zeros(len(images), dtype=np.int64))
    if labels.shape != (len(images),) or labels.dtype.kind not in "iu":
        raise DataError(
            f"{path}: 'labels' must be {len(images)} whole numbers, one an image, not "
            f"{labels.dtype} of shape {labels.shape}."
        )
    values = np.unique(labels)
    names = arrays.get("classes")
    if names is not None and names.ndim != 1:
        raise DataError(f"{path}: 'classes' must be a list of names.")
    if names is None:
        classes = tuple(str(v) for v in values)
        labels = np.searchsorted(values, labels)
    else:
        classes = tuple(str(name) for name in names)
        if values.min() < 0 or values.max() >= len(classes):
            raise DataError(f"{path}: labels reach {values.max()}, but {len(classes)} classes.")
    return _pick_split(images, labels.astype(np.int64), classes, str(path), split)


def _read_npz(path: Path) -> dict[str, npt.NDArray[np.generic]]:
    """All arrays of an .npz, after checking what unpacking it would take."""
    try:
        with zipfile.ZipFile(path) as archive:
            unpacked = sum(item.file_size for item in archive.infolist())
        if unpacked > MAX_NPZ_BYTES:
            raise DataError(
                f"{path} would unpack to {unpacked} bytes; at most {MAX_NPZ_BYTES} are read."
            )
        with np.load(path, allow_pickle=False) as loaded:
            arrays = {name: loaded[name] for name in loaded.files}
        if not all(isinstance(array, np.ndarray) for array in arrays.values()):
            raise ValueError("a member is not an array")
        return arrays
    except FileNotFoundError as err:
        raise DataMissingError(f"There is no file {path}.") from err
    except (
        OSError,
        ValueError,
        EOFError,
        MemoryError,
        RuntimeError,  # a password; NotImplementedError for a method of packing
        zlib.error,
        zipfile.BadZipFile,
    ) as err:
        raise DataError(f"{path} is not a readable .npz file of plain arrays.") from err


def _to_uint8(images: npt.NDArray[np.generic], path: Path) -> npt.NDArray[np.uint8]:
    if images.dtype == np.uint8:
        return images.astype(np.uint8)
    if images.dtype.kind != "f":
        raise DataError(f"{path}: 'images' must be uint8 or floats in [0, 1], not {images.dtype}.")
    floats = images.astype(np.float64)
    low, high = floats.min(), floats.max()  # NaN if any of them is
    if not (low >= 0 and high <= 1):
        raise DataError(
            f"{path}: floating-point images must lie in [0, 1], but reach from {low:g} to {high:g}."
        )
    scaled: npt.NDArray[np.uint8] = (floats * 255).round().astype(np.uint8)
    return scaled


def _channels_first(images: npt.NDArray[np.uint8], where: str) -> npt.NDArray[np.uint8]:
    """(N, C, H, W) from any of the three accepted orders."""
    if images.ndim == 3:
        images = images[:, None]
    elif images.ndim == 4 and images.shape[1] not in CHANNELS and images.shape[3] in CHANNELS:
        images = images.transpose(0, 3, 1, 2)
    fits = images.ndim == 4 and images.shape[1] in CHANNELS
    if not fits or not all(MIN_SIDE <= side <= MAX_SIDE for side in images.shape[2:]):
        raise DataError(
            f"{where}: images must be grey or colour, {MIN_SIDE} to {MAX_SIDE} pixels a side; "
            f"found an array of shape {images.shape}."
        )
    return np.ascontiguousarray(images)


def _pick_split(
    images: npt.NDArray[np.uint8],
    labels: npt.NDArray[np.int64],
    classes: tuple[str, ...],
    name: str,
    split: Split,
) -> ImageSet:
    """One split of images that come in one piece."""
    found = _image_set(images, labels, classes, name)
    chosen = torch.nonzero(held_out_mask(found.labels) == (split == "test")).flatten()
    if not len(chosen):
        raise DataError(f"{name} holds too few images ({len(images)}) to set any aside.")
    return found.subset(chosen)


def _image_set(
    images: npt.NDArray[np.uint8],
    labels: npt.NDArray[np.int64],
    classes: tuple[str, ...],
    name: str,
) -> ImageSet:
    return ImageSet(torch.from_numpy(images), torch.from_numpy(labels), classes, name)
