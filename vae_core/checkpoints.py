"""One self-describing `.safetensors` file per model.

The file holds the weights (`model.*`), the reference encoding of the held-out images
(`latents.*`), and one JSON entry, `vae_core`, in its header: how the model is built, how it
was trained, on what, its history and metrics, and a checksum of the whole file. Nothing is
ever unpickled, and every check is made before a weight is used.
"""

from __future__ import annotations

import hashlib
import platform
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import safetensors
import torch
from safetensors.torch import load as parse_tensors
from safetensors.torch import save as serialize_tensors
from torch import Tensor

from vae_core import strict_json
from vae_core.config import ModelConfig, TrainConfig
from vae_core.encoding import LatentSet
from vae_core.errors import CheckpointError, ConfigError
from vae_core.files import write_atomically
from vae_core.models.autoencoder import AutoEncoder, blank_model

SCHEMA = 1
SUFFIX = ".safetensors"
MAX_BYTES = 64 * 2**20
MAX_HEADER_BYTES = 2**20
NO_CHECKSUM = "0" * 64  # stands where the checksum will be while it is computed
DTYPES = {"float32": torch.float32, "float16": torch.float16}
PICKLE_STARTS = (b"\x80", b"PK\x03\x04")  # a bare pickle, and torch's zip of pickles


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


@dataclass(frozen=True, eq=False)
class Checkpoint:
    """A model with its reference encoding and everything it says about itself."""

    model: AutoEncoder
    header: Header
    latents: LatentSet

    @property
    def config(self) -> ModelConfig:
        """How the model is built."""
        return self.header.config

    @property
    def training(self) -> TrainConfig:
        """How the model was trained."""
        return self.header.training

    @property
    def dataset(self) -> DatasetInfo:
        """What the model was trained on."""
        return self.header.dataset

    @property
    def history(self) -> tuple[dict[str, Any], ...]:
        """One mapping per epoch."""
        return self.header.history

    @property
    def metrics(self) -> dict[str, Any]:
        """Scores of the held-out images."""
        return self.header.metrics


def round_weights(model: AutoEncoder, dtype: str) -> None:
    """Round the weights of `model`, in place, to what a file of this dtype can hold.

    Done before the reference encoding is made, so that a reload gives the same codes.
    """
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.copy_(parameter.to(DTYPES[dtype]).float())


