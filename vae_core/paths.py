"""Ways between two codes: straight, around a circle or geodesic; on beyond their ends; in steps.

A way is a line of straight pieces, shape (K, D), from code `a` to code `b`. A walk takes steps
along it, equal in latent length or in how far the picture changes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
import numpy.typing as npt

from vae_core.errors import ConfigError
from vae_core.geodesics import Grid, Picture, along, equal_steps, geodesic

FloatArray = npt.NDArray[np.float64]
Kind = Literal["straight", "spherical", "geodesic"]
Even = Literal["code", "image"]
N_ARC = 64  # straight pieces of a circle's arc


def spherical(first: FloatArray, last: FloatArray, t: npt.ArrayLike) -> FloatArray:
    """Codes on the great circle at shares t, shape (N,), of the way; (N, D) (Shoemake 1985).

    The length of the code grows evenly from one end's to the other's; beyond them the circle
    goes on with the end's own. Straight for parallel, opposite or zero codes.
    """
    shares = np.asarray(t, dtype=np.float64)[:, None]
    norms = float(np.linalg.norm(first)), float(np.linalg.norm(last))
    cosine = np.clip(first @ last / max(norms[0] * norms[1], 1e-12), -1, 1)
    angle = np.arccos(cosine)
    if np.sin(angle) <= 1e-6 or min(norms) == 0:
        straight: FloatArray = (1 - shares) * first + shares * last
        return straight
    ends = first / norms[0], last / norms[1]
    path = np.sin((1 - shares) * angle) * ends[0] + np.sin(shares * angle) * ends[1]
    lengths = norms[0] + np.clip(shares, 0, 1) * (norms[1] - norms[0])
    curved: FloatArray = path / np.sin(angle) * lengths
    return curved


def way(
    picture: Picture, a: npt.ArrayLike, b: npt.ArrayLike, kind: Kind, grid: Grid | None = None
) -> FloatArray:
    """The way from code `a` to code `b`, both of shape (D,), that are its exact ends.

    Args:
        picture: Draws codes; only a geodesic needs it.
        a: First code.
        b: Last code.
        kind: Which way.
        grid: For a geodesic in two dimensions, see `geodesics.geodesic`.

    Raises:
        ConfigError: No such way, or codes that are not finite or not of one space.
    """
    first, last = np.asarray(a, dtype=np.float64), np.asarray(b, dtype=np.float64)
    if kind not in get_args(Kind):
        raise ConfigError(f"Unknown path {kind!r}; choose straight, spherical or geodesic.")
    if first.shape != last.shape or first.ndim != 1 or not np.isfinite([first, last]).all():
        raise ConfigError("A path leads from one finite code to another of the same space.")
    if kind == "geodesic":
        return geodesic(picture, first, last, grid)
    if kind == "straight":
        return np.stack([first, last])
    arc = spherical(first, last, np.linspace(0, 1, N_ARC + 1))
    arc[0], arc[-1] = first, last
    return arc


def beyond(found: FloatArray, kind: Kind, share: float) -> tuple[FloatArray, FloatArray]:
    """How a way goes on before its first code and after its last one, each from there outwards.

    Args:
        found: From `way`.
        kind: Its kind. A circle goes on around; the others straight on, as they arrive.
        share: Of the way's latent length (of a circle's angle).

    Returns:
        Two lines of straight pieces, (K, D); of a single place where the way has no direction.
    """
    first, last = found[0], found[-1]
    if kind == "spherical":
        steps = np.linspace(0, share, N_ARC + 1)
        before, after = spherical(first, last, -steps), spherical(first, last, 1 + steps)
        before[0], after[0] = first, last
        return before, after
    reach = share * float(np.linalg.norm(np.diff(found, axis=0), axis=1).sum())
    return _straight_on(found[::-1], reach), _straight_on(found, reach)


def _straight_on(found: FloatArray, reach: float) -> FloatArray:
    """From the last code on in the direction of the last piece that has one, (2, D)."""
    pieces = np.diff(found, axis=0)
    lengths = np.linalg.norm(pieces, axis=1)
    moving = np.flatnonzero(lengths > 0)
    if not len(moving):
        return np.stack([found[-1], found[-1]])
    direction = pieces[moving[-1]] / lengths[moving[-1]]
    return np.stack([found[-1], found[-1] + reach * direction])


@dataclass(frozen=True, eq=False)
class Walk:
    """Codes along a way and perhaps beyond its ends, (N, D).

    Attributes:
        codes: One for each frame.
        first: Index of the way's first code, which is among them exactly.
        last: Of its last one.
        between: Frames from one step to the next; every so many is a step.
    """

    codes: FloatArray
    first: int
    last: int
    between: int


def walk(
    picture: Picture,
    found: FloatArray,
    kind: Kind,
    *,
    steps: int,
    even: Even = "code",
    over: float = 0.0,
    between: int = 1,
) -> Walk:
    """Take steps along a way.

    Args:
        picture: Draws codes; says what equal steps of the picture are.
        found: From `way`.
        kind: Its kind.
        steps: From its first to its last code, both included; at least 2.
        even: What is equal between two of them: latent length of the "code", or the change of
            the "image". Beyond the ends steps are equal too, on each side by itself.
        over: How far to go on beyond both ends, as a share of the way, 0 to 1.
        between: Frames for each step.

    Raises:
        ConfigError: Too few steps, or a share that is none.
    """
    if steps < 2 or between < 1:
        raise ConfigError(f"A path needs at least 2 steps, not {steps}.")
    if not 0 <= over <= 1:
        raise ConfigError(f"Beyond the ends is a share from 0 to 1 of the path, not {over}.")
    if even not in get_args(Even):
        raise ConfigError(f"Steps are equal in code or image, not in {even!r}.")

    def cut(line: FloatArray, n: int) -> FloatArray:
        if even == "image":
            return equal_steps(picture, line, n)
        return along(line, np.linspace(0, 1, n + 1))

    inner = cut(found, (steps - 1) * between)
    inner[0], inner[-1] = found[0], found[-1]
    n_beyond = int(np.ceil(over * (steps - 1) - 1e-9)) * between
    if not n_beyond:
        return Walk(inner, 0, len(inner) - 1, between)
    before, after = (cut(line, n_beyond)[1:] for line in beyond(found, kind, over))
    codes = np.concatenate([before[::-1], inner, after])
    return Walk(codes, n_beyond, n_beyond + len(inner) - 1, between)
