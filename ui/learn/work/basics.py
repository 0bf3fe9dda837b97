"""What the first lessons compute from a model, and several of them share.

Nothing in them is ever changed. A model is known by its path and the time its file was written.
"""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import streamlit as st

from ui import cache, drawn
from ui.keys import BatchKey
from ui.learn import models
from ui.measure.results import from_file
from ui.samples import File, Pictures, judged
from vae_core import decode, elbo, sample_prior
from vae_core.data import ImageSet
from vae_core.encoding import LatentSet
from vae_core.errors import DataError
from vae_core.metrics.gradients import GradientDraws, gradient_draws
from vae_core.metrics.holes import drawn_in_holes
from vae_core.metrics.latent import prior_kl
from vae_core.metrics.maps import nearest_class

FloatArray = npt.NDArray[np.float64]
_shared = partial(st.cache_resource, show_spinner=False)


class Costs(NamedTuple):
    """Of a model, means over images in nats, of so many images; 0 if as it was measured before."""

    reconstruction: float
    kl: float
    n_images: int

    @property
    def total(self) -> float:
        """Both together, with beta 1: the negative ELBO."""
        return self.reconstruction + self.kl


@_shared(max_entries=16)
def told_by_neighbours(file: File) -> float:
    """Share of the held-out images most of whose 15 nearest neighbours are of their class."""
    latents = cache.checkpoint(*file).latents
    own = np.arange(len(latents))
    found = nearest_class(latents, latents.mu, own) == latents.labels.numpy()
    return float(found.mean())


@_shared(max_entries=16)
def far_class(file: File) -> tuple[int, FloatArray]:
    """The class whose codes have the median furthest from zero, and that, shape (D,)."""
    latents = cache.checkpoint(*file).latents
    mu, labels = latents.mu.double().numpy(), latents.labels.numpy()
    present = np.unique(labels)
    medians = np.array([np.median(mu[labels == label], axis=0) for label in present])
    furthest = np.linalg.norm(medians, axis=1).argmax()
    return int(present[furthest]), medians[furthest]


def reconstruction(key: BatchKey) -> FloatArray:
    """Of each image on the map, nats, shape (N,)."""
    nats: FloatArray = drawn.point_values(key, "reconstruction")
    return nats


@_shared(max_entries=16)
def spread(file: File) -> float:
    """How far the codes spread, standard deviation in latent units, the mean of all dimensions."""
    return float(cache.checkpoint(*file).latents.mu.double().std(0).mean())


class Loneliest(NamedTuple):
    """Of many draws those around which the fewest images live, the loneliest first.

    Attributes:
        pictures: They themselves.
        n_outside: How many of all draws fall where no data lives.
    """

    pictures: Pictures
    n_outside: int


@_shared(max_entries=16)
def loneliest(file: File, n: int, n_draws: int, *, from_prior: bool) -> Loneliest:
    """The n loneliest of so many draws; without a prior, from a Gaussian like the codes'."""
    loaded = cache.checkpoint(*file)
    if from_prior:
        z, pictures = sample_prior(loaded.model, n_draws)
        found = judged(file, z.double().numpy(), pictures.numpy())
    else:
        codes = sample_like_codes(loaded.latents, n_draws)
        found = judged(file, codes, decode(loaded.model, codes).numpy())
    far = cache.neighbourhood(*file).distance(found.z)
    order = np.argsort(-far, kind="stable")[:n]
    return Loneliest(
        Pictures(found.z[order], found.images[order], found.where[order]),
        int((found.where == "outside").sum()),
    )


def sample_like_codes(latents: LatentSet, n: int, seed: int = 0) -> FloatArray:
    """Draw n codes, (n, D), from the Gaussian that has the codes' mean and covariance."""
    mu = latents.mu.double().numpy()
    covariance = np.cov(mu.T).reshape(mu.shape[1], mu.shape[1])
    z: FloatArray = np.random.default_rng(seed).multivariate_normal(mu.mean(0), covariance, n)
    return z


@_shared(max_entries=16)
def in_holes(file: File) -> tuple[int, int]:
    """How many of `DRAWS` draws from a VAE's prior lie in holes, and outside the data in all."""
    data = cache.neighbourhood(*file)
    return int(drawn_in_holes(data).sum()), int(drawn_in_holes(data, within=100).sum())


@_shared(max_entries=16)
def kl_of_all(file: File) -> FloatArray:
    """KL of each held-out image, nats, shape (N,)."""
    kl: FloatArray = prior_kl(cache.checkpoint(*file).latents).sum(1)
    return kl


def _held_out(file: File) -> ImageSet | None:
    """None where they are not here, which is never kept: a download takes effect at once."""
    return cache.images(cache.checkpoint(*file).dataset, "test")


def gradients(file: File, image: int, draws: int) -> GradientDraws | None:
    """Gradients for a held-out image; None if its data set is not here."""
    found: GradientDraws | None = (
        None if _held_out(file) is None else _gradients(file, image, draws)
    )
    return found


@_shared(max_entries=16)
def _gradients(file: File, image: int, draws: int) -> GradientDraws:
    source = _held_out(file)
    assert source is not None
    return gradient_draws(cache.checkpoint(*file).model, source.subset([image]), draws)


def costs(file: File, n_images: int) -> Costs:
    """Of the first held-out images, or as the checkpoint has them if they are not here.

    Raises:
        DataError: They are not here, and the checkpoint does not have them.
    """
    if _held_out(file) is not None:
        found: Costs = _costs(file, n_images)
        return found
    known = from_file(cache.checkpoint(*file).header)
    reconstruction, kl = (known[k].value if k in known else None for k in ("reconstruction", "kl"))
    if not isinstance(reconstruction, float) or not isinstance(kl, float):
        raise DataError(
            f"Nobody can tell here what a picture costs: the file {Path(file[0]).name} does not "
            "say it, and the pictures are not on this machine."
        )
    return Costs(reconstruction, kl, 0)


@_shared(max_entries=4 * models.MOST)
def _costs(file: File, n_images: int) -> Costs:
    source = _held_out(file)
    assert source is not None
    n_scored = min(n_images, len(source))
    parts = elbo(cache.checkpoint(*file).model, source.subset(range(n_scored)))
    return Costs(float(parts.reconstruction.mean()), float(parts.kl.mean()), n_scored)
