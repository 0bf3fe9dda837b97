"""Cells of latent space, for one or two dimensions, that cover all of the prior.

They are dense near zero, where posteriors are many and narrow: z = SCALE sinh(u) along each axis,
with u evenly spaced. They come in tiles, and any tile can be had in finer cells. Codes are in
latent units.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import torch
from torch import Tensor

from vae_core.errors import ConfigError
from vae_core.metrics.inner import require_vae
from vae_core.models.autoencoder import AutoEncoder

MIN_CELLS, MAX_CELLS = 8, 480
TIMES = {1: 16, 2: 1}  # as many cells along each axis, by the number of axes
SIDES = {1: 64, 2: 4}  # cells along each side of a tile, by the number of axes
MAX_DIMS = max(SIDES)  # of a code that a grid is laid over
EXTENT = 10.0  # latent units; 2e-22 of a plane's prior lies further out
SCALE = 0.5  # latent units: at twice that the cells are 2.2 times as wide as in the centre


class Axis(NamedTuple):
    """Cells along one latent dimension: centres and widths, float64, shape (n,)."""

    z: Tensor
    widths: Tensor


def axis_of(n: int) -> Axis:
    """So many cells from -EXTENT to EXTENT, evenly spaced in u."""
    end = math.asinh(EXTENT / SCALE)
    step = 2 * end / n
    u = (torch.arange(n, dtype=torch.float64) + 0.5) * step - end
    return Axis(SCALE * torch.sinh(u), SCALE * torch.cosh(u) * step)


class Tiling(NamedTuple):
    """Square tiles of cells.

    Attributes:
        n: Cells along each axis.
        side: Cells along each side of a tile.
        tiles: Place of each tile along each axis, counted from 0, int64, shape (T, D); those
            further out than EXTENT are left out.
    """

    n: int
    side: int
    tiles: Tensor

    @staticmethod
    def of(model: AutoEncoder, cells: float) -> Tiling:
        """At least so many cells along each axis, for the latent dimensions of a model."""
        n_dims = model.config.latent_dim
        side = SIDES[n_dims]
        n = math.ceil(cells * TIMES[n_dims] / side) * side
        nearest = axis_of(n).z.abs().reshape(-1, side).amin(1)  # of each row of tiles
        places = torch.arange(len(nearest))
        tiles = torch.cartesian_prod(*[places] * n_dims).reshape(-1, n_dims)
        return Tiling(n, side, tiles[nearest[tiles].norm(dim=1) <= EXTENT])

    def cells(self, tiles: Tensor, finer: int = 1) -> tuple[Tensor, Tensor]:
        """Centres of all cells of some tiles, (G, D), and the log of the prior's mass in each."""
        axis, n_dims = axis_of(self.n * finer), tiles.shape[1]
        index = torch.arange(self.side * finer)
        within = torch.cartesian_prod(*[index] * n_dims).reshape(-1, n_dims)
        chosen = (tiles[:, None] * self.side * finer + within).flatten(0, 1)
        z = axis.z[chosen]
        return z, axis.widths[chosen].log().sum(1) + log_prior(z)

    def every_second(self, finer: int) -> Tensor:
        """Parts a tile's G cells into 2^D sets, each of every second cell along each axis.

        Returns:
            1 where a cell is in the set and 0 elsewhere, float32, shape (G, 2^D).
        """
        n_dims = self.tiles.shape[1]
        odd = torch.arange(self.side * finer) % 2
        which = torch.cartesian_prod(*[odd] * n_dims).reshape(-1, n_dims)
        number = (which * 2 ** torch.arange(n_dims)).sum(1)
        return torch.nn.functional.one_hot(number, 2**n_dims).float()


def require_grid(model: AutoEncoder, cells: int) -> int:
    """The number of latent dimensions; ConfigError if they cannot be summed over such a grid."""
    require_vae(model)
    n_dims = model.config.latent_dim
    if n_dims > MAX_DIMS:
        raise ConfigError(
            f"Only one or two latent dimensions can be summed over a grid, not {n_dims}; "
            "use importance_log_likelihood."
        )
    if isinstance(cells, bool) or not isinstance(cells, int) or not MIN_CELLS <= cells <= MAX_CELLS:
        raise ConfigError(
            f"Cells along an axis must be a whole number from {MIN_CELLS} to {MAX_CELLS}, "
            f"not {cells!r}."
        )
    return n_dims


def log_prior(z: Tensor) -> Tensor:
    """Log N(z; 0, I) of codes, (G, D), in nats, shape (G,)."""
    return -0.5 * (z.square() + math.log(2 * math.pi)).sum(1)
