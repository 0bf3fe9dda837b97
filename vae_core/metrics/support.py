"""Does data live here? Judged by the distance to the nearest codes.

A place is as well supported as its k-th nearest code is near: the k-nearest-neighbour estimate
of density (Loftsgaarden & Quesenberry 1965; Sun et al. 2022 for telling strange data). What is
usual is learnt from the codes themselves, each judged by all the others. It asks nothing of the
model, so plain autoencoders and VAEs are judged alike.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np
import numpy.typing as npt
from scipy.spatial import KDTree
from torch import Tensor

from vae_core.encoding import LatentSet
from vae_core.errors import ConfigError

FloatArray = npt.NDArray[np.float64]
Where = Literal["inside", "edge", "outside"]
NEIGHBOURS = 5  # one or two far codes do not make a place supported
REFERENCE = 2000  # codes that say what is usual
SEED = 0  # of their choice
INSIDE, EDGE = 3.0, 1.0  # percentiles from which a place is called so


@dataclass(frozen=True, eq=False)
class Support:
    """How well N places are supported by data.

    Attributes:
        percentile: Share of the data's codes, each judged by the others, that are no better
            supported than this place, 0 to 100, shape (N,).
        label: "inside" the data (from 3 %), at its "edge", or "outside" (below 1 %), shape (N,).
    """

    percentile: FloatArray
    label: npt.NDArray[np.str_]


class Neighbourhood:
    """The codes of a data set, and how near to each other they usually are.

    Attributes:
        codes: Shape (N, D), latent units.
        k: Which nearest neighbour counts; 5, or less with fewer codes.
    """

    def __init__(self, codes: Tensor | npt.ArrayLike) -> None:
        """Take the codes, shape (N, D) with N at least 2.

        Raises:
            ConfigError: Too few codes, or some are not finite.
        """
        self.codes: FloatArray = np.asarray(codes, dtype=np.float64)
        if self.codes.ndim != 2 or len(self.codes) < 2 or not self.codes.shape[1]:
            raise ConfigError(f"Support needs at least two codes, not shape {self.codes.shape}.")
        if not np.isfinite(self.codes).all():
            raise ConfigError("Support needs finite codes; some of these are not.")
        self.k = min(NEIGHBOURS, len(self.codes) - 1)
        self._tree = KDTree(self.codes)

    def distance(self, z: Tensor | npt.ArrayLike) -> FloatArray:
        """Distance of places, shape (M, D), to their k-th nearest code, latent units, (M,)."""
        places = require_places(z, self.codes.shape[1])
        return np.asarray(self._tree.query(places, [self.k])[0], dtype=np.float64)[:, 0]

    def distance_among_others(self, indices: npt.ArrayLike) -> FloatArray:
        """Distance of some of the codes to their k-th nearest other, latent units, (M,)."""
        chosen = self.codes[np.asarray(indices, dtype=np.intp)]
        return np.asarray(self._tree.query(chosen, [self.k + 1])[0], dtype=np.float64)[:, 0]

    def nearest(self, z: Tensor | npt.ArrayLike) -> tuple[FloatArray, npt.NDArray[np.intp]]:
        """Distance, latent units, and index of the code nearest to each place, (M,) each."""
        places = require_places(z, self.codes.shape[1])
        distance, index = self._tree.query(places)
        return np.asarray(distance, dtype=np.float64), np.asarray(index, dtype=np.intp)

    def support(self, z: Tensor | npt.ArrayLike) -> Support:
        """How well the data supports places, shape (M, D)."""
        return self._judge(self.distance(z))

    def support_of(self, indices: npt.ArrayLike) -> Support:
        """How well the other codes support some of the codes."""
        return self._judge(self.distance_among_others(indices))

    def _judge(self, distance: FloatArray) -> Support:
        usual = self._usual
        nearer = np.searchsorted(usual, distance, side="left")
        percentile: FloatArray = 100 * (1 - nearer / len(usual))
        label = np.select([percentile >= INSIDE, percentile >= EDGE], ["inside", "edge"], "outside")
        return Support(percentile, label)

    @cached_property
    def _usual(self) -> FloatArray:
        """Distances of reference codes to their k-th nearest other, ascending."""
        n = len(self.codes)
        chosen = np.random.default_rng(SEED).permutation(n)[: min(n, REFERENCE)]
        return np.sort(self.distance_among_others(chosen))


def require_places(z: Tensor | npt.ArrayLike, n_dims: int) -> FloatArray:
    """Places in latent space as float64, shape (M, D).

    Raises:
        ConfigError: Another number of dimensions, or numbers that are not finite.
    """
    places = np.asarray(z, dtype=np.float64)
    if places.ndim != 2 or places.shape[1] != n_dims:
        raise ConfigError(f"Places have shape (M, {n_dims}) here, not {places.shape}.")
    if not np.isfinite(places).all():
        raise ConfigError("A place must be made of finite numbers.")
    return places


def support(latents: LatentSet, z: Tensor | npt.ArrayLike) -> Support:
    """How well the data encoded as `latents` supports places `z`, shape (M, D)."""
    return Neighbourhood(latents.mu).support(z)
