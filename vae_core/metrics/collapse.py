"""Posterior collapse: which latent dimensions a VAE uses, and what is lost without each.

A decoder that can do without a dimension lets its posterior fall back on the prior: it then says
nothing of the image (Bowman et al. 2016). Three signs tell it, and mostly agree: the KL is next
to nothing, the mean does not move with the image, the width is that of the prior.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from vae_core.config import ModelConfig
from vae_core.data import ImageSet, to_unit
from vae_core.encoding import LatentSet, encode, require_shape
from vae_core.errors import ConfigError
from vae_core.metrics.estimate import Estimate, difference
from vae_core.metrics.latent import ACTIVE_VARIANCE, prior_kl
from vae_core.models.autoencoder import AutoEncoder
from vae_core.objectives import reconstruction_nll

USED_KL = 0.01  # nats, from which a dimension says something
# Below it the width is worth half of that, as is a mean that varies by ACTIVE_VARIANCE:
# 1/2 (s^2 - 1 - log s^2) = 0.005 = 1/2 * 0.01.
USED_SIGMA = 0.93
BATCH = 1000
FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Usage:
    """How much of each of D latent dimensions a model uses, over N images.

    Attributes:
        kl: Mean KL of the posterior from the prior, nats, shape (D,).
        variance: Of the posterior's mean over images, squared latent units, shape (D,).
        sigma: Mean width of the posterior, latent units, shape (D,).
        signs: Whether KL, variance and width say that it is used, shape (D, 3).
    """

    kl: FloatArray
    variance: FloatArray
    sigma: FloatArray
    signs: npt.NDArray[np.bool_]

    @property
    def is_used(self) -> npt.NDArray[np.bool_]:
        """What most of the three signs say, shape (D,)."""
        found: npt.NDArray[np.bool_] = self.signs.sum(1) >= 2
        return found

    @property
    def is_disputed(self) -> npt.NDArray[np.bool_]:
        """Where they do not agree, shape (D,)."""
        votes = self.signs.sum(1)
        found: npt.NDArray[np.bool_] = (votes > 0) & (votes < self.signs.shape[1])
        return found


def usage(latents: LatentSet) -> Usage:
    """Judge each dimension of a VAE by the posteriors of at least two images.

    Raises:
        ConfigError: They are a plain autoencoder's, which has none, or too few.
    """
    if latents.logvar is None:
        raise ConfigError("A plain autoencoder has no posterior that could collapse.")
    if len(latents) < 2:
        raise ConfigError(f"How much of a dimension is used takes two images, not {len(latents)}.")
    kl = prior_kl(latents).mean(0)
    variance = latents.mu.double().var(dim=0).numpy()
    sigma = torch.exp(0.5 * latents.logvar.double()).mean(0).numpy()
    signs = np.stack([kl > USED_KL, variance > ACTIVE_VARIANCE, sigma < USED_SIGMA], axis=1)
    return Usage(kl, variance, sigma, signs)


def neutral_code(config: ModelConfig, codes: Tensor) -> Tensor:
    """What stands in for a dimension that shall say nothing, shape (D,).

    It is 0, where the prior has its mean; a plain autoencoder has no prior, so there it is the
    mean of the codes, shape (N, D).
    """
    return torch.zeros_like(codes[0]) if config.kind == "vae" else codes.mean(0)


@torch.no_grad()
def without_each(model: AutoEncoder, images: ImageSet) -> list[Estimate]:
    """By how much the reconstruction gets worse without each dimension, nats per image, D numbers.

    The image is decoded from its code, once as it is and once with this dimension at the
    `neutral_code`.

    Raises:
        ConfigError: The images are not of the model's shape, or there are none.
    """
    require_shape(model, images)
    if not len(images):
        raise ConfigError("What a dimension is worth is told by images, and there are none.")
    codes = encode(model, images).mu.to(model.device)
    fill = neutral_code(model.config, codes)
    whole = _costs(model, images, codes)
    found = []
    for dimension in range(codes.shape[1]):
        changed = codes.clone()
        changed[:, dimension] = fill[dimension]
        found.append(difference(_costs(model, images, changed), whole))
    return found


def _costs(model: AutoEncoder, images: ImageSet, codes: Tensor) -> FloatArray:
    """Reconstruction of each image from its code, nats, shape (N,)."""
    parts = [
        reconstruction_nll(model, model.decode(z), to_unit(batch.to(z.device))).double().cpu()
        for z, batch in zip(codes.split(BATCH), images.images.split(BATCH), strict=True)
    ]
    found: FloatArray = torch.cat(parts).numpy()
    return found
