"""Scores of the same images under several models, image by image, to be paired."""

from __future__ import annotations

from typing import Literal

import numpy as np
import numpy.typing as npt

from vae_core.data import ImageSet
from vae_core.encoding import LatentSet
from vae_core.metrics.elbo import elbo
from vae_core.metrics.latent import prior_kl
from vae_core.metrics.maps import nearest_class
from vae_core.models.autoencoder import AutoEncoder

Score = Literal["negative_elbo", "reconstruction", "kl", "knn_accuracy"]
FloatArray = npt.NDArray[np.float64]


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
