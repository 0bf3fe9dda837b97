"""What a posterior looks like: the pictures that codes drawn from it decode to."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from vae_core.decoding import decode, to_model
from vae_core.errors import ConfigError
from vae_core.models.autoencoder import AutoEncoder
from vae_core.models.posterior import Posterior

DRAWS = 256  # the deviation of a pixel is then known to about 4 % (1 / sqrt(2 * DRAWS))


class Spread(NamedTuple):
    """Decoded draws of one posterior.

    Attributes:
        images: Some of them, in [0, 1], shape (N, C, H, W).
        deviation: Standard deviation of each pixel over all draws, grey levels, 0 to 0.5, shape
            (C, H, W).
    """

    images: Tensor
    deviation: Tensor


def decode_spread(
    model: AutoEncoder,
    mu: Tensor | npt.ArrayLike,
    logvar: Tensor | npt.ArrayLike,
    *,
    n: int = 9,
    seed: int = 0,
) -> Spread:
    """Decode draws from q(z|x) of one image.

    Args:
        model: Decodes them.
        mu: Posterior mean, shape (D,).
        logvar: Log-variances, shape (D,).
        n: Images to return, 1 to 256.
        seed: Of the draws: the same gives the same pictures.

    Raises:
        ConfigError: The posterior does not fit the model, is not finite or is too wide to be
            decoded, or no such `n`.
    """
    if not 1 <= n <= DRAWS:
        raise ConfigError(f"From 1 to {DRAWS} images can be drawn, not {n}.")
    mean, log_variance = (
        to_model(model, torch.as_tensor(part).reshape(1, -1)).cpu() for part in (mu, logvar)
    )
    z = _draws(mean, log_variance, DRAWS, seed)
    images = decode(model, z)
    if not torch.isfinite(images).all():  # codes of 1e36 may overflow in a layer
        raise ConfigError("Codes drawn from this posterior are too large for the decoder.")
    return Spread(images[:n], images.double().std(0, correction=0).float())


def draw_codes(
    mu: Tensor | npt.ArrayLike, logvar: Tensor | npt.ArrayLike, n: int, seed: int = 0
) -> npt.NDArray[np.float64]:
    """Codes drawn from q(z|x) of one image, shape (n, D); of the same seed, the same.

    Args:
        mu: Posterior mean, shape (D,).
        logvar: Log-variances, shape (D,).
        n: How many.
        seed: Of the draws.
    """
    mean, log_variance = (torch.as_tensor(part).float().reshape(1, -1) for part in (mu, logvar))
    codes: npt.NDArray[np.float64] = _draws(mean, log_variance, n, seed).double().numpy()
    return codes


def _draws(mean: Tensor, log_variance: Tensor, n: int, seed: int) -> Tensor:
    posterior = Posterior(mean.expand(n, -1), log_variance.expand(n, -1))
    return posterior.reparameterize(generator=torch.Generator().manual_seed(seed))
