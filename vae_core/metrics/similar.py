"""Which images are alike: by their pixels, or by their codes."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from vae_core.codes import require_codes
from vae_core.data import ImageSet, to_unit
from vae_core.encoding import LatentSet
from vae_core.errors import ConfigError

BATCH = 1000  # images compared at once


class Similar(NamedTuple):
    """The nearest images, the nearest first.

    Attributes:
        indices: Of the images, shape (N,).
        distances: Shape (N,); of pixels: root of the summed squared difference in grey levels,
            0 to sqrt(C H W); of codes: latent units.
    """

    indices: npt.NDArray[np.int64]
    distances: npt.NDArray[np.float64]


def nearest_in_pixels(
    images: ImageSet, x: Tensor | npt.ArrayLike, n: int = 5, *, apart_from: int | None = None
) -> Similar:
    """The images whose pixels differ least from one image, such as a decoded one.

    Args:
        images: To choose from.
        x: In [0, 1], shape (C, H, W).
        n: How many; fewer if there are fewer.
        apart_from: Index of an image that is left out, such as `x` itself.

    Raises:
        ConfigError: `x` is not of the images' shape, or not finite.
    """
    wanted = torch.as_tensor(x, dtype=torch.float32)
    if wanted.shape != images.image_shape or not torch.isfinite(wanted).all():
        raise ConfigError(
            f"To be compared, an image needs shape {images.image_shape} and finite pixels."
        )
    row = wanted.reshape(1, -1)
    batches = images.images.flatten(1).split(BATCH)
    # Not `cdist`: by way of a product of matrices it finds no distance between near twins.
    distance = torch.cat([(to_unit(batch) - row).norm(dim=1) for batch in batches])
    return _nearest(distance.double().numpy(), n, apart_from)


def nearest_in_codes(
    latents: LatentSet, z: npt.ArrayLike, n: int = 5, *, apart_from: int | None = None
) -> Similar:
    """The images whose codes `mu` lie nearest to a code `z`, shape (D,); see above for the rest."""
    mu = latents.mu.double().numpy()
    code = require_codes(np.asarray(z, dtype=np.float64).reshape(1, -1), mu.shape[1])
    return _nearest(np.linalg.norm(mu - code, axis=1), n, apart_from)


def _nearest(distance: npt.NDArray[np.float64], n: int, apart_from: int | None) -> Similar:
    if n < 0:
        raise ConfigError(f"There are no {n} nearest images.")
    order = np.argsort(distance, kind="stable")  # equally near ones in the order of the images
    if apart_from is not None:
        order = order[order != apart_from]
    order = order[:n]
    return Similar(order.astype(np.int64), distance[order])
