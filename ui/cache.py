"""The only caches besides `drawn`: bounded, keyed by plain values, holding values nobody changes.

A model is known by its path and the time its file was written; whether its data set is on
this machine is part of a batch's key too, so that a download takes effect at once.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import numpy as np
import numpy.typing as npt
import streamlit as st

from ui.catalogue import dataset_title
from ui.frame import place_on_map
from ui.keys import BatchKey, MapKey
from ui.parts import SPLITS, Part
from vae_core import encode, fit_plane, load_checkpoint, load_images
from vae_core.alignment import Turn, map_turn, turned
from vae_core.checkpoint_header import DatasetInfo
from vae_core.checkpoints import Checkpoint
from vae_core.data import ImageSet, default_data_dir, own_path
from vae_core.encoding import LatentSet
from vae_core.errors import ConfigError, DataError, DataMissingError, VaeCoreError
from vae_core.metrics.support import Neighbourhood
from vae_core.metrics.typicality import typicality
from vae_core.projection import Plane

_shared = partial(st.cache_resource, show_spinner=False)


@dataclass(frozen=True, eq=False)
class Batch:
    """The images on the map.

    Attributes:
        indices: Of each image in its part of the data set, shape (N,).
        latents: Their posteriors.
        part: Held-out images, training images or all.
        is_live: Encoded just now; otherwise taken from the checkpoint's reference encoding.
    """

    indices: npt.NDArray[np.int64]
    latents: LatentSet
    part: Part
    is_live: bool


@_shared(max_entries=16)
def checkpoint(path: str, mtime: int) -> Checkpoint:
    """The model in this file; shared by all visitors, never trained."""
    return load_checkpoint(path)


def images(dataset: DatasetInfo, part: Part) -> ImageSet | None:
    """A part of a data set, or None if it is not here or not usable; see `data_problem`."""
    try:
        return _checked_images(dataset, part)
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


def _checked_images(dataset: DatasetInfo, part: Part) -> ImageSet:
    """Images whose held-out part is what the model was scored on."""
    folder, changed = str(default_data_dir()), stamp(dataset.name)
    if _held_out_sha256(dataset.name, folder, changed) != dataset.sha256:
        raise DataError(
            f"{dataset_title(dataset.name)} is not what this model was trained on; its images are "
            "not shown."
        )
    found: ImageSet = _images(dataset.name, part, folder, changed)
    return found


def stamp(name: str) -> int:
    """When an own data set last changed, in nanoseconds; 0 for the known ones."""
    try:
        path = own_path(name)
        return 0 if path is None else path.stat().st_mtime_ns
    except OSError:
        return 0


@_shared(max_entries=6)
def _images(name: str, part: Part, data_dir: str, stamp: int) -> ImageSet:
    if part != "all":
        return load_images(name, part, data_dir)
    held_out, train = (_images(name, split, data_dir, stamp) for split in SPLITS)
    joined: ImageSet = held_out.joined(train)
    return joined


@_shared(max_entries=6)
def _held_out_sha256(name: str, data_dir: str, stamp: int) -> str:
    found: ImageSet = _images(name, "test", data_dir, stamp)
    return found.sha256()


def part_of(path: str, mtime: int, size: int) -> tuple[Part, int]:
    """The part of the data set that so many images are chosen from, and its size.

    Held-out images if there are enough, else training images, else both; where the images are
    absent, the held-out ones whose codes came with the model.
    """
    loaded = checkpoint(path, mtime)
    train = images(loaded.dataset, "train")
    n_held_out, n_train = len(loaded.latents), 0 if train is None else len(train)
    if size <= n_held_out or train is None:
        return "test", n_held_out
    return ("train", n_train) if size <= n_train else ("all", n_held_out + n_train)


@_shared(max_entries=32)
def batch(key: BatchKey) -> Batch:
    """Images chosen by the seed."""
    loaded = checkpoint(key.path, key.mtime)
    part, n_images = part_of(key.path, key.mtime, key.size)
    source = images(loaded.dataset, part) if key.is_live else None
    chosen = np.random.default_rng(key.seed).permutation(n_images)[: key.size]
    if source is None:
        return Batch(chosen, loaded.latents.subset(chosen), part, is_live=False)
    if len(chosen) == len(source):  # a whole part is not copied before it is encoded
        return Batch(chosen, encode(loaded.model, source).subset(chosen), part, is_live=True)
    return Batch(chosen, encode(loaded.model, source.subset(chosen)), part, is_live=True)


@_shared(max_entries=40)
def classmates(key: BatchKey, label: int) -> npt.NDArray[np.int64]:
    """Images of a class in the part that a batch is from, the most typical first, shape (M,)."""
    shown, latents = batch(key), checkpoint(key.path, key.mtime).latents
    indices = np.arange(len(latents))
    if shown.part != "test":  # then all of it is on the map
        indices, latents = shown.indices, shown.latents
    mates = np.flatnonzero(latents.labels.numpy() == label)
    mates = mates[np.argsort(indices[mates])]
    share = np.nan_to_num(typicality(latents.subset(mates)))
    return indices[mates][np.argsort(-share, kind="stable")]


@_shared(max_entries=16)
def neighbourhood(path: str, mtime: int) -> Neighbourhood:
    """The data of a model's whole reference encoding, and how near its members are."""
    return Neighbourhood(checkpoint(path, mtime).latents)


@_shared(max_entries=32)
def plane(key: MapKey) -> Plane:
    """The map of a model, fitted to its whole reference encoding: the same for every batch."""
    if key.onto is not None:
        return turned(plane(key._replace(onto=None)), turn(key).rotation)
    return fit_plane(checkpoint(key.path, key.mtime).latents.mu, key.axes, key.basis)


@_shared(max_entries=32)
def turn(key: MapKey) -> Turn:
    """What turns a map onto the one that its key names."""
    assert key.onto is not None
    path, mtime = key.onto
    others = key._replace(path=path, mtime=mtime, onto=None)
    return map_turn(plane(others), plane(key._replace(onto=None)))


@_shared(max_entries=32)
def places(batch_key: BatchKey, map_key: MapKey) -> npt.NDArray[np.float64]:
    """Where the images of a batch stand on the map, shape (N, 2)."""
    shown = batch(batch_key)
    return place_on_map(plane(map_key), shown.latents.mu.numpy(), shown.indices)
