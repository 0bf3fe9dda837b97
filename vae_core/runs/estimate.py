"""How long a run will take, from a moment of it."""

from __future__ import annotations

import json
import subprocess
import tempfile
from itertools import islice

from vae_core.data import ImageSet
from vae_core.devices import pick_device
from vae_core.errors import VaeCoreError
from vae_core.models import build_model
from vae_core.runs import process
from vae_core.runs.folder import submit
from vae_core.runs.records import RunConfig
from vae_core.training import EpochEnd, StepEnd, fit

SIGNS = 4  # of life that are waited for
TIMEOUT = 60.0  # seconds; what takes longer to begin is not worth waiting for


def seconds_per_epoch(config: RunConfig, images: ImageSet, device: str = "auto") -> float:
    """Train a throw-away model for a moment, in this process, with its threads.

    Args:
        config: What would be trained.
        images: Its training images.
        device: As for `pick_device`.

    Returns:
        Seconds of training an epoch, without the scoring of held-out images: the pace of the
        second half of what was trained, since the first steps are slower.

    Raises:
        TrainingDivergedError: The loss is no number from the start.
    """
    model = build_model(config.model, mean_image=images.mean_image()).to(pick_device(device))
    seen = list(islice(fit(model, images, config.training), SIGNS))
    first, last = seen[len(seen) // 2 - 1], seen[-1]
    if isinstance(first, EpochEnd) or isinstance(last, EpochEnd) or first.epoch < last.epoch:
        return len(images) / last.images_per_second  # a small data set

    def elapsed(event: StepEnd) -> float:
        return event.step * config.training.batch_size / event.images_per_second

    return (elapsed(last) - elapsed(first)) / (last.step - first.step) * last.steps


def measure(config: RunConfig) -> float | None:
    """`seconds_per_epoch`, in a process with the threads that a worker has; None if it fails.

    Takes a few seconds, most of them to load libraries.
    """
    try:
        with tempfile.TemporaryDirectory() as folder:
            run = submit(folder, config)
            done = subprocess.run(
                [*process.command("estimate", run.path, config), "--json"],
                cwd=process.HOME,
                env=process.environment(),
                stdin=subprocess.DEVNULL,
                capture_output=True,
                timeout=TIMEOUT,
                check=True,
            )
        return float(json.loads(done.stdout)["seconds_per_epoch"])
    except (VaeCoreError, OSError, subprocess.SubprocessError, ValueError, KeyError):
        return None
