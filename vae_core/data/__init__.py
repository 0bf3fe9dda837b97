"""Data sets by name or path, each as one `ImageSet` in memory.

`mnist`, `fashion-mnist`, `kmnist`, `emnist-letters` lie in torchvision's layout under
`VAE_DATA_DIR` (default `data/`); `digits` comes with scikit-learn; `own:NAME` was brought to the
app and lies in `VAE_OWN_DIR` (default `own/`); anything else is the path of a folder or a zip of
pictures, or of an .npz or .npy file.
"""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from typing import get_args

from vae_core.data.arrays import image_set as image_set
from vae_core.data.idx import IDX_SOURCES, Split, download_idx, load_digits, load_idx
from vae_core.data.image_set import ImageSet as ImageSet
from vae_core.data.image_set import to_unit as to_unit
from vae_core.data.kept import PREFIX, kept_names, kept_path
from vae_core.data.own import FILE_SUFFIXES, read_path
from vae_core.errors import ConfigError, DataMissingError

DATASETS = (*IDX_SOURCES, "digits")


def default_data_dir() -> Path:
    """The folder of the downloadable data sets: `VAE_DATA_DIR`, else `data`."""
    return Path(os.environ.get("VAE_DATA_DIR") or "data")


def load_images(name: str, split: Split = "test", data_dir: str | Path | None = None) -> ImageSet:
    """Load one split of a data set.

    Args:
        name: One of `DATASETS`, `own:NAME`, or the path of a folder or of a .zip, .npz or .npy
            file.
        split: "train", or "test" for the held-out images.
        data_dir: Instead of `default_data_dir()`.

    Raises:
        ConfigError: The name is neither a data set nor a path.
        DataMissingError: The data set is not on this machine.
        DataError: It is damaged.
    """
    if split not in get_args(Split):
        raise ConfigError(f"Unknown split {split!r}; choose train or test.")
    root = default_data_dir() if data_dir is None else Path(data_dir)
    if name in IDX_SOURCES:
        return load_idx(name, split, root)
    if name == "digits":
        return load_digits(split)
    path = own_path(name)
    if path is None:
        known = ", ".join((*DATASETS, *kept_names()))
        raise ConfigError(
            f"Unknown data set {name[:80]!r}; choose one of {known}, "
            "or give the path of a folder of pictures, or of a .zip, .npz or .npy file."
        )
    if name.startswith(PREFIX) and not path.is_file():
        raise DataMissingError(
            f"The data set {name} is not on this machine: there is no {path}. Add it again on "
            "the Train page, under the same name."
        )
    return read_path(path).split(split, name if name.startswith(PREFIX) else str(path))


def own_path(name: str) -> Path | None:
    """Where a data set of one's own lies, or would; None for a name that is none of one."""
    if (kept := kept_path(name)) is not None:
        return kept
    with suppress(OSError, RuntimeError, ValueError):  # names that no file can have
        path = Path(name).expanduser()
        with suppress(FileNotFoundError, NotADirectoryError):
            path.stat()  # tells a file that is not there from a name that none can have
        if name and (path.suffix.lower() in FILE_SUFFIXES or path.is_dir()):
            return path
    return None


def is_downloadable(name: str) -> bool:
    """Whether `download` knows where to fetch `name`."""
    return name in IDX_SOURCES


def download_size(name: str) -> str:
    """Size of the download in words, such as "11 MB"; `name` must be downloadable."""
    return IDX_SOURCES[name].size


def download(name: str, data_dir: str | Path | None = None) -> None:
    """Fetch a data set if it is not there yet; only ever called because a person asked.

    Raises:
        ConfigError: `name` is not a downloadable data set.
        DataError: Nothing could be fetched; said within 10 seconds of a dead network.
    """
    if name not in IDX_SOURCES:
        raise ConfigError(f"{name!r} cannot be fetched; only {', '.join(IDX_SOURCES)} can.")
    root = default_data_dir() if data_dir is None else Path(data_dir)
    try:
        load_idx(name, "train", root)
        load_idx(name, "test", root)
    except DataMissingError:
        download_idx(name, root)


__all__ = [
    "DATASETS",
    "ImageSet",
    "Split",
    "default_data_dir",
    "download",
    "download_size",
    "image_set",
    "is_downloadable",
    "load_images",
    "own_path",
    "to_unit",
]
