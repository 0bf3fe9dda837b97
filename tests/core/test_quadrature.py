"""Tests for vae_core.metrics.quadrature and exact_posterior: closed forms, sums done otherwise."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor
from torch.distributions import MultivariateNormal

from tests.linear_gaussian import LinearGaussian, linear_gaussian
from tests.real_images import real_images
from vae_core import (
    exact_log_likelihood,
    inference_gap,
    load_checkpoint,
    posterior_grid,
)
from vae_core.config import Likelihood, ModelConfig
from vae_core.data import ImageSet, to_unit
from vae_core.errors import ConfigError
from vae_core.metrics import quadrature
from vae_core.metrics.bits import binarized
from vae_core.metrics.elbo import elbo
from vae_core.metrics.quadrature import exact_likelihood
from vae_core.models import AutoEncoder, build_model
from vae_core.objectives import reconstruction_nll

ROOT = Path(__file__).parents[2]
MNIST_MODELS = sorted((ROOT / "checkpoints").glob("mnist-*-vae-2d.safetensors"))
LIKELIHOODS: list[Likelihood] = ["bernoulli", "gaussian", "continuous-bernoulli"]


def build(latent_dim: int, likelihood: Likelihood = "bernoulli", gain: float = 3.0) -> AutoEncoder:
    """A model whose decoder is steep enough for posteriors unlike the prior."""
    config = ModelConfig((1, 8, 8), latent_dim=latent_dim, hidden=(16,), likelihood=likelihood)
    model = build_model(config, seed=2)
    with torch.no_grad():
        next(model.decoder.parameters()).mul_(gain)
        if model.log_sigma is not None:
            model.log_sigma.fill_(-1.0)
    return model.requires_grad_(False)


def brute(model: AutoEncoder, x: Tensor, n: int) -> Tensor:
    """Log p(x) by a plain even grid over [-8, 8]^D, pixel by pixel, in float64."""
    model, n_dims = model.double(), model.config.latent_dim
    axis = (torch.arange(n, dtype=torch.float64) + 0.5) * (16 / n) - 8
    z = torch.cartesian_prod(*[axis] * n_dims).reshape(-1, n_dims)
    log_prior = torch.distributions.Normal(0.0, 1.0).log_prob(z).sum(1)
    logits = model.decode(z)
    found = [
        torch.logsumexp(log_prior - reconstruction_nll(model, logits, image.expand_as(logits)), 0)
        for image in x.double()
    ]
    model.float()
    return torch.stack(found) + n_dims * float(np.log(16 / n))


# --- against sums and integrals done otherwise


@pytest.mark.parametrize("likelihood", LIKELIHOODS)
@pytest.mark.parametrize(("latent_dim", "n"), [(1, 4000), (2, 150)])
def test_it_equals_a_plain_sum_pixel_by_pixel(
    latent_dim: int, n: int, likelihood: Likelihood, images: ImageSet
) -> None:
    model, few = build(latent_dim, likelihood), images.subset(range(3))
    expected = brute(model, to_unit(few.images), n)
    torch.testing.assert_close(exact_log_likelihood(model, few), expected, rtol=0, atol=1e-3)


@pytest.mark.parametrize("width", [0.02, 0.3])
@pytest.mark.parametrize("latent_dim", [1, 2])
def test_a_linear_gaussian_model_has_its_closed_form(latent_dim: int, width: float) -> None:
    """Also where posteriors are far narrower than the cells of the first look."""
    known = linear_gaussian(latent_dim, width)
    found = exact_log_likelihood(known.model, known.images)
    torch.testing.assert_close(found, known.log_likelihood, rtol=0, atol=1e-3)


def test_a_decoder_that_ignores_the_code_leaves_the_reconstruction(images: ImageSet) -> None:
    """Then p(x|z) = p(x), whatever the prior: the weights of all cells sum to one."""
    model = build(2, gain=0.0)
    expected = -elbo(model, images).reconstruction
    torch.testing.assert_close(exact_log_likelihood(model, images), expected, rtol=0, atol=1e-3)


def test_probabilities_of_all_images_sum_to_one() -> None:
    """Of six pixels that the model is unsure of; it is sure that the others are black."""
    model = build(2)
    with torch.no_grad():
        model.pixel_bias.fill_(-60.0)
        model.pixel_bias.flatten()[:6] = 0.0
    codes = torch.arange(64)[:, None] >> torch.arange(6) & 1
    pixels = torch.zeros(64, 64, dtype=torch.uint8)
    pixels[:, :6] = codes.byte() * 255
    everything = ImageSet(pixels.reshape(64, 1, 8, 8), torch.zeros(64, dtype=torch.long), ("any",))
    total = exact_log_likelihood(model, everything).exp().sum().item()
    assert total == pytest.approx(1, abs=1e-4)


def test_the_bound_stays_below(images: ImageSet) -> None:
    """-ELBO >= -log p(x) for each image, up to the error of the ELBO's draws."""
    model = build(2)
    gaps = torch.stack([inference_gap(model, images, seed=s, binarize=False) for s in range(8)])
    assert (gaps.mean(0) > -4 * gaps.std(0) / 8**0.5).all()
    assert gaps.mean() > 0


