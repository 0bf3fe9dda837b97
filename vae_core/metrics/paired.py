"""Scores of models on the same images, and what their differences are worth.

Two models find the same images hard, so their scores go up and down together. The difference
image by image is free of that: its standard error is that of a paired t-test, often far below
what the two scores' own errors would suggest (Student 1908). It speaks of other images of this
kind, not of training again: another seed makes another model.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from vae_core.data import ImageSet
from vae_core.encoding import LatentSet
from vae_core.errors import ConfigError
from vae_core.metrics.elbo import elbo
from vae_core.metrics.latent import prior_kl
from vae_core.metrics.maps import nearest_class
from vae_core.models.autoencoder import AutoEncoder

TOLD_APART = 2.0  # standard errors from which a difference is not put down to the images
Score = Literal["negative_elbo", "reconstruction", "kl", "knn_accuracy"]
FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Estimate:
    """A mean over images, or a difference of two.

    Attributes:
        value: None where it is not a finite number.
        error: Its standard error in the same unit, std / sqrt(n); None where it is not known.
    """

    value: float | None
    error: float | None

    @property
    def is_told_apart(self) -> bool | None:
        """Whether the value is at least two standard errors from zero; None if not known."""
        if self.value is None or self.error is None:
            return None
        return self.value != 0 and abs(self.value) >= TOLD_APART * self.error


def mean_of(values: npt.ArrayLike) -> Estimate:
    """The mean of N images' scores, shape (N,), N at least 1, with its standard error.

    Raises:
        ConfigError: There are none, or not one for each image.
    """
    scores: FloatArray = np.asarray(values, dtype=np.float64)
    if scores.ndim != 1 or not len(scores):
        raise ConfigError(f"A mean needs one score for each image, not shape {scores.shape}.")
    if not np.isfinite(scores).all():
        return Estimate(None, None)
    error = float(scores.std(ddof=1) / len(scores) ** 0.5) if len(scores) > 1 else None
    return Estimate(float(scores.mean()), error)


def difference(values: npt.ArrayLike, reference: npt.ArrayLike) -> Estimate:
    """By how much N scores, shape (N,), exceed a reference's of the same images, on average.

    Raises:
        ConfigError: They are not scores of the same number of images.
    """
    scores, others = np.asarray(values, np.float64), np.asarray(reference, np.float64)
    if scores.shape != others.shape:
        raise ConfigError(
            "Only scores of the same images can be paired, not of shapes "
            f"{scores.shape} and {others.shape}."
        )
    with np.errstate(invalid="ignore"):  # of two infinite ones there is none, which is said
        return mean_of(scores - others)


def scores_of(
    model: AutoEncoder,
    latents: LatentSet,
    chosen: npt.NDArray[np.int64],
    images: ImageSet | None = None,
) -> dict[Score, FloatArray]:
    """Scores of M chosen images under a model, each of shape (M,).

    Args:
        model: To be scored.
        latents: Posteriors of N images under it.
        chosen: Which of them are scored, shape (M,).
        images: The chosen images themselves, shape (M, C, H, W); without them there is neither
            "reconstruction" nor "negative_elbo".

    Returns:
        In nats, but for "knn_accuracy": 1 if most of the 15 nearest of the other images are of
        the image's class, else 0. A plain autoencoder has no "kl" and no "negative_elbo".
    """
    is_vae = model.config.kind == "vae"
    codes = latents.subset(chosen)
    told = nearest_class(latents, codes.mu, chosen) == codes.labels.numpy()
    found: dict[Score, FloatArray] = {}
    if images is not None:
        parts = elbo(model, images)
        if is_vae:
            found["negative_elbo"] = parts.negative_elbo.numpy()
        found["reconstruction"] = parts.reconstruction.numpy()
    if is_vae:
        found["kl"] = prior_kl(codes).sum(1)
    return found | {"knn_accuracy": told.astype(np.float64)}
