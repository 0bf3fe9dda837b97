"""What a checkpoint says about itself, and whether that can be believed.

The header of its file (see `tensor_file`) has one entry of ours, `vae_core`. Everything here looks
at the header alone: nothing is allocated by its word before it has been compared with the model it
describes.
"""

from __future__ import annotations

import platform
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch

from vae_core import strict_json
from vae_core.config import ModelConfig, TrainConfig, quote
from vae_core.errors import CheckpointError, ConfigError
from vae_core.models.autoencoder import AutoEncoder
from vae_core.tensor_file import NO_CHECKSUM, SHA256, n_rows, require_layout

SCHEMA = 1
DTYPES = {"float32": torch.float32, "float16": torch.float16}
TENSOR_TYPES = {"float32": "F32", "float16": "F16"}  # in the header's words
ENTRIES = {
    "schema", "model", "training", "dataset", "history", "metrics", "versions", "dtype", "sha256",
}  # fmt: skip


@dataclass(frozen=True)
class DatasetInfo:
    """What a model was trained on.

    Attributes:
        name: Of the data set.
        sha256: `ImageSet.sha256` of the held-out images, in the order of the reference
            encoding.
        classes: Class names.
    """

    name: str
    sha256: str
    classes: tuple[str, ...]


@dataclass(frozen=True)
class Header:
    """Everything a checkpoint says about itself, without its tensors.

    Attributes:
        config: How the model is built.
        training: How it was trained.
        dataset: On what.
        history: One mapping per epoch, in nats per image; see `EpochEnd`.
        metrics: Of the held-out images, finite numbers, of which `kl_per_dim` has D, and whether
            they were `binarized`; a metric that is undefined is None.
        versions: Of Python and the libraries that made it.
        dtype: Of the weights in the file.
        sha256: Of the file.
    """

    config: ModelConfig
    training: TrainConfig
    dataset: DatasetInfo
    history: tuple[dict[str, Any], ...]
    metrics: dict[str, Any]
    versions: dict[str, str]
    dtype: str
    sha256: str


def describe(
    config: ModelConfig,
    training: TrainConfig,
    dataset: DatasetInfo,
    history: Sequence[Mapping[str, Any]],
    metrics: Mapping[str, Any],
    dtype: str,
) -> str:
    """The header's entry as JSON, with NO_CHECKSUM where the checksum belongs.

    Raises:
        ValueError: The history or the metrics could not be read again.
    """
    _require_scores(metrics, config.latent_dim)
    return strict_json.dumps(
        {
            "schema": SCHEMA,
            "model": config.to_json(),
            "training": training.to_json(),
            "dataset": {
                "name": dataset.name,
                "sha256": dataset.sha256,
                "classes": list(dataset.classes),
            },
            "history": [dict(event) for event in history],
            "metrics": dict(metrics),
            "versions": {
                "python": platform.python_version(),
                "torch": torch.__version__,
                "numpy": np.__version__,
            },
            "dtype": dtype,
            "sha256": NO_CHECKSUM,
        }
    )


def parse_header(raw: bytes, path: Path) -> tuple[dict[str, Any], Header]:
    """The tensors' layout and the record, from the header's bytes."""
    try:
        layout = strict_json.loads(raw)
        entry = strict_json.loads(layout.pop("__metadata__")["vae_core"])
        schema = entry["schema"]
    except (ValueError, KeyError, TypeError, AttributeError) as err:
        raise CheckpointError(
            f"{path.name} is damaged, or was not made by this app: its header cannot be read."
        ) from err
    if type(schema) is not int or schema != SCHEMA:
        raise CheckpointError(
            f"{path.name} has format {quote(schema)}; this app reads format {SCHEMA}. "
            "Update the app to open it."
        )
    try:
        return layout, _to_header(entry)
    except ConfigError as err:
        raise CheckpointError(f"{path.name} describes no model this app knows: {err}") from err
    except (KeyError, TypeError, ValueError, AttributeError) as err:
        raise CheckpointError(f"{path.name} has a damaged description.") from err


def _to_header(entry: Mapping[str, Any]) -> Header:
    if odd := set(entry) ^ ENTRIES:
        raise ConfigError(f"unexpected or missing entries: {', '.join(sorted(odd))[:200]}.")
    dataset = entry["dataset"]
    classes = tuple(dataset["classes"])
    texts = (dataset["name"], dataset["sha256"], entry["sha256"], *classes)
    if not all(isinstance(text, str) and len(text) <= 4096 for text in texts) or not classes:
        raise ConfigError("the data set must have a name, a checksum and named classes.")
    if not SHA256.fullmatch(entry["sha256"]):
        raise ConfigError("the checksum is not one.")
    if entry["dtype"] not in DTYPES:
        raise ConfigError(
            f"weights of type {quote(entry['dtype'])}; known are {', '.join(DTYPES)}."
        )
    config, metrics = ModelConfig.from_json(entry["model"]), dict(entry["metrics"])
    _require_scores(metrics, config.latent_dim)
    return Header(
        config=config,
        training=TrainConfig.from_json(entry["training"]),
        dataset=DatasetInfo(dataset["name"], dataset["sha256"], classes),
        history=tuple(dict(event) for event in entry["history"]),
        metrics=metrics,
        versions=dict(entry["versions"]),
        dtype=entry["dtype"],
        sha256=entry["sha256"],
    )


def _require_scores(metrics: Mapping[str, Any], latent_dim: int) -> None:
    """Raise ConfigError for what is no score: pages compare and format them as numbers."""
    for name, value in metrics.items():
        if name == "kl_per_dim" and value is not None:
            is_score = isinstance(value, list | tuple) and len(value) == latent_dim
            is_score = is_score and all(map(_is_finite, value))
        elif name == "binarized":
            is_score = isinstance(value, bool | None)
        else:
            is_score = value is None or _is_finite(value)
        if not is_score:
            raise ConfigError(f"the score {quote(name)} cannot be {quote(value)}.")


def _is_finite(value: object) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return abs(value) <= sys.float_info.max  # also of whole numbers that no float holds


def verify_layout(layout: Mapping[str, Any], header: Header, path: Path) -> None:
    """Compare names, shapes and types with the model's own, before anything is allocated."""
    with torch.device("meta"):
        model = AutoEncoder(header.config)
    weight_type = TENSOR_TYPES[header.dtype]
    expected = {f"model.{k}": (weight_type, list(v.shape)) for k, v in model.state_dict().items()}
    codes = ("F32", [n_rows(layout, "latents.mu"), header.config.latent_dim])
    expected |= {"latents.mu": codes, "latents.labels": ("I32", codes[1][:1])}
    if header.config.kind == "vae":
        expected["latents.logvar"] = codes
    require_layout(layout, expected, path)
