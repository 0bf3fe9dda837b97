"""Tests for vae_core.metrics.bounds, against torch.distributions."""

from __future__ import annotations

import pytest
import torch
from torch.distributions import Bernoulli

from vae_core import load_images
from vae_core.data import ImageSet, to_unit
from vae_core.errors import ConfigError
from vae_core.metrics.bounds import NEVER, reconstruction_bounds


def test_the_floor_is_the_entropy_and_the_ceiling_the_mean_image_s_cost() -> None:
    images, held_out = load_images("digits", "train"), load_images("digits", "test")
    found = reconstruction_bounds(held_out, images.mean_image())
    x = to_unit(held_out.images).double()
    entropy = Bernoulli(probs=x).entropy().flatten(1).sum(1).mean()
    p = images.mean_image().double().clamp(NEVER, 1 - NEVER)
    cost = -Bernoulli(probs=p, validate_args=False).log_prob(x).flatten(1).sum(1).mean()
    assert found.floor == pytest.approx(entropy.item(), rel=1e-6)
    assert found.mean_image == pytest.approx(cost.item(), rel=1e-6)
    assert found.floor < found.mean_image


def test_black_and_white_images_can_be_told_for_nothing() -> None:
    pixels = torch.zeros(3, 1, 8, 8, dtype=torch.uint8)
    pixels[1:] = 255
    images = ImageSet(pixels, torch.zeros(3, dtype=torch.long), ("one",), "two-coloured")
    found = reconstruction_bounds(images, torch.full((1, 8, 8), 0.5))
    assert found.floor == 0
    assert found.mean_image == pytest.approx(64 * torch.log(torch.tensor(2.0)).item())


def test_a_mean_image_of_another_shape_is_refused() -> None:
    with pytest.raises(ConfigError, match="the mean image of"):
        reconstruction_bounds(load_images("digits", "test"), torch.zeros(1, 9, 9))
