"""Keys of the caches: plain values that tell maps, choices of images and looks apart."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple
from zlib import crc32

from ui.catalogue import Entry
from ui.view import Colour, View
from vae_core.projection import Basis


class MapKey(NamedTuple):
    """Tells one map from another, whatever batch is on it.

    `onto` is the file of another model, and when it was written, if the map is turned to lie as
    the other model's does.
    """

    path: str
    mtime: int
    axes: tuple[int, int]
    basis: Basis
    onto: tuple[str, int] | None = None

    @classmethod
    def of(cls, entry: Entry, view: View) -> MapKey:
        """The map that a view shows of a model."""
        return cls(entry.path, entry.mtime, view.axes, view.basis)

    @property
    def name(self) -> str:
        """The same as text, for the browser; short, since it goes to and fro with every click."""
        return f"{Path(self.path).stem} {crc32(repr(tuple(self)).encode()):x}"


class BatchKey(NamedTuple):
    """Tells one choice of images, encoded by one model, from another."""

    path: str
    mtime: int
    size: int
    seed: int
    is_live: bool


class Look(NamedTuple):
    """How the points of a map are drawn; see `View` for the first three."""

    colour: Colour
    classes: tuple[int, ...]
    fade: bool
    theme: str
