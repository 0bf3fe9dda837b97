"""Tests for the clouds of points."""

import numpy as np
import pytest

from vae_core.errors import ConfigError
from vae_core.toys import ball, toy_cloud


def test_a_circle_is_one_unit_round():
    points = toy_cloud("circle", 500)
    np.testing.assert_allclose(np.linalg.norm(points[:, :2], axis=1), 1)
    assert (points[:, 2] == 0).all()


def test_a_roll_is_a_sheet_one_angle_for_each_distance():
    points = toy_cloud("roll", 2000)
    distance = np.linalg.norm(points[:, :2], axis=1)
    angle = np.arctan2(points[:, 1], points[:, 0])
    turns = distance * 1.75 - angle / (2 * np.pi)
    np.testing.assert_allclose(turns, np.rint(turns), atol=1e-9)
    # As many points on each piece of the sheet of the same area.
    counts, _ = np.histogram(distance**2, bins=4)
    assert counts.std() / counts.mean() < 0.1


@pytest.mark.parametrize("n_dims", [1, 2, 3, 10])
def test_a_ball_holds_half_of_its_points_within_the_radius_of_half_its_volume(n_dims):
    distance = np.linalg.norm(ball(4000, n_dims), axis=1)
    assert distance.max() <= 1
    assert (distance < 0.5 ** (1 / n_dims)).mean() == pytest.approx(0.5, abs=0.03)


def test_noise_moves_the_same_points():
    still, moved = toy_cloud("roll", 4000), toy_cloud("roll", 4000, noise=0.2)
    assert (moved - still).std() == pytest.approx(0.2, rel=0.03)
    np.testing.assert_array_equal(toy_cloud("roll", 4000, noise=0.2), moved)


@pytest.mark.parametrize("change", [{"shape": "sock"}, {"n": 0}, {"noise": -1}])
def test_what_is_no_cloud_is_said(change):
    with pytest.raises(ConfigError, match=r"Unknown shape 'sock'|A cloud needs"):
        toy_cloud(**({"shape": "ball", "n": 5} | change))
