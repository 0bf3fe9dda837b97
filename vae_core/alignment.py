"""Maps of the same images at different times, turned so that they do not spin.

The objective of a VAE does not change when latent space is turned about the origin, since its
prior does not, so training can turn it at will. What is left after the best turn is real change.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate

import numpy as np
import numpy.typing as npt
from scipy.linalg import orthogonal_procrustes

from vae_core.errors import ConfigError

FloatArray = npt.NDArray[np.float64]


def rotation_onto(reference: npt.ArrayLike, codes: npt.ArrayLike) -> FloatArray:
    """The turn or reflection R, shape (D, D), that brings `codes @ R` nearest to `reference`.

    Orthogonal Procrustes about the origin (Schönemann 1966): least summed squared distance.

    Args:
        reference: Codes of N images, shape (N, D), latent units.
        codes: Codes of the same images, in the same order, at another time.

    Raises:
        ConfigError: The shapes differ, or a code is not finite.
    """
    target: FloatArray = np.asarray(reference, dtype=np.float64)
    source: FloatArray = np.asarray(codes, dtype=np.float64)
    if target.shape != source.shape or target.ndim != 2:
        raise ConfigError(
            f"Only codes of the same images can be aligned, not {source.shape} to {target.shape}."
        )
    if not (np.isfinite(target).all() and np.isfinite(source).all()):
        raise ConfigError("Codes that are not finite cannot be aligned.")
    return np.asarray(orthogonal_procrustes(source, target)[0], dtype=np.float64)


def chained(steps: Sequence[FloatArray], dims: int) -> list[FloatArray]:
    """One R for each of successive moments, so that each `codes @ R` follows on the one before.

    The first stays as it is. Each moment costs one alignment, however many there are: turning
    both sides of a Procrustes problem turns its solution along.

    Args:
        steps: For each moment but the first `rotation_onto(codes before, codes)`, shape (D, D).
        dims: D, number of latent dimensions.
    """
    return list(accumulate(steps, lambda before, step: step @ before, initial=np.eye(dims)))


def drift(before: npt.ArrayLike, after: npt.ArrayLike) -> float:
    """Mean distance, in latent units, that the codes of N images, (N, D), have moved."""
    return float(np.linalg.norm(np.asarray(after) - np.asarray(before), axis=1).mean())
