"""Small charts of the live side, as specifications for ECharts, which changes a chart in place."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from textwrap import wrap
from typing import Any

import numpy as np
import numpy.typing as npt
import streamlit as st

HEIGHT = 260  # pixels
SHORT = 16  # letters that fit under one of three bars on a phone
UNNAMED = "_"  # starts names that are not in the legend
BLUE, ORANGE, GREY = "#3f90da", "#e76300", "#8a8f98"
GREEN, RED, VIOLET = "#2a9d5c", "#bd1f01", "#a05ac0"
Range = tuple[float, float]


@dataclass(frozen=True, eq=False)
class Series:
    """What is drawn under one name in the legend.

    Attributes:
        name: In the legend.
        points: Places, shape (K, 2).
        colour: Hex.
        kind: A line, a line with its area filled, or dots.
        dash: "solid", "dashed" or "dotted".
        symbol: Of dots.
        size: Of dots, pixels.
        labels: Words beside the dots, if any.
    """

    name: str
    points: npt.ArrayLike
    colour: str
    kind: str = "line"
    dash: str = "solid"
    symbol: str = "circle"
    size: int = 8
    labels: tuple[str, ...] = ()

    def spec(self) -> dict[str, Any]:
        """For ECharts."""
        points = np.round(np.asarray(self.points, np.float64), 5).tolist()
        if self.kind == "dots":
            data: list[Any] = points
            if self.labels:
                label = {"show": True, "position": "right", "fontSize": 12}
                data = [
                    {"value": point, "label": label | {"formatter": words}}
                    for point, words in zip(points, self.labels, strict=True)
                ]
            return {
                "name": self.name, "type": "scatter", "data": data, "color": self.colour,
                "symbol": self.symbol, "symbolSize": self.size,
            }  # fmt: skip
        found = {
            "name": self.name, "type": "line", "data": points, "color": self.colour,
            "symbol": "none", "lineStyle": {"width": 2, "type": self.dash},
        }  # fmt: skip
        return found | ({"areaStyle": {"opacity": 0.25}} if self.kind == "area" else {})


def chart(
    series: Sequence[Series],
    *,
    key: str,
    alt: str,
    x: str,
    y: str,
    x_range: Range | None = None,
    y_range: Range | None = None,
    height: int = HEIGHT,
) -> None:
    """Draw curves and dots over one pair of axes.

    Args:
        series: What is drawn.
        key: Of the chart.
        alt: The chart in words.
        x: Title of the horizontal axis, with its unit.
        y: Title of the vertical axis, with its unit.
        x_range: Ends of the horizontal axis; None fits the data.
        y_range: Ends of the vertical axis.
        height: Pixels.
    """
    options: dict[str, Any] = {
        "animationDurationUpdate": 150,
        "grid": {"left": 8, "right": 24, "top": 36, "bottom": 8},
        "legend": {
            "top": 0,
            "left": 0,
            "itemGap": 12,
            "itemWidth": 18,
            "data": [each.name for each in series if not each.name.startswith(UNNAMED)],
        },
        "xAxis": _axis(x, 28, x_range),
        "yAxis": _axis(y, 44, y_range),
        "series": [each.spec() for each in series],
    }
    st.echarts_chart(options, height=height, key=key, alt=alt)


def bars(
    values: dict[str, float], *, key: str, alt: str, y: str, colours: Sequence[str] = (BLUE,),
    height: int = HEIGHT,
) -> None:  # fmt: skip
    """Draw a bar for each value, with its number above it."""
    data = [
        {
            "value": round(value, 4),
            "itemStyle": {"color": colours[i % len(colours)]},
            "label": {"show": True, "position": "top", "formatter": f"{value:.2f}"},
        }
        for i, value in enumerate(values.values())
    ]
    options = {
        "animationDurationUpdate": 150,
        "grid": {"left": 8, "right": 16, "top": 28, "bottom": 8},
        "xAxis": {
            "type": "category",
            "data": ["\n".join(wrap(name, SHORT)) for name in values],
            "axisLabel": {"interval": 0, "lineHeight": 14},
        },
        "yAxis": {"type": "value", "name": y, "nameLocation": "middle", "nameGap": 44},
        "series": [{"name": y, "type": "bar", "data": data, "barMaxWidth": 60}],
    }
    st.echarts_chart(options, height=height, key=key, alt=alt)


def _axis(name: str, gap: int, ends: Range | None) -> dict[str, Any]:
    """An axis; without a title it has no numbers either."""
    axis: dict[str, Any] = {"type": "value", "name": name, "nameLocation": "middle", "nameGap": gap}
    if not name:
        axis |= {"axisLabel": {"show": False}, "splitLine": {"show": False}}
    return axis | ({"min": ends[0], "max": ends[1]} if ends else {"scale": True})
