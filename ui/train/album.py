"""The album: the maps of all moments of a run, turned so that they follow on one another.

Codes of moment i, turned, are `codes @ turns[i]`; a place of the turned space is decoded at
`place @ turns[i].T`. Every moment keeps the same images, axes and ranges.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import pairwise
from math import floor, log10

import numpy as np
import numpy.typing as npt
import streamlit as st

from ui.frame import Ranges, is_strip, visible_ranges
from ui.images import tiled, to_png
from vae_core import decode, fit_plane, load_checkpoint
from vae_core.alignment import chained, drift, rotation_onto
from vae_core.checkpoints import Checkpoint
from vae_core.projection import Plane
from vae_core.runs import Frame

MAX_DOTS = 3000  # held-out images on the map, always the same ones
MAX_FRAMES = 120  # moments to go back to; of more, every second, fourth, …
SIDE = 16  # decoded images along each side of the manifold
STEPS = (1, 1.25, 1.6, 2, 2.5, 3.2, 4, 5, 6.3, 8, 10)  # Renard's: a range grows by a quarter
TINY = 1e-300  # nothing on a map; powers of ten end soon below
FloatArray = npt.NDArray[np.float64]
FrameKey = tuple[str, int]  # path, and when it was written, in nanoseconds
_shared = partial(st.cache_resource, show_spinner=False)


@dataclass(frozen=True, eq=False)
class Album:
    """All moments of a run.

    Attributes:
        keys: Of the moments, in the order of time.
        turns: For each, shape (D, D).
        plane: The map, fitted to the turned codes of the last moment.
        ranges: What the map shows, at every moment.
        labels: Class of each image on it, shape (N,).
        numbers: Of each in the held-out images, shape (N,).
    """

    keys: tuple[FrameKey, ...]
    turns: list[FloatArray]
    plane: Plane
    ranges: Ranges
    labels: npt.NDArray[np.int64]
    numbers: npt.NDArray[np.int64]


def keys_of(frames: Sequence[Frame], wanted: float | None = None) -> dict[float, FrameKey]:
    """Epochs done and keys of the moments shown; those of a run that is gone are left out.

    Of many moments only some are shown, but always the one that is `wanted`.
    """
    step = 1
    while len(frames) / step > MAX_FRAMES:
        step *= 2
    last = len(frames) - 1
    kept = [f for i, f in enumerate(frames) if i % step == 0 or i == last or f.epoch == wanted]
    found = {}
    for frame in kept:
        try:
            found[frame.epoch] = (str(frame.path), frame.path.stat().st_mtime_ns)
        except OSError:
            continue
    return found


@_shared(max_entries=8)
def checkpoint(key: FrameKey) -> Checkpoint:
    """The model at one moment; raises CheckpointError."""
    return load_checkpoint(key[0])


@_shared(max_entries=4 * MAX_FRAMES)
def codes(key: FrameKey) -> npt.NDArray[np.float32]:
    """Codes of the images on the map at one moment, as the model has them, shape (N, D)."""
    latents = checkpoint(key).latents
    found: npt.NDArray[np.float32] = latents.mu.numpy()[chosen(len(latents))]
    return found


def chosen(n_images: int) -> npt.NDArray[np.int64]:
    """Which of so many images are on the map, ascending."""
    return np.sort(np.random.default_rng(0).permutation(n_images)[:MAX_DOTS])


@_shared(max_entries=4 * MAX_FRAMES)
def _step(before: FrameKey, after: FrameKey) -> FloatArray:
    """The turn that brings the later codes nearest to the earlier, shape (D, D)."""
    return rotation_onto(codes(before), codes(after))


@_shared(max_entries=16)
def album(keys: tuple[FrameKey, ...]) -> Album:
    """Align all moments; raises VaeCoreError."""
    moments = [codes(key) for key in keys]
    turns = chained([_step(*pair) for pair in pairwise(keys)], moments[0].shape[1])
    plane = fit_plane(moments[-1].astype(np.float64) @ turns[-1])
    latents = checkpoint(keys[-1]).latents
    numbers = chosen(len(latents))
    extents = [
        visible_ranges(replace(plane, codes=moment @ turn))
        for moment, turn in zip(moments, turns, strict=True)
    ]
    ranges = grown(extents, is_square=not is_strip(plane))
    return Album(keys, turns, plane, ranges, latents.labels.numpy()[numbers], numbers)


def grown(extents: Sequence[Ranges], *, is_square: bool) -> Ranges:
    """Ranges that hold all of these, rounded outwards, so that a new one seldom changes them."""
    (left, right), (bottom, top) = (
        (
            -rounded_up(-min(extent[axis][0] for extent in extents)),
            rounded_up(max(extent[axis][1] for extent in extents)),
        )
        for axis in (0, 1)
    )
    if is_square:
        spare = (right - left) - (top - bottom)
        bottom, top = bottom - max(spare, 0) / 2, top + max(spare, 0) / 2
        left, right = left + min(spare, 0) / 2, right - min(spare, 0) / 2
    return (left, right), (bottom, top)


def rounded_up(edge: float) -> float:
    """The least of the steps ±1, ±1.25, ±1.6, … times a power of ten that is not below `edge`."""
    if abs(edge) < TINY:
        return 0.0
    power = 10.0 ** floor(log10(abs(edge)))
    values = [sign * step * power for sign in (-1, 1) for step in (*STEPS, 0.8 * STEPS[0])]
    return min(value for value in values if value >= edge - 1e-9 * abs(edge))


def turned(found: Album, index: int) -> FloatArray:
    """Codes at moment `index`, turned, shape (N, D)."""
    return np.asarray(codes(found.keys[index]), dtype=np.float64) @ found.turns[index]


def plane_at(found: Album, index: int) -> Plane:
    """The map at moment `index`: the same axes, the codes of the moment."""
    return replace(found.plane, codes=turned(found, index))


def latent_at(found: Album, index: int, places: npt.ArrayLike) -> FloatArray:
    """Codes, (M, D), that the model of a moment has for places on the map, (M, 2)."""
    return plane_at(found, index).to_latent(places) @ found.turns[index].T


def decode_at(found: Album, index: int, places: npt.ArrayLike) -> npt.NDArray[np.float32]:
    """What the decoder makes of places on the map, (M, 2), at a moment: (M, C, H, W) in [0, 1]."""
    z = latent_at(found, index, places)
    pictures: npt.NDArray[np.float32] = decode(checkpoint(found.keys[index]).model, z).numpy()
    return pictures


def mosaic(found: Album, index: int) -> bytes:
    """The decoded map at a moment as one PNG, the least x and the greatest y first.

    Each image is decoded at the centre of the square it fills.
    """
    (left, right), (bottom, top) = found.ranges
    rows = 1 if is_strip(found.plane) else SIDE
    x, y = _centres(left, right, SIDE), _centres(top, bottom, rows)
    places = np.stack(np.meshgrid(x, y), axis=-1).reshape(-1, 2)
    png: bytes = _mosaic(found.keys[index], latent_at(found, index, places), rows)
    return png


@_shared(max_entries=2 * MAX_FRAMES)
def _mosaic(key: FrameKey, z: FloatArray, rows: int) -> bytes:
    """Kept by what is decoded, so that a new moment leaves the pictures of the others alone."""
    images = _squared(decode(checkpoint(key).model, z).numpy())
    return to_png(tiled(images.reshape(rows, SIDE, *images.shape[1:])))


def _squared(images: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """Images, (M, C, H, W), in the middle of black squares, so that none is stretched."""
    size = max(images.shape[2:])
    missing = [(size - side) for side in images.shape[2:]]
    return np.pad(images, [(0, 0), (0, 0), *((m // 2, m - m // 2) for m in missing)])


def _centres(first: float, last: float, n: int) -> FloatArray:
    edges = np.linspace(first, last, n + 1)
    centres: FloatArray = (edges[1:] + edges[:-1]) / 2
    return centres


def drifts(found: Album, index: int) -> tuple[float, float] | None:
    """How far the codes have moved since the moment before, turned and as they are.

    Mean distance, latent units; None for the first moment.
    """
    if index == 0:
        return None
    before, after = (codes(found.keys[i]) for i in (index - 1, index))
    return drift(turned(found, index - 1), turned(found, index)), drift(before, after)
