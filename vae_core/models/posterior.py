"""The encoder's answer: where in latent space an image may lie."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor


class Posterior(NamedTuple):
    """Diagonal Gaussian q(z|x); `mu` and `logvar` have shape (B, D).

    A plain autoencoder gives one code per image and no spread: its `logvar` is None.
    """

    mu: Tensor
    logvar: Tensor | None

    @property
    def sigma(self) -> Tensor:
        """Standard deviations, shape (B, D); zero for a plain autoencoder."""
        if self.logvar is None:
            return torch.zeros_like(self.mu)
        return torch.exp(0.5 * self.logvar)

    def reparameterize(
        self, *, noise: Tensor | None = None, generator: torch.Generator | None = None
    ) -> Tensor:
        """Draw z = mu + sigma * eps, differentiable in mu and logvar, shape (B, D).

        Without a spread this is `mu` itself (Kingma & Welling 2014, section 2.4). The noise eps
        is drawn with the generator if it is not given.
        """
        if self.logvar is None:
            return self.mu
        if noise is None:
            noise = torch.randn(
                self.mu.shape, generator=generator, dtype=self.mu.dtype, device=self.mu.device
            )
        return self.mu + self.sigma * noise
