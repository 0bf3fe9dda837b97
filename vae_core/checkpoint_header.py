"""What a checkpoint says about itself, and whether that can be believed.

A `.safetensors` file starts with the length of a JSON header; the header lists the tensors and
holds one entry of ours, `vae_core`. Everything here looks at the header alone: nothing is
allocated by its word before it has been compared with the model it describes.
"""

from __future__ import annotations

import hashlib
import platform
import re
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

SCHEMA = 1
SUFFIX = ".safetensors"
MAX_HEADER_BYTES = 2**20
NO_CHECKSUM = "0" * 64  # stands where the checksum will be while it is computed
DTYPES = {"float32": torch.float32, "float16": torch.float16}
TENSOR_TYPES = {"float32": "F32", "float16": "F16"}  # in the header's words
SHA256 = re.compile("[0-9a-f]{64}")
PICKLE_STARTS = (b"\x80", b"PK\x03\x04")  # a bare pickle, and torch's zip of pickles
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
        metrics: Of the held-out images; a metric that is undefined is None.
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
    """The header's entry as JSON, with NO_CHECKSUM where the checksum belongs."""
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


def header_length(start: bytes, path: Path) -> int:
    """Bytes of the header, from the first eight bytes of the file."""
    if not start:
        raise CheckpointError(f"{path.name} is empty.")
    length = int.from_bytes(start, "little")
    if len(start) == 8 and 2 <= length <= MAX_HEADER_BYTES:
        return length
    if start.startswith(PICKLE_STARTS):
        raise CheckpointError(
            f"{path.name} is a pickle, which could run any program, so it is not opened; "
            f"this app reads {SUFFIX} files."
        )
    raise CheckpointError(f"{path.name} is not a {SUFFIX} file.")


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
    return Header(
        config=ModelConfig.from_json(entry["model"]),
        training=TrainConfig.from_json(entry["training"]),
        dataset=DatasetInfo(dataset["name"], dataset["sha256"], classes),
        history=tuple(dict(event) for event in entry["history"]),
        metrics=dict(entry["metrics"]),
        versions=dict(entry["versions"]),
        dtype=entry["dtype"],
        sha256=entry["sha256"],
    )


def verify_checksum(data: bytes, checksum: str, path: Path) -> None:
    """Compare with the hash of the file as it was before the checksum was put in."""
    blank = data.replace(checksum.encode(), NO_CHECKSUM.encode(), 1)
    if hashlib.sha256(blank).hexdigest() != checksum:
        raise CheckpointError(
            f"{path.name} is damaged: its checksum does not match its content. "
            "Copy or train it again."
        )


def verify_layout(layout: Mapping[str, Any], header: Header, path: Path) -> None:
    """Compare names, shapes and types with the model's own, before anything is allocated."""
    with torch.device("meta"):
        model = AutoEncoder(header.config)
    weight_type = TENSOR_TYPES[header.dtype]
    expected = {f"model.{k}": (weight_type, list(v.shape)) for k, v in model.state_dict().items()}
    found = {
        name: (item.get("dtype"), item.get("shape")) if isinstance(item, dict) else (None, None)
        for name, item in layout.items()
    }
    shape = found.get("latents.mu", (None, None))[1]
    n_images = shape[0] if isinstance(shape, list) and shape else 0
    codes = ("F32", [n_images, header.config.latent_dim])
    expected |= {"latents.mu": codes, "latents.labels": ("I32", [n_images])}
    if header.config.kind == "vae":
        expected["latents.logvar"] = codes
    for name in sorted(set(expected) ^ set(found)):
        state = "lacks" if name in expected else "has an unknown"
        raise CheckpointError(f"{path.name} {state} tensor {name[:80]!r}.")
    for name, wanted in expected.items():
        if found[name] != wanted:
            raise CheckpointError(
                f"{path.name}: tensor {name} should be {wanted[0]} of shape {wanted[1]}, "
                f"but is {found[name][0]} of shape {found[name][1]}."
            )
