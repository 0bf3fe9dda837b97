"""Tests for vae_core.metrics.information: posteriors whose information is known."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
import torch

from vae_core import load_checkpoint
from vae_core.encoding import LatentSet
from vae_core.errors import ConfigError
from vae_core.metrics.estimate import Estimate
from vae_core.metrics.information import Information, information, label_information

SHIPPED = Path(__file__).parents[2] / "checkpoints"
SURE = 4.5  # standard errors, beyond which a difference is no accident


def posteriors(mean: object, variance: object, labels: object = None) -> LatentSet:
    mu = torch.as_tensor(np.asarray(mean, dtype=np.float64))
    logvar = torch.as_tensor(np.broadcast_to(np.log(variance), mu.shape).copy())
    classes = np.zeros(len(mu), np.int64) if labels is None else labels
    return LatentSet(mu, logvar, torch.as_tensor(classes))


def mixture(n_images: int = 300, n_dims: int = 3) -> LatentSet:
    rng = np.random.default_rng(0)
    return posteriors(rng.normal(size=(n_images, n_dims)), rng.uniform(0.05, 1, (n_images, n_dims)))


def agree(found: Estimate, expected: float) -> bool:
    assert found.value is not None
    assert found.error is not None
    return abs(found.value - expected) <= SURE * found.error + 1e-9


def assert_parts_add_up(found: Information) -> None:
    """The two sums: within the errors of the draws, and but for rounding."""
    whole, parts = found.mean_kl, (found.mutual_information, found.marginal_kl)
    error = math.hypot(*(part.error or 0 for part in (whole, *parts)))
    assert abs((whole.value or 0) - sum(part.value or 0 for part in parts)) <= 3 * error
    # These share every draw, so nothing but rounding is left.
    split = (found.total_correlation, *found.dimension_kl)
    assert found.marginal_kl.value == pytest.approx(sum(part.value or 0 for part in split))


def test_information_and_marginal_kl_are_the_mean_kl() -> None:
    assert_parts_add_up(information(mixture(), draws=6000))


@pytest.mark.parametrize("name", ["digits-dense-512-vae-2d", "mnist-dense-400-vae-8d"])
def test_so_they_are_for_shipped_models(name: str) -> None:
    latents = load_checkpoint(SHIPPED / f"{name}.safetensors").latents
    found = information(latents.subset(range(min(1500, len(latents)))))
    assert_parts_add_up(found)
    assert 1 < (found.mutual_information.value or 0) <= found.ceiling


def test_codes_that_are_all_alike_tell_nothing() -> None:
    found = information(posteriors(np.full((50, 2), 0.7), 0.5))
    assert found.mutual_information.value == pytest.approx(0, abs=1e-9)
    per_dim = 0.5 * (0.7**2 + 0.5 - 1 - math.log(0.5))
    assert agree(found.marginal_kl, 2 * per_dim)
    assert agree(found.dimension_kl[1], per_dim)
    assert found.total_correlation.value == pytest.approx(0, abs=1e-9)


def test_codes_far_apart_tell_each_image_from_all_others() -> None:
    found = information(posteriors(10 * np.arange(64)[:, None], 1e-4))
    assert found.mutual_information.value == pytest.approx(math.log(64))
    assert found.ceiling == pytest.approx(math.log(64))


def test_no_draw_tells_more_than_which_image_it_is() -> None:
    """The ceiling holds for every single draw, so for any seed."""
    narrow = posteriors(np.random.default_rng(3).normal(size=(20, 2)), 1e-6)
    for seed in range(5):
        found = information(narrow, seed, draws=50)
        assert (found.mutual_information.value or 0) <= found.ceiling + 1e-9


def test_a_collapsed_dimension_adds_nothing() -> None:
    rng = np.random.default_rng(1)
    mean = np.stack([rng.normal(size=400), np.zeros(400)], axis=1)
    found = information(posteriors(mean, [0.1, 1.0]))
    assert found.dimension_kl[1] == Estimate(pytest.approx(0, abs=1e-9), pytest.approx(0, abs=1e-9))
    assert found.total_correlation.value == pytest.approx(0, abs=1e-9)
    alone = information(posteriors(mean[:, :1], [0.1]))
    assert agree(found.mutual_information, alone.mutual_information.value or 0)


def test_a_gaussian_aggregate_posterior_has_the_closed_form() -> None:
    """Many narrow posteriors with correlated means: q(z) is nearly N(0, C)."""
    rng = np.random.default_rng(5)
    covariance = np.array([[1.0, 0.8], [0.8, 1.0]])
    mean = rng.multivariate_normal([0, 0], covariance - 0.05 * np.eye(2), size=8000)
    found = information(posteriors(mean, 0.05))
    expected = -0.5 * math.log(np.linalg.det(covariance))  # TC, and the marginals are the prior
    assert found.total_correlation.value == pytest.approx(expected, abs=0.06)
    assert found.marginal_kl.value == pytest.approx(expected, abs=0.06)
    assert found.dimension_kl[0].value == pytest.approx(0, abs=0.01)


def test_the_errors_are_those_of_other_seeds() -> None:
    latents = mixture(100)
    found = [information(latents, seed, draws=200).mutual_information for seed in range(60)]
    spread = np.std([one.value for one in found])
    error = np.mean([one.error for one in found])
    assert 0.6 * error < spread < 1.4 * error


def test_the_seed_alone_decides() -> None:
    assert information(mixture(), 3, 100) == information(mixture(), 3, 100)
    assert information(mixture(), 3, 100) != information(mixture(), 4, 100)


def test_one_image_has_nothing_to_be_told_from() -> None:
    found = information(posteriors([[0.3, -0.2]], 0.4))
    assert (found.ceiling, found.mutual_information.value) == (0, pytest.approx(0, abs=1e-9))


def test_a_plain_autoencoder_has_no_information_in_nats() -> None:
    with pytest.raises(ConfigError, match="codes but no posteriors, and so no information"):
        information(LatentSet(torch.zeros(3, 2), None, torch.zeros(3).long()))


def test_one_draw_has_no_error() -> None:
    with pytest.raises(ConfigError, match="at least 2 draws, not 1"):
        information(mixture(), draws=1)


@pytest.mark.parametrize("is_vae", [True, False])
def test_a_dimension_that_holds_the_class_tells_all_of_it(is_vae: bool) -> None:
    rng = np.random.default_rng(0)
    labels = np.arange(300) % 3
    mean = np.stack([rng.normal(size=300), 10.0 * labels], axis=1)
    mean[:, 1] += 0.1 * rng.normal(size=300)
    latents = posteriors(mean, [0.01, 0.01], labels)
    found = label_information(latents if is_vae else LatentSet(latents.mu, None, latents.labels))
    assert found is not None
    assert found[1] == pytest.approx(1, abs=0.02)
    assert 0 <= found[0] < 0.15


def test_each_dimension_is_held_against_its_own_spread() -> None:
    """The second tells the class as surely as the first, on a scale a hundred times as wide."""
    labels = np.arange(300) % 3
    own = 10.0 * labels[:, None] + np.random.default_rng(0).normal(size=(300, 1))
    found = label_information(posteriors(own * [1, 100], [0.01, 100.0], labels))
    assert found == pytest.approx([1, 1], abs=0.02)


def test_half_of_the_classes_told_apart_is_half_of_what_there_is() -> None:
    """Four classes in two places: one bit of two."""
    labels = np.arange(400) % 4
    found = label_information(posteriors(20.0 * (labels[:, None] // 2), 1.0, labels))
    np.testing.assert_allclose(found, [0.5], atol=0.02)


def test_one_class_leaves_nothing_to_know() -> None:
    assert label_information(mixture()) is None


def test_no_image_or_an_undefined_code_is_told_in_a_sentence() -> None:
    labels = [0, 1, 1]
    with pytest.raises(ConfigError, match="finite numbers"):
        label_information(posteriors([[0.0], [np.inf], [1.0]], 1.0, labels))
    with pytest.raises(ConfigError, match="at least 2 draws"):
        label_information(posteriors([[0.0], [2.0], [1.0]], 1.0, labels), draws=1)
    with pytest.raises(ConfigError, match="finite numbers"):  # of a plain autoencoder too
        label_information(LatentSet(torch.tensor([[0.0], [np.nan], [1.0]]), None, labels))
    with pytest.raises(ConfigError, match="at least one image"):
        information(posteriors(np.zeros((0, 2)), 1.0))


def test_a_code_that_tells_the_class_for_sure_tells_all_of_it_and_no_more() -> None:
    mu = torch.tensor([[0.0], [100.0]]).repeat(10, 1) + torch.linspace(0, 1, 20)[:, None]
    labels = torch.tensor([0, 1]).repeat(10)
    for logvar in (None, torch.full_like(mu, -4.0)):
        assert label_information(LatentSet(mu, logvar, labels)) == pytest.approx([1.0], abs=1e-3)


def test_of_images_each_of_its_own_class_there_is_nothing_to_tell() -> None:
    mu = torch.linspace(0, 1, 6)[:, None]
    for logvar in (None, torch.zeros_like(mu)):
        assert label_information(LatentSet(mu, logvar, torch.arange(6))) is None
