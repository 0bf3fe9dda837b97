"""Tests for vae_core.metrics.importance, against closed forms and the exact sum."""

from __future__ import annotations

import math

import pytest
import torch

from tests.linear_gaussian import linear_gaussian
from vae_core import exact_log_likelihood, importance_log_likelihood
from vae_core.config import Likelihood, ModelConfig
from vae_core.data import ImageSet
from vae_core.errors import ConfigError
from vae_core.metrics import importance
from vae_core.metrics.bits import binarized
from vae_core.metrics.elbo import elbo
from vae_core.metrics.importance import ImportanceEstimate
from vae_core.models import AutoEncoder, build_model

LIKELIHOODS: list[Likelihood] = ["bernoulli", "gaussian", "continuous-bernoulli"]


def build(latent_dim: int = 2, likelihood: Likelihood = "bernoulli") -> AutoEncoder:
    config = ModelConfig((1, 8, 8), latent_dim=latent_dim, hidden=(16,), likelihood=likelihood)
    return build_model(config, seed=2).requires_grad_(False)


def narrow(model: AutoEncoder) -> AutoEncoder:
    """A decoder and posteriors that do not match: draws rarely fall where the mass is."""
    assert model.logvar_head is not None
    next(model.decoder.parameters()).mul_(4)
    model.logvar_head.bias.fill_(-3.0)
    return model


@pytest.mark.parametrize("latent_dim", [1, 2, 5])
def test_a_linear_gaussian_model_has_its_closed_form(latent_dim: int) -> None:
    known = linear_gaussian(latent_dim, 0.2)
    found = importance_log_likelihood(known.model, known.images, 4000)
    assert ((found.log_likelihood - known.log_likelihood).abs() < 5 * found.error).all()
    assert (found.error < 0.05).all()


@pytest.mark.parametrize("likelihood", LIKELIHOODS)
def test_many_draws_reach_the_exact_sum(likelihood: Likelihood, images: ImageSet) -> None:
    model, few = build(2, likelihood), images.subset(range(12))
    exact = exact_log_likelihood(model, few)
    found = importance_log_likelihood(model, few, 3000)
    assert ((found.log_likelihood - exact).abs() < 5 * found.error + 1e-3).all()


def test_it_is_never_above_the_exact_value_by_more_than_its_error(images: ImageSet) -> None:
    """Also where q is a bad proposal, image by image and on average."""
    model = narrow(build())
    exact = exact_log_likelihood(model, images)
    for k in (10, 100, 1000):
        found = importance_log_likelihood(model, images, k)
        above = found.log_likelihood - exact
        assert (above < 5 * found.error + 1e-3).all()
        assert above.mean() < 3 * found.error.square().mean().sqrt() / len(images) ** 0.5


def test_more_draws_raise_the_estimate(images: ImageSet) -> None:
    """Within its error, on average over images and seeds (Burda et al. 2016, theorem 1)."""
    model = narrow(build())
    runs = {
        k: torch.stack(
            [importance_log_likelihood(model, images, k, seed).log_likelihood for seed in range(6)]
        )
        for k in (1, 10, 100)
    }
    for fewer, more in ((1, 10), (10, 100)):
        gain = (runs[more] - runs[fewer]).mean(1)
        assert gain.mean() > -3 * gain.std() / len(gain) ** 0.5
    assert runs[100].mean() > runs[1].mean()


def test_the_mean_weight_is_unbiased(images: ImageSet) -> None:
    """Even of single draws: each is weighed by the density of the whole mixture."""
    model, few = build(), images.subset(range(4))
    exact = exact_log_likelihood(model, few)
    singles = torch.stack(
        [importance_log_likelihood(model, few, 1, seed).log_likelihood for seed in range(600)]
    )
    weights = torch.exp(singles - exact)
    assert ((weights.mean(0) - 1).abs() < 4 * weights.std(0) / 600**0.5).all()


def test_the_error_is_that_of_repeated_runs(images: ImageSet) -> None:
    model, few = build(), images.subset(range(6))
    runs = [importance_log_likelihood(model, few, 200, seed) for seed in range(60)]
    spread = torch.stack([run.log_likelihood for run in runs]).std(0)
    said = torch.stack([run.error for run in runs]).square().mean(0).sqrt()
    torch.testing.assert_close(said, spread, rtol=0.5, atol=0)


def test_batches_only_split_the_work(images: ImageSet, monkeypatch: pytest.MonkeyPatch) -> None:
    model = build()
    together = importance_log_likelihood(model, images, 50)
    for codes in (1, 7, 120):
        monkeypatch.setattr(importance, "CODES", codes)
        apart = importance_log_likelihood(model, images.subset(range(8)), 50)
        for name in ("log_likelihood", "effective_size"):
            torch.testing.assert_close(
                getattr(apart, name), getattr(together, name)[:8], rtol=1e-5, atol=1e-4
            )


def test_it_depends_on_the_seed_alone(images: ImageSet) -> None:
    model = build()
    before = torch.get_rng_state()
    first = importance_log_likelihood(model, images, 20, seed=1).log_likelihood
    assert torch.equal(first, importance_log_likelihood(model, images, 20, seed=1).log_likelihood)
    assert not torch.equal(first, importance_log_likelihood(model, images, 20, 2).log_likelihood)
    assert torch.equal(torch.get_rng_state(), before)


def test_binarised_images_are_those_that_the_bound_scores(images: ImageSet) -> None:
    model = build()
    found = importance_log_likelihood(model, images, 20, seed=3, binarize=True)
    bits = importance_log_likelihood(model, binarized(images, 3), 20, seed=3)
    assert torch.equal(found.log_likelihood, bits.log_likelihood)
    assert found.is_likelihood
    assert not importance_log_likelihood(model, images, 1).is_likelihood


def test_it_is_sharper_than_the_bound(images: ImageSet) -> None:
    model = narrow(build())
    bound = -elbo(model, images, draws=50).negative_elbo
    found = importance_log_likelihood(model, images, 500).log_likelihood
    assert found.mean() > bound.mean()


def test_effective_size_and_error_of_known_weights() -> None:
    """Equal weights: all k draws count; one that outweighs all others: one does."""
    sizes = torch.tensor([10.0, 1.0], dtype=torch.float64)
    found = ImportanceEstimate(torch.tensor([-5.0, -7.0]).double(), sizes, 10, True)
    torch.testing.assert_close(found.error, torch.tensor([0.0, 1.0]).double())
    assert found.negative_log_likelihood.value == pytest.approx(6)
    assert found.negative_log_likelihood.error == pytest.approx(1)
    single = ImportanceEstimate(torch.zeros(1), torch.ones(1), 1, True)
    assert math.isinf(single.error.item())


def test_what_cannot_be_sampled_is_refused(images: ImageSet) -> None:
    plain = build_model(ModelConfig((1, 8, 8), hidden=(16,), kind="ae"))
    with pytest.raises(ConfigError, match="has no prior over codes"):
        importance_log_likelihood(plain, images, 10)
    wide = ImageSet(torch.zeros(2, 1, 9, 9, dtype=torch.uint8), torch.zeros(2).long(), ("a",))
    with pytest.raises(ConfigError, match=r"takes images of shape \(1, 8, 8\)"):
        importance_log_likelihood(build(), wide, 10)
    for k in (0, 2.5, True):
        with pytest.raises(ConfigError, match=f"from 1 to 1000000, not {k}"):
            importance_log_likelihood(build(), images, k)  # type: ignore[arg-type]
