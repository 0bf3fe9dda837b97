"""How many real images have codes near a place."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy.spatial import KDTree
from torch import Tensor

from vae_core.codes import require_codes
from vae_core.errors import ConfigError

USUAL, SHARE = 15, 0.9  # neighbours that so many of the images have within the radius
REFERENCE = 2000  # images that are asked for it
SEED = 0  # of their choice


class Company:
    """The codes of N images, shape (N, D), in latent units.

    Attributes:
        radius: What counts as near, latent units: nine of ten images have at least 15 others, or
            all others if there are fewer, no further away.
    """

    def __init__(self, mu: Tensor | npt.ArrayLike) -> None:
        """Take at least two codes.

        Raises:
            ConfigError: Too few, or some are not finite.
        """
        codes = np.asarray(mu, dtype=np.float64)
        if codes.ndim != 2 or len(codes) < 2 or not np.isfinite(codes).all():
            raise ConfigError("Counting neighbours needs at least two codes, all of them finite.")
        self._n_dims = codes.shape[1]
        self._tree = KDTree(codes)
        chosen = np.random.default_rng(SEED).permutation(len(codes))[:REFERENCE]
        k = min(USUAL, len(codes) - 1) + 1  # the nearest is the code itself
        distances = np.asarray(self._tree.query(codes[chosen], [k])[0], dtype=np.float64)
        self.radius = float(np.quantile(distances, SHARE))

    def count(self, z: Tensor | npt.ArrayLike) -> npt.NDArray[np.int64]:
        """How many images are within `radius` of each code, (M, D); shape (M,)."""
        codes = require_codes(z, self._n_dims)
        found = self._tree.query_ball_point(codes, self.radius, return_length=True)
        return np.asarray(found, dtype=np.int64)
