"""Log-likelihoods of many codes for many images, as inner products.

Every likelihood here belongs to an exponential family, so that

    log p(x|z) = <x, slope(z)> + offset(z) + base(x)

and one product of matrices scores every image under every code.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor

from vae_core.data import ImageSet
from vae_core.errors import ConfigError
from vae_core.metrics.bits import is_black_or_white
from vae_core.models.autoencoder import AutoEncoder
from vae_core.objectives import reconstruction_nll


class Inner(NamedTuple):
    """What G codes give to the inner product, P pixels each.

    Attributes:
        slopes: Shape (G, P); float32, but for a Gaussian float64: its three terms are far larger
            than their sum.
        offsets: Nats, shape (G,), likewise.
    """

    slopes: Tensor
    offsets: Tensor


def inner(model: AutoEncoder, z: Tensor) -> Inner:
    """Decode codes, float32, shape (G, D), on the model's device."""
    logits = model.decode(z)
    likelihood = model.config.likelihood
    if likelihood == "bernoulli":
        slopes = logits.flatten(1)
        return Inner(slopes, -F.softplus(slopes).sum(1))
    if likelihood == "continuous-bernoulli":
        offsets = -reconstruction_nll(model, logits, torch.zeros_like(logits))
        return Inner(logits.flatten(1), offsets)
    assert model.log_sigma is not None
    log_sigma, means = model.log_sigma.double(), model.to_image(logits.double()).flatten(1)
    slopes = means * torch.exp(-2 * log_sigma)
    constant = means.shape[1] * (log_sigma + 0.5 * math.log(2 * math.pi))
    return Inner(slopes, -0.5 * (slopes * means).sum(1) - constant)


def base(model: AutoEncoder, x: Tensor) -> Tensor:
    """The part that no code changes, for images in [0, 1], (B, ...): nats, float64, shape (B,)."""
    pixels = x.flatten(1).double()
    if model.log_sigma is None:
        return pixels.new_zeros(len(x))
    return -0.5 * pixels.square().sum(1) * torch.exp(-2 * model.log_sigma.double())


def is_likelihood(model: AutoEncoder, images: ImageSet) -> bool:
    """Whether p(x) of these images is a likelihood.

    A Bernoulli model says nothing of grey pixels: its exp(-cross-entropy) of them does not sum to
    one over images, and the logarithm of its mean over codes bounds nothing.
    """
    return model.config.likelihood != "bernoulli" or is_black_or_white(images)


def require_vae(model: AutoEncoder) -> None:
    """Raise ConfigError for a plain autoencoder."""
    if model.config.kind != "vae":
        raise ConfigError(
            "A plain autoencoder has no prior over codes, and so no likelihood; choose a VAE."
        )
