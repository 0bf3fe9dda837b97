"""Tests for vae_core.metrics.anomaly and vae_core.evaluation.protocols."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from sklearn.metrics import roc_auc_score
from sklearn.neighbors import NearestNeighbors

from vae_core.config import Likelihood, ModelConfig, TrainConfig
from vae_core.data import ImageSet, to_unit
from vae_core.encoding import LatentSet, encode
from vae_core.errors import ConfigError, ResultsError
from vae_core.evaluation import protocols
from vae_core.evaluation.protocol_results import (
    ProtocolResult,
    load_protocols,
    save_protocol,
)
from vae_core.evaluation.protocols import Trial, Verdict, run_protocol, verdicts
from vae_core.metrics.anomaly import METHODS, Method, anomaly_scores, auroc, auroc_estimate, why_not
from vae_core.metrics.density import AggregatePosterior
from vae_core.metrics.elbo import elbo
from vae_core.metrics.quadrature import exact_log_likelihood
from vae_core.models import AutoEncoder, build_model
from vae_core.objectives import reconstruction_nll

LIKELIHOODS: list[Likelihood] = ["bernoulli", "gaussian", "continuous-bernoulli"]


def build(**settings: object) -> AutoEncoder:
    model = build_model(ModelConfig((1, 8, 8), hidden=(16,), **settings), seed=2)
    return model.requires_grad_(False)


@pytest.fixture(scope="module")
def noise() -> ImageSet:
    """40 images in which nothing is to be seen."""
    pixels = torch.randint(0, 256, (40, 1, 8, 8), generator=torch.Generator().manual_seed(5))
    return ImageSet(pixels.byte(), torch.zeros(40).long(), ("noise",), "noise")


# --- AUROC


@pytest.mark.parametrize("levels", [2, 5, 10**6], ids="{} levels".format)
def test_auroc_is_that_of_scikit_learn_ties_and_all(levels: int) -> None:
    numbers = np.random.default_rng(levels)
    normal, strange = numbers.integers(0, levels, 90), numbers.integers(0, levels, 60) + levels / 8
    strange = np.floor(strange)
    expected = roc_auc_score([0] * 90 + [1] * 60, np.concatenate([normal, strange]))
    assert auroc(normal, strange) == pytest.approx(expected, abs=1e-12)


def test_auroc_has_two_ends_and_a_middle() -> None:
    assert auroc([1, 2], [3, 4, 5]) == 1
    assert auroc([3, 4, 5], [1, 2]) == 0
    assert auroc([1, 1], [1, 1, 1]) == 0.5
    assert auroc([0, np.inf], [np.inf]) == 0.75


def test_the_error_of_auroc_is_how_much_it_varies() -> None:
    """Against the spread over 400 fresh samples, within the error of such a spread."""
    numbers = np.random.default_rng(0)
    found = [
        auroc_estimate(numbers.normal(size=60), numbers.normal(1, 2, size=40)) for _ in range(400)
    ]
    spread = np.std([one.value for one in found])
    assert np.mean([one.error for one in found]) == pytest.approx(spread, rel=0.12)


def test_one_image_of_a_sort_gives_a_value_without_an_error() -> None:
    assert auroc_estimate([1.0, 2.0], [3.0]).error is None


@pytest.mark.parametrize(
    ("normal", "strange", "sentence"),
    [([], [1.0], "a score for each"), ([1.0], [], "a score"), ([np.nan], [1.0], "defined")],
)
def test_auroc_says_what_it_lacks(normal: list[float], strange: list[float], sentence: str) -> None:
    with pytest.raises(ConfigError, match=sentence):
        auroc(normal, strange)


# --- scores


@pytest.mark.parametrize("likelihood", LIKELIHOODS)
def test_the_reconstruction_is_scored_at_the_mean_without_chance(
    likelihood: Likelihood, images: ImageSet
) -> None:
    model, x = build(likelihood=likelihood), to_unit(images.images)
    expected = reconstruction_nll(model, model.decode(model.encode(x).mu), x).double()
    found = anomaly_scores(model, images, "reconstruction")
    torch.testing.assert_close(found, expected)
    assert torch.equal(found, anomaly_scores(model, images, "reconstruction", seed=9))


@pytest.mark.parametrize("likelihood", LIKELIHOODS)
def test_complexity_takes_off_what_the_best_plain_picture_costs(
    likelihood: Likelihood, images: ImageSet
) -> None:
    """The best of 4,000 greys, tried one by one."""
    model, x = build(likelihood=likelihood), to_unit(images.images)
    logits = torch.linspace(-8, 8, 4000).reshape(-1, 1, 1, 1).expand(-1, 1, 8, 8)
    best = torch.stack(
        [reconstruction_nll(model, logits, one.expand_as(logits)).min() for one in x]
    )
    plain = anomaly_scores(model, images, "reconstruction") - best.double()
    found = anomaly_scores(model, images, "complexity")
    torch.testing.assert_close(found, plain, rtol=1e-4, atol=2e-3)


@pytest.mark.parametrize("likelihood", LIKELIHOODS)
@pytest.mark.parametrize("level", [0, 3, 128, 250, 255])
def test_nothing_is_better_explained_than_a_plain_image_by_itself(
    level: int, likelihood: Likelihood
) -> None:
    plain = ImageSet(torch.full((2, 1, 8, 8), level).byte(), torch.zeros(2).long(), ("plain",))
    model = build(likelihood=likelihood)
    with torch.no_grad():  # a decoder that is as near to the image as a plain picture gets
        model.pixel_bias.fill_(-300.0 if level < 128 else 300.0)
    assert (anomaly_scores(model, plain, "complexity") >= -1e-4).all()


def test_the_bound_and_the_exact_score_are_those_of_the_metrics(images: ImageSet) -> None:
    model = build()
    torch.testing.assert_close(
        anomaly_scores(model, images, "negative_elbo", seed=3), elbo(model, images, 3).negative_elbo
    )
    expected = -exact_log_likelihood(model, images, binarize=True, seed=3)
    torch.testing.assert_close(anomaly_scores(model, images, "exact", seed=3), expected)


def test_the_density_score_is_that_of_the_codes(images: ImageSet) -> None:
    model = build()
    latents = encode(model, images)
    expected = -AggregatePosterior(latents).log_density(latents.mu)
    found = anomaly_scores(model, images, "density", latents)
    torch.testing.assert_close(found, torch.from_numpy(expected))


def test_without_posteriors_density_is_the_distance_to_the_fifth_code(images: ImageSet) -> None:
    model = build(kind="ae")
    usual = encode(model, images.subset(range(30)))
    codes = encode(model, images.subset(range(30, 48)))
    nearest = NearestNeighbors(n_neighbors=5).fit(usual.mu.double())
    expected = nearest.kneighbors(codes.mu.double())[0][:, -1]
    found = anomaly_scores(model, images.subset(range(30, 48)), "density", usual)
    np.testing.assert_allclose(found, expected, rtol=1e-6)


@pytest.mark.parametrize("method", [m for m in METHODS if m != "density"])
def test_noise_is_strange_to_a_trained_model(
    method: Method, model: AutoEncoder, images: ImageSet, noise: ImageSet
) -> None:
    scores = [anomaly_scores(model, some, method) for some in (images, noise)]
    assert auroc(*scores) > 0.95


def test_a_model_says_which_scores_it_has_not(images: ImageSet) -> None:
    ae, deep = build(kind="ae"), build(latent_dim=3)
    assert [method for method in METHODS if why_not(ae, method)] == ["negative_elbo", "exact"]
    assert [method for method in METHODS if why_not(deep, method)] == ["exact"]
    assert "this model has 3" in str(why_not(deep, "exact"))
    assert not any(why_not(build(), method) for method in METHODS)
    with pytest.raises(ConfigError, match="no probabilities"):
        anomaly_scores(ae, images, "exact")


def test_what_cannot_be_scored_is_said(images: ImageSet) -> None:
    with pytest.raises(ConfigError, match="Unknown method 'magic'; choose one of reconstruction"):
        anomaly_scores(build(), images, "magic")
    with pytest.raises(ConfigError, match="needs the codes of usual images"):
        anomaly_scores(build(), images, "density")
    large = ImageSet(torch.zeros(2, 1, 16, 16).byte(), torch.zeros(2).long(), ("a",), "large")
    with pytest.raises(ConfigError, match="large has"):
        anomaly_scores(build(), large, "reconstruction")


# --- protocols


def trials(*values: tuple[int, int, float]) -> list[Trial]:
    return [Trial(label, seed, "reconstruction", value, 1, 1) for label, seed, value in values]


def test_a_verdict_is_the_mean_over_classes_and_its_spread_that_over_seeds() -> None:
    (found,) = verdicts(trials((0, 0, 0.9), (1, 0, 0.7), (0, 1, 1.0), (1, 1, 0.8)))
    assert found == Verdict("reconstruction", (0.95, 0.75), 0.85, pytest.approx(0.1 / 2**0.5, 1e-4))


def test_one_seed_has_no_spread() -> None:
    (found,) = verdicts(trials((0, 0, 0.9), (1, 0, 0.7)))
    assert (found.value, found.spread) == (pytest.approx(0.8), None)


@pytest.mark.parametrize(
    ("protocol", "learnt", "strange"), [("one-class", {1}, {0, 2}), ("leave-one-out", {0, 2}, {1})]
)
def test_a_protocol_learns_from_the_right_images(
    protocol: protocols.Protocol,
    learnt: set[int],
    strange: set[int],
    images: ImageSet,
    config: ModelConfig,
    training: TrainConfig,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The training is watched; a score that knows the answer finds it."""
    seen: list[ImageSet] = []
    monkeypatch.setattr(protocols, "fit", lambda model, own, training: seen.append(own) or [])
    answer = torch.tensor([label in strange for label in images.labels.tolist()]).double()
    monkeypatch.setattr(protocols, "anomaly_scores", lambda *args, **rest: answer)
    found = list(run_protocol(protocol, images, images, config, training, classes=[1]))
    assert [set(own.labels.tolist()) for own in seen] == [learnt]
    assert {trial.auroc for trial in found} == {1.0}
    assert [trial.method for trial in found] == list(METHODS)


