"""Tests for vae_core.metrics.samples: Gaussians in closed form, and real pictures made worse."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
import torch
from scipy.linalg import sqrtm

from tests.real_images import real_images
from vae_core import load_checkpoint, load_images
from vae_core.config import ModelConfig
from vae_core.data import ImageSet, to_unit
from vae_core.errors import ConfigError
from vae_core.metrics.judge import load_judge
from vae_core.metrics.samples import (
    SampleQuality,
    frechet_distance,
    kernel_distance,
    noise_like,
    sample_quality,
    why_no_quality,
)
from vae_core.models import AutoEncoder, build_model

SHIPPED = Path(__file__).parents[2] / "checkpoints"


def gaussian(mean: npt.ArrayLike, covariance: npt.ArrayLike, n: int = 500) -> npt.NDArray:
    """Features whose mean and covariance are exactly these."""
    x = np.random.default_rng(0).normal(size=(n, len(np.asarray(mean))))
    x -= x.mean(0)
    x @= np.linalg.inv(np.linalg.cholesky(np.atleast_2d(np.cov(x, rowvar=False)))).T
    return np.asarray(mean) + x @ np.linalg.cholesky(covariance).T


def random_covariance(d: int, seed: int) -> npt.NDArray:
    root = np.random.default_rng(seed).normal(size=(d, d))
    return root @ root.T + 0.1 * np.eye(d)


def test_gaussians_along_the_same_axes_have_the_distance_in_closed_form() -> None:
    a = gaussian([0, 1, 2], np.diag([1.0, 4.0, 9.0]))
    b = gaussian([1, 1, 0], np.diag([4.0, 4.0, 0.25]))
    expected = (1 + 0 + 4) + (1 - 2) ** 2 + 0 + (3 - 0.5) ** 2
    assert frechet_distance(a, b) == pytest.approx(expected)


def test_turned_gaussians_have_that_of_the_root_of_the_product() -> None:
    one, other = random_covariance(6, 1), random_covariance(6, 2)
    expected = np.trace(one + other - 2 * sqrtm(one @ other).real) + 6
    a, b = gaussian(np.zeros(6), one), gaussian(np.ones(6), other, 300)
    assert frechet_distance(a, b) == pytest.approx(expected)
    assert frechet_distance(b, a) == pytest.approx(expected)


def test_equal_sets_are_no_distance_apart() -> None:
    a = gaussian(np.zeros(5), random_covariance(5, 3))
    assert frechet_distance(a, a) == pytest.approx(0, abs=1e-6)
    flat = np.concatenate([a, np.zeros((500, 3))], axis=1)  # features that never fire
    assert frechet_distance(flat, flat[::-1]) == pytest.approx(0, abs=1e-6)


def test_one_feature_is_enough() -> None:
    found = frechet_distance(gaussian([0], [[1.0]]), gaussian([3], [[4.0]]))
    assert found == pytest.approx(9 + 1)


def test_the_kernel_distance_equals_the_sums_written_out() -> None:
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(12, 3)), rng.normal(size=(12, 3)) + 1
    total = 0.0
    for i in range(12):
        for j in range(12):
            if i != j:
                total += ((x[i] @ x[j] / 3 + 1) ** 3 + (y[i] @ y[j] / 3 + 1) ** 3) / (12 * 11)
            total -= 2 * (x[i] @ y[j] / 3 + 1) ** 3 / 12**2
    found = kernel_distance(x, y, blocks=1)
    assert found.value == pytest.approx(total)
    assert found.error is None


def test_the_kernel_distance_of_one_kind_of_images_is_zero_on_average() -> None:
    """However few there are; the Fréchet distance is then far from zero."""
    rng = np.random.default_rng(0)
    sets = rng.normal(size=(400, 2, 20, 8))
    values = [kernel_distance(a, b, blocks=1).value for a, b in sets]
    error = np.std(values, ddof=1) / len(values) ** 0.5
    assert abs(np.mean(values)) < 3 * error
    assert np.min(values) < 0 < np.max(values)
    assert frechet_distance(*sets[0]) > 1


def test_the_error_of_a_kernel_distance_is_that_of_other_sets() -> None:
    rng = np.random.default_rng(1)
    found = [
        kernel_distance(rng.normal(size=(200, 4)), rng.normal(size=(200, 4)) + 0.5)
        for _ in range(100)
    ]
    spread = np.std([one.value for one in found])
    assert 0.6 < spread / np.mean([one.error for one in found]) < 1.5


@pytest.mark.parametrize("n", [2, 3, 19])
def test_few_images_are_dealt_to_fewer_blocks(n: int) -> None:
    x = np.random.default_rng(0).normal(size=(n, 4))
    assert kernel_distance(x, x[::-1] + 1).value is not None


@pytest.mark.parametrize("distance", [frechet_distance, kernel_distance])
@pytest.mark.parametrize(
    ("a", "b", "message"),
    [
        (np.zeros((1, 3)), np.zeros((5, 3)), r"two or more images, not \(1, 3\)"),
        (np.zeros(4), np.zeros((5, 3)), r"not \(4,\)"),
        (np.zeros((5, 4)), np.zeros((5, 3)), "one judge alone can be compared, not 4 with 3"),
        (np.full((5, 3), np.nan), np.zeros((5, 3)), "finite features"),
    ],
)
def test_what_cannot_be_compared_is_told_in_a_sentence(distance, a, b, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        distance(a, b)


def test_the_more_noise_the_further_from_real_digits() -> None:
    judge, images = load_judge("digits"), load_images("digits", "train")
    half = len(images) // 2
    real = judge.features(images.images[:half])
    x = to_unit(images.images[half:])
    noise = torch.rand(x.shape)
    worse = [judge.features(x.lerp(noise, share)) for share in (0, 0.2, 0.4, 0.6, 0.8)]
    for distances in (
        [frechet_distance(features, real) for features in worse],
        [kernel_distance(features, real).value for features in worse],
    ):
        assert (np.diff(distances) > 0).all()


@pytest.fixture(scope="module")
def quality() -> SampleQuality:
    model = load_checkpoint(SHIPPED / "digits-dense-512-vae-2d.safetensors").model
    found = sample_quality(model, load_images("digits", "train"), load_images("digits"))
    assert found is not None
    return found


def test_samples_of_a_trained_model_lie_between_floor_and_ceiling(quality: SampleQuality) -> None:
    assert 0 < quality.floor < quality.distance < quality.ceiling
    assert quality.kernel_floor.value < quality.kernel.value < quality.kernel_ceiling.value
    assert 0.1 < quality.confidence < quality.real_confidence < 1


def test_the_noise_of_the_ceiling_knows_each_pixel_s_mean_and_spread_alone() -> None:
    numbers = np.random.default_rng(0)
    grey = 128 + 20 * numbers.normal(size=(4000, 1, 1, 1)) * np.linspace(0.1, 1, 64).reshape(8, 8)
    images = ImageSet(torch.from_numpy(grey).byte(), torch.zeros(4000).long(), ("one",))
    noise, x = noise_like(images, numbers), to_unit(images.images)
    torch.testing.assert_close(noise.mean(0), x.mean(0), rtol=0, atol=0.01)
    torch.testing.assert_close(noise.std(0), x.std(0), rtol=0.1, atol=0)
    together = torch.corrcoef(noise.flatten(1).T) - torch.eye(64)
    assert together.abs().max() < 0.1  # of the images themselves, all pixels rise together


def test_the_figures_say_what_they_were_made_with(quality: SampleQuality) -> None:
    judge = load_judge("digits")
    assert (quality.n, quality.source) == (len(load_images("digits")), "prior")
    assert (quality.judge, quality.sha256) == ("digits-v1", judge.sha256)
    assert quality.class_share.sum() == pytest.approx(1)
    assert quality.real_class_share == pytest.approx(0.1, abs=0.02)


def test_an_untrained_model_is_no_better_than_noise() -> None:
    train, held_out = load_images("digits", "train"), load_images("digits")
    model = build_model(ModelConfig((1, 8, 8), hidden=(16,)))
    found = sample_quality(model, train, held_out, n=300)
    assert found.distance > found.ceiling
    assert found.n == 300


def test_the_seed_alone_decides() -> None:
    train, held_out = load_images("digits", "train"), load_images("digits")
    model = load_checkpoint(SHIPPED / "digits-dense-512-vae-2d.safetensors").model
    values = [sample_quality(model, train, held_out, seed, 100).distance for seed in (1, 1, 2)]
    assert values[0] == values[1] != values[2]


def plain() -> AutoEncoder:
    return build_model(ModelConfig((1, 8, 8), kind="ae", hidden=(16,)))


def test_a_plain_autoencoder_has_samples_of_a_mixture_alone() -> None:
    train, held_out = load_images("digits", "train"), load_images("digits")
    assert sample_quality(plain(), train, held_out) is None
    assert "no prior to draw samples from" in why_no_quality(plain(), "digits")
    found = sample_quality(plain(), train, held_out, n=100, source="mixture")
    assert (found.source, found.n) == ("mixture", 100)
    assert why_no_quality(plain(), "digits", "mixture") is None


def test_images_that_no_judge_knows_have_no_quality(images: ImageSet) -> None:
    model = build_model(ModelConfig((1, 8, 8), hidden=(16,)))
    assert sample_quality(model, images, images) is None
    assert "No judge was trained on shapes" in why_no_quality(model, "shapes")


def test_images_of_two_data_sets_are_not_compared(images: ImageSet) -> None:
    model = build_model(ModelConfig((1, 8, 8), hidden=(16,)))
    with pytest.raises(ConfigError, match="knows digits says nothing about shapes"):
        sample_quality(model, images, load_images("digits"))


@pytest.mark.parametrize(
    "name", ["mnist-deep-map-vae-2d", "mnist-dense-400-vae-8d", "fashion-mnist-deep-map-vae-2d"]
)
def test_shipped_models_draw_better_than_noise_and_worse_than_life(name: str) -> None:
    checkpoint = load_checkpoint(SHIPPED / f"{name}.safetensors")
    train, held_out = (real_images(checkpoint.dataset.name, s) for s in ("train", "test"))
    found = sample_quality(checkpoint.model, train, held_out, n=500)
    assert 2 * found.floor < found.distance < 0.7 * found.ceiling
    assert 0.5 < found.confidence < found.real_confidence
    assert found.class_share.min() > 0.02
