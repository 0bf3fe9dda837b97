"""What takes time: the grid of a model, ways between two codes, decoded films.

Bounded caches, keyed by plain values, as in `ui.cache`.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import streamlit as st

from ui import cache
from ui.interpolate.trip import Trip
from vae_core import decode, fit_plane
from vae_core.decoding import picture_of
from vae_core.encoding import LatentSet
from vae_core.geodesics import Grid, image_grid, length
from vae_core.metrics.typicality import typicality
from vae_core.paths import Even, Kind, Walk, walk, way

FloatArray = npt.NDArray[np.float64]
Code = tuple[float, ...]
KINDS: tuple[Kind, ...] = ("straight", "spherical", "geodesic")
N_JUDGED = 101  # places of a way that are asked for data
N_FRAMES = 48  # of a film from A to B, at least
_shared = partial(st.cache_resource, show_spinner=False)


class WayKey(NamedTuple):
    """Tells the ways between two codes of one model from others."""

    path: str
    mtime: int
    a: Code
    b: Code


@dataclass(frozen=True, eq=False)
class Way:
    """A way from A to B.

    Attributes:
        codes: Its corners, shape (K, D).
        in_images: How far the picture travels along it; 1 is one pixel from black to white. None
            where pictures are not numbers.
        in_code: Its length in latent units.
        lonely: Share of it where no data is, 0 to 1.
    """

    codes: FloatArray
    in_images: float | None
    in_code: float
    lonely: float


@dataclass(frozen=True, eq=False)
class Film:
    """Decoded codes along a way and beyond its ends, N of them.

    Attributes:
        walked: Their codes, and which are A and B.
        images: In [0, 1], shape (N, C, H, W).
        near: Held-out images with codes near each, shape (N,).
        where: Whether data lives there: "inside", "edge" or "outside", shape (N,).
    """

    walked: Walk
    images: npt.NDArray[np.float32]
    near: npt.NDArray[np.int64]
    where: npt.NDArray[np.str_]

    @property
    def steps(self) -> range:
        """The frames that are steps."""
        return range(0, len(self.images), self.walked.between)


def kinds_for(n_dims: int) -> tuple[Kind, ...]:
    """Ways that differ: on a line there is but one."""
    return KINDS if n_dims > 1 else ("straight",)


@_shared(max_entries=8)
def grid(path: str, mtime: int) -> Grid | None:
    """How the pictures change over the map of a two-dimensional model; None for others."""
    loaded = cache.checkpoint(path, mtime)
    if loaded.config.latent_dim != 2:
        return None
    return image_grid(picture_of(loaded.model), fit_plane(loaded.latents.mu).extent)


@_shared(max_entries=64)
def ways(key: WayKey) -> dict[Kind, Way]:
    """All ways there are."""
    loaded = cache.checkpoint(key.path, key.mtime)
    picture, data = picture_of(loaded.model), cache.neighbourhood(key.path, key.mtime)
    found = {}
    for kind in kinds_for(len(key.a)):
        known = grid(key.path, key.mtime) if kind == "geodesic" else None
        codes = way(picture, key.a, key.b, kind, known)
        travelled = length(picture, codes)
        judged = walk(picture, codes, kind, steps=N_JUDGED).codes
        found[kind] = Way(
            codes,
            travelled if np.isfinite(travelled) else None,
            float(np.linalg.norm(np.diff(codes, axis=0), axis=1).sum()),
            float((data.support(judged).label == "outside").mean()),
        )
    return found


@_shared(max_entries=16)
def film(key: WayKey, kind: Kind, steps: int, even: Even, over: int) -> Film:
    """Steps along a way and the frames between them, decoded."""
    loaded = cache.checkpoint(key.path, key.mtime)
    between = -(-N_FRAMES // (steps - 1))
    walked = walk(
        picture_of(loaded.model), ways(key)[kind].codes, kind,
        steps=steps, even=even, over=over / 100, between=between,
    )  # fmt: skip
    images = decode(loaded.model, walked.codes).numpy()
    for index in (walked.first, walked.last):
        # By itself, as every other page decodes it: within a batch the last bit may differ.
        images[index] = decode(loaded.model, walked.codes[index : index + 1])[0].numpy()
    data = cache.neighbourhood(key.path, key.mtime)
    return Film(walked, images, data.count_near(walked.codes), data.support(walked.codes).label)


def film_of(key: WayKey, trip: Trip) -> Film:
    """The film that a trip asks for."""
    found: Film = film(key, trip.path, trip.steps, trip.even, trip.over)
    return found


@_shared(max_entries=16)
def first_pair(path: str, mtime: int) -> tuple[int, int]:
    """Two held-out images to begin with: the most typical of two classes that lie far apart.

    With one class alone its most typical and its strangest image.
    """
    latents = cache.checkpoint(path, mtime).latents
    labels = latents.labels.numpy()
    present = np.unique(labels)
    means = np.stack([latents.mu.numpy()[labels == label].mean(0) for label in present])
    far = int(np.square(means - means[0]).sum(1).argmax())
    first = _typical(latents, int(present[0]))
    if far == 0:
        return int(first[0]), int(first[-1])
    return int(first[0]), int(_typical(latents, int(present[far]))[0])


def _typical(latents: LatentSet, label: int) -> npt.NDArray[np.int64]:
    mates = np.flatnonzero(latents.labels.numpy() == label)
    share = np.nan_to_num(typicality(latents.subset(mates)))
    return mates[np.argsort(-share, kind="stable")]
