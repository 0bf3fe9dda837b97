"""How long a run will take, from a moment of it."""

from __future__ import annotations

import json
import subprocess
import tempfile
import threading
import time
from itertools import islice, pairwise

from vae_core.data import ImageSet
from vae_core.devices import pick_device
from vae_core.errors import VaeCoreError
from vae_core.models import build_model
from vae_core.runs import process
from vae_core.runs.folder import submit
from vae_core.runs.records import RunConfig
from vae_core.training import StepEnd, fit

SIGNS = 9  # of life that are waited for: a second or so
TICK_SECONDS = 0.1
TIMEOUT = 60.0  # seconds; what takes longer to begin is not worth waiting for


def seconds_per_epoch(config: RunConfig, images: ImageSet, device: str = "auto") -> float:
    """Train a throw-away model for a moment, in this process, with its threads.

    Args:
        config: What would be trained.
        images: Its training images.
        device: As for `pick_device`.

    Returns:
        Seconds of training an epoch, without the scoring of held-out images, if nothing else
        keeps the machine busy: the best pace between two signs of life, since the first steps
        are slower, and whatever else the machine does makes all of them slower.

    Raises:
        TrainingDivergedError: The loss is no number from the start.
    """
    model = build_model(config.model, mean_image=images.mean_image()).to(pick_device(device))
    seen = list(islice(fit(model, images, config.training), SIGNS))

    def elapsed(event: StepEnd) -> float:
        return event.step * config.training.batch_size / event.images_per_second

    signs = [event for event in seen if isinstance(event, StepEnd) and event.epoch == 1]
    paces = [
        (elapsed(after) - elapsed(before)) / (after.step - before.step) * after.steps
        for before, after in pairwise(signs)
    ]
    return min(paces, default=len(images) / seen[-1].images_per_second)


def measure(config: RunConfig, halt: threading.Event | None = None) -> float | None:
    """`seconds_per_epoch`, in a process with the threads that a worker has.

    Takes a few seconds, most of them to load libraries.

    Args:
        config: What would be trained.
        halt: Once set, the process is ended: somebody needs the machine.

    Returns:
        Seconds; None where the process failed or was ended.
    """
    try:
        with tempfile.TemporaryDirectory() as folder:
            run = submit(folder, config)
            child = subprocess.Popen(
                [*process.command("estimate", run.path, config), "--json"],
                cwd=process.HOME,
                env=process.environment(),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
            )
            said = _wait(child, halt or threading.Event())
        return float(json.loads(said)["seconds_per_epoch"])
    except (VaeCoreError, OSError, ValueError, KeyError):
        return None


def _wait(child: subprocess.Popen[bytes], halt: threading.Event) -> bytes:
    """What a process said, if it ended by itself in time; else b""."""
    deadline = time.monotonic() + TIMEOUT
    while not halt.is_set() and time.monotonic() < deadline:
        try:
            return child.communicate(timeout=TICK_SECONDS)[0]
        except subprocess.TimeoutExpired:
            continue
    child.kill()
    child.communicate()
    return b""