def test_models_learn_what_is_usual(
    images: ImageSet, config: ModelConfig, training: TrainConfig
) -> None:
    found = list(run_protocol("one-class", images, images, config, training, seeds=(0, 1)))
    assert [(t.done, t.total) for t in found[:: len(METHODS)]] == [(i, 6) for i in range(1, 7)]
    told = {verdict.method: verdict for verdict in verdicts(found)}
    assert told["reconstruction"].value > 0.95
    assert len(told["reconstruction"].per_class) == 3
    again = list(run_protocol("one-class", images, images, config, training, seeds=(0, 1)))
    assert again == found


def test_fewer_images_are_a_choice_of_those_allowed(
    images: ImageSet, config: ModelConfig, training: TrainConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[ImageSet] = []
    monkeypatch.setattr(protocols, "fit", lambda model, own, training: seen.append(own) or [])
    list(run_protocol("leave-one-out", images, images, config, training, classes=[0], n_train=9))
    assert [len(own) for own in seen] == [9]
    assert 0 not in seen[0].labels


def test_a_protocol_says_what_it_cannot_do(
    images: ImageSet, config: ModelConfig, training: TrainConfig
) -> None:
    with pytest.raises(ConfigError, match="Unknown protocol 'three'; choose one of one-class"):
        next(run_protocol("three", images, images, config, training))
    alone = images.subset((images.labels == 0).nonzero().flatten())
    with pytest.raises(ConfigError, match="Class 0 has no images, or none to tell it from"):
        next(run_protocol("one-class", alone, alone, config, training))


# --- kept results


@pytest.fixture
def result() -> ProtocolResult:
    verdict = Verdict("exact", (0.25, 1.0), 0.625, None)
    recipe = "a small model"
    return ProtocolResult("one-class", "mnist", recipe, ("a", "b"), (0,), (verdict,), "abc")


def test_a_result_survives_being_kept(result: ProtocolResult, tmp_path: Path) -> None:
    path = save_protocol(tmp_path / "new", result)
    assert path.name == "anomaly-one-class-mnist.json"
    assert load_protocols(tmp_path / "new") == [result]
    assert [reference.value for reference in result.references] == [0.948]


def test_an_odd_name_stays_in_the_folder(result: ProtocolResult, tmp_path: Path) -> None:
    path = save_protocol(tmp_path, replace(result, dataset="../my images.zip"))
    assert path.parent == tmp_path
    assert load_protocols(tmp_path)[0].dataset == "../my images.zip"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('"schema": 1', '"schema": 2'), ("one-class", "no-class"), ("0.25,", ""), ("{", "["),
        ("0.625", "NaN"), ("0.625", '"nan"'), ("0.625", "62.5"), ('"seeds"', '"sEEds"'),
        ('"exact"', '"guess"'),
    ],
)  # fmt: skip
def test_a_damaged_result_is_left_out(
    old: str, new: str, result: ProtocolResult, tmp_path: Path
) -> None:
    path = save_protocol(tmp_path, result)
    path.write_text(path.read_text().replace(old, new, 1))
    assert load_protocols(tmp_path) == []


def test_a_folder_that_cannot_be_written_to_is_said(result: ProtocolResult, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ResultsError, match="cannot be kept in"):
        save_protocol(tmp_path / "file", result)


def test_codes_of_a_plain_autoencoder_need_two_neighbours_at_least(images: ImageSet) -> None:
    lonely = LatentSet(torch.zeros(1, 2), None, torch.zeros(1).long())
    with pytest.raises(ConfigError, match="at least two codes"):
        anomaly_scores(build(kind="ae"), images, "density", lonely)
