"""Shapes over a chart that may change without it: paths, lettered places, ellipses."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass

import numpy as np
import numpy.typing as npt
import streamlit as st

from ui.loupe.files import read

_SHAPES = st.components.v2.component(
    "latent_shapes",
    js=read("dom.js", "chart.js", "follow.js", "shapes.js"),
    css=read("shapes.css"),
    isolate_styles=False,
)
SOLID, DASHED, DOTTED = "none", "9 6", "1 7"


@dataclass(frozen=True, eq=False)
class Path:
    """A path, (K, 2) in plane units, in a colour, with an SVG dash pattern, thick or not."""

    points: npt.ArrayLike
    colour: str
    dash: str = SOLID
    thick: bool = False


@dataclass(frozen=True)
class Place:
    """A place in plane units: a disc with a letter or two, or a small dot.

    A small one can be a square, and can be hollow.
    """

    x: float
    y: float
    text: str
    colour: str
    small: bool = False
    square: bool = False
    hollow: bool = False


@dataclass(frozen=True)
class Oval:
    """An ellipse around a place: half axes in plane units, degrees from the horizontal."""

    x: float
    y: float
    radii: tuple[float, float]
    angle: float
    colour: str


def draw(
    chart: str,
    *,
    map_name: str,
    key: str,
    paths: Sequence[Path] = (),
    places: Sequence[Place] = (),
    ellipses: Sequence[Oval] = (),
) -> None:
    """Draw over the chart with this key; what was drawn before goes away.

    Args:
        chart: Its key.
        map_name: The figure's `layout.meta`; nothing is drawn over another map.
        key: Of the component.
        paths: Lines.
        places: Discs over them.
        ellipses: Below both.
    """
    data = {
        "chart": chart,
        "map": map_name,
        "paths": [
            {**asdict(path), "points": np.round(np.asarray(path.points, float), 6).tolist()}
            for path in paths
        ],
        "places": [asdict(place) for place in places],
        "ellipses": [asdict(oval) for oval in ellipses],
    }
    _SHAPES(data=data, key=key, width="content", height="content")
