"""Tests for vae_core.evaluation.stream and the steps it takes."""

from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
import pytest
import torch

from tests.models import write_digits_model
from vae_core.config import Likelihood, ModelConfig
from vae_core.data import ImageSet, load_images
from vae_core.encoding import encode
from vae_core.errors import CheckpointError, ConfigError, DataMissingError
from vae_core.evaluation import measured, stream
from vae_core.evaluation.figures import FIGURES
from vae_core.evaluation.measured import Measured
from vae_core.evaluation.steps import STEPS, likelihood, strange
from vae_core.evaluation.stream import (
    Event,
    Progress,
    Remark,
    evaluate,
    evaluate_checkpoint,
    other_images,
)
from vae_core.evaluation.subject import Subject
from vae_core.evaluation.summary import summarize
from vae_core.metrics.anomaly import METHODS, anomaly_scores, auroc
from vae_core.metrics.bounds import pixel_entropy, reconstruction_bounds
from vae_core.metrics.elbo import elbo
from vae_core.metrics.information import information
from vae_core.metrics.quadrature import exact_log_likelihood
from vae_core.models import AutoEncoder, build_model


def build(**settings: object) -> AutoEncoder:
    model = build_model(ModelConfig((1, 8, 8), hidden=(16,), **settings), seed=2)
    return model.requires_grad_(False)


def figures(events: list[Event]) -> dict[str, Measured]:
    found = [event for event in events if isinstance(event, Measured)]
    assert len({one.key for one in found}) == len(found)
    return {one.key: one for one in found}


def noise(n: int = 30) -> ImageSet:
    pixels = torch.randint(0, 256, (n, 1, 8, 8), generator=torch.Generator().manual_seed(5))
    return ImageSet(pixels.byte(), torch.zeros(n).long(), ("noise",), "noise")


@pytest.fixture(scope="module")
def found(images: ImageSet) -> dict[str, Measured]:
    """All figures of an untrained VAE."""
    return figures(list(evaluate(build(), images, images, strange=noise())))


# --- the stream


def test_every_figure_comes_once_with_a_value_or_the_reason(found: dict[str, Measured]) -> None:
    assert found.keys() == FIGURES.keys()
    for one in found.values():
        assert (one.value is None) == (one.n is None)
        assert one.value is not None or one.note.endswith(".")
        assert one.error is None or one.error >= 0
        assert one == one.rounded()


@pytest.mark.parametrize("kind", ["ae", "vae"])
def test_what_is_no_number_is_undefined_and_says_so(kind: str, images: ImageSet) -> None:
    """Of a decoder that draws nothing but NaN; what asks the encoder alone is as always."""
    model = build(kind=kind)
    model.pixel_bias.fill_(math.nan)
    found = figures(list(evaluate(model, images, images, strange=noise())))
    assert found.keys() == FIGURES.keys()
    for one in found.values():
        assert (one.value is None) == (one.n is None), one.key
        assert one.value is not None or one.note.endswith("."), one.key
    for key in ("reconstruction", "reconstruction_mse", "reconstruction_psnr"):
        assert found[key].note == "It came out as no finite number."


def test_a_density_is_not_judged_by_the_images_it_was_made_of(images: ImageSet) -> None:
    """Fewer than are asked, and no training images: no code is left to know the usual by."""
    alone = figures(list(evaluate(build(), images, strange=noise())))["anomaly_density"]
    assert alone.value is None
    assert alone.is_lacking
    assert "images that are not scored" in alone.note


def test_progress_goes_from_nothing_to_all(images: ImageSet) -> None:
    steps = [e for e in evaluate(build(), images) if isinstance(e, Progress)]
    assert [e.step for e in steps] == [*range(1, len(steps)), len(steps) - 1]
    assert {e.n_steps for e in steps} == {len(steps) - 1}
    assert [step.what for step in steps] == [step.what for step in STEPS] + [""]
    assert [step.done for step in steps] == sorted({step.done for step in steps})
    assert (steps[0].done, steps[-1].done) == (0, steps[-1].total)
    assert all(step.seconds_left > 0 for step in steps[:-1])
    assert steps[-1].seconds_left == 0


