"""How much of latent space a model uses."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from vae_core.encoding import LatentSet
from vae_core.models.posterior import Posterior
from vae_core.objectives import kl_per_dim

ACTIVE_VARIANCE = 0.01  # Burda et al. 2016, section 5.2
DEAD_SHARE = 1e-4  # of the largest variance, at or below which a plain autoencoder's is nothing


def active_units(latents: LatentSet) -> int:
    """Number of latent dimensions that `is_active`, 0 to D; more is more in use."""
    return int(is_active(latents).sum())


def is_active(latents: LatentSet) -> npt.NDArray[np.bool_]:
    """Which latent dimensions move with the image, shape (D,); with one image none does.

    Of a VAE a dimension is active if the variance of `mu` over images exceeds 0.01, in squared
    latent units (Burda et al. 2016). A plain autoencoder's units have no fixed meaning: there a
    dimension is dead if the codes spread over less than a hundredth of the width that they have
    along the widest.
    """
    if len(latents) < 2:
        return np.zeros(latents.mu.shape[1], bool)
    variance = latents.mu.double().var(dim=0).numpy()
    threshold = ACTIVE_VARIANCE if latents.logvar is not None else DEAD_SHARE * variance.max()
    found: npt.NDArray[np.bool_] = variance > threshold
    return found


def prior_kl(latents: LatentSet) -> npt.NDArray[np.float64]:
    """KL of each image's posterior from the prior along each latent dimension, nats, shape (N, D).

    Zero for a plain autoencoder, see `kl_per_dim`.
    """
    logvar = None if latents.logvar is None else latents.logvar.double()
    kl: npt.NDArray[np.float64] = kl_per_dim(Posterior(latents.mu.double(), logvar)).numpy()
    return kl
