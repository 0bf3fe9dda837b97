"""A VAE whose likelihood and posterior have a closed form: probabilistic PCA (Tipping & Bishop)."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.distributions import MultivariateNormal

from vae_core.config import ModelConfig
from vae_core.data import ImageSet, to_unit
from vae_core.models.autoencoder import AutoEncoder, build_model
from vae_core.models.posterior import Posterior

N_IMAGES = 5
GREATEST = 0.15  # change of all pixels together for one latent unit: white stays out of reach


class _Linear(AutoEncoder):
    """x = W z + 1/2 + sigma * noise; its encoder is the exact posterior."""

    weight: Tensor
    posterior_variance: Tensor

    def encode(self, x: Tensor) -> Posterior:
        assert self.log_sigma is not None
        precision = torch.exp(-2 * self.log_sigma)
        mu = (x.flatten(1) - 0.5) @ self.weight * self.posterior_variance * precision
        return Posterior(mu, self.posterior_variance.log().expand_as(mu))

    def decode(self, z: Tensor) -> Tensor:
        return (z @ self.weight.to(z).T + 0.5).reshape(-1, *self.config.image_shape)

    def to_image(self, logits: Tensor) -> Tensor:
        return logits


@dataclass(frozen=True)
class LinearGaussian:
    """A model, images of it, and what is known of them.

    Attributes:
        model: The VAE.
        images: N of its draws, with 256 grey levels.
        log_likelihood: log N(x; 1/2, W W^T + sigma^2 I), nats, shape (N,).
        mean: Of the exact posterior, shape (N, D).
        covariance: Likewise, shape (D, D); diagonal.
    """

    model: AutoEncoder
    images: ImageSet
    log_likelihood: Tensor
    mean: Tensor
    covariance: Tensor


@torch.no_grad()
def linear_gaussian(latent_dim: int, width: float, centre: float = 0.0) -> LinearGaussian:
    """A model with posteriors as narrow as `width` along the first latent dimension.

    Along the next ones they are 1.2, 1.4, ... times as wide. The images are drawn with `centre`
    added to the first latent dimension.
    """
    generator = torch.Generator().manual_seed(0)
    config = ModelConfig((1, 8, 8), latent_dim, likelihood="gaussian", hidden=(4,))
    model = _Linear(config)
    model.load_state_dict(build_model(config).state_dict())
    widths = width * (1 + 0.2 * torch.arange(latent_dim, dtype=torch.float64))
    sigma = GREATEST / math.sqrt(1 / width**2 - 1)
    directions = torch.linalg.qr(torch.randn(64, latent_dim, generator=generator).double()).Q
    model.log_sigma = torch.nn.Parameter(torch.tensor(math.log(sigma)))
    model.weight = (directions * sigma * (1 / widths**2 - 1).sqrt()).float()
    z = torch.randn(N_IMAGES, latent_dim, generator=generator)
    z[:, 0] += centre
    pixels = model.decode(z) + sigma * torch.randn(N_IMAGES, 1, 8, 8, generator=generator)
    drawn = (pixels.clamp(0, 1) * 255).round().byte()
    images = ImageSet(drawn, torch.zeros(N_IMAGES, dtype=torch.long), ("drawn",), "drawn")
    x = to_unit(drawn).flatten(1).double() - 0.5
    weight, noise = model.weight.double(), torch.exp(2 * model.log_sigma.double())
    marginal = MultivariateNormal(
        torch.zeros(64).double(), weight @ weight.T + noise * torch.eye(64)
    )
    covariance = torch.linalg.inv(torch.eye(latent_dim).double() + weight.T @ weight / noise)
    model.posterior_variance = covariance.diagonal().float()
    model.requires_grad_(False).eval()
    mean = x @ weight @ covariance / noise
    return LinearGaussian(model, images, marginal.log_prob(x), mean, covariance)
