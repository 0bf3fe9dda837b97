"""Tests for vae_core.paths: ways, what is beyond their ends, and steps along them."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import Tensor

from vae_core.errors import ConfigError
from vae_core.geodesics import length
from vae_core.paths import beyond, spherical, walk, way

KINDS = ("straight", "spherical", "geodesic")
A, B = np.array([0.1234567890123, -1.5]), np.array([2.0, 1e-9])


def spiral(z: Tensor) -> Tensor:
    """Pictures that change the faster, the further out a code lies."""
    return torch.stack([z[:, 0] * z[:, 0].exp(), z[:, 1]], 1)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("even", ["code", "image"])
@pytest.mark.parametrize("over", [0.0, 0.5])
def test_a_walk_holds_both_ends_to_the_last_bit(kind, even, over) -> None:
    found = walk(spiral, way(spiral, A, B, kind), kind, steps=7, even=even, over=over, between=3)
    np.testing.assert_array_equal(found.codes[found.first], A)
    np.testing.assert_array_equal(found.codes[found.last], B)
    assert found.last - found.first == 6 * 3
    assert len(found.codes) == 6 * 3 + 1 + 2 * 3 * (3 if over else 0)


@pytest.mark.parametrize("kind", KINDS)
def test_steps_are_equal_in_code(kind) -> None:
    found = walk(spiral, way(spiral, A, B, kind), kind, steps=9)
    steps = np.linalg.norm(np.diff(found.codes, axis=0), axis=1)
    np.testing.assert_allclose(steps, steps.mean(), rtol=0.03)


@pytest.mark.parametrize("kind", KINDS)
def test_steps_are_equal_in_the_picture(kind) -> None:
    codes = walk(spiral, way(spiral, A, B, kind), kind, steps=9, even="image").codes
    steps = [length(spiral, codes[i : i + 2]) for i in range(8)]
    np.testing.assert_allclose(steps, np.mean(steps), rtol=0.05)
    evenly = walk(spiral, way(spiral, A, B, kind), kind, steps=9).codes
    in_code = [length(spiral, evenly[i : i + 2]) for i in range(8)]
    assert max(in_code) > 2 * min(in_code)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("even", ["code", "image"])
def test_frames_between_leave_the_steps_where_they_are(kind, even) -> None:
    line = way(spiral, A, B, kind)
    few = walk(spiral, line, kind, steps=5, even=even, over=0.5).codes
    many = walk(spiral, line, kind, steps=5, even=even, over=0.5, between=4).codes
    np.testing.assert_allclose(many[::4], few, atol=1e-9)


def test_a_straight_path_goes_straight_on() -> None:
    before, after = beyond(way(spiral, A, B, "straight"), "straight", 0.5)
    np.testing.assert_allclose(before, [A, A - 0.5 * (B - A)])
    np.testing.assert_allclose(after, [B, B + 0.5 * (B - A)])


def test_a_circle_goes_on_around() -> None:
    a, b = np.array([2.0, 0.0]), np.array([0.0, 2.0])
    before, after = beyond(way(spiral, a, b, "spherical"), "spherical", 1.0)
    np.testing.assert_allclose(np.linalg.norm([*before, *after], axis=1), 2)
    np.testing.assert_allclose(before[-1], [0, -2], atol=1e-12)
    np.testing.assert_allclose(after[-1], [-2, 0], atol=1e-12)


def test_beyond_its_ends_a_circle_keeps_the_length_of_the_code() -> None:
    """Else a short code after a long one would come out on the other side of zero."""
    found = spherical(np.array([3.0, 0.0]), np.array([0.0, 0.5]), [-1, 0, 0.5, 1, 2])
    np.testing.assert_allclose(np.linalg.norm(found, axis=1), [3, 3, 1.75, 0.5, 0.5])


def test_a_geodesic_goes_on_as_it_arrives() -> None:
    line = np.array([[0.0, 0.0], [1.0, 0.0], [1.0, 1.0], [1.0, 1.0]])
    before, after = beyond(line, "geodesic", 0.25)
    np.testing.assert_allclose(before, [[0, 0], [-0.5, 0]])
    np.testing.assert_allclose(after, [[1, 1], [1, 1.5]])


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("even", ["code", "image"])
def test_from_a_place_to_itself_nothing_moves(kind, even) -> None:
    line = way(spiral, B, B, kind)
    codes = walk(spiral, line, kind, steps=3, even=even, over=1.0).codes
    np.testing.assert_allclose(codes, np.tile(B, (7, 1)), atol=1e-12)


def test_codes_of_one_number_have_a_path_too() -> None:
    found = walk(lambda z: z, way(lambda z: z, [0.0], [1.0], "straight"), "straight", steps=3)
    np.testing.assert_allclose(found.codes, [[0], [0.5], [1]])


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"steps": 1}, "at least 2 steps"),
        ({"over": 1.5}, "share from 0 to 1"),
        ({"over": float("nan")}, "share from 0 to 1"),
        ({"even": "time"}, "code or image, not in 'time'"),
    ],
)
def test_a_walk_that_is_none_is_refused(changes, words) -> None:
    with pytest.raises(ConfigError, match=words):
        walk(spiral, way(spiral, A, B, "straight"), "straight", **{"steps": 5, **changes})


def test_a_way_that_is_none_is_refused() -> None:
    with pytest.raises(ConfigError, match="Unknown path 'shortest'"):
        way(spiral, A, B, "shortest")
    with pytest.raises(ConfigError, match="one finite code"):
        way(spiral, A, [np.inf, 0], "straight")
