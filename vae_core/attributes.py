"""Attribute arithmetic: what one group of codes has and another has not, as a direction.

The vector from the mean code of one group to that of another is added to other codes (Larsen et
al. 2016; White 2016, "Sampling generative networks"). Two groups always have such a vector, even
two random ones: `metrics.directions` tells whether it says anything.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from vae_core.encoding import LatentSet
from vae_core.errors import ConfigError

FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class AttributeVector:
    """The way from the mean code of one group to that of another.

    Attributes:
        plus: Mean code of the group it leads to, shape (D,), latent units.
        minus: Mean code of the group it comes from, likewise.
        covariance: Of the vector as an estimate, shape (D, D), squared latent units: the groups'
            covariances over their sizes. NaN where a group is a single image.
    """

    plus: FloatArray
    minus: FloatArray
    covariance: FloatArray

    @property
    def vector(self) -> FloatArray:
        """Shape (D,), latent units."""
        return self.plus - self.minus

    @property
    def length(self) -> float:
        """In latent units."""
        return float(np.linalg.norm(self.vector))

    @property
    def standard_error(self) -> FloatArray:
        """Of each number of the vector, shape (D,); NaN where a group is a single image."""
        errors: FloatArray = np.sqrt(self.covariance.diagonal())
        return errors

    @property
    def length_error(self) -> float:
        """Standard error of the length, latent units; NaN where a group is a single image.

        That of the vector along itself, to first order, where what the numbers share counts too.
        """
        along = self.vector / max(self.length, np.finfo(float).tiny)
        return math.sqrt(max(float(along @ self.covariance @ along), 0.0))  # rounding


class Apart(NamedTuple):
    """Two groups without an image in common, shape (N,) each, and how many they had."""

    plus: BoolArray
    minus: BoolArray
    n_shared: int


def apart(plus: npt.ArrayLike, minus: npt.ArrayLike) -> Apart:
    """Leave what two groups share to the smaller one: a part of a class, less the rest of it.

    Neither becomes empty unless it was.

    Args:
        plus: Whether each image belongs to the group, shape (N,).
        minus: Likewise; of two groups of one size it is this one that loses.

    Raises:
        ConfigError: Both are the same images.
    """
    first, second = np.asarray(plus, dtype=bool), np.asarray(minus, dtype=bool)
    if first.any() and np.array_equal(first, second):
        raise ConfigError("Both groups are the same images: nothing is left. Choose another group.")
    shared = first & second
    if first.sum() <= second.sum():
        return Apart(first, second & ~shared, int(shared.sum()))
    return Apart(first & ~shared, second, int(shared.sum()))


def attribute_vector(
    latents: LatentSet, plus: npt.ArrayLike, minus: npt.ArrayLike
) -> AttributeVector:
    """Mean code of one group minus mean code of another.

    Args:
        latents: Codes of N images.
        plus: Whether each image belongs to the group that the vector leads to, shape (N,).
        minus: Likewise for the group that it comes from.

    Raises:
        ConfigError: A group is empty, the two share images, or a code is not finite.
    """
    there, here = codes_of(latents, plus, minus)
    return AttributeVector(there.mean(0), here.mean(0), _of_mean(there) + _of_mean(here))


def _of_mean(group: FloatArray) -> FloatArray:
    """Covariance of a group's mean code, (D, D)."""
    if len(group) < 2:
        return np.full((group.shape[1],) * 2, np.nan)
    offsets = group - group.mean(0)
    covariance: FloatArray = offsets.T @ offsets / (len(group) - 1.0) / len(group)
    return covariance


def codes_of(
    latents: LatentSet, plus: npt.ArrayLike, minus: npt.ArrayLike
) -> tuple[FloatArray, FloatArray]:
    """Codes of both groups, (P, D) and (M, D); see `attribute_vector`."""
    codes = latents.mu.double().numpy()
    masks = {"plus": np.asarray(plus, dtype=bool), "minus": np.asarray(minus, dtype=bool)}
    for name, mask in masks.items():
        if mask.shape != (len(codes),):
            raise ConfigError(
                f"The {name} group says of each of the {len(codes)} images whether it belongs to "
                f"it; its shape is {mask.shape}."
            )
        if not mask.any():
            raise ConfigError(f"The {name} group has no image. Choose one that has.")
    shared = int((masks["plus"] & masks["minus"]).sum())
    if shared:
        raise ConfigError(
            f"The plus and the minus group share images, {shared} of them. Choose groups that are "
            "apart."
        )
    found = codes[masks["plus"]], codes[masks["minus"]]
    if not all(np.isfinite(group).all() for group in found):
        raise ConfigError("The mean of a group needs finite codes; some of these are not.")
    return found
