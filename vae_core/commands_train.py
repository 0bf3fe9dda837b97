"""What `train`, `resume` and `estimate` do: into one file, or in the folder of a run."""

from __future__ import annotations

import argparse
import dataclasses
import os
import sys
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import Any

import torch
from tqdm import tqdm

from vae_core import checkpoints
from vae_core.checkpoint_header import DatasetInfo
from vae_core.commands import Result, load_splits, new_checkpoint
from vae_core.config import CHANNELS, MIN_SIDE, ModelConfig, TrainConfig
from vae_core.data import ImageSet, load_images
from vae_core.devices import pick_device, use_threads
from vae_core.distributed import join, leave
from vae_core.encoding import encode
from vae_core.errors import ConfigError, RunError, TrainingInterruptedError
from vae_core.evaluation.summary import summarize
from vae_core.models import AutoEncoder, build_model, model_config, train_config
from vae_core.runs import Run, RunConfig, seconds_per_epoch, submit, work
from vae_core.runs.records import RESUMABLE, WAITING
from vae_core.tensor_file import SUFFIX
from vae_core.training import EpochEnd, fit

SMALLEST_IMAGE = (CHANNELS[0], MIN_SIDE, MIN_SIDE)  # stands for one not yet loaded
BAR = "{l_bar}{bar}| {elapsed}<{remaining}{postfix}"


def train(args: argparse.Namespace) -> Generator[Result, None, None]:
    """Train a preset: into one file, or, without a suffix, into the folder of a run."""
    is_run = not Path(args.out).suffix and not args.out.endswith(SUFFIX)
    out = Path(args.out).expanduser() if is_run else new_checkpoint(args.out, args.force)
    config, network = _settings(args)
    images, held_out = load_splits(config.dataset, args)
    network = dataclasses.replace(network, image_shape=images.image_shape)
    if is_run:
        if Path(config.dataset).exists():  # workers start in another folder
            config = dataclasses.replace(config, dataset=str(Path(config.dataset).resolve()))
        yield from _work(out, RunConfig(network, config, torch.get_num_threads()), args.device)
    else:
        yield from _train_file(out, network, config, images, held_out, args)


def resume(args: argparse.Namespace) -> Generator[Result, None, None]:
    """Go on with a run where it stands; the app starts its workers with this."""
    run, _ = _lent(args)
    status = run.status()
    if status.state not in (*WAITING, "starting", *RESUMABLE):
        raise RunError(f"Run {run.id} cannot go on: it is {status.state}.")
    if not args.queued:  # else a stop may just have been asked for
        run.forget_wishes()
    yield from _work(run.path, None, args.device)


def estimate(args: argparse.Namespace) -> Generator[Result, None, None]:
    """How long a run will take, measured on a few batches of it."""
    _, config = _lent(args)
    images = load_images(config.training.dataset, "train")
    seconds = seconds_per_epoch(config, images, args.device)
    total = seconds * config.training.epochs
    yield {"event": "estimate", "seconds_per_epoch": seconds, "seconds": total}


def _lent(args: argparse.Namespace) -> tuple[Run, RunConfig]:
    """A run and what it trains; this process takes no more threads and turns than it may."""
    if args.nice and hasattr(os, "nice"):  # Windows has none
        os.nice(args.nice)
    run = Run(Path(args.run))
    config = run.config()
    if args.threads is None:
        use_threads(config.threads)
    return run, config


def _settings(args: argparse.Namespace) -> tuple[TrainConfig, ModelConfig]:
    """Both records, checked before the data is read: a typo should not wait for a download."""
    config = train_config(
        args.preset,
        dataset=args.dataset,
        epochs=args.epochs,
        batch_size=args.batch_size,
        learning_rate=args.learning_rate,
        schedule=args.schedule,
        beta=args.beta,
        kl_warmup=args.kl_warmup,
        free_bits=args.free_bits,
        binarize=args.binarize,
        seed=args.seed,
    )
    if config.binarize and args.likelihood != "bernoulli":
        raise ConfigError("Binarised pixels need the bernoulli likelihood; add --no-binarize.")
    network = model_config(
        args.preset,
        SMALLEST_IMAGE,
        kind=args.kind,
        latent_dim=args.latent_dim,
        likelihood=args.likelihood,
    )
    return config, network


def _work(path: Path, config: RunConfig | None, device: str) -> Generator[Result, None, None]:
    """Train a run, a new one if there is a config, with all processes that torchrun started."""
    world = join(device)
    run = Run(path)
    if world.rank == 0 and config is not None:
        _make(run, config, is_again=world.size > 1 and path.is_dir())
    try:
        world.told(True)  # the folder is there
        training = run.config().training
        # No bar in a log, which it would fill.
        is_on = world.rank == 0 and sys.stderr.isatty()
        for event in _shown(work(run, device, world), training, is_on=is_on):
            if world.rank == 0:
                yield {"event": "epoch", **event.to_json()}
    except KeyboardInterrupt:
        raise TrainingInterruptedError(
            f"interrupted; go on with: python -m vae_core resume {run.path}"
        ) from None
    leave()  # not after an error: with another process gone it would wait for it
    if world.rank == 0:
        status = run.status()
        yield {"event": "run", "path": str(path), "state": status.state, "epoch": status.epoch}


def _make(run: Run, config: RunConfig, *, is_again: bool) -> None:
    """A new run's folder; torchrun starts all processes again after it has lost one."""
    if not is_again:
        submit(run.path.parent, config, name=run.path.name, state="starting")
    elif run.config() != config:
        raise RunError(f"{run.path} is there already, with other settings; choose another name.")


def _train_file(
    out: Path,
    network: ModelConfig,
    config: TrainConfig,
    images: ImageSet,
    held_out: ImageSet,
    args: argparse.Namespace,
) -> Generator[Result, None, None]:
    """Train in one go; Ctrl-C keeps what was learnt so far."""
    model = build_model(network, seed=config.seed, mean_image=images.mean_image())
    model.to(pick_device(args.device))
    history: list[EpochEnd] = []
    interrupted = False
    try:
        for event in _shown(fit(model, images, config, held_out=held_out), config):
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


def _shown(events: Iterator[Any], config: TrainConfig, *, is_on: bool = True) -> Iterator[EpochEnd]:
    """Pass the epochs on; draw everything else as a progress bar on stderr."""
    done = 0.0
    with tqdm(total=config.epochs, bar_format=BAR, file=sys.stderr, disable=not is_on) as bar:
        for event in events:
            is_whole = isinstance(event, EpochEnd)
            seen = event.epoch if is_whole else event.epoch - 1 + event.step / event.steps
            bar.set_description(f"epoch {event.epoch}/{config.epochs}")
            speed = f"{event.images_per_second:,.0f} images/s"
            bar.set_postfix_str(f"loss {event.loss:.2f} nats/image, {speed}", refresh=False)
            bar.update(seen - done)
            done = seen
            if is_whole:
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
