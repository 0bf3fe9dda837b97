"""What a visitor uploads, read within limits; bounded, as in `ui.cache`."""

from __future__ import annotations

import re
import threading
from functools import partial
from pathlib import PurePosixPath
from typing import NamedTuple

import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from vae_core.data.kept import require_enough
from vae_core.data.own import FILE_SUFFIXES, OwnImages, read_file, read_pictures
from vae_core.data.pictures import SUFFIXES
from vae_core.errors import DataError

MAX_MB = 64  # of everything that is uploaded at once
MAX_PICTURES = 2000  # one by one; each is a request of its own
_shared = partial(st.cache_resource, show_spinner=False)


class Reading(NamedTuple):
    """The images of an upload; None if they cannot be read, and then why."""

    images: OwnImages | None
    problem: str = ""


def read(files: list[UploadedFile], side: int) -> Reading:
    """Read all files as one data set; resized images get `side` pixels."""
    found: Reading = _read(tuple(file.file_id for file in files), side, files)
    return found


def forget() -> None:
    """Keep no images in memory that nobody looks at any more."""
    _read.clear()


@_shared(max_entries=1)
def _turn() -> threading.Lock:
    """One upload is read at a time: many at once would fill the memory."""
    return threading.Lock()


@_shared(max_entries=2)
def _read(ids: tuple[str, ...], side: int, _files: list[UploadedFile]) -> Reading:
    try:
        with _turn():
            found = _images(_files, side)
        require_enough(found)
    except DataError as err:
        return Reading(None, str(err))
    return Reading(found)


def _images(files: list[UploadedFile], side: int) -> OwnImages:
    if sum(file.size for file in files) > MAX_MB * 2**20:
        raise DataError(f"These files are larger than {MAX_MB} MB together; take fewer.")
    if len(files) == 1 and _suffix(files[0]) not in SUFFIXES:
        return read_file(files[0], files[0].name, side=side)
    if any(_suffix(file) in FILE_SUFFIXES for file in files) and not _has_folders(files):
        raise DataError(
            "These are too many files: choose one .zip, .npz or .npy file, or pictures only."
        )
    if len(files) > MAX_PICTURES:
        raise DataError(
            f"These are {len(files)} files; at most {MAX_PICTURES} are read one by one. Pack them "
            "into a zip archive."
        )
    names = [file.name for file in files]
    if not _has_folders(files):  # two of them may have one name
        names = [f"{number} {name}" for number, name in enumerate(names)]
    pictures = {name: file.getvalue() for name, file in zip(names, files, strict=True)}
    return read_pictures(pictures, name_for(files), side=side)


def _has_folders(files: list[UploadedFile]) -> bool:
    """Whether they come from a folder: their names then begin with it."""
    return any("/" in file.name for file in files)


def _suffix(file: UploadedFile) -> str:
    return PurePosixPath(file.name).suffix.lower()


def name_for(files: list[UploadedFile]) -> str:
    """A name for a data set that comes in these files, whatever they are called."""
    first = files[0].name.replace("\\", "/")
    is_many = len(files) > 1 and "/" not in first
    words = "pictures" if is_many else PurePosixPath(first.split("/")[0]).stem
    return re.sub(r"[^A-Za-z0-9_-]+", "-", words).strip("-")[:60] or "pictures"
