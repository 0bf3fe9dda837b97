"""The only caches: bounded, keyed by plain values, holding values nobody changes.

A model is known by its path and the time its file was written; whether its data set is on
this machine is part of the key too, so that a download takes effect at once.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import numpy.typing as npt
import plotly.graph_objects as go
import streamlit as st

from ui import charts, layers
from ui.frame import Ranges, axis_titles, is_strip, place_on_map, visible_ranges
from ui.images import to_bytes
from ui.loupe import grid_nodes, grid_side, pack
from vae_core import encode, fit_plane, load_checkpoint, load_images
from vae_core.checkpoint_header import DatasetInfo
from vae_core.checkpoints import Checkpoint
from vae_core.data import ImageSet, Split, default_data_dir
from vae_core.decoding import decode_grid
from vae_core.devices import use_threads
from vae_core.encoding import LatentSet
from vae_core.errors import ConfigError, DataError, DataMissingError, VaeCoreError
from vae_core.metrics.support import Neighbourhood
from vae_core.projection import Completion, Plane

MAP_KEY = "explore_map"
REACH = (1.8, 1.5)  # the loupe's grid over the width and height of the data
_shared = partial(st.cache_resource, show_spinner=False)


@dataclass(frozen=True, eq=False)
class Batch:
    """The images on the map.

    Attributes:
        indices: Of each image in its split, shape (N,).
        latents: Their posteriors.
        split: Held-out ("test") or training images.
        is_live: Encoded just now; otherwise taken from the checkpoint's reference encoding.
    """

    indices: npt.NDArray[np.int64]
    latents: LatentSet
    split: Split
    is_live: bool


@_shared(max_entries=1)
def _one_thread() -> None:
    use_threads(1)


@_shared(max_entries=16)
def checkpoint(path: str, mtime: int) -> Checkpoint:
    """The model in this file; shared by all visitors, never trained."""
    _one_thread()
    return load_checkpoint(path)


def images(dataset: DatasetInfo, split: Split) -> ImageSet | None:
    """One split of a data set, or None if it is not here or not usable; see `data_problem`."""
    try:
        return _checked_images(dataset, split)
    except VaeCoreError:
        return None


def data_problem(dataset: DatasetInfo) -> str | None:
    """What is wrong with a data set that is here but not usable, in one sentence."""
    try:
        _checked_images(dataset, "test")
        _checked_images(dataset, "train")
    except (DataMissingError, ConfigError):  # ConfigError: a path that is no longer there
        return None
    except VaeCoreError as err:
        return str(err)
    return None


def _checked_images(dataset: DatasetInfo, split: Split) -> ImageSet:
    """Images whose held-out part is what the model was scored on."""
    folder, stamp = str(default_data_dir()), _stamp(dataset.name)
    if _held_out_sha256(dataset.name, folder, stamp) != dataset.sha256:
        raise DataError(
            f"{dataset.name} is not what this model was trained on; its images are not shown."
        )
    found: ImageSet = _images(dataset.name, split, folder, stamp)
    return found


def _stamp(name: str) -> int:
    """When an own data set last changed, in nanoseconds; 0 for the known ones."""
    try:
        return Path(name).expanduser().stat().st_mtime_ns
    except (OSError, RuntimeError, ValueError):
        return 0


@_shared(max_entries=6)
def _images(name: str, split: Split, data_dir: str, stamp: int) -> ImageSet:
    return load_images(name, split, data_dir)


@_shared(max_entries=6)
def _held_out_sha256(name: str, data_dir: str, stamp: int) -> str:
    found: ImageSet = _images(name, "test", data_dir, stamp)
    return found.sha256()


@_shared(max_entries=32)
def batch(path: str, mtime: int, size: int, seed: int, is_live: bool) -> Batch:
    """`size` images chosen by `seed`: held-out ones, or training ones if those do not suffice."""
    loaded = checkpoint(path, mtime)
    split: Split = "test" if size <= len(loaded.latents) else "train"
    source = images(loaded.dataset, split) if is_live else None
    n_images = len(loaded.latents) if source is None else len(source)
    chosen = np.random.default_rng(seed).permutation(n_images)[:size]
    if source is None:
        return Batch(chosen, loaded.latents.subset(chosen), "test", is_live=False)
    return Batch(chosen, encode(loaded.model, source.subset(chosen)), split, is_live=True)


def split_size(path: str, mtime: int, split: Split) -> int:
    """Images in a split that can be pinned."""
    loaded = checkpoint(path, mtime)
    source = None if split == "test" else images(loaded.dataset, split)
    return len(loaded.latents) if source is None else len(source)


@_shared(max_entries=16)
def neighbourhood(path: str, mtime: int) -> Neighbourhood:
    """The data of a model's whole reference encoding, and how near its members are."""
    return Neighbourhood(checkpoint(path, mtime).latents)


@_shared(max_entries=32)
def plane(path: str, mtime: int, axes: tuple[int, int]) -> Plane:
    """The map of a model, fitted to its whole reference encoding: the same for every batch."""
    return fit_plane(checkpoint(path, mtime).latents.mu, axes)


@_shared(max_entries=32)
def places(
    path: str, mtime: int, size: int, seed: int, is_live: bool, axes: tuple[int, int]
) -> npt.NDArray[np.float64]:
    """Where the images of a batch stand on the map, shape (N, 2)."""
    shown = batch(path, mtime, size, seed, is_live)
    return place_on_map(plane(path, mtime, axes), shown.latents.mu.numpy(), shown.indices)


def map_name(path: str, mtime: int, axes: tuple[int, int]) -> str:
    """Tells one map from another, whatever batch is on it."""
    return f"{path} {mtime} {axes}"


@_shared(max_entries=24)
def map_figure(
    path: str,
    mtime: int,
    size: int,
    seed: int,
    is_live: bool,
    axes: tuple[int, int],
    ranges: Ranges | None,
    theme: str,
) -> go.Figure:
    """The map as one object, so that an unchanged figure is not sent again."""
    loaded, fitted = checkpoint(path, mtime), plane(path, mtime, axes)
    shown = batch(path, mtime, size, seed, is_live)
    texts = charts.MapLabels(*axis_titles(fitted, loaded.config.kind), loaded.dataset.classes)
    return charts.latent_map(
        places(path, mtime, size, seed, is_live, axes),
        shown.latents.labels.numpy(),
        shown.indices,
        texts,
        ranges or visible_ranges(fitted),
        theme,
        map_name(path, mtime, axes),
    )


@_shared(max_entries=64)
def layer(
    path: str, mtime: int, axes: tuple[int, int], completion: Completion, name: str
) -> layers.Picture:
    """One layer of a map."""
    fitted, data = plane(path, mtime, axes), neighbourhood(path, mtime)
    return layers.draw(name, layers.Scene(checkpoint(path, mtime), data, fitted, completion))


@_shared(max_entries=12)
def loupe_payload(path: str, mtime: int, axes: tuple[int, int], completion: Completion) -> bytes:
    """The grid of decoded images that the loupe blends, for this map."""
    model, fitted = checkpoint(path, mtime).model, plane(path, mtime, axes)
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
    name = map_name(path, mtime, axes)
    return pack(to_bytes(grid.numpy()), nodes[0], nodes[1], MAP_KEY, name)
