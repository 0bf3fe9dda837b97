"""Tests for vae_core.spread: narrow posteriors, whose pictures calculus foretells."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
import torch
from torch import Tensor

from vae_core.config import Likelihood, ModelConfig
from vae_core.decoding import decode
from vae_core.errors import ConfigError
from vae_core.models import AutoEncoder, build_model
from vae_core.models.posterior import Posterior
from vae_core.spread import DRAWS, decode_spread, draw_codes

MU = [0.3, -0.7]
CONFIGS = [
    ModelConfig((1, 8, 8), latent_dim=1, hidden=(16,)),
    ModelConfig((3, 8, 11), latent_dim=5, hidden=(16,), likelihood="gaussian"),
    ModelConfig((1, 12, 9), latent_dim=3, hidden=(), body="conv-flat", channels=(4,)),
    ModelConfig((3, 16, 16), latent_dim=2, hidden=(16,), body="conv-strided", channels=(4,)),
]


def linearised(model: AutoEncoder, mu: npt.ArrayLike, sigma: npt.ArrayLike) -> Tensor:
    """Deviation of a decoder that were linear around `mu`: sqrt(sum_d (J_d sigma_d)^2)."""

    def image(z: Tensor) -> Tensor:
        return model.to_image(model.decode(z[None]))[0]

    jacobian: Any = torch.autograd.functional.jacobian(image, torch.as_tensor(mu))
    return (jacobian * torch.as_tensor(sigma)).square().sum(-1).sqrt()


def pooled(model: AutoEncoder, mu: npt.ArrayLike, sigma: npt.ArrayLike) -> Tensor:
    """Deviation over the draws of 16 seeds: known to about 1 %."""
    logvar = 2 * np.log(sigma)
    found = [decode_spread(model, mu, logvar, seed=seed).deviation for seed in range(16)]
    return torch.stack(found).square().mean(0).sqrt()


@pytest.mark.parametrize("likelihood", ["bernoulli", "gaussian", "continuous-bernoulli"])
@pytest.mark.parametrize("sigma", [[0.02, 0.02], [0.03, 0.003], [0.0001, 0.03]], ids=str)
def test_a_small_deviation_is_that_of_the_linearised_decoder(
    sigma: list[float], likelihood: Likelihood
) -> None:
    config = ModelConfig(
        (1, 8, 8), latent_dim=2, hidden=(32,), activation="silu", likelihood=likelihood
    )
    # Around light grey: near 0.5 float32 knows a continuous Bernoulli's mean to 0.003 only.
    model = build_model(config, seed=1, mean_image=torch.full(config.image_shape, 0.8))
    expected = linearised(model, MU, sigma)
    one = decode_spread(model, MU, 2 * np.log(sigma)).deviation
    torch.testing.assert_close(one, expected, rtol=0.15, atol=1e-6)  # 256 draws: 4 %, 64 pixels
    torch.testing.assert_close(pooled(model, MU, sigma), expected, rtol=0.04, atol=1e-6)


def test_the_deviation_of_a_trained_decoder_is_also_that(model: AutoEncoder) -> None:
    sigma = [0.004, 0.001]
    expected = linearised(model, MU, sigma)
    torch.testing.assert_close(pooled(model, MU, sigma), expected, rtol=0.04, atol=1e-5)


@pytest.mark.parametrize("config", CONFIGS, ids=lambda c: f"{c.body}-{c.image_shape}")
def test_a_posterior_of_no_width_shows_its_mean_alone(config: ModelConfig) -> None:
    model = build_model(config, seed=1)
    mu = torch.randn(config.latent_dim)
    found = decode_spread(model, mu, torch.full_like(mu, -30), n=7)
    assert found.images.shape == (7, *config.image_shape)
    assert found.deviation.shape == config.image_shape
    assert found.deviation.dtype == found.images.dtype == torch.float32
    expected = decode(model, mu[None]).expand(7, -1, -1, -1)
    torch.testing.assert_close(found.images, expected, rtol=0, atol=1e-5)
    assert found.deviation.max() < 1e-6


def test_the_deviation_is_that_of_all_draws_and_the_images_are_its_first(
    model: AutoEncoder,
) -> None:
    every = decode_spread(model, MU, [-1.0, 0.5], n=DRAWS)
    expected = every.images.double().numpy().std(0)
    np.testing.assert_allclose(every.deviation.numpy(), expected, rtol=1e-5)
    few = decode_spread(model, MU, [-1.0, 0.5], n=3)
    torch.testing.assert_close(few.images, every.images[:3], rtol=0, atol=0)
    torch.testing.assert_close(few.deviation, every.deviation, rtol=0, atol=0)
    assert len(decode_spread(model, MU, [-1.0, 0.5]).images) == 9
    assert len(decode_spread(model, MU, [-1.0, 0.5], n=1).images) == 1


def test_the_images_are_those_of_draws_from_the_posterior(model: AutoEncoder) -> None:
    logvar = [-1.0, 0.5]
    posterior = Posterior(
        torch.tensor(MU).expand(DRAWS, -1), torch.tensor(logvar).expand(DRAWS, -1)
    )
    z = posterior.reparameterize(generator=torch.Generator().manual_seed(4))
    found = decode_spread(model, MU, logvar, n=DRAWS, seed=4)
    torch.testing.assert_close(found.images, decode(model, z))


def test_a_wide_posterior_stays_in_grey_levels(model: AutoEncoder) -> None:
    found = decode_spread(model, MU, [8.0, 8.0], n=DRAWS)
    assert found.images.min() >= 0
    assert found.images.max() <= 1
    assert 0.1 < found.deviation.max() <= 0.5


def test_the_same_seed_draws_the_same_pictures_and_another_others(model: AutoEncoder) -> None:
    first, again, other = (decode_spread(model, MU, [0.0, 0.0], seed=seed) for seed in (7, 7, 8))
    torch.testing.assert_close(first.images, again.images, rtol=0, atol=0)
    torch.testing.assert_close(first.deviation, again.deviation, rtol=0, atol=0)
    assert (first.images - other.images).flatten(1).abs().amax(1).min() > 1e-3
    assert not torch.equal(first.deviation, other.deviation)


def test_random_numbers_of_others_are_left_alone(model: AutoEncoder) -> None:
    before, numpy_before = torch.get_rng_state(), np.random.get_state()[1].copy()  # noqa: NPY002
    decode_spread(model, MU, [0.0, 0.0], seed=3)
    assert torch.equal(torch.get_rng_state(), before)
    np.testing.assert_array_equal(np.random.get_state()[1], numpy_before)  # noqa: NPY002


def test_posteriors_may_be_lists_arrays_or_tensors_and_are_left_alone(model: AutoEncoder) -> None:
    mu, logvar = torch.tensor(MU), torch.tensor([-1.0, 0.5])
    weights = {name: weight.clone() for name, weight in model.state_dict().items()}
    found = decode_spread(model, mu, logvar)
    assert mu.tolist() == torch.tensor(MU).tolist()
    assert logvar.tolist() == [-1, 0.5]
    assert all(torch.equal(weights[name], now) for name, now in model.state_dict().items())
    for other in (
        decode_spread(model, MU, [-1.0, 0.5]),
        decode_spread(model, np.array(MU), np.array([-1.0, 0.5])),
    ):
        torch.testing.assert_close(other.images, found.images)


@pytest.mark.parametrize("n", [0, -1, DRAWS + 1])
def test_no_such_number_of_images_is_refused(n: int, model: AutoEncoder) -> None:
    with pytest.raises(ConfigError, match=f"From 1 to 256 images can be drawn, not {n}"):
        decode_spread(model, MU, [0.0, 0.0], n=n)


@pytest.mark.parametrize("wrong", [[], [0.0], [0.0, 0.0, 0.0], np.zeros((2, 2)), 0.0], ids=repr)
def test_a_posterior_of_another_model_is_refused(wrong: npt.ArrayLike, model: AutoEncoder) -> None:
    with pytest.raises(ConfigError, match=r"shape \(N, 2\)"):
        decode_spread(model, wrong, [0.0, 0.0])
    with pytest.raises(ConfigError, match=r"shape \(N, 2\)"):
        decode_spread(model, MU, wrong)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, 1e39])
def test_a_posterior_that_is_no_numbers_is_refused(value: float, model: AutoEncoder) -> None:
    with pytest.raises(ConfigError, match="finite numbers"):
        decode_spread(model, [0.0, value], [0.0, 0.0])
    with pytest.raises(ConfigError, match="finite numbers"):
        decode_spread(model, MU, [value, 0.0])


@pytest.mark.parametrize("logvar", [176.0, 200.0, 1e30])
def test_a_width_that_has_no_float32_is_refused(logvar: float, model: AutoEncoder) -> None:
    with pytest.raises(ConfigError, match="finite numbers"):
        decode_spread(model, MU, [logvar, 0.0])


def test_codes_that_overflow_in_the_decoder_are_refused(model: AutoEncoder) -> None:
    assert torch.isfinite(decode_spread(model, MU, [100.0, 100.0]).images).all()
    for layer in model.decoder.modules():
        if isinstance(layer, torch.nn.Linear):
            layer.weight.mul_(1000)
    with pytest.raises(ConfigError, match="too large for the decoder"):
        decode_spread(model, MU, [172.0, 172.0])


def test_draws_are_those_of_the_posterior_and_the_same_again() -> None:
    mu, logvar = [1.0, -2.0, 0.5], [0.0, -4.0, 2.0]
    codes = draw_codes(mu, logvar, 20_000, seed=3)
    assert codes.shape == (20_000, 3)
    sigma = np.exp(0.5 * np.array(logvar))
    np.testing.assert_allclose(codes.mean(0), mu, atol=0.03 * sigma.max())
    np.testing.assert_allclose(codes.std(0), sigma, rtol=0.03)
    np.testing.assert_array_equal(codes, draw_codes(mu, logvar, 20_000, seed=3))
