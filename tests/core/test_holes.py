"""Tests for vae_core.metrics.holes and typicality: planted holes and planted strangers."""

import numpy as np
import pytest
import torch
from scipy.stats import chi

from vae_core.encoding import LatentSet
from vae_core.errors import ConfigError
from vae_core.metrics.holes import drawn_in_holes, holes, prior_percentile
from vae_core.metrics.support import Neighbourhood
from vae_core.metrics.typicality import typicality


def latents_at(codes: np.ndarray, labels: np.ndarray | None = None) -> LatentSet:
    classes = np.zeros(len(codes)) if labels is None else labels
    mu = torch.as_tensor(codes, dtype=torch.float64)
    return LatentSet(mu, torch.full_like(mu, -6), torch.as_tensor(classes, dtype=torch.long))


def bell(n: int = 8000, hole: float = 0.0) -> np.ndarray:
    """Codes that follow the prior, but for a disk of this radius around zero."""
    codes = np.random.default_rng(0).normal(size=(n, 2))
    return codes[np.linalg.norm(codes, axis=1) >= hole]


def test_a_planted_hole_is_found_and_nothing_beside_it() -> None:
    data = Neighbourhood(latents_at(bell(hole=1.0)))
    assert holes(data, [[0.0, 0.0], [0.3, -0.3]]).all()
    assert not holes(data, [[1.5, 0.0], [0.0, -1.2], [-1.0, 1.0]]).any()


def test_the_prior_s_draws_fall_into_the_hole_as_often_as_it_is_large() -> None:
    data = Neighbourhood(latents_at(bell(20_000, hole=1.0)))
    draws = np.random.default_rng(1).normal(size=(4000, 2))
    # Within its edge a code still has neighbours as near as those of the outermost data.
    low, high = (1 - np.exp(-0.5 * radius**2) for radius in (0.6, 1.0))
    assert low - 0.02 < holes(data, draws).mean() < high + 0.02


def test_codes_that_follow_the_prior_leave_next_to_no_hole() -> None:
    draws = np.random.default_rng(1).normal(size=(4000, 2))
    assert holes(Neighbourhood(latents_at(bell())), draws).mean() < 0.01


def test_codes_the_prior_does_not_reach_are_in_no_hole() -> None:
    data = Neighbourhood(latents_at(bell()))
    assert data.support([[9.0, 0.0]]).label[0] == "outside"
    assert not holes(data, [[9.0, 0.0]]).any()


def test_a_plain_autoencoder_has_no_holes() -> None:
    codes = latents_at(bell(100))
    with pytest.raises(ConfigError, match="no prior"):
        holes(Neighbourhood(LatentSet(codes.mu, None, codes.labels)), [[0.0, 0.0]])


def test_draws_fall_into_a_planted_hole_and_are_the_same_for_every_model() -> None:
    holed, whole = (Neighbourhood(latents_at(bell(20_000, hole=radius))) for radius in (1.0, 0.0))
    share = drawn_in_holes(holed).mean()
    low, high = (1 - np.exp(-0.5 * radius**2) for radius in (0.6, 1.0))
    assert low - 0.02 < share < high + 0.02
    assert drawn_in_holes(whole).mean() < 0.01
    z = np.random.default_rng(3).normal(size=(500, 2))
    np.testing.assert_array_equal(drawn_in_holes(holed, 500, seed=3), holes(holed, z))


@pytest.mark.parametrize("n_dims", [1, 2, 8, 64])
def test_prior_percentiles_are_those_of_the_chi_distribution(n_dims: int) -> None:
    z = np.random.default_rng(0).normal(size=(50, n_dims))
    expected = 100 * chi(n_dims).cdf(np.linalg.norm(z, axis=1))
    np.testing.assert_allclose(prior_percentile(z), expected)
    assert prior_percentile(np.zeros((1, n_dims)))[0] == 0


@pytest.mark.parametrize("z", [np.zeros(3), 1.0, [[np.nan]]])
def test_a_prior_percentile_needs_codes(z: np.ndarray) -> None:
    with pytest.raises(ConfigError):
        prior_percentile(z)


def test_typicality_of_codes_on_a_line() -> None:
    # Fifth neighbours of 0, 1, ..., 9 are 5, 4, 3, 3, 3, 3, 3, 3, 4, 5 away: six are no farther
    # than 3, and everyone is no farther than 5.
    found = typicality(latents_at(np.arange(10.0)[:, None]))
    np.testing.assert_allclose(found, [20, 40, 100, 100, 100, 100, 100, 100, 40, 20])


def test_the_stranger_of_a_class_is_the_least_typical() -> None:
    codes = np.concatenate([bell(300), bell(300) + 8, [[8.0, 8.0]]])
    labels = np.repeat([0, 1, 0], [300, 300, 1])
    found = typicality(latents_at(codes, labels))
    assert found.argmin() == 600  # of class 0, in the middle of class 1
    assert found[600] == pytest.approx(100 / 301)


def test_an_image_alone_in_its_class_has_no_typicality_and_harms_no_other() -> None:
    found = typicality(latents_at(np.array([[0.0], [1.0], [5.0]]), np.array([0, 0, 1])))
    np.testing.assert_array_equal(found, [100, 100, np.nan])
