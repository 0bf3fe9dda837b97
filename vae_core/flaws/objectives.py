"""The flawed objectives, and the sound one beside them, for `fit(..., objective=...)`.

All have the arguments of `negative_elbo`; free bits are not read. The reconstruction is the sum
of squared errors over pixels, as in the sources of two of the flaws, and is no number of nats.
"""

from __future__ import annotations

import torch
from torch import Tensor

from vae_core.flaws.networks import RawSpread
from vae_core.models.autoencoder import AutoEncoder
from vae_core.models.posterior import Posterior
from vae_core.objectives import Terms, kl_per_dim, reconstruction_nll


def squared_error(
    model: AutoEncoder,
    x: Tensor,
    *,
    beta: float = 1.0,
    free_bits: float = 0.0,
    noise: Tensor | None = None,
) -> Terms:
    """Sum of squared errors + beta * KL: sound, with images and pictures both in [0, 1].

    That is a Gaussian likelihood of variance 1/2, up to a constant.
    """
    posterior = model.encode(x)
    x_hat = model.to_image(model.decode(posterior.reparameterize(noise=noise)))
    error = (x_hat - x).square().flatten(1).sum(1)
    kl = kl_per_dim(posterior).sum(1)
    return Terms(error + beta * kl, error, kl)


def tutorial_objective(
    model: AutoEncoder,
    x: Tensor,
    *,
    beta: float = 1.0,
    free_bits: float = 0.0,
    noise: Tensor | None = None,
) -> Terms:
    """As `squared_error`, but with a KL that is none, see `tutorial_kl_per_dim`."""
    posterior = model.encode(x)
    x_hat = model.to_image(model.decode(posterior.reparameterize(noise=noise)))
    error = (x_hat - x).square().flatten(1).sum(1)
    kl = tutorial_kl_per_dim(posterior).sum(1)
    return Terms(error + beta * kl, error, kl)


def tutorial_kl_per_dim(posterior: Posterior) -> Tensor:
    """A KL without its halves, in nats, shape (B, D).

    Wrong: the KL to N(0, 1) is sigma^2 / 2 + mu^2 / 2 - log sigma - 1/2. Here the squares count
    twice as much, which makes it KL(q || N(0, 1/2)) + 1/2 log 2.

    Symptom: it is never 0; its minimum is 1/2 log 2 = 0.3466 nats a dimension, at sigma =
    1/sqrt(2). Codes spread by about 0.71 of what they should, so that draws from N(0, I) fall
    beside them more often than draws from N(0, 1/2 I).

    Cure: `kl_per_dim`.
    """
    mu, sigma = posterior.mu, posterior.sigma
    return sigma**2 + mu**2 - torch.log(sigma) - 1 / 2


def undefined_kl(
    model: AutoEncoder,
    x: Tensor,
    *,
    beta: float = 1.0,
    free_bits: float = 0.0,
    noise: Tensor | None = None,
) -> Terms:
    """The negative ELBO with the logarithm of a number that can be negative, see `RawSpread`.

    Symptom: undefined for every image one of whose D numbers is negative, so that training stops
    at its first batch.
    """
    assert isinstance(model, RawSpread)
    assert noise is not None
    mu, std = model.encode(x).mu, model.spread(x)
    reconstruction = reconstruction_nll(model, model.decode(mu + std * noise), x)
    kl = (0.5 * (mu**2 + std**2 - 1) - torch.log(std)).sum(1)
    return Terms(reconstruction + beta * kl, reconstruction, kl)


def signed_objective(
    model: AutoEncoder,
    x: Tensor,
    *,
    beta: float = 1.0,
    free_bits: float = 0.0,
    noise: Tensor | None = None,
) -> Terms:
    """Sum of squared errors of a picture in [0, 1] against images in [-1, 1]; see `SignedInput`.

    It takes images in [0, 1], as every objective, and is meant for plain autoencoders.
    """
    target = 2 * x - 1
    z = model.encode(x).mu
    x_hat = torch.sigmoid(model.decode(z))
    error = (x_hat - target).square().flatten(1).sum(1)
    return Terms(error, error, torch.zeros_like(error))
