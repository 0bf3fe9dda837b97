"""Geodesics: the paths between two codes along which the decoded picture changes least.

The length of a path is how far its picture travels: the root of summed squared pixel change,
summed along it. That is its length under the decoder's pull-back metric J^T J (Arvanitidis et al.
2018). A first way is sought on a grid, which knows the detours around hills, and is then drawn
tight like a string. Where the decoder draws the same picture everywhere, as far from all data, a
path costs nothing: the shortest way may lead there.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from scipy.sparse import coo_array, csr_array
from scipy.sparse.csgraph import dijkstra
from torch import Tensor

from vae_core.errors import ConfigError

FloatArray = npt.NDArray[np.float64]
Picture = Callable[[Tensor], Tensor]  # codes (N, D), float32, to images, (N, ...)
Extent = tuple[float, float, float, float]
# To the neighbours of a node, one of each pair of opposites: 16 directions in all.
MOVES = ((0, 1), (1, 0), (1, 1), (1, -1), (1, 2), (2, 1), (1, -2), (2, -1))
N_KNOTS = 20  # pieces of the string
N_PIECES = 100  # that lengths are summed over
N_TIGHTENINGS = 40  # at most
BATCH = 1024


@dataclass(frozen=True, eq=False)
class Grid:
    """Codes of a two-dimensional latent space on a grid, and how far apart their pictures are.

    Attributes:
        nodes_x: Their first coordinates, shape (columns,), ascending.
        nodes_y: Their second ones, shape (rows,), ascending.
        edges: Image distances of neighbours, shape (rows * columns, rows * columns).
    """

    nodes_x: FloatArray
    nodes_y: FloatArray
    edges: csr_array

    def way(self, a: FloatArray, b: FloatArray) -> FloatArray:
        """The shortest way along the grid, (K, 2), between the nodes nearest to two codes."""
        start, goal = self._nearest(a), self._nearest(b)
        # Annotations of scipy know dijkstra without predecessors only.
        search: Any = dijkstra
        _, before = search(self.edges, directed=False, indices=start, return_predecessors=True)
        found = [goal]
        while found[-1] != start:
            found.append(int(before[found[-1]]))
        rows, columns = np.divmod(np.array(found[::-1]), len(self.nodes_x))
        return np.stack([self.nodes_x[columns], self.nodes_y[rows]], axis=1)

    def _nearest(self, code: FloatArray) -> int:
        column = int(np.abs(self.nodes_x - code[0]).argmin())
        row = int(np.abs(self.nodes_y - code[1]).argmin())
        return row * len(self.nodes_x) + column


def image_grid(picture: Picture, extent: Extent, n: int = 80) -> Grid:
    """Measure a grid of n x n codes over (left, right, bottom, top)."""
    left, right, bottom, top = extent
    nodes_x, nodes_y = np.linspace(left, right, n), np.linspace(bottom, top, n)
    codes = np.stack(np.meshgrid(nodes_x, nodes_y), axis=-1).reshape(-1, 2)
    images = _pictures(picture, codes).reshape(n, n, -1)
    numbers = np.arange(n * n).reshape(n, n)
    sources, targets, lengths = [], [], []
    for down, across in MOVES:
        rows, more_rows = slice(0, n - down), slice(down, n)
        columns = slice(max(0, -across), n - max(0, across))
        more_columns = slice(max(0, across), n + min(0, across))
        sources.append(numbers[rows, columns].ravel())
        targets.append(numbers[more_rows, more_columns].ravel())
        step = images[more_rows, more_columns] - images[rows, columns]
        lengths.append(step.norm(dim=-1).double().ravel().numpy())
    # A length of zero would be no edge at all.
    weights = np.maximum(np.concatenate(lengths), np.finfo(np.float64).tiny)
    places = (np.concatenate(sources), np.concatenate(targets))
    return Grid(nodes_x, nodes_y, coo_array((weights, places), shape=(n * n, n * n)).tocsr())


def geodesic(
    picture: Picture, a: npt.ArrayLike, b: npt.ArrayLike, grid: Grid | None = None
) -> FloatArray:
    """The shortest path found from code `a` to code `b`, shape (D,).

    Args:
        picture: Draws codes, with a gradient.
        a: First code.
        b: Last code.
        grid: Of the same latent space, if it has two dimensions; else the search starts from the
            straight line alone.

    Returns:
        Codes, shape (N_KNOTS + 1, D), at equal steps of the picture; the ends exactly as given.
        Never longer than the straight line, which it may be.

    Raises:
        ConfigError: The codes are not finite, or not of one space.
    """
    first, last = np.asarray(a, dtype=np.float64), np.asarray(b, dtype=np.float64)
    if first.shape != last.shape or first.ndim != 1 or not np.isfinite([first, last]).all():
        raise ConfigError("A path leads from one finite code to another of the same space.")
    straight = along(np.stack([first, last]), np.linspace(0, 1, N_KNOTS + 1))
    ways = [straight]
    if grid is not None:
        ways.append(np.concatenate([first[None], grid.way(first, last), last[None]]))
    tight = [_tightened(picture, equal_steps(picture, way)) for way in ways]
    return min((straight, *tight), key=lambda way: length(picture, way))


def length(picture: Picture, path: npt.ArrayLike) -> float:
    """How far the picture travels along a path, straight between its codes, shape (K, D)."""
    return float(distances(picture, path).sum())


def distances(picture: Picture, path: npt.ArrayLike, n: int = N_PIECES) -> FloatArray:
    """Image change over each of n pieces of a path of equal latent length, shape (n,)."""
    images = _pictures(picture, along(path, np.linspace(0, 1, n + 1))).flatten(1).double()
    steps: FloatArray = images.diff(dim=0).norm(dim=1).numpy()
    return steps


def along(path: npt.ArrayLike, shares: npt.ArrayLike) -> FloatArray:
    """Codes at shares, 0 to 1, of the latent length of a path of straight pieces, (K, D)."""
    codes = np.asarray(path, dtype=np.float64)
    pieces = np.linalg.norm(np.diff(codes, axis=0), axis=1)
    at = np.concatenate([[0.0], np.cumsum(pieces)])
    wanted = np.asarray(shares, dtype=np.float64) * at[-1]
    found = np.stack([np.interp(wanted, at, column) for column in codes.T], axis=1)
    found[np.asarray(shares) == 0], found[np.asarray(shares) == 1] = codes[0], codes[-1]
    return found


def equal_steps(picture: Picture, path: npt.ArrayLike, n: int = N_KNOTS) -> FloatArray:
    """Codes of a path, (n + 1, D), between which the picture changes by the same amount."""
    changed = np.concatenate([[0.0], np.cumsum(distances(picture, path))])
    if changed[-1] == 0:  # the picture stands still
        return along(path, np.linspace(0, 1, n + 1))
    shares = np.interp(np.linspace(0, changed[-1], n + 1), changed, np.linspace(0, 1, len(changed)))
    return along(path, shares)


def _tightened(picture: Picture, path: FloatArray) -> FloatArray:
    """Less energy, the sum of squared image changes, whose least is a geodesic at even speed."""
    ends = torch.tensor(path[[0, -1]], dtype=torch.float32)
    inner = torch.tensor(path[1:-1], dtype=torch.float32, requires_grad=True)
    optimizer = torch.optim.LBFGS([inner], max_iter=N_TIGHTENINGS, line_search_fn="strong_wolfe")

    def energy() -> Tensor:
        optimizer.zero_grad()
        images = picture(torch.cat([ends[:1], inner, ends[1:]])).flatten(1)
        found = images.diff(dim=0).square().sum()
        found.backward()
        return found

    optimizer.step(energy)
    codes = path.copy()
    codes[1:-1] = inner.detach().double().numpy()
    return codes if np.isfinite(codes).all() else path


@torch.no_grad()
def _pictures(picture: Picture, codes: FloatArray) -> Tensor:
    batches = torch.from_numpy(codes).float().split(BATCH)
    return torch.cat([picture(batch) for batch in batches])
