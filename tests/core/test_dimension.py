"""Tests for vae_core.metrics.dimension: balls of known dimension, and real images."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
import torch

from tests.real_images import real_images
from vae_core import load_checkpoint
from vae_core.errors import ConfigError
from vae_core.metrics.dimension import (
    Method,
    intrinsic_dimension,
    intrinsic_dimensions,
    nearest_distances,
)

METHODS: list[Method] = ["twonn", "mle"]
SHIPPED = Path(__file__).parents[2] / "checkpoints"
both = pytest.mark.parametrize("method", METHODS)


def ball(n: int, d: int, within: int, seed: int = 0) -> npt.NDArray[np.float64]:
    """N points, evenly in the unit ball of d dimensions, turned into a larger space."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(n, d))
    x *= rng.random((n, 1)) ** (1 / d) / np.linalg.norm(x, axis=1, keepdims=True)
    axes, _ = np.linalg.qr(rng.normal(size=(within, d)))
    return x @ axes.T


@both
@pytest.mark.parametrize("d", [1, 2, 5])
def test_a_ball_has_its_dimension_whatever_space_it_lies_in(d: int, method: Method) -> None:
    for within in (d, 20):  # neighbours by a tree, and by all distances
        found = intrinsic_dimension(ball(2000, d, within), method)
        assert found.value == pytest.approx(d, rel=0.1)


@both
def test_ten_dimensions_take_more_points(method: Method) -> None:
    """Most of a ball of ten dimensions is near its border, where estimates are too small."""
    found = intrinsic_dimension(ball(20_000, 10, 16), method, 10)
    assert found.value == pytest.approx(10, rel=0.1)
    assert found.value < 10


@both
def test_neither_scale_nor_place_nor_turning_matters(method: Method) -> None:
    x = ball(500, 3, 6)
    turned, _ = np.linalg.qr(np.random.default_rng(9).normal(size=(6, 6)))
    found = intrinsic_dimension(x, method)
    moved = intrinsic_dimension(1000 * x @ turned + 7, method)
    assert moved.value == pytest.approx(found.value, rel=1e-6)


@both
def test_points_that_are_there_twice_count_once(method: Method) -> None:
    x = ball(400, 2, 5)
    assert intrinsic_dimension(np.concatenate([x, x[:300]]), method) == intrinsic_dimension(
        x, method
    )


@both
def test_points_nearer_than_rounding_can_tell_do_no_harm(method: Method) -> None:
    x = ball(600, 2, 12) + 1
    found = intrinsic_dimension(np.concatenate([x, x[:30] + 1e-15]), method)
    assert found.value == pytest.approx(2, rel=0.15)


@both
def test_the_error_is_that_of_other_samples(method: Method) -> None:
    found = [intrinsic_dimension(ball(400, 2, 2, seed), method) for seed in range(30)]
    spread = np.std([one.value for one in found])
    error = np.mean([one.error for one in found if one.error is not None])
    assert 0.5 * error < spread < 2 * error


def test_both_equal_their_formulas_written_out() -> None:
    """TwoNN by least squares over the lowest nine tenths; of MLE, the mean of inverses."""
    x = ball(200, 3, 5)
    near = np.sort(np.linalg.norm(x[:, None] - x, axis=2), axis=1)[:, 1:9]
    ratios = np.log(np.sort(near[:, 1] / near[:, 0]))[:180]
    height = -np.log(1 - np.arange(1, 181) / 201)
    slope, *_ = np.linalg.lstsq(ratios[:, None], height, rcond=None)
    assert intrinsic_dimension(x).value == pytest.approx(slope[0])
    inverses = [np.mean([np.log(row[7] / row[j]) for j in range(7)]) for row in near]
    assert intrinsic_dimension(x, "mle", 8).value == pytest.approx(1 / np.mean(inverses))


def test_several_estimates_are_those_of_one_at_a_time() -> None:
    x = ball(300, 3, 12)
    asked: list[tuple[Method, int]] = [("mle", 5), ("twonn", 20), ("mle", 20)]
    found = intrinsic_dimensions(x, asked)
    assert found == [intrinsic_dimension(x, method, k) for method, k in asked]
    assert [one.k for one in found] == [5, 2, 20]


def test_the_figure_says_what_it_was_made_from() -> None:
    found = intrinsic_dimension(ball(300, 2, 2), "mle", 7)
    assert (found.n, found.k, found.method) == (300, 7, "mle")
    assert intrinsic_dimension(ball(300, 2, 2)).k == 2


@both
def test_images_count_as_points_of_their_pixels(method: Method) -> None:
    pixels = torch.randint(0, 255, (100, 1, 8, 8), dtype=torch.uint8)
    flat = pixels.flatten(1).double().numpy()
    assert intrinsic_dimension(pixels, method) == intrinsic_dimension(flat, method)


def test_distances_are_those_of_all_pairs() -> None:
    for n_dims in (3, 30):
        x = np.random.default_rng(0).normal(size=(60, n_dims)) + 100
        pairs = np.sort(np.linalg.norm(x[:, None] - x, axis=2), axis=1)[:, 1:6]
        np.testing.assert_allclose(nearest_distances(x, 5), pairs, rtol=1e-8)


@pytest.mark.parametrize(
    ("x", "settings", "message"),
    [
        (np.zeros((500, 4)), {}, "at least 20 different points, not 1"),
        (ball(19, 2, 2), {}, "at least 20 different points, not 19"),
        (np.zeros(9), {}, r"shape \(N, ...\), not \(9,\)"),
        (np.zeros((0, 3)), {}, r"not \(0, 3\)"),
        (np.full((30, 2), np.nan), {}, "finite numbers; some are not"),
        (np.eye(40), {}, "equally far"),
        (np.eye(40), {"method": "mle"}, "equally far"),
        (ball(30, 2, 2), {"method": "mle", "k": 30}, "3 to 29 neighbours of 30 .* not 30"),
        (ball(30, 2, 2), {"method": "mle", "k": 2}, "not 2"),
        (ball(30, 2, 2), {"method": "pca"}, "Unknown method 'pca'; choose twonn or mle"),
    ],
)
def test_what_has_no_dimension_is_told_in_a_sentence(x, settings, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        intrinsic_dimension(x, **settings)


@both
def test_codes_of_two_dimensions_have_two(method: Method) -> None:
    latents = load_checkpoint(SHIPPED / "mnist-dense-512-vae-2d.safetensors").latents
    assert intrinsic_dimension(latents.mu, method).value == pytest.approx(2, abs=0.1)


@both
def test_mnist_has_twelve_or_thirteen_rather_than_as_many_as_pixels(method: Method) -> None:
    """All 10,000 images give 13.6 and 11.9; a quarter nearly that, in a tenth of the time."""
    images = real_images("mnist")
    assert 11.5 <= intrinsic_dimension(images.images[:2500], method).value <= 14.5
