"""How long a run will take, from a moment of it."""

from __future__ import annotations

import json
import subprocess
import tempfile

from vae_core.data import ImageSet
from vae_core.devices import pick_device
from vae_core.errors import VaeCoreError
from vae_core.models import build_model
from vae_core.runs import process
from vae_core.runs.folder import submit
from vae_core.runs.records import RunConfig
from vae_core.training import fit

PATIENCE = 3  # signs of life: the first steps are slower than the rest
NICE = 15  # as a worker, or it would measure something else
TIMEOUT = 60.0  # seconds; what takes longer to begin is not worth waiting for


def seconds_per_epoch(config: RunConfig, images: ImageSet, device: str = "auto") -> float:
    """Train a throw-away model for half a second, in this process, with its threads.

    Args:
        config: What would be trained.
        images: Its training images.
        device: As for `pick_device`.

    Returns:
        Seconds of training an epoch, without the scoring of held-out images.

    Raises:
        TrainingDivergedError: The loss is no number from the start.
    """
    model = build_model(config.model, mean_image=images.mean_image()).to(pick_device(device))
    speed = 0.0
    for event, _ in zip(fit(model, images, config.training), range(PATIENCE), strict=False):
        speed = event.images_per_second
    return len(images) / speed


def measure(config: RunConfig) -> float | None:
    """`seconds_per_epoch`, in a process with the threads that a worker has; None if it fails.

    Takes a few seconds, most of them to load libraries.
    """
    try:
        with tempfile.TemporaryDirectory() as folder:
            run = submit(folder, config)
            done = subprocess.run(
                [*process.command("estimate", run.path, config, NICE), "--json"],
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