def test_the_same_seed_gives_the_same_figures(found: dict[str, Measured], images: ImageSet) -> None:
    torch.manual_seed(99)
    before = torch.get_rng_state()
    again = figures(list(evaluate(build(), images, images, strange=noise())))
    assert {k: (v.value, v.error) for k, v in again.items()} == {
        k: (v.value, v.error) for k, v in found.items()
    }
    assert torch.equal(torch.get_rng_state(), before)
    other = figures(list(evaluate(build(), images, images, seed=1)))
    assert other["negative_elbo"].value != found["negative_elbo"].value


def test_what_is_known_is_not_measured_again(found: dict[str, Measured], images: ImageSet) -> None:
    known = {key: one for key, one in found.items() if key not in ("kl", "continuity")}
    events = list(evaluate(build(), images, images, known=known))
    assert figures(events).keys() == {"kl", "continuity"}
    assert list(evaluate(build(), images, known=known | found))[-1] == Progress(0, 0, "", 0)


def test_what_lacked_images_is_tried_again(images: ImageSet) -> None:
    before = figures(list(evaluate(build(), images)))
    lacking = {key for key, one in before.items() if one.is_lacking}
    assert lacking >= {"knn_accuracy", *(f"anomaly_{method}" for method in METHODS)}
    after = figures(list(evaluate(build(), images, images, strange=noise(), known=before)))
    assert lacking <= after.keys()
    assert after["anomaly_reconstruction"].value is not None


def test_images_of_another_shape_are_refused(images: ImageSet) -> None:
    large = ImageSet(torch.zeros(2, 1, 16, 16).byte(), torch.zeros(2).long(), ("a",), "large")
    with pytest.raises(ConfigError, match="large has"):
        next(evaluate(build(), images, strange=large))


# --- the figures


def test_figures_are_those_of_the_metrics(found: dict[str, Measured], images: ImageSet) -> None:
    model, latents = build(), encode(build(), images)
    parts, bits = elbo(model, images), elbo(model, images, draws=1, binarize=True)
    exact = -exact_log_likelihood(model, images, binarize=True)
    floor = reconstruction_bounds(images, images.mean_image()).floor
    error = (model.reconstruct(images.images / 255) - images.images / 255).square().mean()
    expected = {
        "negative_elbo": parts.negative_elbo.mean(),
        "excess_reconstruction": parts.reconstruction.mean() - floor,
        "negative_elbo_binarized": bits.negative_elbo.mean(),
        "exact_nll": exact.mean(),
        "inference_gap": (bits.negative_elbo - exact).mean(),
        "mutual_information": information(latents).mutual_information.value,
        "reconstruction_mse": error,
        "reconstruction_psnr": -10 * math.log10(error),
    }
    assert {key: found[key].value for key in expected} == {
        key: pytest.approx(float(value), rel=1e-4) for key, value in expected.items()
    }


def test_figures_belong_together(found: dict[str, Measured]) -> None:
    value = {key: one.value for key, one in found.items()}
    assert value["negative_elbo"] == pytest.approx(value["reconstruction"] + value["kl"], rel=1e-5)
    assert value["kl"] == pytest.approx(sum(value["kl_per_dim"]), rel=1e-5)
    gap = value["negative_elbo_binarized"] - value["exact_nll"]
    assert value["inference_gap"] == pytest.approx(gap, abs=1e-3)
    assert value["inference_gap"] > -3 * found["inference_gap"].error
    assert value["importance_nll"] > value["exact_nll"] - 0.05  # the chance of its draws
    assert f"these images is {value['exact_nll']:.1f}" in found["importance_nll"].note


