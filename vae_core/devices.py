"""Which processor to use, and how much of it."""

from __future__ import annotations

import torch

from vae_core.errors import ConfigError


def pick_device(name: str = "auto") -> torch.device:
    """The device called `name`; "auto" is cuda, else mps, else cpu.

    Raises:
        ConfigError: This machine has no such device.
    """
    present = {
        "cuda": torch.cuda.is_available(),
        "mps": torch.backends.mps.is_available(),
        "cpu": True,
    }
    if name == "auto":
        name = next(device for device, is_there in present.items() if is_there)
    if not present.get(name):
        raise ConfigError(f"There is no {name} on this machine; use --device auto or cpu.")
    return torch.device(name)


def use_threads(n_threads: int) -> None:
    """Let torch use this many threads of the processor, for work of the calling thread."""
    torch.set_num_threads(n_threads)
