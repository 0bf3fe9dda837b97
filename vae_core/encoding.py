"""Encoding whole data sets: images in, posteriors out."""

from __future__ import annotations

from dataclasses import dataclass

import numpy.typing as npt
import torch
from torch import Tensor

from vae_core.data import ImageSet, to_unit
from vae_core.errors import ConfigError
from vae_core.models.autoencoder import AutoEncoder

BATCH = 1000


@dataclass(frozen=True, eq=False)
class LatentSet:
    """Posteriors of N images.

    Attributes:
        mu: Posterior means (codes of a plain autoencoder), float32, shape (N, D).
        logvar: Log-variances, shape (N, D); None for a plain autoencoder.
        labels: Class of each image, int64, shape (N,).
    """

    mu: Tensor
    logvar: Tensor | None
    labels: Tensor

    def __len__(self) -> int:
        return len(self.mu)

    def subset(self, indices: Tensor | npt.ArrayLike) -> LatentSet:
        """The posteriors at `indices`, in that order."""
        chosen = torch.as_tensor(indices, dtype=torch.long)
        logvar = None if self.logvar is None else self.logvar[chosen]
        return LatentSet(self.mu[chosen], logvar, self.labels[chosen])


def require_shape(model: AutoEncoder, images: ImageSet) -> None:
    """Raise ConfigError unless the images are of the model's shape."""
    if images.image_shape != model.config.image_shape:
        raise ConfigError(
            f"The model takes images of shape {model.config.image_shape}, but "
            f"{images.name or 'the data set'} has {images.image_shape}."
        )


@torch.no_grad()
def encode(model: AutoEncoder, images: ImageSet) -> LatentSet:
    """Encode every image.

    Raises:
        ConfigError: The images are not of the model's shape.
    """
    require_shape(model, images)
    posteriors = [
        model.encode(to_unit(batch.to(model.device))) for batch in images.images.split(BATCH)
    ]
    mu = torch.cat([p.mu for p in posteriors]).float().cpu()
    logvars = [p.logvar for p in posteriors if p.logvar is not None]
    logvar = torch.cat(logvars).float().cpu() if logvars else None
    return LatentSet(mu, logvar, images.labels)
