"""Geodesics: the paths between two codes along which the decoded picture changes least.

The length of a path is how far its picture travels: the root of summed squared pixel change,
summed along it. That is its length under the decoder's pull-back metric J^T J (Arvanitidis et al.
2018). A first way is sought on a grid, which knows the detours around hills, and is then drawn
tight like a string. Where the decoder draws the same picture everywhere, as far from all data, a
path costs nothing: the shortest way may lead there.
"""

from __future__ import annotations

from collections import deque
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
REACH = 2  # rows that a move leads down, at most
N_KNOTS = 20  # pieces of the string
N_PIECES = 100  # that lengths are summed over
N_FIRST, N_TIGHTENINGS = 8, 32  # of every string, and of the one that promises most, at most
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
        """The shortest way along the grid, (K, 2), between the nodes nearest to two codes.

        Without any node where there is none, since pictures between them are no numbers.
        """
        start, goal = self._nearest(a), self._nearest(b)
        # Annotations of scipy know dijkstra without predecessors only.
        search: Any = dijkstra
        _, before = search(self.edges, directed=False, indices=start, return_predecessors=True)
        if goal != start and before[goal] < 0:
            return np.empty((0, 2))
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
    codes = np.stack(np.meshgrid(nodes_x, nodes_y), axis=-1)
    # From each node by each move; no number where it leads out, or pictures are none.
    lengths = np.full((len(MOVES), n, n), np.nan)
    rows: deque[Tensor] = deque(maxlen=REACH + 1)  # all pictures at once may be a gigabyte
    for last in range(n):
        rows.append(_pictures(picture, codes[last]).flatten(1))
        for move, (down, across) in enumerate(MOVES):
            if down > last:
                continue
            columns = slice(max(0, -across), n - max(0, across))
            more_columns = slice(max(0, across), n + min(0, across))
            step = rows[-1][more_columns] - rows[-1 - down][columns]
            lengths[move, last - down, columns] = step.norm(dim=-1).double().numpy()
    moves, row, column = np.nonzero(np.isfinite(lengths))
    goal_row, goal_column = row + np.array(MOVES)[moves, 0], column + np.array(MOVES)[moves, 1]
    places = row * n + column, goal_row * n + goal_column
    # A length of zero would be no edge at all.
    weights = np.maximum(lengths[moves, row, column], np.finfo(np.float64).tiny)
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
        Codes, shape (N_KNOTS + 1, D), at equal steps of the picture, as far as so few straight
        pieces allow; the ends exactly as given. Never longer than the straight line, which it may
        be.

    Raises:
        ConfigError: The codes are not finite, or not of one space, or the pictures come without a
            gradient.
    """
    first, last = np.asarray(a, dtype=np.float64), np.asarray(b, dtype=np.float64)
    if first.shape != last.shape or first.ndim != 1 or not np.isfinite([first, last]).all():
        raise ConfigError("A path leads from one finite code to another of the same space.")
    straight = along(np.stack([first, last]), np.linspace(0, 1, N_KNOTS + 1))
    ways = [straight]
    if grid is not None:
        ways.append(np.concatenate([first[None], grid.way(first, last), last[None]]))
    strings = [_String(picture, equal_steps(picture, way)) for way in ways]
    for string in strings:
        string.tighten(N_FIRST)
    best = min(strings, key=lambda string: string.energy)
    # The few knots of a string gather where the picture changes little, and cut corners elsewhere.
    strings.append(_String(picture, equal_steps(picture, best.codes)))
    strings[-1].tighten(N_TIGHTENINGS - N_FIRST)
    found = [equal_steps(picture, way) for way in (straight, *(each.codes for each in strings))]
    return min(found, key=lambda way: length(picture, way))


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
    if changed[-1] == 0 or not np.isfinite(changed[-1]):  # it stands still, or is no picture
        return along(path, np.linspace(0, 1, n + 1))
    shares = np.interp(np.linspace(0, changed[-1], n + 1), changed, np.linspace(0, 1, len(changed)))
    return along(path, shares)


class _String:
    """A path drawn tight: less energy, whose least is a geodesic at even speed.

    Attributes:
        energy: Sum of the squared image changes between its codes; infinite before it is drawn.
    """

    def __init__(self, picture: Picture, path: FloatArray) -> None:
        self.energy = float("inf")
        self._picture, self._path = picture, path
        self._ends = torch.tensor(path[[0, -1]], dtype=torch.float32)
        self._inner = torch.tensor(path[1:-1], dtype=torch.float32, requires_grad=True)
        self._optimizer = torch.optim.LBFGS([self._inner], line_search_fn="strong_wolfe")

    def tighten(self, n: int) -> None:
        """Take up to n steps more."""
        group = self._optimizer.param_groups[0]
        group["max_iter"], group["max_eval"] = n, n * 5 // 4
        self._optimizer.step(self._measure)
        with torch.no_grad():
            self.energy = float(self._energy())

    @property
    def codes(self) -> FloatArray:
        """As it is now, (K, D), the ends as they were."""
        codes = self._path.copy()
        codes[1:-1] = self._inner.detach().double().numpy()
        return codes if np.isfinite(codes).all() else self._path

    def _energy(self) -> Tensor:
        codes = torch.cat([self._ends[:1], self._inner, self._ends[1:]])
        return self._picture(codes).flatten(1).diff(dim=0).square().sum()

    def _measure(self) -> float:
        found = self._energy()
        if not found.requires_grad:
            raise ConfigError(
                "A geodesic follows the decoder's gradient, and this one has none: let it decode "
                "without torch.no_grad, or take a linear path."
            )
        # Of the codes alone: the network is everybody's, and its own gradients cost half the time.
        (self._inner.grad,) = torch.autograd.grad(found, self._inner)
        return float(found.detach())


@torch.no_grad()
def _pictures(picture: Picture, codes: FloatArray) -> Tensor:
    batches = torch.from_numpy(codes).float().split(BATCH)
    return torch.cat([picture(batch).cpu() for batch in batches])
