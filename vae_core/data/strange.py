"""Images that do not belong: made from those of a data set, to see whether a model notices."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Literal, get_args

import torch
from torch import Tensor

from vae_core.data.image_set import ImageSet
from vae_core.errors import ConfigError

Strange = Literal["shuffled", "turned", "inverted", "halves", "blank"]


def strange_images(images: ImageSet, kind: Strange, seed: int = 0) -> ImageSet:
    """The same images, N of them, each spoilt in the same way.

    Args:
        images: What they are made from.
        kind: "shuffled": the same pixels in a random order, another for each image. "turned": by
            a quarter, where the images are square, else on their head. "inverted": light and dark
            exchanged. "halves": the left half of one image, the right half of another. "blank":
            nothing but black.
        seed: Of the order and of the partners.

    Raises:
        ConfigError: No such kind.
    """
    if kind not in get_args(Strange):
        raise ConfigError(f"Unknown kind {kind!r}; choose {', '.join(get_args(Strange))}.")
    generator = torch.Generator().manual_seed(seed)
    return replace(images, images=_SPOIL[kind](images.images, generator))


def faded(images: ImageSet, share: float) -> ImageSet:
    """The same images with that share of their brightness, 0 (black) to 1 (as they are)."""
    if not 0 <= share <= 1:
        raise ConfigError(f"Brightness is a share from 0 to 1, not {share}.")
    return replace(images, images=(images.images.float() * share).round().to(torch.uint8))


def _shuffled(x: Tensor, generator: torch.Generator) -> Tensor:
    pixels = x.flatten(2)  # colours of one pixel stay together
    order = torch.rand(len(x), 1, pixels.shape[2], generator=generator).argsort(-1)
    return pixels.gather(2, order.expand_as(pixels)).reshape(x.shape)


def _turned(x: Tensor, _: torch.Generator) -> Tensor:
    return x.rot90(1 if x.shape[2] == x.shape[3] else 2, (2, 3)).contiguous()


def _halves(x: Tensor, generator: torch.Generator) -> Tensor:
    other = x[torch.randperm(len(x), generator=generator)]
    middle = x.shape[3] // 2
    return torch.cat([x[..., :middle], other[..., middle:]], dim=3)


def _inverted(x: Tensor, _: torch.Generator) -> Tensor:
    return 255 - x


def _blank(x: Tensor, _: torch.Generator) -> Tensor:
    return torch.zeros_like(x)


_SPOIL: dict[Strange, Callable[[Tensor, torch.Generator], Tensor]] = {
    "shuffled": _shuffled,
    "turned": _turned,
    "inverted": _inverted,
    "halves": _halves,
    "blank": _blank,
}
