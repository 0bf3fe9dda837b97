"""Where the numbers of dots on a chart go: close by, and over nothing that is to be seen."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
import numpy.typing as npt

NEAR, RADII = 16.0, (16.0, 24.0, 34.0, 46.0, 60.0)  # pixels from the middle of a dot to its number
TURNS = np.radians([0, 180, 90, 270, 30, 330, 150, 210, 60, 300, 120, 240])
HALF = np.array([9.0, 8.0])  # pixels: half of a number's box, of two digits
DOT, STEP = 8.0, 5.0  # pixels: half of a dot with its rim; between two points of a line
OVER_DOT, OVER_NUMBER, ACROSS, ON_LINE, OUTSIDE, FARTHER = 100.0, 100.0, 50.0, 40.0, 50.0, 0.2
DOUBTFUL, ORDERS = 30.0, 72  # cost; orders that are tried, the fewer the more dots
ALONG = np.linspace(0, 1, 16)  # of the way from a dot to its number
FloatArray = npt.NDArray[np.float64]
Line = tuple[tuple[float, float], tuple[float, float]]


def place(dots: FloatArray, lines: Sequence[Line], size: tuple[float, float]) -> FloatArray:
    """From the middle of each dot to that of its number, pixels, shape (N, 2).

    One dot after the other chooses the cheapest place that is left, twice; of a few orders in
    which they may do so, the one that costs least in all is taken.

    Args:
        dots: Their middles, pixels from the lower left corner, shape (N, 2).
        lines: That no number shall lie on, by their ends.
        size: Width and height of the chart.
    """
    if not len(dots):
        return np.empty((0, 2))
    return _placed(tuple((float(x), float(y)) for x, y in dots), tuple(lines), size)


@lru_cache(maxsize=32)  # a page draws the same chart again and again
def _placed(
    places: tuple[tuple[float, float], ...], lines: tuple[Line, ...], size: tuple[float, float]
) -> FloatArray:
    dots = np.array(places)
    drawn = np.concatenate([np.empty((0, 2)), *(_points(*line) for line in lines)])
    generator = np.random.default_rng(0)
    orders = [generator.permutation(len(dots)).tolist() for _ in range(max(1, ORDERS // len(dots)))]
    tried = [_in_order(order, dots, drawn, size) for order in orders]
    best = min(tried, key=lambda found: round(found[0], 6))[1]
    best.setflags(write=False)
    return best


def _in_order(
    order: list[int], dots: FloatArray, drawn: FloatArray, size: tuple[float, float]
) -> tuple[float, FloatArray]:
    """What all places cost, and the places."""
    around, chosen = _candidates(), np.full((len(dots), 2), np.nan)
    paid = np.zeros(len(dots))
    for i in order * 2:
        chosen[i] = np.nan
        has = np.flatnonzero(np.isfinite(chosen[:, 0]))
        ways = [_points(dots[j], dots[j] + chosen[j]) for j in has if needs_line(chosen[j])]
        costs = _costs(
            dots[i], around, np.delete(dots, i, axis=0), dots[has] + chosen[has],
            np.concatenate([drawn, *ways]), size,
        )  # fmt: skip
        best = int(np.argmin(np.round(costs, 6)))
        chosen[i], paid[i] = around[best], costs[best]
    return float(paid.sum()), chosen


def needs_line(offset: FloatArray) -> bool:
    """Whether a number is so far from its dot that a line has to join them."""
    return bool(np.hypot(*offset) > NEAR + 1)


def _candidates() -> FloatArray:
    """Shape (M, 2); the nearest first, and of those the one on the right."""
    around = np.stack([np.cos(TURNS), np.sin(TURNS)], axis=1)
    return np.concatenate([radius * around for radius in RADII])


def _points(start: npt.ArrayLike, end: npt.ArrayLike) -> FloatArray:
    """Along a line, both ends included, shape (n, 2)."""
    a, b = np.asarray(start, np.float64), np.asarray(end, np.float64)
    n = 2 + int(np.hypot(*(b - a)) / STEP)
    return a + np.linspace(0, 1, n)[:, None] * (b - a)


def _costs(
    dot: FloatArray, around: FloatArray, others: FloatArray, placed: FloatArray, ink: FloatArray,
    size: tuple[float, float],
) -> FloatArray:  # fmt: skip
    """Of each place for a dot's number: what it, and the line to it, would lie on; shape (M,)."""
    at, far = dot + around, np.hypot(*around.T)
    nearest = np.linalg.norm(at[:, None] - others, axis=2).min(axis=1, initial=np.inf)
    ways = dot + around[:, None] * ALONG[:, None]
    is_joined = far > NEAR + 1
    crossed = _covered(ways, others, np.full(2, DOT)) + _covered(ways, placed, HALF)
    costs: FloatArray = (
        FARTHER * far
        + OVER_DOT * _covered(at, others, HALF + DOT)
        + OVER_NUMBER * _covered(at, placed, 2 * HALF)
        + ON_LINE * (_covered(at, ink, HALF) > 0)
        + DOUBTFUL * (nearest < far + 2)  # it would pass for another dot's
        + OUTSIDE * ((at < HALF) | (at > np.array(size) - HALF)).any(axis=1)
        + ACROSS * (is_joined & (crossed > 0).any(axis=1))
    )
    return costs


def _covered(middles: FloatArray, points: FloatArray, half: FloatArray) -> npt.NDArray[np.int64]:
    """How many points lie in a box around each place, shape of `middles` without its last axis."""
    found: npt.NDArray[np.int64] = (
        (np.abs(middles[..., None, :] - points) < half).all(axis=-1).sum(axis=-1)
    )
    return found
