"""What the reconstruction of a data set costs at least, and what it costs to know nothing."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from vae_core.data import ImageSet, to_unit
from vae_core.errors import ConfigError

NEVER = 1e-3  # a pixel that is never lit would cost infinitely much once it is
BATCH = 1000  # images at once


@dataclass(frozen=True)
class ReconstructionBounds:
    """Of a Bernoulli likelihood, nats per image.

    Attributes:
        floor: Entropy of the grey levels as probabilities: no decoder can do with less.
        mean_image: What a decoder costs that draws the mean image for every code.
    """

    floor: float
    mean_image: float


def reconstruction_bounds(images: ImageSet, mean_image: Tensor) -> ReconstructionBounds:
    """Means over N images, such as held-out ones.

    Args:
        images: That are to be reconstructed.
        mean_image: Of the training images, in [0, 1], shape (C, H, W).

    Raises:
        ConfigError: The images are not of its shape.
    """
    if tuple(mean_image.shape) != images.image_shape:
        raise ConfigError(
            f"The images are of shape {images.image_shape}, the mean image of "
            f"{tuple(mean_image.shape)}."
        )
    total = torch.zeros_like(mean_image, dtype=torch.float64)
    for batch in images.images.split(BATCH):
        total += to_unit(batch).double().sum(0)
    p = mean_image.double().clamp(NEVER, 1 - NEVER)
    lit = total / len(images)
    cost = -(lit * torch.log(p) + (1 - lit) * torch.log1p(-p)).sum()
    return ReconstructionBounds(float(pixel_entropy(images).mean()), float(cost))


def pixel_entropy(images: ImageSet) -> Tensor:
    """Entropy of each image's grey levels as probabilities, in nats, float64, shape (N,).

    What a Bernoulli reconstruction of it costs at least; 0 for one in black and white.
    """
    found = []
    for batch in images.images.split(BATCH):
        x = to_unit(batch).double()
        found.append((torch.special.entr(x) + torch.special.entr(1 - x)).flatten(1).sum(1))
    return torch.cat(found)
