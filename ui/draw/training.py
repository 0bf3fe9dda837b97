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
    """Encodes images in the background.

    Attributes:
        images: The images.
        latents: None until all are encoded.
        problem: If it ends without them: why, in a sentence.
    """

    def __init__(self, loaded: Checkpoint, images: ImageSet) -> None:
        super().__init__(name="encode-training-images", daemon=True)
        self.loaded, self.images = loaded, images
        self.latents: LatentSet | None = None
        self.problem = "The server's log says why."  # of an error that nobody thought of

    def run(self) -> None:
        """Encode them all."""
        try:
            self.latents = encode(self.loaded.model, self.images)
        except VaeCoreError as err:
            self.problem = str(err)


def encoding(entry: Entry) -> Encoding | None:
    """The encoding of the training images, begun if need be; None if they are not here."""
    loaded = cache.checkpoint(entry.path, entry.mtime)
    if cache.images(loaded.dataset, "train") is None:
        return None
    name = loaded.dataset.name
    found: Encoding = _encoding(entry.path, entry.mtime, name, cache.stamp(name))
    return found


@_shared(max_entries=8)
def _encoding(path: str, mtime: int, dataset: str, stamp: int) -> Encoding:
    loaded = cache.checkpoint(path, mtime)
    images = cache.images(loaded.dataset, "train")
    assert images is not None
    encoding = Encoding(loaded, images)
    encoding.start()
    encoding.join(PATIENCE)
    return encoding
