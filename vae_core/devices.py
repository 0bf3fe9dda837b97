"""Which processor to use, and how much of it."""

from __future__ import annotations

import torch


def pick_device(name: str = "auto") -> torch.device:
    """The device called `name`; "auto" is cuda, else mps, else cpu."""
    if name != "auto":
        return torch.device(name)
    if torch.cuda.is_available():
        return torch.device("cuda")
    return torch.device("mps" if torch.backends.mps.is_available() else "cpu")


def use_threads(n_threads: int) -> None:
    """Let torch use this many threads of the processor, in the whole process.

    One is right for a server: a decode takes less than a millisecond, and threads of several
    visitors that wait for each other cost ten times more.
    """
    torch.set_num_threads(n_threads)
