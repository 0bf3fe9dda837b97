"""Tests for vae_core.projection."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from sklearn.decomposition import PCA

from vae_core.errors import ConfigError
from vae_core.projection import Completion, Plane, fit_plane

BOTH: list[Completion] = ["nearest", "zero"]


def codes_of(n_dims: int, n: int = 60, seed: int = 0) -> np.ndarray:
    """Codes with a different spread, and a different mean, in every rotated direction."""
    rng = np.random.default_rng(seed)
    rotation = np.linalg.qr(rng.normal(size=(n_dims, n_dims)))[0]
    return rng.normal(size=(n, n_dims)) * np.arange(n_dims, 0, -1) @ rotation + np.arange(n_dims)


@pytest.fixture
def places() -> np.ndarray:
    return np.random.default_rng(1).uniform(-3, 3, (25, 2))


@pytest.mark.parametrize("completion", BOTH)
@pytest.mark.parametrize("n_dims", [2, 3, 8])
def test_there_and_back_is_the_same_place(
    n_dims: int, completion: Completion, places: np.ndarray
) -> None:
    plane = fit_plane(codes_of(n_dims))
    back = plane.to_plane(plane.to_latent(places, completion))
    np.testing.assert_allclose(back, places, atol=1e-9)


@pytest.mark.parametrize("completion", BOTH)
def test_one_dimension_is_a_strip_whose_height_means_nothing(
    completion: Completion, places: np.ndarray
) -> None:
    plane = fit_plane(codes_of(1))
    z = plane.to_latent(places, completion)
    np.testing.assert_allclose(z, places[:, :1])
    np.testing.assert_allclose(plane.to_plane(z), places * [1, 0])
    assert plane.names == ("z1", "")
    np.testing.assert_allclose(plane.explained_variance, [1])


@pytest.mark.parametrize("components", [(0, 1), (1, 0), (2, 5)])
@pytest.mark.parametrize("basis", ["pca", "latent"])
@pytest.mark.parametrize("completion", BOTH)
def test_any_two_components_go_there_and_back(
    completion: Completion, basis: Any, components: tuple[int, int], places: np.ndarray
) -> None:
    plane = fit_plane(codes_of(6), components, basis)
    back = plane.to_plane(plane.to_latent(places, completion))
    np.testing.assert_allclose(back, places, atol=1e-9)


@pytest.mark.parametrize("completion", BOTH)
def test_codes_that_lie_in_a_plane_come_back(completion: Completion, places: np.ndarray) -> None:
    codes = places @ np.random.default_rng(2).normal(size=(2, 7)) + np.arange(7)
    plane = fit_plane(codes)
    np.testing.assert_allclose(plane.to_latent(plane.to_plane(codes), completion), codes, atol=1e-9)
    np.testing.assert_allclose(plane.off_plane(codes), 0, atol=1e-9)


@pytest.mark.parametrize("n_dims", [3, 8])
def test_projection_equals_that_of_scikit_learn(n_dims: int) -> None:
    codes, new = codes_of(n_dims), codes_of(n_dims, seed=5)
    pca = PCA(n_dims, svd_solver="full").fit(codes)
    plane = fit_plane(codes, components=(0, 2))
    np.testing.assert_allclose(plane.to_plane(new), pca.transform(new)[:, [0, 2]], atol=1e-9)
    np.testing.assert_allclose(plane.explained_variance, pca.explained_variance_ratio_)
    assert plane.names == ("PC 1", "PC 3")


@pytest.mark.parametrize("n_dims", [3, 8])
def test_the_map_never_mirrors_itself(n_dims: int) -> None:
    codes = codes_of(n_dims)
    expected = fit_plane(codes).axes
    for seed in range(5):
        order = np.random.default_rng(seed).permutation(len(codes))
        np.testing.assert_allclose(fit_plane(codes[order]).axes, expected, atol=1e-9)


@pytest.mark.parametrize("n_dims", [1, 2, 3, 8])
def test_distances_on_the_map_are_those_of_the_plane(n_dims: int) -> None:
    axes = fit_plane(codes_of(n_dims)).axes
    expected = np.diag([1.0, float(n_dims > 1)])
    np.testing.assert_allclose(axes @ axes.T, expected, atol=1e-12)


def test_two_dimensions_are_shown_as_they_are() -> None:
    codes = codes_of(2)
    plane = fit_plane(codes)
    np.testing.assert_array_equal(plane.to_plane(codes), codes)
    np.testing.assert_array_equal(plane.to_latent(codes), codes)
    assert plane.names == ("z1", "z2")


def test_the_axes_of_two_dimensions_can_be_swapped() -> None:
    codes = codes_of(2)
    plane = fit_plane(codes, components=(1, 0))
    np.testing.assert_array_equal(plane.to_plane(codes), codes[:, ::-1])
    assert plane.names == ("z2", "z1")


def test_two_dimensions_are_rotated_if_one_asks() -> None:
    codes = codes_of(2)
    projected = fit_plane(codes, basis="pca").to_plane(codes)
    np.testing.assert_allclose(projected, PCA(2).fit_transform(codes), atol=1e-9)


def test_latent_axes_can_be_chosen_in_many_dimensions() -> None:
    codes = codes_of(5)
    plane = fit_plane(codes, components=(3, 1), basis="latent")
    np.testing.assert_array_equal(plane.to_plane(codes), codes[:, [3, 1]])
    variance = codes.var(0)
    np.testing.assert_allclose(plane.explained_variance, variance / variance.sum())
    assert plane.names == ("z4", "z2")


@pytest.mark.parametrize("basis", ["auto", "pca", "latent"])
@pytest.mark.parametrize("n_dims", [2, 3, 8])
def test_shares_of_variance_sum_to_one(n_dims: int, basis: Any) -> None:
    plane = fit_plane(codes_of(n_dims), basis=basis)
    assert plane.explained_variance.shape == (n_dims,)
    np.testing.assert_allclose(plane.explained_variance.sum(), 1)


def test_the_first_component_holds_the_most_variance() -> None:
    share = fit_plane(codes_of(6)).explained_variance
    assert (np.diff(share) < 0).all()


@pytest.mark.parametrize("n_dims", [1, 2, 3, 8])
def test_the_nearest_completion_of_a_code_is_that_code(n_dims: int) -> None:
    codes = codes_of(n_dims)
    plane = fit_plane(codes)
    np.testing.assert_allclose(
        plane.to_latent(plane.to_plane(codes), "nearest"), codes, rtol=0, atol=1e-9
    )
    np.testing.assert_array_equal(plane.nearest(plane.to_plane(codes)), np.arange(60))


def test_a_place_takes_what_its_nearest_code_has_off_the_plane() -> None:
    """Four corners of the plane z3 = 0, two of them lifted."""
    codes = np.array([[9.0, 9, 0.5], [9, -9, 0], [-9, 9, 0], [-9, -9, -0.5]])
    plane = fit_plane(codes, basis="latent")
    z = plane.to_latent([[8.0, 7.0], [-2.0, -1.0]], "nearest")
    np.testing.assert_allclose(z, [[8, 7, 0.5], [-2, -1, -0.5]])
    np.testing.assert_allclose(plane.to_latent([[8.0, 7.0]], "zero"), [[8, 7, 0]])
    np.testing.assert_array_equal(plane.nearest([[8.0, 7.0], [-2.0, -1.0]]), [0, 3])


@pytest.mark.parametrize("n_dims", [1, 2])
def test_where_nothing_lies_off_the_plane_both_completions_agree(
    n_dims: int, places: np.ndarray
) -> None:
    plane = fit_plane(codes_of(n_dims))
    np.testing.assert_array_equal(
        plane.to_latent(places, "nearest"), plane.to_latent(places, "zero")
    )


@pytest.mark.parametrize(
    ("z", "distance"), [([0, 0, 0, 0], 0), ([5, -7, 3, 4], 5), ([1, 1, 0, -2], 2)]
)
def test_off_plane_is_the_distance_from_the_plane(z: list[float], distance: float) -> None:
    codes = np.eye(4)[[0, 0, 1, 1]] * [[3], [-3], [2], [-2]]
    plane = fit_plane(codes, basis="latent")
    np.testing.assert_allclose(plane.off_plane([z]), [distance], atol=1e-12)


@pytest.mark.parametrize("n_dims", [1, 2, 3, 8])
def test_the_zero_completion_lies_on_the_plane(n_dims: int, places: np.ndarray) -> None:
    plane = fit_plane(codes_of(n_dims))
    np.testing.assert_allclose(plane.off_plane(plane.to_latent(places, "zero")), 0, atol=1e-9)


@pytest.mark.parametrize("n_dims", [1, 2, 3, 8])
def test_the_extent_is_a_square_with_room_around_almost_every_code(n_dims: int) -> None:
    plane = fit_plane(codes_of(n_dims, n=1000))
    left, right, bottom, top = plane.extent
    places = plane.to_plane(plane.codes)
    low, high = np.quantile(places, [0.005, 0.995], axis=0)
    assert right - left == pytest.approx(top - bottom)
    assert right - left == pytest.approx(1.24 * (high - low).max())
    np.testing.assert_allclose([left + right, bottom + top], low + high, atol=1e-9)
    inside = (places >= [left, bottom]) & (places <= [right, top])
    assert inside.all(1).mean() > 0.98


def test_a_few_far_codes_do_not_shrink_the_map_of_all_others() -> None:
    codes = codes_of(2, n=1000)
    usual = np.ptp(fit_plane(codes).extent[:2])
    codes[0] = 1000
    assert np.ptp(fit_plane(codes).extent[:2]) < 1.05 * usual


@pytest.mark.parametrize("n_dims", [1, 2, 3, 8])
def test_a_collapsed_code_still_has_a_map(n_dims: int) -> None:
    """All images at one place: nothing to see, but nothing breaks."""
    plane = fit_plane(np.full((10, n_dims), 0.5))
    left, right, bottom, top = plane.extent
    assert right > left
    assert top > bottom
    assert np.isfinite(plane.explained_variance).all()
    z = plane.to_latent(plane.to_plane(np.full((1, n_dims), 0.5)))
    np.testing.assert_allclose(z, np.full((1, n_dims), 0.5))


def test_fewer_codes_than_dimensions_are_enough() -> None:
    codes = codes_of(8, n=4)
    plane = fit_plane(codes)
    np.testing.assert_allclose(plane.to_latent(plane.to_plane(codes)), codes, atol=1e-9)
    with pytest.raises(ConfigError, match="4 codes have only 4 components"):
        fit_plane(codes, components=(0, 5))


def test_tensors_are_as_good_as_arrays() -> None:
    codes = torch.from_numpy(codes_of(4)).float()
    plane = fit_plane(codes)
    np.testing.assert_allclose(plane.to_plane(codes), plane.to_plane(codes.numpy()))


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_codes_that_are_no_numbers_are_refused(value: float) -> None:
    codes = codes_of(3)
    codes[40, 1] = value
    with pytest.raises(ConfigError, match="finite codes"):
        fit_plane(codes)


@pytest.mark.parametrize("shape", [(0, 2), (1, 2), (2, 8), (2, 1), (5,), (5, 2, 2)], ids=str)
def test_too_few_codes_are_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(ConfigError, match="at least 3 codes"):
        fit_plane(np.zeros(shape))


@pytest.mark.parametrize(
    "components", [(0, 0), (0, 4), (-1, 1), (4, 5), (0,), (0, 1, 2), (0, 1, 0)]
)
def test_components_that_are_not_there_are_refused(components: Any) -> None:
    with pytest.raises(ConfigError, match="two different components from 0 to 3"):
        fit_plane(codes_of(4), components)


def test_an_unknown_basis_is_refused() -> None:
    with pytest.raises(ConfigError, match="basis"):
        fit_plane(codes_of(4), basis="tsne")


def test_an_unknown_completion_is_refused(places: np.ndarray) -> None:
    with pytest.raises(ConfigError, match="choose nearest or zero"):
        fit_plane(codes_of(4)).to_latent(places, "mean")


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_nothing_is_nearest_to_a_place_that_is_no_number(value: float) -> None:
    with pytest.raises(ConfigError, match="finite"):
        fit_plane(codes_of(4)).to_latent([[value, 0.0]], "nearest")


def test_fitting_leaves_the_codes_alone() -> None:
    codes = codes_of(4)
    before = codes.copy()
    plane = fit_plane(codes)
    plane.to_latent(plane.to_plane(codes))
    np.testing.assert_array_equal(codes, before)
    assert isinstance(plane, Plane)
