"""All figures of a model, as a stream of events: what is measured now, and what came out.

`evaluate` measures a model on images; `evaluate_checkpoint` does so for a file, reads what is
kept of it first, and keeps what is new. Pages and the command line show the same events.
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path

from vae_core.checkpoint_header import Header
from vae_core.checkpoints import load_checkpoint
from vae_core.data import DATASETS, ImageSet, load_images
from vae_core.errors import DataError, DataMissingError, ResultsError, VaeCoreError
from vae_core.evaluation import measured
from vae_core.evaluation.measured import Measured
from vae_core.evaluation.steps import STEPS, Step
from vae_core.evaluation.steps.step import NOT_FINITE, undefined
from vae_core.evaluation.subject import Subject
from vae_core.models.autoencoder import AutoEncoder

WEIGHED_IMAGES = 10_000  # that the weights of steps are meant for


@dataclass(frozen=True)
class Progress:
    """A step begins, or all are done.

    Attributes:
        done: Work behind, in about the seconds it takes a usual machine.
        total: All of it; figures that are known already do not count.
        what: Is measured now, reading on after "Measuring"; "" at the end.
        seconds_left: Of all steps, by the pace so far, or a first guess; from 0.
        step: Which one begins, from 1; the last one's number at the end.
        n_steps: That there are.
    """

    done: float
    total: float
    what: str
    seconds_left: float
    step: int = 0
    n_steps: int = 0


@dataclass(frozen=True)
class Remark:
    """Something a person should know, in a sentence or two; measuring goes on."""

    text: str


Event = Progress | Measured | Remark


def evaluate(
    model: AutoEncoder,
    held_out: ImageSet,
    train: ImageSet | None = None,
    *,
    strange: ImageSet | None = None,
    known: Mapping[str, Measured] | None = None,
    seed: int = 0,
) -> Iterator[Progress | Measured]:
    """Measure every figure there is of a model, in the order of the steps.

    Args:
        model: To be measured; looked at only.
        held_out: Images it was not trained on.
        train: Its training images; without them a few figures are undefined.
        strange: Images of another kind and the same shape, see `other_images`.
        known: Figures that need not be measured again; they are not repeated. Those that only
            lacked data are tried again.
        seed: Of every draw: the same gives the same figures.

    Yields:
        A Progress before each step and at the end; a Measured for each figure, in nats per image
        and the other units of `FIGURES`. What is undefined for such a model says why.

    Raises:
        ConfigError: Images of another shape than the model's.
    """
    subject = Subject(model, held_out, train, strange, seed=seed)
    settled = {key for key, one in (known or {}).items() if not one.is_lacking}
    steps = [step for step in STEPS if not settled.issuperset(step.keys)]
    total, done, spent = sum(step.weight for step in steps), 0.0, 0.0
    pace = len(held_out) / WEIGHED_IMAGES
    for number, step in enumerate(steps, start=1):
        yield Progress(done, total, step.what, pace * (total - done), number, len(steps))
        start = time.perf_counter()
        found = _measure(step, subject)
        seconds = time.perf_counter() - start
        for one in found:
            if one.key in settled:  # with others of its step, which only lacked data
                continue
            yield replace(one, seconds=seconds / len(found)).rounded()
        done, spent = done + step.weight, spent + seconds
        pace = spent / done
    yield Progress(total, total, "", 0.0, len(steps), len(steps))


def _measure(step: Step, subject: Subject) -> list[Measured]:
    """The figures of a step; those that came out undefined say so."""
    try:
        return [_finite(one) for one in step.measure(subject)]
    except VaeCoreError as err:  # such as too few images, or a damaged judge
        return undefined(step.keys, str(err))


def _finite(one: Measured) -> Measured:
    numbers = one.value if isinstance(one.value, tuple) else (one.value,)
    is_bad = any(number is not None and not math.isfinite(number) for number in numbers)
    is_unsaid = one.value is None and (one.n is not None or not one.note)  # a mean of such numbers
    if is_bad or is_unsaid:
        return Measured(one.key, None, note=NOT_FINITE)
    if one.error is not None and not math.isfinite(one.error):
        return replace(one, error=None)
    return one


def evaluate_checkpoint(
    path: str | Path, dataset: str | None = None, *, fresh: bool = False
) -> Iterator[Event]:
    """Measure a checkpoint's model; what is kept of it comes first, what is new is kept.

    Closing the iterator keeps what was measured so far.

    Args:
        path: Of the checkpoint.
        dataset: Whose held-out images it is measured on; default: those of its training.
        fresh: Measure all again, whatever is kept.

    Raises:
        CheckpointError: It cannot be read.
        DataMissingError: The images are not on this machine, and not all figures are kept.
        DataError: They are damaged.
        ConfigError: There is no such data set, or its images are of another shape.
    """
    checkpoint = load_checkpoint(path)
    header, name = checkpoint.header, dataset or checkpoint.dataset.name
    results = measured.Results()
    if name == header.dataset.name and not fresh:
        results = measured.load(path, header)
    held_out = _held_out(name, results)
    if held_out is None:
        yield from results.figures.values()
        return
    sha256 = held_out.sha256()
    if sha256 != header.dataset.sha256 and name == header.dataset.name:
        yield Remark(f"The images of {name} here are not those that this model was made with.")
    if sha256 != header.dataset.sha256 and not fresh:
        results = measured.load(path, header, sha256)
    if results.problem:
        yield Remark(results.problem)
    known = {key: one for key, one in results.figures.items() if not one.is_lacking}
    yield from known.values()
    keeper = _Keeper(path, header, sha256, name)
    try:
        for event in evaluate(
            checkpoint.model, held_out, _train_images(name),
            strange=other_images(held_out), known=known,
        ):  # fmt: skip
            if not isinstance(event, Measured):  # a step is done: whoever watches sees its figures
                keeper.keep()
            elif not (event.is_lacking and event.key in results.figures):  # it lacks them still
                keeper.new.append(event)
            yield event
    finally:  # also of an evaluation that is closed
        keeper.keep()
    yield from map(Remark, keeper.problems)


@dataclass
class _Keeper:
    """Keeps new figures of a checkpoint, and what spoke against it."""

    path: str | Path
    header: Header
    images_sha256: str
    images_name: str
    new: list[Measured] = field(default_factory=list)
    problems: set[str] = field(default_factory=set)

    def keep(self) -> None:
        """Keep what is new; if that fails, it is tried again the next time."""
        try:
            if self.new:
                measured.save(
                    self.path, self.header, self.new, self.images_sha256, dataset=self.images_name
                )
                self.new.clear()
        except ResultsError as err:
            self.problems.add(str(err))


def other_images(images: ImageSet) -> ImageSet | None:
    """Held-out images of the first other data set of the same shape that is on this machine."""
    for name in DATASETS:
        with suppress(DataError):
            if name != images.name:
                found = load_images(name, "test")
                if found.image_shape == images.image_shape:
                    return found
    return None


def _held_out(name: str, results: measured.Results) -> ImageSet | None:
    """The images to measure on; None where nothing is left to measure, or could be."""
    figures = results.figures
    is_complete = measured.is_complete(figures)
    if is_complete and not any(one.is_lacking for one in figures.values()):
        return None
    try:
        return load_images(name, "test")
    except DataMissingError:
        if is_complete:
            return None
        raise


def _train_images(name: str) -> ImageSet | None:
    try:
        return load_images(name, "train")
    except DataMissingError:
        return None
