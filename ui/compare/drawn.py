"""What is computed once for this page and then shown to everyone.

Bounded caches, keyed by plain values, as in `ui.cache`.
"""

from __future__ import annotations

from functools import partial
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import streamlit as st

from ui import cache
from ui.keys import BatchKey
from ui.loupe import GRID_BYTES, pack
from vae_core import decode, interpolate, sample_prior
from vae_core.metrics.holes import drawn_in_holes
from vae_core.metrics.paired import Score, scores_of

SAMPLES = 16  # draws from the prior that are shown
STEPS = 8  # of a path, both ends included
ORIGINALS = "compare_originals"  # where the page looks for the images themselves
_shared = partial(st.cache_resource, show_spinner=False)


class Decoded(NamedTuple):
    """Images in [0, 1], (N, C, H, W), and whether data lives at their codes, (N,)."""

    images: npt.NDArray[np.floating]
    where: npt.NDArray[np.str_]


@_shared(max_entries=32)
def samples(path: str, mtime: int, seed: int) -> Decoded:
    """Draws from the prior; for models of equal D the same codes."""
    drawn = sample_prior(cache.checkpoint(path, mtime).model, SAMPLES, seed)
    return Decoded(drawn.images.numpy(), cache.neighbourhood(path, mtime).support(drawn.z).label)


@_shared(max_entries=32)
def path_between(path: str, mtime: int, first: int, last: int) -> Decoded:
    """The straight way from the code of one held-out image to that of another."""
    loaded = cache.checkpoint(path, mtime)
    ends = loaded.latents.mu[[first, last]].double().numpy()
    codes = interpolate(loaded.model, ends[0], ends[1], STEPS)
    where = cache.neighbourhood(path, mtime).support(codes).label
    return Decoded(decode(loaded.model, codes).numpy(), where)


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
    pixels = source.images[shown.indices].numpy()
    if pixels.nbytes > GRID_BYTES:
        return None
    return pack(pixels[None], shown.indices.astype(np.float64), np.zeros(1), ORIGINALS, "")
