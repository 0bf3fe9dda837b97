"""Tests for vae_core.models."""

from __future__ import annotations

import pytest
import torch
from torch.distributions import ContinuousBernoulli
from torch.nn import Parameter

from vae_core.config import Kind, Likelihood, ModelConfig, TrainConfig
from vae_core.errors import ConfigError
from vae_core.models import PRESETS, Posterior, build_model, model_config, train_config
from vae_core.models.autoencoder import blank_model

SHAPES = [(1, 8, 8), (3, 8, 8), (1, 28, 28), (1, 9, 13), (3, 64, 64)]
SMALL = (1, 8, 8)


@pytest.mark.parametrize("shape", SHAPES, ids=str)
@pytest.mark.parametrize("kind", ["ae", "vae"])
@pytest.mark.parametrize("preset", PRESETS)
def test_decoding_a_code_gives_the_shape_of_the_image(
    preset: str, kind: Kind, shape: tuple[int, int, int]
) -> None:
    latent_dim = {1: 1, 3: 5}[shape[0]] if kind == "vae" else 2
    model = build_model(model_config(preset, shape, kind=kind, latent_dim=latent_dim))
    x = torch.rand(2, *shape)
    with torch.no_grad():
        posterior = model.encode(x)
        x_hat = model.to_image(model.decode(posterior.mu))
    assert posterior.mu.shape == (2, latent_dim)
    assert (posterior.logvar is None) == (kind == "ae")
    assert x_hat.shape == x.shape
    assert ((x_hat > 0) & (x_hat < 1)).all()


@pytest.mark.parametrize("latent_dim", [1, 2, 5])
@pytest.mark.parametrize("preset", PRESETS)
def test_every_preset_takes_any_latent_dim(preset: str, latent_dim: int) -> None:
    model = build_model(model_config(preset, SMALL, latent_dim=latent_dim))
    assert model.decode(torch.zeros(3, latent_dim)).shape == (3, *SMALL)


@pytest.mark.parametrize("preset", PRESETS)
def test_a_batch_of_one_is_encoded_like_its_row_in_a_larger_one(preset: str) -> None:
    model, x = build_model(model_config(preset, SMALL)), torch.rand(5, *SMALL)
    with torch.no_grad():
        together, alone = model.encode(x), model.encode(x[3:4])
    torch.testing.assert_close(alone.mu[0], together.mu[3])
    torch.testing.assert_close(alone.logvar[0], together.logvar[3])


@pytest.mark.parametrize("kind", ["ae", "vae"])
@pytest.mark.parametrize("preset", PRESETS)
def test_encoder_and_decoder_share_no_parameter(preset: str, kind: Kind) -> None:
    """By address of the numbers, and by what each of the two depends on."""
    model = build_model(model_config(preset, SMALL, kind=kind))
    encoding = {id(p): n for n, p in model.named_parameters() if depends_on(model, p, encode_sum)}
    decoding = {id(p): n for n, p in model.named_parameters() if depends_on(model, p, decode_sum)}
    assert encoding.keys().isdisjoint(decoding)
    assert len(encoding) + len(decoding) == len(list(model.parameters()))
    addresses = [p.untyped_storage().data_ptr() for p in model.parameters()]
    assert len(set(addresses)) == len(addresses)


def encode_sum(model: torch.nn.Module) -> torch.Tensor:
    mu, logvar = model.encode(torch.rand(4, *SMALL))
    return mu.sum() + (0 if logvar is None else logvar.sum())


def decode_sum(model: torch.nn.Module) -> torch.Tensor:
    return model.decode(torch.randn(4, model.config.latent_dim)).sum()


def depends_on(model: torch.nn.Module, parameter: Parameter, result: object) -> bool:
    (gradient,) = torch.autograd.grad(result(model), parameter, allow_unused=True)
    return gradient is not None


@pytest.mark.parametrize("preset", PRESETS)
def test_mean_and_width_of_the_posterior_have_heads_of_their_own(preset: str) -> None:
    model = build_model(model_config(preset, SMALL))
    mu, logvar = model.encode(torch.rand(4, *SMALL))
    for result, head in ((mu, model.logvar_head), (logvar, model.mu_head)):
        gradients = torch.autograd.grad(
            result.sum(), list(head.parameters()), allow_unused=True, retain_graph=True
        )
        assert gradients == (None, None)


