"""The likelihood of images by importance sampling, for any number of latent dimensions.

p(x) = E over the proposal r(z|x) of w = p(x|z) p(z) / r(z|x). The proposal is defensive
(Hesterberg 1995): each draw comes from q(z|x) or, as often, from the same Gaussian with twice its
sigma, and is weighed by the density of this mixture. A posterior q that is too narrow, as those of
VAEs are, then cannot make a weight larger than twice what the wide half allows. The mean of k
weights is unbiased, so its logarithm is on average too low, the less so the larger k (Burda et al.
2016). Log-likelihoods are in nats per image.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from vae_core.data import ImageSet, to_unit
from vae_core.encoding import require_shape
from vae_core.errors import ConfigError
from vae_core.metrics.bits import binarized
from vae_core.metrics.estimate import Estimate, mean_of
from vae_core.metrics.inner import base, inner, is_likelihood, require_vae
from vae_core.models.autoencoder import AutoEncoder
from vae_core.models.posterior import Posterior

WIDE = 2.0  # times the sigma of q, of every other draw
CODES = 2048  # decoded at once: bounds memory, does not change the result
MAX_DRAWS = 1_000_000


@dataclass(frozen=True, eq=False)
class ImportanceEstimate:
    """Estimated log p(x) of N images.

    Attributes:
        log_likelihood: Nats, float64, shape (N,); higher is better. On average too low.
        effective_size: Of the k draws, (sum w)^2 / sum w^2, from 1 to k, shape (N,): near 1, one
            draw decided, and the estimate is not to be trusted.
        k: Draws for each image.
        is_likelihood: False if grey pixels were scored with a Bernoulli likelihood: the figure
            then is no likelihood of anything, see `inner.is_likelihood`.
    """

    log_likelihood: Tensor
    effective_size: Tensor
    k: int
    is_likelihood: bool

    @property
    def error(self) -> Tensor:
        """Standard error of each image's estimate by the delta method, nats, shape (N,).

        That is the relative standard error of the mean weight. It cannot exceed 1 and is itself
        too small where the draws missed the mass; infinite for a single draw.
        """
        if self.k == 1:
            return torch.full_like(self.log_likelihood, math.inf)
        return ((self.k / self.effective_size - 1).clamp_min(0) / (self.k - 1)).sqrt()

    @property
    def negative_log_likelihood(self) -> Estimate:
        """The mean of -log p(x) over images, nats, with its standard error over images."""
        return mean_of(-self.log_likelihood.numpy())


@torch.no_grad()
def importance_log_likelihood(
    model: AutoEncoder, images: ImageSet, k: int, seed: int = 0, *, binarize: bool = False
) -> ImportanceEstimate:
    """Estimate log p(x) of every image from k draws each.

    An image's draws depend on the seed and its place in the set only; of more draws, the first
    ones stay the same. Without `binarize`, grey images under a "bernoulli" model get a number
    that is no likelihood.

    Args:
        model: A VAE.
        images: N images of the model's shape.
        k: Draws for each image, 1 to 1,000,000.
        seed: Of the draws and of the binarisation.
        binarize: Score black-or-white images, the same ones as `elbo` with this seed.

    Raises:
        ConfigError: A plain autoencoder, images of another shape, or no such number of draws.
    """
    require_vae(model)
    require_shape(model, images)
    if isinstance(k, bool) or not isinstance(k, int) or not 1 <= k <= MAX_DRAWS:
        raise ConfigError(f"The draws must be a whole number from 1 to {MAX_DRAWS}, not {k!r}.")
    if binarize:
        images = binarized(images, seed)
    log_sums, log_squares = [], []
    start = 0
    for batch in images.images.split(max(1, CODES // k)):
        x = to_unit(batch.to(model.device))
        total, squares = torch.full((2, len(x), 1), -math.inf, dtype=torch.float64).to(x.device)
        posterior = model.encode(x)
        for noise in _noise(seed, range(start, start + len(x)), k, model.config.latent_dim):
            log_w = _log_weights(model, x, posterior, noise.to(model.device))
            total = torch.logsumexp(torch.cat([total, log_w], 1), 1, keepdim=True)
            squares = torch.logsumexp(torch.cat([squares, 2 * log_w], 1), 1, keepdim=True)
        log_sums.append(total[:, 0] + base(model, x))
        log_squares.append(squares[:, 0] - 2 * total[:, 0])
        start += len(x)
    return ImportanceEstimate(
        torch.cat(log_sums).cpu() - math.log(k),
        torch.exp(-torch.cat(log_squares)).cpu(),
        k,
        is_likelihood(model, images),
    )


def _noise(seed: int, rows: range, k: int, n_dims: int) -> Iterator[Tensor]:
    """Noise of the draws of some images, in pieces of float64, (rows, draws, D).

    Every image has a stream of its own, with the seed and its index as the key (Philox, Salmon
    et al. 2011). One number more for each draw decides which half of the mixture it is from.
    """
    streams = [np.random.Generator(np.random.Philox(key=[seed % 2**64, row])) for row in rows]
    for start in range(0, k, CODES):
        n_draws = min(CODES, k - start)
        normals = np.stack([s.standard_normal((n_draws, n_dims + 1)) for s in streams])
        width = np.where(normals[..., -1:] > 0, WIDE, 1.0)
        yield torch.from_numpy(normals[..., :-1] * width)


def _log_weights(model: AutoEncoder, x: Tensor, posterior: Posterior, noise: Tensor) -> Tensor:
    """Log w of B images' draws, but for `base`, in nats, float64, (B, draws).

    The factors of 2 pi of prior and proposal cancel.
    """
    sigma = posterior.sigma.double()[:, None]
    z = posterior.mu.double()[:, None] + sigma * noise
    slopes, offsets = inner(model, z.float().flatten(0, 1))
    pixels = x.flatten(1).to(slopes.dtype)
    slopes = slopes.reshape(*z.shape[:2], -1)
    log_px = (slopes @ pixels[:, :, None])[..., 0] + offsets.reshape(z.shape[:2])
    squared, n_dims = noise.square().sum(2), noise.shape[2]
    narrow = -0.5 * squared
    wide = -0.5 * squared / WIDE**2 - n_dims * math.log(WIDE)
    log_r = torch.logaddexp(narrow, wide) - math.log(2) - sigma.log().sum(2)
    return log_px.double() - 0.5 * z.square().sum(2) - log_r
