"""The flawed networks: each is the sound one but for a line or two.

Shapes as in `AutoEncoder`: images x are (B, C, H, W) in [0, 1], codes (B, D).
"""

from __future__ import annotations

import torch
from torch import Tensor

from vae_core.config import ModelConfig
from vae_core.models.autoencoder import AutoEncoder
from vae_core.models.posterior import Posterior


class SharedHead(AutoEncoder):
    """A VAE with one head, whose D numbers are both the mean and the log-variance.

    Wrong: the posterior lies on a curve, sigma = exp(mu / 2), so no image can be moved on the
    map without changing how wide it is.

    Symptom: logvar equals mu, correlation 1. Signal to noise, mu^2 / sigma^2 = mu^2 exp(-mu), is
    at most 4 exp(-2) = 0.54 for mu > 0: that half of every axis can carry nothing. Codes crowd
    on the negative side, and the KL and the negative ELBO are higher than they need be.

    Cure: two heads, as `AutoEncoder` has.
    """

    def __init__(self, config: ModelConfig) -> None:
        super().__init__(config)
        self.logvar_head = None

    def encode(self, x: Tensor) -> Posterior:
        """Encode images to posteriors whose log-variance is their mean."""
        features = self.encoder(x)
        mu = self.mu_head(features)
        logvar = mu
        return Posterior(mu, logvar)


class RawSpread(AutoEncoder):
    """A VAE whose second head is taken as the standard deviation as it is.

    Wrong: a linear layer's output can be zero or negative, a standard deviation cannot. The KL
    needs its logarithm, which is undefined then (`undefined_kl` is the objective as written).
    The network here takes the logarithm of the square, the patch that lets training go on.

    Symptom: a share of the "standard deviations" is negative, and stays so. At zero the KL is
    infinite, a wall that few images cross once training is under way: which side a dimension
    settles on is decided by the first random weights.

    Cure: the second head is the log-variance, which may be any number, as in `AutoEncoder`.
    """

    def encode(self, x: Tensor) -> Posterior:
        """Encode images to posteriors, by the square of what the second head says."""
        features = self.encoder(x)
        mu = self.mu_head(features)
        std = self.second_head(features)
        return Posterior(mu, torch.log(std.square()))

    def second_head(self, features: Tensor) -> Tensor:
        """What is meant to be the standard deviation, any sign, shape (B, D)."""
        assert self.logvar_head is not None
        raw: Tensor = self.logvar_head(features)
        return raw

    def spread(self, x: Tensor) -> Tensor:
        """The same of images, latent units, shape (B, D)."""
        return self.second_head(self.encoder(x))


class SignedInput(AutoEncoder):
    """An autoencoder whose images are brought to [-1, 1] while its output is a sigmoid.

    Wrong: a sigmoid is never below 0, and black is -1 now (the objective is
    `signed_objective`). Every pixel darker than mid-grey asks for what cannot be drawn.

    Symptom: the squared error per pixel has a floor, the mean of min(target, 0)^2 (0.83 on
    MNIST), above what the mean image alone would score (0.27). Whatever is not sure to be bright
    is drawn black.

    Cure: the same range on both ends, `squared_error` on images in [0, 1].
    """

    def encode(self, x: Tensor) -> Posterior:
        """Encode images, given in [0, 1], after bringing them to [-1, 1]."""
        return super().encode(2 * x - 1)
