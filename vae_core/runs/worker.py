"""The worker: trains one run from where it stands, and writes down all that happens."""

from __future__ import annotations

import errno
import json
import os
import sys
import time
from collections.abc import Generator, Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

import torch

from vae_core.checkpoints import load_checkpoint
from vae_core.data import ImageSet, load_images
from vae_core.devices import pick_device
from vae_core.distributed import ALONE, World, together
from vae_core.errors import CheckpointError, RunError, VaeCoreError
from vae_core.models import AutoEncoder, build_model
from vae_core.models.autoencoder import blank_model
from vae_core.runs.frames import FrameWriter
from vae_core.runs.latest import restore, to_bytes
from vae_core.runs.records import RunConfig, State
from vae_core.runs.store import Run
from vae_core.training import EpochEnd, Event, fit, make_optimizer

STEP_SECONDS = 1.0  # between two signs of life
NO_MEMORY = "There was not enough memory. Try smaller batches, or a smaller network."


def work(run: Run, device: str = "auto", world: World = ALONE) -> Iterator[Event]:
    """Train a run to its end, or until somebody wishes otherwise; yields what `fit` yields.

    Closing the iterator stops the run. It ends in a state that its status tells: done, stopped,
    paused or failed. Of several processes the first writes; they stop between epochs only.

    Raises:
        RunError: It has another worker, its folder is gone, or it cannot be written.
        VaeCoreError: Training failed; the status says why.
    """
    if world.rank:
        yield from together(_follow(run, device, world))
        return
    with run.lock():
        worker = _Worker(run, world)
        try:
            state = yield from together(worker.train(device))
        except (GeneratorExit, KeyboardInterrupt):
            worker.leave("stopped")
            raise
        except VaeCoreError as err:
            worker.leave("failed", str(err))
            raise
        except OSError as err:
            reason = "the disk is full" if err.errno == errno.ENOSPC else str(err.strerror)
            worker.leave("failed", f"The run could not be written: {reason}.")
            raise RunError(f"Run {run.id} could not be written: {reason}.") from err
        except Exception as err:  # whoever watches is to know why, and not just that it is gone
            is_memory = isinstance(err, (MemoryError, torch.OutOfMemoryError))
            reason = NO_MEMORY if is_memory else f"{type(err).__name__}: {err}"
            worker.leave("failed", reason)
            raise RunError(f"Run {run.id} failed. {reason}") from err
        worker.leave(state)


def _follow(run: Run, device: str, world: World) -> Generator[Event, None, None]:
    """Train along with the process that writes, until it says that it is enough."""
    if not world.told(False):
        return
    start = _Start.of(run, device)
    for event in start.fit(None, world):
        yield event
        if isinstance(event, EpochEnd) and world.told(False):
            return


@dataclass(frozen=True)
class _Start:
    """What a run goes on with: fresh, or as it was left."""

    config: RunConfig
    images: ImageSet
    model: AutoEncoder
    optimizer: torch.optim.Adam
    epoch: int

    @classmethod
    def of(cls, run: Run, device: str) -> _Start:
        config = run.config()
        images = load_images(config.training.dataset, "train")
        kept = [path for path in (run.latest, run.previous) if path.exists()]
        for path in kept:
            model = blank_model(config.model).to(pick_device(device))
            optimizer = make_optimizer(model, config.training)
            try:
                return cls(config, images, model, optimizer, restore(path, model, optimizer))
            except RunError as err:
                if path == kept[-1]:
                    raise
                sys.stderr.write(f"{err} Going on from the state before it.\n")
        model = _first_weights(run, config, images).to(pick_device(device))
        return cls(config, images, model, make_optimizer(model, config.training), 0)

    def fit(self, held_out: ImageSet | None, world: World) -> Iterator[Event]:
        return fit(
            self.model,
            self.images,
            self.config.training,
            held_out=held_out,
            optimizer=self.optimizer,
            first_epoch=self.epoch + 1,
            world=world,
        )


