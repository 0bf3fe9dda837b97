"""Tests for vae_core.metrics.collapse: used dimensions, and what is lost without each."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from vae_core.config import ModelConfig
from vae_core.data import ImageSet
from vae_core.encoding import LatentSet, encode
from vae_core.errors import ConfigError
from vae_core.metrics.collapse import USED_KL, USED_SIGMA, usage, without_each
from vae_core.metrics.latent import ACTIVE_VARIANCE, active_units
from vae_core.models import AutoEncoder, build_model


def latents(spread: list[float], sigma: list[float]) -> LatentSet:
    """Codes evenly spread to both sides of zero, 101 of them."""
    mu = torch.linspace(-1, 1, 101)[:, None] * torch.tensor(spread)
    logvar = 2 * torch.log(torch.tensor(sigma)).expand_as(mu)
    return LatentSet(mu, logvar, torch.zeros(101, dtype=torch.long))


def test_a_collapsed_dimension_is_told_by_all_three_signs() -> None:
    found = usage(latents([1.0, 0.0], [0.1, 1.0]))
    assert found.signs.tolist() == [[True] * 3, [False] * 3]
    assert found.is_used.tolist() == [True, False]
    assert not found.is_disputed.any()
    np.testing.assert_allclose(found.kl[1], 0, atol=1e-9)


def test_a_mean_that_moves_under_the_widest_posterior_is_disputed() -> None:
    found = usage(latents([0.5, 0.0], [1.0, 0.5]))
    assert found.signs.tolist() == [[True, True, False], [True, False, True]]
    assert found.is_disputed.all()
    assert found.is_used.all()


def test_the_thresholds_agree_with_each_other() -> None:
    width = 0.5 * (USED_SIGMA**2 - 1 - 2 * np.log(USED_SIGMA))
    assert width + 0.5 * ACTIVE_VARIANCE == pytest.approx(USED_KL, rel=0.01)


def test_the_variance_sign_counts_active_units(images: ImageSet, model: AutoEncoder) -> None:
    found = encode(model, images)
    assert usage(found).signs[:, 1].sum() == active_units(found)


def test_a_plain_autoencoder_and_a_single_image_are_refused() -> None:
    codes = latents([1.0], [0.5])
    with pytest.raises(ConfigError, match="no posterior that could collapse"):
        usage(LatentSet(codes.mu, None, codes.labels))
    with pytest.raises(ConfigError, match="takes two images, not 1"):
        usage(codes.subset([0]))


def test_a_dimension_the_decoder_does_not_read_can_go_without_loss(
    images: ImageSet, model: AutoEncoder
) -> None:
    first = model.decoder[0]
    first.weight[:, 1] = 0
    used, unread = without_each(model, images)
    assert used.value is not None
    assert used.value > 0
    assert (unread.value, unread.error) == (0, 0)


def test_without_its_only_dimension_a_plain_autoencoder_draws_its_mean_code(
    images: ImageSet,
) -> None:
    model = build_model(ModelConfig((1, 8, 8), latent_dim=1, hidden=(16,), kind="ae"), seed=1)
    model.requires_grad_(False)
    x = images.images.float() / 255
    mean = model.encode(x).mu.mean(0, keepdim=True)
    bce = torch.nn.BCEWithLogitsLoss(reduction="none")
    drawn = bce(model.decode(mean).expand_as(x), x).flatten(1).sum(1)
    whole = bce(model.decode(model.encode(x).mu), x).flatten(1).sum(1)
    expected = (drawn - whole).mean().item()
    assert without_each(model, images)[0].value == pytest.approx(expected, abs=1e-3)


def test_no_images_tell_nothing(images: ImageSet, model: AutoEncoder) -> None:
    with pytest.raises(ConfigError, match="there are none"):
        without_each(model, images.subset([]))
