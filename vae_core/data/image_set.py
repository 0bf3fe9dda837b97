"""A data set in memory: all images as one uint8 tensor, with labels and class names."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import numpy.typing as npt
import torch
from torch import Tensor


@dataclass(frozen=True, eq=False)
class ImageSet:
    """N labelled images of one size.

    Attributes:
        images: uint8, shape (N, C, H, W), 0 is black.
        labels: int64, shape (N,), an index into `classes`.
        classes: Class names for people.
        name: What `load_images` was asked for.
    """

    images: Tensor
    labels: Tensor
    classes: tuple[str, ...]
    name: str = ""

    def __len__(self) -> int:
        return len(self.images)

    @property
    def image_shape(self) -> tuple[int, int, int]:
        """(C, H, W)."""
        channels, height, width = self.images.shape[1:]
        return channels, height, width

    def subset(self, indices: Tensor | npt.ArrayLike) -> ImageSet:
        """The images at `indices`, in that order."""
        chosen = torch.as_tensor(indices, dtype=torch.long)
        return ImageSet(self.images[chosen], self.labels[chosen], self.classes, self.name)

    def joined(self, other: ImageSet) -> ImageSet:
        """These images, then those of `other`, which has the same classes and shape."""
        images, labels = (
            torch.cat(parts) for parts in ((self.images, other.images), (self.labels, other.labels))
        )
        return ImageSet(images, labels, self.classes, self.name)

    def mean_image(self) -> Tensor:
        """Mean over images, in [0, 1], shape (C, H, W)."""
        # In pieces: a sum over the whole of it would copy it at eight times the size.
        sums = [batch.sum(0, dtype=torch.int64) for batch in self.images.split(1000)]
        return torch.stack(sums).sum(0).double().div(255 * len(self)).float()

    def sha256(self) -> str:
        """Hash of pixels and labels: the same images in the same order, wherever they lie."""
        digest = hashlib.sha256(str(tuple(self.images.shape)).encode())
        digest.update(self.images.contiguous().numpy().data)
        digest.update(self.labels.contiguous().numpy().data)
        return digest.hexdigest()


def to_unit(images: Tensor) -> Tensor:
    """uint8 images as float32 in [0, 1], same shape."""
    return images.float().div_(255)
