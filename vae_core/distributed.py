"""Several processes, on one machine or many, that train one model as one process would.

Started by `torchrun`, each process computes the gradient of its share of every batch, and DDP
averages them (Li et al. 2020). Batches, noise and binarised pixels are drawn for the whole batch
in every process, so that the mathematics does not depend on the number of processes. They listen
to each other without password or encryption: use a network of your own.
"""

from __future__ import annotations

import os
from collections.abc import Generator
from dataclasses import dataclass
from datetime import timedelta
from typing import TypeVar

import torch
import torch.distributed as dist
from torch import Tensor, nn
from torch.distributed.distributed_c10d import PrefixStore
from torch.distributed.rendezvous import rendezvous
from torch.nn.parallel import DistributedDataParallel

from vae_core.devices import pick_device
from vae_core.errors import RunError

Step = TypeVar("Step")
End = TypeVar("End")
TIMEOUT = timedelta(seconds=60)  # for the others, before a process gives up


@dataclass(frozen=True)
class World:
    """The processes that train together, and which of them this is.

    Attributes:
        rank: This process, from 0; rank 0 writes files.
        size: Number of processes.
    """

    rank: int = 0
    size: int = 1

    def share(self, n_images: int) -> slice:
        """This process's part of a batch."""
        return slice(n_images * self.rank // self.size, n_images * (self.rank + 1) // self.size)

    def wrap(self, module: nn.Module) -> nn.Module:
        """A module whose gradients are the means over all processes."""
        return module if self.size == 1 else DistributedDataParallel(module)

    def sum(self, values: Tensor) -> Tensor:
        """Over all processes, in place."""
        if self.size > 1:
            dist.all_reduce(values)
        return values

    def told(self, answer: bool) -> bool:
        """What rank 0 answers; the others' answers do not matter."""
        if self.size == 1:
            return answer
        flag = torch.tensor(int(answer))
        if dist.get_backend() == "nccl":
            flag = flag.cuda()
        dist.broadcast(flag, src=0)
        return bool(flag.item())


ALONE = World()


def join(device: str = "auto") -> World:
    """Meet the processes that `torchrun` started with this one; alone without it.

    Args:
        device: That they will train on, as for `pick_device`.

    Raises:
        RunError: They did not all come.
    """
    size = int(os.environ.get("WORLD_SIZE", "1"))
    if size == 1:
        return ALONE
    is_on_gpus = pick_device(device).type == "cuda"
    if is_on_gpus:
        rank_here, n_gpus = int(os.environ.get("LOCAL_RANK", "0")), torch.cuda.device_count()
        if rank_here >= n_gpus:
            raise RunError(f"This machine has {n_gpus} GPUs; start no more processes on it.")
        torch.cuda.set_device(rank_here)
    if not dist.is_initialized():
        backend = "nccl" if is_on_gpus else "gloo"
        try:
            store, rank, _ = next(rendezvous("env://", timeout=TIMEOUT))
            # After a restart the store still has the addresses of processes that are gone.
            attempt = os.environ.get("TORCHELASTIC_RESTART_COUNT", "0")
            dist.init_process_group(
                backend,
                store=PrefixStore(f"attempt {attempt}", store),
                rank=rank,
                world_size=size,
                timeout=TIMEOUT,
            )
        except RuntimeError as err:
            raise RunError(f"The {size} processes did not meet; start them again.") from err
    return World(dist.get_rank(), dist.get_world_size())


def together(steps: Generator[Step, None, End]) -> Generator[Step, None, End]:
    """The same steps; raises RunError where another process is no longer there to take them."""
    try:
        return (yield from steps)
    except RuntimeError as err:  # gloo has no exception of its own
        if not dist.is_initialized() or isinstance(err, torch.OutOfMemoryError):
            raise
        raise RunError("Another process of this run is gone; start them again to go on.") from err


def leave() -> None:
    """Leave the others, once everything is done."""
    if dist.is_initialized():
        dist.destroy_process_group()
