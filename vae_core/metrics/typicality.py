"""Which images are typical of their class, and which are strange."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from vae_core.encoding import LatentSet
from vae_core.metrics.support import Neighbourhood, share_no_nearer


def typicality(latents: LatentSet) -> npt.NDArray[np.float64]:
    """Share of an image's class that is no more typical than it, 0 to 100 per cent, shape (N,).

    The nearer an image's code has others of its own class, the more typical it is (see
    `Neighbourhood`, here of the codes `mu`); images that are equally near are equally typical.
    Undefined (NaN) for an image that is alone in its class.

    Raises:
        ConfigError: Codes that are not finite.
    """
    labels = latents.labels.numpy()
    found = np.full(len(labels), np.nan)
    for label in np.unique(labels):
        of_class = np.flatnonzero(labels == label)
        if len(of_class) < 2:
            continue
        codes = LatentSet(latents.mu[of_class], None, latents.labels[of_class])
        data = Neighbourhood(codes)
        distance = data.distance(data.mu, range(len(of_class)))
        found[of_class] = share_no_nearer(distance, np.sort(distance))
    return found
