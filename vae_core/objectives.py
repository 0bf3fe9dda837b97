"""The training objective: reconstruction, KL divergence and their sum, the negative ELBO.

Everything is in nats per image: summed over pixels, summed over latent dimensions, never
averaged over either. (A mean over pixels beside a mean over dimensions is a beta-VAE with
beta = pixels / D in disguise.) Averages over images are left to the caller.
"""

from __future__ import annotations

from typing import Any, NamedTuple, Protocol

import torch
from torch import Tensor
from torch.distributions import Normal

from vae_core.models import continuous_bernoulli
from vae_core.models.autoencoder import AutoEncoder
from vae_core.models.posterior import Posterior


class Terms(NamedTuple):
    """Parts of the objective per image, each of shape (B,), in nats."""

    loss: Tensor
    reconstruction: Tensor
    kl: Tensor


class Objective(Protocol):
    """What `fit` minimises, the mean of `loss` over images: `negative_elbo` or one like it."""

    def __call__(
        self, model: AutoEncoder, x: Tensor, *, beta: float, free_bits: float, noise: Tensor
    ) -> Terms:
        """Terms of images `x`, shape (B, C, H, W), with posterior noise of shape (B, D)."""


def reconstruction_nll(model: AutoEncoder, logits: Tensor, x: Tensor) -> Tensor:
    """-log p(x|z) under the model's likelihood, in nats per image, shape (B,).

    "bernoulli" is a likelihood of black-or-white pixels only. For grey ones it is the mean
    over binarisations drawn with the grey level as probability, since it is linear in `x`.
    The other two are densities, so their values can be negative.

    Args:
        model: Says which likelihood, and holds the learnt sigma of "gaussian".
        logits: From `model.decode`, shape (B, C, H, W).
        x: Images in [0, 1], shape (B, C, H, W).
    """
    if model.config.likelihood == "bernoulli":
        nll: Tensor = _BernoulliNll.apply(logits, x)
    elif model.config.likelihood == "continuous-bernoulli":
        nll = continuous_bernoulli.log_normalizer(logits) - logits * x
    else:
        assert model.log_sigma is not None
        normal = Normal(model.to_image(logits), torch.exp(model.log_sigma), validate_args=False)
        nll = -normal.log_prob(x)
    return nll.flatten(1).sum(1)


class _BernoulliNll(torch.autograd.Function):
    """-log Bernoulli(x; sigmoid(logits)) of each pixel: softplus(logits) - x * logits.

    PyTorch's own takes a logarithm one number at a time, a sixth of a training step; this is
    vectorised, and as exact: both round a few times in the precision of the logits.
    """

    @staticmethod
    def forward(ctx: Any, logits: Tensor, x: Tensor) -> Tensor:  # noqa: ANN401 - as in PyTorch
        ctx.save_for_backward(logits, x)
        # The exponent is never positive, so nothing overflows.
        nll = logits.abs().neg_().exp_().add_(1).log_()
        return nll.add_(logits.clamp_min(0)).sub_(logits * x)

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, Tensor | None]:  # noqa: ANN401
        logits, x = ctx.saved_tensors
        to_x = -logits * grad if ctx.needs_input_grad[1] else None
        return (torch.sigmoid(logits) - x) * grad, to_x


def kl_per_dim(posterior: Posterior) -> Tensor:
    """KL(q(z|x) || N(0, I)) of each latent dimension, in nats, shape (B, D).

    1/2 (mu^2 + sigma^2 - 1 - log sigma^2), from Kingma & Welling 2014, appendix B. `expm1`
    keeps the digits that sigma^2 - 1 loses near the prior. Zero for a plain autoencoder,
    which has no posterior to compare.
    """
    mu, logvar = posterior
    if logvar is None:
        return torch.zeros_like(mu)
    return 0.5 * (mu.square() + torch.expm1(logvar) - logvar)


def negative_elbo(
    model: AutoEncoder,
    x: Tensor,
    *,
    beta: float = 1.0,
    free_bits: float = 0.0,
    noise: Tensor | None = None,
    generator: torch.Generator | None = None,
) -> Terms:
    """One-sample estimate of reconstruction + beta * KL for images `x`, shape (B, C, H, W).

    With beta = 1, `loss` is minus the evidence lower bound; for a plain autoencoder it is the
    reconstruction alone. With free bits, a dimension whose KL, as the mean of the batch, is
    smaller counts as that much (Kingma et al. 2016). The posterior noise, shape (B, D), is drawn
    with the generator if it is not given.
    """
    posterior = model.encode(x)
    logits = model.decode(posterior.reparameterize(noise=noise, generator=generator))
    reconstruction = reconstruction_nll(model, logits, x)
    per_dim = kl_per_dim(posterior)
    kl = per_dim.sum(1)
    weighed = per_dim.mean(0).clamp_min(free_bits).sum() if free_bits else kl
    return Terms(reconstruction + beta * weighed, reconstruction, kl)
