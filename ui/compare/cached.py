"""What is computed once for this page and then shown to everyone.

Bounded caches, keyed by plain values, as in `ui.cache`.
"""

from __future__ import annotations

from functools import partial

import numpy as np
import numpy.typing as npt
import streamlit as st

from ui import cache
from ui.keys import BatchKey
from ui.loupe import GRID_BYTES, pack
from ui.samples import Pictures, judged
from vae_core import decode, interpolate
from vae_core.metrics.holes import drawn_in_holes
from vae_core.metrics.paired import Score, scores_of

STEPS = 8  # of a path, both ends included
ORIGINALS = "compare_originals"  # where the page looks for the images themselves
_shared = partial(st.cache_resource, show_spinner=False)


@_shared(max_entries=32)
def path_between(path: str, mtime: int, first: int, last: int) -> Pictures:
    """The straight way from the code of one held-out image to that of another."""
    loaded = cache.checkpoint(path, mtime)
    ends = loaded.latents.mu[[first, last]].double().numpy()
    codes = interpolate(loaded.model, ends[0], ends[1], STEPS)
    return judged((path, mtime), codes.astype(np.float64), decode(loaded.model, codes).numpy())


@_shared(max_entries=32)
def in_holes(path: str, mtime: int) -> npt.NDArray[np.float64]:
    """For each of many draws from the prior, 1 if it lies in a hole, else 0."""
    return drawn_in_holes(cache.neighbourhood(path, mtime)).astype(np.float64)


@_shared(max_entries=32)
def scores(key: BatchKey) -> dict[Score, npt.NDArray[np.float64]]:
    """Scores of each image of a batch of held-out ones."""
    loaded, shown = cache.checkpoint(key.path, key.mtime), cache.batch(key)
    source = cache.images(loaded.dataset, "test") if shown.is_live else None
    images = None if source is None else source.subset(shown.indices)
    return scores_of(loaded.model, loaded.latents, shown.indices, images)


@_shared(max_entries=4)
def originals(key: BatchKey) -> bytes | None:
    """The images of a batch for the cursor, their indices as nodes; None if there are too many."""
    shown = cache.batch(key)
    source = cache.images(cache.checkpoint(key.path, key.mtime).dataset, "test")
    if source is None or not shown.is_live:
        return None
    return _album(source.images[shown.indices].numpy(), shown.indices, ORIGINALS)


@_shared(max_entries=8)
def decoded_images(key: BatchKey, chart: str) -> bytes | None:
    """The same, each decoded from its own code: of two numbers of many a grid knows too little.

    None for models whose map is all there is of latent space, and if there are too many.
    """
    loaded, shown = cache.checkpoint(key.path, key.mtime), cache.batch(key)
    channels, height, width = loaded.config.image_shape
    if loaded.config.latent_dim <= 2 or _is_too_large(len(shown.indices), channels, height, width):
        return None
    images = decode(loaded.model, loaded.latents.mu[shown.indices].numpy()).numpy()
    return _album(images, shown.indices, chart)


def _is_too_large(*shape: int) -> bool:
    return int(np.prod(shape)) > GRID_BYTES


def _album(
    images: npt.NDArray[np.floating] | npt.NDArray[np.uint8],
    indices: npt.NDArray[np.int64],
    name: str,
) -> bytes | None:
    if _is_too_large(*images.shape):
        return None
    return pack(images[None], indices.astype(np.float64), np.zeros(1), name, "")
