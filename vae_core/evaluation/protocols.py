"""How well strange classes are told from usual ones: the two tests that the literature reports.

For each class a model of its own is trained: "one-class" on images of this class only, every
other class being strange (Ruff et al. 2018); "leave-one-out" on all classes but this, which is
then the strange one. Held-out images are scored, and AUROC says how well (see `anomaly`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from statistics import mean, stdev
from typing import Literal, get_args

import torch

from vae_core.config import ModelConfig, TrainConfig
from vae_core.data import ImageSet
from vae_core.encoding import encode
from vae_core.errors import ConfigError
from vae_core.metrics.anomaly import METHODS, Method, anomaly_scores, auroc, why_not
from vae_core.models import build_model
from vae_core.training import fit

Protocol = Literal["one-class", "leave-one-out"]
DIGITS = 5  # of an AUROC, far below what another seed changes
PROTOCOLS: tuple[Protocol, ...] = get_args(Protocol)


@dataclass(frozen=True)
class Trial:
    """How well one score told one class, with a model trained for that.

    Attributes:
        label: The class that was learnt alone, or left out: an index into the classes.
        seed: Of the model.
        method: The score.
        auroc: 0 to 1; 0.5 is chance.
        done: Models trained so far.
        total: Models to train in all.
    """

    label: int
    seed: int
    method: Method
    auroc: float
    done: int
    total: int


@dataclass(frozen=True)
class Verdict:
    """How well one score does.

    Attributes:
        method: The score.
        per_class: AUROC of each class, a mean over seeds, in the order of the classes asked.
        value: Mean over classes and seeds.
        spread: Standard deviation over seeds of the mean over classes; None of one seed.
    """

    method: Method
    per_class: tuple[float, ...]
    value: float
    spread: float | None


def run_protocol(
    protocol: Protocol,
    train: ImageSet,
    held_out: ImageSet,
    network: ModelConfig,
    training: TrainConfig,
    *,
    seeds: Sequence[int] = (0,),
    classes: Sequence[int] | None = None,
    n_train: int | None = None,
) -> Iterator[Trial]:
    """Train a model for each class and seed, and score held-out images; closing it stops.

    Args:
        protocol: "one-class" or "leave-one-out".
        train: Labelled images to learn from.
        held_out: Labelled images to score.
        network: Of the models.
        training: How they are trained; the seed is that of each trial.
        seeds: Of the models.
        classes: Which take their turn; default: all.
        n_train: So many images of those allowed are learnt from, at random; default: all.

    Yields:
        A Trial for each class, seed and method that such a model has, as they come.

    Raises:
        ConfigError: An unknown protocol, images of another shape, or a class without images or
            without others to tell it from.
        TrainingDivergedError: A training did.
    """
    if protocol not in PROTOCOLS:
        raise ConfigError(f"Unknown protocol {protocol!r}; choose one of {', '.join(PROTOCOLS)}.")
    asked = list(range(len(train.classes)) if classes is None else classes)
    done, total = 0, len(asked) * len(seeds)
    for seed in seeds:
        for label in asked:
            normal, is_strange = _split(protocol, label, train, held_out, n_train, seed)
            done += 1
            model = build_model(network, seed=seed, mean_image=normal.mean_image())
            for _ in fit(model, normal, replace(training, seed=seed)):
                pass
            latents = encode(model, normal)
            for method in METHODS:
                if why_not(model, method) is None:
                    scores = anomaly_scores(model, held_out, method, latents, seed=seed)
                    value = auroc(scores[~is_strange], scores[is_strange])
                    yield Trial(label, seed, method, value, done, total)


def verdicts(trials: Iterable[Trial]) -> list[Verdict]:
    """What the trials say of each score, in the order of `METHODS`."""
    kept = list(trials)
    found = []
    for method in METHODS:
        own = [trial for trial in kept if trial.method == method]
        if not own:
            continue
        labels = dict.fromkeys(trial.label for trial in own)
        seeds = dict.fromkeys(trial.seed for trial in own)
        means = [mean(t.auroc for t in own if t.seed == seed) for seed in seeds]
        found.append(
            Verdict(
                method,
                tuple(
                    round(mean(t.auroc for t in own if t.label == label), DIGITS)
                    for label in labels
                ),
                round(mean(means), DIGITS),
                round(stdev(means), DIGITS) if len(means) > 1 else None,
            )
        )
    return found


def _split(
    protocol: Protocol,
    label: int,
    train: ImageSet,
    held_out: ImageSet,
    n_train: int | None,
    seed: int,
) -> tuple[ImageSet, torch.Tensor]:
    """Images to learn from, and which held-out ones are strange, bool, shape (N,)."""
    is_one_class = protocol == "one-class"
    is_normal = (train.labels == label) == is_one_class
    is_strange = (held_out.labels == label) != is_one_class
    chosen = torch.nonzero(is_normal).flatten()
    if not len(chosen) or not is_strange.any() or is_strange.all():
        raise ConfigError(f"Class {label} has no images, or none to tell it from.")
    if n_train is not None:
        generator = torch.Generator().manual_seed(seed)
        chosen = chosen[torch.randperm(len(chosen), generator=generator)[:n_train]]
    return train.subset(chosen), is_strange
