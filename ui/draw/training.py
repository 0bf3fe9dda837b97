"""The codes of all training images, for the nearest of them.

Encoding them takes seconds to minutes, so a thread does it once for each model, and nobody waits.
"""

from __future__ import annotations

from functools import partial
from threading import Thread

import streamlit as st

from ui import cache
from ui.catalogue import Entry
from vae_core import encode
from vae_core.checkpoints import Checkpoint
from vae_core.data import ImageSet
from vae_core.encoding import LatentSet
from vae_core.errors import VaeCoreError

PATIENCE = 0.2  # seconds that the first to ask waits: small data sets are ready by then
_shared = partial(st.cache_resource, show_spinner=False)


class Encoding(Thread):
    """Encodes images in the background; `latents` is None until all are done."""

    def __init__(self, loaded: Checkpoint, images: ImageSet) -> None:
        super().__init__(name="encode-training-images", daemon=True)
        self.loaded, self.images = loaded, images
        self.latents: LatentSet | None = None

    def run(self) -> None:
        """Encode them all."""
        try:
            self.latents = encode(self.loaded.model, self.images)
        except VaeCoreError:  # the page has said why these images and this model do not go together
            return


def codes(entry: Entry) -> tuple[ImageSet, LatentSet] | None:
    """The training images and their codes; None while they are encoded, or without them."""
    loaded = cache.checkpoint(entry.path, entry.mtime)
    images = cache.images(loaded.dataset, "train")
    if images is None:
        return None
    encoding = _encoding(entry.path, entry.mtime, loaded.dataset.name)
    return None if encoding.latents is None else (images, encoding.latents)


@_shared(max_entries=8)
def _encoding(path: str, mtime: int, dataset: str) -> Encoding:
    loaded = cache.checkpoint(path, mtime)
    images = cache.images(loaded.dataset, "train")
    assert images is not None
    encoding = Encoding(loaded, images)
    encoding.start()
    encoding.join(PATIENCE)
    return encoding
