"""What the verbs of the command line do. Results are yielded as JSON-able mappings."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Generator
from io import BytesIO
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from PIL import Image

from vae_core import checkpoints
from vae_core.data import ImageSet, download, is_downloadable, load_images
from vae_core.decoding import decode
from vae_core.encoding import encode
from vae_core.errors import CheckpointError, ConfigError, DataError, RunError
from vae_core.files import write_atomically
from vae_core.runs import Run, list_runs
from vae_core.tensor_file import SUFFIX

Result = dict[str, Any]


def encode_images(args: argparse.Namespace) -> Generator[Result, None, None]:
    """Encode a data set and keep the posteriors as .npz arrays."""
    out = new_file(args.out, ".npz", args.force)
    checkpoint = checkpoints.load_checkpoint(args.checkpoint)
    name = args.dataset or checkpoint.dataset.name
    if args.download and is_downloadable(name):
        download(name)
    latents = encode(checkpoint.model, load_images(name, args.split))
    arrays = {"mu": latents.mu.numpy(), "labels": latents.labels.numpy()}
    if latents.logvar is not None:
        arrays["logvar"] = latents.logvar.numpy()
    _write(out, lambda file: np.savez_compressed(file, allow_pickle=False, **arrays))
    yield {"path": str(out), "images": len(latents), "latent_dim": latents.mu.shape[1]}


def decode_code(args: argparse.Namespace) -> Generator[Result, None, None]:
    """Decode one latent code and keep the image as PNG."""
    out = new_file(args.out, ".png", args.force)
    checkpoint = checkpoints.load_checkpoint(args.checkpoint)
    if len(args.z) != checkpoint.config.latent_dim:
        raise ConfigError(
            f"This model's codes have {checkpoint.config.latent_dim} numbers, but --z gives "
            f"{len(args.z)}."
        )
    pixels = decode(checkpoint.model, [args.z])[0].mul(255).round().byte()
    picture = Image.fromarray(pixels.permute(1, 2, 0).numpy().squeeze())
    if args.scale > 1:
        size = (picture.width * args.scale, picture.height * args.scale)
        picture = picture.resize(size, Image.Resampling.NEAREST)
    _write(out, lambda file: picture.save(file, format="PNG"))
    yield {"path": str(out), "z": args.z, "width": picture.width, "height": picture.height}


def list_models(args: argparse.Namespace) -> Generator[Result, None, None]:
    """Describe every checkpoint and run in a folder; damaged ones with their error."""
    if not Path(args.folder).is_dir():
        raise CheckpointError(f"There is no folder {args.folder}.")
    for run in list_runs(args.folder):
        yield _describe_run(run)
    for path, header in checkpoints.list_checkpoints(args.folder).items():
        if isinstance(header, CheckpointError):
            yield {"path": str(path), "error": str(header)}
            continue
        yield {
            "path": str(path),
            "dataset": header.dataset.name,
            "preset": header.config.preset,
            "kind": header.config.kind,
            "latent_dim": header.config.latent_dim,
            "epochs": len(header.history),
            "negative_elbo": header.metrics.get("negative_elbo"),
            "reconstruction": header.metrics.get("reconstruction"),
            "knn_accuracy": header.metrics.get("knn_accuracy"),
        }


def _describe_run(run: Run) -> Result:
    try:
        config, status = run.config(), run.status()
    except RunError as err:
        return {"path": str(run.path), "error": str(err)}
    return {
        "path": str(run.path),
        "dataset": config.training.dataset,
        "preset": config.model.preset,
        "kind": config.model.kind,
        "latent_dim": config.model.latent_dim,
        "epochs": config.training.epochs,
        "epoch": status.epoch,
        "state": status.state,
        "message": status.message,
    }


def load_splits(name: str, args: argparse.Namespace) -> tuple[ImageSet, ImageSet]:
    """Training and held-out images, fetched first if `--download` was given."""
    if args.download and is_downloadable(name):
        download(name)
    return load_images(name, "train"), load_images(name, "test")


def new_file(out: str, suffix: str, force: bool) -> Path:
    """The path to write to, checked before any work is done."""
    try:
        path = Path(out).expanduser()
        is_there = path.exists()
    except (OSError, RuntimeError, ValueError) as err:
        raise ConfigError(f"--out cannot be {out[:80]!r}: no file can be called so.") from err
    if path.suffix != suffix:
        raise ConfigError(f"--out must end in {suffix}, unlike {out!r}.")
    if is_there and not force:
        raise ConfigError(f"{path} is there already; choose another name or add --force.")
    return path


def new_checkpoint(out: str, force: bool) -> Path:
    """The path of a checkpoint to write, likewise."""
    return new_file(out, SUFFIX, force)


def _write(path: Path, save: Callable[[BinaryIO], object]) -> None:
    buffer = BytesIO()
    save(buffer)
    try:
        write_atomically(path, buffer.getvalue())
    except OSError as err:
        raise DataError(f"Cannot write {path}: {err.strerror}.") from err
