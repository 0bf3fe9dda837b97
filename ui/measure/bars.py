"""Bars, one for each dimension of the code, and the digits that an error leaves a value."""

from __future__ import annotations

import math
from collections.abc import Iterable
from itertools import islice

import numpy as np
import numpy.typing as npt
import plotly.graph_objects as go
import streamlit as st

from ui import palette

MAX_BARS, MAX_TEXTS = 64, 8
HEIGHT, FEW = 210, 4  # pixels; bars that would be too wide
CONFIG = {"displayModeBar": False, "staticPlot": True}
FloatArray = npt.NDArray[np.float64]


def draw_bars(
    values: FloatArray, unit: str, *, key: str, alt: str, threshold: float | None = None,
    is_hatched: npt.NDArray[np.bool_] | None = None, errors: FloatArray | None = None,
    digits: int = 2,
) -> None:  # fmt: skip
    """A bar for each dimension, the first `MAX_BARS` of them.

    Args:
        values: One for each dimension, shape (D,); no bar where it is not a number.
        unit: Of the values.
        key: Of the chart.
        alt: What it shows, in words.
        threshold: Where to draw a line across.
        is_hatched: Which bars are hatched, shape (D,).
        errors: Standard errors, shape (D,); they decide the digits of what stands on the bars.
        digits: After the point, without errors.
    """
    shown = values[:MAX_BARS]
    made = go.Figure(
        go.Bar(
            x=[f"z{d + 1}" for d in range(len(shown))],
            y=shown,
            text=_texts(shown, errors, digits),
            textposition="auto",
            textangle=0,
            insidetextanchor="end" if errors is None else "start",
            error_y=None if errors is None else _whiskers(errors),
            width=None if len(shown) > FEW else 0.4,
            marker={
                "color": palette.SHOWN,
                "pattern": {"shape": [] if is_hatched is None else _hatches(is_hatched)},
            },
        )
    )
    if threshold is not None:
        made.add_hline(threshold, line={"color": "#d1495b", "dash": "dash", "width": 2})
    made.update_layout(height=HEIGHT, margin={"l": 8, "r": 8, "t": 8, "b": 8}, showlegend=False)
    made.update_yaxes(title=unit, automargin=True, rangemode="tozero")
    made.update_xaxes(type="category")
    st.plotly_chart(made, key=key, config=CONFIG, alt=alt)


def listed(values: Iterable[str]) -> str:
    """What each bar says, in words."""
    return ", ".join(f"z{d + 1} {value}" for d, value in enumerate(islice(values, MAX_BARS)))


def _whiskers(errors: FloatArray) -> dict[str, object]:
    return {"array": errors[:MAX_BARS], "width": 4, "color": palette.HIDDEN}


def _hatches(is_hatched: npt.NDArray[np.bool_]) -> list[str]:
    return ["/" if hatched else "" for hatched in is_hatched]


def _texts(values: FloatArray, errors: FloatArray | None, digits: int) -> list[str]:
    """What stands on the bars; nothing where there are too many."""
    if len(values) > MAX_TEXTS:
        return [""] * len(values)
    if errors is None:
        return [f"{value:.{digits}f}" for value in values]
    return [rounded(value, error) for value, error in zip(values, errors, strict=False)]


def rounded(value: float, error: float | None) -> str:
    """A value with the digits that its error leaves it: 141.24 ± 4.9 is 141."""
    digits = 1 if not error else min(2, max(0, -math.floor(math.log10(error))))
    return f"{value:.{digits}f}".replace("-", "−")
