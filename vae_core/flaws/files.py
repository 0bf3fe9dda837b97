"""The shipped models of the flaws, as `.safetensors` files.

They are no checkpoints: a flawed network would be misread as a sound one, so that they have an
entry of their own in the header, `vae_flaw`, which nothing else opens. Every check of a
checkpoint is made here too, before a weight is used; nothing is ever unpickled.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from vae_core import strict_json
from vae_core.config import ModelConfig, quote
from vae_core.encoding import LatentSet
from vae_core.errors import CheckpointError, ConfigError
from vae_core.files import write_atomically
from vae_core.flaws.catalogue import FLAWS, FlawKey
from vae_core.flaws.networks import RawSpread
from vae_core.flaws.specimen import Specimen
from vae_core.models.autoencoder import blank_model
from vae_core.tensor_file import (
    NO_CHECKSUM,
    n_rows,
    parse,
    read_sealed,
    require_finite,
    require_layout,
    sealed,
)

FOLDER = Path(__file__).parents[2] / "checkpoints" / "flaws"
SCHEMA = 1
ENTRY = "vae_flaw"
ENTRIES = {"schema", "sha256", "flaw", "is_cured", "model", "losses"}
MAX_BYTES = 250_000


def specimen_path(key: FlawKey, *, is_cured: bool) -> Path:
    """Where the shipped model of a flaw lies."""
    return FOLDER / f"{_name(key, is_cured)}.safetensors"


def _name(key: FlawKey, is_cured: bool) -> str:
    return f"{key}-{'cured' if is_cured else 'flawed'}"


def save_specimen(path: Path, specimen: Specimen) -> None:
    """Write a model with the codes of its reference images; whole or not at all.

    Raises:
        CheckpointError: It would be too large to be read, or holds numbers that are not finite,
            or the file cannot be written.
    """
    latents, model = specimen.latents, specimen.model
    tensors = {f"model.{k}": v.half() for k, v in model.state_dict().items()}
    tensors |= {"latents.mu": latents.mu.half(), "latents.labels": latents.labels.byte()}
    if latents.logvar is not None and specimen.spreads is None:
        tensors["latents.logvar"] = latents.logvar.half()
    if specimen.spreads is not None:
        tensors["latents.spreads"] = specimen.spreads.half()
    entry = {
        "flaw": specimen.key,
        "is_cured": specimen.is_cured,
        "model": model.config.to_json(),
        "losses": list(specimen.losses),
    }
    _save(path, tensors, entry)


def load_specimen(key: FlawKey, *, is_cured: bool, path: Path | None = None) -> Specimen:
    """Open a shipped model, after checking every part of its file.

    Raises:
        CheckpointError: One sentence saying what was expected and what was found.
    """
    path = path or specimen_path(key, is_cured=is_cured)
    entry, layout, data = read_sealed(path, ENTRY, SCHEMA, MAX_BYTES)
    if set(entry) != ENTRIES:
        raise CheckpointError(f"{path.name} has another format; this app reads format {SCHEMA}.")
    if (entry["flaw"], entry["is_cured"]) != (key, is_cured):
        raise CheckpointError(
            f"{path.name} should be the model {_name(key, is_cured)}, but is of "
            f"{quote(entry['flaw'])}, cured: {quote(entry['is_cured'])}."
        )
    config, losses = _described(entry, path)
    flaw = FLAWS[key]
    if config != flaw.network_config(config.image_shape):
        raise CheckpointError(f"{path.name} describes another network than {key} has.")
    network = flaw.version(is_cured=is_cured).network
    model = blank_model(config, network)
    expected = {f"model.{k}": ("F16", list(v.shape)) for k, v in model.state_dict().items()}
    n = n_rows(layout, "latents.labels")
    codes = [n, config.latent_dim]
    expected |= {"latents.mu": ("F16", codes), "latents.labels": ("U8", [n])}
    if network is RawSpread:
        expected["latents.spreads"] = ("F16", [3, *codes])
    elif config.kind == "vae":
        expected["latents.logvar"] = ("F16", codes)
    require_layout(layout, expected, path)
    tensors = {k: v.float() if v.is_floating_point() else v for k, v in parse(data, path).items()}
    model.load_state_dict(
        {k.removeprefix("model."): v for k, v in tensors.items() if k.startswith("model.")}
    )
    model.requires_grad_(False)
    spreads = tensors.get("latents.spreads")
    logvar = tensors.get("latents.logvar") if spreads is None else spreads[-1].square().log()
    if logvar is not None and not torch.isfinite(logvar).all():
        raise CheckpointError(f"{path.name} has a posterior without any width.")
    latents = LatentSet(tensors["latents.mu"], logvar, tensors["latents.labels"].long())
    return Specimen(key, is_cured, model, latents, losses, spreads)


def _save(path: Path, tensors: Mapping[str, Tensor], entry: Mapping[str, Any]) -> None:
    require_finite(tensors, path.name)
    text = strict_json.dumps({"schema": SCHEMA, "sha256": NO_CHECKSUM, **entry})
    data = sealed(tensors, ENTRY, text)
    if len(data) > MAX_BYTES:
        raise CheckpointError(f"{path.name} would be {len(data)} bytes; at most {MAX_BYTES} are.")
    try:
        write_atomically(path, data)
    except OSError as err:
        raise CheckpointError(f"Cannot write {path}: {err.strerror}.") from err


def _described(entry: Mapping[str, Any], path: Path) -> tuple[ModelConfig, tuple[float, ...]]:
    """How the model is built, and its losses."""
    try:
        config = ModelConfig.from_json(entry["model"])
        losses = tuple(float(loss) for loss in entry["losses"])
    except (ConfigError, TypeError, ValueError) as err:
        raise CheckpointError(f"{path.name} describes no model this app knows: {err}") from err
    if not all(map(math.isfinite, losses)):
        raise CheckpointError(f"{path.name} has a loss that is not finite.")
    return config, losses
