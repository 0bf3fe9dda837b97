"""The frame of a map: its axes, what it shows at first, and where codes stand in it."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from vae_core.projection import Plane

STRIP_RANGE = (-1.0, 1.0)  # of the meaningless vertical axis of a one-dimensional map
Ranges = tuple[tuple[float, float], tuple[float, float]]


def is_strip(fitted: Plane) -> bool:
    """Whether the map has one axis only."""
    return len(fitted.mean) == 1


def place_on_map(
    fitted: Plane, z: npt.NDArray[np.floating[Any]], indices: npt.NDArray[np.int64]
) -> npt.NDArray[np.float64]:
    """Map coordinates of codes; on a strip the height is a spread by index, for legibility."""
    xy = fitted.to_plane(z)
    if is_strip(fitted):
        golden = (5**0.5 - 1) / 2  # successive multiples spread evenly over [0, 1)
        xy[:, 1] = 0.8 * (2 * (np.asarray(indices) * golden % 1) - 1)
    return xy


def visible_ranges(fitted: Plane) -> Ranges:
    """What the map shows before anyone zooms."""
    left, right, bottom, top = fitted.extent
    return (left, right), STRIP_RANGE if is_strip(fitted) else (bottom, top)


def axis_titles(fitted: Plane, kind: str) -> tuple[str, str]:
    """Of the horizontal and the vertical axis; "" for one that means nothing."""
    unit = "latent units" + (", prior σ = 1" if kind == "vae" else "")
    if is_strip(fitted):
        return f"z1 ({unit})", ""
    x, y = (
        f"{name} ({unit}) · {fitted.explained_variance[component]:.0%} of variance"
        for name, component in zip(fitted.names, fitted.components, strict=True)
    )
    return x, y
