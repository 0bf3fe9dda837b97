"""How faithful a map is: does closeness on it mean likeness, and likeness closeness?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.spatial import KDTree
from scipy.spatial.distance import cdist
from torch import Tensor

from vae_core.data import ImageSet
from vae_core.encoding import LatentSet
from vae_core.errors import ConfigError
from vae_core.metrics.neighbours import nearest_others
from vae_core.metrics.support import majority

NEIGHBOURS = 15
MOST_IMAGES = 5000  # that are compared each with each: the time grows with the square
BATCH = 250  # images at a time: 10 MB a matrix with 5,000 images
FEW = 20  # numbers a point up to which distances are summed one by one, and exact

FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True)
class MapQuality:
    """Four scores in [0, 1]; higher is better.

    Attributes:
        knn_accuracy: Share of held-out images whose class is the majority among their 15
            nearest training codes.
        trustworthiness: 1 if the 15 nearest codes of each image are also near in pixel space
            (Venna & Kaski 2006), on the first held-out images, 5,000 if not told otherwise; None
            without images. Of fewer images it is another figure: 15 of them are then a larger
            neighbourhood.
        continuity: The other way round: 1 if the 15 most similar images of each have codes
            nearby.
        neighbour_recall: Share of each image's 15 most similar images that are also among its 15
            nearest codes; 15 / (n - 1) by chance.
    """

    knn_accuracy: float
    trustworthiness: float | None
    continuity: float | None = None
    neighbour_recall: float | None = None


@dataclass(frozen=True)
class Preservation:
    """How far the neighbours of N points are the same in two spaces; see `MapQuality`."""

    trustworthiness: float
    continuity: float
    neighbour_recall: float


def map_quality(
    train: LatentSet,
    test: LatentSet,
    images: ImageSet | None = None,
    n_images: int = MOST_IMAGES,
) -> MapQuality:
    """Score the codes `test` of held-out images against the codes `train` of training images.

    Args:
        train: Codes and labels of the training images.
        test: Codes and labels of held-out images.
        images: The held-out images themselves, in the order of `test`.
        n_images: The first so many are compared each with each.
    """
    accuracy = float((nearest_class(train, test.mu) == test.labels.numpy()).mean())
    if images is None or min(len(images), n_images) <= 2 * NEIGHBOURS:
        return MapQuality(accuracy, None)
    pixels = images.images[:n_images].flatten(1).double().numpy()
    kept = preservation(pixels, test.mu[:n_images].double().numpy())
    return MapQuality(accuracy, kept.trustworthiness, kept.continuity, kept.neighbour_recall)


def preservation(original: FloatArray, codes: FloatArray, k: int = NEIGHBOURS) -> Preservation:
    """Compare the k nearest neighbours of N points in two spaces, by Euclidean distance.

    A neighbour that the map makes up costs by how many ranks it is too far in the original, one
    that it loses by how many ranks it is too far on the map; 0 is the worst that can be (Venna &
    Kaski 2006, "Local multidimensional scaling"). Points at the same place share their ranks, so
    that codes which are all alike score by chance. Of N^2 distances a few rows are held at a time.

    Args:
        original: Shape (N, F), such as pixels.
        codes: Of the same points, shape (N, D).
        k: Neighbours, less than N / 2.

    Raises:
        ConfigError: Not the same points, too few of them, or numbers that are not finite.
    """
    n = len(original)
    if len(codes) != n or not 1 <= k < n / 2:
        raise ConfigError(
            f"{k} neighbours can be compared for more than {2 * k} points that are in both "
            f"spaces, not for {n} and {len(codes)}."
        )
    if not (np.isfinite(original).all() and np.isfinite(codes).all()):
        raise ConfigError("Only finite pixels and codes can be compared; some are not.")
    made_up = lost = shared = 0.0
    twins = [len(np.unique(points, axis=0)) < n for points in (original, codes)]
    for far, apart in zip(_distances(original), _distances(codes), strict=True):
        there, here = (np.argpartition(rows, k, axis=1)[:, :k] for rows in (far, apart))
        made_up += _excess(far, here, k, has_twins=twins[0])
        lost += _excess(apart, there, k, has_twins=twins[1])
        shared += int((there[:, :, None] == here[:, None]).sum())
    worst = n * k * (2 * n - 3 * k - 1) / 2
    return Preservation(1 - made_up / worst, 1 - lost / worst, shared / (n * k))


def _distances(points: FloatArray) -> Iterator[FloatArray]:
    """Squared distances of a few points at a time to all N, (B, N); to itself infinite."""
    centred = points - np.round(points.mean(0))  # whole grey levels stay whole, and exact
    square = np.square(centred).sum(1)
    for start in range(0, len(points), BATCH):
        rows = centred[start : start + BATCH]
        if points.shape[1] <= FEW:
            found = np.asarray(cdist(rows, centred, "sqeuclidean"))
        else:
            found = square - 2 * rows @ centred.T
            found += square[start : start + BATCH, None]
        own = np.arange(len(rows))
        found[own, start + own] = np.inf
        yield found


def _excess(
    distances: FloatArray, neighbours: npt.NDArray[np.intp], k: int, *, has_twins: bool
) -> float:
    """By how many ranks these neighbours are too far to be among the k nearest, in all."""
    total = 0.0
    for column in neighbours.T:
        own = np.take_along_axis(distances, column[:, None], axis=1)
        rank = (distances < own).sum(1) + 1.0
        if has_twins:  # the middle one of those that are as far
            rank += ((distances == own).sum(1) - 1) / 2
        total += float(np.maximum(rank - k, 0).sum())
    return total


def nearest_class(
    latents: LatentSet, z: Tensor | npt.ArrayLike, own: npt.ArrayLike | None = None
) -> npt.NDArray[np.int64]:
    """The class of most of the 15 images whose codes are nearest to codes `z`, (M, D); (M,).

    Args:
        latents: The images that are asked.
        z: Codes.
        own: If these are codes of images of `latents`, their indices, shape (M,): an image is
            then not asked about itself.
    """
    # As scikit-learn's KNeighborsClassifier, which takes a second to import.
    tree, codes = KDTree(latents.mu.numpy()), np.asarray(z)
    if own is None or len(latents) == 1:
        k = min(NEIGHBOURS, len(latents))
        nearest = np.asarray(tree.query(codes, k)[1]).reshape(-1, k)
    else:
        nearest = nearest_others(tree, codes, own, min(NEIGHBOURS, len(latents) - 1))[1]
    return majority(latents.labels.numpy()[nearest])
