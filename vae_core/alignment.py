"""Maps of the same images at different times, turned so that they do not spin.

The objective of a VAE does not change when latent space is turned about the origin, since its
prior does not, so training can turn it at will. What is left after the best turn is real change.
"""

from __future__ import annotations

from collections.abc import Sequence

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


def rotations(moments: Sequence[npt.ArrayLike]) -> list[FloatArray]:
    """One R for each moment, shape (D, D), so that each `codes @ R` follows on the one before.

    The first stays as it is.

    Args:
        moments: Codes of the same images, (N, D) each, in the order of time.

    Raises:
        ConfigError: As `rotation_onto`.
    """
    found: list[FloatArray] = []
    before: FloatArray | None = None
    for moment in moments:
        codes = np.asarray(moment, dtype=np.float64)
        turn = np.eye(codes.shape[1]) if before is None else rotation_onto(before, codes)
        found.append(turn)
        before = codes @ turn
    return found


def drift(before: npt.ArrayLike, after: npt.ArrayLike) -> float:
    """Mean distance, in latent units, that the codes of N images, (N, D), have moved."""
    return float(np.linalg.norm(np.asarray(after) - np.asarray(before), axis=1).mean())
