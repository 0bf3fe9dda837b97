"""Tests for what a flat map does to codes of many dimensions."""

import numpy as np
import pytest

from vae_core import fit_plane
from vae_core.errors import ConfigError
from vae_core.metrics.flattening import false_friends, true_neighbours


@pytest.fixture
def layers():
    """A sheet at two heights far apart: on a map from above they lie on one another."""
    flat = np.random.default_rng(0).normal(size=(300, 2)) * [9, 8]
    return np.concatenate(
        [np.column_stack([flat, np.full(300, height)]) for height in (-50.0, 50.0)]
    )


def test_the_pair_that_a_map_hides_is_found(layers):
    plane = fit_plane(layers, basis="latent")
    left, right, *_ = plane.extent
    found = false_friends(plane, layers)
    assert (found.first < 300) != (found.second < 300)
    assert found.on_map <= 0.005 * (right - left)
    assert found.in_code == pytest.approx(100, abs=0.01)


def test_two_codes_are_always_a_pair():
    z = np.array([[0.0, 0, 0], [5, 0, 1], [100, 100, 0]])
    found = false_friends(fit_plane(z), z[:2])
    assert (found.first, found.second) == (0, 1)
    assert found.on_map <= found.in_code == pytest.approx(26**0.5)


def test_a_map_that_hides_nothing_shows_true_neighbours():
    z = np.random.default_rng(0).normal(size=(200, 2))
    assert true_neighbours(fit_plane(z), z) == 1


def test_on_a_map_of_layers_the_nearest_dot_is_the_one_above(layers):
    assert true_neighbours(fit_plane(layers, basis="latent"), layers, k=1) == 0


def test_a_map_of_noise_shows_few_true_neighbours():
    z = np.random.default_rng(0).normal(size=(1000, 20))
    assert true_neighbours(fit_plane(z), z) < 0.2


def test_codes_at_one_place_are_neighbours():
    z = np.repeat(np.random.default_rng(0).normal(size=(20, 3)), 10, axis=0)
    assert true_neighbours(fit_plane(z), z) == 1


@pytest.mark.parametrize("judge", [false_friends, true_neighbours])
def test_one_code_has_no_neighbour(judge):
    z = np.random.default_rng(0).normal(size=(9, 3))
    with pytest.raises(ConfigError, match="Two codes are needed to be near each other, not 1"):
        judge(fit_plane(z), z[:1])