def test_estimated_and_exact_likelihood_are_of_the_same_pixels(
    images: ImageSet, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(likelihood, "FEW_IMAGES", 7)
    subject = Subject(build(), images)
    nll, _ = likelihood.importance(subject)
    chosen = subject.choose(7, likelihood.CHOICE)
    exact = -exact_log_likelihood(build(), images, binarize=True)[chosen].mean()
    assert nll.n == 7
    assert nll.value == pytest.approx(float(exact), abs=0.05)
    assert f"these images is {exact:.1f}" in nll.note


def test_strange_images_are_told_by_the_scores(images: ImageSet, model: AutoEncoder) -> None:
    """Usual images' scores that are taken from other figures are the same as the method's own."""
    found = figures(list(evaluate(model, images, images, strange=noise())))
    for method in ("reconstruction", "negative_elbo", "exact", "complexity", "density"):
        latents = encode(model, images)
        scores = [anomaly_scores(model, some, method, latents) for some in (images, noise())]
        assert found[f"anomaly_{method}"].value == pytest.approx(auroc(*scores), abs=1e-5)
        assert found[f"anomaly_{method}"].n == 78


def test_the_entropy_of_grey_is_that_of_a_coin(images: ImageSet) -> None:
    grey = ImageSet(torch.tensor([0, 255, 51]).byte().reshape(3, 1, 1, 1), torch.zeros(3), ("a",))
    one_fifth = -(0.2 * math.log(0.2) + 0.8 * math.log(0.8))
    np.testing.assert_allclose(pixel_entropy(grey), [0, 0, one_fifth], atol=1e-6)


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        (
            {"kind": "ae"},
            {
                "negative_elbo": "no posteriors", "exact_nll": "no probabilities",
                "importance_nll": "no probabilities", "mutual_information": "no posteriors",
                "sample_distance": "no prior", "hole_share": "no prior",
                "anomaly_exact": "no probabilities",
            },
        ),
        (
            {"latent_dim": 3},
            {"exact_nll": "in 3 dimensions", "inference_gap": "3 dim", "anomaly_exact": "has 3"},
        ),
        (
            {"likelihood": "gaussian"},
            {"excess_reconstruction": "floor", "negative_elbo_binarized": "needs no binarising"},
        ),
    ],
    ids=str,
)  # fmt: skip
def test_what_a_model_has_not_says_why(
    settings: dict[str, object], expected: dict[str, str], images: ImageSet
) -> None:
    found = figures(list(evaluate(build(**settings), images, images, strange=noise())))
    assert found.keys() == FIGURES.keys()
    for key, sentence in expected.items():
        assert found[key].value is None
        assert sentence in found[key].note
        assert not found[key].is_lacking
    assert found["reconstruction"].value is not None


def test_a_step_that_cannot_be_done_says_so_and_the_rest_goes_on(
    images: ImageSet, monkeypatch: pytest.MonkeyPatch
) -> None:
    def damaged(*args: object) -> None:
        raise CheckpointError("The judge is damaged.")

    monkeypatch.setattr(strange, "why_no_quality", damaged)
    found = figures(list(evaluate(build(), images, images)))
    assert found["sample_distance"].note == "The judge is damaged."
    assert found["hole_share"].value is not None


@pytest.mark.parametrize("likelihood", ["gaussian", "continuous-bernoulli"])
def test_the_gap_of_a_density_is_that_of_grey_pixels(
    likelihood: Likelihood, images: ImageSet
) -> None:
    model = build(likelihood=likelihood)
    found = figures(list(evaluate(model, images)))
    expected = elbo(model, images).negative_elbo + exact_log_likelihood(model, images)
    assert found["inference_gap"].value == pytest.approx(float(expected.mean()), rel=1e-4)


@pytest.mark.parametrize("kind", ["ae", "vae"])
@pytest.mark.parametrize("n_images", [1, 2, 20])
def test_few_images_leave_figures_out_but_never_fail(
    n_images: int, kind: str, images: ImageSet
) -> None:
    few = images.subset(range(n_images))
    found = figures(list(evaluate(build(kind=kind), few, images, strange=noise(1))))
    assert found.keys() == FIGURES.keys()
    assert all(one.value is not None or one.note for one in found.values())
    json.dumps([one.to_json() for one in found.values()], allow_nan=False)


def test_the_scores_of_a_checkpoint_are_some_of_these(
    found: dict[str, Measured], images: ImageSet
) -> None:
    scores = summarize(build(), images, images)
    for key in ("negative_elbo", "reconstruction", "kl", "active_units", "trustworthiness"):
        assert scores[key] == pytest.approx(found[key].value, rel=1e-5)
    assert scores["negative_elbo_standard_error"] == pytest.approx(
        found["negative_elbo"].error, rel=1e-5
    )


