"""Encoder and decoder bodies: stacks of layers between an image and a flat feature vector.

Every encoder body maps (B, C, H, W) to (B, F) and says F as `features`; every decoder body
maps (B, D) to (B, C, H, W). Encoder and decoder never share a layer.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from itertools import pairwise

from torch import nn

from vae_core.config import ModelConfig
from vae_core.models.linear import Linear


def _activation(config: ModelConfig) -> nn.Module:
    return {"relu": nn.ReLU, "silu": nn.SiLU}[config.activation]()


def _dense_stack(config: ModelConfig, widths: tuple[int, ...]) -> list[nn.Module]:
    """Linear layers through `widths`, an activation after each."""
    layers: list[nn.Module] = []
    for n_in, n_out in pairwise(widths):
        layers += [Linear(n_in, n_out), _activation(config)]
    return layers


class EncoderBody(nn.Sequential):
    """Layers from an image (B, C, H, W) to features (B, F)."""

    def __init__(self, layers: list[nn.Module], features: int) -> None:
        super().__init__(*layers)
        self.features = features


class DenseEncoder(EncoderBody):
    """Flatten, then dense layers of the given widths."""

    def __init__(self, config: ModelConfig) -> None:
        widths = (math.prod(config.image_shape), *config.hidden)
        super().__init__([nn.Flatten(), *_dense_stack(config, widths)], widths[-1])


class FlatConvEncoder(EncoderBody):
    """3x3 convolutions that keep the size, then flatten, then dense layers.

    As in its source, the last convolution goes into the first dense layer with no activation.
    """

    def __init__(self, config: ModelConfig) -> None:
        n_channels, height, width = config.image_shape
        layers: list[nn.Module] = []
        for n_in, n_out in pairwise((n_channels, *config.channels)):
            layers += [nn.Conv2d(n_in, n_out, 3, padding=1), _activation(config)]
        widths = (config.channels[-1] * height * width, *config.hidden)
        super().__init__([*layers[:-1], nn.Flatten(), *_dense_stack(config, widths)], widths[-1])


class StridedConvEncoder(EncoderBody):
    """3x3 convolutions of stride 2, each halving the side (rounded up), then flatten."""

    def __init__(self, config: ModelConfig) -> None:
        layers: list[nn.Module] = []
        for n_in, n_out in pairwise((config.image_shape[0], *config.channels)):
            layers += [nn.Conv2d(n_in, n_out, 3, stride=2, padding=1), _activation(config)]
        height, width = _halvings(config)[-1]
        widths = (config.channels[-1] * height * width, *config.hidden)
        super().__init__([*layers, nn.Flatten(), *_dense_stack(config, widths)], widths[-1])


class DenseDecoder(nn.Sequential):
    """The dense encoder's widths in reverse, then one linear layer onto the pixels."""

    def __init__(self, config: ModelConfig) -> None:
        widths = (config.latent_dim, *reversed(config.hidden))
        n_pixels = math.prod(config.image_shape)
        super().__init__(
            *_dense_stack(config, widths),
            Linear(widths[-1], n_pixels, bias=False),
            nn.Unflatten(1, config.image_shape),
        )


class StridedConvDecoder(nn.Sequential):
    """Linear, reshape, transposed convolutions of stride 2 up to the exact size, then a 3x3.

    The side after a stride-2 convolution is (n + 1) // 2, so two sides map to the same half;
    `output_padding` puts back the pixel that was rounded away.
    """

    def __init__(self, config: ModelConfig) -> None:
        sizes = _halvings(config)[::-1]
        channels = config.channels[::-1]
        height, width = sizes[0]
        widths = (config.latent_dim, *reversed(config.hidden), channels[0] * height * width)
        layers = [*_dense_stack(config, widths), nn.Unflatten(1, (channels[0], height, width))]
        for (small, large), (n_in, n_out) in zip(
            pairwise(sizes), pairwise((channels[0], *channels)), strict=True
        ):
            padding = (large[0] - 2 * small[0] + 1, large[1] - 2 * small[1] + 1)
            layers += [
                nn.ConvTranspose2d(n_in, n_out, 3, stride=2, padding=1, output_padding=padding),
                _activation(config),
            ]
        last = nn.Conv2d(channels[-1], config.image_shape[0], 3, padding=1, bias=False)
        super().__init__(*layers, last)


def _halvings(config: ModelConfig) -> list[tuple[int, int]]:
    """(H, W) of the image and after each stride-2 convolution."""
    _, height, width = config.image_shape
    sizes = [(height, width)]
    for _ in config.channels:
        height, width = (height + 1) // 2, (width + 1) // 2
        sizes.append((height, width))
    return sizes


ENCODERS: dict[str, Callable[[ModelConfig], EncoderBody]] = {
    "dense": DenseEncoder,
    "conv-flat": FlatConvEncoder,
    "conv-strided": StridedConvEncoder,
}
DECODERS: dict[str, Callable[[ModelConfig], nn.Sequential]] = {
    "dense": DenseDecoder,
    "conv-flat": DenseDecoder,  # as in its source: convolutions on the way in only
    "conv-strided": StridedConvDecoder,
}


def build_bodies(config: ModelConfig) -> tuple[EncoderBody, nn.Sequential]:
    """A fresh encoder and decoder body for `config`, sharing nothing."""
    return ENCODERS[config.body](config), DECODERS[config.body](config)
