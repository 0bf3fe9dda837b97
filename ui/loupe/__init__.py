"""The loupe: decoded images under the cursor of a native chart, clicks anywhere, and the pin.

Three small components. The loupe receives a grid of decoded images once and then works without
the server. The pin tells the others what is pinned and reports clicks; it alone is redrawn by a
click, so the grid is not sent again. The fields are the way to both without a mouse.
"""

from __future__ import annotations

import json
import struct
import zlib
from collections.abc import Callable, Sequence
from typing import TypedDict

import numpy as np
import numpy.typing as npt
import streamlit as st

from ui.images import to_bytes
from ui.loupe.files import read

GRID_BYTES = 3_300_000  # of one unpacked grid: 64 x 64 images of 28 x 28
MAX_SIDE = 64


class Pick(TypedDict):
    """A click: plane coordinates, the index of the image if it hit a point, and which map."""

    x: float
    y: float
    image: int | None
    map: str


def grid_side(image_shape: tuple[int, int, int]) -> int:
    """Cells along each side of the grid that keep its size within bounds."""
    channels, height, width = image_shape
    return min(MAX_SIDE, int((GRID_BYTES / (channels * height * width)) ** 0.5))


def grid_nodes(
    values: npt.NDArray[np.float64], low: float, high: float, n: int
) -> npt.NDArray[np.float64]:
    """N ascending places from `low` to `high`, closer together where the data is.

    Half of them spread evenly, half follow `values`, shape (N,). For the same number of cells
    this halves the error of blending them where people look.
    """
    n_samples = 512
    even = np.linspace(low, high, n_samples)
    data = np.quantile(np.clip(values, low, high), np.linspace(0, 1, n_samples))
    nodes: npt.NDArray[np.float64] = np.quantile(np.concatenate([even, data]), np.linspace(0, 1, n))
    # Many equal values would give two nodes in one place, and a cell of no width.
    return np.maximum.accumulate(nodes + np.linspace(0, 1e-6 * (high - low), n))


def pack(
    grid: npt.NDArray[np.floating] | npt.NDArray[np.uint8],
    nodes_x: npt.NDArray[np.float64],
    nodes_y: npt.NDArray[np.float64],
    chart: str,
    map_name: str,
    *,
    reports_view: bool = False,
) -> bytes:
    """A grid of decoded images in the form the loupe unpacks.

    Args:
        grid: In [0, 1], shape (rows, columns, C, H, W); one row for a strip. The loupe shows no
            picture beside a cell that is not finite.
        nodes_x: Ascending places of the columns, in plane units.
        nodes_y: Ascending places of the rows.
        chart: Key of the chart.
        map_name: The figure's `layout.meta`; the grid is shown over this map only.
        reports_view: Whether the server wants to know of a zoom; each is a run of the page.
    """
    rows, columns, channels, height, width = grid.shape
    undefined = np.flatnonzero(~np.isfinite(grid).all((2, 3, 4)))
    head = json.dumps(
        {
            "chart": chart,
            "map": map_name,
            "rows": rows,
            "columns": columns,
            "channels": channels,
            "height": height,
            "width": width,
            "nodesX": nodes_x.tolist(),
            "nodesY": nodes_y.tolist(),
            "strip": rows == 1,
            "reportsView": reports_view,
            "undefined": undefined.tolist(),
        }
    ).encode()
    return struct.pack("<I", len(head)) + head + zlib.compress(to_bytes(grid).tobytes(), 6)


_LOUPE = st.components.v2.component(
    "latent_loupe",
    js=read(
        "dom.js",
        "chart.js",
        "follow.js",
        "atlas.js",
        "marker.js",
        "keys.js",
        "space.js",
        "loupe.js",
    ),
    css=read("loupe.css"),
    isolate_styles=False,
)
# Redrawn with every click, and its script is sent each time: it only leaves what is pinned, and
# the way to report a pick, where the loupe and the fields find them.
_PIN = st.components.v2.component("latent_pin", js=read("pin.js"))
_FIELDS = st.components.v2.component(
    "latent_fields",
    js=read("dom.js", "chart.js", "fields.js"),
    css=read("fields.css"),
    isolate_styles=False,
)
_LAYERS = st.components.v2.component(
    "latent_layers", js=read("chart.js", "follow.js", "layers.js"), isolate_styles=False
)


def loupe(payload: bytes, *, key: str, on_view: Callable[[], None]) -> None:
    """Put the loupe over the chart named in `payload`; see `pack`.

    In the callback `st.session_state[key]["view"]` is what the map shows now, [[left, right],
    [bottom, top]].
    """
    _LOUPE(data=payload, key=key, on_view_change=on_view, width="content", height="content")


class Pinned(TypedDict):
    """What is pinned, for the marker and the fields.

    `x` and `y` are plane units; `image` is the index of the image beside it, `imageLabel` what
    kind of image that is, `lastImage` the last index there is; `map` is the map's name, and
    `strip` tells that its `y` means nothing; `ellipse` is where the image's posterior is one
    sigma wide, half axes in plane units and degrees; `announcement` says it all to screen readers.
    """

    x: float
    y: float
    image: int
    imageLabel: str
    lastImage: int
    map: str
    strip: bool
    ellipse: tuple[float, float, float] | None
    announcement: str


def pin(chart: str, pinned: Pinned, *, key: str, on_pick: Callable[[], None]) -> None:
    """Mark a place of the chart with this key, and listen for clicks on it and for the fields.

    Put it into the fragment that a click should redraw: the click then runs nothing else. In
    the callback, which comes before, `st.session_state[key]["pick"]` is a Pick.
    """
    data = {"chart": chart, **pinned}
    _PIN(data=data, key=key, on_pick_change=on_pick, width="content", height="content")


class LayerPicture(TypedDict):
    """A PNG of `size` bytes over [left, right, bottom, top] in plane units."""

    size: int
    extent: tuple[float, float, float, float]
    smooth: bool


def lay_under(
    chart: str,
    map_name: str,
    pictures: Sequence[tuple[bytes, tuple[float, float, float, float], bool]],
    prior: tuple[float, float] | None,
    *,
    key: str,
) -> None:
    """Lay pictures and the prior's circles under the points of a chart.

    Args:
        chart: Its key.
        map_name: The figure's `layout.meta`; nothing is drawn under another map.
        pictures: PNG, (left, right, bottom, top) in plane units, and whether its cells blend.
        prior: Centre of the prior's circles of 1, 2 and 3 sigma in plane units; None for none.
        key: Of the component.
    """
    listed: list[LayerPicture] = [
        {"size": len(png), "extent": extent, "smooth": smooth} for png, extent, smooth in pictures
    ]
    head = {"chart": chart, "map": map_name, "pictures": listed, "prior": prior}
    encoded = json.dumps(head).encode()
    data = b"".join([struct.pack("<I", len(encoded)), encoded, *(png for png, *_ in pictures)])
    _LAYERS(data=data, key=key, width="content", height="content")


def fields(axes: tuple[str, ...], *, key: str) -> None:
    """Number fields for what is pinned, one for each of `axes` and one for the image."""
    _FIELDS(data={"axes": axes}, key=key)
