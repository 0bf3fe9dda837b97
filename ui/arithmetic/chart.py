"""The map of the Arithmetic page: groups can be drawn on it, and the sum is drawn over it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import streamlit as st

from ui.arithmetic import choose
from ui.arithmetic.address import MOST
from ui.arithmetic.found import Difference, figure
from ui.arithmetic.groups import Group
from ui.arithmetic.setting import Setting
from ui.exhibit import Exhibit
from ui.frame import is_strip
from ui.keys import Look
from ui.loupe.shapes import DASHED, DOTTED, SOLID, Path, Place, draw
from ui.map_column import CONFIG
from ui.point import Point
from ui.stage import HEIGHT

KEY = "arithmetic_map"
COLOURS = {"plus": "#14693f", "minus": "#a3234a"}
SIGNS = {"plus": "+", "minus": "−"}
WAY = "#222222"
HEAD = 0.022  # length of an arrow's head, of the map's width


def show(setting: Setting, drag: str) -> None:
    """The map itself."""
    exhibit = setting.exhibit
    mode = "pan" if drag == choose.MOVE else "lasso"
    look = Look("class", (), False, st.context.theme.type or "light")
    made = figure(exhibit.batch_key, exhibit.map_key, look, None, HEIGHT, mode)
    n_dots = sum(len(trace.x) for trace in made.data)
    st.plotly_chart(
        made, key=KEY, config=CONFIG, on_select=lambda: choose.on_drawn(KEY, exhibit),
        selection_mode=("box", "lasso"),
        alt=f"Map of {n_dots:,} held-out images in latent space, coloured by class; over it the "
        "mean of each group, and the way of the sum. The fields below it choose a start without a "
        "mouse.",
    )  # fmt: skip


def draw_sum(setting: Setting, found: Difference | None, start: Point, end: npt.ArrayLike) -> None:
    """Over the map: outlines of the groups, their means, the vector, and the way of the sum."""
    exhibit = setting.exhibit
    paths = [
        Path(_closed(group), COLOURS[side], DASHED)
        for side, group in (("plus", setting.plus), ("minus", setting.minus))
        if group.kind != "class"
    ]
    places: list[Place] = []
    if found is not None:
        means = {side: getattr(found.vector, side) for side in SIGNS}
        xy = {side: _xy(exhibit, mean, 0.0) for side, mean in means.items()}
        paths += _arrow(exhibit, xy["minus"], xy["plus"], COLOURS["plus"], SOLID)
        places += [Place(*xy[side], SIGNS[side], COLOURS[side]) for side in SIGNS]
        height = start.xy[1]
        far = [start.z + times * found.vector.vector for times in (-MOST, MOST)]
        paths.append(Path([_xy(exhibit, z, height) for z in far], WAY, DOTTED))
        tip = _xy(exhibit, np.asarray(end), height)
        paths += _arrow(exhibit, start.xy, tip, WAY, SOLID)
    draw(KEY, key="arithmetic_shapes", paths=paths, places=places)


def shadow(exhibit: Exhibit, found: Difference) -> str:
    """How much of the vector the map shows; "" where it shows all."""
    n_dims = len(found.vector.plus)
    if n_dims <= 2:
        return ""
    vector = found.vector.vector
    share = float(np.linalg.norm(exhibit.fitted.axes @ vector)) / max(found.vector.length, 1e-300)
    return (
        f"The map shows 2 of {n_dims} dimensions: its arrows are shadows, and {share:.0%} of the "
        "vector's length can be seen."
    )


def _xy(exhibit: Exhibit, z: npt.NDArray[np.float64], height: float) -> tuple[float, float]:
    """Where a code stands; on a strip at this height."""
    x, y = exhibit.fitted.to_plane(z[None])[0].tolist()
    return x, height if is_strip(exhibit.fitted) else y


def _closed(group: Group) -> npt.NDArray[np.float64]:
    corners = group.outline()
    return np.concatenate([corners, corners[:1]])


def _arrow(
    exhibit: Exhibit, tail: Sequence[float], tip: Sequence[float], colour: str, dash: str
) -> list[Path]:
    """A line with a head; one that is too short for a head has none."""
    a, b = np.asarray(tail, np.float64), np.asarray(tip, np.float64)
    length = float(np.linalg.norm(b - a))
    left, right, *_ = exhibit.fitted.extent
    size = HEAD * (right - left)
    shaft = Path([a, b], colour, dash)
    if length < 1.5 * size or is_strip(exhibit.fitted):  # axes of a strip have unlike scales
        return [shaft]
    along = (b - a) / length * size
    across = np.array([-along[1], along[0]]) * 0.7
    return [shaft, Path([b - along + across, b, b - along - across], colour, SOLID)]
