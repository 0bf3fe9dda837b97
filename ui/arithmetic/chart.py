"""The map of the Arithmetic page: groups can be drawn on it, and the sum is drawn over it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import streamlit as st

from ui.arithmetic import choose
from ui.arithmetic.equation import MULTIPLES
from ui.arithmetic.found import Difference, figure
from ui.arithmetic.groups import Group
from ui.arithmetic.setting import Setting
from ui.charts import CONFIG
from ui.exhibit import Exhibit
from ui.frame import Ranges, is_strip
from ui.keys import Look
from ui.loupe.shapes import DASHED, Path, Place, draw
from ui.point import Point
from ui.stage import HEIGHT, seen

KEY = "arithmetic_map"
COLOURS = {"plus": "#14693f", "minus": "#a3234a"}
SIGNS = {"plus": "+", "minus": "−"}
WAYS = {"light": "#222222", "dark": "#f4f4f4"}
HEAD = 0.022  # length of an arrow's head, of the map's width


def show(setting: Setting, drag: str) -> None:
    """The map itself."""
    exhibit = setting.exhibit
    mode = "pan" if drag == choose.MOVE else "lasso"
    look = Look("class", (), False, st.context.theme.type or "light")
    zoom = _zoom_for(exhibit.map_key.name, mode)
    made = figure(exhibit.batch_key, exhibit.map_key, look, zoom, HEIGHT, mode)
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
    colour = WAYS[st.context.theme.type or "light"]
    paths = [
        Path(_closed(group), COLOURS[side], DASHED)
        for side, group in (("plus", setting.plus), ("minus", setting.minus))
        if group.kind != "class"
    ]
    places: list[Place] = []
    if found is not None:
        means = {side: getattr(found.vector, side) for side in SIGNS}
        xy = {side: _xy(exhibit, mean, 0.0) for side, mean in means.items()}
        paths += _arrow(exhibit, xy["minus"], xy["plus"], COLOURS["plus"])
        height = start.xy[1]
        way = [_xy(exhibit, start.z + times * found.vector.vector, height) for times in MULTIPLES]
        paths.append(Path(way, colour, DASHED))
        places += [Place(*place, "", colour, small=True) for place in way]
        places += [Place(*xy[side], SIGNS[side], COLOURS[side]) for side in SIGNS]
        tip = _xy(exhibit, np.asarray(end), height)
        paths += _arrow(exhibit, start.xy, tip, colour)
    map_name = exhibit.map_key.name
    draw(KEY, map_name=map_name, key="arithmetic_shapes", paths=paths, places=places)


def keep_zoom() -> None:
    """For the next figure: a changed one starts from its own ranges."""
    st.session_state[f"{KEY}_zoom"] = seen(KEY)


def _zoom_for(map_name: str, mode: str) -> Ranges | None:
    """The zoom a figure is drawn with: as the one before it of the same map was left."""
    before = st.session_state.get(f"{KEY}_drawn")
    if before and before[:2] == (map_name, mode):  # unchanged, it keeps its zoom by itself
        drawn: Ranges | None = before[2]
        return drawn
    zoom: Ranges | None = st.session_state.pop(f"{KEY}_zoom", None) or (before and before[2])
    if not before or before[0] != map_name:
        zoom = None
    st.session_state[f"{KEY}_drawn"] = (map_name, mode, zoom)
    return zoom


def legend(exhibit: Exhibit, found: Difference | None) -> str:
    """What is drawn over the map, and how much of the vector it shows."""
    words = (
        "Click to choose where to start. **−** and **+**: mean codes of the groups. From the ring, "
        "the start, the other arrow: the sum; its dots: the row of pictures."
    )
    n_dots, n_images = len(exhibit.shown.indices), len(exhibit.loaded.latents)
    if n_dots < n_images:
        words += f" {n_dots:,} of {n_images:,} held-out images are drawn; groups count them all."
    n_dims = exhibit.loaded.config.latent_dim
    if found is None or n_dims <= 2:
        return words
    vector = found.vector.vector
    share = float(np.linalg.norm(exhibit.fitted.axes @ vector)) / max(found.vector.length, 1e-300)
    return (
        f"{words} The map shows 2 of {n_dims} dimensions: the arrows are shadows, in which "
        f"{share:.0%} of the vector’s length can be seen."
    )


def _xy(exhibit: Exhibit, z: npt.NDArray[np.float64], height: float) -> tuple[float, float]:
    """Where a code stands; on a strip at this height."""
    x, y = exhibit.fitted.to_plane(z[None])[0].tolist()
    return x, height if is_strip(exhibit.fitted) else y


def _closed(group: Group) -> npt.NDArray[np.float64]:
    corners = group.outline()
    return np.concatenate([corners, corners[:1]])


def _arrow(
    exhibit: Exhibit, tail: Sequence[float], tip: Sequence[float], colour: str
) -> list[Path]:
    """A line with a head; one that is too short for a head has none."""
    a, b = np.asarray(tail, np.float64), np.asarray(tip, np.float64)
    length = float(np.linalg.norm(b - a))
    left, right, *_ = exhibit.fitted.extent
    size = HEAD * (right - left)
    shaft = Path([a, b], colour)
    if length < 1.5 * size or is_strip(exhibit.fitted):  # axes of a strip have unlike scales
        return [shaft]
    along = (b - a) / length * size
    across = np.array([-along[1], along[0]]) * 0.7
    return [shaft, Path([b - along + across, b, b - along - across], colour)]
