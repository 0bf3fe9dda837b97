"""What the Train page reads from the disk, cached: data sets, runs, networks.

Bounded, keyed by plain values, as in `ui.cache`.
"""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import streamlit as st

from ui.cache import stamp
from vae_core import load_images
from vae_core.config import ModelConfig
from vae_core.data import DATASETS, default_data_dir
from vae_core.data.kept import kept_names
from vae_core.errors import RunError, VaeCoreError
from vae_core.metrics.bounds import ReconstructionBounds, reconstruction_bounds
from vae_core.models.autoencoder import AutoEncoder, blank_model
from vae_core.runs import Dispatcher, Run, RunConfig, list_runs
from vae_core.runs.folder import Standing, waiting
from vae_core.runs.records import whole_epochs

HOME = Path(__file__).parents[2]
_shared = partial(st.cache_resource, show_spinner=False)


def runs_dir() -> Path:
    """The folder of all runs: `VAE_RUNS_DIR`, else `runs` beside `app.py`."""
    return Path(os.environ.get("VAE_RUNS_DIR") or HOME / "runs").absolute()


@_shared(max_entries=1, on_release=Dispatcher.close)
def dispatcher(root: str) -> Dispatcher:
    """The one that starts the waiting runs for this server, working in the background."""
    found = Dispatcher(root)
    found.start()
    return found


@dataclass(frozen=True)
class Images:
    """A data set in numbers: shape (C, H, W) of an image, and how many there are."""

    shape: tuple[int, int, int]
    n_train: int
    n_held_out: int


def images(name: str) -> Images:
    """The size of a data set; raises VaeCoreError where it is not here."""
    found: Images = _images(name, str(default_data_dir()), stamp(name))
    return found


@_shared(max_entries=64)
def _images(name: str, data_dir: str, stamp: int) -> Images:
    train, held_out = load_images(name, "train", data_dir), load_images(name, "test", data_dir)
    return Images(train.image_shape, len(train), len(held_out))


@_shared(max_entries=16)
def _bounds(name: str, data_dir: str, stamp: int) -> ReconstructionBounds:
    train, held_out = load_images(name, "train", data_dir), load_images(name, "test", data_dir)
    return reconstruction_bounds(held_out, train.mean_image())


def bounds(name: str) -> ReconstructionBounds | None:
    """Between what the reconstruction of held-out images lies; None where they are not here."""
    try:
        found: ReconstructionBounds = _bounds(name, str(default_data_dir()), stamp(name))
    except VaeCoreError:
        return None
    return found


def n_train(name: str) -> int | None:
    """Training images of a data set; None where it is not here."""
    try:
        return images(name).n_train
    except VaeCoreError:
        return None


def usable() -> dict[str, Images]:
    """The data sets on this machine, those that visitors brought last."""
    found = {}
    for name in (*DATASETS, *kept_names()):
        with suppress(VaeCoreError):
            found[name] = images(name)
    return found


@dataclass(frozen=True)
class Network:
    """Widths of a network's layers, with what they are, and the number of its parameters."""

    encoder: tuple[tuple[str, int], ...]
    decoder: tuple[tuple[str, int], ...]
    n_parameters: int


@_shared(max_entries=64)
def network(config: ModelConfig) -> Network:
    """The network that this record builds."""
    model = blank_model(config)
    n_parameters = sum(weights.numel() for weights in model.parameters())
    return Network(_layers(model, "encoder"), _layers(model, "decoder")[:-1], n_parameters)


def _layers(model: AutoEncoder, body: str) -> tuple[tuple[str, int], ...]:
    """Of an encoder or a decoder: "dense" and its units, or "conv" and its channels."""
    found: list[tuple[str, int]] = []
    for layer in getattr(model, body):
        for kind, attribute in (("dense", "out_features"), ("conv", "out_channels")):
            if hasattr(layer, attribute):
                found.append((kind, getattr(layer, attribute)))
    return tuple(found)


def config(run: Run) -> RunConfig:
    """What a run trains; raises RunError."""
    try:
        written = (run.path / "config.json").stat().st_mtime_ns
    except OSError as err:
        raise RunError(f"Run {run.id} cannot be read: {err.strerror}.") from err
    found: RunConfig = _config(str(run.path), written)
    return found


@_shared(max_entries=256)
def _config(path: str, mtime: int) -> RunConfig:
    return Run(Path(path)).config()


def configs() -> dict[str, RunConfig]:
    """Of all runs that can be read, the newest first, by the names of their folders."""
    found = {}
    for run in list_runs(runs_dir()):
        with suppress(RunError):
            found[run.id] = config(run)
    return found


def position(run: Run, runs: Standing) -> int | None:
    """Where a run stands in the queue, from 0; None if it does not wait."""
    ids = [other.id for other, _ in waiting(runs)]
    return ids.index(run.id) if run.id in ids else None


def events(run: Run) -> list[dict[str, Any]]:
    """Everything a run has said of its progress."""
    written = []
    for name in ("metrics.jsonl", "step.json"):
        with suppress(OSError):
            written.append((run.path / name).stat().st_mtime_ns)
    found: list[dict[str, Any]] = _events(str(run.path), tuple(written))
    return found


@_shared(max_entries=16)
def _events(path: str, written: tuple[int, ...]) -> list[dict[str, Any]]:
    return Run(Path(path)).events()


def history(run: Run) -> list[dict[str, Any]]:
    """One event for each whole epoch of a run."""
    return whole_epochs(events(run))
