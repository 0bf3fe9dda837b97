"""Tests for vae_core.objectives."""

from __future__ import annotations

import pytest
import torch
from scipy.integrate import quad
from torch import Tensor
from torch.distributions import Bernoulli, ContinuousBernoulli, Normal, kl_divergence

from vae_core.config import Kind, Likelihood, ModelConfig
from vae_core.models import AutoEncoder, Posterior, build_model
from vae_core.models.continuous_bernoulli import log_normalizer, mean
from vae_core.objectives import kl_per_dim, negative_elbo, reconstruction_nll

LIKELIHOODS: list[Likelihood] = ["bernoulli", "gaussian", "continuous-bernoulli"]
SHAPE = (1, 8, 8)


def build(
    likelihood: Likelihood = "bernoulli", kind: Kind = "vae", latent_dim: int = 2
) -> AutoEncoder:
    model = build_model(
        ModelConfig(
            SHAPE, latent_dim=latent_dim, kind=kind, likelihood=likelihood,
            hidden=(16,), activation="silu",
        ),
        seed=1,
    )  # fmt: skip
    if model.log_sigma is not None:
        torch.nn.init.constant_(model.log_sigma, -0.7)
    return model


def torch_kl(posterior: Posterior) -> Tensor:
    mu, logvar = posterior.mu.double(), posterior.logvar.double()
    prior = Normal(torch.zeros_like(mu), torch.ones_like(mu))
    return kl_divergence(Normal(mu, torch.exp(0.5 * logvar)), prior)


