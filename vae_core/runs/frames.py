"""Frames of a run: checkpoints of its moments, each of which opens like any other."""

from __future__ import annotations

from typing import Any

from vae_core.checkpoint_header import DatasetInfo
from vae_core.checkpoints import save_checkpoint
from vae_core.data import ImageSet
from vae_core.encoding import encode
from vae_core.errors import RunError
from vae_core.metrics.elbo import elbo
from vae_core.models import AutoEncoder
from vae_core.runs.records import RunConfig
from vae_core.runs.store import Run
from vae_core.training import EpochEnd

EARLY = (0.05, 0.1, 0.25, 0.5)  # epochs: most of the map forms within the first
MACHINE = {"seconds", "images_per_second", "time", "event"}  # of this machine, not of the model


class FrameWriter:
    """Writes the frames of one run."""

    def __init__(self, run: Run, config: RunConfig, images: ImageSet, held_out: ImageSet) -> None:
        self.run, self.config, self.held_out = run, config, held_out
        self.dataset = DatasetInfo(config.training.dataset, held_out.sha256(), images.classes)
        done = max((frame.epoch for frame in run.frames()), default=0.0)
        self.due = [epoch for epoch in EARLY if epoch > done]

    def write_now(self, model: AutoEncoder, epoch: float) -> None:
        """After so many epochs; `model` is in evaluation mode."""
        self._write(model, epoch, self._scores(model))

    def write_if_due(self, model: AutoEncoder, progress: float) -> None:
        """Within the first epoch, of which `progress`, 0 to 1, is done, a few times."""
        if not self.due or progress < self.due[0]:
            return
        self.due = [epoch for epoch in self.due if epoch > progress]
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
        parts = elbo(model, self.held_out, seed=self.config.training.seed, draws=1)
        return {
            "reconstruction": parts.reconstruction.mean().item(),
            "kl": parts.kl.mean().item(),
            "kl_per_dim": parts.kl_per_dim.mean(0).tolist(),
        }

    def _write(self, model: AutoEncoder, epoch: float, scores: dict[str, Any]) -> None:
        path = self.run.frame_path(epoch)
        if not path.parent.is_dir():
            raise RunError(f"Run {self.run.id} is gone: somebody deleted its folder.")
        if self.config.model.kind == "vae":
            scores = scores | {"negative_elbo": scores["reconstruction"] + scores["kl"]}
        else:
            scores = {"reconstruction": scores["reconstruction"]}
        history = [event for event in self.run.history() if event["epoch"] <= epoch]
        save_checkpoint(
            path,
            model,
            training=self.config.training,
            dataset=self.dataset,
            history=[{k: v for k, v in e.items() if k not in MACHINE} for e in history],
            metrics=scores,
            latents=encode(model, self.held_out),
        )