def test_reconstruct_decodes_the_posterior_mean() -> None:
    model, x = build_model(ModelConfig(SMALL, hidden=(16,))), torch.rand(3, *SMALL)
    expected = torch.sigmoid(model.decode(model.encode(x).mu))
    torch.testing.assert_close(model.reconstruct(x), expected)


@pytest.mark.parametrize("likelihood", ["bernoulli", "gaussian", "continuous-bernoulli"])
def test_a_decoded_image_lies_between_black_and_white(likelihood: Likelihood) -> None:
    model = build_model(ModelConfig(SMALL, hidden=(16,), likelihood=likelihood))
    logits = torch.tensor([-300.0, -20, -1e-4, 0, 1e-4, 20, 300])
    x_hat = model.to_image(logits)
    assert ((x_hat >= 0) & (x_hat <= 1)).all()
    assert (x_hat.diff() >= -1e-6).all()


def test_the_expected_grey_of_the_continuous_bernoulli_is_its_mean() -> None:
    model = build_model(ModelConfig(SMALL, hidden=(16,), likelihood="continuous-bernoulli"))
    logit = torch.tensor(2.0, dtype=torch.float64)
    grey = torch.linspace(0, 1, 10_001, dtype=torch.float64)
    density = torch.exp(logit * grey)  # up to its constant
    mean = torch.trapezoid(grey * density, grey) / torch.trapezoid(density, grey)
    torch.testing.assert_close(model.to_image(logit), mean, rtol=1e-6, atol=0)


@pytest.mark.parametrize("preset", PRESETS)
def test_the_decoder_starts_at_the_mean_image(preset: str) -> None:
    mean_image = torch.rand(SMALL).clamp(0.05, 0.95)
    model = build_model(model_config(preset, SMALL), mean_image=mean_image)
    with torch.no_grad():
        x_hat = model.to_image(model.decode(torch.randn(256, model.config.latent_dim)))
    assert (x_hat.mean(0) - mean_image).abs().mean() < 0.1 < (mean_image - 0.5).abs().mean()


def test_a_pixel_that_is_never_lit_starts_almost_black() -> None:
    mean_image = torch.zeros(SMALL)
    model = build_model(ModelConfig(SMALL, hidden=(16,)), mean_image=mean_image)
    torch.testing.assert_close(
        torch.sigmoid(model.pixel_bias), torch.full(SMALL, 1e-3), rtol=1e-4, atol=0
    )


@pytest.mark.parametrize("preset", PRESETS)
def test_building_a_model_leaves_the_global_random_state_alone(preset: str) -> None:
    before = torch.get_rng_state()
    build_model(model_config(preset, SMALL), seed=3)
    assert torch.equal(torch.get_rng_state(), before)


@pytest.mark.parametrize("preset", PRESETS)
def test_the_seed_alone_decides_the_weights(preset: str) -> None:
    config = model_config(preset, SMALL)
    first = build_model(config, seed=3).state_dict()
    torch.manual_seed(99)
    again = build_model(config, seed=3).state_dict()
    other = build_model(config, seed=4).state_dict()
    assert all(torch.equal(first[name], again[name]) for name in first)
    weights = [name for name in first if name.endswith("weight")]
    assert not any(torch.equal(first[name], other[name]) for name in weights)


@pytest.mark.parametrize("preset", PRESETS)
def test_fresh_weights_are_as_wide_as_those_of_pytorch(preset: str) -> None:
    config = model_config(preset, SMALL)
    ours = build_model(config).state_dict()
    theirs = type(build_model(config))(config).state_dict()
    for name, value in theirs.items():
        if value.numel() > 256:  # enough of them to tell
            torch.testing.assert_close(ours[name].std(), value.std(), rtol=0.15, atol=0)


def test_a_blank_model_draws_nothing() -> None:
    before = torch.get_rng_state()
    blank_model(ModelConfig(SMALL, hidden=(16,)))
    assert torch.equal(torch.get_rng_state(), before)


