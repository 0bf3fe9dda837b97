"""KL(q || p) of q = N(mu, sigma^2) from the prior p = N(0, 1), found in three ways; nats.

The closed form is what training uses. The integral and the draws know nothing of it: they take
the definition, the mean of log q(z) - log p(z) under q, and so can tell a wrong formula.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import torch

from vae_core.errors import ConfigError
from vae_core.metrics.estimate import Estimate, mean_of
from vae_core.models.posterior import Posterior
from vae_core.objectives import kl_per_dim

FloatArray = npt.NDArray[np.float64]
REACH = 12.0  # sigmas from the mean, beyond which the density is below the smallest digit


def kl_closed_form(mu: npt.ArrayLike, sigma: npt.ArrayLike) -> FloatArray:
    """1/2 (mu^2 + sigma^2 - 1 - log sigma^2), by the product's own `kl_per_dim`.

    Args:
        mu: Means of q, any shape.
        sigma: Standard deviations of q, above zero, a shape that fits.

    Returns:
        Nats, the shape of both together.
    """
    means, sigmas = np.broadcast_arrays(np.asarray(mu, np.float64), _positive(sigma))
    posterior = Posterior(torch.tensor(means), 2 * torch.tensor(sigmas).log())
    found: FloatArray = kl_per_dim(posterior).numpy()
    return found


def bell(z: npt.ArrayLike, mu: float = 0.0, sigma: float = 1.0) -> FloatArray:
    """Density of N(mu, sigma^2) at places `z`, any shape, per latent unit."""
    found: FloatArray = np.exp(_log_bell(np.asarray(z, dtype=np.float64), mu, sigma))
    return found


def log_ratio(z: npt.ArrayLike, mu: float, sigma: float) -> FloatArray:
    """How much likelier places `z` are under q than under p: log q(z) - log p(z), nats.

    Any shape, which is that of the answer.
    """
    places = np.asarray(z, dtype=np.float64)
    return _log_bell(places, mu, sigma) - _log_bell(places, 0.0, 1.0)


def mean_under(mu: float, sigma: float, quantity: Callable[[float], float]) -> float:
    """Mean of a quantity of z under q, by numerical integration (QUADPACK, through SciPy)."""
    from scipy.integrate import quad  # half a second to import

    scale = float(_positive(sigma))
    value, _ = quad(
        lambda z: float(bell(z, mu, scale)) * quantity(z),
        mu - REACH * scale, mu + REACH * scale, points=[mu], limit=200,
    )  # fmt: skip
    return float(value)


def kl_by_integration(mu: float, sigma: float) -> float:
    """The definition of the KL, integrated numerically; nats."""
    return mean_under(mu, sigma, lambda z: float(log_ratio(z, mu, sigma)))


def kl_by_draws(mu: float, sigma: float, n: int, seed: int = 0) -> Estimate:
    """The definition of the KL, as the mean over `n` draws from q; nats.

    Args:
        mu: Mean of q.
        sigma: Standard deviation of q, above zero.
        n: At least one; the first of many draws are those of few.
        seed: Of the draws.
    """
    scale = float(_positive(sigma))
    z = mu + scale * np.random.default_rng(seed).normal(size=n)
    return mean_of(log_ratio(z, mu, scale))


def _log_bell(z: FloatArray, mu: float, sigma: float) -> FloatArray:
    """Log density of a Gaussian; SciPy's own is in a package that takes seconds to import."""
    scale = float(_positive(sigma))
    return -0.5 * np.square((z - mu) / scale) - math.log(scale) - 0.5 * math.log(2 * math.pi)


def _positive(sigma: npt.ArrayLike) -> FloatArray:
    """Raise ConfigError unless every sigma is finite and above zero."""
    found = np.asarray(sigma, dtype=np.float64)
    if not (np.isfinite(found) & (found > 0)).all():
        raise ConfigError(f"A standard deviation has to be above zero, not {found.min()}.")
    return found
