"""Tests for vae_core/metrics/divergence.py and gradients.py: the lessons' checks of a formula."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from torch.distributions import Normal, kl_divergence

from vae_core import build_model
from vae_core.data import to_unit
from vae_core.errors import ConfigError
from vae_core.metrics.divergence import (
    bell,
    kl_by_draws,
    kl_by_integration,
    kl_closed_form,
    log_ratio,
    mean_under,
)
from vae_core.metrics.gradients import gradient_draws
from vae_core.objectives import reconstruction_nll

PLACES = [(0.0, 1.0), (1.5, 0.3), (-2.0, 2.5), (0.1, 0.02)]


@pytest.mark.parametrize(("mu", "sigma"), PLACES)
def test_all_ways_to_the_kl_agree_with_torch(mu, sigma):
    q, p = (Normal(*torch.tensor(pair, dtype=float)) for pair in [(mu, sigma), (0, 1)])
    expected = kl_divergence(q, p).item()
    assert kl_closed_form(mu, sigma) == pytest.approx(expected, abs=1e-12)
    assert kl_by_integration(mu, sigma) == pytest.approx(expected, abs=1e-8)
    drawn = kl_by_draws(mu, sigma, 20_000)
    assert abs(drawn.value - expected) <= 4 * drawn.error


@pytest.mark.parametrize(("mu", "sigma"), PLACES)
def test_densities_are_those_of_torch(mu, sigma):
    z = torch.linspace(-3, 3, 7, dtype=float)
    q, p = Normal(torch.tensor(mu, dtype=float), sigma), Normal(torch.tensor(0.0, dtype=float), 1)
    np.testing.assert_allclose(bell(z, mu, sigma), q.log_prob(z).exp(), rtol=1e-12)
    np.testing.assert_allclose(log_ratio(z, mu, sigma), q.log_prob(z) - p.log_prob(z), rtol=1e-9)


def test_the_closed_form_takes_many_at_once():
    mu, sigma = np.linspace(-2, 2, 5)[:, None], np.array([0.5, 1.0])
    assert kl_closed_form(mu, sigma).shape == (5, 2)
    assert kl_closed_form(0, 1) == 0


def test_moments_of_a_gaussian_are_integrated():
    assert mean_under(1.2, 0.4, lambda z: 1.0) == pytest.approx(1, abs=1e-10)
    assert mean_under(1.2, 0.4, lambda z: z * z) == pytest.approx(1.2**2 + 0.4**2, abs=1e-10)


@pytest.mark.parametrize("sigma", [0.0, -1.0, np.nan])
def test_a_sigma_that_is_none_is_refused(sigma):
    with pytest.raises(ConfigError, match="has to be above zero"):
        kl_closed_form(0, sigma)


def test_both_gradients_have_one_mean_and_the_score_function_scatters_more(model, images):
    found = gradient_draws(model, images.subset([3]), 4000)
    difference = found.score - found.reparameterized
    error = difference.std(0) / len(difference) ** 0.5
    assert (abs(difference.mean(0)) <= 4 * error).all()
    assert (found.score.std(0) > 3 * found.reparameterized.std(0)).all()


def test_the_reparameterized_gradient_is_the_slope_of_the_loss(model, images):
    """Moving mu moves every draw by as much: a finite difference with the same noise."""
    image, step = images.subset([0]), 1e-5
    found = gradient_draws(model, image, 3)
    x = to_unit(image.images).double().expand(3, -1, -1, -1)
    model.double()

    def loss(z):
        return reconstruction_nll(model, model.decode(torch.tensor(z)), x)

    up, down = (loss(found.z + side * np.array([step, 0])) for side in (1, -1))
    slopes = ((up - down) / (2 * step)).numpy()
    np.testing.assert_allclose(slopes, found.reparameterized[:, 0], rtol=1e-3, atol=1e-3)


def test_the_score_weighs_each_loss_by_the_slope_of_the_draws_log_density(model, images):
    image = images.subset([0])
    found = gradient_draws(model, image, 5)
    x, z = to_unit(image.images), torch.tensor(found.z)
    posterior = model.encode(x)
    loss = reconstruction_nll(model, model.decode(z.float()), x.expand(5, -1, -1, -1))
    expected = loss[:, None] * (z - posterior.mu) / posterior.sigma.square()
    np.testing.assert_allclose(found.score, expected.detach(), rtol=1e-3)


def test_the_first_of_many_draws_are_those_of_few(model, images):
    few, many = (gradient_draws(model, images.subset([1]), n).z for n in (5, 500))
    np.testing.assert_allclose(few, many[:5])


def test_no_draws_and_many_images_are_refused(model, images):
    for image, draws in ((images, 5), (images.subset([0]), 0)):
        with pytest.raises(ConfigError, match="One image and at least one draw"):
            gradient_draws(model, image, draws)


def test_a_plain_autoencoder_has_no_gradient_of_draws(model, images):
    plain = build_model(replace(model.config, kind="ae"))
    with pytest.raises(ConfigError, match="draws no codes"):
        gradient_draws(plain, images.subset([0]), 5)