def save_checkpoint(
    path: str | Path,
    model: AutoEncoder,
    *,
    training: TrainConfig,
    dataset: DatasetInfo,
    history: Sequence[Mapping[str, Any]],
    metrics: Mapping[str, Any],
    latents: LatentSet,
    dtype: str = "float32",
) -> None:
    """Write a checkpoint; a reader sees the old file or the whole new one.

    Args:
        path: Ends in `.safetensors`.
        model: Whose weights to keep; round them first for "float16", see `round_weights`.
        training: How it was trained.
        dataset: On what.
        history: One mapping per epoch.
        metrics: JSON values, finite.
        latents: Reference encoding of the held-out images.
        dtype: "float32", or "float16" for half the size.

    Raises:
        CheckpointError: The weights are not finite, or the file cannot be written.
    """
    tensors = {f"model.{k}": v.to("cpu", DTYPES[dtype]) for k, v in model.state_dict().items()}
    tensors |= {"latents.mu": latents.mu, "latents.labels": latents.labels.int()}
    if latents.logvar is not None:
        tensors["latents.logvar"] = latents.logvar
    _require_finite(tensors, "The model")
    entry = {
        "schema": SCHEMA,
        "model": model.config.to_json(),
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
    contiguous = {name: tensor.contiguous() for name, tensor in tensors.items()}
    data = serialize_tensors(contiguous, {"vae_core": strict_json.dumps(entry)})
    checksum = hashlib.sha256(data).hexdigest()
    try:
        write_atomically(Path(path), data.replace(NO_CHECKSUM.encode(), checksum.encode(), 1))
    except OSError as err:
        raise CheckpointError(f"Cannot write {path}: {err.strerror}.") from err


def read_header(path: str | Path) -> Header:
    """What a checkpoint says about itself; reads no weights and verifies no checksum.

    Raises:
        CheckpointError: It is no checkpoint, or from a newer version.
    """
    path = Path(path)
    with _reading(path), path.open("rb") as file:
        length = _header_length(file.read(8), path)
        return _parse_header(file.read(length), path)[1]


def load_checkpoint(path: str | Path) -> Checkpoint:
    """Load a model, in evaluation mode, on the CPU, after checking every part of the file.

    Raises:
        CheckpointError: One sentence saying what was expected and what was found.
    """
    path = Path(path)
    with _reading(path):
        if path.stat().st_size > MAX_BYTES:
            raise CheckpointError(
                f"{path.name} is {path.stat().st_size} bytes long; at most {MAX_BYTES} are read."
            )
        data = path.read_bytes()
    length = _header_length(data[:8], path)
    layout, header = _parse_header(data[8 : 8 + length], path)
    _verify_checksum(data, header.sha256, path)
    _verify_layout(layout, header, path)
    try:
        tensors = parse_tensors(data)
    except (safetensors.SafetensorError, ValueError, KeyError) as err:
        raise CheckpointError(f"{path.name} is damaged: its tensors cannot be read.") from err
    _require_finite(tensors, path.name)
    model = blank_model(header.config)
    model.load_state_dict(
        {k.removeprefix("model."): v.float() for k, v in tensors.items() if k[:6] == "model."}
    )
    model.eval().requires_grad_(False)
    labels = tensors["latents.labels"].long()
    if len(labels) and not 0 <= labels.min() <= labels.max() < len(header.dataset.classes):
        raise CheckpointError(f"{path.name} has labels outside its own list of classes.")
    latents = LatentSet(tensors["latents.mu"], tensors.get("latents.logvar"), labels)
    return Checkpoint(model, header, latents)


def list_checkpoints(folder: str | Path) -> dict[Path, Header | CheckpointError]:
    """Every `.safetensors` file in `folder`, by name; a bad one maps to what is wrong."""
    found: dict[Path, Header | CheckpointError] = {}
    for path in sorted(Path(folder).glob(f"*{SUFFIX}")):
        try:
            found[path] = read_header(path)
        except CheckpointError as err:
            found[path] = err
    return found


class _reading:
    """Turn the operating system's refusals into CheckpointError."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __enter__(self) -> None:
        if not self.path.is_file():
            raise CheckpointError(f"There is no checkpoint {self.path}.")

    def __exit__(self, kind: object, err: BaseException | None, trace: object) -> None:
        if isinstance(err, OSError):
            raise CheckpointError(f"Cannot read {self.path}: {err.strerror}.") from err


def _header_length(start: bytes, path: Path) -> int:
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


def _parse_header(raw: bytes, path: Path) -> tuple[dict[str, Any], Header]:
    """The tensors' layout and the record, from the header's bytes."""
    try:
        layout = strict_json.loads(raw)
        entry = strict_json.loads(layout.pop("__metadata__")["vae_core"])
        schema = entry["schema"]
    except (ValueError, KeyError, TypeError, AttributeError) as err:
        raise CheckpointError(
            f"{path.name} is damaged, or was not made by this app: its header cannot be read."
        ) from err
    if schema != SCHEMA:
        raise CheckpointError(
            f"{path.name} has format {schema!r}; this app reads format {SCHEMA}. "
            "Update the app to open it."
        )
    try:
        return layout, _to_header(entry)
    except ConfigError as err:
        raise CheckpointError(f"{path.name} describes no model this app knows: {err}") from err
    except (KeyError, TypeError, ValueError, AttributeError) as err:
        raise CheckpointError(f"{path.name} has a damaged description.") from err


def _to_header(entry: Mapping[str, Any]) -> Header:
    expected = {
        "schema", "model", "training", "dataset", "history",
        "metrics", "versions", "dtype", "sha256",
    }  # fmt: skip
    if odd := set(entry) ^ expected:
        raise ConfigError(f"unexpected or missing entries: {', '.join(sorted(odd))[:200]}.")
    dataset = entry["dataset"]
    classes = tuple(dataset["classes"])
    texts = (dataset["name"], dataset["sha256"], entry["sha256"], *classes)
    if not all(isinstance(text, str) and len(text) <= 4096 for text in texts) or not classes:
        raise ConfigError("the data set must have a name, a checksum and named classes.")
    if entry["dtype"] not in DTYPES:
        raise ConfigError(f"weights of type {entry['dtype']!r}; known are {', '.join(DTYPES)}.")
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


def _verify_checksum(data: bytes, checksum: str, path: Path) -> None:
    """Compare with the hash of the file as it was before the checksum was put in."""
    blank = data.replace(checksum.encode(), NO_CHECKSUM.encode(), 1)
    if len(checksum) != len(NO_CHECKSUM) or hashlib.sha256(blank).hexdigest() != checksum:
        raise CheckpointError(
            f"{path.name} is damaged: its checksum does not match its content. "
            "Copy or train it again."
        )


def _verify_layout(layout: Mapping[str, Any], header: Header, path: Path) -> None:
    """Compare names, shapes and types with the model's own, before anything is allocated."""
    with torch.device("meta"):
        model = AutoEncoder(header.config)
    weight_type = {"float32": "F32", "float16": "F16"}[header.dtype]
    expected = {f"model.{k}": (weight_type, list(v.shape)) for k, v in model.state_dict().items()}
    n_images = (layout.get("latents.mu") or {}).get("shape", [0])[0]
    codes = ("F32", [n_images, header.config.latent_dim])
    expected |= {"latents.mu": codes, "latents.labels": ("I32", [n_images])}
    if header.config.kind == "vae":
        expected["latents.logvar"] = codes
    found = {name: (item.get("dtype"), item.get("shape")) for name, item in layout.items()}
    for name in sorted(set(expected) ^ set(found)):
        state = "lacks" if name in expected else "has an unknown"
        raise CheckpointError(f"{path.name} {state} tensor {name[:80]!r}.")
    for name, wanted in expected.items():
        if found[name] != wanted:
            raise CheckpointError(
                f"{path.name}: tensor {name} should be {wanted[0]} of shape {wanted[1]}, "
                f"but is {found[name][0]} of shape {found[name][1]}."
            )


def _require_finite(tensors: Mapping[str, Tensor], what: str) -> None:
    for name, tensor in tensors.items():
        if tensor.is_floating_point() and not torch.isfinite(tensor).all():
            raise CheckpointError(f"{what} has undefined or infinite numbers in {name}.")
