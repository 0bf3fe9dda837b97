"""Weights and optimizer in one file, from which training goes on to the last bit."""

from __future__ import annotations

import hashlib
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load, save
from torch import Tensor

from vae_core.errors import RunError, TrainingDivergedError
from vae_core.models.autoencoder import AutoEncoder

CHECKSUM = "sha256"
MOMENTS = ("step", "exp_avg", "exp_avg_sq")  # what Adam remembers of each weight


def to_bytes(model: AutoEncoder, optimizer: torch.optim.Adam, epoch: int) -> bytes:
    """Everything that an epoch depends on, after `epoch` whole ones.

    Raises:
        TrainingDivergedError: Some of it is not finite.
    """
    tensors = {f"model.{name}": value for name, value in model.state_dict().items()}
    for name, parameter in _trained(model, optimizer).items():
        state = optimizer.state[parameter]
        tensors |= {f"adam.{name}.{moment}": state[moment] for moment in MOMENTS}
    tensors["epoch"] = torch.tensor(epoch)
    tensors = {name: value.detach().cpu().contiguous() for name, value in tensors.items()}
    if not all(value.isfinite().all() for value in tensors.values()):
        raise TrainingDivergedError(epoch)
    return save(tensors | {CHECKSUM: _checksum(tensors)})


def restore(path: Path, model: AutoEncoder, optimizer: torch.optim.Adam) -> int:
    """Put them back where they were, in place; returns the whole epochs done.

    Raises:
        RunError: The file is damaged, or of another model.
    """
    try:
        tensors = load(path.read_bytes())
        if not tensors.pop(CHECKSUM).equal(_checksum(tensors)):
            raise ValueError(CHECKSUM)
        epoch = int(tensors.pop("epoch"))
        model.load_state_dict(_take(tensors, "model."))
        for name, parameter in _trained(model, optimizer).items():
            state = _take(tensors, f"adam.{name}.")
            shapes = [state[moment].shape for moment in MOMENTS[1:]]
            if shapes != [parameter.shape] * len(shapes):
                raise ValueError(name)
            optimizer.state[parameter] = {
                moment: state[moment].to(parameter.device) for moment in MOMENTS
            }
    except OSError as err:
        raise RunError(f"{path} cannot be read: {err.strerror}.") from err
    except (SafetensorError, KeyError, ValueError, RuntimeError) as err:
        raise RunError(f"{path} is damaged: it does not hold this model's training.") from err
    return epoch


def _checksum(tensors: dict[str, Tensor]) -> Tensor:
    """SHA-256 of names and values, shape (32,)."""
    digest = hashlib.sha256()
    for name in sorted(tensors):
        digest.update(name.encode())
        digest.update(tensors[name].numpy().tobytes())
    return torch.tensor(list(digest.digest()), dtype=torch.uint8)


def _take(tensors: dict[str, Tensor], prefix: str) -> dict[str, Tensor]:
    return {k.removeprefix(prefix): v for k, v in tensors.items() if k.startswith(prefix)}


def _trained(model: AutoEncoder, optimizer: torch.optim.Adam) -> dict[str, torch.nn.Parameter]:
    """The weights that the optimizer moves, by name."""
    moved = {id(p) for group in optimizer.param_groups for p in group["params"]}
    return {name: p for name, p in model.named_parameters() if id(p) in moved}
