"""Writing a file so that a reader sees the old one or the whole new one, never half."""

from __future__ import annotations

import errno
import os
import shutil
import tempfile
from pathlib import Path

SPARE = 2**30  # bytes of the disk that are left to others


def require_space(folder: Path, n_bytes: int) -> None:
    """Raises OSError where so many bytes more would leave the disk nearly full."""
    if shutil.disk_usage(folder).free < n_bytes + SPARE:
        raise OSError(errno.ENOSPC, "the disk is nearly full")


def write_atomically(path: Path, data: bytes, *, is_new: bool = False) -> None:
    """Replace `path` by `data`, durably; creates the folder.

    Raises:
        FileExistsError: It is there already and should be new.
        OSError: It cannot be written.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, name = tempfile.mkstemp(prefix=".tmp-", dir=path.parent)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        Path(name).chmod(0o644)  # mkstemp's 0600 would hide a shared model from its readers
        if is_new:
            os.link(name, path)  # unlike a look beforehand, this cannot be overtaken
            Path(name).unlink()
        else:
            Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    if os.name == "nt":  # Windows cannot open a folder, and needs no such care
        return
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