class _Worker:
    """The process that writes: what it holds while it trains."""

    def __init__(self, run: Run, world: World) -> None:
        self.run, self.world = run, world
        self.epoch = 0
        self.last_step = 0.0

    def leave(self, state: State, message: str = "") -> None:
        """The last status, if there still is a folder to hold one."""
        try:
            self.run.write_status(state, self.epoch, message)
        except RunError:
            return

    def train(self, device: str) -> Generator[Event, None, State]:
        """Train; returns (to `yield from`) the state it ends in."""
        run = self.run
        self.epoch = run.status().epoch
        if not self.world.told(not run.wants("stop")):
            return "stopped"
        run.sweep()
        run.write_status("running", self.epoch)
        start = _Start.of(run, device)
        held_out = load_images(start.config.training.dataset, "test")
        frames = FrameWriter(run, start.config, start.images, held_out)
        if not run.frame_path(start.epoch).exists():  # or its worker died before it was written
            frames.write_now(start.model, start.epoch)
        self.epoch = start.epoch
        run.write_status("running", self.epoch)
        for event in start.fit(held_out, self.world):
            if isinstance(event, EpochEnd):
                self._keep(event, start, frames)
            else:
                self._note_now_and_then(event)
                frames.write_early(start.model, event)
            yield event
            if state := self._wish(event, start.config.training.epochs):
                return state
        return "done"

    def _keep(self, event: EpochEnd, start: _Start, frames: FrameWriter) -> None:
        """What a whole epoch leaves behind; first the state to go on from.

        Raises:
            TrainingDivergedError: It is not finite; the state before it stays.
        """
        self._note(event)
        state = to_bytes(start.model, start.optimizer, event.epoch)
        with suppress(OSError):  # there is none yet, or the disk knows no links
            self.run.previous.unlink(missing_ok=True)
            os.link(self.run.latest, self.run.previous)
        self.run.write(self.run.latest.name, state)
        frames.write_epoch(start.model, event)
        self.epoch = event.epoch
        self.run.write_status("running", self.epoch)

    def _wish(self, event: Event, n_epochs: int) -> State | None:
        """The state to end in now, because somebody wishes so; the others are told."""
        is_whole = isinstance(event, EpochEnd)
        if not is_whole and self.world.size > 1:
            return None
        stops, pauses = self.run.wants("stop"), is_whole and self.run.wants("pause")
        if is_whole and event.epoch == n_epochs:
            self.world.told(True)
            return "done"
        wished = self.world.told(stops or pauses) if is_whole else stops
        if not wished:
            return None
        return "stopped" if stops else "paused"

    def _note_now_and_then(self, event: Event) -> None:
        now = time.monotonic()
        if now - self.last_step >= STEP_SECONDS:
            self.last_step = now
            self._note(event)

    def _note(self, event: Event) -> None:
        """Tell of an event; a folder that somebody deleted stays deleted."""
        kind = "epoch" if isinstance(event, EpochEnd) else "step"
        line = json.dumps({"event": kind, "time": time.time(), **asdict(event)})
        if kind == "step":
            self.run.write("step.json", line.encode())
            return
        if not self.run.path.is_dir():
            raise RunError(f"Run {self.run.id} is gone: somebody deleted its folder.")
        with (self.run.path / "metrics.jsonl").open("ab") as file:
            file.write(f"\n{line}\n".encode())  # a break before it too: the last may be torn
            file.flush()
            os.fsync(file.fileno())
        (self.run.path / "step.json").unlink(missing_ok=True)


def _first_weights(run: Run, config: RunConfig, images: ImageSet) -> AutoEncoder:
    """Fresh ones, or those of the checkpoint that the run branches from."""
    if config.parent is None:
        seed, mean_image = config.training.seed, images.mean_image()
        return build_model(config.model, seed=seed, mean_image=mean_image)
    parent = load_checkpoint(run.parent)
    if parent.config != config.model:
        raise CheckpointError(f"{Path(config.parent).name} is not of the network of this run.")
    return parent.model
