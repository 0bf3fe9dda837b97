"""Tests for vae_core.mixture: known mixtures, and codes that are hard to fit one to."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest
import torch
from scipy.special import logsumexp
from scipy.stats import multivariate_normal

from vae_core import decode
from vae_core.errors import ConfigError
from vae_core.mixture import MOST_CODES, Mixture, fit_mixture, sample_mixture
from vae_core.models import AutoEncoder

FloatArray = npt.NDArray[np.float64]


def known(n_dims: int) -> Mixture:
    """Two components, of unequal weights and of covariances that are not diagonal."""
    tilted = np.eye(n_dims) + 0.5 * (np.ones((n_dims, n_dims)) - np.eye(n_dims))
    means = np.stack([np.full(n_dims, -4.0), np.full(n_dims, 3.0)])
    return Mixture(np.array([0.3, 0.7]), means, np.stack([0.25 * np.eye(n_dims), tilted]))


def moments(mixture: Mixture) -> tuple[FloatArray, FloatArray]:
    """Mean and covariance of a mixture: those of its parts, and the spread of their means."""
    mean = mixture.weights @ mixture.means
    offsets = mixture.means - mean
    within = np.einsum("k,kij->ij", mixture.weights, mixture.covariances)
    return mean, within + np.einsum("k,ki,kj->ij", mixture.weights, offsets, offsets)


@pytest.mark.parametrize("n_dims", [1, 2, 8])
def test_draws_have_the_moments_of_the_mixture(n_dims: int) -> None:
    mixture = known(n_dims)
    z = mixture.draw(200_000, seed=3)
    mean, covariance = moments(mixture)
    np.testing.assert_allclose(z.mean(0), mean, atol=0.03)
    np.testing.assert_allclose(np.cov(z.T).reshape(n_dims, n_dims), covariance, atol=0.1)


@pytest.mark.parametrize("n_dims", [1, 2, 8])
def test_a_fit_finds_the_mixture_that_codes_were_drawn_from(n_dims: int) -> None:
    mixture = known(n_dims)
    found = fit_mixture(mixture.draw(MOST_CODES, seed=1), 2)
    order = np.argsort(found.means[:, 0])
    np.testing.assert_allclose(found.weights[order], mixture.weights, atol=0.04)
    np.testing.assert_allclose(found.means[order], mixture.means, atol=0.15)
    np.testing.assert_allclose(found.covariances[order], mixture.covariances, atol=0.2)


def test_a_fit_keeps_mean_and_covariance_of_the_codes() -> None:
    """An EM step matches both moments exactly, for any number of components."""
    codes = known(2).draw(1000, seed=5)
    mean, covariance = moments(fit_mixture(codes, 5))
    np.testing.assert_allclose(mean, codes.mean(0), rtol=1e-4)
    np.testing.assert_allclose(covariance, np.cov(codes.T, bias=True), rtol=1e-3)


@pytest.mark.parametrize("scale", [1e-6, 1.0, 1e6])
def test_the_unit_of_the_codes_does_not_matter(scale: float) -> None:
    codes = known(2).draw(500)
    plain, scaled = fit_mixture(codes, 3), fit_mixture(codes * scale, 3)
    np.testing.assert_allclose(scaled.means, plain.means * scale, rtol=1e-6)
    np.testing.assert_allclose(scaled.covariances, plain.covariances * scale**2, rtol=1e-5)


def test_the_same_seed_draws_the_same_codes_and_another_others() -> None:
    codes = known(3).draw(300)
    first, again = fit_mixture(codes), fit_mixture(codes)
    np.testing.assert_array_equal(first.draw(9, seed=7), again.draw(9, seed=7))
    assert np.abs(first.draw(9, seed=8) - first.draw(9, seed=7)).min() > 0
    np.testing.assert_array_equal(first.draw(9, seed=7)[:4], first.draw(4, seed=7))


def test_temperature_scales_each_component_around_its_mean() -> None:
    mixture = known(2)
    plain, hot, frozen = (mixture.draw(50, 2, temperature) for temperature in (1.0, 2.0, 0.0))
    np.testing.assert_allclose(hot - frozen, 2 * (plain - frozen))
    assert {tuple(z) for z in frozen} == {tuple(z) for z in mixture.means}


def test_random_numbers_of_others_are_left_alone() -> None:
    before = np.random.get_state()[1].copy()  # noqa: NPY002
    fit_mixture(known(2).draw(100)).draw(10)
    np.testing.assert_array_equal(np.random.get_state()[1], before)  # noqa: NPY002


@pytest.mark.parametrize(
    "codes",
    [
        np.array([[0.0, 1.0], [2.0, 3.0]]),
        np.zeros((50, 2)),
        np.repeat([[1.0, 2.0], [3.0, 4.0]], 100, axis=0),
        np.column_stack([np.arange(100.0), np.zeros(100)]),
        np.arange(5.0)[:, None],
    ],
    ids=["two", "all equal", "two places", "a dead dimension", "one dimension"],
)
def test_codes_that_are_few_or_alike_have_a_mixture_too(codes: FloatArray) -> None:
    mixture = fit_mixture(codes)
    assert mixture.weights.sum() == pytest.approx(1)
    z = mixture.draw(500)
    assert np.isfinite(z).all()
    reach = 5 * codes.std(0) + 0.01 * max(codes.std(), 1)
    assert (np.abs(z - codes.mean(0)) <= reach).all()


def test_no_component_has_too_few_codes() -> None:
    assert len(fit_mixture(known(2).draw(59))) == 2
    assert len(fit_mixture(known(2).draw(2000))) == 12
    assert len(fit_mixture(known(8).draw(2000))) == 12
    assert len(fit_mixture(known(8).draw(100))) == 2
    assert len(fit_mixture(known(2).draw(2000), 4)) == 4


def log_likelihood(mixture: Mixture, codes: FloatArray) -> float:
    """Of codes that it was not fitted to, nats per code."""
    parts = zip(mixture.weights, mixture.means, mixture.covariances, strict=True)
    each = [
        np.log(weight) + multivariate_normal(mean, covariance).logpdf(codes)
        for weight, mean, covariance in parts
    ]
    return float(logsumexp(each, axis=0).mean())


@pytest.mark.parametrize("n_dims", [8, 32])
@pytest.mark.parametrize("n", [300, 1000])
def test_new_codes_are_no_less_likely_than_under_a_single_gaussian(n_dims: int, n: int) -> None:
    numbers = np.random.default_rng(0)
    centres = 1.5 * numbers.normal(size=(10, n_dims))
    codes = centres[numbers.integers(0, 10, n + 1000)] + 0.7 * numbers.normal(
        size=(n + 1000, n_dims)
    )
    many, one = (fit_mixture(codes[:n], n_components) for n_components in (12, 1))
    assert log_likelihood(many, codes[n:]) >= log_likelihood(one, codes[n:])


@pytest.mark.parametrize("wrong", [np.nan, np.inf])
def test_codes_that_are_not_finite_are_refused(wrong: float) -> None:
    codes = known(2).draw(100)
    codes[3, 1] = wrong
    with pytest.raises(ConfigError, match="finite numbers"):
        fit_mixture(codes)


@pytest.mark.parametrize("shape", [(1, 2), (0, 2), (5,), (5, 0), (2, 2, 2)])
def test_what_are_no_codes_is_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(ConfigError, match="at least two codes"):
        fit_mixture(np.zeros(shape))


def test_impossible_wishes_are_refused_in_a_sentence(model: AutoEncoder) -> None:
    with pytest.raises(ConfigError, match="at least 1 component, not 0"):
        fit_mixture(np.zeros((5, 2)), 0)
    with pytest.raises(ConfigError, match="At least 1 code can be drawn, not 0"):
        known(2).draw(0)
    for temperature in (-1.0, np.nan, np.inf):
        with pytest.raises(ConfigError, match="temperature is a number from 0"):
            known(2).draw(3, temperature=temperature)
    with pytest.raises(ConfigError, match=r"shape \(N, 2\)"):
        sample_mixture(model, known(3), 4)


def test_samples_are_the_pictures_of_the_draws(model: AutoEncoder) -> None:
    z, images = sample_mixture(model, known(2), 6, seed=4, temperature=0.5)
    np.testing.assert_allclose(z.numpy(), known(2).draw(6, 4, 0.5), rtol=1e-6)
    torch.testing.assert_close(images, decode(model, z))