def test_samples_of_a_posterior_have_its_mean_and_width() -> None:
    mu = torch.tensor([[1.0, -2.0]]).expand(20_000, 2)
    logvar = torch.tensor([[0.25, 4.0]]).log().expand(20_000, 2)
    z = Posterior(mu, logvar).reparameterize(generator=torch.Generator().manual_seed(0))
    sigma = torch.tensor([0.5, 2.0])
    assert ((z.mean(0) - mu[0]).abs() < 4 * sigma / 20_000**0.5).all()
    assert ((z.std(0) / sigma - 1).abs() < 4 / (2 * 20_000) ** 0.5).all()


def test_a_sample_is_mean_plus_width_times_noise() -> None:
    mu, logvar = torch.randn(2, 5, 3)
    z = Posterior(mu, logvar).reparameterize(generator=torch.Generator().manual_seed(7))
    eps = torch.randn(5, 3, generator=torch.Generator().manual_seed(7))
    torch.testing.assert_close(z, mu + torch.exp(logvar / 2) * eps)


def test_sampling_is_differentiable_in_mean_and_width() -> None:
    mu, logvar = torch.zeros(2, 3, requires_grad=True), torch.zeros(2, 3, requires_grad=True)
    z = Posterior(mu, logvar).reparameterize(generator=torch.Generator().manual_seed(7))
    z.sum().backward()
    torch.testing.assert_close(mu.grad, torch.ones(2, 3))
    torch.testing.assert_close(logvar.grad, 0.5 * z.detach())  # sigma is 1 here, so z is eps


def test_a_plain_code_has_no_width_and_is_its_own_sample() -> None:
    posterior = Posterior(torch.randn(4, 2), None)
    assert torch.equal(posterior.sigma, torch.zeros(4, 2))
    assert torch.equal(posterior.reparameterize(), posterior.mu)


@pytest.mark.parametrize("find", [lambda n: model_config(n, SMALL), train_config])
def test_an_unknown_preset_is_answered_with_the_known_ones(find: object) -> None:
    with pytest.raises(ConfigError, match=r"Unknown preset 'dense-9'.*dense-512.*deep-map"):
        find("dense-9")


@pytest.mark.parametrize("preset", PRESETS)
def test_a_preset_gives_its_own_settings_unless_told_otherwise(preset: str) -> None:
    recipe = PRESETS[preset]
    config = model_config(preset, SMALL, latent_dim=None)
    assert (config.latent_dim, config.hidden) == (recipe.latent_dim, recipe.hidden)
    assert train_config(preset, epochs=None) == TrainConfig(**recipe.training)
    assert train_config(preset, epochs=3, seed=9).epochs == 3
    assert model_config(preset, SMALL, latent_dim=7).latent_dim == 7
    assert config.preset == preset


def test_an_override_of_zero_or_false_is_not_taken_for_none() -> None:
    config = train_config("deep-map", kl_warmup=0, binarize=False)
    assert (config.kl_warmup, config.binarize) == (0, False)


def test_the_mean_of_a_continuous_bernoulli_and_its_slope_hold_at_every_logit() -> None:
    """Against PyTorch's own in float64, which has digits enough up to logits of 20."""
    config = model_config("dense-512", SMALL, likelihood="continuous-bernoulli")
    model = build_model(config)
    near, far = torch.logspace(-6, 0, 200), torch.linspace(1, 20, 100)
    logits = torch.cat([-far, -near, torch.zeros(1), near, far]).requires_grad_()
    mean = model.to_image(logits)
    mean.sum().backward()
    exact_logits = logits.detach().double().requires_grad_()
    exact = ContinuousBernoulli(logits=exact_logits, validate_args=False).mean
    torch.testing.assert_close(mean.double(), exact, rtol=0, atol=1e-6)
    # The variance is the slope of the mean, and defined where PyTorch's slope of the mean is not.
    slope = ContinuousBernoulli(logits=exact_logits, validate_args=False).variance
    assert logits.grad is not None
    torch.testing.assert_close(logits.grad.double(), slope, rtol=0, atol=1e-5)
