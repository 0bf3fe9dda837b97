"""Does a direction between two groups of codes say anything, and does adding it work?

Two groups always have a vector between their means, even two random ones; see `attributes`. So
each figure comes with the same figure for random groups or random directions.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from vae_core.attributes import codes_of
from vae_core.encoding import LatentSet
from vae_core.metrics.anomaly import auroc
from vae_core.metrics.maps import NEIGHBOURS
from vae_core.metrics.support import Neighbourhood

FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]
SEED = 0
SPLITS = 100  # into halves
SHUFFLES = 200  # of who belongs to which group
DIRECTIONS, PROBED = 50, 30  # random ones as long as the vector, and images each is added to
LEAST = 4  # images of each group: two for each half
MOST = 2000  # images of each group that are judged
MOVED = 300  # images that the vector is added to
QUICK, QUICK_IN_ALL = 40, 4000  # images of each class, and of all pairs, in a quick look


@dataclass(frozen=True)
class Reliability:
    """Whether a direction says anything, against the same for random groups.

    Both figures are medians over random halves. Random groups are the same images, shuffled
    between groups of the same sizes.

    Attributes:
        agreement: Cosine between the vectors of two halves of the images, -1 to 1.
        auc: How often an image of the plus group lies further along the direction than one of
            the minus group, for images that the direction was not made from; 0 to 1, 0.5 is
            chance (area under the ROC curve).
        random_agreement: The median of the same for random groups.
        random_auc: Likewise.
        random_auc_high: 95 % of the random groups stay below this.
    """

    agreement: float
    auc: float
    random_agreement: float
    random_auc: float
    random_auc_high: float


def reliability(
    latents: LatentSet, plus: npt.ArrayLike, minus: npt.ArrayLike, seed: int = SEED
) -> Reliability | None:
    """Judge a direction by images it was not made from; see `attribute_vector`.

    Returns:
        None where a group has fewer than 4 images: its halves would say nothing. Of larger groups
        than 2,000 so many are judged.
    """
    groups = codes_of(latents, plus, minus)
    if min(map(len, groups)) < LEAST:
        return None
    generator = np.random.default_rng(seed)
    there, here = (group[generator.permutation(len(group))[:MOST]] for group in groups)
    pooled, size = np.concatenate([there, here]), len(there)
    real = np.array([_halves(there, here, generator) for _ in range(SPLITS)])
    random = []
    for _ in range(SHUFFLES):
        shuffled = pooled[generator.permutation(len(pooled))]
        random.append(_halves(shuffled[:size], shuffled[size:], generator))
    agreement, auc = np.median(real, axis=0)
    random_agreement, random_auc = np.median(random, axis=0)
    high = np.quantile([auc for _, auc in random], 0.95)
    return Reliability(*map(float, (agreement, auc, random_agreement, random_auc, high)))


def _halves(
    there: FloatArray, here: FloatArray, generator: np.random.Generator
) -> tuple[float, float]:
    """Cosine of the vectors of two halves, and how the first parts the second (AUC)."""
    first, second = [], []
    for group in (there, here):
        mixed = group[generator.permutation(len(group))]
        first.append(mixed[: len(mixed) // 2])
        second.append(mixed[len(mixed) // 2 :])
    a, b = (half[0].mean(0) - half[1].mean(0) for half in (first, second))
    cosine = float(a @ b / max(float(np.linalg.norm(a) * np.linalg.norm(b)), 1e-300))
    return cosine, auroc(second[1] @ a, second[0] @ a)


@dataclass(frozen=True)
class Transfer:
    """What becomes of images of the minus group when the vector is added to their codes once.

    Attributes:
        n_moved: Images it was tried on: half of the minus group, at most 300; the vector is made
            from the other half.
        landed: Share of them that then have mostly images of the plus group around, 0 to 1. One
            that ends where no data is has not landed, whoever is nearest.
        random: The same, on average, for vectors of the same length in random directions.
        outside: Share of them that end where no data is.
    """

    n_moved: int
    landed: float
    random: float
    outside: float


def transfer(
    data: Neighbourhood, plus: npt.ArrayLike, minus: npt.ArrayLike, seed: int = SEED
) -> Transfer | None:
    """Add the vector to images of the minus group that it was not made from.

    A code is among the plus group if more than half of its 15 nearest codes belong to it, or of as
    many as the group has.

    Args:
        data: The codes of N images.
        plus: See `attribute_vector`.
        minus: Likewise.
        seed: Of the halves and the random directions.

    Returns:
        None where a group has fewer than 4 images.
    """
    is_plus, is_minus = np.asarray(plus, dtype=bool), np.asarray(minus, dtype=bool)
    if min(is_plus.sum(), is_minus.sum()) < LEAST:
        return None
    generator = np.random.default_rng(seed)
    members = generator.permutation(np.flatnonzero(is_minus))
    moved, others = data.mu[members[: len(members) // 2][:MOVED]], members[len(members) // 2 :]
    vector = data.mu[is_plus].mean(0) - data.mu[others].mean(0)
    noise = generator.normal(size=(DIRECTIONS, len(vector)))
    noise *= np.linalg.norm(vector) / np.linalg.norm(noise, axis=1, keepdims=True)
    sample = moved[:PROBED]
    random = (sample[None] + noise[:, None]).reshape(-1, len(vector))
    landed, outside = _landed(data, moved + vector, is_plus)
    return Transfer(len(moved), landed, _landed(data, random, is_plus)[0], outside)


def _landed(data: Neighbourhood, codes: FloatArray, is_among: BoolArray) -> tuple[float, float]:
    """Share of codes that are among some of the N images, and of those where no data is."""
    k = min(NEIGHBOURS, int(is_among.sum()))
    is_outside = data.support(codes).label == "outside"
    has_landed = (2 * is_among[data.neighbours(codes, k)].sum(1) > k) & ~is_outside
    return float(has_landed.mean()), float(is_outside.mean())


def transfer_between_classes(data: Neighbourhood, n_classes: int, seed: int = SEED) -> FloatArray:
    """A quick `transfer` between all pairs of classes, on a few images of each.

    Returns:
        Share of images of class m, 0 to 1, that land in class p when the mean code of p less that
        of m is added: row p, column m, shape (n_classes, n_classes).
        NaN where a class has fewer than 4 images, and on the diagonal.
    """
    generator = np.random.default_rng(seed)
    found = np.full((n_classes, n_classes), np.nan)
    members = {c: generator.permutation(np.flatnonzero(data.labels == c)) for c in range(n_classes)}
    usable = [c for c, images in members.items() if len(images) >= LEAST]
    means = {c: data.mu[members[c]].mean(0) for c in usable}
    n_each = max(2, min(QUICK, QUICK_IN_ALL // max(1, len(usable) ** 2)))
    for m in usable:
        few = data.mu[members[m][:n_each]]
        for p in set(usable) - {m}:
            found[p, m], _ = _landed(data, few + means[p] - means[m], data.labels == p)
    return found
