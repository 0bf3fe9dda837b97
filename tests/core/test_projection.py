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


PLANES: list[tuple[int, str, tuple[int, int]]] = [
    (1, "auto", (0, 1)),
    (2, "latent", (0, 1)),
    (2, "latent", (1, 0)),
    (2, "pca", (1, 0)),
    (3, "latent", (2, 0)),
    (3, "pca", (0, 1)),
    (3, "pca", (2, 1)),
    (8, "latent", (0, 1)),
    (8, "latent", (6, 3)),
    (8, "pca", (0, 1)),
    (8, "pca", (7, 4)),
]


@pytest.fixture(params=PLANES, ids=str)
def plane(request: pytest.FixtureRequest) -> Plane:
    """Maps of every kind, of 60 codes."""
    n_dims, basis, components = request.param
    return fit_plane(codes_of(n_dims), components, basis)


def test_a_place_and_the_way_off_the_map_are_a_code(plane: Plane) -> None:
    new = codes_of(len(plane.mean), n=20, seed=5)
    for z, place, offsets in zip(new, plane.to_plane(new), plane.off_axes(new), strict=True):
        back = plane.to_latent([place], tuple(offsets))
        np.testing.assert_allclose(back, [z], rtol=0, atol=1e-9)


def test_numbers_are_how_far_off_the_map_each_place_is_left(
    plane: Plane, places: np.ndarray
) -> None:
    offsets = tuple(float(i) - 1.5 for i in range(len(plane.others)))
    z = plane.to_latent(places, offsets)
    np.testing.assert_allclose(plane.off_axes(z), np.tile(offsets, (25, 1)), atol=1e-9)
    strip = [1, int(len(plane.mean) > 1)]  # which of the two coordinates mean something
    np.testing.assert_allclose(plane.to_plane(z), places * strip, atol=1e-9)
    np.testing.assert_allclose(plane.off_plane(z), np.linalg.norm(offsets), atol=1e-9)


def test_no_way_off_the_map_is_the_zero_completion(plane: Plane, places: np.ndarray) -> None:
    zeros = (0.0,) * len(plane.others)
    np.testing.assert_array_equal(plane.to_latent(places, zeros), plane.to_latent(places, "zero"))


def test_the_way_off_the_map_of_the_nearest_image_is_the_nearest_completion(
    plane: Plane, places: np.ndarray
) -> None:
    for place, image in zip(places, plane.nearest(places), strict=True):
        offsets = tuple(plane.off_axes(plane.codes[[image]])[0])
        np.testing.assert_allclose(
            plane.to_latent([place], offsets), plane.to_latent([place], "nearest"), atol=1e-9
        )


def test_the_axes_and_the_others_are_all_components(plane: Plane) -> None:
    n_dims = len(plane.mean)
    assert sorted({*plane.components, *plane.others}) == list(range(n_dims))
    assert len(plane.others) == max(n_dims - 2, 0)
    np.testing.assert_allclose(plane.basis @ plane.basis.T, np.eye(n_dims), atol=1e-12)
    np.testing.assert_array_equal(plane.axes[0], plane.basis[plane.components[0]])
    if n_dims > 1:
        np.testing.assert_array_equal(plane.axes[1], plane.basis[plane.components[1]])


def test_others_are_in_the_order_of_the_components() -> None:
    plane = fit_plane(codes_of(5), (3, 1), "latent")
    assert plane.others == (0, 2, 4)
    np.testing.assert_array_equal(plane.off_axes([[5.0, 6, 7, 8, 9]]), [[5, 7, 9]])
    z = plane.to_latent([[1.0, 2.0]], (-3.0, 0.5, 4.0))
    np.testing.assert_array_equal(z, [[-3, 2, 0.5, 1, 4]])


def test_the_spread_is_the_deviation_along_every_component() -> None:
    codes = codes_of(6)
    np.testing.assert_allclose(fit_plane(codes, basis="latent").spread, codes.std(0))
    plane, pca = fit_plane(codes, (4, 2)), PCA(6, svd_solver="full").fit(codes)
    np.testing.assert_allclose(plane.spread, pca.transform(codes).std(0))
    np.testing.assert_allclose(plane.spread[[4, 2]], plane.to_plane(codes).std(0))
    np.testing.assert_allclose(plane.spread[list(plane.others)], plane.off_axes(codes).std(0))


def test_the_squared_spread_is_the_share_of_variance(plane: Plane) -> None:
    share = np.square(plane.spread) / np.square(plane.spread).sum()
    np.testing.assert_allclose(share, plane.explained_variance)


@pytest.mark.parametrize("n_dims", [1, 2, 3, 8])
def test_codes_that_all_coincide_have_no_spread(n_dims: int) -> None:
    plane = fit_plane(np.full((10, n_dims), 0.5))
    np.testing.assert_allclose(plane.spread, np.zeros(n_dims), atol=1e-12)


def test_fewer_codes_than_dimensions_leave_fewer_ways_off_the_map() -> None:
    codes = codes_of(8, n=4)
    plane = fit_plane(codes, (2, 0))
    assert plane.basis.shape == (4, 8)
    assert plane.others == (1, 3)
    assert plane.spread.shape == (4,)
    assert plane.spread[3] == pytest.approx(0)  # four codes span three directions
    for z in codes:
        back = plane.to_latent(plane.to_plane([z]), tuple(plane.off_axes([z])[0]))
        np.testing.assert_allclose(back, [z], atol=1e-9)
    with pytest.raises(ConfigError, match="there are 2 components"):
        plane.to_latent([[0.0, 0.0]], (0.0,) * 6)
    whole = fit_plane(codes, basis="latent")  # its axes need no codes
    assert whole.others == (2, 3, 4, 5, 6, 7)


@pytest.mark.parametrize(
    ("n_dims", "offsets"),
    [
        (1, (0.0,)),
        (2, (0.0,)),
        (3, ()),
        (3, (0.0, 0.0)),
        (4, (0.0,)),
        (4, (0.0, 0.0, 0.0)),
        (4, (0.0, np.nan)),
        (4, (np.inf, 0.0)),
        (4, (0.0, -np.inf)),
    ],
    ids=str,
)
def test_other_than_one_number_for_each_component_off_the_map_is_refused(
    n_dims: int, offsets: tuple[float, ...]
) -> None:
    message = f"there are {max(n_dims - 2, 0)} components; a completion takes one finite number"
    with pytest.raises(ConfigError, match=message):
        fit_plane(codes_of(n_dims)).to_latent([[0.0, 0.0]], offsets)


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
    plane.to_latent(plane.to_plane(codes), tuple(plane.off_axes(codes)[0]))
    np.testing.assert_array_equal(codes, before)
    assert isinstance(plane, Plane)
