"""Tests for vae_core.metrics.support: clusters and holes that are known."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest
import torch

from vae_core.encoding import LatentSet
from vae_core.errors import ConfigError
from vae_core.metrics.support import Neighbourhood, majority, support


def two_clusters(n: int = 2000, seed: int = 0) -> np.ndarray:
    """Two round clusters of width 1 around (-5, 0) and (5, 0): a hole between them."""
    rng = np.random.default_rng(seed)
    return rng.normal(size=(n, 2)) + np.where(np.arange(n)[:, None] % 2, [5, 0], [-5, 0])


def plain(codes: np.ndarray) -> LatentSet:
    """Codes of a plain autoencoder."""
    labels = torch.zeros(len(codes), dtype=torch.long)
    return LatentSet(torch.as_tensor(np.asarray(codes)), None, labels)


def with_sigma(mu: np.ndarray, sigma: npt.ArrayLike) -> LatentSet:
    """Posteriors of a VAE."""
    mean = torch.as_tensor(mu)
    logvar = 2 * torch.log(torch.as_tensor(np.asarray(sigma))).expand_as(mean)
    return LatentSet(mean, logvar, torch.zeros(len(mean), dtype=torch.long))


def test_the_distance_to_the_fifth_neighbour_is_that_on_a_line() -> None:
    line = Neighbourhood(plain(np.arange(100.0)[:, None]))
    np.testing.assert_allclose(line.distance([[50.0], [0.0], [-10.0]]), [2, 4, 14])
    # Without itself the fifth of code 50 is 3 away: 49, 51, 48, 52, 47.
    np.testing.assert_allclose(line.distance([[50.0], [0.0]], [50, 0]), [3, 5])
    # Code 0 is no image of the data here, only in the same place as one.
    np.testing.assert_allclose(line.distance([[50.0], [0.0]], [50, -1]), [3, 4])


def test_among_equal_codes_exactly_one_is_left_out() -> None:
    data = Neighbourhood(plain(np.zeros((20, 2))))
    np.testing.assert_array_equal(data.distance(np.zeros((20, 2)), range(20)), 0)


@pytest.mark.parametrize("sigma", [None, 0.1], ids=["ae", "vae"])
def test_new_data_is_inside_and_far_codes_are_outside(sigma: float | None) -> None:
    codes = two_clusters(4000)
    known = codes[:3000]
    data = Neighbourhood(plain(known) if sigma is None else with_sigma(known, sigma))
    assert (data.support(codes[3000:]).label == "inside").mean() >= 0.95
    angle = np.random.default_rng(1).uniform(0, 2 * np.pi, 500)
    far = 12 * np.stack([np.cos(angle), np.sin(angle)], axis=1)
    assert (data.support(far).label == "outside").all()


@pytest.mark.parametrize("scale", [0.01, 1.0, 100.0])
def test_the_hole_between_two_clusters_is_outside_whatever_the_scale(scale: float) -> None:
    codes = scale * np.array([[0.0, 0.0], [5.0, 0.0], [-5.0, 0.0]])
    found = support(plain(scale * two_clusters()), codes)
    assert found.label.tolist() == ["outside", "inside", "inside"]
    assert found.percentile[0] == 0


def test_a_wide_posterior_supports_the_codes_it_covers() -> None:
    # Four dimensions the model does not use: mu stays at zero, the posterior is the prior.
    rng = np.random.default_rng(0)
    mu = np.concatenate([rng.normal(size=(3000, 2)), np.zeros((3000, 4))], axis=1)
    prior = rng.normal(size=(1000, 6))
    used = with_sigma(mu, [0.1, 0.1, 1.0, 1.0, 1.0, 1.0])
    assert (support(used, prior).label == "outside").mean() < 0.05
    assert (support(plain(mu), prior).label == "outside").mean() > 0.9


def test_two_lonely_codes_do_not_support_a_place() -> None:
    codes = np.concatenate([two_clusters(), [[0.0, 20.0], [0.1, 20.0]]])
    assert support(plain(codes), [[0.05, 20.0]]).label[0] == "outside"


def test_percentiles_fall_with_the_distance_to_the_data() -> None:
    data = Neighbourhood(plain(two_clusters()))
    z = np.random.default_rng(2).uniform(-8, 8, (200, 2))
    percentile = data.support(z).percentile[np.argsort(data.distance(z))]
    assert (np.diff(percentile) <= 0).all()
    assert percentile.min() >= 0
    assert percentile.max() <= 100


def test_percentiles_of_the_data_itself_are_evenly_spread() -> None:
    data = Neighbourhood(plain(two_clusters()))
    percentile = data.support(data.data, range(2000)).percentile
    np.testing.assert_allclose(np.quantile(percentile, [0.1, 0.5, 0.9]), [10, 50, 90], atol=0.2)


def test_an_image_is_judged_by_the_others_not_by_itself() -> None:
    codes = np.concatenate([two_clusters(500), [[0.0, 0.0]]])
    alone = support(plain(codes), codes[[500]], [500])
    assert alone.label[0] == "outside"
    assert alone.percentile[0] <= support(plain(codes), codes[[500]]).percentile[0]


def test_the_nearest_image_is_that_of_the_nearest_mean() -> None:
    data = Neighbourhood(with_sigma(np.array([[0.0, 0.0], [3.0, 4.0]]), 5.0))
    assert data.nearest([[3.0, 3.0], [0.1, 0.0]]).tolist() == [1, 0]


def test_the_same_data_is_judged_the_same_every_time() -> None:
    latents, z = with_sigma(two_clusters(), 0.3), two_clusters(50, seed=5)
    np.testing.assert_array_equal(support(latents, z).percentile, support(latents, z).percentile)


def test_codes_that_all_coincide_support_their_own_place_only() -> None:
    found = support(plain(np.ones((50, 2))), [[1.0, 1.0], [1.001, 1.0]])
    assert found.label.tolist() == ["inside", "outside"]


@pytest.mark.parametrize(
    ("codes", "message"),
    [
        (np.zeros((1, 2)), "at least two codes"),
        (np.zeros(3), "at least two codes"),
        (np.zeros((5, 0)), "at least two codes"),
        (np.array([[0.0], [np.nan]]), "finite codes"),
    ],
)
def test_what_says_nothing_of_support_is_refused(codes: np.ndarray, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        Neighbourhood(plain(codes))


@pytest.mark.parametrize(
    ("z", "message"),
    [(np.zeros((3, 4)), "shape"), (np.zeros(2), "shape"), ([[np.nan, 0.0]], "finite")],
)
def test_what_is_no_code_is_refused(z: np.ndarray, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        support(plain(np.zeros((3, 2))), z)


def test_the_class_around_a_code_is_that_of_most_of_its_neighbours() -> None:
    mu = torch.tensor([[0.0], [0.1], [0.2], [5.0], [5.1]])
    data = Neighbourhood(LatentSet(mu, None, torch.tensor([0, 1, 1, 2, 0])))
    assert data.class_around([[0.1]], 3) == 1
    assert data.class_around([[5.0]], 1) == 2
    assert data.class_around([[5.0]], 1, apart_from=3) == 0
    assert data.class_around([[0.0]], 15) == 0  # of all five; a tie goes to the first class


def test_most_neighbours_are_told_by_class_and_of_a_tie_the_first() -> None:
    labels = np.array([[2, 2, 0], [1, 0, 1], [2, 1, 1], [2, 0, 1]])
    assert majority(labels).tolist() == [2, 1, 1, 0]
    assert majority(np.zeros((0, 3), dtype=np.int64)).shape == (0,)


def test_neighbours_are_the_nearest_codes_and_no_more_than_there_are() -> None:
    data = Neighbourhood(with_sigma(np.array([[0.0], [1.0], [5.0]]), 9.0))
    assert data.neighbours([[4.0], [0.4]], 2).tolist() == [[2, 1], [0, 1]]
    assert data.neighbours([[4.0]], 15).tolist() == [[2, 1, 0]]
    assert data.neighbours([[4.0], [0.4]], 1).shape == (2, 1)


def test_images_are_counted_within_the_radius_of_their_means() -> None:
    codes = np.random.default_rng(0).normal(size=(300, 3))
    data = Neighbourhood(with_sigma(codes, 2.0))
    asked = np.random.default_rng(1).normal(size=(20, 3))
    distances = np.linalg.norm(asked[:, None] - codes, axis=2)
    np.testing.assert_array_equal(data.count_near(asked), (distances <= data.near).sum(1))


def test_nine_of_ten_images_have_fifteen_others_near() -> None:
    codes = np.random.default_rng(0).normal(size=(500, 2))
    counts = Neighbourhood(plain(codes)).count_near(codes) - 1  # itself
    assert (counts >= 15).mean() == pytest.approx(0.9, abs=0.005)


def test_of_few_images_all_others_are_near_to_most() -> None:
    codes = np.array([[0.0], [1.0], [2.0]])
    assert Neighbourhood(plain(codes)).near == pytest.approx(2.0)
