"""How many numbers it takes to say where a point is among its neighbours: intrinsic dimension.

Images have hundreds of pixels, but those of one kind vary in far fewer ways. Both estimators look
at how fast neighbours get further away: in d dimensions a ball of twice the radius holds 2^d
times as many. The answer depends on how many points there are and how many neighbours are asked:
few points see only the coarse shape, and near its border every estimate is too small.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
from scipy.spatial import KDTree
from torch import Tensor

from vae_core.errors import ConfigError

FloatArray = npt.NDArray[np.float64]
Method = Literal["twonn", "mle"]
NEIGHBOURS = 20  # of "mle"; the range that its authors average over begins at 10
FEWEST = 20  # different points, below which an estimate says nothing
KEPT = 0.9  # of the ratios, the smallest: the rest are outliers to the straight line
LOW = 8  # dimensions up to which a tree finds neighbours faster than all distances do
PARTS, SEED = 8, 0  # random ones that are left out one by one, for the error


@dataclass(frozen=True)
class Dimension:
    """An estimate of intrinsic dimension; a bare number, from 0.

    Attributes:
        value: The estimate.
        error: Its standard error, of another sample of as many points: a jackknife that leaves
            out one eighth of the points at a time, their neighbours kept. It says nothing of the
            bias, which the number of points decides.
        n: Different points it was estimated from.
        k: Neighbours of each point that were looked at; 2 for "twonn".
        method: By which.
    """

    value: float
    error: float | None
    n: int
    k: int
    method: Method


def intrinsic_dimension(
    x: Tensor | npt.ArrayLike, method: Method = "twonn", k: int = NEIGHBOURS
) -> Dimension:
    """Estimate the intrinsic dimension of N points, such as images or codes.

    Points that are there twice count once: between them is no distance to learn from.

    Args:
        x: Shape (N, ...); all but the first axis are one point's numbers. 10,000 MNIST images
            take some seconds, and the time grows with the square of N.
        method: "twonn" from the two nearest neighbours (Facco et al. 2017), or "mle" from the k
            nearest (Levina & Bickel 2005, averaged as MacKay & Ghahramani 2005 say).
        k: For "mle", from 3; more neighbours vary less, and look further away.

    Raises:
        ConfigError: An unknown method, too few points or too many neighbours, numbers that are
            not finite, or points that are all equally far from their neighbours.
    """
    return intrinsic_dimensions(x, [(method, k)])[0]


def intrinsic_dimensions(
    x: Tensor | npt.ArrayLike, asked: Sequence[tuple[Method, int]]
) -> list[Dimension]:
    """Several estimates from one search for neighbours, which is what takes the time.

    Args:
        x: See `intrinsic_dimension`.
        asked: Method and neighbours of each estimate; "twonn" looks at 2, whatever is asked.

    Raises:
        ConfigError: See `intrinsic_dimension`.
    """
    points = _different(x)
    counts = [_neighbours(method, k, len(points)) for method, k in asked]
    distances = nearest_distances(points, max(counts, default=1))
    return [
        _estimated(distances[:, :k], method) for (method, _), k in zip(asked, counts, strict=True)
    ]


def _neighbours(method: Method, k: int, n: int) -> int:
    """How many neighbours of each of n points a method looks at."""
    if method not in ("twonn", "mle"):
        raise ConfigError(f"Unknown method {method!r}; choose twonn or mle.")
    if method == "mle" and not 3 <= k < n:
        raise ConfigError(
            f"The estimate needs from 3 to {n - 1} neighbours of {n} different points, not {k}."
        )
    return 2 if method == "twonn" else k


def _estimated(distances: FloatArray, method: Method) -> Dimension:
    """From the distances of N points to their k nearest, ascending, (N, k)."""
    n, k = distances.shape
    distances = distances[distances[:, 0] > 0]  # nearer than rounding can tell
    estimate: Callable[[FloatArray], float]
    if method == "twonn":
        terms = np.log(distances[:, 1] / distances[:, 0])
        terms = terms[terms > 0]  # equally far: a tie that rounding made, or a grid
        estimate = _slope
    else:
        terms = np.log(distances[:, -1:] / distances[:, :-1]).mean(1)
        estimate = _inverse_mean
    if len(terms) < FEWEST or terms.max() <= 0:
        raise ConfigError(
            "These points are equally far from their nearest neighbours, as on a grid: they have "
            "no dimension that could be estimated."
        )
    return Dimension(estimate(terms), _jackknife(terms, estimate), n, k, method)


def _different(x: Tensor | npt.ArrayLike) -> FloatArray:
    """The points, each once, as rows."""
    given = np.asarray(x)
    if given.ndim < 2 or not given.size:
        raise ConfigError(f"Intrinsic dimension needs points of shape (N, ...), not {given.shape}.")
    rows = given.reshape(len(given), -1)
    if not np.isfinite(rows).all():
        raise ConfigError("Intrinsic dimension needs finite numbers; some are not.")
    _, first = np.unique(rows, axis=0, return_index=True)
    if len(first) < FEWEST:
        raise ConfigError(
            f"Intrinsic dimension needs at least {FEWEST} different points, not {len(first)}."
        )
    return rows[np.sort(first)].astype(np.float64)


def nearest_distances(points: FloatArray, k: int) -> FloatArray:
    """Distance of each of N different points to its k nearest others, ascending, (N, k).

    Memory is bounded: of many dimensions, scikit-learn compares a chunk of points at a time.
    """
    if points.shape[1] <= LOW:
        found = KDTree(points).query(points, k + 1)[0]
    else:
        from sklearn.neighbors import NearestNeighbors  # seconds to import

        # Around their middle, distances by way of a product of matrices lose fewest digits.
        middle = np.round(points.mean(0))  # grey levels stay whole, and their distances exact
        search = NearestNeighbors(n_neighbors=k, algorithm="brute").fit(points - middle)
        return np.asarray(search.kneighbors()[0], dtype=np.float64)
    return np.asarray(found, dtype=np.float64)[:, 1:]


def _slope(log_ratios: FloatArray) -> float:
    """-log(1 - F) = d log(r2 / r1), through zero; F is the share of smaller ratios (Facco 2017)."""
    ratios = np.sort(log_ratios)
    n = len(ratios)
    kept = max(1, int(n * KEPT))
    height = -np.log1p(-np.arange(1, kept + 1) / (n + 1))
    return float(height @ ratios[:kept] / (ratios[:kept] @ ratios[:kept]))


def _inverse_mean(inverses: FloatArray) -> float:
    """The harmonic mean of the points' own estimates, from their inverses (MacKay 2005)."""
    return float(1 / inverses.mean())


def _jackknife(terms: FloatArray, estimate: Callable[[FloatArray], float]) -> float | None:
    """Standard error from leaving out random eighths of the points' terms, one at a time."""
    part = np.random.default_rng(SEED).permutation(len(terms)) % PARTS
    without = [terms[part != left_out] for left_out in range(PARTS)]
    if not all(rest.max() > 0 for rest in without):
        return None
    values = np.array([estimate(rest) for rest in without])
    return float(np.sqrt((PARTS - 1) * np.square(values - values.mean()).mean()))