@pytest.mark.parametrize("n_images", [1, 64])
@pytest.mark.parametrize("latent_dim", [1, 2, 16])
def test_kl_equals_that_of_torch_distributions(latent_dim: int, n_images: int) -> None:
    posterior = Posterior(*2 * torch.randn(2, n_images, latent_dim, dtype=torch.float64))
    torch.testing.assert_close(kl_per_dim(posterior), torch_kl(posterior), rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("distance", [1e-1, 1e-2, 1e-3, 1e-4])
def test_kl_keeps_its_digits_near_the_prior(distance: float) -> None:
    """Float32 sigma^2 - 1 would lose all of them: 1e-4 squared is below its rounding."""
    logvar = distance * torch.linspace(-1, 1, 8)[None]
    posterior = Posterior(distance * torch.linspace(1, -1, 8)[None], logvar)
    # What is left of float32: the difference of two numbers as large as logvar.
    torch.testing.assert_close(
        kl_per_dim(posterior).double(), torch_kl(posterior), rtol=1e-6, atol=distance * 2**-24
    )


@pytest.mark.parametrize("latent_dim", [1, 2, 16])
def test_kl_is_zero_at_the_prior_and_only_there(latent_dim: int) -> None:
    zeros = torch.zeros(3, latent_dim)
    assert torch.equal(kl_per_dim(Posterior(zeros, zeros)), zeros)
    assert (kl_per_dim(Posterior(zeros + 0.1, zeros)) > 1e-3).all()
    assert (kl_per_dim(Posterior(zeros, zeros + 0.1)) > 1e-3).all()
    assert (kl_per_dim(Posterior(zeros, zeros - 0.1)) > 1e-3).all()


def test_kl_of_a_known_posterior() -> None:
    posterior = Posterior(torch.tensor([[3.0]]), torch.tensor([[4.0]]).log())
    torch.testing.assert_close(
        kl_per_dim(posterior), torch.tensor([[0.5 * (9 + 4 - 1) - torch.log(torch.tensor(2.0))]])
    )


def test_a_plain_autoencoder_has_no_kl() -> None:
    assert torch.equal(kl_per_dim(Posterior(torch.ones(3, 2), None)), torch.zeros(3, 2))


def test_bernoulli_reconstruction_equals_torch_distributions() -> None:
    x = torch.bernoulli(torch.rand(5, *SHAPE))
    logits = 3 * torch.randn(5, *SHAPE)
    expected = -Bernoulli(logits=logits).log_prob(x).sum((1, 2, 3))
    torch.testing.assert_close(reconstruction_nll(build(), logits, x), expected)


def test_bernoulli_reconstruction_and_its_gradient_hold_at_every_logit() -> None:
    ends = torch.tensor([-200.0, -90.0, -20.0, -1e-3, 0.0, 1e-3, 20.0, 90.0, 200.0])
    for level in (0.0, 0.3, 0.5, 1.0):
        logits = ends.reshape(-1, 1, 1, 1).expand(-1, *SHAPE).clone().requires_grad_()
        x = torch.full_like(logits, level)
        nll = reconstruction_nll(build(), logits, x)
        zero, wide = torch.zeros(1).double(), logits.double()
        exact = torch.logaddexp(zero, wide) - x.double() * wide
        torch.testing.assert_close(nll.double(), exact.flatten(1).sum(1), rtol=1e-6, atol=1e-4)
        (gradient,) = torch.autograd.grad(nll.sum(), logits)
        torch.testing.assert_close(gradient, torch.sigmoid(logits) - x, rtol=0, atol=1e-6)


def test_gaussian_reconstruction_equals_torch_distributions() -> None:
    model = build("gaussian")
    x, logits = torch.rand(5, *SHAPE), torch.randn(5, *SHAPE)
    sigma = torch.exp(torch.tensor(-0.7))
    expected = -Normal(torch.sigmoid(logits), sigma).log_prob(x).sum((1, 2, 3))
    torch.testing.assert_close(reconstruction_nll(model, logits, x), expected)


def test_continuous_bernoulli_reconstruction_equals_torch_distributions() -> None:
    x, logits = torch.rand(5, *SHAPE), torch.randn(5, *SHAPE)
    expected = -ContinuousBernoulli(logits=logits).log_prob(x).sum((1, 2, 3))
    torch.testing.assert_close(
        reconstruction_nll(build("continuous-bernoulli"), logits, x), expected
    )


@pytest.mark.parametrize("likelihood", ["gaussian", "continuous-bernoulli"])
def test_a_density_of_grey_pixels_integrates_to_one(likelihood: Likelihood) -> None:
    """The Gaussian's tails outside [0, 1] are cut by a narrow sigma and a middle grey."""
    model = build(likelihood)
    if model.log_sigma is not None:
        torch.nn.init.constant_(model.log_sigma, -3.0)
    grey = torch.linspace(0, 1, 2001, dtype=torch.float64).reshape(-1, 1, 1, 1)
    logits = torch.full_like(grey, 0.4)
    density = torch.exp(-reconstruction_nll(model, logits, grey))
    torch.testing.assert_close(torch.trapezoid(density, dx=1 / 2000).item(), 1.0, rtol=1e-4, atol=0)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("logit", [-300.0, -60.0, -16.0, -5.0, -1e-3, 0.0, 0.49, 0.51, 20.0, 60.0])
def test_a_continuous_bernoulli_is_a_density_at_every_logit(
    logit: float, dtype: torch.dtype
) -> None:
    """Where PyTorch's own, whose normaliser is clamped, is half of one at -30."""
    model = build("continuous-bernoulli")

    def density(grey: float) -> float:
        pixel = torch.full((1, 1, 1, 1), grey, dtype=dtype)
        return reconstruction_nll(model, torch.full_like(pixel, logit), pixel).neg().exp().item()

    total, _ = quad(density, 0, 1, points=[0.02, 0.1, 0.9, 0.98], epsabs=1e-6)
    assert total == pytest.approx(1, abs=2e-4 if dtype == torch.float32 else 1e-8)


def test_the_slope_of_a_continuous_bernoulli_s_normaliser_is_its_mean() -> None:
    near = torch.logspace(-6, 2.4, 200)
    logits = torch.cat([-near, torch.zeros(1), near]).requires_grad_()
    log_normalizer(logits).sum().backward()
    expected = mean(logits.detach().double())
    assert logits.grad is not None
    torch.testing.assert_close(logits.grad.double(), expected, rtol=0, atol=1e-6)


@pytest.mark.parametrize("likelihood", LIKELIHOODS)
def test_reconstruction_is_a_sum_over_pixels(likelihood: Likelihood) -> None:
    model = build(likelihood)
    x, logits = torch.rand(2, *SHAPE), torch.randn(2, *SHAPE)
    by_pixel = torch.stack(
        [
            reconstruction_nll(
                model, logits[..., i : i + 1, j : j + 1], x[..., i : i + 1, j : j + 1]
            )
            for i in range(8)
            for j in range(8)
        ]
    )
    torch.testing.assert_close(reconstruction_nll(model, logits, x), by_pixel.sum(0))


@pytest.mark.parametrize("likelihood", LIKELIHOODS)
def test_twice_the_pixels_cost_twice_the_nats(likelihood: Likelihood) -> None:
    model = build(likelihood)
    x, logits = torch.rand(4, *SHAPE), torch.randn(4, *SHAPE)
    once = reconstruction_nll(model, logits, x)
    twice = reconstruction_nll(model, torch.cat([logits, logits], 3), torch.cat([x, x], 3))
    torch.testing.assert_close(twice, 2 * once)


@pytest.mark.parametrize("likelihood", LIKELIHOODS)
def test_gradients_stay_finite_for_extreme_logits(likelihood: Likelihood) -> None:
    logits = torch.tensor([-200.0, -50, -1e-3, 0, 1e-3, 50, 200, 1]).expand(1, 1, 8, 8)
    logits = logits.clone().requires_grad_()
    reconstruction_nll(build(likelihood), logits, torch.rand(1, *SHAPE)).sum().backward()
    assert torch.isfinite(logits.grad).all()


@pytest.mark.parametrize("kind", ["ae", "vae"])
@pytest.mark.parametrize("likelihood", LIKELIHOODS)
def test_terms_are_one_number_an_image(likelihood: Likelihood, kind: Kind) -> None:
    terms = negative_elbo(build(likelihood, kind), torch.rand(7, *SHAPE))
    assert [term.shape for term in terms] == [(7,)] * 3


@pytest.mark.parametrize("beta", [0.0, 1.0, 4.0])
def test_loss_is_reconstruction_plus_beta_kl(beta: float) -> None:
    terms = negative_elbo(build(), torch.rand(7, *SHAPE), beta=beta)
    torch.testing.assert_close(terms.loss, terms.reconstruction + beta * terms.kl)


def test_loss_equals_the_formula_written_out() -> None:
    """Encode, draw with the same noise, decode, and score with torch.distributions."""
    model, x = build(), torch.bernoulli(torch.rand(7, *SHAPE))
    terms = negative_elbo(model, x, generator=torch.Generator().manual_seed(5))
    mu, logvar = model.encode(x)
    eps = torch.randn(7, 2, generator=torch.Generator().manual_seed(5))
    q = Normal(mu, torch.exp(0.5 * logvar))
    p = Bernoulli(logits=model.decode(mu + q.scale * eps))
    kl = kl_divergence(q, Normal(torch.zeros(2), torch.ones(2)))
    expected = -p.log_prob(x).sum((1, 2, 3)) + kl.sum(1)
    torch.testing.assert_close(terms.loss, expected)


def test_kl_is_a_sum_over_dimensions() -> None:
    model, x = build(latent_dim=5), torch.rand(7, *SHAPE)
    expected = torch_kl(model.encode(x)).sum(1).float()
    torch.testing.assert_close(negative_elbo(model, x).kl, expected)


@pytest.mark.parametrize("beta", [0.0, 1.0, 100.0])
def test_beta_means_nothing_to_a_plain_autoencoder(beta: float) -> None:
    terms = negative_elbo(build(kind="ae"), torch.rand(7, *SHAPE), beta=beta)
    assert torch.equal(terms.loss, terms.reconstruction)


def test_the_bernoulli_term_of_grey_pixels_is_that_of_their_mean_binarisation() -> None:
    """Exactly: a pixel's term is (1 - x) times that of black plus x times that of white."""
    model = build()
    x, logits = torch.rand(4, *SHAPE).double(), 2 * torch.randn(4, *SHAPE).double()
    ones = torch.ones_like(x)
    by_pixel = [
        grey * torch.nn.functional.softplus(sign * logits) for grey, sign in ((1 - x, 1), (x, -1))
    ]
    expected = (by_pixel[0] + by_pixel[1]).sum((1, 2, 3))
    torch.testing.assert_close(reconstruction_nll(model, logits, x), expected)
    torch.testing.assert_close(
        reconstruction_nll(model, logits, ones),
        torch.nn.functional.softplus(-logits).sum((1, 2, 3)),
    )


def test_the_elbo_of_grey_pixels_is_the_mean_over_binarised_ones() -> None:
    """For one q: within four standard errors of 4,000 draws."""
    model, x = build(), torch.rand(1, *SHAPE)
    with torch.no_grad():
        logits = model.decode(model.encode(x).reparameterize())
        grey = reconstruction_nll(model, logits, x)
        draws = torch.bernoulli(x.expand(4000, -1, -1, -1))
        scores = reconstruction_nll(model, logits.expand_as(draws), draws)
    assert abs(scores.mean() - grey) < 4 * scores.std() / 4000**0.5


@pytest.mark.parametrize("likelihood", LIKELIHOODS)
def test_the_objective_passes_gradcheck(likelihood: Likelihood) -> None:
    model = build(likelihood).double()
    x = 0.1 + 0.8 * torch.rand(2, *SHAPE, dtype=torch.float64)
    names, parameters = zip(*model.named_parameters(), strict=True)

    def loss(*values: Tensor) -> Tensor:
        def run(x: Tensor) -> Tensor:
            generator = torch.Generator().manual_seed(3)
            return negative_elbo(model, x, beta=2.0, generator=generator).loss

        class Call(torch.nn.Module):
            def __init__(self) -> None:
                super().__init__()
                self.inner = model

            def forward(self, x: Tensor) -> Tensor:
                return run(x)

        weights = {f"inner.{name}": value for name, value in zip(names, values, strict=True)}
        return torch.func.functional_call(Call(), weights, (x,))

    inputs = tuple(p.detach().clone().requires_grad_() for p in parameters)
    assert torch.autograd.gradcheck(loss, inputs, fast_mode=True)


def test_the_noise_of_the_objective_comes_from_the_generator() -> None:
    model, x = build(), torch.rand(7, *SHAPE)
    losses = [
        negative_elbo(model, x, generator=torch.Generator().manual_seed(seed)).loss
        for seed in (1, 1, 2)
    ]
    assert torch.equal(losses[0], losses[1])
    assert not torch.equal(losses[0], losses[2])