# --- of a file


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A checkpoint of digits, where no other data set is."""
    monkeypatch.setenv("VAE_DATA_DIR", str(tmp_path / "none"))
    monkeypatch.delenv("VAE_MEASURED_DIR", raising=False)
    return write_digits_model(tmp_path / "digits.safetensors", 2, epochs=1)


def test_what_was_measured_once_is_kept(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = figures(list(evaluate_checkpoint(path)))
    assert first.keys() == FIGURES.keys()
    monkeypatch.setattr(stream, "_measure", lambda *args: pytest.fail("measured again"))
    monkeypatch.setattr(stream, "other_images", lambda images: None)
    lacking = [key for key, one in first.items() if one.is_lacking]
    known = {key: one for key, one in first.items() if key not in lacking}
    events = evaluate_checkpoint(path)
    assert {(one := next(events)).key: one for _ in known} == known


def test_what_is_still_lacking_is_not_written_again(path: Path) -> None:
    list(evaluate_checkpoint(path))
    (kept,) = (path.parent / "measured").glob("*.json")
    before = kept.stat().st_mtime_ns
    again = figures(list(evaluate_checkpoint(path)))
    assert again["anomaly_density"].is_lacking
    assert kept.stat().st_mtime_ns == before


def test_kept_results_are_shown_without_the_images(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = figures(list(evaluate_checkpoint(path)))

    def missing(*args: object) -> ImageSet:
        raise DataMissingError("They are not here.")

    monkeypatch.setattr(stream, "load_images", missing)
    assert figures(list(evaluate_checkpoint(path))) == first
    with pytest.raises(DataMissingError):
        list(evaluate_checkpoint(path, fresh=True))


def test_closing_keeps_what_was_measured_so_far(path: Path) -> None:
    events = evaluate_checkpoint(path)
    seen = figures([event for event, _ in zip(events, range(9), strict=False)])
    events.close()
    kept = measured.load(path, stream.load_checkpoint(path).header).figures
    assert kept == seen
    assert len(seen) >= 4


def test_measuring_afresh_ignores_what_is_kept(path: Path) -> None:
    header = stream.load_checkpoint(path).header
    measured.save(path, header, [Measured("kl", -1.0, n=1)])
    assert figures(list(evaluate_checkpoint(path, fresh=True)))["kl"].value > 0
    assert measured.load(path, header).figures["kl"].value > 0


def test_results_that_cannot_be_kept_are_shown_all_the_same(path: Path) -> None:
    (path.parent / "measured").write_text("in the way")
    events = list(evaluate_checkpoint(path))
    remarks = [event.text for event in events if isinstance(event, Remark)]
    assert figures(events).keys() == FIGURES.keys()
    assert any("cannot be kept" in text for text in remarks)


def test_a_damaged_result_is_said_and_measured_again(path: Path) -> None:
    header = stream.load_checkpoint(path).header
    measured.save(path, header, [Measured("kl", -1.0)]).write_text("{")
    events = list(evaluate_checkpoint(path))
    assert "are damaged" in events[0].text
    assert figures(events)["kl"].value > 0


def test_other_images_have_results_of_their_own(path: Path, tmp_path: Path) -> None:
    held_out = load_images("digits", "test")
    own = tmp_path / "own.npz"
    np.savez(own, images=held_out.images[:100, 0].numpy(), labels=held_out.labels[:100].numpy())
    first = figures(list(evaluate_checkpoint(path)))
    other = figures(list(evaluate_checkpoint(path, str(own))))
    assert other["reconstruction"].n == len(load_images(str(own), "test"))
    assert other["reconstruction"].value != first["reconstruction"].value
    assert figures(list(evaluate_checkpoint(path)))["kl"] == first["kl"]


def test_a_file_that_is_none_is_said(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match="There is no checkpoint"):
        next(evaluate_checkpoint(tmp_path / "none.safetensors"))


def test_strange_images_are_of_the_same_shape(monkeypatch: pytest.MonkeyPatch) -> None:
    def load(name: str, split: str) -> ImageSet:
        if name == "fashion-mnist":
            raise DataMissingError("It is not here.")
        side = 8 if name == "digits" else 16
        return ImageSet(torch.zeros(2, 1, side, side).byte(), torch.zeros(2), ("a",), name)

    monkeypatch.setattr(stream, "load_images", load)
    names = {name: other_images(load(name, "test")) for name in ("mnist", "kmnist", "digits")}
    assert {k: v and v.name for k, v in names.items()} == {
        "mnist": "kmnist", "kmnist": "mnist", "digits": None
    }  # fmt: skip
