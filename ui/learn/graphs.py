"""Small charts of the lessons: bars, lines, dots in space. Arrays in, figures out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from textwrap import wrap

import numpy as np
import numpy.typing as npt
import plotly.graph_objects as go

from ui import palette

FloatArray = npt.NDArray[np.float64]
CONFIG = {"displayModeBar": False}
HEIGHT = 260  # pixels
LARGE = 100  # values from which on there is nothing behind the point
SHORT = 11  # letters that fit under a bar on a phone
STRANGE = "#c2185b"
LINES = ("#1f6fd0", STRANGE, "#2a7f4f")  # told apart by their dashes too
DASHES = ("solid", "dash", "dot")


def bars(
    names: Sequence[str],
    values: Sequence[float],
    unit: str,
    chosen: Sequence[int],
    *,
    percent: bool,
) -> go.Figure:
    """A bar for each value, the chosen ones strong."""
    colours = [palette.SHOWN if i in chosen else palette.HIDDEN for i in range(len(values))]
    form = ".0%" if percent else ",.3~g" if max([*values, 0]) < LARGE else ",.0f"
    figure = go.Figure(
        go.Bar(
            x=[_broken(name) for name in names], y=list(values), marker_color=colours,
            texttemplate=f"%{{y:{form}}}",
            textposition="outside", cliponaxis=False, hoverinfo="skip",
        )
    )  # fmt: skip
    top = max([*values, 0]) * 1.15 or 1
    # Names are names, even where they are digits.
    y: dict[str, object] = {"range": (0, top), "tickformat": form}
    return _framed(figure, "", unit, x={"type": "category"}, y=y)


def _broken(name: str) -> str:
    """A name for under a bar, any letters: a long one in several lines."""
    return "<br>".join(escape(s, quote=False) for s in wrap(name, SHORT, break_long_words=False))


def lines(
    x: npt.ArrayLike,
    of_y: Mapping[str, npt.ArrayLike],
    names: tuple[str, str],
    *,
    log_x: bool = False,
) -> go.Figure:
    """A line for each name; of up to three."""
    figure = go.Figure(
        [
            go.Scatter(
                x=np.asarray(x), y=np.asarray(y), name=name, mode="lines",
                line={"color": colour, "dash": dash, "width": 2.5},
            )
            for (name, y), colour, dash in zip(of_y.items(), LINES, DASHES, strict=False)
        ]
    )  # fmt: skip
    figure.update_layout(showlegend=len(of_y) > 1, legend={"orientation": "h", "y": 1.15})
    return _framed(figure, *names, x={"type": "log"} if log_x else {})


def marked(figure: go.Figure, x: float, words: str) -> go.Figure:
    """The same with a line straight up, and words at it."""
    figure.add_vline(x, line={"dash": "dash", "width": 1.5}, annotation_text=words)
    return figure


def counts(
    of_values: Mapping[str, FloatArray], unit: str, range_: tuple[float, float], n_bins: int = 50
) -> go.Figure:
    """How many images have which value: a step line for each name, as shares of its images."""
    edges = np.linspace(*range_, n_bins + 1)
    found = {}
    for name, values in of_values.items():
        inside = np.clip(values, *range_)  # what is beyond stands at the end
        found[name] = np.histogram(inside, edges)[0] / max(len(values), 1)
    figure = lines((edges[1:] + edges[:-1]) / 2, found, (unit, "share of the images"))
    figure.update_traces(line_shape="hvh", fill="tozeroy", opacity=0.85)
    figure.update_yaxes(tickformat=".0%")
    return figure


def cloud(points: FloatArray, height: int = 380) -> go.Figure:
    """Points in space, (N, 3); the colour goes with the direction around the third axis."""
    angle = np.arctan2(points[:, 1], points[:, 0])
    scale = [f"rgb{step}" for step in palette.SCALE]
    figure = go.Figure(
        go.Scatter3d(
            x=points[:, 0], y=points[:, 1], z=points[:, 2], mode="markers", hoverinfo="skip",
            marker={"size": 2.5, "color": angle, "colorscale": scale},
        )
    )  # fmt: skip
    axis = {"range": (-1.6, 1.6), "title": "", "showticklabels": False}
    figure.update_layout(
        scene={"xaxis": axis, "yaxis": axis, "zaxis": axis, "aspectmode": "cube"},
        margin={"l": 0, "r": 0, "t": 0, "b": 0}, height=height, uirevision="same",
    )  # fmt: skip
    return figure


def _framed(
    figure: go.Figure,
    x_title: str,
    y_title: str,
    x: dict[str, object] | None = None,
    y: dict[str, object] | None = None,
) -> go.Figure:
    figure.update_layout(
        height=HEIGHT, margin={"l": 8, "r": 8, "t": 24, "b": 8}, dragmode=False,
        hovermode="x unified" if len(figure.data) > 1 else "closest",
    )  # fmt: skip
    figure.update_xaxes(title=x_title, automargin=True, fixedrange=True, **(x or {}))
    figure.update_yaxes(title=y_title, automargin=True, fixedrange=True, **(y or {}))
    return figure
