"""Groups of images: a class, or what lies in a box or a lasso on the map; and how links name them.

"class:3", "box:left,right,bottom,top", "lasso:x,y;x,y;x,y", in plane units.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from ui import link
from ui.frame import STRIP_RANGE

Kind = Literal["class", "box", "lasso"]
MAX_VERTICES = 60
DIGITS = 4  # of a coordinate, finer than a pixel


@dataclass(frozen=True)
class Group:
    """Some of the images on a map.

    Attributes:
        kind: What `values` mean.
        values: The class; left, right, bottom and top; or x and y of each vertex in turn.
    """

    kind: Kind
    values: tuple[float, ...]

    @property
    def text(self) -> str:
        """As `read` reads it."""
        if self.kind == "lasso":
            corners = zip(self.values[::2], self.values[1::2], strict=True)
            return f"lasso:{';'.join(map(link.written, corners))}"
        return f"{self.kind}:{link.written(self.values)}"

    def outline(self) -> npt.NDArray[np.float64]:
        """Vertices of a box or a lasso in plane units, shape (K, 2)."""
        if self.kind == "box":
            left, right, bottom, top = self.values
            return np.array([(left, bottom), (right, bottom), (right, top), (left, top)])
        return np.array(self.values, np.float64).reshape(-1, 2)

    def holds(
        self, xy: npt.NDArray[np.float64], labels: npt.NDArray[np.int64]
    ) -> npt.NDArray[np.bool_]:
        """Which images belong to it, by their places, (N, 2), and classes, (N,); shape (N,)."""
        if self.kind == "class":
            return np.asarray(labels == int(self.values[0]))
        x, y = xy.T
        if self.kind == "box":
            left, right, bottom, top = self.values
            return np.asarray((x >= left) & (x <= right) & (y >= bottom) & (y <= top))
        inside = np.zeros(len(xy), dtype=bool)
        corners = self.outline()
        for (x0, y0), (x1, y1) in zip(corners, np.roll(corners, -1, axis=0), strict=True):
            crosses = (y0 > y) != (y1 > y)  # a ray to the right meets this edge: even, odd, even…
            with np.errstate(divide="ignore", invalid="ignore"):
                inside ^= crosses & (x < (x1 - x0) * (y - y0) / (y1 - y0) + x0)
        return inside


def of_class(label: int) -> Group:
    """All images of a class."""
    return Group("class", (label,))


def box(x: Sequence[float], y: Sequence[float]) -> Group:
    """All images between two places along each axis, in either order."""
    edges = (*sorted(map(_short, x)), *sorted(map(_short, y)))
    return Group("box", edges)


def lasso(x: Sequence[float], y: Sequence[float]) -> Group:
    """All images within a path; of a longer one than 60 vertices, so many of them."""
    kept = np.unique(np.linspace(0, len(x) - 1, min(len(x), MAX_VERTICES)).round().astype(int))
    corners = [(_short(x[i]), _short(y[i])) for i in kept]
    return Group("lasso", tuple(value for corner in corners for value in corner))


def selected(selection: Mapping[str, Any], *, is_strip: bool) -> Group | None:
    """What was drawn on the chart last; None if nothing, or no more than a line.

    On a strip the height means nothing: what is drawn counts from left to right.
    """
    for kind, make in (("lasso", lasso), ("box", box)):
        if drawn := selection.get(kind):
            x, y = drawn[-1]["x"], drawn[-1]["y"]
            if is_strip:
                return box((min(x), max(x)), STRIP_RANGE)
            if len(x) > 2 or kind == "box":
                return make(x, y)
    return None


def read(text: str) -> Group:
    """Of a link."""
    kind, _, rest = text.partition(":")
    if kind == "class":
        return of_class(link.whole(0, link.MAX_INDEX)(rest))
    if kind == "box":
        left, right, bottom, top = link.numbers(rest)
        if left > right or bottom > top:
            raise ValueError(text)
        return Group("box", (left, right, bottom, top))
    if kind != "lasso" or not 3 <= rest.count(";") + 1 <= MAX_VERTICES:
        raise ValueError(text)
    return Group("lasso", tuple(v for corner in rest.split(";") for v in link.place(corner)))


def _short(value: float) -> float:
    return float(f"{float(np.clip(value, -link.MAX_COORDINATE, link.MAX_COORDINATE)):.{DIGITS}g}")