def test_the_bound_is_tight_where_the_encoder_is_exact() -> None:
    known = linear_gaussian(2, 0.3)
    gaps = torch.stack([inference_gap(known.model, known.images, seed=s) for s in range(10)])
    error = gaps.std(0) / 10**0.5
    assert (gaps.mean(0).abs() < 5 * error + 1e-3).all()


# --- what it does not depend on


def test_images_are_scored_each_on_its_own(
    images: ImageSet, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = build(2)
    together = exact_log_likelihood(model, images)
    monkeypatch.setattr(quadrature, "BATCH", 7)
    monkeypatch.setattr(quadrature, "TILES", 3)
    torch.testing.assert_close(exact_log_likelihood(model, images), together, rtol=0, atol=1e-4)
    alone = exact_log_likelihood(model, images.subset([5]))
    torch.testing.assert_close(alone, together[5:6], rtol=0, atol=1e-4)


def test_binarised_images_are_those_that_the_bound_scores(images: ImageSet) -> None:
    model, bits = build(2), binarized(images, seed=3)
    assert torch.equal(bits.images % 255, torch.zeros_like(bits.images))
    scored = elbo(model, images, seed=3, binarize=True)
    assert torch.equal(scored.kl, elbo(model, bits, seed=3).kl)
    found = exact_log_likelihood(model, images, binarize=True, seed=3)
    assert torch.equal(found, exact_log_likelihood(model, bits))
    first = binarized(images.subset(range(9)), seed=3)
    assert torch.equal(first.images, bits.images[:9])


def test_only_black_and_white_pixels_have_a_bernoulli_likelihood(images: ImageSet) -> None:
    few = images.subset(range(2))
    assert not exact_likelihood(build(1), few).is_likelihood
    assert exact_likelihood(build(1), few, binarize=True).is_likelihood
    assert exact_likelihood(build(1, "gaussian"), few).is_likelihood


def test_mass_that_runs_off_the_grid_is_told(images: ImageSet) -> None:
    """A decoder that wants codes further out than the grid reaches."""
    model = build(2)
    assert exact_likelihood(model, images).far_share.max() < 1e-9
    known = linear_gaussian(2, 0.3, centre=9.5)
    assert exact_likelihood(known.model, known.images).far_share.max() > 0.9


# --- the exact posterior


@pytest.mark.parametrize("width", [0.03, 0.3])
@pytest.mark.parametrize("latent_dim", [1, 2])
def test_the_posterior_of_a_linear_gaussian_model_is_its_gaussian(
    latent_dim: int, width: float
) -> None:
    known = linear_gaussian(latent_dim, width)
    found = posterior_grid(known.model, to_unit(known.images.images)[0], 60)
    assert found.log_likelihood == pytest.approx(known.log_likelihood[0].item(), abs=1e-3)
    np.testing.assert_allclose(found.mean, known.mean[0], atol=1e-3)
    np.testing.assert_allclose(found.sigma, known.covariance.diagonal().sqrt(), rtol=1e-3)
    axes = [found.x] if found.y is None else [found.x, found.y]
    codes = torch.from_numpy(np.stack(np.meshgrid(*axes), -1).reshape(-1, latent_dim))
    gaussian = MultivariateNormal(known.mean[0], known.covariance)
    expected = gaussian.log_prob(codes).exp().reshape(found.density.shape).numpy()
    np.testing.assert_allclose(found.density, expected, atol=2e-3 * expected.max())
    assert found.within_q == pytest.approx({1: 0.9545, 2: 0.8647}[latent_dim], abs=2e-3)


@pytest.mark.parametrize("latent_dim", [1, 2])
def test_the_posterior_is_a_density_on_its_extent(latent_dim: int, images: ImageSet) -> None:
    model = build(latent_dim)
    found = posterior_grid(model, to_unit(images.images)[0], 50)
    area = np.prod([np.diff(axis)[0] for axis in (found.x, found.y) if axis is not None])
    assert found.density.sum() * area == pytest.approx(1)
    assert found.extent[0] < found.x[0] < found.mean[0] < found.x[-1] < found.extent[1]
    assert found.log_likelihood == pytest.approx(
        exact_log_likelihood(model, images.subset([0])).item(), abs=1e-4
    )
    assert 0 <= found.within_q <= 1


def test_rows_of_the_posterior_run_along_the_second_dimension() -> None:
    known = linear_gaussian(2, 0.3)
    found = posterior_grid(known.model, to_unit(known.images.images)[0])
    row, column = np.unravel_index(found.density.argmax(), found.density.shape)
    assert found.y is not None
    np.testing.assert_allclose([found.x[column], found.y[row]], known.mean[0], atol=0.1)


# --- what is refused


def test_three_dimensions_are_sent_to_importance_sampling(images: ImageSet) -> None:
    with pytest.raises(ConfigError, match="not 3; use importance_log_likelihood"):
        exact_log_likelihood(build(3), images)
    with pytest.raises(ConfigError, match="not 3"):
        posterior_grid(build(3), to_unit(images.images)[0])


def test_a_plain_autoencoder_has_no_likelihood(images: ImageSet) -> None:
    model = build_model(ModelConfig((1, 8, 8), hidden=(16,), kind="ae"))
    with pytest.raises(ConfigError, match="has no prior over codes"):
        exact_log_likelihood(model, images)


def test_images_of_another_shape_are_refused(images: ImageSet) -> None:
    wide = ImageSet(torch.zeros(2, 1, 9, 9, dtype=torch.uint8), torch.zeros(2).long(), ("a",))
    with pytest.raises(ConfigError, match=r"takes images of shape \(1, 8, 8\)"):
        exact_log_likelihood(build(2), wide)
    with pytest.raises(ConfigError, match=r"not \(1, 9, 9\)"):
        posterior_grid(build(2), torch.zeros(1, 9, 9))
    with pytest.raises(ConfigError, match="numbers from 0 to 1"):
        posterior_grid(build(2), to_unit(images.images)[0] * 3)


@pytest.mark.parametrize("cells", [7, 481, 12.5, True])
def test_a_strange_number_of_cells_is_refused(cells: int, images: ImageSet) -> None:
    with pytest.raises(ConfigError, match=f"from 8 to 480, not {cells}"):
        exact_log_likelihood(build(2), images, cells)


# --- the models that are shipped


@pytest.mark.parametrize("path", MNIST_MODELS, ids=lambda path: path.stem)
def test_twice_as_many_cells_change_nothing_on_shipped_models(path: Path) -> None:
    images = real_images("mnist").subset(range(60))
    model = load_checkpoint(path).model
    coarse, fine = (exact_log_likelihood(model, images, n, binarize=True) for n in (120, 240))
    assert (coarse - fine).mean().abs() < 0.02
    assert (coarse - fine).abs().max() < 0.1
    gap = elbo(model, images, draws=16, binarize=True).negative_elbo + fine
    assert gap.mean() > 0


def test_known_models_know_themselves() -> None:
    """The closed form that the others are held against, itself against plain sampling."""
    known: LinearGaussian = linear_gaussian(1, 0.3)
    z = torch.randn(200_000, 1, generator=torch.Generator().manual_seed(1))
    x = to_unit(known.images.images)[:1].expand(len(z), -1, -1, -1)
    log_px = -reconstruction_nll(known.model, known.model.decode(z), x)
    estimate = torch.logsumexp(log_px.double(), 0) - float(np.log(len(z)))
    assert estimate.item() == pytest.approx(known.log_likelihood[0].item(), abs=0.05)
