"""Arrays to figures. No Streamlit here: a figure is a value, cached by its caller."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

import numpy as np
import numpy.typing as npt
import plotly.graph_objects as go

from ui import palette
from ui.frame import Ranges

POINT_PIXELS = 6.0
DENSE_POINT_PIXELS = 4.0
DENSE = 5000  # points from which they are drawn smaller
SNAP_PIXELS = 6  # a click this close to a point means the point
FAINTEST = 0.08  # opacity of a point that is all off the plane: still there
OUTER = 0.01  # of the points, on each side, may have values beyond the scale
LARGEST = float(np.finfo(np.float32).max)
HEIGHT = 520  # pixels
INNER_WIDTH, INNER_HEIGHT = 600, 440  # pixels of the plot area on a small laptop
CONFIG = {
    "scrollZoom": True,
    "displaylogo": False,
    "showAxisRangeEntryBoxes": False,
    # Plotly would go back to the zoom it was first drawn with, which may be that of a link.
    "doubleClick": "autosize",
    "modeBarButtonsToRemove": ["resetScale2d"],
}
LABEL_FONT, LETTER, LABEL_PAD, LABEL_HEIGHT = 14, 8.5, 10, 26  # pixels; a letter on average


@dataclass(frozen=True)
class MapLabels:
    """Texts of the map: titles of its two axes, and the class names."""

    x: str
    y: str
    classes: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class Dots:
    """N points of a map: places, shape (N, 2), classes, (N,), and image numbers, (N,)."""

    xy: npt.NDArray[np.float64]
    labels: npt.NDArray[np.int64]
    indices: npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Values:
    """A quantity of N points, shape (N,), that their colours show, and the unit of its scale."""

    of_points: npt.NDArray[np.float64]
    unit: str


def latent_map(
    dots: Dots,
    texts: MapLabels,
    ranges: Ranges,
    theme: str,
    name: str,
    *,
    values: Values | None = None,
    opacity: npt.NDArray[np.float64] | None = None,
    height: int = HEIGHT,
) -> go.Figure:
    """The map: one WebGL point per image, the class name at its cluster.

    Args:
        dots: The points.
        texts: Axis titles and class names.
        ranges: Visible (left, right) and (bottom, top).
        theme: "light" or "dark"; decides outlines and label backgrounds.
        name: Kept in `layout.meta`, for the loupe to know which map it is over.
        values: What colours show instead of the class.
        opacity: Of each point, 0 to 1, shape (N,); default 1.
        height: Of the whole chart, pixels.
    """
    xy, labels = dots.xy, dots.labels
    traces = [
        _trace(dots, labels == label, class_name, label, theme, values, opacity)
        for label, class_name in enumerate(texts.classes)
        if (labels == label).any()
    ]
    strip = not texts.y  # one latent dimension: the vertical axis means nothing
    figure = go.Figure(traces)
    figure.update_layout(
        annotations=_class_names(
            xy, labels, texts.classes, theme, ranges, has_equal_axes=not strip
        ),
        showlegend=False,
        dragmode="pan",
        hovermode="closest",
        meta=name,
        hoverdistance=SNAP_PIXELS,
        height=height,
        margin={"l": 8, "r": 8, "t": 8, "b": 8},
    )
    if values is not None:
        figure.update_layout(coloraxis=_colour_axis(values))
    figure.update_xaxes(title=texts.x, range=ranges[0], zeroline=True, automargin=True)
    figure.update_yaxes(
        title=texts.y,
        range=ranges[1],
        zeroline=not strip,
        showticklabels=not strip,
        showgrid=not strip,
        automargin=True,
        **({"fixedrange": True} if strip else {"scaleanchor": "x"}),
    )
    return figure


def _trace(
    dots: Dots,
    chosen: npt.NDArray[np.bool_],
    name: str,
    label: int,
    theme: str,
    values: Values | None,
    opacity: npt.NDArray[np.float64] | None,
) -> go.Scattergl:
    """The points of one class."""
    is_dense = len(dots.xy) >= DENSE
    marker: dict[str, object] = {
        "size": DENSE_POINT_PIXELS if is_dense else POINT_PIXELS,
        "color": palette.class_colour(label),
        # On small points a full outline would be most of the point, and hide its colour.
        "line": {"width": 0.2 if is_dense else 0.6, "color": palette.OUTLINE[theme]},
    }
    if values is not None:
        colour = values.of_points[chosen].clip(-LARGEST, LARGEST).astype(np.float32)
        marker |= {"color": colour, "coloraxis": "coloraxis"}
    if opacity is not None:
        marker["opacity"] = opacity[chosen].clip(FAINTEST, 1).astype(np.float32)
    return go.Scattergl(
        x=dots.xy[chosen, 0].astype(np.float32),
        y=dots.xy[chosen, 1].astype(np.float32),
        customdata=dots.indices[chosen],
        name=name,
        mode="markers",
        marker=marker,
        hoverinfo="none",  # the loupe speaks instead; "skip" would hide the point from it
    )


def ends_of_scale(values: Values) -> tuple[float, float]:
    """Of the colours; a few far values would leave one colour for all others."""
    known = values.of_points[np.isfinite(values.of_points)]
    if not len(known):
        return 0.0, 1.0
    low, high = np.quantile(known, (OUTER, 1 - OUTER))
    return float(low), float(max(high, low + 1e-9))


def _colour_axis(values: Values) -> dict[str, object]:
    """One scale for all classes."""
    low, high = ends_of_scale(values)
    steps = [f"rgb{step}" for step in palette.SCALE]
    bar = {"title": {"text": values.unit, "side": "top"}, "thickness": 12, "len": 0.6}
    return {"colorscale": steps, "cmin": low, "cmax": high, "colorbar": bar}


def _class_names(
    xy: npt.NDArray[np.float64],
    labels: npt.NDArray[np.int64],
    classes: Sequence[str],
    theme: str,
    ranges: Ranges,
    *,
    has_equal_axes: bool,
) -> list[dict[str, object]]:
    """Each class name at the median of its points, or as near as the other names allow."""
    present = [label for label in range(len(classes)) if (labels == label).any()]
    medians = np.array([np.median(xy[labels == label], axis=0) for label in present]).reshape(-1, 2)
    (left, right), (bottom, top) = ranges
    # The scale of a narrow map: on a wider one names only come further apart.
    scale = np.array([INNER_WIDTH / (right - left), INNER_HEIGHT / (top - bottom)])
    if has_equal_axes:
        scale[:] = scale.min()
    widths = [LABEL_PAD + LETTER * len(classes[label]) for label in present]
    rises = spread_labels(medians * scale, np.array(widths))
    return [
        {
            "x": float(x),
            "y": float(y),
            "text": f"<b>{escape(classes[label])}</b>",
            # A name that had to move keeps a line to where it belongs.
            "showarrow": bool(rise > 0),
            "ax": 0,
            "ay": -float(rise),
            "arrowhead": 0,
            "arrowwidth": 1,
            "arrowcolor": palette.INK[theme],
            "font": {"size": LABEL_FONT, "color": palette.INK[theme]},
            "bgcolor": palette.PAPER[theme],
            "bordercolor": palette.class_colour(label),
            "borderwidth": 2,
            "borderpad": 2,
            "captureevents": False,
        }
        for label, (x, y), rise in zip(present, medians, rises, strict=True)
    ]


def spread_labels(
    centres: npt.NDArray[np.float64], widths: npt.NDArray[np.float64]
) -> npt.NDArray[np.float64]:
    """How far to lift each label so that none covers another; all in pixels.

    From the lowest up, a label that would cover a lower one goes right above it.

    Args:
        centres: Where the labels belong, x and y, shape (N, 2).
        widths: Of the labels, shape (N,); they are all `LABEL_HEIGHT` high.

    Returns:
        Shape (N,), never negative.
    """
    heights = centres[:, 1].copy()
    placed: list[int] = []
    for label in np.argsort(heights, kind="stable").tolist():
        beside = (widths[placed] + widths[label]) / 2
        columns = [
            other
            for other, reach in zip(placed, beside, strict=True)
            if abs(centres[other, 0] - centres[label, 0]) < reach
        ]
        for other in sorted(columns, key=lambda index: heights[index]):
            if abs(heights[label] - heights[other]) < LABEL_HEIGHT:
                heights[label] = heights[other] + LABEL_HEIGHT
        placed.append(label)
    lifts: npt.NDArray[np.float64] = heights - centres[:, 1]
    return lifts
