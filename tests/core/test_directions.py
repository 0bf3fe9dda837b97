"""Tests for vae_core.metrics.directions."""

import numpy as np
import pytest
import torch

from tests.core.test_attributes import N, planted
from vae_core.encoding import LatentSet
from vae_core.metrics.directions import reliability, transfer, transfer_between_classes
from vae_core.metrics.support import Neighbourhood


@pytest.mark.parametrize("n_dims", [1, 8])
def test_groups_far_apart_are_told_apart_and_random_ones_are_not(n_dims):
    latents, is_plus = planted(n_dims)
    found = reliability(latents, is_plus, ~is_plus)
    assert found.auc > 0.99
    assert found.agreement > 0.95
    assert found.random_auc == pytest.approx(0.5, abs=0.05)
    assert 0.5 < found.random_auc_high < 0.7


def test_groups_of_one_kind_are_told_apart_by_chance_only():
    latents, is_plus = planted(8, shift=0.0)
    found = reliability(latents, is_plus, ~is_plus)
    assert found.auc == pytest.approx(0.5, abs=0.06)
    assert found.auc <= found.random_auc_high
    assert abs(found.agreement) < 0.6


def test_the_auc_of_bell_curves_is_that_of_the_formula():
    """For unit variances it is Phi(shift / sqrt 2)."""
    latents, is_plus = planted(1, shift=1.0)
    assert reliability(latents, is_plus, ~is_plus).auc == pytest.approx(0.760, abs=0.06)


def test_the_same_is_said_every_time_and_another_seed_says_nearly_so():
    latents, is_plus = planted(2, shift=1.0)
    first, again = (reliability(latents, is_plus, ~is_plus) for _ in range(2))
    assert first == again
    other = reliability(latents, is_plus, ~is_plus, seed=1)
    assert first != other
    assert first.auc == pytest.approx(other.auc, abs=0.03)


def test_adding_a_planted_shift_leads_from_one_group_to_the_other():
    latents, is_plus = planted(8, shift=6.0)
    found = transfer(Neighbourhood(latents), is_plus, ~is_plus)
    assert found.n_moved == N // 2
    assert found.landed > 0.98
    assert found.random < 0.2
    assert found.outside < 0.1


def test_adding_leads_nowhere_where_the_group_is_a_ring():
    """Plus all around minus: the means are the same place, and the vector is nearly zero."""
    generator = np.random.default_rng(0)
    angles = generator.uniform(0, 2 * np.pi, N)
    ring = 10 * np.stack([np.cos(angles), np.sin(angles)], axis=1)
    codes = np.concatenate([0.3 * generator.normal(size=(N, 2)), ring])
    is_plus = np.arange(2 * N) >= N
    latents = LatentSet(torch.from_numpy(codes).float(), None, torch.from_numpy(is_plus).long())
    assert transfer(Neighbourhood(latents), is_plus, ~is_plus).landed == 0


def test_an_image_that_ends_where_no_data_is_has_not_landed_whoever_is_nearest():
    generator = np.random.default_rng(0)
    centres = np.repeat([[0.0, 0.0], [0.0, 20.0], [40.0, 0.0]], 100, axis=0)
    codes = centres + 0.3 * generator.normal(size=centres.shape)
    latents = LatentSet(torch.from_numpy(codes).float(), None, torch.zeros(300).long())
    kind = np.repeat([0, 1, 2], 100)
    # Minus is two clumps, and its mean between them: both miss the third, which is nearest still.
    found = transfer(Neighbourhood(latents), kind == 1, kind != 1)
    assert found.landed == 0
    assert found.outside == 1


def test_an_image_has_no_part_in_the_vector_that_moves_it():
    """Four far apart: with its own code in their mean, each would land right in a clump."""
    minus = 10 * np.eye(4)
    clumps = np.repeat(100 + minus - minus.mean(0), 500, axis=0)
    clumps += 0.1 * np.random.default_rng(0).normal(size=clumps.shape)
    is_plus = np.arange(2004) >= 4
    codes = torch.from_numpy(np.concatenate([minus, clumps]))
    data = Neighbourhood(LatentSet(codes, None, torch.zeros(2004).long()))
    found = transfer(data, is_plus, ~is_plus)
    assert found.n_moved == 2
    assert found.landed == 0
    assert found.outside == 1


def test_two_images_of_each_half_are_the_least():
    latents, is_plus = planted(2)
    few = np.arange(2 * N) < 3
    assert reliability(latents, is_plus, few) is None
    assert transfer(Neighbourhood(latents), is_plus, few) is None


def test_between_classes_is_the_same_question_for_all_pairs():
    latents, _ = planted(4, shift=6.0)
    share = transfer_between_classes(Neighbourhood(latents), 3)
    assert share.shape == (3, 3)
    assert share[1, 0] > 0.9
    assert share[0, 1] > 0.9
    assert np.isnan(share[[0, 1, 2, 2, 0], [0, 1, 2, 0, 2]]).all()  # class 2 has no image


@pytest.mark.parametrize("n_few", [4, 5, 7])
def test_a_class_of_few_images_can_be_landed_in(n_few):
    codes = np.random.default_rng(0).normal(size=(200 + n_few, 2))
    codes[200:] = 12 + 0.1 * codes[200:]
    labels = torch.from_numpy((np.arange(200 + n_few) >= 200).astype(np.int64))
    data = Neighbourhood(LatentSet(torch.from_numpy(codes), None, labels))
    share = transfer_between_classes(data, 2)
    wanted = transfer(data, labels == 1, labels == 0).landed
    assert wanted > 0.5
    assert share[1, 0] == pytest.approx(wanted, abs=0.2)
