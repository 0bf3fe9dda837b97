"""Maps of the same images at different times or by different models, turned alike.

The objective of a VAE does not change when latent space is turned about the origin, since its
prior does not, so training can turn it at will. What is left after the best turn is real change.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import accumulate

import numpy as np
import numpy.typing as npt
from scipy.linalg import orthogonal_procrustes

from vae_core.errors import ConfigError
from vae_core.projection import Plane

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


@dataclass(frozen=True, eq=False)
class Turn:
    """What brings one map nearest to another of the same images, about its own origin.

    Nothing is shifted and nothing stretched: zero stays zero, and a latent unit a latent unit.

    Attributes:
        rotation: A turn or reflection R, shape (2, 2); places (N, 2) become `places @ rotation`.
        agreement: How alike the maps are then, whatever their sizes: 1 if one is the other but
            for its size, 0 if nothing is shared; the squared congruence of the centred places,
            one minus the disparity of Procrustes analysis (Gower 1975).
    """

    rotation: FloatArray
    agreement: float

    @property
    def is_mirrored(self) -> bool:
        """Whether the map is turned over: its vertical axis is flipped first, then all turned."""
        return bool(np.linalg.det(self.rotation) < 0)

    @property
    def degrees(self) -> float:
        """Where the map's horizontal axis points, counter-clockwise, in (-180, 180]."""
        return float(np.degrees(np.arctan2(self.rotation[0, 1], self.rotation[0, 0])))


def map_turn(reference: Plane, plane: Plane) -> Turn:
    """The turn of a map that brings its images nearest to where a reference map has them.

    Orthogonal Procrustes on the places about their means: where the data lies in a map does not
    count, only how it lies there. A strip, D = 1, can only be mirrored.

    Args:
        reference: A map of N images.
        plane: Another one, of the same images in the same order.

    Raises:
        ConfigError: They are maps of different numbers of images.
    """
    places = [each.to_plane(each.codes) for each in (reference, plane)]
    if len(plane.mean) == 1:
        places = [xy[:, :1] for xy in places]
    target, source = (xy - xy.mean(0) for xy in places)
    best = rotation_onto(target, source)
    sizes = float(np.linalg.norm(target) * np.linalg.norm(source))
    shared = float((target * (source @ best)).sum())
    rotation = np.eye(2)
    rotation[: len(best), : len(best)] = best
    return Turn(rotation, (shared / sizes) ** 2 if sizes > 0 else 0.0)


def turned(plane: Plane, rotation: FloatArray) -> Plane:
    """The same map after a turn, shape (2, 2): its places are the old ones `@ rotation`.

    Its axes get a prime, since they are no longer the components they were.
    """
    axes = rotation.T @ plane.axes
    names = (f"{plane.names[0]}′", f"{plane.names[1]}′" if plane.names[1] else "")
    if len(plane.mean) == 1:
        return replace(plane, basis=axes[:1], names=names)
    chosen = list(plane.components)
    basis, share = plane.basis.copy(), plane.explained_variance.copy()
    basis[chosen] = axes
    variance = (plane.codes @ axes.T).var(0)
    if variance.sum() > 0:
        share[chosen] = share[chosen].sum() * variance / variance.sum()
    return replace(plane, basis=basis, explained_variance=share, names=names)
