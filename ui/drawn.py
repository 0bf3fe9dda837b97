"""Everything that is drawn once and then shown to everyone: figures, layers, the loupe's grid.

Bounded caches, keyed by plain values, as in `cache`.
"""

from __future__ import annotations

from functools import partial
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import plotly.graph_objects as go
import streamlit as st

from ui import cache, charts, colours, layers, spaces
from ui.frame import Ranges, axis_titles, is_strip, visible_ranges
from ui.keys import BatchKey, Look, MapKey
from ui.loupe import grid_nodes, grid_side, pack
from ui.view import Colour
from vae_core.decoding import decode_grid
from vae_core.geometry import off_plane_share
from vae_core.projection import Completion

MAP_KEY = "explore_map"
REACH = (1.8, 1.5)  # the loupe's grid over the width and height of the data
_shared = partial(st.cache_resource, show_spinner=False)


@_shared(max_entries=32)
def point_values(key: BatchKey, colour: Colour) -> npt.NDArray[np.float64]:
    """What colours say of each image of a batch, shape (N,); see `colours.SCALES`."""
    loaded, shown = cache.checkpoint(key.path, key.mtime), cache.batch(key)
    source = cache.images(loaded.dataset, shown.part) if shown.is_live else None
    data = cache.neighbourhood(key.path, key.mtime)
    chosen = None if source is None else source.subset(shown.indices)
    is_held_out = (shown.part != "train") & (shown.indices < len(loaded.latents))
    own = np.where(is_held_out, shown.indices, -1)
    return colours.values(colour, loaded.model, shown.latents, chosen, data, own)


class Contents(NamedTuple):
    """What a map shows of its images; opacity is of each point, 0 to 1, shape (N,)."""

    dots: charts.Dots
    texts: charts.MapLabels
    values: charts.Values | None
    opacity: npt.NDArray[np.float64] | None


def contents(batch_key: BatchKey, map_key: MapKey, look: Look) -> Contents:
    """The images of the chosen classes: where they stand, and what colour and opacity say."""
    loaded, fitted = cache.checkpoint(map_key.path, map_key.mtime), cache.plane(map_key)
    shown = cache.batch(batch_key)
    texts = charts.MapLabels(*axis_titles(fitted, loaded.config.kind), loaded.dataset.classes)
    labels, kept = _of_classes(shown, look.classes)
    values = None
    if look.colour != "class":
        values = charts.Values(
            point_values(batch_key, look.colour)[kept], colours.SCALES[look.colour].title
        )
    share = None
    if look.fade:
        share = 1 - off_plane_share(fitted, shown.latents.mu.numpy()[kept])
    places = cache.places(batch_key, map_key)
    return Contents(
        charts.Dots(places[kept], labels[kept], shown.indices[kept]), texts, values, share
    )


def _of_classes(
    shown: cache.Batch, classes: tuple[int, ...]
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.bool_]]:
    """Class of each image, and which are of these classes; () means all."""
    labels = shown.latents.labels.numpy()
    return labels, np.isin(labels, classes) if classes else np.ones(len(labels), bool)


@_shared(max_entries=24)
def map_figure(
    batch_key: BatchKey,
    map_key: MapKey,
    look: Look,
    ranges: Ranges | None,
    height: int = charts.HEIGHT,
) -> go.Figure:
    """The map as one object, so that an unchanged figure is not sent again."""
    found = contents(batch_key, map_key, look)
    return charts.latent_map(
        found.dots,
        found.texts,
        ranges or visible_ranges(cache.plane(map_key)),
        look.theme,
        map_key.name,
        values=found.values,
        opacity=found.opacity,
        height=height,
    )


@_shared(max_entries=8)
def space_figure(batch_key: BatchKey, map_key: MapKey, classes: tuple[int, ...]) -> go.Figure:
    """The same images along three components."""
    shown = cache.batch(batch_key)
    labels, kept = _of_classes(shown, classes)
    return spaces.space_map(
        cache.plane(map_key),
        shown.latents.mu.double().numpy()[kept],
        labels[kept],
        shown.indices[kept],
        cache.checkpoint(map_key.path, map_key.mtime).dataset.classes,
        map_key.name,
    )


@_shared(max_entries=64)
def layer(key: MapKey, completion: Completion, name: str) -> layers.Picture:
    """One layer of a map."""
    loaded, data = cache.checkpoint(key.path, key.mtime), cache.neighbourhood(key.path, key.mtime)
    return layers.draw(name, layers.Scene(loaded, data, cache.plane(key), completion))


@_shared(max_entries=16)
def loupe_payload(
    key: MapKey, completion: Completion, chart: str = MAP_KEY, *, reports_view: bool = True
) -> bytes:
    """The grid of decoded images that the loupe blends, for this map on the chart of this key."""
    grid = _loupe_grid(key, completion)
    return pack(grid.cells, grid.nodes_x, grid.nodes_y, chart, key.name, reports_view=reports_view)


class LoupeGrid(NamedTuple):
    """Decoded images in [0, 1], (rows, columns, C, H, W), at the crossings of places."""

    cells: npt.NDArray[np.floating]
    nodes_x: npt.NDArray[np.float64]
    nodes_y: npt.NDArray[np.float64]


@_shared(max_entries=8)
def _loupe_grid(key: MapKey, completion: Completion) -> LoupeGrid:
    model, fitted = cache.checkpoint(key.path, key.mtime).model, cache.plane(key)
    side = grid_side(model.config.image_shape)
    xy = fitted.to_plane(fitted.codes)
    left, right, bottom, top = fitted.extent
    nodes = []
    for values, low, high, reach in zip(xy.T, (left, bottom), (right, top), REACH, strict=True):
        spare = (reach - 1) * (high - low) / 2
        ends = min(low - spare, values.min()), max(high + spare, values.max())
        nodes.append(grid_nodes(values, *ends, side))
    if is_strip(fitted):
        nodes[1] = np.zeros(1)
    grid = decode_grid(model, fitted, nodes[0], nodes[1], completion)
    return LoupeGrid(grid.numpy(), *nodes)
