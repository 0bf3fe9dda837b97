"""What `anomaly` does: small models, trained to find out how well scores tell strange classes."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Generator, Iterator
from typing import Never

from tqdm import tqdm

from vae_core.commands import Result, load_splits
from vae_core.data import ImageSet
from vae_core.evaluation.commit import code_commit
from vae_core.evaluation.protocol_results import ProtocolResult, require_writable, save_protocol
from vae_core.evaluation.protocols import Trial, run_protocol, verdicts
from vae_core.models import model_config, train_config

BAR = "{l_bar}{bar}| {elapsed}<{remaining}"


def anomaly(args: argparse.Namespace) -> Generator[Result, None, None]:
    """Run one protocol; yields every trial, then what they come to."""
    if args.out:
        require_writable(args.out)
    images, held_out = load_splits(args.dataset, args)
    network = model_config(
        args.preset, images.image_shape, kind=args.kind, latent_dim=args.latent_dim
    )
    training = train_config(
        args.preset, dataset=args.dataset, epochs=args.epochs, schedule="cosine"
    )
    seeds = tuple(range(args.seeds))
    trials: list[Trial] = []
    running = run_protocol(
        args.protocol, images, held_out, network, training, seeds=seeds, n_train=args.images
    )
    for trial in _shown(running, images):
        trials.append(trial)
        yield {
            "event": "trial", "class": images.classes[trial.label], "seed": trial.seed,
            "method": trial.method, "auroc": trial.auroc,
        }  # fmt: skip
    found = verdicts(trials)
    for verdict in found:
        yield {
            "event": "verdict", "method": verdict.method, "auroc": verdict.value,
            "spread": verdict.spread, "per_class": list(verdict.per_class),
        }  # fmt: skip
    if args.out:
        number = "all" if args.images is None else f"at most {args.images:,} of the"
        recipe = (
            f"{args.preset} {args.kind.upper()}, D = {network.latent_dim}, {training.epochs} "
            f"epoch{'' if training.epochs == 1 else 's'} on {number} training images allowed, "
            f"{len(held_out):,} held-out images scored"
        )
        result = ProtocolResult(
            args.protocol, args.dataset, recipe, images.classes, seeds, tuple(found), code_commit()
        )
        yield {"event": "saved", "path": str(save_protocol(args.out, result))}


def _shown(trials: Iterator[Trial], images: ImageSet) -> Iterator[Trial]:
    """Pass trials on; a bar on stderr tells how many models are trained."""
    bar: tqdm[Never]
    with tqdm(bar_format=BAR, file=sys.stderr) as bar:
        for trial in trials:
            bar.total = trial.total
            bar.set_description(f"class {images.classes[trial.label]}", refresh=False)
            bar.update(trial.done - bar.n)
            yield trial
