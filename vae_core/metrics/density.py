"""The aggregate posterior: where in latent space the decoder was trained.

q(z) = 1/N sum_n q(z|x_n) is the mixture of all images' posteriors (Hoffman & Johnson 2016).
"""

from __future__ import annotations

from functools import cached_property

import numpy as np
import numpy.typing as npt
import torch
from scipy.special import ndtr
from torch import Tensor

from vae_core.codes import require_codes
from vae_core.encoding import LatentSet
from vae_core.errors import ConfigError
from vae_core.metrics.support import Neighbourhood
from vae_core.projection import Plane

FloatArray = npt.NDArray[np.float64]
MIN_LOGVAR, MAX_LOGVAR = -16.0, 16.0
BATCH = 500  # codes at a time: about 150 MB with 10,000 images


class AggregatePosterior:
    """A mixture of N Gaussians with diagonal covariances, one for each image.

    Attributes:
        mu: Mean of each component, shape (N, D), latent units.
        variance: Likewise, squared latent units, within exp(-16) and exp(16).
    """

    def __init__(self, latents: LatentSet) -> None:
        """Take the posteriors of at least one image.

        Raises:
            ConfigError: The codes are a plain autoencoder's, which has no posteriors; there are
                none; or they are not finite.
        """
        if latents.logvar is None:
            raise ConfigError("A plain autoencoder has codes but no posteriors to aggregate.")
        self.mu: FloatArray = latents.mu.double().numpy()
        self.variance: FloatArray = _variance(latents.logvar)
        if not len(self.mu):
            raise ConfigError("An aggregate posterior needs at least one image.")
        if not np.isfinite(self.mu).all():
            raise ConfigError("An aggregate posterior needs finite posteriors; some are not.")

    def log_density(self, z: Tensor | npt.ArrayLike) -> FloatArray:
        """Log q(z) of codes, shape (M, D), in nats, shape (M,)."""
        codes = require_codes(z, self.mu.shape[1]) - self._centre
        slopes, constant = self._coefficients
        found = np.empty(len(codes))
        for start in range(0, len(codes), BATCH):
            rows = slice(start, start + BATCH)
            powers = np.concatenate([np.square(codes[rows]), codes[rows]], axis=1)
            terms = powers @ slopes
            terms += constant
            # In place, less than half of what scipy's `logsumexp` takes.
            highest = terms.max(axis=1)
            terms -= highest[:, None]
            found[rows] = highest + np.log(np.exp(terms, out=terms).sum(1))
        found -= np.log(len(self.mu))
        return found

    def marginal(self, dim: int) -> AggregatePosterior:
        """The same mixture along one latent dimension alone: q(z_j), with D = 1."""
        part = object.__new__(AggregatePosterior)
        part.mu, part.variance = self.mu[:, [dim]], self.variance[:, [dim]]
        return part

    @cached_property
    def _centre(self) -> FloatArray:
        """Middle of the components: squares of what is counted from there lose fewest digits."""
        centre: FloatArray = self.mu.mean(0)
        return centre

    @cached_property
    def _coefficients(self) -> tuple[FloatArray, FloatArray]:
        """Of each component's log density as a polynomial in z^2 and z: one product a batch."""
        precision = 1 / self.variance
        mu = self.mu - self._centre
        constant = -0.5 * (np.square(mu) * precision + np.log(2 * np.pi * self.variance)).sum(1)
        return np.concatenate([-0.5 * precision, mu * precision], axis=1).T, constant


def _variance(logvar: Tensor) -> FloatArray:
    """Variances within bounds: a narrower posterior would divide by zero, a wider one overflow."""
    given = logvar.double()
    if not given.isfinite().all():
        raise ConfigError("An aggregate posterior needs finite posteriors; some are not.")
    variance: FloatArray = given.clamp(MIN_LOGVAR, MAX_LOGVAR).exp().numpy()
    return variance


def density_on(
    plane: Plane, latents: LatentSet, edges_x: npt.ArrayLike, edges_y: npt.ArrayLike
) -> FloatArray:
    """The aggregate posterior seen on a map: mean density in each cell of a grid.

    Each posterior's mass within a cell is exact where the axes of the map are those of latent
    space, as they are for D = 2 unless it is turned. Else the marginal along each axis of the map
    is exact, and the small correlation of the two within one posterior is left out. A plain
    autoencoder's codes are spread as wide as the distance to their k-th neighbour on the map
    (Breiman et al. 1977).

    Args:
        plane: The map.
        latents: The posteriors of N images.
        edges_x: Ascending borders of the columns in plane units, shape (columns + 1,).
        edges_y: Of the rows, shape (rows + 1,).

    Returns:
        Share of the mass per squared latent unit, shape (rows, columns), in the edges' order.

    Raises:
        ConfigError: Codes of one dimension, which spread over a line and no area, or posteriors
            that are not finite.
    """
    if latents.mu.shape[1] == 1:
        raise ConfigError("Codes of one dimension have a density along a line, not on a map.")
    places = plane.to_plane(latents.mu)
    if latents.logvar is None:
        seen = LatentSet(torch.from_numpy(places), None, latents.labels)
        width = Neighbourhood(seen).distance(places, range(len(places)))
        sigma = np.repeat(np.maximum(width, np.finfo(float).eps)[:, None], 2, axis=1)
    else:
        sigma = np.sqrt(_variance(latents.logvar) @ np.square(plane.axes).T)
    masses = []
    for edges, centre, spread in zip((edges_x, edges_y), places.T, sigma.T, strict=True):
        borders = (np.asarray(edges, dtype=np.float64)[:, None] - centre) / spread
        masses.append(np.diff(ndtr(borders), axis=0))
    area = np.outer(np.diff(np.asarray(edges_y)), np.diff(np.asarray(edges_x)))
    density: FloatArray = masses[1] @ masses[0].T / len(places) / area
    return density
