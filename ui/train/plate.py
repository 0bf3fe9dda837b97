"""Plates: a map or a decoded map as SVG, the same frame around both.

Drawn here and not by Plotly, which takes a changed figure away before it draws the next: a
picture of the page is kept until the next one is ready, and does not flicker.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Sequence
from html import escape
from math import ceil, floor, log10

import numpy as np
import numpy.typing as npt

from ui import palette
from ui.charts import LABEL_HEIGHT, LABEL_PAD, LETTER, spread_labels
from ui.frame import Ranges

SIDE = 440  # of the plot, in the drawing's own units
LEFT, BOTTOM, EDGE = 46, 42, 8  # margins
DOT, LARGE_DOT, MANY = 4.2, 6, 1000  # widths, and dots from which they are small
STYLE = """
text { font: 12px sans-serif; text-anchor: middle; fill-opacity: .8 }
text.side { text-anchor: end }
text.title { font-size: 13px }
text.tag { font-size: 14px; font-weight: 700; fill-opacity: 1 }
rect.tag { stroke-width: 2 }
.frame { fill: none; stroke-opacity: .35 }
.grid { fill: none; stroke-opacity: .1 }
.dots, .halo, .mark { fill: none; stroke-linecap: round }
.halo { stroke: #fff; stroke-width: 5 }
.mark { stroke: #141414; stroke-width: 2 }
image { image-rendering: pixelated }
.light text { fill: #141414 } .light .frame, .light .grid { stroke: #141414 }
.dark text { fill: #fafafa } .dark .frame, .dark .grid { stroke: #fafafa }
"""
FloatArray = npt.NDArray[np.float64]


class Plate:
    """A square plot of the given ranges and axis titles; "" for an axis that means nothing."""

    def __init__(self, ranges: Ranges, titles: tuple[str, str], theme: str) -> None:
        self.ranges, self.titles, self.theme = ranges, titles, theme
        self.height = SIDE if titles[1] else SIDE // 3  # a strip needs less
        self.parts: list[str] = []

    def to_drawing(self, xy: npt.ArrayLike) -> FloatArray:
        """Places of the map, (N, 2), in units of the drawing, y downwards."""
        (left, right), (bottom, top) = self.ranges
        low, high = np.array([left, top]), np.array([right, bottom])
        scaled = (np.asarray(xy, dtype=np.float64) - low) / (high - low)
        found: FloatArray = scaled * [SIDE, self.height] + [LEFT, EDGE]
        return found

    def add_dots(self, xy: FloatArray, labels: npt.NDArray[np.int64]) -> None:
        """A dot for each image, in the colour of its class; those outside are left out."""
        (left, right), (bottom, top) = self.ranges
        inside = (xy >= [left, bottom]).all(1) & (xy <= [right, top]).all(1)
        for label in np.unique(labels):
            places = self.to_drawing(xy[inside & (labels == label)])
            path = "".join(f"M{x:.1f} {y:.1f}h0" for x, y in places.tolist())
            self.parts.append(
                f'<path class="dots" stroke="{palette.class_colour(int(label))}" '
                f'stroke-width="{DOT if len(xy) > MANY else LARGE_DOT}" d="{path}"/>'
            )

    def add_names(
        self, xy: FloatArray, labels: npt.NDArray[np.int64], names: Sequence[str]
    ) -> None:
        """The name of each class at the median of its dots, none over another."""
        present = [label for label in range(len(names)) if (labels == label).any()]
        medians = np.array([np.median(xy[labels == label], axis=0) for label in present])
        centres = self.to_drawing(medians)
        widths = np.array([LABEL_PAD + LETTER * len(names[label]) for label in present])
        lifts = spread_labels(centres * [1, -1], widths)
        for label, (x, y), width, lift in zip(present, centres, widths, lifts, strict=True):
            top = min(max(y - lift, EDGE + LABEL_HEIGHT / 2), EDGE + self.height)
            self.parts.append(
                f'<rect class="tag" x="{x - width / 2:.1f}" y="{top - 11:.1f}" rx="2" height="22" '
                f'width="{width:.1f}" fill="{palette.PAPER[self.theme]}" '
                f'stroke="{palette.class_colour(label)}"/>'
                f'<text class="tag" x="{x:.1f}" y="{top + 5:.1f}">{escape(names[label])}</text>'
            )

    def add_picture(self, png: bytes) -> None:
        """A picture as large as the plot lets it be."""
        data = b64encode(png).decode()
        self.parts.append(
            f'<image x="{LEFT}" y="{EDGE}" width="{SIDE}" height="{self.height}" '
            f'preserveAspectRatio="xMidYMid meet" href="data:image/png;base64,{data}"/>'
        )

    def add_ring(self, place: Sequence[float]) -> None:
        """A ring around the code of an image."""
        x, y = self.to_drawing([place])[0]
        for kind in ("halo", "mark"):
            self.parts.append(f'<circle class="{kind}" cx="{x:.1f}" cy="{y:.1f}" r="8"/>')

    def add_cross(self, place: Sequence[float]) -> None:
        """A cross at a place."""
        x, y = self.to_drawing([place])[0]
        for kind in ("halo", "mark"):
            self.parts.append(
                f'<path class="{kind}" d="M{x - 9:.1f} {y:.1f}h18M{x:.1f} {y - 9:.1f}v18"/>'
            )

    def to_svg(self) -> str:
        """The drawing as a file of its own."""
        width, height = LEFT + SIDE + EDGE, EDGE + self.height + BOTTOM
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
            f'width="{width}" height="{height}"><style>{STYLE}</style>'
            f'<g class="{self.theme}">{self._axes()}{"".join(self.parts)}</g></svg>'
        )

    def _axes(self) -> str:
        (left, right), (bottom, top) = self.ranges
        end, foot = LEFT + SIDE, EDGE + self.height
        lines = [
            f'<rect class="frame" x="{LEFT}" y="{EDGE}" width="{SIDE}" height="{self.height}"/>',
            f'<text class="title" x="{LEFT + SIDE / 2}" y="{foot + 36}">'
            f"{escape(self.titles[0])}</text>",
        ]
        for value in ticks(left, right):
            x = self.to_drawing([(value, 0)])[0][0]
            lines.append(
                f'<path class="grid" d="M{x:.1f} {EDGE}V{foot}"/>'
                f'<text x="{x:.1f}" y="{foot + 16}">{value:g}</text>'
            )
        if not self.titles[1]:
            return "".join(lines)
        middle = EDGE + self.height / 2
        lines.append(
            f'<text class="title" transform="rotate(-90 14 {middle})" x="14" y="{middle}">'
            f"{escape(self.titles[1])}</text>"
        )
        for value in ticks(bottom, top):
            y = self.to_drawing([(0, value)])[0][1]
            lines.append(
                f'<path class="grid" d="M{LEFT} {y:.1f}H{end}"/>'
                f'<text class="side" x="{LEFT - 6}" y="{y + 4:.1f}">{value:g}</text>'
            )
        return "".join(lines)


def ticks(low: float, high: float) -> list[float]:
    """Round values between two others, four to eight of them."""
    raw = (high - low) / 6
    power = 10.0 ** floor(log10(raw))
    step = next(s * power for s in (1, 2, 5, 10) if s * power >= raw)
    return [round(i * step, 10) for i in range(ceil(low / step), floor(high / step) + 1)]
