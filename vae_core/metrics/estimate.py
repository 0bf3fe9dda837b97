"""A mean over images with its error, and what the difference of two is worth.

Two models find the same images hard, so their scores go up and down together. The difference
image by image is free of that: its standard error is that of a paired t-test, often far below
what the two scores' own errors would suggest (Student 1908). It speaks of other images of this
kind, not of training again: another seed makes another model.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from vae_core.errors import ConfigError

TOLD_APART = 2.0  # standard errors from which a difference is not put down to the images
FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Estimate:
    """A mean over images, or a difference of two.

    Attributes:
        value: None where it is not a finite number.
        error: Its standard error in the same unit, std / sqrt(n); None where it is not known.
    """

    value: float | None
    error: float | None

    @property
    def is_told_apart(self) -> bool | None:
        """Whether the value is at least two standard errors from zero; None if not known."""
        if self.value is None or self.error is None:
            return None
        return self.value != 0 and abs(self.value) >= TOLD_APART * self.error


def mean_of(values: npt.ArrayLike) -> Estimate:
    """The mean of N images' scores, shape (N,), N at least 1, with its standard error.

    Raises:
        ConfigError: There are none, or not one for each image.
    """
    scores: FloatArray = np.asarray(values, dtype=np.float64)
    if scores.ndim != 1 or not len(scores):
        raise ConfigError(f"A mean needs one score for each image, not shape {scores.shape}.")
    if not np.isfinite(scores).all():
        return Estimate(None, None)
    error = float(scores.std(ddof=1) / len(scores) ** 0.5) if len(scores) > 1 else None
    return Estimate(float(scores.mean()), error)


def difference(values: npt.ArrayLike, reference: npt.ArrayLike) -> Estimate:
    """By how much N scores, shape (N,), exceed a reference's of the same images, on average.

    Raises:
        ConfigError: They are not scores of the same number of images.
    """
    scores, others = np.asarray(values, np.float64), np.asarray(reference, np.float64)
    if scores.shape != others.shape:
        raise ConfigError(
            "Only scores of the same images can be paired, not of shapes "
            f"{scores.shape} and {others.shape}."
        )
    with np.errstate(invalid="ignore"):  # of two infinite ones there is none, which is said
        return mean_of(scores - others)
