"""How much of latent space a model uses."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from vae_core.encoding import LatentSet
from vae_core.models.posterior import Posterior
from vae_core.objectives import kl_per_dim

ACTIVE_VARIANCE = 0.01  # Burda et al. 2016, section 5.2


def active_units(latents: LatentSet, threshold: float = ACTIVE_VARIANCE) -> int:
    """Number of latent dimensions whose mean moves with the image, 0 to D; more is more in use.

    A dimension is active if the variance of `mu` over images exceeds `threshold`, in squared
    latent units (Burda et al. 2016).
    """
    if len(latents) < 2:
        return 0
    return int((latents.mu.double().var(dim=0) > threshold).sum())


def prior_kl(latents: LatentSet) -> npt.NDArray[np.float64]:
    """KL of each image's posterior from the prior along each latent dimension, nats, shape (N, D).

    Zero for a plain autoencoder, see `kl_per_dim`.
    """
    logvar = None if latents.logvar is None else latents.logvar.double()
    kl: npt.NDArray[np.float64] = kl_per_dim(Posterior(latents.mu.double(), logvar)).numpy()
    return kl
