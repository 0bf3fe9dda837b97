"""Which images are typical of their class, and which are strange."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from vae_core.encoding import LatentSet
from vae_core.metrics.support import Neighbourhood


def typicality(latents: LatentSet) -> npt.NDArray[np.float64]:
    """Share of an image's class that is no more typical than it, 0 to 100 per cent, shape (N,).

    The nearer an image's code has others of its own class, the more typical it is (see
    `Neighbourhood`); undefined (NaN) for an image that is alone in its class.
    """
    labels = latents.labels.numpy()
    found = np.full(len(labels), np.nan)
    for label in np.unique(labels):
        of_class = np.flatnonzero(labels == label)
        if len(of_class) < 2:
            continue
        data = Neighbourhood(latents.mu[of_class])
        distance = data.distance_among_others(range(len(of_class)))
        farther = np.searchsorted(np.sort(distance), distance, side="left")
        found[of_class] = 100 * (1 - farther / len(of_class))
    return found
