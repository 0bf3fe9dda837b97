"""Holes: where the prior would draw a code from, and no data lives.

A VAE's decoder is asked to draw pictures for codes from the prior, but was trained on the
aggregate posterior only. Where the first has mass and the second has none, its pictures are
invented (Rezende & Viola 2018).
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from torch import Tensor

from vae_core.geometry import prior_percentile
from vae_core.metrics.support import Neighbourhood

WITHIN = 95.0  # per cent of the prior's draws: further out the prior does not go either
DRAWS = 2000


def holes(
    data: Neighbourhood, z: Tensor | npt.ArrayLike, within: float = WITHIN
) -> npt.NDArray[np.bool_]:
    """Which of the places `z`, shape (M, D), are holes, shape (M,).

    A hole is outside the data (see `Support`), though nearer to zero than all but the outermost
    `100 - within` per cent of draws from the prior N(0, I).
    """
    found: npt.NDArray[np.bool_] = (data.support(z).label == "outside") & (
        prior_percentile(z) <= within
    )
    return found


def hole_mass(data: Neighbourhood, n: int = DRAWS, seed: int = 0) -> float:
    """Share of `n` draws from the prior that fall outside the data, 0 to 1; lower is better.

    Its standard error is at most 1 / (2 sqrt(n)).
    """
    draws = np.random.default_rng(seed).normal(size=(n, data.codes.shape[1]))
    return float((data.support(draws).label == "outside").mean())
