"""Tests for vae_core.metrics.support: clusters and holes that are known."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from vae_core.encoding import LatentSet
from vae_core.errors import ConfigError
from vae_core.metrics.support import Neighbourhood, support


def two_clusters(n: int = 2000, seed: int = 0) -> np.ndarray:
    """Two round clusters of width 1 around (-5, 0) and (5, 0): a hole between them."""
    rng = np.random.default_rng(seed)
    return rng.normal(size=(n, 2)) + np.where(np.arange(n)[:, None] % 2, [5, 0], [-5, 0])


def test_the_distance_to_the_fifth_neighbour_is_that_on_a_line() -> None:
    line = Neighbourhood(np.arange(100.0)[:, None])
    np.testing.assert_allclose(line.distance([[50.0], [0.0], [-10.0]]), [2, 4, 14])
    # Without itself the fifth of code 50 is 3 away: 49, 51, 48, 52, 47.
    np.testing.assert_allclose(line.distance_among_others([50, 0]), [3, 5])


def test_new_data_is_inside_and_far_places_are_outside() -> None:
    codes = two_clusters(4000)
    known = Neighbourhood(codes[:3000])
    assert (known.support(codes[3000:]).label == "inside").mean() >= 0.95
    angle = np.random.default_rng(1).uniform(0, 2 * np.pi, 500)
    far = 12 * np.stack([np.cos(angle), np.sin(angle)], axis=1)
    assert (known.support(far).label == "outside").all()


@pytest.mark.parametrize("scale", [0.01, 1.0, 100.0])
def test_the_hole_between_two_clusters_is_outside_whatever_the_scale(scale: float) -> None:
    mean = torch.as_tensor(scale * two_clusters())
    latents = LatentSet(mean, None, torch.zeros(len(mean), dtype=torch.long))
    found = support(latents, scale * np.array([[0.0, 0.0], [5.0, 0.0], [-5.0, 0.0]]))
    assert found.label.tolist() == ["outside", "inside", "inside"]
    assert found.percentile[0] == 0


def test_two_lonely_codes_do_not_support_a_place() -> None:
    codes = np.concatenate([two_clusters(), [[0.0, 20.0], [0.1, 20.0]]])
    assert Neighbourhood(codes).support([[0.05, 20.0]]).label[0] == "outside"


def test_percentiles_fall_with_the_distance_to_the_data() -> None:
    data = Neighbourhood(two_clusters())
    z = np.random.default_rng(2).uniform(-8, 8, (200, 2))
    percentile = data.support(z).percentile[np.argsort(data.distance(z))]
    assert (np.diff(percentile) <= 0).all()
    assert percentile.min() >= 0
    assert percentile.max() <= 100


def test_percentiles_of_the_data_itself_are_evenly_spread() -> None:
    data = Neighbourhood(two_clusters())
    percentile = data.support_of(range(2000)).percentile
    np.testing.assert_allclose(np.quantile(percentile, [0.1, 0.5, 0.9]), [10, 50, 90], atol=0.2)


def test_a_code_is_judged_by_the_others_not_by_itself() -> None:
    data = Neighbourhood(np.concatenate([two_clusters(500), [[0.0, 0.0]]]))
    alone, itself = data.support_of([500]), data.support([[0.0, 0.0]])
    assert alone.label[0] == "outside"
    assert alone.percentile[0] <= itself.percentile[0]


def test_the_nearest_code_is_found() -> None:
    distance, index = Neighbourhood([[0.0, 0.0], [3.0, 4.0]]).nearest([[3.0, 3.0], [0.1, 0.0]])
    np.testing.assert_allclose(distance, [1.0, 0.1])
    assert index.tolist() == [1, 0]


def test_codes_that_all_coincide_support_their_own_place_only() -> None:
    found = Neighbourhood(np.ones((50, 2))).support([[1.0, 1.0], [1.001, 1.0]])
    assert found.label.tolist() == ["inside", "outside"]


@pytest.mark.parametrize(
    "codes", [np.zeros((1, 2)), np.zeros(3), np.zeros((5, 0)), [[0.0], [np.nan]]]
)
def test_what_says_nothing_of_support_is_refused(codes: np.ndarray) -> None:
    with pytest.raises(ConfigError, match="Support needs"):
        Neighbourhood(codes)


@pytest.mark.parametrize("z", [np.zeros((3, 4)), np.zeros(2), [[np.nan, 0.0]]])
def test_what_is_no_place_is_refused(z: np.ndarray) -> None:
    with pytest.raises(ConfigError):
        Neighbourhood(np.zeros((3, 2))).support(z)
