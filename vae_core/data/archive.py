"""Zip archives from strangers: what is in one is looked at before any of it is unpacked.

Names in it are never used as paths, a member is unpacked into memory, by itself, up to a limit,
and never beyond the size that the archive declares: that alone is what all of them can take.
"""

from __future__ import annotations

import re
import stat
import tokenize
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import PurePosixPath
from typing import BinaryIO

from vae_core.config import quote
from vae_core.data.fitting import MAX_FILES, Limits
from vae_core.data.pictures import MAX_PICTURE_BYTES, SUFFIXES, UNREADABLE
from vae_core.errors import DataError

PACKINGS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)  # the others unpack without a limit
ARCHIVES = {".zip", ".tar", ".gz", ".tgz", ".bz2", ".xz", ".7z", ".rar"}
CLUTTER = {"thumbs.db", "desktop.ini"}
ENTRY = b"PK\x01\x02"  # begins what the archive says of each member
DRIVE = re.compile("[A-Za-z]:")
MAX_DEPTH = 20  # folders one in another
MAX_LENGTH = 1000  # characters of a name, with its folders
CHUNK = 2**20
DAMAGED = (
    *UNREADABLE,
    RuntimeError,  # a password; NotImplementedError for what this Python cannot unpack
    tokenize.TokenError,  # numpy reads a header as Python's literals
    zipfile.BadZipFile,
    zipfile.LargeZipFile,
)
Parts = tuple[str, ...]


@contextmanager
def opened(file: BinaryIO, where: str) -> Iterator[zipfile.ZipFile]:
    """The archive in `file`; raises DataError if it is damaged, or made to do harm."""
    if count(file, ENTRY) > MAX_FILES:  # each takes memory as soon as the archive is opened
        raise DataError(f"{where} holds more than {MAX_FILES} files; pack fewer.")
    with _reading(where):
        archive = zipfile.ZipFile(file)
    with archive:
        _require_honest(archive, where)
        yield archive


@contextmanager
def _reading(where: str) -> Iterator[None]:
    """What goes wrong with an archive itself is a DataError that names it."""
    try:
        yield
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
    seen: set[Parts] = set()
    for info in archive.infolist():
        name = quote(info.filename)
        if len(info.filename) > MAX_LENGTH:
            raise DataError(
                f"{where} holds a name of {len(info.filename)} characters, {name}; at most "
                f"{MAX_LENGTH} are read."
            )
        parts = to_parts(info.filename)
        if len(parts) > MAX_DEPTH + 1:
            raise DataError(
                f"{where} holds {len(parts) - 1} folders one in another, {name}; at most "
                f"{MAX_DEPTH} are read."
            )
        if ".." in parts or parts[:1] == ("/",) or (parts and DRIVE.fullmatch(parts[0])):
            raise DataError(
                f"{where} holds a name that leads out of it, {name}; pack one folder, anew."
            )
        if not info.is_dir():
            if parts in seen:
                raise DataError(f"{where} holds {name} twice; make it anew.")
            seen.add(parts)
        if info.flag_bits & 1:
            raise DataError(f"{where} is locked with a password; make one without.")
        if info.compress_type not in PACKINGS:
            raise DataError(f"{where} is packed in an unusual way; make an ordinary zip archive.")


def to_parts(name: str) -> Parts:
    """Folders and file, of archives made on any system."""
    return PurePosixPath(name.replace("\\", "/")).parts


def pictures(
    archive: zipfile.ZipFile, where: str, limits: Limits
) -> tuple[dict[Parts, zipfile.ZipInfo], int]:
    """The pictures of an archive by their place in it, and how many other files it holds.

    Hidden files and links are no pictures.

    Raises:
        DataError: There are none, or they would unpack to more than the limit.
    """
    found, others, inner = {}, 0, ""
    for info in archive.infolist():
        parts = to_parts(info.filename)
        if info.is_dir() or is_clutter(parts):
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
    # No more is unpacked of each than it declares, nor than a picture may take: see `unpacked`.
    n_bytes = sum(min(info.file_size, MAX_PICTURE_BYTES) for info in found.values())
    if n_bytes > limits.n_unpacked:
        raise DataError(
            f"{where} would unpack to {n_bytes // 2**20} MB of picture files; at most "
            f"{limits.n_unpacked // 2**20} MB are read. Pack fewer, or make them smaller."
        )
    return found, others


def is_clutter(parts: Parts) -> bool:
    """Whether a system left this file there, and not a person, or it has no name at all."""
    return (
        not parts
        or "__MACOSX" in parts
        or any(part.startswith(".") for part in parts)
        or parts[-1].lower() in CLUTTER
    )


def unpacked(archive: zipfile.ZipFile, info: zipfile.ZipInfo, where: str) -> BinaryIO:
    """One picture's file; raises DataError if it is larger than any is read."""
    with _reading(where), archive.open(info) as member:
        # Asked for more than is declared, it would unpack more, and throw that away unseen.
        data = member.read(min(MAX_PICTURE_BYTES, info.file_size) + 1)
    if len(data) > MAX_PICTURE_BYTES:
        raise DataError(
            f"{quote(info.filename)} in {where} is larger than {MAX_PICTURE_BYTES // 2**20} MB; "
            "make it smaller."
        )
    return BytesIO(data)
