"""Black-or-white images drawn from grey ones: the images of which a Bernoulli likelihood is one."""

from __future__ import annotations

import torch

from vae_core.data import ImageSet, to_unit

BITS_STREAM = 0x5DEECE66D
BATCH = 1000  # images at once; bounds memory, does not change the result


def binarized(images: ImageSet, seed: int) -> ImageSet:
    """The images with every pixel drawn once, black or white, its grey level as probability.

    The draws come from a stream of their own: noise of the same seed does not repeat them. Those
    of the first images do not depend on how many follow.
    """
    generator = torch.Generator().manual_seed(seed ^ BITS_STREAM)
    bits = [
        torch.bernoulli(to_unit(batch.cpu()), generator=generator).byte() * 255
        for batch in images.images.split(BATCH)
    ]
    return ImageSet(torch.cat(bits), images.labels, images.classes, images.name)


def is_black_or_white(images: ImageSet) -> bool:
    """Whether no pixel is grey."""
    return all(bool(((b == 0) | (b == 255)).all()) for b in images.images.split(BATCH))
