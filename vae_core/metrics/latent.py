"""How much of latent space a model uses."""

from __future__ import annotations

from vae_core.encoding import LatentSet

ACTIVE_VARIANCE = 0.01  # Burda et al. 2016, section 5.2


def active_units(latents: LatentSet, threshold: float = ACTIVE_VARIANCE) -> int:
    """Number of latent dimensions whose mean moves with the image, 0 to D; more is more in use.

    A dimension is active if the variance of `mu` over images exceeds `threshold`, in squared
    latent units (Burda et al. 2016).
    """
    if len(latents) < 2:
        return 0
    return int((latents.mu.double().var(dim=0) > threshold).sum())
