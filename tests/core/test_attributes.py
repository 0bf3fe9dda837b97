"""Tests for vae_core.attributes."""

import numpy as np
import pytest
import torch
from sklearn.metrics import roc_auc_score

from vae_core.attributes import (
    apart,
    attribute_vector,
    auc,
    reliability,
    transfer,
    transfer_between_classes,
)
from vae_core.encoding import LatentSet
from vae_core.errors import ConfigError
from vae_core.metrics.support import Neighbourhood

N = 200


def planted(n_dims, shift=4.0, seed=0):
    """Two bell curves, the second `shift` further along the first dimension, and their masks."""
    codes = np.random.default_rng(seed).normal(size=(2 * N, n_dims))
    is_plus = np.arange(2 * N) >= N
    codes[is_plus, 0] += shift
    labels = torch.from_numpy(is_plus.astype(np.int64))
    return LatentSet(torch.from_numpy(codes).float(), None, labels), is_plus


@pytest.mark.parametrize("n_dims", [1, 8])
def test_a_planted_shift_is_found(n_dims):
    latents, is_plus = planted(n_dims)
    found = attribute_vector(latents, is_plus, ~is_plus)
    wanted = np.eye(n_dims)[0] * 4
    assert found.vector.shape == found.standard_error.shape == (n_dims,)
    assert np.abs(found.vector - wanted).max() < 4 * found.standard_error.max()
    np.testing.assert_allclose(found.standard_error, np.sqrt(2 / N), rtol=0.2)
    assert found.length == pytest.approx(4, abs=4 * found.length_error)


def test_the_vector_is_the_difference_of_the_means():
    latents, is_plus = planted(3)
    codes = latents.mu.double().numpy()
    found = attribute_vector(latents, is_plus, ~is_plus)
    np.testing.assert_allclose(found.vector, codes[is_plus].mean(0) - codes[~is_plus].mean(0))


def test_swapped_groups_have_the_opposite_vector():
    latents, is_plus = planted(3)
    found = attribute_vector(latents, is_plus, ~is_plus)
    swapped = attribute_vector(latents, ~is_plus, is_plus)
    np.testing.assert_array_equal(found.vector, -swapped.vector)
    np.testing.assert_allclose(found.standard_error, swapped.standard_error)


def test_the_standard_error_is_what_repeated_draws_vary_by():
    drawn = [planted(2, seed=seed) for seed in range(200)]
    found = [attribute_vector(latents, is_plus, ~is_plus) for latents, is_plus in drawn]
    spread = np.std([each.vector for each in found], axis=0)
    np.testing.assert_allclose(spread, found[0].standard_error, rtol=0.2)


def test_a_single_image_has_a_mean_and_no_standard_error():
    latents, is_plus = planted(2)
    one = np.arange(2 * N) == N
    found = attribute_vector(latents, one, ~is_plus)
    np.testing.assert_allclose(found.plus, latents.mu[N].numpy(), rtol=1e-6)
    assert np.isnan(found.standard_error).all()


def test_auc_is_that_of_scikit_learn():
    generator = np.random.default_rng(0)
    higher, lower = generator.integers(2, 9, 50), generator.integers(0, 7, 70)  # with ties
    wanted = roc_auc_score([1] * 50 + [0] * 70, np.concatenate([higher, lower]))
    assert auc(higher, lower) == pytest.approx(wanted)


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


def test_what_two_groups_share_stays_with_the_smaller_one():
    small, large = np.array([1, 1, 0, 0, 0], bool), np.array([0, 1, 1, 1, 0], bool)
    found = apart(small, large)
    np.testing.assert_array_equal(found.plus, small)
    np.testing.assert_array_equal(found.minus, [0, 0, 1, 1, 0])
    assert found.n_shared == 1
    swapped = apart(large, small)
    np.testing.assert_array_equal(swapped.plus, [0, 0, 1, 1, 0])
    np.testing.assert_array_equal(swapped.minus, small)


def test_a_part_of_a_group_less_the_group_is_less_its_rest():
    part, whole = np.array([1, 0, 0, 0], bool), np.array([1, 1, 1, 0], bool)
    np.testing.assert_array_equal(apart(part, whole).minus, [0, 1, 1, 0])


@pytest.mark.parametrize(
    ("plus", "minus", "words"),
    [
        ([0, 0, 0, 0], [1, 1, 0, 0], "The plus group has no image. Choose one that has."),
        ([1, 1, 0, 0], [0, 0, 0, 0], "The minus group has no image. Choose one that has."),
        ([1, 1, 0, 0], [0, 1, 1, 0], "The plus and the minus group share images, 1 of them."),
        ([1, 1], [0, 1, 1, 0], "of each of the 4 images whether it belongs to it; its shape is"),
    ],
)
def test_groups_that_have_no_vector_are_refused_in_one_sentence(plus, minus, words):
    latents = LatentSet(torch.zeros(4, 2), None, torch.zeros(4).long())
    with pytest.raises(ConfigError) as err:
        attribute_vector(latents, plus, minus)
    assert words in str(err.value)


def test_codes_that_are_no_numbers_are_refused():
    codes = torch.tensor([[0.0, 0.0], [float("nan"), 0.0]])
    latents = LatentSet(codes, None, torch.zeros(2).long())
    with pytest.raises(ConfigError, match="finite codes"):
        attribute_vector(latents, [True, False], [False, True])
