"""The rate-distortion plane: every model of the data set a dot, told by two numbers.

A code that says more (rate) lets the decoder draw better (distortion); their sum is the −ELBO, so
models that are equally good lie on a line of slope −1 (Alemi et al. 2018, Fixing a Broken ELBO).
"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from itertools import pairwise
from typing import NamedTuple

import numpy as np
import plotly.graph_objects as go

from ui import palette
from ui.catalogue import Entry
from ui.measure import tags
from ui.measure.dots import Dot
from ui.train.plate import ticks

HEIGHT, DOT = 470, 14  # pixels: of the chart, of a dot
INNER_WIDTH, INNER_HEIGHT = 480, 400  # pixels of the plot area on a small laptop
CHOSEN, OTHERS, EDGE = "#832db6", "#3f7fb5", "#a96b59"
FRONTIER = {"light": "#832db6", "dark": "#c58ae6"}
TEXT = 52, 14  # pixels: of the words at a line of equal −ELBO
SPARE = 0.08  # of the range, beyond the outermost dots
MIN_RANGE = 4.0  # nats
BAND = 0.16  # of the width, for models without a rate


def figure(
    dots: Sequence[Dot], chosen: Entry, bound: float | None, theme: str, best: Sequence[Dot]
) -> go.Figure:
    """The plane.

    Args:
        dots: The models, see `dots_of`.
        chosen: The one with another colour.
        bound: Entropy of the images, nats per image: no distortion is below; None if not known.
        theme: "light" or "dark".
        best: The frontier.
    """
    ink = palette.INK[theme]
    rated = [dot for dot in dots if dot.rate is not None]
    plain = [dot for dot in dots if dot.rate is None]
    made, window = go.Figure(), _window(rated, plain, bound)
    lines = _equal_costs(made, rated, window, ink)  # that no number is to lie on
    if bound is not None:
        lines.append(_floor(made, bound, window, ink))
    lines += _frontier(made, best, FRONTIER[theme])
    places = [(dot.rate or 0.0, dot.distortion, dot.number) for dot in rated]
    _dots(made, rated, [x for x, _, _ in places], chosen, "circle")
    if plain:
        across = _plain_band(made, plain, window, ink)
        places += [(x, dot.distortion, dot.number) for x, dot in zip(across, plain, strict=True)]
        _dots(made, plain, across, chosen, "square")
    _tags(made, places, lines, window, ink)
    _dress(made, window)
    return made


class _Window(NamedTuple):
    """What the chart shows, nats per image: rates from 0, and distortions.

    Attributes:
        right: Where rates end.
        end: Of all that is shown; from `right` on stand the models without a rate.
        low: Least distortion.
        high: Largest one.
    """

    right: float
    end: float
    low: float
    high: float

    @property
    def height(self) -> float:
        """Of the distortions."""
        return self.high - self.low


def _equal_costs(
    made: go.Figure, rated: Sequence[Dot], window: _Window, ink: str
) -> list[tags.Line]:
    """Dotted lines of equal -ELBO; where the words at them lie."""
    found: list[tags.Line] = []
    for level in _levels(rated):
        _line(made, (0, window.right), (level, level - window.right), ink, "dot", 0.35)
        at = max(0.0, level - window.high)
        middle = level - at + TEXT[1] / 2 * window.height / INNER_HEIGHT
        found.append(((at, middle), (at + TEXT[0] * window.end / INNER_WIDTH, middle)))
        made.add_annotation(
            x=at, y=level - at, text=f"−ELBO {level:g}", showarrow=False, xanchor="left",
            yanchor="bottom", font={"size": 11, "color": ink}, opacity=0.85,
        )  # fmt: skip
    return found


def _floor(made: go.Figure, bound: float, window: _Window, ink: str) -> tags.Line:
    """The line below which no model of grey images gets."""
    _line(made, (0, window.end), (bound, bound), EDGE, "dash", 1)
    made.add_annotation(
        x=0, y=bound, text=f"what grey pixels cost at least: {bound:.1f}", showarrow=False,
        xanchor="left", yanchor="bottom", font={"size": 12, "color": ink},
    )  # fmt: skip
    return (0.0, bound), (window.end, bound)


def _frontier(made: go.Figure, best: Sequence[Dot], colour: str) -> list[tags.Line]:
    """The line of the best trades, if there are two; its pieces."""
    traded = [(dot.rate or 0.0, dot.distortion) for dot in best]
    if len(traded) > 1:
        _line(made, [x for x, _ in traded], [y for _, y in traded], colour, "solid", 1)
    return list(pairwise(traded))


def _plain_band(made: go.Figure, plain: Sequence[Dot], window: _Window, ink: str) -> list[float]:
    """The band of models without a rate; how far right each stands."""
    _line(made, (window.right, window.right), (window.low, window.high), ink, "solid", 0.3)
    made.add_annotation(
        x=window.right * (1 + BAND / 2), y=window.high, text="no rate<br>(plain AE)",
        showarrow=False, yanchor="top", font={"size": 11, "color": ink},
    )  # fmt: skip
    return [window.right * (1 + BAND * place) for place in _apart(plain, window.height)]


def _dress(made: go.Figure, window: _Window) -> None:
    """Size, clicks and axes."""
    made.update_layout(
        height=HEIGHT, margin={"l": 8, "r": 8, "t": 8, "b": 8}, showlegend=False,
        dragmode=False, hovermode="closest", clickmode="event+select",
    )  # fmt: skip
    made.update_xaxes(
        title="Rate: what the code tells (KL, nats per image)", range=[0, window.end],
        tickvals=[value for value in ticks(0, window.right) if value <= window.right],
        automargin=True, zeroline=False, fixedrange=True,
    )  # fmt: skip
    made.update_yaxes(
        title="Distortion: what is missing (nats per image)", range=[window.low, window.high],
        automargin=True, zeroline=False, fixedrange=True,
    )  # fmt: skip


def _window(rated: Sequence[Dot], plain: Sequence[Dot], bound: float | None) -> _Window:
    """Room for all dots, with some to spare."""
    right = max([MIN_RANGE, *(dot.rate or 0.0 for dot in rated)]) * (1 + 2 * SPARE)
    heights = [dot.distortion for dot in (*rated, *plain)] + ([] if bound is None else [bound])
    low, high = min(heights), max(heights)
    spare = max(SPARE * (high - low), MIN_RANGE / 2)
    end = right * (1 + BAND) if plain else right
    return _Window(right, end, low - spare, high + 2 * spare)


def _apart(plain: Sequence[Dot], height: float) -> list[float]:
    """Where models without a rate stand in their band, 0 to 1: a close pair side by side."""
    found: list[float] = []
    for dot, before in zip(plain, [None, *plain], strict=False):
        gap = np.inf if before is None else abs(dot.distortion - before.distortion)
        is_close = gap * INNER_HEIGHT < height * (DOT + 2)
        found.append(1 - found[-1] if is_close else 1 / 3)
    return found


def _levels(rated: Sequence[Dot]) -> list[float]:
    """Round values of −ELBO around those of the dots."""
    sums = [(dot.rate or 0.0) + dot.distortion for dot in rated]
    if not sums:
        return []
    spare = max(SPARE * (max(sums) - min(sums)), MIN_RANGE)
    return ticks(min(sums) - spare, max(sums) + spare)


def _line(
    made: go.Figure,
    x: Sequence[float],
    y: Sequence[float],
    colour: str,
    dash: str,
    opacity: float,
) -> None:
    line = {"color": colour, "dash": dash, "width": 1.5}
    made.add_trace(
        go.Scatter(x=list(x), y=list(y), mode="lines", line=line, opacity=opacity, hoverinfo="skip")
    )


def _dots(
    made: go.Figure, dots: Sequence[Dot], x: Sequence[float], chosen: Entry, symbol: str
) -> None:
    """A click on one reports its number."""
    rates = ["no rate" if dot.rate is None else f"rate {dot.rate:.2f}" for dot in dots]
    words = [
        f"{escape(dot.title)}<br>{rate}, distortion {dot.distortion:.2f} nats"
        for rate, dot in zip(rates, dots, strict=True)
    ]
    colours = [CHOSEN if dot.entry.name == chosen.name else OTHERS for dot in dots]
    unchanged = {"marker": {"opacity": 1}}  # Plotly would dim all but the one that was clicked
    made.add_trace(
        go.Scatter(
            x=list(x), y=[dot.distortion for dot in dots], mode="markers",
            customdata=[dot.number for dot in dots], hovertext=words, hoverinfo="text",
            marker={
                "size": DOT, "symbol": symbol, "color": colours, "opacity": 1,
                "line": {"color": "#fff", "width": 1.5},
            },
            selected=unchanged, unselected=unchanged,
        )
    )  # fmt: skip


def _tags(
    made: go.Figure,
    places: Sequence[tuple[float, float, int]],
    lines: Sequence[tags.Line],
    window: _Window,
    ink: str,
) -> None:
    """The number of each dot close to it, over no dot, number or line.

    Args:
        made: The chart.
        places: Of the dots, and their numbers.
        lines: To be kept free, in the units of the axes.
        window: What it shows.
        ink: Colour.
    """
    scale = np.array([INNER_WIDTH / window.end, INNER_HEIGHT / window.height])

    def in_pixels(x: float, y: float) -> tuple[float, float]:
        return float(x * scale[0]), float((y - window.low) * scale[1])

    centres = np.array([in_pixels(x, y) for x, y, _ in places]).reshape(-1, 2)
    walls = [(in_pixels(*a), in_pixels(*b)) for a, b in lines]
    offsets = tags.place(centres, walls, (INNER_WIDTH, INNER_HEIGHT))
    for (x, y, number), offset in zip(places, offsets, strict=True):
        right, up = map(float, offset)
        made.add_annotation(
            x=x, y=y, text=f"<b>{number}</b>", ax=right, ay=-up, arrowhead=0, arrowwidth=1,
            arrowcolor=ink if tags.needs_line(offset) else "rgba(0,0,0,0)", standoff=DOT / 2,
            font={"size": 13, "color": ink}, borderpad=1, captureevents=False,
        )  # fmt: skip
