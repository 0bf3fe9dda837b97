"""Tests for vae_core.metrics."""

from __future__ import annotations

import dataclasses
import json
import math

import numpy as np
import pytest
import torch
from sklearn.manifold import trustworthiness
from sklearn.neighbors import KNeighborsClassifier, NearestNeighbors
from torch import Tensor
from torch.distributions import Bernoulli, Normal, kl_divergence

from vae_core.config import Kind, Likelihood, ModelConfig
from vae_core.data import ImageSet, to_unit
from vae_core.encoding import LatentSet, encode
from vae_core.errors import ConfigError
from vae_core.evaluation.summary import summarize
from vae_core.metrics import elbo as elbo_module
from vae_core.metrics.bits import BITS_STREAM
from vae_core.metrics.elbo import elbo
from vae_core.metrics.latent import active_units
from vae_core.metrics.maps import map_quality, preservation
from vae_core.models import AutoEncoder, build_model
from vae_core.objectives import reconstruction_nll

LIKELIHOODS: list[Likelihood] = ["bernoulli", "gaussian", "continuous-bernoulli"]


def build(**settings: object) -> AutoEncoder:
    model = build_model(ModelConfig((1, 8, 8), hidden=(16,), **settings), seed=2)
    return model.requires_grad_(False)


def test_the_bound_equals_the_formula_written_out(images: ImageSet) -> None:
    """With one draw: the same noise, scored with torch.distributions."""
    model, x = build(), to_unit(images.images)
    mu, logvar = model.encode(x)
    eps = torch.randn(48, 2, generator=torch.Generator().manual_seed(7))
    q = Normal(mu, torch.exp(0.5 * logvar))
    p = Bernoulli(logits=model.decode(mu + q.scale * eps), validate_args=False)
    parts = elbo(model, images, seed=7, draws=1)
    expected = -p.log_prob(x).sum((1, 2, 3))
    kl = kl_divergence(q, Normal(torch.zeros(2), torch.ones(2)))
    torch.testing.assert_close(parts.reconstruction, expected.double(), rtol=1e-5, atol=1e-5)
    torch.testing.assert_close(parts.kl_per_dim, kl.double(), rtol=1e-5, atol=1e-6)


def test_the_parts_add_up(images: ImageSet) -> None:
    parts = elbo(build(latent_dim=5), images)
    assert parts.kl_per_dim.shape == (48, 5)
    torch.testing.assert_close(parts.kl, parts.kl_per_dim.sum(1))
    torch.testing.assert_close(parts.negative_elbo, parts.reconstruction + parts.kl_per_dim.sum(1))


def test_the_bound_depends_on_the_seed_alone(images: ImageSet) -> None:
    model = build()
    first = elbo(model, images, seed=1).reconstruction
    torch.manual_seed(99)
    before = torch.get_rng_state()
    assert torch.equal(elbo(model, images, seed=1).reconstruction, first)
    assert not torch.equal(elbo(model, images, seed=2).reconstruction, first)
    assert torch.equal(torch.get_rng_state(), before)


def test_more_draws_average_over_the_posterior(images: ImageSet) -> None:
    model = build()
    many = torch.stack([elbo(model, images, s, draws=1).reconstruction for s in range(200)])
    few = elbo(model, images, seed=999, draws=200).reconstruction
    error = (many.var(0) * 2 / 200).sqrt()
    assert ((few - many.mean(0)).abs() < 5 * error).all()


def test_a_plain_autoencoder_is_scored_at_its_code(images: ImageSet) -> None:
    model, x = build(kind="ae"), to_unit(images.images)
    parts = elbo(model, images, draws=3)
    expected = reconstruction_nll(model, model.decode(model.encode(x).mu), x)
    torch.testing.assert_close(parts.reconstruction, expected.double(), rtol=1e-5, atol=1e-5)
    assert torch.equal(parts.kl, torch.zeros(48).double())


def test_the_bound_needs_a_draw(images: ImageSet) -> None:
    with pytest.raises(ConfigError, match="at least one draw"):
        elbo(build(), images, draws=0)


