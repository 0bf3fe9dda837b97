"""What the verbs of the command line do. Results are yielded as JSON-able mappings."""

from __future__ import annotations

import argparse
import dataclasses
import sys
from collections.abc import Callable, Generator, Iterator
from io import BytesIO
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from PIL import Image
from tqdm import tqdm

from vae_core import checkpoints
from vae_core.checkpoint_header import SUFFIX, DatasetInfo
from vae_core.config import CHANNELS, MIN_SIDE, TrainConfig
from vae_core.data import ImageSet, download, is_downloadable, load_images
from vae_core.decoding import decode
from vae_core.devices import pick_device
from vae_core.encoding import encode
from vae_core.errors import CheckpointError, ConfigError, DataError, TrainingInterruptedError
from vae_core.files import write_atomically
from vae_core.metrics.summary import summarize
from vae_core.models import AutoEncoder, build_model, model_config, train_config
from vae_core.training import EpochEnd, fit

Result = dict[str, Any]
SMALLEST_IMAGE = (CHANNELS[0], MIN_SIDE, MIN_SIDE)  # stands for one not yet loaded


def train(args: argparse.Namespace) -> Generator[Result, None, None]:
    """Train a preset and keep it as a checkpoint; Ctrl-C keeps what was learnt so far."""
    out = _new_checkpoint(args.out, args.force)
    config = train_config(
        args.preset,
        dataset=args.dataset,
        epochs=args.epochs,
        batch_size=args.batch_size,
        learning_rate=args.learning_rate,
        schedule=args.schedule,
        beta=args.beta,
        kl_warmup=args.kl_warmup,
        binarize=args.binarize,
        seed=args.seed,
    )
    if config.binarize and args.likelihood != "bernoulli":
        raise ConfigError("Binarised pixels need the bernoulli likelihood; add --no-binarize.")
    # Checked before the data is read: a typo should not wait for a download.
    network = model_config(
        args.preset,
        SMALLEST_IMAGE,
        kind=args.kind,
        latent_dim=args.latent_dim,
        likelihood=args.likelihood,
    )
    images, held_out = _load(config.dataset, args)
    network = dataclasses.replace(network, image_shape=images.image_shape)
    model = build_model(network, seed=config.seed, mean_image=images.mean_image())
    model.to(pick_device(args.device))
    history: list[EpochEnd] = []
    interrupted = False
    try:
        for event in _shown(fit(model, images, config, held_out=held_out), config, len(images)):
            history.append(event)
            yield {"event": "epoch", **event.to_json()}
    except KeyboardInterrupt:
        interrupted = True
    metrics = _keep(out, model, config, images, held_out, history, args.dtype)
    yield {"event": "saved", "path": str(out), "metrics": metrics}
    if interrupted:
        raise TrainingInterruptedError(
            f"interrupted after {len(history)} of {config.epochs} epochs; "
            f"the model so far is in {out}."
        )


def _shown(events: Iterator[Any], config: TrainConfig, n_images: int) -> Iterator[EpochEnd]:
    """Pass the epochs on; draw everything else as a progress bar on stderr."""
    done = 0
    total = config.epochs * n_images
    with tqdm(total=total, unit=" images", unit_scale=True, file=sys.stderr) as bar:
        for event in events:
            if isinstance(event, EpochEnd):
                seen = event.epoch * n_images
                bar.set_description(f"epoch {event.epoch}/{config.epochs}")
            else:
                seen = (event.epoch - 1) * n_images + event.step * n_images // event.steps
            bar.set_postfix_str(f"loss {event.loss:.2f} nats/image", refresh=False)
            bar.update(seen - done)
            done = seen
            if isinstance(event, EpochEnd):
                yield event


def _keep(
    out: Path,
    model: AutoEncoder,
    config: TrainConfig,
    images: ImageSet,
    held_out: ImageSet,
    history: list[EpochEnd],
    dtype: str,
) -> Result:
    """Score the finished model and write its checkpoint; returns the scores."""
    model.to("cpu")
    checkpoints.round_weights(model, dtype)
    metrics = summarize(model, held_out, images)
    timings = {"seconds", "images_per_second"}  # of this machine today, not of the model
    checkpoints.save_checkpoint(
        out,
        model,
        training=config,
        dataset=DatasetInfo(config.dataset, held_out.sha256(), images.classes),
        history=[{k: v for k, v in e.to_json().items() if k not in timings} for e in history],
        metrics=metrics,
        latents=encode(model, held_out),
        dtype=dtype,
    )
    return metrics


def evaluate(args: argparse.Namespace) -> Generator[Result, None, None]:
    """Score a checkpoint on held-out images."""
    checkpoint = checkpoints.load_checkpoint(args.checkpoint)
    images, held_out = _load(args.dataset or checkpoint.dataset.name, args)
    scores = summarize(
        checkpoint.model, held_out, images,
        seed=args.seed, draws=args.draws, binarize=args.binarize,
    )  # fmt: skip
    yield {"checkpoint": str(args.checkpoint), "dataset": held_out.name, **scores}


def encode_images(args: argparse.Namespace) -> Generator[Result, None, None]:
    """Encode a data set and keep the posteriors as .npz arrays."""
    out = _new_file(args.out, ".npz", args.force)
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
    out = _new_file(args.out, ".png", args.force)
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
    """Describe every checkpoint in a folder; damaged ones are listed with their error."""
    if not Path(args.folder).is_dir():
        raise CheckpointError(f"There is no folder {args.folder}.")
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


def _load(name: str, args: argparse.Namespace) -> tuple[ImageSet, ImageSet]:
    """Training and held-out images, fetched first if `--download` was given."""
    if args.download and is_downloadable(name):
        download(name)
    return load_images(name, "train"), load_images(name, "test")


def _new_file(out: str, suffix: str, force: bool) -> Path:
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


def _new_checkpoint(out: str, force: bool) -> Path:
    return _new_file(out, SUFFIX, force)


def _write(path: Path, save: Callable[[BinaryIO], object]) -> None:
    buffer = BytesIO()
    save(buffer)
    try:
        write_atomically(path, buffer.getvalue())
    except OSError as err:
        raise DataError(f"Cannot write {path}: {err.strerror}.") from err
