"""What the lesson on intrinsic dimension computes."""

from __future__ import annotations

from functools import partial
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import streamlit as st

from ui import cache
from ui.catalogue import Entry
from ui.exhibit import Exhibit
from ui.learn import material, models
from vae_core.errors import ConfigError, DataError
from vae_core.metrics.dimension import Dimension, intrinsic_dimension, nearest_distances
from vae_core.metrics.latent import active_units
from vae_core.toys import Toy, ball, toy_cloud

FloatArray = npt.NDArray[np.float64]
_shared = partial(st.cache_resource, show_spinner=False)
N_TOY = 1500  # points of a cloud
N_BALL = 1500
LARGEST = 10  # dimensions of a ball
COUNTS = (250, 500, 1000, 2000)  # images that an estimate is made from
TOO_FEW = "These images are too few, or too alike, to tell."
ONE_CLASS = (
    "Nobody can tell here: only one class has images enough, and there is none to compare it with."
)


@_shared(max_entries=64)
def cloud(shape: Toy, noise: float) -> FloatArray:
    """Points of a shape, (N_TOY, 3)."""
    return toy_cloud(shape, N_TOY, noise)


@_shared(max_entries=64)
def of_cloud(shape: Toy, noise: float) -> float:
    """The dimension that its points seem to have."""
    return intrinsic_dimension(cloud(shape, noise)).value


@_shared(max_entries=16)
def ratios(n_dims: int) -> FloatArray:
    """For each point of a ball, how much further the second neighbour is than the first, (N,)."""
    nearest = nearest_distances(ball(N_BALL, n_dims), 2)
    found: FloatArray = nearest[:, 1] / nearest[:, 0]
    return found


def seen(n_dims: int) -> FloatArray:
    """What can be drawn of a ball's points: their first three numbers, zero if fewer, (N, 3)."""
    points = ball(N_BALL, n_dims)[:, :3]
    return np.pad(points, ((0, 0), (0, 3 - points.shape[1])))


@_shared(max_entries=16)
def of_ball(n_dims: int) -> float:
    """The dimension that points of a ball seem to have."""
    return intrinsic_dimension(ball(N_BALL, n_dims)).value


def usual_ratio(n_dims: int) -> float:
    """The median of `ratios`."""
    return float(np.median(ratios(n_dims)))


def counts(exhibit: Exhibit) -> tuple[int, ...]:
    """How many images can be asked: those of `COUNTS` that there are, and all of fewer."""
    n = len(material.images_of(exhibit.entry))
    return tuple(each for each in COUNTS if each < n) + ((n,) if n <= COUNTS[-1] else ())


@_shared(max_entries=32)
def _of_pixels(path: str, mtime: int, n: int, label: int | None, _entry: Entry) -> Dimension | None:
    images = material.images_of(_entry)
    chosen = np.arange(len(images))
    if label is not None:
        chosen = np.flatnonzero(images.labels.numpy() == label)
    try:
        return intrinsic_dimension(images.images[chosen[:n]].flatten(1).double())
    except ConfigError:  # too few that differ
        return None


def of_pixels(exhibit: Exhibit, n: int, label: int | None = None) -> Dimension | None:
    """How many numbers the first n images seem to need, of all classes or one; None for too few."""
    entry = exhibit.entry
    found: Dimension | None = _of_pixels(entry.path, entry.mtime, n, label, entry)
    return found


def needed(exhibit: Exhibit) -> Dimension:
    """How many numbers the images seem to need, asked of as many as can be; or DataError."""
    found = of_pixels(exhibit, counts(exhibit)[-1])
    if found is None:
        raise DataError(TOO_FEW)
    return found


def of_classes(exhibit: Exhibit) -> dict[int, Dimension]:
    """The same for each class with images enough, as many of each; DataError if there is none."""
    labels = material.images_of(exhibit.entry).labels.numpy()
    present = material.present(exhibit)
    n = min(COUNTS[1], *(int((labels == label).sum()) for label in present))
    found = {label: of_pixels(exhibit, n, label) for label in present}
    told = {label: each for label, each in found.items() if each is not None}
    if not told:
        raise DataError("No class here has images enough, and different enough, to tell.")
    return told


def times(exhibit: Exhibit) -> float:
    """How many times what the simplest class needs the most demanding one does; or DataError."""
    values = [each.value for each in of_classes(exhibit).values()]
    if len(values) == 1:
        raise DataError(ONE_CLASS)
    return max(values) / min(values)


class Used(NamedTuple):
    """What a model does with its dimensions.

    Attributes:
        entry: The model.
        given: Dimensions of its code.
        active: Those that it uses.
        codes: The dimension that its codes seem to have; None where they are too few or too alike.
    """

    entry: Entry
    given: int
    active: int
    codes: Dimension | None


@_shared(max_entries=4 * models.MOST)
def _used(path: str, mtime: int, _entry: Entry) -> Used:
    latents = cache.checkpoint(path, mtime).latents
    try:
        codes = intrinsic_dimension(latents.mu[: COUNTS[-1]].double())
    except ConfigError:
        codes = None
    return Used(_entry, latents.mu.shape[1], active_units(latents), codes)


def models_of(exhibit: Exhibit) -> list[Used]:
    """VAEs of the same images, the shortest code first."""
    found = models.of_same_images(exhibit.entry, lambda each: each.header.config.kind == "vae")
    return [_used(each.path, each.mtime, each) for each in found]


def shortest(exhibit: Exhibit) -> tuple[Used, Dimension]:
    """The model with the shortest code, and the dimension of its codes; or DataError."""
    found = models_of(exhibit)[0]
    if found.codes is None:
        name = models.in_words(found.entry)
        raise DataError(f"The codes of {name} are too few, or too alike, to tell.")
    return found, found.codes
