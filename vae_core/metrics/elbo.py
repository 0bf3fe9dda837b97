"""The evidence lower bound of each image, in its parts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from vae_core.data import ImageSet, to_unit
from vae_core.encoding import require_shape
from vae_core.errors import ConfigError
from vae_core.metrics.bits import binarized
from vae_core.models.autoencoder import AutoEncoder
from vae_core.objectives import kl_per_dim, reconstruction_nll

BATCH = 1000  # images at once; bounds memory, and says whose noise is drawn after whose


@dataclass(frozen=True)
class ElboParts:
    """Per-image parts of the negative ELBO, in nats; lower is better.

    Attributes:
        reconstruction: -E log p(x|z) under q(z|x), shape (N,).
        kl_per_dim: KL of each latent dimension to the prior, shape (N, D).
    """

    reconstruction: Tensor
    kl_per_dim: Tensor

    @property
    def kl(self) -> Tensor:
        """Summed over dimensions, shape (N,)."""
        return self.kl_per_dim.sum(1)

    @property
    def negative_elbo(self) -> Tensor:
        """Upper bound of -log p(x), shape (N,). For a plain autoencoder it bounds nothing."""
        return self.reconstruction + self.kl


def held_out_scores(model: AutoEncoder, images: ImageSet, seed: int) -> dict[str, Any]:
    """Means of the parts over images, one draw each: reconstruction, kl, kl_per_dim; in nats."""
    parts = elbo(model, images, seed=seed, draws=1)
    return {
        "reconstruction": parts.reconstruction.mean().item(),
        "kl": parts.kl.mean().item(),
        "kl_per_dim": parts.kl_per_dim.mean(0).tolist(),
    }


@torch.no_grad()
def elbo(
    model: AutoEncoder,
    images: ImageSet,
    seed: int = 0,
    draws: int = 4,
    *,
    binarize: bool = False,
) -> ElboParts:
    """Score every image under the model (Kingma & Welling 2014).

    Args:
        model: A plain autoencoder gives its reconstruction at the code, and KL zero.
        images: N images of the model's shape.
        seed: Of the posterior noise and of the binarisation; the same on every device.
        draws: Posterior samples per image, at least 1; the reconstruction is their mean.
        binarize: Score black-or-white images drawn once with the grey level as probability,
            which makes the figure a bound of a true likelihood.

    Raises:
        ConfigError: The images are not of the model's shape, or there are no draws.
    """
    require_shape(model, images)
    if draws < 1:
        raise ConfigError(f"The ELBO needs at least one draw of each image, not {draws}.")
    generator = torch.Generator().manual_seed(seed)
    if binarize:
        images = binarized(images, seed)
    reconstructions, kls = [], []
    for batch in images.images.split(BATCH):
        x = to_unit(batch.to(model.device))
        posterior = model.encode(x)
        total = torch.zeros(len(x), device=model.device)
        for _ in range(draws):
            noise = torch.randn(posterior.mu.shape, generator=generator).to(posterior.mu)
            logits = model.decode(posterior.reparameterize(noise=noise))
            total += reconstruction_nll(model, logits, x)
        reconstructions.append(total / draws)
        kls.append(kl_per_dim(posterior))
    return ElboParts(
        torch.cat(reconstructions).double().cpu(),
        torch.cat(kls).double().cpu(),
    )
