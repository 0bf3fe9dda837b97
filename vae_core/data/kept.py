"""Data sets that visitors of the app bring: one .npz file each, in a folder of their own.

They are called `own:NAME` wherever a data set is named, so that a model tells no path of the
machine that it was trained on, and finds its images on any that keeps them under this name.
"""

from __future__ import annotations

import os
import re
from io import BytesIO
from pathlib import Path

import numpy as np

from vae_core.data.own import OwnImages
from vae_core.errors import DataError, DataMissingError
from vae_core.files import require_space, write_atomically

PREFIX, SUFFIX = "own:", ".npz"
NAME = re.compile(r"[A-Za-z0-9_-]{1,60}")
MAX_KEPT = 20
MAX_BYTES = 2**31  # of all of them together
MIN_HELD_OUT = 3  # fewer codes make no map


def own_dir() -> Path:
    """The folder of these data sets: `VAE_OWN_DIR`, else `own`."""
    return Path(os.environ.get("VAE_OWN_DIR") or "own")


def kept_path(name: str) -> Path | None:
    """The file of the data set called `own:NAME`; None for any other name."""
    stem = name.removeprefix(PREFIX)
    return own_dir() / f"{stem}{SUFFIX}" if stem != name and NAME.fullmatch(stem) else None


def kept_names() -> list[str]:
    """All that are kept, as `own:NAME`, in alphabetical order."""
    stems = sorted(path.stem for path in own_dir().glob(f"*{SUFFIX}") if path.is_file())
    return [f"{PREFIX}{stem}" for stem in stems if NAME.fullmatch(stem)]


def keep(images: OwnImages, name: str) -> str:
    """Keep a data set; nothing that is there is ever replaced.

    Args:
        images: All of it.
        name: 1 to 60 letters, digits, dashes and underscores.

    Returns:
        What it is called from now on, `own:NAME`.

    Raises:
        DataError: The name cannot be a file's or is taken, there are too few images, or there
            is no room.
    """
    if not NAME.fullmatch(name):
        raise DataError(
            "A data set's name has 1 to 60 letters, digits, dashes and underscores, and nothing "
            "else."
        )
    require_enough(images)
    folder = own_dir()
    target = folder / f"{name}{SUFFIX}"
    data = _to_npz(images)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        there = [path.stat().st_size for path in folder.glob(f"*{SUFFIX}")]
        if len(there) >= MAX_KEPT or sum(there) + len(data) > MAX_BYTES:
            raise DataError(
                f"There is no room: {MAX_KEPT} data sets of {MAX_BYTES // 2**20} MB in all are "
                "kept; delete one first."
            )
        require_space(folder, len(data))
        write_atomically(target, data, is_new=True)
    except FileExistsError:
        raise DataError(
            f"There is a data set called {name} already; choose another name."
        ) from None
    except OSError as err:
        raise DataError(f"{name} could not be kept: {err.strerror}.") from err
    return f"{PREFIX}{name}"


def require_enough(images: OwnImages) -> None:
    """Raises DataError where too few images are held out to make a map."""
    n, n_held_out = len(images.images), int(images.held_out.sum())
    if n_held_out < MIN_HELD_OUT:
        raise DataError(
            f"Of {n} image{'' if n == 1 else 's'} {n_held_out} would be held out, but a map needs "
            f"at least {MIN_HELD_OUT}: add more; 15 of a class are enough."
        )
    if n_held_out == n:
        raise DataError(f"All {n} images are held out, and none is left to train on.")


def delete(name: str) -> None:
    """Delete the data set called `own:NAME`.

    Raises:
        DataMissingError: There is none.
        DataError: It cannot be deleted.
    """
    path = kept_path(name)
    try:
        if path is None:
            raise FileNotFoundError
        path.unlink()
    except FileNotFoundError:
        raise DataMissingError(f"There is no data set {name} any more.") from None
    except OSError as err:
        raise DataError(f"{name} could not be deleted: {err.strerror}.") from err


def _to_npz(images: OwnImages) -> bytes:
    """Not packed: reading is what has to be quick."""
    buffer = BytesIO()
    np.savez(
        buffer,
        allow_pickle=False,
        images=images.images,
        labels=images.labels,
        classes=np.array(images.classes, dtype=np.str_),
        held_out=images.held_out,
    )
    return buffer.getvalue()
