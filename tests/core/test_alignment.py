"""Tests for vae_core.alignment: planted turns are undone."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from scipy.stats import ortho_group

from vae_core.alignment import chained, drift, rotation_onto
from vae_core.errors import ConfigError

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
