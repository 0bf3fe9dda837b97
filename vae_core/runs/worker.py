"""The worker: trains one run from where it stands, and writes down all that happens."""

from __future__ import annotations

import errno
import json
import time
from collections.abc import Generator, Iterator
from dataclasses import asdict
from pathlib import Path

from vae_core.checkpoints import load_checkpoint
from vae_core.data import ImageSet, load_images
from vae_core.devices import pick_device
from vae_core.errors import CheckpointError, RunError, VaeCoreError
from vae_core.models import AutoEncoder, build_model
from vae_core.runs.frames import FrameWriter
from vae_core.runs.latest import restore, to_bytes
from vae_core.runs.records import RunConfig, State
from vae_core.runs.store import Run
from vae_core.training import EpochEnd, Event, fit, make_optimizer

STEP_SECONDS = 1.0  # between two lines on steps


def work(run: Run, device: str = "auto") -> Iterator[Event]:
    """Train a run to its end, or until somebody wishes otherwise; yields what `fit` yields.

    Closing the iterator stops the run. It ends in a state that its status tells: done, stopped,
    paused or failed.

    Raises:
        RunError: It has another worker, its folder is gone, or it cannot be written.
        VaeCoreError: Training failed; the status says why.
    """
    with run.lock():
        worker = _Worker(run)
        try:
            state = yield from worker.train(device)
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
        worker.leave(state)


class _Worker:
    """What the worker of one run holds while it trains."""

    def __init__(self, run: Run) -> None:
        self.run = run
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
        run, config = self.run, self.run.config()
        self.epoch = run.status().epoch
        if run.wants("stop"):
            return "stopped"
        run.write_status("running", self.epoch)
        images, held_out = (load_images(config.training.dataset, s) for s in ("train", "test"))
        model = _first_weights(config, images).to(pick_device(device))
        optimizer = make_optimizer(model, config.training)
        frames = FrameWriter(run, config, images, held_out)
        if run.latest.exists():
            self.epoch = restore(run.latest, model, optimizer)
        else:
            frames.write_start(model)
        run.write_status("running", self.epoch)
        for event in fit(
            model,
            images,
            config.training,
            held_out=held_out,
            optimizer=optimizer,
            first_epoch=self.epoch + 1,
        ):
            if isinstance(event, EpochEnd):
                self._note(event)
                run.write("LATEST.safetensors", to_bytes(model, optimizer, event.epoch))
                frames.write_epoch(model, event)
                self.epoch = event.epoch
                run.write_status("running", self.epoch)
            else:
                self._note_now_and_then(event)
                if event.epoch == 1:
                    frames.write_if_due(model, event.step / event.steps)
            yield event
            if run.wants("stop"):
                return "stopped"
            if isinstance(event, EpochEnd) and run.wants("pause"):
                return "done" if event.epoch == config.training.epochs else "paused"
        return "done"

    def _note_now_and_then(self, event: Event) -> None:
        now = time.monotonic()
        if now - self.last_step >= STEP_SECONDS:
            self.last_step = now
            self._note(event)

    def _note(self, event: Event) -> None:
        """Append an event; a folder that somebody deleted stays deleted."""
        kind = "epoch" if isinstance(event, EpochEnd) else "step"
        line = json.dumps({"event": kind, "time": time.time(), **asdict(event)})
        if not self.run.path.is_dir():
            raise RunError(f"Run {self.run.id} is gone: somebody deleted its folder.")
        with (self.run.path / "metrics.jsonl").open("ab") as file:
            file.write(f"\n{line}\n".encode())  # a break before it too: the last may be torn


def _first_weights(config: RunConfig, images: ImageSet) -> AutoEncoder:
    """Fresh ones, or those of the checkpoint that the run branches from."""
    if config.parent is None:
        seed, mean_image = config.training.seed, images.mean_image()
        return build_model(config.model, seed=seed, mean_image=mean_image)
    parent = load_checkpoint(config.parent)
    if parent.config != config.model:
        raise CheckpointError(f"{Path(config.parent).name} is not of the network of this run.")
    return parent.model
