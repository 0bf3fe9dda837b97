"""Tests for vae_core.training."""

from __future__ import annotations

import dataclasses
import itertools
from typing import Any

import pytest
import torch

from vae_core import training
from vae_core.config import Kind, ModelConfig, TrainConfig
from vae_core.data import ImageSet, load_images, to_unit
from vae_core.errors import TrainingDivergedError
from vae_core.metrics.elbo import elbo
from vae_core.models import AutoEncoder, Posterior, build_model, model_config
from vae_core.models.autoencoder import initialize
from vae_core.objectives import reconstruction_nll
from vae_core.training import EpochEnd, StepEnd, fit, kl_weight, learning_rate

SETTINGS = TrainConfig(dataset="shapes", epochs=2, batch_size=15, learning_rate=0.01)


@pytest.fixture
def every_step(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let every step be an event, whatever the speed of the machine."""
    monkeypatch.setattr(training, "STEP_EVENT_SECONDS", 0.0)


def weights_after(
    config: ModelConfig, images: ImageSet, settings: TrainConfig, **options: Any
) -> dict[str, torch.Tensor]:
    model = build_model(config, seed=settings.seed)
    for _ in fit(model, images, settings, **options):
        pass
    return model.state_dict()


def same(a: dict[str, torch.Tensor], b: dict[str, torch.Tensor]) -> bool:
    return all(torch.equal(a[name], b[name]) for name in a)


@pytest.mark.usefixtures("every_step")
def test_events_come_step_by_step_and_epoch_by_epoch(config: ModelConfig, images: ImageSet) -> None:
    events = list(fit(build_model(config), images, SETTINGS))
    expected = [
        (1, 1),
        (1, 2),
        (1, 3),
        (1, 4),
        (1, None),
        (2, 1),
        (2, 2),
        (2, 3),
        (2, 4),
        (2, None),
    ]
    assert [(e.epoch, getattr(e, "step", None)) for e in events] == expected
    steps = [event for event in events if isinstance(event, StepEnd)]
    assert {event.steps for event in steps} == {4}
    assert all(event.images_per_second > 0 for event in events)


def test_a_fast_epoch_needs_no_step_events(config: ModelConfig, images: ImageSet) -> None:
    events = [e for e in fit(build_model(config), images, SETTINGS) if isinstance(e, EpochEnd)]
    assert [event.epoch for event in events] == [1, 2]


@pytest.mark.usefixtures("every_step")
@pytest.mark.parametrize("n_events", [1, 3, 5, 7])
def test_closing_the_iterator_stops_training(
    n_events: int, config: ModelConfig, images: ImageSet
) -> None:
    model = build_model(config)
    events = fit(model, images, SETTINGS)
    taken = list(itertools.islice(events, n_events))
    events.close()
    stopped = {name: value.clone() for name, value in model.state_dict().items()}
    assert len(taken) == n_events
    assert list(events) == []
    assert same(model.state_dict(), stopped)


@pytest.mark.usefixtures("every_step")
def test_training_does_not_run_ahead_of_its_reader(config: ModelConfig, images: ImageSet) -> None:
    model = build_model(config)
    start = {name: value.clone() for name, value in model.state_dict().items()}
    events = fit(model, images, SETTINGS)
    assert same(model.state_dict(), start)
    next(events)
    assert not same(model.state_dict(), start)


@pytest.mark.parametrize(
    "settings",
    [SETTINGS, dataclasses.replace(SETTINGS, binarize=True, kl_warmup=2, schedule="cosine")],
    ids=["plain", "all-options"],
)
@pytest.mark.parametrize("kind", ["ae", "vae"])
def test_the_same_seed_gives_the_same_weights_to_the_bit(
    kind: Kind, settings: TrainConfig, images: ImageSet
) -> None:
    config = ModelConfig((1, 8, 8), kind=kind, hidden=(16,))
    first = weights_after(config, images, settings)
    torch.manual_seed(99)
    assert same(first, weights_after(config, images, settings))


@pytest.mark.usefixtures("every_step")
def test_being_watched_changes_nothing(config: ModelConfig, images: ImageSet) -> None:
    """A slow reader that draws random numbers of its own."""
    model = build_model(config, seed=SETTINGS.seed)
    for _ in fit(model, images, SETTINGS):
        torch.rand(3)
    assert same(weights_after(config, images, SETTINGS), model.state_dict())


@pytest.mark.parametrize("kind", ["ae", "vae"])
def test_another_seed_gives_other_weights(kind: Kind, images: ImageSet) -> None:
    """From the same start: order and noise are drawn from the seed, too."""
    config = ModelConfig((1, 8, 8), kind=kind, hidden=(16,))
    results = []
    for seed in (0, 1):
        model = build_model(config, seed=0)
        for _ in fit(model, images, dataclasses.replace(SETTINGS, seed=seed)):
            pass
        results.append(model.state_dict())
    assert not same(*results)


@pytest.mark.parametrize("kind", ["ae", "vae"])
def test_the_noise_is_drawn_from_the_seed(kind: Kind, images: ImageSet) -> None:
    """Of equal images the order means nothing; a plain autoencoder has no noise."""
    equal = images.subset([0] * 48)
    results = []
    for seed in (0, 1):
        model = build_model(ModelConfig((1, 8, 8), kind=kind, hidden=(16,)), seed=0)
        list(fit(model, equal, dataclasses.replace(SETTINGS, seed=seed)))
        results.append(model.state_dict())
    assert same(*results) == (kind == "ae")


def test_the_global_random_state_is_left_alone(config: ModelConfig, images: ImageSet) -> None:
    before = torch.get_rng_state()
    weights_after(config, images, dataclasses.replace(SETTINGS, binarize=True), held_out=images)
    assert torch.equal(torch.get_rng_state(), before)


def test_scoring_held_out_images_does_not_change_training(
    config: ModelConfig, images: ImageSet
) -> None:
    plain = weights_after(config, images, SETTINGS)
    scored = weights_after(config, images, SETTINGS, held_out=images.subset(range(7)))
    assert same(plain, scored)


def test_held_out_scores_are_those_of_the_finished_epoch(
    config: ModelConfig, images: ImageSet
) -> None:
    model, held_out = build_model(config), images.subset(range(7))
    for event in fit(model, images, SETTINGS, held_out=held_out):
        if isinstance(event, EpochEnd):
            parts = elbo(model, held_out, seed=SETTINGS.seed, draws=1)
            assert event.held_out_reconstruction == pytest.approx(
                parts.reconstruction.mean().item()
            )
            assert event.held_out_kl == pytest.approx(parts.kl.mean().item())


def test_without_held_out_images_there_are_no_scores(config: ModelConfig, images: ImageSet) -> None:
    *_, last = fit(build_model(config), images, SETTINGS)
    assert (last.held_out_reconstruction, last.held_out_kl) == (None, None)


def test_a_model_is_ready_to_use_after_every_epoch(config: ModelConfig, images: ImageSet) -> None:
    model = build_model(config)
    assert not model.training
    for event in fit(model, images, TrainConfig(epochs=2, batch_size=16)):
        if isinstance(event, EpochEnd):
            assert not model.training
    assert not model.training


@pytest.mark.parametrize("kind", ["ae", "vae"])
def test_the_loss_falls_on_real_digits(kind: Kind) -> None:
    images = load_images("digits", "train")
    model = build_model(
        model_config("dense-256", images.image_shape, kind=kind), mean_image=images.mean_image()
    )
    settings = TrainConfig(dataset="digits", epochs=8, batch_size=64, learning_rate=3e-3)
    losses = [e.loss for e in fit(model, images, settings) if isinstance(e, EpochEnd)]
    assert losses[7] < losses[3] - 0.2 < losses[0] - 1.2


def test_an_average_counts_every_image_once(images: ImageSet) -> None:
    """With hardly a step made, the mean over an epoch is the mean over images.

    The last batch is short, and its images are much harder than the others.
    """
    config = ModelConfig((1, 8, 8), kind="ae", hidden=(16,))
    model = build_model(config, mean_image=images.mean_image())
    order = torch.randperm(
        48, generator=training._generator(0, training.ORDER, 1, torch.device("cpu"))
    )
    pixels = images.images.clone()
    pixels[order[45:]] = 255 - pixels[order[45:]]
    hard = ImageSet(pixels, images.labels, images.classes)
    with torch.no_grad():
        x = to_unit(pixels)
        scores = reconstruction_nll(model, model.decode(model.encode(x).mu), x)
    settings = dataclasses.replace(SETTINGS, epochs=1, learning_rate=1e-8)
    *_, last = fit(model, hard, settings)
    by_batch = torch.stack([part.mean() for part in scores[order].split(15)]).mean()
    assert last.loss == pytest.approx(scores.mean().item(), rel=1e-4)
    assert last.loss != pytest.approx(by_batch.item(), rel=1e-2)


@pytest.mark.parametrize("beta", [0.0, 1.0, 4.0])
def test_the_loss_of_an_epoch_is_the_sum_of_its_terms(
    beta: float, config: ModelConfig, images: ImageSet
) -> None:
    settings = dataclasses.replace(SETTINGS, beta=beta)
    *_, last = fit(build_model(config), images, settings)
    assert last.loss == pytest.approx(last.reconstruction + beta * last.kl)


def test_a_larger_beta_leaves_a_smaller_kl(config: ModelConfig, images: ImageSet) -> None:
    kls = []
    for beta in (0.1, 1.0, 10.0):
        settings = dataclasses.replace(SETTINGS, beta=beta, epochs=30)
        *_, last = fit(build_model(config), images, settings)
        kls.append(last.kl)
    assert kls[0] > kls[1] + 0.5 > kls[2] + 1


@pytest.mark.parametrize("binarize", [True, False])
def test_binarised_pixels_are_black_or_white_and_drawn_afresh(
    binarize: bool, images: ImageSet
) -> None:
    seen = []

    class Spy(AutoEncoder):
        def encode(self, x: torch.Tensor) -> Posterior:
            seen.append(x)
            return super().encode(x)

    grey = ImageSet(torch.full_like(images.images, 51), images.labels, images.classes)
    model = initialize(Spy(ModelConfig((1, 8, 8), hidden=(16,))), seed=0)
    list(fit(model, grey, dataclasses.replace(SETTINGS, binarize=binarize)))
    first, second = torch.cat(seen).split(48)
    levels = {0.0, 1.0} if binarize else {torch.tensor(0.2).item()}
    assert set(first.unique().tolist()) == levels
    assert torch.equal(first, second) == (not binarize)
    assert abs(first.mean() - 0.2) < 4 * (0.2 * 0.8 / first.numel()) ** 0.5


def test_a_rate_that_is_too_large_is_said_to_be(images: ImageSet) -> None:
    model = build_model(ModelConfig((1, 8, 8), hidden=(16,)))
    settings = dataclasses.replace(SETTINGS, learning_rate=10, epochs=50)
    with pytest.raises(
        TrainingDivergedError, match=r"in epoch .*Try a smaller learning rate"
    ) as err:
        for _ in fit(model, images, settings):
            pass
    assert 1 <= err.value.epoch <= 50


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_a_loss_that_is_no_number_stops_training_in_its_epoch(
    value: float, config: ModelConfig, images: ImageSet
) -> None:
    model = build_model(config)
    with torch.no_grad():
        model.pixel_bias[0, 3, 3] = value
    with pytest.raises(TrainingDivergedError, match="in epoch 1"):
        list(fit(model, images, SETTINGS))


@pytest.mark.usefixtures("every_step")
def test_an_undefined_loss_is_noticed_within_the_epoch(
    config: ModelConfig, images: ImageSet
) -> None:
    model = build_model(config)
    events = fit(model, images, SETTINGS)
    next(events)
    with torch.no_grad():
        model.pixel_bias[0, 3, 3] = float("nan")
    with pytest.raises(TrainingDivergedError, match="in epoch 1"):
        next(events)


@pytest.mark.parametrize("progress", [0, 0.5, 9.99])
def test_a_constant_rate_is_constant(progress: float) -> None:
    assert learning_rate(TrainConfig(epochs=10, learning_rate=0.02), progress) == 0.02


@pytest.mark.parametrize(("progress", "share"), [(0, 1), (5, 0.505), (10, 0.01)])
def test_a_cosine_goes_down_to_a_hundredth(progress: float, share: float) -> None:
    config = TrainConfig(epochs=10, learning_rate=0.02, schedule="cosine")
    assert learning_rate(config, progress) == pytest.approx(0.02 * share)


def test_a_cosine_never_rises() -> None:
    config = TrainConfig(epochs=3, schedule="cosine")
    rates = [learning_rate(config, i / 10) for i in range(31)]
    assert rates == sorted(rates, reverse=True)


@pytest.mark.parametrize(
    ("progress", "share"), [(0, 0.1), (2.5, 0.325), (5, 0.55), (10, 1), (11, 1), (500, 1)]
)
def test_the_kl_weight_grows_from_a_tenth_to_beta(progress: float, share: float) -> None:
    config = TrainConfig(beta=4, kl_warmup=10)
    assert kl_weight(config, progress) == pytest.approx(4 * share)


@pytest.mark.parametrize("progress", [0, 0.5, 3])
def test_without_warm_up_the_kl_weight_is_beta(progress: float) -> None:
    assert kl_weight(TrainConfig(beta=0.5), progress) == 0.5


def test_the_rate_that_is_used_is_the_scheduled_one(
    config: ModelConfig, images: ImageSet, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []

    def spy(settings: TrainConfig, progress: float) -> float:
        asked.append(progress)
        return 0.0

    monkeypatch.setattr(training, "learning_rate", spy)
    model = build_model(config)
    start = {name: value.clone() for name, value in model.state_dict().items()}
    list(fit(model, images, SETTINGS))
    assert asked == [0, 0.25, 0.5, 0.75, 1, 1.25, 1.5, 1.75]
    assert same(model.state_dict(), start)


def test_events_are_plain_values(config: ModelConfig, images: ImageSet) -> None:
    *_, last = fit(build_model(config), images, SETTINGS, held_out=images)
    values = last.to_json()
    assert EpochEnd(**values) == last
    assert {type(value) for value in values.values()} == {int, float, list}


def test_the_time_of_whoever_reads_the_events_is_no_training(
    config: ModelConfig, images: ImageSet, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [0.0]

    def clock() -> float:
        now[0] += 0.001
        return now[0]

    monkeypatch.setattr("vae_core.training.time.perf_counter", clock)
    events = []
    for event in fit(build_model(config), images, TrainConfig(epochs=1, batch_size=2)):
        events.append(event)
        now[0] += 1000.0
    assert any(isinstance(event, StepEnd) for event in events)
    assert isinstance(events[-1], EpochEnd)
    assert events[-1].seconds < 1
