"""Two ways to learn from a random draw: the slope of a mean loss, estimated draw by draw.

What is wanted is the gradient, with respect to mu, of E[f(z)] with z drawn from q = N(mu, sigma^2)
and f the reconstruction of one image. The *reparameterized* estimate goes through z = mu + sigma
eps with eps held fixed (Kingma & Welling 2014, section 2.4); the *score function* estimate only
weighs how likely each draw was, f(z) d log q(z) / d mu (Williams 1992, "REINFORCE"). Both have the
same mean; how much they scatter around it is another matter.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor
from torch.distributions import Normal

from vae_core.data import ImageSet, to_unit
from vae_core.encoding import require_shape
from vae_core.errors import ConfigError
from vae_core.models.autoencoder import AutoEncoder
from vae_core.models.posterior import Posterior
from vae_core.objectives import reconstruction_nll

FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class GradientDraws:
    """Estimates of d E[reconstruction] / d mu, one for each draw, nats per latent unit.

    Attributes:
        z: The draws, shape (N, D), latent units.
        reparameterized: Shape (N, D).
        score: Shape (N, D).
    """

    z: FloatArray
    reparameterized: FloatArray
    score: FloatArray


def gradient_draws(model: AutoEncoder, image: ImageSet, draws: int, seed: int = 0) -> GradientDraws:
    """Estimate the gradient for one image, both ways from the same draws.

    Args:
        model: A VAE.
        image: One image of the model's shape.
        draws: At least one; the first of many are those of few.
        seed: Of the draws.

    Raises:
        ConfigError: A plain autoencoder, not one image, or no draws.
    """
    require_shape(model, image)
    if model.config.kind != "vae":
        raise ConfigError("A plain autoencoder draws no codes, so there is no gradient through it.")
    if len(image) != 1 or draws < 1:
        raise ConfigError(f"One image and at least one draw, not {len(image)} and {draws}.")
    x = to_unit(image.images.to(model.device))
    with torch.no_grad():
        mu, logvar = (_each(part, draws) for part in model.encode(x))
    mu.requires_grad_()
    # NumPy's: of PyTorch's, the first of many are not those of few.
    noise = torch.from_numpy(np.random.default_rng(seed).standard_normal(mu.shape)).to(mu)
    posterior = Posterior(mu, logvar)
    z = posterior.reparameterize(noise=noise)
    loss = reconstruction_nll(model, model.decode(z), x.expand(draws, *x.shape[1:]))
    (through,) = torch.autograd.grad(loss.sum(), mu, retain_graph=True)
    likely = Normal(posterior.mu, posterior.sigma).log_prob(z.detach()).sum(1)
    (score,) = torch.autograd.grad((loss.detach() * likely).sum(), mu)
    return GradientDraws(_array(z), _array(through), _array(score))


def _each(part: Tensor | None, draws: int) -> Tensor:
    """A copy for each draw, so that every draw has a gradient of its own."""
    assert part is not None
    return part.expand(draws, -1).clone()


def _array(values: Tensor) -> FloatArray:
    found: FloatArray = values.detach().double().cpu().numpy()
    return found
