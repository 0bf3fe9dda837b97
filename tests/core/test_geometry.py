"""Tests for vae_core.geometry: linear decoders, whose geometry is known."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from vae_core.config import ModelConfig
from vae_core.errors import ConfigError
from vae_core.geometry import (
    Ellipse,
    log_magnification,
    magnification,
    off_plane_share,
    round_trip,
    sigma_ellipse,
)
from vae_core.models import build_model
from vae_core.models.autoencoder import AutoEncoder
from vae_core.models.posterior import Posterior
from vae_core.projection import fit_plane

SHAPE = (1, 8, 8)


class LinearModel(AutoEncoder):
    """Image = W z + 0.5, and the encoder its exact inverse, off by `bias` of latent units."""

    def __init__(self, latent_dim: int, sigma: float | None = 0.5, bias: float = 0.0) -> None:
        super().__init__(ModelConfig(SHAPE, latent_dim=latent_dim, hidden=(16,)))
        generator = torch.Generator().manual_seed(latent_dim)
        weight = torch.randn(64, latent_dim, generator=generator) / 16
        self.weight = nn.Parameter(weight, requires_grad=False)
        self.sigma, self.bias = sigma, bias

    def decode(self, z: Tensor) -> Tensor:
        return (z @ self.weight.T + 0.5).reshape(-1, *SHAPE)

    def to_image(self, logits: Tensor) -> Tensor:
        return logits

    def encode(self, x: Tensor) -> Posterior:
        mu = (x.flatten(1) - 0.5) @ torch.linalg.pinv(self.weight).T + self.bias
        logvar = None if self.sigma is None else torch.full_like(mu, 2 * np.log(self.sigma))
        return Posterior(mu, logvar)


@pytest.mark.parametrize("latent_dim", [1, 2, 5])
def test_a_linear_decoder_magnifies_everywhere_alike(latent_dim: int) -> None:
    model = LinearModel(latent_dim)
    weight = model.weight.double()
    expected = torch.linalg.det(weight.T @ weight).sqrt().item()
    z = np.random.default_rng(0).normal(size=(600, latent_dim))
    np.testing.assert_allclose(magnification(model, z), expected, rtol=1e-4)


def test_along_two_directions_only_these_count() -> None:
    model = LinearModel(5)
    axes = np.linalg.qr(np.random.default_rng(0).normal(size=(5, 5)))[0][:2]
    steps = model.weight.double().numpy() @ axes.T
    expected = 0.5 * np.linalg.slogdet(steps.T @ steps)[1]
    assert log_magnification(model, np.zeros((1, 5)), axes)[0] == pytest.approx(expected, abs=1e-4)


def test_magnification_of_a_real_decoder_equals_finite_differences() -> None:
    model = build_model(ModelConfig(SHAPE, latent_dim=2, hidden=(32,), activation="silu"), seed=1)
    model.double()
    z, step = torch.tensor([[0.3, -0.7]], dtype=torch.double), 1e-5
    columns = [
        (model.to_image(model.decode(z + e)) - model.to_image(model.decode(z - e))).flatten()
        / (2 * step)
        for e in step * torch.eye(2, dtype=torch.double)
    ]
    jacobian = torch.stack(columns, dim=1)
    expected = 0.5 * torch.logdet(jacobian.T @ jacobian).item()
    assert log_magnification(model.float(), z.numpy())[0] == pytest.approx(expected, abs=1e-3)


def test_a_decoder_that_does_not_move_magnifies_nothing() -> None:
    model = LinearModel(2)
    model.weight.data.zero_()
    assert log_magnification(model, [[0.0, 0.0]])[0] == -np.inf
    assert magnification(model, [[0.0, 0.0]])[0] == 0


def test_one_direction_that_moves_nothing_is_enough_to_magnify_nothing() -> None:
    model = LinearModel(3)
    model.weight.data[:, 2] = model.weight.data[:, 0] + model.weight.data[:, 1]
    assert log_magnification(model, [[0.3, 0.1, -2.0]])[0] == -np.inf
    assert log_magnification(LinearModel(65), np.zeros((1, 65)))[0] == -np.inf  # of 64 pixels


def test_magnification_is_the_same_where_nothing_is_to_be_learnt() -> None:
    model = LinearModel(2)
    expected = magnification(model, [[0.5, 0.5]])
    with torch.inference_mode():
        np.testing.assert_array_equal(magnification(model, [[0.5, 0.5]]), expected)


def test_an_exact_inverse_comes_back_to_its_code() -> None:
    found = round_trip(LinearModel(3), np.random.default_rng(0).normal(size=(300, 3)))
    np.testing.assert_allclose(found.distance, 0, atol=1e-5)


def test_a_biased_encoder_is_off_by_its_bias_in_units_and_in_sigmas() -> None:
    found = round_trip(LinearModel(4, sigma=0.5, bias=1.0), np.zeros((1, 4)))
    assert found.distance[0] == pytest.approx(2)  # 1 in each of four dimensions
    assert found.in_sigmas is not None
    assert found.in_sigmas[0] == pytest.approx(4)
    assert round_trip(LinearModel(4, sigma=None), np.zeros((1, 4))).in_sigmas is None


def test_the_share_off_the_plane_is_what_the_map_hides() -> None:
    codes = np.random.default_rng(0).normal(size=(100, 3)) * [5, 3, 1]
    plane = fit_plane(codes, (0, 1), "latent")
    found = off_plane_share(plane, [[3.0, 0.0, 4.0], [1.0, 2.0, 0.0], [0.0, 0.0, 0.0]])
    np.testing.assert_allclose(found, [16 / 25, 0, 0])
    assert off_plane_share(fit_plane(codes[:, :2]), [[1.0, 2.0]])[0] == pytest.approx(0)


@pytest.mark.parametrize("angle", [0.0, 30.0, 120.0])
def test_ellipse_axes_are_the_sigmas_of_the_posterior(angle: float) -> None:
    sigmas, turn = np.array([0.8, 0.2]), np.radians(angle)
    plane = fit_plane(np.random.default_rng(0).normal(size=(50, 2)))
    rotation = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    turned = replace(plane, basis=rotation.T.copy())
    found = sigma_ellipse(turned, 2 * np.log(sigmas))
    np.testing.assert_allclose(found.radii, sigmas, rtol=1e-9)
    assert found.angle == pytest.approx(-angle % 180, abs=1e-6)


def test_an_ellipse_is_the_spread_of_draws_seen_on_the_map() -> None:
    rng = np.random.default_rng(0)
    plane = fit_plane(rng.normal(size=(200, 5)) * [5, 4, 3, 2, 1])
    logvar = rng.normal(size=5)
    draws = plane.to_plane(rng.normal(size=(200_000, 5)) * np.exp(0.5 * logvar))
    values = np.sqrt(np.linalg.eigvalsh(np.cov(draws.T)))
    np.testing.assert_allclose(sigma_ellipse(plane, logvar).radii, values[::-1], rtol=0.01)


def test_the_ellipse_of_the_widest_posterior_is_finite() -> None:
    plane = fit_plane(np.random.default_rng(0).normal(size=(50, 3)))
    found = sigma_ellipse(plane, [3e38, 800.0, 600.0])
    assert found.radii == pytest.approx((np.exp(300), np.exp(300)), rel=0.2)


def test_an_ellipse_on_a_strip_is_a_line() -> None:
    strip = fit_plane(np.arange(10.0)[:, None])
    assert sigma_ellipse(strip, [2 * np.log(0.3)]) == Ellipse((pytest.approx(0.3), 0.0), 0.0)


def test_what_has_no_ellipse_is_refused() -> None:
    plane = fit_plane(np.random.default_rng(0).normal(size=(50, 3)))
    for logvar in (None, np.zeros(2), [np.nan, 0.0, 0.0]):
        with pytest.raises(ConfigError):
            sigma_ellipse(plane, logvar)
    with pytest.raises(ConfigError, match="finite"):
        off_plane_share(plane, [[np.nan, 0.0, 0.0]])


def test_codes_of_another_model_are_refused() -> None:
    with pytest.raises(ConfigError, match="shape"):
        magnification(LinearModel(3), np.zeros((1, 2)))
    with pytest.raises(ConfigError, match="finite"):
        round_trip(LinearModel(2), [[np.nan, 0.0]])
