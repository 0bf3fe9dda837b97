"""What is worked out once for everyone: which images are in two groups, and their vector.

Bounded caches, keyed by plain values, as in `ui.cache`.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import numpy as np
import numpy.typing as npt
import plotly.graph_objects as go
import streamlit as st

from ui import cache, drawn
from ui.arithmetic.groups import Group, of_class
from ui.exhibit import Exhibit
from ui.frame import Ranges, place_on_map
from ui.keys import BatchKey, Look, MapKey
from vae_core import decode
from vae_core.attributes import (
    Apart,
    AttributeVector,
    apart,
    attribute_vector,
)
from vae_core.metrics.directions import (
    Reliability,
    Transfer,
    reliability,
    transfer,
    transfer_between_classes,
)

_shared = partial(st.cache_resource, show_spinner=False)


@dataclass(frozen=True, eq=False)
class Difference:
    """Two groups and the vector between them."""

    groups: Apart
    vector: AttributeVector


@_shared(max_entries=16)
def places(key: MapKey) -> npt.NDArray[np.float64]:
    """Where all held-out images stand on the map, shape (N, 2)."""
    mu = cache.checkpoint(key.path, key.mtime).latents.mu.numpy()
    return place_on_map(cache.plane(key), mu, np.arange(len(mu)))


@_shared(max_entries=32)
def members(key: MapKey, group: Group) -> npt.NDArray[np.bool_]:
    """Which of the held-out images are in a group, shape (N,)."""
    labels = cache.checkpoint(key.path, key.mtime).latents.labels.numpy()
    return group.holds(places(key), labels)


@_shared(max_entries=32)
def difference(key: MapKey, plus: Group, minus: Group) -> Difference:
    """The vector between two groups of held-out images; raises ConfigError."""
    found = apart(members(key, plus), members(key, minus))
    latents = cache.checkpoint(key.path, key.mtime).latents
    return Difference(found, attribute_vector(latents, found.plus, found.minus))


@_shared(max_entries=32)
def pixel_difference(
    key: MapKey, plus: Group, minus: Group, *, is_live: bool
) -> npt.NDArray[np.float64] | None:
    """Mean image of one group less that of the other, -1 to 1, (C, H, W); None without images."""
    source = cache.images(cache.checkpoint(key.path, key.mtime).dataset, "test")
    if source is None or not is_live:
        return None
    groups, images = difference(key, plus, minus).groups, source.images.numpy()
    means = [images[mask].mean(0) / 255 for mask in (groups.plus, groups.minus)]
    return np.asarray(means[0] - means[1])


@_shared(max_entries=64)
def drawn_change(key: MapKey, plus: Group, minus: Group) -> float:
    """Root mean square difference of what is drawn for the two mean codes, 0 to 1, or NaN."""
    vector = difference(key, plus, minus).vector
    codes = np.stack([vector.plus, vector.minus])
    drawn = decode(cache.checkpoint(key.path, key.mtime).model, codes)
    return float((drawn[0] - drawn[1]).square().mean().sqrt())


@_shared(max_entries=64)
def judged(key: MapKey, plus: Group, minus: Group) -> tuple[Reliability, Transfer] | None:
    """How reliable the vector is, and whether adding it works; None for too small groups."""
    found = difference(key, plus, minus).groups
    latents = cache.checkpoint(key.path, key.mtime).latents
    data = cache.neighbourhood(key.path, key.mtime)
    parted = reliability(latents, found.plus, found.minus)
    moved = transfer(data, found.plus, found.minus)
    return None if parted is None or moved is None else (parted, moved)


@_shared(max_entries=16)
def between_classes(path: str, mtime: int) -> npt.NDArray[np.float64]:
    """Quick look at all pairs of classes; see `transfer_between_classes`."""
    n_classes = len(cache.checkpoint(path, mtime).dataset.classes)
    return transfer_between_classes(cache.neighbourhood(path, mtime), n_classes)


def example(exhibit: Exhibit, *, is_best: bool) -> tuple[Group, Group] | None:
    """The two classes, plus and minus, between which the sum works best, or worst."""
    share = between_classes(exhibit.entry.path, exhibit.entry.mtime)
    if not np.isfinite(share).any():
        return None
    place = np.nanargmax(share) if is_best else np.nanargmin(share)
    plus, minus = np.unravel_index(int(place), share.shape)
    return of_class(int(plus)), of_class(int(minus))


@_shared(max_entries=16)
def figure(
    batch_key: BatchKey,
    map_key: MapKey,
    look: Look,
    ranges: Ranges | None,
    height: int,
    drag: str,
) -> go.Figure:
    """The map, on which a drag does this; what is drawn on it does not dim the other dots."""
    found = go.Figure(drawn.map_figure(batch_key, map_key, look, ranges, height))
    found.update_layout(dragmode=drag)
    found.update_traces(selected={"marker": {"opacity": 1}}, unselected={"marker": {"opacity": 1}})
    return found
