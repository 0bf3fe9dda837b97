"""Clouds of points in three dimensions that need fewer numbers than three."""

from __future__ import annotations

from typing import Literal, get_args

import numpy as np
import numpy.typing as npt

from vae_core.errors import ConfigError

FloatArray = npt.NDArray[np.float64]
Toy = Literal["circle", "roll", "ball"]
DIMENSION: dict[Toy, int] = {"circle": 1, "roll": 2, "ball": 3}
TURNS = 1.5  # of the roll


def toy_cloud(shape: Toy, n: int, noise: float = 0.0, seed: int = 0) -> FloatArray:
    """Draw n points, shape (n, 3), evenly from a shape of about one unit across.

    Args:
        shape: "circle": a closed line. "roll": a sheet, rolled up. "ball": all within a sphere.
        n: Points.
        noise: Standard deviation of what is added along each of the three axes, units.
        seed: Of the points and the noise; the same points for every noise.

    Raises:
        ConfigError: No such shape, no points, or noise below zero.
    """
    if shape not in get_args(Toy):
        raise ConfigError(f"Unknown shape {shape!r}; choose {', '.join(get_args(Toy))}.")
    if n < 1 or not (np.isfinite(noise) and noise >= 0):
        raise ConfigError("A cloud needs at least one point, and noise of zero or more.")
    generator = np.random.default_rng(seed)
    points = _DRAW[shape](n, generator)
    return points + noise * generator.normal(size=points.shape)


def ball(n: int, n_dims: int, seed: int = 0) -> FloatArray:
    """Draw n points evenly from the unit ball of so many dimensions, shape (n, n_dims)."""
    return _ball(n, np.random.default_rng(seed), n_dims)


def _ball(n: int, generator: np.random.Generator, n_dims: int = 3) -> FloatArray:
    direction = generator.normal(size=(n, n_dims))
    direction /= np.linalg.norm(direction, axis=1, keepdims=True)
    found: FloatArray = direction * generator.uniform(size=(n, 1)) ** (1 / n_dims)
    return found


def _circle(n: int, generator: np.random.Generator) -> FloatArray:
    angle = generator.uniform(0, 2 * np.pi, n)
    return np.stack([np.cos(angle), np.sin(angle), np.zeros(n)], axis=1)


def _roll(n: int, generator: np.random.Generator) -> FloatArray:
    """An Archimedean spiral, drawn out along the third axis; even in area."""
    # Its arc length grows nearly with the square of the angle.
    low, high = (2 * np.pi * turns for turns in (0.25, 0.25 + TURNS))
    angle = np.sqrt(generator.uniform(low**2, high**2, n))
    across = angle / high
    height = generator.uniform(-1, 1, n)
    return np.stack([across * np.cos(angle), across * np.sin(angle), height], axis=1)


_DRAW = {"circle": _circle, "roll": _roll, "ball": _ball}