@pytest.mark.parametrize("kind", ["ae", "vae"])
def test_images_are_scored_each_on_its_own(
    kind: Kind, images: ImageSet, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Batches only split the work, up to the noise, which a plain autoencoder has not."""
    model = build(kind=kind)
    together = elbo(model, images)
    monkeypatch.setattr(elbo_module, "BATCH", 7)
    apart = elbo(model, images)
    torch.testing.assert_close(apart.kl, together.kl)
    if kind == "ae":
        # Summed up in float64; the pixels are float32, whose last bit depends on the batch.
        torch.testing.assert_close(apart.reconstruction, together.reconstruction, rtol=1e-6, atol=0)


def test_binarised_images_are_scored_as_black_and_white(images: ImageSet) -> None:
    """For a plain autoencoder the score is that of the very bits."""
    model = build(kind="ae")
    parts = elbo(model, images, seed=4, binarize=True)
    bits = torch.bernoulli(
        to_unit(images.images), generator=torch.Generator().manual_seed(4 ^ BITS_STREAM)
    )
    expected = reconstruction_nll(model, model.decode(model.encode(bits).mu), bits)
    torch.testing.assert_close(parts.reconstruction, expected.double(), rtol=1e-5, atol=1e-5)


def grid_log_likelihood(model: AutoEncoder, x: Tensor) -> tuple[Tensor, Tensor]:
    """-log p(x) and the exact negative ELBO of a model with one latent dimension, in nats."""
    z = torch.linspace(-9, 9, 6001, dtype=torch.float64)
    logits = model.decode(z[:, None])
    log_px = torch.stack(
        [-reconstruction_nll(model, logits, image.expand_as(logits)) for image in x]
    )
    prior = Normal(0.0, 1.0).log_prob(z)
    step = (z[1] - z[0]).log()
    exact = -torch.logsumexp(log_px + prior + step, dim=1)
    mu, logvar = model.encode(x)
    log_q = Normal(mu, torch.exp(0.5 * logvar)).log_prob(z)
    bound = (torch.exp(log_q + step) * (log_q - log_px - prior)).sum(1)
    return exact, bound


@pytest.mark.parametrize("likelihood", LIKELIHOODS)
def test_the_bound_lies_above_the_exact_likelihood(
    likelihood: Likelihood, images: ImageSet
) -> None:
    """One latent dimension, so both sides can be integrated over a grid."""
    few = images.subset(range(8))
    model = build(latent_dim=1, likelihood=likelihood)
    exact, bound = grid_log_likelihood(model.double(), to_unit(few.images).double())
    parts = elbo(model.float(), few, draws=2000)
    torch.testing.assert_close(parts.negative_elbo, bound, rtol=0, atol=0.3)
    assert (bound >= exact).all()
    assert (bound > exact + 1e-3).any()


@pytest.mark.parametrize(
    ("spread", "expected"), [([0, 0, 0], 0), ([1, 0, 0], 1), ([1, 0.2, 0.05], 2), ([3, 3, 3], 3)]
)
def test_active_units_are_those_that_move_with_the_image(
    spread: list[float], expected: int
) -> None:
    mu = torch.randn(500, 3) * torch.tensor(spread) + 7
    latents = LatentSet(mu, torch.zeros(500, 3), torch.zeros(500).long())
    assert active_units(latents) == expected


def test_the_threshold_of_activity_is_a_variance() -> None:
    mu = torch.tensor([[-1.0], [1.0]]).repeat(50, 1) * torch.tensor([0.0994, 0.0996])
    latents = LatentSet(mu, torch.zeros_like(mu), torch.zeros(100).long())
    assert mu.var(0).tolist() == pytest.approx([0.00998, 0.01002], abs=1e-5)  # of 100, not 99
    assert active_units(latents) == 1


def test_one_image_moves_nothing() -> None:
    assert active_units(LatentSet(torch.ones(1, 4), None, torch.zeros(1).long())) == 0


def clusters(n: int, seed: int, spread: float = 0.1) -> LatentSet:
    rng = np.random.default_rng(seed)
    labels = np.arange(n) % 4
    centres = np.array([[5, 5], [5, -5], [-5, 5], [-5, -5]])
    mu = centres[labels] + spread * rng.normal(size=(n, 2))
    return LatentSet(torch.from_numpy(mu).float(), None, torch.from_numpy(labels))


def test_separate_clusters_are_told_apart() -> None:
    assert map_quality(clusters(100, 0), clusters(40, 1)).knn_accuracy == 1


def test_labels_that_mean_nothing_are_guessed() -> None:
    train, test = clusters(400, 0), clusters(400, 1)
    shuffled = dataclasses.replace(train, labels=train.labels[torch.randperm(400)])
    assert abs(map_quality(shuffled, test).knn_accuracy - 0.25) < 0.15


def test_wrong_labels_are_wrong() -> None:
    train, test = clusters(100, 0), clusters(40, 1)
    wrong = dataclasses.replace(train, labels=(train.labels + 1) % 4)
    assert map_quality(wrong, test).knn_accuracy == 0


def test_accuracy_equals_that_of_scikit_learn() -> None:
    train, test = clusters(200, 0, spread=6.0), clusters(100, 1, spread=6.0)
    classifier = KNeighborsClassifier(15).fit(train.mu.numpy(), train.labels.numpy())
    expected = (classifier.predict(test.mu.numpy()) == test.labels.numpy()).mean()
    assert map_quality(train, test).knn_accuracy == pytest.approx(expected)
    assert 0.2 < expected < 0.9


def test_trust_equals_that_of_scikit_learn(images: ImageSet) -> None:
    """On a map that tears neighbours apart: the two directions of the score differ."""
    mu = torch.randn(48, 2) + images.labels[:, None]
    latents = LatentSet(mu, None, images.labels)
    pixels = images.images.flatten(1).numpy().astype(float)
    expected = trustworthiness(pixels, mu.numpy(), n_neighbors=15)
    other = trustworthiness(mu.numpy(), pixels, n_neighbors=15)
    found = map_quality(latents, latents, images)
    assert found.trustworthiness == pytest.approx(expected, abs=1e-6)
    assert found.continuity == pytest.approx(other, abs=1e-6)
    assert abs(other - expected) > 1e-3


@pytest.mark.parametrize("n_dims", [2, 40])
@pytest.mark.parametrize("k", [1, 7, 15])
def test_trust_and_continuity_are_one_score_in_two_directions(k: int, n_dims: int) -> None:
    """Of more points than are compared at a time."""
    rng = np.random.default_rng(0)
    original = rng.normal(size=(600, 30))
    codes = np.concatenate([original, rng.normal(size=(600, 30))], axis=1)[:, -n_dims:]
    found = preservation(original, codes, k)
    assert found.trustworthiness == pytest.approx(trustworthiness(original, codes, n_neighbors=k))
    assert found.continuity == pytest.approx(trustworthiness(codes, original, n_neighbors=k))
    backwards = preservation(codes, original, k)
    assert backwards.trustworthiness == pytest.approx(found.continuity)
    assert backwards.neighbour_recall == found.neighbour_recall


def test_recall_counts_the_neighbours_that_both_spaces_share() -> None:
    rng = np.random.default_rng(1)
    original, codes = rng.normal(size=(80, 30)), rng.normal(size=(80, 2))
    codes[:40] = original[:40, :2]
    near = [
        NearestNeighbors(n_neighbors=15).fit(points).kneighbors()[1] for points in (original, codes)
    ]
    shared = [len(set(a) & set(b)) / 15 for a, b in zip(*near, strict=True)]
    assert preservation(original, codes).neighbour_recall == pytest.approx(np.mean(shared))


@pytest.mark.parametrize("n_places", [1, 2])
def test_codes_that_are_all_alike_score_by_chance(n_places: int) -> None:
    rng = np.random.default_rng(0)
    pixels, codes = rng.normal(size=(600, 30)), rng.integers(n_places, size=(600, 2)).astype(float)
    found = preservation(pixels, codes)
    assert found.continuity == pytest.approx(0.5, abs=0.03)
    assert found.trustworthiness == pytest.approx(0.5, abs=0.1)
    assert found.neighbour_recall < 0.1


def test_a_map_that_says_nothing_recalls_neighbours_by_chance() -> None:
    rng = np.random.default_rng(2)
    found = preservation(rng.normal(size=(1000, 30)), rng.normal(size=(1000, 2)))
    assert found.neighbour_recall == pytest.approx(15 / 999, rel=0.2)
    assert found.trustworthiness == pytest.approx(0.5, abs=0.02)


@pytest.mark.parametrize(
    ("original", "codes", "message"),
    [
        (np.zeros((30, 4)), np.zeros((30, 2)), "more than 30 points .* not for 30 and 30"),
        (np.zeros((40, 4)), np.zeros((39, 2)), "not for 40 and 39"),
        (np.full((40, 4), np.nan), np.zeros((40, 2)), "Only finite pixels and codes"),
    ],
)
def test_what_cannot_be_compared_is_told_in_a_sentence(original, codes, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        preservation(original, codes)


def test_the_pixels_themselves_are_a_trusted_map(images: ImageSet) -> None:
    pixels = LatentSet(images.images.flatten(1).float(), None, images.labels)
    found = map_quality(pixels, pixels, images)
    assert (found.trustworthiness, found.continuity, found.neighbour_recall) == (1, 1, 1)


@pytest.mark.parametrize("n_images", [None, 1, 30])
def test_without_enough_images_there_is_no_trust(n_images: int | None, images: ImageSet) -> None:
    few = None if n_images is None else images.subset(range(n_images))
    found = map_quality(clusters(48, 0), clusters(n_images or 9, 1), few)
    assert (found.trustworthiness, found.continuity, found.neighbour_recall) == (None,) * 3


def test_few_training_codes_are_all_neighbours() -> None:
    quality = map_quality(clusters(4, 0).subset(torch.tensor([2, 2, 1])), clusters(40, 1))
    assert quality.knn_accuracy == pytest.approx(0.25)


def test_the_summary_is_made_of_the_scores(model: AutoEncoder, images: ImageSet) -> None:
    held_out = images.subset(range(40))
    scores = summarize(model, held_out, images, seed=3, draws=2)
    parts = elbo(model, held_out, seed=3, draws=2)
    latents = encode(model, held_out)
    quality = map_quality(encode(model, images), latents, held_out)
    bound = parts.negative_elbo
    assert scores == {
        "negative_elbo": pytest.approx(bound.mean().item()),
        "negative_elbo_standard_error": pytest.approx(bound.std().item() / 40**0.5),
        "reconstruction": pytest.approx(parts.reconstruction.mean().item()),
        "kl": pytest.approx(parts.kl.mean().item()),
        "kl_per_dim": pytest.approx(parts.kl_per_dim.mean(0).tolist()),
        "active_units": active_units(latents),
        "knn_accuracy": pytest.approx(quality.knn_accuracy),
        "trustworthiness": pytest.approx(quality.trustworthiness),
        "n_images": 40,
        "binarized": False,
    }


def test_a_plain_autoencoder_has_no_bound_to_report(images: ImageSet) -> None:
    scores = summarize(build(kind="ae"), images, images)
    nothing = [name for name, value in scores.items() if value is None]
    assert nothing == ["negative_elbo", "negative_elbo_standard_error", "kl", "kl_per_dim"]
    assert math.isfinite(scores["reconstruction"])


def test_without_training_images_nobody_is_asked_for_the_class(images: ImageSet) -> None:
    scores = summarize(build(), images)
    assert scores["knn_accuracy"] is None
    assert scores["trustworthiness"] == summarize(build(), images, images)["trustworthiness"]


@pytest.mark.parametrize("n_images", [1, 2, 40])
@pytest.mark.parametrize("kind", ["ae", "vae"])
def test_a_summary_is_plain_json(kind: Kind, n_images: int, images: ImageSet) -> None:
    scores = summarize(build(kind=kind), images.subset(range(n_images)), images, binarize=True)
    assert json.loads(json.dumps(scores, allow_nan=False)) == scores
    assert scores["binarized"] is True
