"""Tests for vae_core.metrics.density: mixtures whose density is known."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy.stats import multivariate_normal

from vae_core.encoding import LatentSet
from vae_core.errors import ConfigError
from vae_core.metrics.density import AggregatePosterior, density_on
from vae_core.projection import fit_plane


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


def test_narrow_posteriors_far_from_zero_keep_their_digits() -> None:
    mean = np.array([[1e4, -1e4], [1e4 + 0.01, -1e4]])
    variance = np.full((2, 2), 1e-6)
    parts = [
        multivariate_normal(m, np.diag(v)).pdf(mean[0]) for m, v in zip(mean, variance, strict=True)
    ]
    (found,) = AggregatePosterior(posteriors(mean, variance)).log_density(mean[:1])
    assert found == pytest.approx(np.log(np.mean(parts)), abs=1e-6)


def test_a_posterior_without_width_has_a_finite_density() -> None:
    latents = LatentSet(torch.zeros(3, 2), torch.full((3, 2), -800.0), torch.zeros(3).long())
    assert np.isfinite(AggregatePosterior(latents).log_density([[0.0, 0.0], [1.0, 1.0]])).all()


@pytest.mark.parametrize(
    ("mean", "variance", "message"),
    [
        (np.zeros((0, 2)), np.zeros((0, 2)), "at least one image"),
        (np.full((3, 2), np.nan), np.ones((3, 2)), "finite"),
        (np.zeros((3, 2)), None, "no posteriors"),
    ],
)
def test_what_has_no_aggregate_posterior_is_refused(
    mean: np.ndarray, variance: np.ndarray | None, message: str
) -> None:
    with pytest.raises(ConfigError, match=message):
        AggregatePosterior(posteriors(mean, variance))


def grid(reach: float, n: int) -> np.ndarray:
    return np.linspace(-reach, reach, n + 1)


@pytest.mark.parametrize("n_dims", [2, 5])
@pytest.mark.parametrize("kind", ["vae", "ae"])
def test_the_density_on_a_map_has_mass_one(n_dims: int, kind: str) -> None:
    rng = np.random.default_rng(0)
    mean, variance = rng.normal(size=(200, n_dims)), rng.uniform(0.01, 0.3, (200, n_dims))
    latents = posteriors(mean, variance if kind == "vae" else None)
    edges = grid(12, 80)
    found = density_on(fit_plane(mean), latents, edges, edges)
    assert found.sum() * (24 / 80) ** 2 == pytest.approx(1, abs=1e-6)


def test_a_fine_grid_shows_the_aggregate_posterior() -> None:
    rng = np.random.default_rng(0)
    latents = posteriors(rng.normal(size=(50, 2)), rng.uniform(0.1, 0.5, (50, 2)))
    x, y = np.linspace(-1, 1, 201), np.linspace(0, 2, 101)
    found = density_on(fit_plane(latents.mu), latents, x, y)
    centres = np.stack(np.meshgrid((x[1:] + x[:-1]) / 2, (y[1:] + y[:-1]) / 2), axis=-1)
    exact = np.exp(AggregatePosterior(latents).log_density(centres.reshape(-1, 2)))
    np.testing.assert_allclose(found, exact.reshape(100, 200), rtol=2e-3)


def test_the_density_on_a_map_of_five_dimensions_is_that_of_draws() -> None:
    rng = np.random.default_rng(0)
    mean = rng.normal(size=(100, 5)) * [3, 2, 1, 1, 1]
    latents = posteriors(mean, np.full((100, 5), 0.25))
    plane, edges = fit_plane(mean), grid(9, 12)
    found = density_on(plane, latents, edges, edges)
    draws = plane.to_plane(np.repeat(mean, 4000, axis=0) + 0.5 * rng.normal(size=(400_000, 5)))
    counts = np.histogram2d(draws[:, 1], draws[:, 0], [edges, edges])[0]
    np.testing.assert_allclose(found, counts / 400_000 / 1.5**2, atol=3e-4)


def test_codes_of_one_dimension_have_no_density_on_a_map() -> None:
    latents = posteriors(np.zeros((3, 1)), np.ones((3, 1)))
    with pytest.raises(ConfigError, match="along a line, not on a map"):
        density_on(fit_plane(latents.mu), latents, grid(1, 2), grid(1, 2))


def test_a_width_that_is_not_finite_is_refused_not_cut() -> None:
    latents = posteriors(np.zeros((3, 2)), np.full((3, 2), np.inf))
    with pytest.raises(ConfigError, match="finite posteriors"):
        AggregatePosterior(latents)


def test_coinciding_plain_codes_have_a_density_without_undefined_numbers() -> None:
    latents = posteriors(np.ones((20, 2)), None)
    found = density_on(fit_plane(latents.mu), latents, grid(2, 10), grid(2, 10))
    assert np.isfinite(found).all()
