"""What the page shows: a model, some of its images, and a map of them."""

from __future__ import annotations

from dataclasses import dataclass

from ui import cache
from ui.cache import Batch
from ui.catalogue import Entry
from ui.keys import BatchKey, MapKey
from ui.parts import Part
from ui.view import View
from vae_core.checkpoints import Checkpoint
from vae_core.projection import Plane


@dataclass(frozen=True, eq=False)
class Exhibit:
    """A model, images, and a map of them.

    Attributes:
        entry: The model's file.
        loaded: The model.
        batch_key: Which images are on the map.
        shown: They themselves.
        map_key: Which map.
        fitted: Its plane.
        part: Of the data set, that the images are chosen from.
        part_size: Images in it.
    """

    entry: Entry
    loaded: Checkpoint
    batch_key: BatchKey
    shown: Batch
    map_key: MapKey
    fitted: Plane
    part: Part
    part_size: int


def exhibit_of(entry: Entry, view: View) -> Exhibit:
    """What a view shows of a model."""
    file = (entry.path, entry.mtime)
    is_live = cache.images(entry.header.dataset, "test") is not None
    batch_key = BatchKey(*file, view.batch_size, view.seed, is_live)
    map_key = MapKey.of(entry, view)
    return Exhibit(
        entry,
        cache.checkpoint(*file),
        batch_key,
        cache.batch(batch_key),
        map_key,
        cache.plane(map_key),
        *cache.part_of(*file, view.batch_size),
    )
