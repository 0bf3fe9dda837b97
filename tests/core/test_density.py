"""Tests for vae_core.metrics.density: mixtures whose density is known."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy.stats import multivariate_normal

from vae_core.encoding import LatentSet
from vae_core.errors import ConfigError
from vae_core.metrics.density import AggregatePosterior


def posteriors(mean: np.ndarray, variance: np.ndarray | None) -> LatentSet:
    logvar = None if variance is None else torch.as_tensor(np.log(variance))
    return LatentSet(torch.as_tensor(mean), logvar, torch.zeros(len(mean), dtype=torch.long))


@pytest.mark.parametrize("n_dims", [1, 2, 5])
def test_log_density_equals_the_mixture_of_scipy_normals(n_dims: int) -> None:
    rng = np.random.default_rng(0)
    mean, variance = rng.normal(size=(40, n_dims)), rng.uniform(0.01, 2, (40, n_dims))
    z = rng.normal(size=(700, n_dims))
    parts = [multivariate_normal(m, np.diag(v)).pdf(z) for m, v in zip(mean, variance, strict=True)]
    found = AggregatePosterior(posteriors(mean, variance)).log_density(z)
    np.testing.assert_allclose(found, np.log(np.mean(parts, axis=0)))


def test_a_density_on_the_line_has_mass_one() -> None:
    rng = np.random.default_rng(0)
    mixture = AggregatePosterior(posteriors(rng.normal(size=(30, 1)), rng.uniform(0.1, 1, (30, 1))))
    grid = np.linspace(-10, 10, 4001)
    assert np.trapezoid(np.exp(mixture.log_density(grid[:, None])), grid) == pytest.approx(1)


def test_far_from_everything_the_density_is_still_a_number() -> None:
    mixture = AggregatePosterior(posteriors(np.zeros((5, 2)), np.full((5, 2), 1e-4)))
    (found,) = mixture.log_density([[1e6, 0.0]])
    assert found == pytest.approx(-0.5e16, rel=1e-6)


@pytest.mark.parametrize(
    ("mean", "variance", "message"),
    [
        (np.zeros((0, 2)), np.zeros((0, 2)), "at least one image"),
        (np.full((3, 2), np.nan), np.ones((3, 2)), "finite"),
        (np.zeros((3, 2)), np.full((3, 2), np.inf), "finite"),
        (np.zeros((3, 2)), None, "no posteriors"),
    ],
)
def test_what_has_no_aggregate_posterior_is_refused(
    mean: np.ndarray, variance: np.ndarray | None, message: str
) -> None:
    with pytest.raises(ConfigError, match=message):
        AggregatePosterior(posteriors(mean, variance))
