"""The nearest of some points, where those that ask are among them."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy.spatial import KDTree


def nearest_others(
    tree: KDTree, points: npt.ArrayLike, own: npt.ArrayLike, k: int
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.intp]]:
    """The k nearest members of a tree to each of M points, but for the point itself.

    Args:
        tree: Of N members.
        points: Shape (M, D).
        own: Which member each point is, shape (M,); -1 for one that is none.
        k: At least 1, below N.

    Returns:
        Distances and numbers of the members, the nearest first, shape (M, k) each.
    """
    distances, members = map(np.asarray, tree.query(points, k + 1))
    is_own = members == np.asarray(own)[:, None]
    # Not among the nearest, behind others at the same place, say: the farthest is left out.
    is_own[~is_own.any(axis=1), -1] = True
    shape = (len(members), k)
    return distances[~is_own].reshape(shape), members[~is_own].reshape(shape).astype(np.intp)
