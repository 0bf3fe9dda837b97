"""One self-describing `.safetensors` file per model.

The file holds the weights (`model.*`), the reference encoding of the held-out images
(`latents.*`), and one JSON entry, `vae_core`, in its header: how the model is built, how it
was trained, on what, its history and metrics, and a checksum of the whole file. Nothing is
ever unpickled, and every check is made before a weight is used.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from vae_core.checkpoint_header import (
    DTYPES,
    DatasetInfo,
    Header,
    describe,
    parse_header,
    verify_layout,
)
from vae_core.config import ModelConfig, TrainConfig
from vae_core.encoding import LatentSet
from vae_core.errors import CheckpointError
from vae_core.files import write_atomically
from vae_core.models.autoencoder import AutoEncoder, blank_model
from vae_core.tensor_file import (
    NO_CHECKSUM,
    SUFFIX,
    header_length,
    parse,
    require_finite,
    sealed,
    verify_checksum,
)

MAX_BYTES = 64 * 2**20


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
        metrics: Finite numbers, see `Header`.
        latents: Reference encoding of the held-out images.
        dtype: "float32", or "float16" for half the size.

    Raises:
        CheckpointError: Weights or scores are not finite, the file cannot be written, or it
            would be too large to be read.
        ConfigError: The model is an adapted module, see `adapter`.
    """
    model.require_own_networks()
    tensors = {f"model.{k}": v.to("cpu", DTYPES[dtype]) for k, v in model.state_dict().items()}
    tensors |= {"latents.mu": latents.mu, "latents.labels": latents.labels.int()}
    if latents.logvar is not None:
        tensors["latents.logvar"] = latents.logvar
    require_finite(tensors, "The model")
    try:
        description = describe(model.config, training, dataset, history, metrics, dtype)
    except ValueError as err:
        reason = str(err).removesuffix(".")
        raise CheckpointError(f"The history or metrics cannot be kept: {reason}.") from err
    if description.count(NO_CHECKSUM) != 1:
        raise CheckpointError(f"{NO_CHECKSUM} cannot be part of a description.")
    data = sealed(tensors, "vae_core", description)
    if len(data) > MAX_BYTES:
        raise CheckpointError(
            f"The model with its {len(latents)} codes would be {len(data)} bytes long; at most "
            f"{MAX_BYTES} are read."
        )
    try:
        write_atomically(Path(path), data)
    except OSError as err:
        raise CheckpointError(f"Cannot write {path}: {err.strerror}.") from err


def read_header(path: str | Path) -> Header:
    """What a checkpoint says about itself; reads no weights and verifies no checksum.

    Raises:
        CheckpointError: It is no checkpoint, or from a newer version.
    """
    path = Path(path)
    with _reading(path), path.open("rb") as file:
        length = header_length(file.read(8), path)
        return parse_header(file.read(length), path)[1]


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
    length = header_length(data[:8], path)
    layout, header = parse_header(data[8 : 8 + length], path)
    verify_checksum(data, header.sha256, path)
    verify_layout(layout, header, path)
    tensors = parse(data, path)
    model = blank_model(header.config)
    model.load_state_dict(
        {k.removeprefix("model."): v.float() for k, v in tensors.items() if k[:6] == "model."}
    )
    model.requires_grad_(False)
    if not torch.isfinite(model.decode(torch.zeros(1, header.config.latent_dim))).all():
        raise CheckpointError(f"{path.name} decodes to undefined numbers.")
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


@contextmanager
def _reading(path: Path) -> Iterator[None]:
    """Turn the operating system's refusals into CheckpointError."""
    try:
        if not path.is_file():
            raise CheckpointError(f"There is no checkpoint {path}.")
        yield
    except (OSError, ValueError) as err:  # ValueError: a name with a null character
        raise CheckpointError(f"Cannot read {path}: {getattr(err, 'strerror', err)}.") from err
