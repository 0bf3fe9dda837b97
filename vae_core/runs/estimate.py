"""How long a run will take, from a moment of it."""

from __future__ import annotations

from vae_core.data import ImageSet
from vae_core.models import build_model
from vae_core.runs.records import RunConfig
from vae_core.training import fit

PATIENCE = 3  # signs of life: the first steps are slower than the rest


def seconds_per_epoch(config: RunConfig, images: ImageSet) -> float:
    """Train a throw-away model for half a second, in this process, with its threads.

    Args:
        config: What would be trained.
        images: Its training images.

    Returns:
        Seconds of training an epoch, without the scoring of held-out images.

    Raises:
        TrainingDivergedError: The loss is no number from the start.
    """
    model = build_model(config.model, mean_image=images.mean_image())
    speed = 0.0
    for event, _ in zip(fit(model, images, config.training), range(PATIENCE), strict=False):
        speed = event.images_per_second
    return len(images) / speed
