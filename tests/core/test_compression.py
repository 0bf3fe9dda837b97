"""Tests for what images cost in bits."""

import numpy as np
import pytest
import torch
from scipy.stats import norm
from torch.distributions import Bernoulli

from vae_core import build_model, load_images, model_config
from vae_core.errors import ConfigError
from vae_core.metrics.bits import binarized
from vae_core.metrics.compression import code_bits, cost, rounded_code, rounded_cost
from vae_core.metrics.elbo import elbo


@pytest.fixture(scope="module")
def images():
    return load_images("digits", "test")


@pytest.fixture(scope="module")
def model(images):
    config = model_config("dense-512", images.image_shape, kind="vae", latent_dim=2)
    return build_model(config, mean_image=images.mean_image())


def test_code_and_rest_are_the_negative_elbo_in_bits(model, images):
    drawn = binarized(images.subset(range(50)), 0)
    found = cost(model, drawn, images.mean_image())
    nats = elbo(model, drawn).negative_elbo.numpy()
    np.testing.assert_allclose(found.by_model, nats / np.log(2))
    assert (found.plain == 64).all()


def test_pixel_by_pixel_an_image_costs_its_surprise():
    config = model_config("dense-512", (1, 8, 8), kind="vae", latent_dim=2)
    drawn = binarized(load_images("digits", "test").subset([0, 1]), 0)
    half = torch.full((1, 8, 8), 0.5)
    assert (cost(build_model(config), drawn, half).by_pixel == 64).all()
    known = drawn.images[0].float() / 255
    sure, wrong = cost(build_model(config), drawn, known).by_pixel
    assert sure < 0.1
    assert wrong == pytest.approx(
        (drawn.images[0] != drawn.images[1]).sum().item() * np.log2(1000), rel=0.02
    )


def test_what_knows_no_chances_has_no_price(images):
    config = model_config("dense-512", images.image_shape, kind="ae", latent_dim=2)
    with pytest.raises(ConfigError, match="Only a VAE of black-or-white pixels"):
        cost(build_model(config), images, images.mean_image())


def test_a_rounded_code_is_a_multiple_of_the_step_and_no_more_than_half_a_step_off():
    z = np.random.default_rng(0).normal(size=(100, 3))
    found = rounded_code(z, 0.3)
    np.testing.assert_allclose(found / 0.3, np.rint(found / 0.3), atol=1e-9)
    assert np.abs(found - z).max() <= 0.15
    np.testing.assert_allclose(rounded_code(found, 0.3), found)


def test_the_bits_of_all_codes_are_those_of_the_prior_s_cells():
    """Kraft: two to minus the bits sums to one; in fine steps it is the density."""
    cells = np.arange(-60, 61)[:, None] * 0.2
    assert (2 ** -code_bits(cells, 0.2)).sum() == pytest.approx(1)
    z = np.array([[0.5, -1.2]])
    fine = code_bits(z, 1e-3)[0]
    assert fine == pytest.approx(-np.log2(norm.pdf(z) * 1e-3).sum(), abs=1e-2)


def test_half_the_step_costs_a_bit_more_for_each_number():
    z = rounded_code(np.random.default_rng(0).normal(size=(50, 4)), 1e-3)
    more = code_bits(z, 5e-4) - code_bits(z, 1e-3)
    np.testing.assert_allclose(more, 4, atol=0.01)


def test_a_code_far_out_costs_what_its_cell_holds_even_where_that_is_no_number():
    """The mass of a cell at z of a step s is nearly that beyond its near end, phi(c) / c."""
    near, far, further = code_bits([[0.0], [40.0], [80.0]], 1.0)
    assert near < 2
    for bits, edge in ((far, 39.5), (further, 79.5)):
        tail = edge**2 / 2 + np.log(edge * np.sqrt(2 * np.pi)) + 1 / edge**2
        assert bits == pytest.approx(tail / np.log(2), abs=0.01)


def test_what_costs_bits_is_black_or_white_and_of_one_shape(model, images):
    drawn, mean = binarized(images, 0), images.mean_image()
    for call in (lambda x: cost(model, x, mean), lambda x: rounded_cost(model, x, 0.1)):
        with pytest.raises(ConfigError, match="Only black-or-white images"):
            call(images)
    with pytest.raises(ConfigError, match="the mean image of"):
        cost(model, drawn, mean[:, 1:])


@pytest.mark.parametrize("step", [0.0, -1.0, float("nan"), float("inf")])
def test_steps_are_above_zero(step):
    with pytest.raises(ConfigError, match="steps above zero"):
        code_bits([[0.0]], step)
    with pytest.raises(ConfigError, match="steps above zero"):
        rounded_code([[0.0]], step)


def test_a_code_rounded_finely_costs_more_and_draws_what_the_mean_draws(model, images):
    drawn = binarized(images.subset(range(40)), 0)
    fine, rest = rounded_cost(model, drawn, 1e-4)
    x = drawn.images.float() / 255
    exact = -Bernoulli(logits=model.decode(model.encode(x).mu)).log_prob(x).flatten(1).sum(1)
    np.testing.assert_allclose(rest, exact.detach() / np.log(2), rtol=1e-3)
    coarse, _ = rounded_cost(model, drawn, 1e-2)
    np.testing.assert_allclose(fine - coarse, 2 * np.log2(100), atol=0.1)


def test_rounded_costs_need_chances_too(images):
    config = model_config("dense-512", images.image_shape, kind="ae", latent_dim=2)
    with pytest.raises(ConfigError, match="Only a VAE of black-or-white pixels"):
        rounded_cost(build_model(config), images, 0.1)
