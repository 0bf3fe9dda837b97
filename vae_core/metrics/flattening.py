"""What a flat map does to codes of many dimensions: who looks near on it, and is not."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.spatial import KDTree
from torch import Tensor

from vae_core.codes import require_codes
from vae_core.errors import ConfigError
from vae_core.metrics.neighbours import nearest_others
from vae_core.projection import Plane

CLOSE = 0.005  # of the map's width: two dots that are drawn on one another
MOST = 2000  # codes that are looked through
NEIGHBOURS = 15


@dataclass(frozen=True)
class FalseFriends:
    """Two codes that a map draws on one another, though they are far apart.

    Attributes:
        first: Index of one code.
        second: Of the other.
        on_map: Their distance on the map, latent units.
        in_code: Their distance in all dimensions, latent units; never less.
    """

    first: int
    second: int
    on_map: float
    in_code: float


def false_friends(plane: Plane, z: Tensor | npt.ArrayLike) -> FalseFriends:
    """Of all pairs of codes that lie close together on a map, the one that is furthest apart.

    Args:
        plane: The map. Close is half a percent of its width, or, if no two codes are so close,
            the least doubling of that within which two are.
        z: Codes, shape (N, D); the first 2,000 are looked through.

    Raises:
        ConfigError: Fewer than two codes.
    """
    codes = require_codes(z, len(plane.mean))[:MOST]
    if len(codes) < 2:
        raise ConfigError(f"Two codes are needed to be near each other, not {len(codes)}.")
    places = plane.to_plane(codes)
    left, right, *_ = plane.extent
    close, tree = CLOSE * (right - left), KDTree(places)
    while not len(pairs := tree.query_pairs(close, output_type="ndarray")):
        close *= 2
    first, second = pairs.T
    apart = np.linalg.norm(codes[first] - codes[second], axis=1)
    worst = int(apart.argmax())
    a, b = int(first[worst]), int(second[worst])
    on_map = float(np.linalg.norm(places[a] - places[b]))
    return FalseFriends(a, b, on_map, float(apart[worst]))


def true_neighbours(plane: Plane, z: Tensor | npt.ArrayLike, k: int = NEIGHBOURS) -> float:
    """Share of codes whose nearest one on a map is among their k nearest in all dimensions.

    Args:
        plane: The map.
        z: Codes, shape (N, D); the first 2,000 are judged.
        k: How many count as near.

    Returns:
        From 0 to 1; 1 for a map that hides nothing.

    Raises:
        ConfigError: Fewer than two codes.
    """
    codes = require_codes(z, len(plane.mean))[:MOST]
    if len(codes) < 2:
        raise ConfigError(f"Two codes are needed to be near each other, not {len(codes)}.")
    k = min(k, len(codes) - 1)
    places = plane.to_plane(codes)
    own = np.arange(len(codes))
    on_map = nearest_others(KDTree(places), places, own, 1)[1][:, 0]
    # By distance, not by number: codes that are equal are all as near.
    apart = np.linalg.norm(codes - codes[on_map], axis=1)
    far = nearest_others(KDTree(codes), codes, own, k)[0][:, -1]
    return float((apart <= far + 1e-9).mean())
