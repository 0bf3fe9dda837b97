"""Holes: where the prior would draw a code from, and no data lives.

A VAE's decoder is asked to draw pictures for codes from the prior, but was trained on the
aggregate posterior only. Where the first has mass and the second has none, its pictures are
invented (Rezende & Viola 2018).
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy.special import gammainc
from torch import Tensor

from vae_core.codes import require_codes
from vae_core.errors import ConfigError
from vae_core.metrics.support import Neighbourhood

FloatArray = npt.NDArray[np.float64]
DRAWS = 4000  # from the prior, for a share: its standard error is below 0.8 per cent
WITHIN = 95.0  # per cent of the prior's draws: further out the prior does not go either


def holes(
    data: Neighbourhood, z: Tensor | npt.ArrayLike, within: float = WITHIN
) -> npt.NDArray[np.bool_]:
    """Which of the codes `z`, shape (M, D), lie in holes, shape (M,).

    A hole is outside the data (see `Support`), though nearer to zero than all but the outermost
    `100 - within` per cent of draws from the prior N(0, I).

    Raises:
        ConfigError: The data is a plain autoencoder's, which has no prior.
    """
    if not data.has_prior:
        raise ConfigError("A plain autoencoder has no prior, and so no holes in it.")
    found: npt.NDArray[np.bool_] = (data.support(z).label == "outside") & (
        prior_percentile(z) <= within
    )
    return found


def prior_percentile(z: Tensor | npt.ArrayLike) -> FloatArray:
    """Share of draws from the prior N(0, I) that lie nearer to zero than codes, (N, D).

    The squared distance of such a draw from zero follows the chi-squared distribution with D
    degrees of freedom.

    Returns:
        0 to 100, shape (N,).
    """
    codes = np.asarray(z, dtype=np.float64)
    codes = require_codes(codes, codes.shape[-1] if codes.ndim else 0)
    share: FloatArray = 100 * gammainc(codes.shape[1] / 2, np.square(codes).sum(1) / 2)
    return share


def drawn_in_holes(
    data: Neighbourhood, draws: int = DRAWS, seed: int = 0, within: float = WITHIN
) -> npt.NDArray[np.bool_]:
    """Which of so many draws from the prior lie in holes, shape (draws,).

    Models of equal D are asked for the same codes, so that they can be compared draw by draw.
    With `within` = 100 also those that lie outside the data far out.

    Raises:
        ConfigError: The data is a plain autoencoder's, which has no prior.
    """
    z = np.random.default_rng(seed).normal(size=(draws, data.mu.shape[1]))
    return holes(data, z, within)
