"""Tiny models of scikit-learn's digits, for the tests of pages and browser."""

from pathlib import Path
from typing import Any

from vae_core import build_model, encode, fit, load_images, model_config, train_config
from vae_core.checkpoint_header import DatasetInfo
from vae_core.checkpoints import Checkpoint, save_checkpoint
from vae_core.evaluation.summary import summarize


def write_digits_model(
    path: Path, latent_dim: int, kind: str = "vae", epochs: int = 8, beta: float = 1.0
) -> Path:
    """Train dense-512 on the small digits for a second and keep it at `path`."""
    images, held_out = load_images("digits", "train"), load_images("digits", "test")
    config = train_config("dense-512", dataset="digits", epochs=epochs, batch_size=64, beta=beta)
    network = model_config("dense-512", images.image_shape, latent_dim=latent_dim, kind=kind)
    model = build_model(network, mean_image=images.mean_image())
    history = [event.to_json() for event in fit(model, images, config) if hasattr(event, "seconds")]
    save_checkpoint(
        path,
        model,
        training=config,
        dataset=DatasetInfo("digits", held_out.sha256(), held_out.classes),
        history=history,
        metrics=summarize(model, held_out),
        latents=encode(model, held_out),
    )
    return path


def save_again(saved: Checkpoint, path: Path, **changes: Any) -> Path:
    """Write a model, changed or not, to `path`, with what else its file held but for `changes`."""
    names = ("training", "dataset", "history", "metrics", "latents")
    save_checkpoint(path, saved.model, **({n: getattr(saved, n) for n in names} | changes))
    return path
