"""Tests for vae_core.alignment: planted turns are undone."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from scipy.spatial import procrustes
from scipy.stats import ortho_group

from vae_core.alignment import chained, drift, map_turn, rotation_onto, turned
from vae_core.errors import ConfigError
from vae_core.projection import Plane, fit_plane

CODES = np.random.default_rng(0).normal(size=(500, 3)) * [1.0, 2.0, 0.5]


@pytest.mark.parametrize("dims", [1, 2, 3, 8])
def test_a_planted_turn_is_undone(dims: int) -> None:
    codes = np.random.default_rng(1).normal(size=(200, dims))
    turn = ortho_group.rvs(dims, random_state=2) if dims > 1 else np.array([[-1.0]])
    found = rotation_onto(codes, codes @ turn)
    assert np.abs(codes @ turn @ found - codes).max() < 1e-6
    np.testing.assert_allclose(found @ found.T, np.eye(dims), atol=1e-12)


def test_moments_that_only_spin_stand_still_once_aligned() -> None:
    turns = [ortho_group.rvs(3, random_state=seed) for seed in range(5)]
    moments = [CODES @ turn for turn in turns]
    steps = [rotation_onto(before, after) for before, after in pairwise(moments)]
    aligned = [codes @ turn for codes, turn in zip(moments, chained(steps, 3), strict=True)]
    for one in aligned:
        assert np.abs(one - aligned[0]).max() < 1e-6
    np.testing.assert_array_equal(aligned[0], moments[0])


def test_what_moves_besides_is_left_and_no_turn_leaves_less() -> None:
    numbers = np.random.default_rng(3)
    moved = CODES + 0.1 * numbers.normal(size=CODES.shape)
    spun = moved @ ortho_group.rvs(3, random_state=4)
    left = spun @ rotation_onto(CODES, spun)
    assert drift(CODES, left) <= drift(CODES, moved) < drift(CODES, spun)
    best = np.square(left - CODES).sum()
    for seed in range(20):
        other = spun @ ortho_group.rvs(3, random_state=seed)
        assert np.square(other - CODES).sum() > best


def test_chained_turns_are_those_onto_the_moment_before_as_it_was_turned() -> None:
    numbers = np.random.default_rng(5)
    moments = [CODES + 0.3 * numbers.normal(size=CODES.shape) for _ in range(6)]
    found = chained([rotation_onto(a, b) for a, b in pairwise(moments)], 3)
    for index in range(1, len(moments)):
        before = moments[index - 1] @ found[index - 1]
        np.testing.assert_allclose(found[index], rotation_onto(before, moments[index]), atol=1e-9)


def test_drift_is_the_mean_distance() -> None:
    assert drift([[0.0, 0.0], [1.0, 1.0]], [[3.0, 4.0], [1.0, 1.0]]) == 2.5


@pytest.mark.parametrize(
    ("reference", "codes"),
    [(np.zeros((3, 2)), np.zeros((4, 2))), (np.zeros(3), np.zeros(3)), (CODES, CODES * np.nan)],
)
def test_what_cannot_be_aligned_is_refused(reference: np.ndarray, codes: np.ndarray) -> None:
    with pytest.raises(ConfigError, match="aligned"):
        rotation_onto(reference, codes)


def planes(dims: int, seed: int = 0) -> tuple[Plane, Plane]:
    """Maps of the same images by two models that agree but for a turn, a shift and some noise."""
    rng = np.random.default_rng(seed)
    codes = rng.normal(size=(300, dims)) * np.linspace(3, 1, dims)
    turn = ortho_group.rvs(dims, random_state=seed) if dims > 1 else np.array([[-1.0]])
    return fit_plane(codes), fit_plane(codes @ turn * 2 + 5 + 0.01 * rng.normal(size=codes.shape))


@pytest.mark.parametrize("dims", [1, 2, 3, 8])
def test_a_turned_map_lies_as_the_other_does(dims: int) -> None:
    reference, plane = planes(dims)
    found = map_turn(reference, plane)
    there = reference.to_plane(reference.codes)
    again = turned(plane, found.rotation).to_plane(plane.codes)
    np.testing.assert_allclose(again - again.mean(0), 2 * (there - there.mean(0)), atol=0.1)
    assert found.agreement == pytest.approx(1, abs=1e-3)


@pytest.mark.parametrize("dims", [1, 2, 3, 8])
def test_a_turn_changes_no_distance_and_no_code(dims: int) -> None:
    plane = planes(dims)[1]
    rotation = map_turn(*planes(dims)).rotation
    found = turned(plane, rotation)
    places = plane.to_plane(plane.codes)
    np.testing.assert_allclose(found.to_plane(plane.codes), places @ rotation, atol=1e-9)
    np.testing.assert_allclose(
        found.to_latent(places @ rotation), plane.to_latent(places), atol=1e-9
    )
    np.testing.assert_allclose(found.to_plane(plane.mean[None]), 0, atol=1e-12)
    np.testing.assert_allclose(found.basis @ found.basis.T, np.eye(dims), atol=1e-9)
    assert found.names[0].endswith("′")


@pytest.mark.parametrize("dims", [2, 8])
def test_a_turned_map_says_how_much_each_axis_shows(dims: int) -> None:
    plane = planes(dims)[1]
    found = turned(plane, map_turn(*planes(dims)).rotation)
    shown, total = found.to_plane(plane.codes).var(0), plane.codes.var(0).sum()
    np.testing.assert_allclose(found.explained_variance[:2], shown / total, rtol=1e-6)
    assert found.explained_variance.sum() == pytest.approx(plane.explained_variance.sum())


def test_agreement_is_one_minus_the_disparity_of_procrustes_analysis() -> None:
    first, second = (
        fit_plane(np.random.default_rng(seed).normal(size=(200, 2))) for seed in (0, 1)
    )
    disparity = procrustes(first.codes, second.codes)[2]
    found = map_turn(first, second)
    assert found.agreement == pytest.approx(1 - disparity)
    assert found.agreement < 0.2


def test_angle_and_mirror_are_told() -> None:
    codes = np.random.default_rng(0).normal(size=(100, 2)) * [2, 1]
    angle = np.radians(30)
    turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    for flip in (1, -1):
        mirror = np.diag([1.0, flip])
        found = map_turn(fit_plane(codes @ mirror @ turn), fit_plane(codes))
        assert found.degrees == pytest.approx(30)
        assert found.is_mirrored == (flip < 0)


def test_maps_of_other_images_are_refused() -> None:
    first, second = fit_plane(np.eye(5)[:, :2]), fit_plane(np.eye(6)[:, :2])
    with pytest.raises(ConfigError, match="Only codes of the same images"):
        map_turn(first, second)


def test_maps_of_one_point_agree_in_nothing() -> None:
    assert map_turn(fit_plane(np.ones((4, 2))), fit_plane(np.ones((4, 2)))).agreement == 0
