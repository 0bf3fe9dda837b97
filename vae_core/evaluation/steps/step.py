"""A step of an evaluation: some figures that are measured together, and how."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from vae_core.evaluation.measured import Measured
from vae_core.evaluation.subject import Subject
from vae_core.metrics.estimate import Estimate, mean_of

Found = list[Measured]
PLAIN = "A plain autoencoder has no posteriors, and so no KL: each image has one code."
NO_CHANCE = "A plain autoencoder gives images no probabilities."
NOT_FINITE = "It came out as no finite number."
NO_TRAINING = "It needs the training images, which are not on this machine."


@dataclass(frozen=True)
class Step:
    """Some figures, measured together.

    Attributes:
        what: Is measured, for people; reads on after "Measuring".
        keys: Of its figures, in `FIGURES`.
        weight: About as many seconds of a processor as a dense VAE and 10,000 MNIST images take.
        measure: The figures of a subject, in the order of `keys`.
    """

    what: str
    keys: tuple[str, ...]
    weight: float
    measure: Callable[[Subject], Found]


def undefined(keys: tuple[str, ...], note: str, *, is_lacking: bool = False) -> Found:
    """Figures that a subject has not, and why."""
    return [Measured(key, None, note=note, is_lacking=is_lacking) for key in keys]


def mean(key: str, values: npt.ArrayLike, note: str = "") -> Measured:
    """A mean over images, with its standard error."""
    found = mean_of(values)
    return Measured(key, found.value, found.error, len(np.asarray(values)), note)


def estimated(key: str, found: Estimate, n: int, note: str = "") -> Measured:
    """One that was estimated from n images."""
    return Measured(key, found.value, found.error, n, note)
