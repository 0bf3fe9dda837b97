"""Tests for vae_core.metrics.paired: the errors of means and of paired differences."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy.spatial import KDTree
from scipy.stats import sem, ttest_rel

from vae_core import build_model
from vae_core.config import ModelConfig
from vae_core.encoding import LatentSet, encode
from vae_core.errors import ConfigError
from vae_core.metrics.elbo import elbo
from vae_core.metrics.estimate import Estimate, difference, mean_of
from vae_core.metrics.maps import NEIGHBOURS, nearest_class
from vae_core.metrics.paired import scores_of

RNG = np.random.default_rng(0)
HARD = RNG.normal(100, 20, 400)  # how hard each image is, for any model
A, B = HARD + RNG.normal(0, 1, 400), HARD + 0.5 + RNG.normal(0, 1, 400)


def test_a_mean_has_the_standard_error_of_scipy() -> None:
    found = mean_of(A)
    assert found.value == pytest.approx(A.mean())
    assert found.error == pytest.approx(sem(A))


def test_a_difference_has_the_error_of_a_paired_t_test() -> None:
    found = difference(B, A)
    assert found.value is not None and found.error is not None
    test = ttest_rel(B, A)
    assert found.value / found.error == pytest.approx(test.statistic)
    low, high = test.confidence_interval(0.95)
    assert low < found.value < high


def test_pairing_sees_what_the_two_errors_would_hide() -> None:
    apart = difference(B, A)
    alone = np.hypot(mean_of(A).error, mean_of(B).error)
    assert apart.is_told_apart
    assert apart.value < 2 * alone


def test_exchanged_models_differ_by_the_opposite() -> None:
    one, other = difference(A, B), difference(B, A)
    assert (one.value, one.error) == pytest.approx((-other.value, other.error))


@pytest.mark.parametrize(
    ("estimate", "expected"),
    [
        (Estimate(2.0, 1.0), True),
        (Estimate(-2.0, 1.0), True),
        (Estimate(1.99, 1.0), False),
        (Estimate(0.0, 0.0), False),  # the same model twice
        (Estimate(0.1, 0.0), True),  # on every image by as much
        (Estimate(5.0, None), None),
        (Estimate(None, None), None),
    ],
)
def test_two_standard_errors_tell_apart(estimate: Estimate, expected: bool | None) -> None:
    assert estimate.is_told_apart is expected


def test_one_image_has_no_error_and_undefined_scores_no_mean() -> None:
    assert mean_of([3.0]) == Estimate(3.0, None)
    assert mean_of([3.0, float("nan")]) == Estimate(None, None)
    assert difference([float("inf")], [float("inf")]) == Estimate(None, None)


def test_what_cannot_be_paired_is_refused_in_a_sentence() -> None:
    with pytest.raises(ConfigError, match=r"same images can be paired, not of shapes \(2,\)"):
        difference([1.0, 2.0], [1.0])
    with pytest.raises(ConfigError, match="one score for each image"):
        mean_of([])


def test_scores_of_chosen_images_are_theirs(model, images) -> None:
    latents = encode(model, images)
    chosen = np.array([5, 0, 11, 40])
    found = scores_of(model, latents, chosen, images.subset(chosen))
    parts = elbo(model, images.subset(chosen))
    np.testing.assert_allclose(found["reconstruction"], parts.reconstruction)
    np.testing.assert_allclose(found["kl"], parts.kl, rtol=1e-5)
    np.testing.assert_allclose(found["negative_elbo"], found["reconstruction"] + parts.kl.numpy())
    assert set(np.unique(found["knn_accuracy"])) <= {0.0, 1.0}


def test_without_images_there_is_no_reconstruction(model, images) -> None:
    assert set(scores_of(model, encode(model, images), np.arange(9))) == {"kl", "knn_accuracy"}


def test_an_image_is_not_asked_about_itself() -> None:
    """Of its 15 others most are of the other class; with itself it were eight to eight."""
    labels = torch.tensor([0] * 8 + [1] * 8)
    mu = torch.linspace(0, 1, 16)[:, None].double()
    latents = LatentSet(mu, None, labels)
    assert nearest_class(latents, mu, np.arange(16)).tolist() == [1] * 8 + [0] * 8
    model = build_model(ModelConfig(image_shape=(1, 8, 8), kind="ae"))
    assert not scores_of(model, latents, np.arange(16))["knn_accuracy"].any()


def test_many_equal_codes_leave_one_out() -> None:
    """Among 48 at one place an image may not be of the 16 nearest: it still asks 15."""
    labels = torch.arange(48) % 3
    same = LatentSet(torch.zeros(48, 2), None, labels)
    near = KDTree(np.zeros((48, 2))).query(np.zeros(2), NEIGHBOURS + 1)[1]
    for own in range(48):
        others = [i for i in near if i != own][:NEIGHBOURS]
        expected = np.bincount(labels.numpy()[others], minlength=3).argmax()
        assert nearest_class(same, same.mu[:1], [own])[0] == expected
