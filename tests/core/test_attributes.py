"""Tests for vae_core.attributes."""

import numpy as np
import pytest
import torch

from vae_core.attributes import apart, attribute_vector
from vae_core.encoding import LatentSet
from vae_core.errors import ConfigError

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


@pytest.mark.parametrize("tilt", [0.9, -0.9])
def test_the_error_of_the_length_knows_what_the_numbers_share(tilt):
    """Along the diagonal, correlated codes vary by more than their numbers do, or by less."""
    root = np.linalg.cholesky([[1.0, tilt], [tilt, 1.0]])
    is_plus = np.arange(2 * N) >= N
    lengths, errors = [], []
    for seed in range(300):
        codes = np.random.default_rng(seed).normal(size=(2 * N, 2)) @ root.T
        codes[is_plus] += 4.0
        latents = LatentSet(torch.from_numpy(codes), None, torch.from_numpy(is_plus).long())
        found = attribute_vector(latents, is_plus, ~is_plus)
        lengths.append(found.length)
        errors.append(found.length_error)
        along = codes @ found.vector / found.length
        groups = along[is_plus], along[~is_plus]
        wanted = np.sqrt(sum(group.var(ddof=1) / N for group in groups))
        assert found.length_error == pytest.approx(wanted)
    assert np.mean(errors) == pytest.approx(np.std(lengths), rel=0.1)


def test_a_single_image_has_a_mean_and_no_standard_error():
    latents, is_plus = planted(2)
    one = np.arange(2 * N) == N
    found = attribute_vector(latents, one, ~is_plus)
    np.testing.assert_allclose(found.plus, latents.mu[N].numpy(), rtol=1e-6)
    assert np.isnan(found.standard_error).all()
    assert np.isnan(found.length_error)


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


def test_the_same_images_twice_are_refused():
    with pytest.raises(ConfigError, match="Both groups are the same images"):
        apart([1, 0, 1], [1, 0, 1])


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
