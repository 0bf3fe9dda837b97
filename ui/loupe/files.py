"""The files of the components, which travel within their messages."""

from __future__ import annotations

from pathlib import Path

FOLDER = Path(__file__).parent


def read(*names: str) -> str:
    """Some of them, one after the other."""
    return "\n".join((FOLDER / name).read_text(encoding="utf-8") for name in names)
