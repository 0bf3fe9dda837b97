"""Images that the models of the flaws are shown: real ones, or drawings where there are none.

No image of a data set is shipped. Where MNIST is not on this machine, a sound model draws the
images anew from their codes, which its file holds; they are then as like the originals as two
numbers allow.
"""

from __future__ import annotations

from pathlib import Path

import torch

from vae_core.checkpoints import load_checkpoint
from vae_core.data import ImageSet, load_images
from vae_core.decoding import decode
from vae_core.errors import DataMissingError
from vae_core.flaws.catalogue import TRAINING

N_IMAGES = 200
DRAWER = Path(__file__).parents[2] / "checkpoints" / "mnist-deep-map-vae-2d.safetensors"


def reference_images() -> ImageSet:
    """The first held-out images of those that the models have encoded, in the same order.

    Its name is that of the data set, or else begins with "drawn by".

    Raises:
        DataError: The data set is damaged.
        CheckpointError: It is not here, and neither is the model that would draw its images.
    """
    try:
        return held_out_images()
    except DataMissingError:
        return drawn_images()


def held_out_images() -> ImageSet:
    """The real ones alone.

    Raises:
        DataMissingError: The data set is not on this machine.
        DataError: It is damaged.
    """
    return load_images(TRAINING.dataset, "test").subset(torch.arange(N_IMAGES))


def drawn_images() -> ImageSet:
    """Drawings of the same images.

    Raises:
        CheckpointError: The model that draws them is not here.
    """
    drawer = load_checkpoint(DRAWER)
    pictures = decode(drawer.model, drawer.latents.mu[:N_IMAGES])
    return ImageSet(
        pictures.mul(255).round().byte(),
        drawer.latents.labels[:N_IMAGES],
        drawer.dataset.classes,
        f"drawn by {DRAWER.stem}",
    )
