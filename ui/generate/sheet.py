"""Sheets: rows and columns of decoded pictures as SVG, with labels, and marks on single ones."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from html import escape
from math import ceil

import numpy as np

from ui.images import tiled, to_png
from ui.samples import UNDEFINED, Pictures

LEFT, BOTTOM, EDGE = 44, 22, 2  # margins, where there are labels, and where there are none
TITLE = 20  # more of them, for a title
LINE, LETTER = 14, 7  # height and width of what labels are made of
MOST_LINES = 24  # pictures along a side, between which lines are drawn
PAPER = {"light": "#ffffff", "dark": "#0e1117"}
STYLE = """
text { font: 12px sans-serif; text-anchor: middle; fill-opacity: .85 }
text.side { text-anchor: end }
text.title { font-size: 13px }
text.none { font-size: 20px; fill: #777 }
image { image-rendering: pixelated }
path { fill: none }
.lines { stroke: #808080; stroke-opacity: .45 }
.halo { stroke: #fff; stroke-width: 4.5 }
.outside { stroke: #c8102e; stroke-width: 2.5 }
.edge { stroke: #b36b00; stroke-width: 2.5; stroke-dasharray: 5 4 }
.now { stroke: #141414; stroke-width: 2.5 }
.light text { fill: #141414 } .dark text { fill: #fafafa }
"""
Cell = tuple[int, int]


@dataclass(frozen=True, eq=False)
class Sheet:
    """What is drawn.

    Attributes:
        pictures: Shape (R, K).
        theme: "light" or "dark".
        width: Of all pictures in a row, in the drawing's own units: what labels are sized by.
        rows: Label of each row, on its left; () for none. A line break parts two lines.
        columns: Likewise of each column, below; of many, some are left out.
        titles: Of the columns, and of the rows; "" for none.
        has_marks: Whether pictures at the edge of the data or outside are framed.
        is_faded: Whether pictures outside the data are faded.
        now: Cells with marked corners, which say where the code is.
    """

    pictures: Pictures
    theme: str
    width: float = 440
    rows: Sequence[str] = ()
    columns: Sequence[str] = ()
    titles: tuple[str, str] = ("", "")
    has_marks: bool = False
    is_faded: bool = False
    now: Collection[Cell] = ()

    def to_svg(self) -> str:
        """The drawing as a file of its own."""
        wide, high = self.left + self.width + EDGE, EDGE + self.height + self.foot
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {wide:g} {high:g}" '
            f'width="{wide:g}" height="{high:g}"><style>{STYLE}</style><g class="{self.theme}">'
            f"{self._mosaic()}{self._lines()}{self._fading()}{self._marks()}{self._labels()}"
            "</g></svg>"
        )

    def to_html(self, alt: str) -> str:
        """The drawing as an element that scrolls sideways where the screen is narrow."""
        source = b64encode(self.to_svg().encode()).decode()
        return (
            '<div class="sheet" tabindex="0" role="group" aria-label="Pictures, scrolled sideways">'
            f'<img alt="{escape(alt)}" src="data:image/svg+xml;base64,{source}" '
            f'style="width: {self.left + self.width:g}px"></div>'
        )

    @property
    def left(self) -> float:
        """Room for the labels of the rows."""
        longest = max((len(line) for label in self.rows for line in label.split("\n")), default=0)
        room = max(LEFT, LETTER * longest + 10) if self.rows else EDGE
        return room + (TITLE if self.titles[1] else 0)

    @property
    def foot(self) -> float:
        """Room for the labels of the columns."""
        return (BOTTOM if self.columns else EDGE) + (TITLE if self.titles[0] else 0)

    @property
    def cell(self) -> tuple[float, float]:
        """Width and height of a picture."""
        images = self.pictures.images
        wide = self.width / images.shape[1]
        return wide, wide * images.shape[-2] / images.shape[-1]

    @property
    def height(self) -> float:
        """Of all pictures."""
        n_rows: int = self.pictures.images.shape[0]
        return self.cell[1] * n_rows

    def _mosaic(self) -> str:
        data = b64encode(to_png(tiled(self.pictures.images))).decode()
        return (
            f'<image x="{self.left:g}" y="{EDGE}" width="{self.width:g}" height="{self.height:g}" '
            f'preserveAspectRatio="none" href="data:image/png;base64,{data}"/>'
        )

    def _lines(self) -> str:
        """Between the pictures, where there are few."""
        n_rows, n_columns = self.pictures.where.shape
        if max(n_rows, n_columns) > MOST_LINES:
            return ""
        wide, high = self.cell
        across = "".join(
            f"M{self.left:g} {EDGE + i * high:.1f}h{self.width:g}" for i in range(n_rows + 1)
        )
        down = "".join(
            f"M{self.left + i * wide:.1f} {EDGE}v{self.height:g}" for i in range(n_columns + 1)
        )
        return f'<path class="lines" d="{across}{down}"/>'

    def _fading(self) -> str:
        if not self.is_faded:
            return ""
        boxes = "".join(self._box(cell, 0) for cell in self.cells("outside"))
        return f'<path style="fill: {PAPER[self.theme]}; fill-opacity: .75" d="{boxes}"/>'

    def _marks(self) -> str:
        wide, high = self.cell
        parts = [
            f'<text class="none" x="{self.left + (column + 0.5) * wide:.1f}" '
            f'y="{EDGE + (row + 0.5) * high + 7:.1f}">?</text>'
            for row, column in self.cells(UNDEFINED)
        ]
        lines = {}
        if self.has_marks:
            for word in ("edge", "outside"):
                lines[word] = "".join(self._box(cell, 2.5) for cell in self.cells(word))
        lines["now"] = "".join(map(self._corners, self.now))
        for word, d in lines.items():
            parts.append(f'<path class="halo" d="{d}"/><path class="{word}" d="{d}"/>')
        return "".join(parts)

    def cells(self, word: str) -> list[Cell]:
        """Those of which this is said."""
        return [(int(row), int(column)) for row, column in np.argwhere(self.pictures.where == word)]

    def _box(self, cell: Cell, inset: float) -> str:
        wide, high = self.cell
        x, y = self.left + cell[1] * wide + inset, EDGE + cell[0] * high + inset
        across, down = wide - 2 * inset, high - 2 * inset
        return f"M{x:.1f} {y:.1f}h{across:.1f}v{down:.1f}h{-across:.1f}z"

    def _corners(self, cell: Cell) -> str:
        (wide, high), inset = self.cell, 6.5
        x, y = self.left + cell[1] * wide + inset, EDGE + cell[0] * high + inset
        right, foot, arm = x + wide - 2 * inset, y + high - 2 * inset, wide / 6
        return (
            f"M{x:.1f} {y + arm:.1f}v{-arm:.1f}h{arm:.1f}M{right - arm:.1f} {y:.1f}h{arm:.1f}"
            f"v{arm:.1f}M{right:.1f} {foot - arm:.1f}v{arm:.1f}h{-arm:.1f}"
            f"M{x + arm:.1f} {foot:.1f}h{-arm:.1f}v{-arm:.1f}"
        )

    def _labels(self) -> str:
        wide, high = self.cell
        parts = []
        tall = LINE * (1.5 + max((label.count("\n") for label in self.rows), default=0))
        for i in _some(len(self.rows), high, tall):
            lines = self.rows[i].split("\n")
            y = EDGE + (i + 0.5) * high + 4 - LINE / 2 * (len(lines) - 1)
            parts += [
                f'<text class="side" x="{self.left - 6:g}" y="{y + LINE * j:.1f}">'
                f"{escape(_minus(line))}</text>"
                for j, line in enumerate(lines)
            ]
        foot = EDGE + self.height
        broad = LETTER * (2 + max(map(len, self.columns), default=0))
        parts += [
            f'<text x="{self.left + (i + 0.5) * wide:.1f}" y="{foot + 15:.1f}">'
            f"{escape(_minus(self.columns[i]))}</text>"
            for i in _some(len(self.columns), wide, broad)
        ]
        middle = self.left + self.width / 2, EDGE + self.height / 2
        if self.titles[0]:
            parts.append(
                f'<text class="title" x="{middle[0]:g}" y="{foot + self.foot - 6:.1f}">'
                f"{escape(self.titles[0])}</text>"
            )
        if self.titles[1]:
            parts.append(
                f'<text class="title" transform="rotate(-90 13 {middle[1]:g})" x="13" '
                f'y="{middle[1]:g}">{escape(self.titles[1])}</text>'
            )
        return "".join(parts)


def _minus(label: str) -> str:
    """With the sign that the other axes have."""
    return label.replace("-", "−")


def _some(n: int, room: float, needed: float) -> range:
    """Which of n labels are drawn, if each needs so much: evenly spaced, the rest left out."""
    step = max(1, ceil(needed / room))
    return range((n - 1) % step // 2, n, step)
