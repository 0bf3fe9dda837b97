"""Frames of a run: checkpoints of its moments, each of which opens like any other."""

from __future__ import annotations

import math
from typing import Any

from vae_core.checkpoint_header import DatasetInfo
from vae_core.checkpoints import save_checkpoint
from vae_core.data import ImageSet
from vae_core.encoding import encode
from vae_core.errors import RunError, TrainingDivergedError
from vae_core.files import require_space
from vae_core.metrics.elbo import held_out_scores
from vae_core.models import AutoEncoder
from vae_core.runs.records import RunConfig
from vae_core.runs.store import Run
from vae_core.training import EpochEnd, StepEnd, early_steps

# Of this machine, not of the model; or what would make the header too long to be read.
LEFT_OUT = {"seconds", "images_per_second", "time", "event", "held_out_kl_per_dim"}


class FrameWriter:
    """Writes the frames of one run."""

    def __init__(self, run: Run, config: RunConfig, images: ImageSet, held_out: ImageSet) -> None:
        self.run, self.config, self.held_out = run, config, held_out
        self.dataset = DatasetInfo(config.training.dataset, held_out.sha256(), images.classes)

    def write_now(self, model: AutoEncoder, epoch: float) -> None:
        """After so many epochs; `model` is in evaluation mode."""
        self._write(model, epoch, self._scores(model))

    def write_early(self, model: AutoEncoder, event: StepEnd) -> None:
        """At a few moments of the first epoch."""
        progress = event.step / event.steps
        is_due = event.epoch == 1 and event.step in early_steps(event.steps)
        if not is_due or self.run.frame_path(progress).exists():
            return
        was_training = model.training
        model.eval()
        self._write(model, progress, self._scores(model))
        model.train(was_training)

    def write_epoch(self, model: AutoEncoder, event: EpochEnd) -> None:
        """After a whole epoch."""
        assert event.held_out_reconstruction is not None
        assert event.held_out_kl is not None
        scores = {
            "reconstruction": event.held_out_reconstruction,
            "kl": event.held_out_kl,
            "kl_per_dim": event.held_out_kl_per_dim,
        }
        self._write(model, float(event.epoch), scores)

    def _scores(self, model: AutoEncoder) -> dict[str, Any]:
        return held_out_scores(model, self.held_out, self.config.training.seed)

    def _write(self, model: AutoEncoder, epoch: float, scores: dict[str, Any]) -> None:
        path = self.run.frame_path(epoch)
        if not path.parent.is_dir():
            raise RunError(f"Run {self.run.id} is gone: somebody deleted its folder.")
        if not math.isfinite(scores["reconstruction"] + scores["kl"]):
            raise TrainingDivergedError(math.ceil(epoch))
        if self.config.model.kind == "vae":
            scores = scores | {"negative_elbo": scores["reconstruction"] + scores["kl"]}
        else:
            scores = {"reconstruction": scores["reconstruction"]}
        require_space(path.parent, 0)
        history = [event for event in self.run.history() if event["epoch"] <= epoch]
        save_checkpoint(
            path,
            model,
            training=self.config.training,
            dataset=self.dataset,
            history=[{k: v for k, v in e.items() if k not in LEFT_OUT} for e in history],
            metrics=scores,
            latents=encode(model, self.held_out),
        )
