"""Zip archives from strangers: what is in one is looked at before any of it is unpacked.

Names in it are never used as paths, sizes it declares are never believed, and a member is
unpacked into memory, by itself, up to a limit.
"""

from __future__ import annotations

import re
import stat
import tokenize
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import PurePosixPath
from typing import BinaryIO

from vae_core.config import quote
from vae_core.data.fitting import MAX_FILES
from vae_core.data.pictures import MAX_PICTURE_BYTES, SUFFIXES
from vae_core.errors import DataError

PACKINGS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)  # the others unpack without a limit
ARCHIVES = {".zip", ".tar", ".gz", ".tgz", ".bz2", ".xz", ".7z", ".rar"}
CLUTTER = {"thumbs.db", "desktop.ini"}
ENTRY = b"PK\x01\x02"  # begins what the archive says of each member
DRIVE = re.compile("[A-Za-z]:")
CHUNK = 2**20
DAMAGED = (
    OSError,
    ValueError,
    EOFError,
    RuntimeError,  # a password; NotImplementedError for what this Python cannot unpack
    IndexError,
    SyntaxError,  # numpy reads a header as Python's literals
    tokenize.TokenError,
    zlib.error,
    zipfile.BadZipFile,
    zipfile.LargeZipFile,
)
Parts = tuple[str, ...]


@contextmanager
def opened(file: BinaryIO, where: str) -> Iterator[zipfile.ZipFile]:
    """The archive in `file`; whatever goes wrong with it is a DataError that names it."""
    if count(file, ENTRY) > MAX_FILES:  # each takes memory as soon as the archive is opened
        raise DataError(f"{where} holds more than {MAX_FILES} files; pack fewer.")
    try:
        with zipfile.ZipFile(file) as archive:
            _require_honest(archive, where)
            yield archive
    except DAMAGED as err:
        raise DataError(f"{where} is not a readable zip archive; make it anew.") from err


def count(file: BinaryIO, sign: bytes) -> int:
    """How often it occurs in the file."""
    found, before = 0, b""
    file.seek(0)
    while chunk := file.read(CHUNK):
        found += (before + chunk).count(sign)
        before = chunk[1 - len(sign) :]
    file.seek(0)
    return found


def _require_honest(archive: zipfile.ZipFile, where: str) -> None:
    """Raise DataError for an archive that no ordinary program makes."""
    seen = set()
    for info in archive.infolist():
        name = quote(info.filename)
        parts = _parts(info.filename)
        if ".." in parts or parts[:1] == ("/",) or (parts and DRIVE.fullmatch(parts[0])):
            raise DataError(
                f"{where} holds a name that leads out of it, {name}; pack one folder, anew."
            )
        if info.filename in seen:
            raise DataError(f"{where} holds {name} twice; make it anew.")
        seen.add(info.filename)
        if info.flag_bits & 1:
            raise DataError(f"{where} is locked with a password; make one without.")
        if info.compress_type not in PACKINGS:
            raise DataError(f"{where} is packed in an unusual way; make an ordinary zip archive.")


def _parts(name: str) -> Parts:
    """Folders and file, of archives made on any system."""
    return PurePosixPath(name.replace("\\", "/")).parts


def pictures(archive: zipfile.ZipFile, where: str) -> tuple[dict[Parts, zipfile.ZipInfo], int]:
    """The pictures of an archive by their place in it, and how many other files it holds.

    Hidden files and links are no pictures.

    Raises:
        DataError: There are none.
    """
    found, others, inner = {}, 0, ""
    for info in archive.infolist():
        parts = _parts(info.filename)
        if info.is_dir() or not parts or is_clutter(parts):
            continue
        suffix = PurePosixPath(parts[-1]).suffix.lower()
        if suffix in SUFFIXES and not stat.S_ISLNK(info.external_attr >> 16):
            found[parts] = info
        else:
            others += 1
            inner = inner or (info.filename if suffix in ARCHIVES else "")
    if not found and inner:
        raise DataError(f"{where} holds another archive, {quote(inner)}; unpack that first.")
    if not found:
        raise DataError(
            f"{where} holds no pictures: expected .png, .jpg or .webp files, one folder a class."
        )
    return found, others


def is_clutter(parts: Parts) -> bool:
    """Whether a system left this file there, and not a person."""
    return (
        "__MACOSX" in parts
        or any(part.startswith(".") for part in parts)
        or parts[-1].lower() in CLUTTER
    )


def unpacked(archive: zipfile.ZipFile, info: zipfile.ZipInfo, where: str) -> BinaryIO:
    """One picture's file; raises DataError if it is larger than any is read."""
    with archive.open(info) as member:
        data = member.read(MAX_PICTURE_BYTES + 1)
    if len(data) > MAX_PICTURE_BYTES:
        raise DataError(
            f"{quote(info.filename)} in {where} is larger than {MAX_PICTURE_BYTES // 2**20} MB; "
            "make it smaller."
        )
    return BytesIO(data)
