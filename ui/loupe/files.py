"""The files of the components, which travel within their messages."""

from __future__ import annotations

from pathlib import Path

FOLDER = Path(__file__).parent


def read(*names: str, folder: Path = FOLDER) -> str:
    """Some of them, or of another folder, one after the other."""
    return "\n".join((folder / name).read_text(encoding="utf-8") for name in names)
