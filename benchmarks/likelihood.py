"""What the likelihood of a VAE is, exactly and by sampling, and how long either takes.

    python -m benchmarks.likelihood                       # all of it, about 10 minutes
    python -m benchmarks.likelihood --parts cells         # one part
    python -m benchmarks.likelihood --keep FOLDER         # trains only if FOLDER has no such model

- `known`: preset dense-512 as a VAE with D = 2, 15 epochs on MNIST, seed 0. Of the first 2,000
  test images, binarised with seed 0: -ELBO, importance sampling with more and more draws, the
  exact value, and the inference gap.
- `cells`: the exact value with 120 and with 240 cells along each axis, of every shipped MNIST VAE
  with D = 2: means over images, and the image on which they differ most.
- `speed`: exact value against importance sampling with 1,000 draws, 10,000 images, in rounds that
  take turns, so that a slow minute of the machine hits both.

Everything runs on as many threads as `--threads` says; times are of the wall clock, and in
brackets of the processor, which a busy machine stretches less. Exit status 1 if a bar is missed.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

import torch

from benchmarks._report import ROOT, Bar, at_least, at_most, close, machine, print_machine
from vae_core import (
    ImageSet,
    build_model,
    elbo,
    exact_log_likelihood,
    fit,
    importance_log_likelihood,
    load_checkpoint,
    load_images,
    model_config,
    save_checkpoint,
    train_config,
)
from vae_core.checkpoint_header import DatasetInfo
from vae_core.encoding import encode
from vae_core.metrics.estimate import difference, mean_of
from vae_core.metrics.quadrature import exact_likelihood
from vae_core.models import AutoEncoder
from vae_core.training import EpochEnd

PRESET, EPOCHS, SEED = "dense-512", 15, 0
N_KNOWN, KNOWN_NLL, KNOWN_WITHIN = 2000, 145.5, 1.0  # images; nats per image
DRAWS = (10, 100, 1000)
CELLS, CELLS_WITHIN = (120, 240), 0.02  # nats, of the mean over images
SPEED_IMAGES, SPEED_RATIO = 10_000, 30.0
PARTS = ("known", "cells", "speed")


def trained(folder: Path) -> AutoEncoder:
    """The model of `known`, from the folder or trained into it."""
    path = folder / f"{PRESET}-{EPOCHS}-epochs-seed-{SEED}.safetensors"
    if not path.exists():
        images, held_out = load_images("mnist", "train"), load_images("mnist", "test")
        config = train_config(PRESET, dataset="mnist", epochs=EPOCHS, batch_size=128, seed=SEED)
        network = model_config(PRESET, images.image_shape, latent_dim=2, kind="vae")
        model = build_model(network, seed=SEED, mean_image=images.mean_image())
        print(f"training {PRESET} for {EPOCHS} epochs", flush=True)
        epochs = [event for event in fit(model, images, config) if isinstance(event, EpochEnd)]
        save_checkpoint(
            path,
            model,
            training=config,
            dataset=DatasetInfo("mnist", held_out.sha256(), held_out.classes),
            history=[event.to_json() for event in epochs],
            metrics={},
            latents=encode(model, held_out),
        )
    return load_checkpoint(path).model


def known(model: AutoEncoder, images: ImageSet) -> tuple[dict[str, Any], list[Bar]]:
    """Every estimate of the same likelihood."""
    few = images.subset(range(N_KNOWN))
    bound = elbo(model, few, SEED, 16, binarize=True).negative_elbo
    exact, seconds = timed(lambda: exact_likelihood(model, few, binarize=True, seed=SEED))
    nll = mean_of(-exact.log_likelihood)
    print(f"\n{PRESET}, {EPOCHS} epochs, {N_KNOWN} images, nats per image")
    print(f"  -ELBO                    {bound.mean():8.3f}")
    found: dict[str, Any] = {"negative_elbo": bound.mean().item(), "sampled": {}}
    for k in DRAWS:
        sampled, took = timed(lambda k=k: importance_log_likelihood(model, few, k, binarize=True))
        estimate = sampled.negative_log_likelihood
        above = difference(-sampled.log_likelihood, -exact.log_likelihood)
        print(
            f"  importance, k = {k:<6}   {estimate.value:8.3f}   {took}; above the exact value by "
            f"{above.value:.3f} ± {above.error:.3f}; effective draws, median "
            f"{sampled.effective_size.median():.1f}",
            flush=True,
        )
        found["sampled"][k] = estimate.value
    gap = mean_of(bound + exact.log_likelihood)
    print(f"  exact                    {nll.value:8.3f} ± {nll.error:.3f} over images   {seconds}")
    print(f"  inference gap            {gap.value:8.3f}")
    print(f"  posterior beyond 8 units, worst image: {exact.far_share.max():.1e}")
    found |= {"exact": nll.value, "gap": gap.value, "far_share": exact.far_share.max().item()}
    assert nll.value is not None
    name = f"{PRESET}: exact NLL, nats from {KNOWN_NLL}"
    return found, [at_most(name, KNOWN_WITHIN, abs(nll.value - KNOWN_NLL))]


def cells(images: ImageSet) -> tuple[dict[str, Any], list[Bar]]:
    """What twice as many cells change."""
    found, bars = {}, []
    print(f"\nexact NLL of {len(images)} images with {CELLS[0]} and {CELLS[1]} cells an axis, nats")
    print(f"{'':24}  {CELLS[0]:8}  {CELLS[1]:8}  difference: mean, worst image; beyond 8 units")
    for path in sorted((ROOT / "checkpoints").glob("mnist-*-vae-2d.safetensors")):
        model = load_checkpoint(path).model
        both = [exact_likelihood(model, images, n, binarize=True, seed=SEED) for n in CELLS]
        change = both[0].log_likelihood - both[1].log_likelihood
        means = [-one.log_likelihood.mean().item() for one in both]
        row = (*means, change.mean().item(), change.abs().max().item())
        far = both[1].far_share.max().item()
        print(
            f"{path.stem:24}  {row[0]:8.4f}  {row[1]:8.4f}  {row[2]:+.5f}, {row[3]:.4f}; {far:.1e}",
            flush=True,
        )
        found[path.stem] = {"nll": means, "mean": row[2], "worst": row[3], "far_share": far}
        bars.append(at_most(f"{path.stem}: {CELLS[0]} cells, nats off", CELLS_WITHIN, abs(row[2])))
    return found, bars


def speed(model: AutoEncoder, images: ImageSet, rounds: int) -> tuple[dict[str, Any], list[Bar]]:
    """Exact against sampled, each round on its share of the images and then all of them exactly."""
    wall: dict[str, list[float]] = {"exact": [], "sampled": []}
    busy: dict[str, list[float]] = {"exact": [], "sampled": []}
    k = DRAWS[-1]
    runs: dict[str, Callable[[ImageSet], object]] = {
        "exact": lambda part: exact_log_likelihood(model, part, binarize=True, seed=SEED),
        "sampled": lambda part: importance_log_likelihood(model, part, k, SEED, binarize=True),
    }
    for run in runs.values():
        run(images.subset(range(100)))  # libraries load on first use
    shares = torch.arange(len(images)).chunk(rounds)
    for share in shares:
        for name, part in (("exact", images), ("sampled", images.subset(share))):
            _, took = timed(lambda name=name, part=part: runs[name](part))
            wall[name].append(took.wall)
            busy[name].append(took.busy)
    # Sampling is one pass over all images, in as many parts as there are rounds.
    ratio = sum(wall["sampled"]) / median(wall["exact"])
    of_processor = sum(busy["sampled"]) / median(busy["exact"])
    print(f"\n{len(images)} images, {rounds} rounds, seconds of the wall clock (of the processor)")
    print(f"  exact, median of the rounds    {Took(median(wall['exact']), median(busy['exact']))}")
    print(f"  sampled, k = {k}, all rounds   {Took(sum(wall['sampled']), sum(busy['sampled']))}")
    print(f"  ratio                          {ratio:.1f} ({of_processor:.1f})")
    found = {"wall": wall, "busy": busy, "ratio": ratio, "ratio_of_processor": of_processor}
    return found, [at_least("exact, times as fast as 1,000 draws", SPEED_RATIO, ratio)]


class Took:
    """Seconds of the wall clock and of the processor."""

    def __init__(self, wall: float, busy: float) -> None:
        self.wall, self.busy = wall, busy

    def __str__(self) -> str:
        return f"{self.wall:.1f} s ({self.busy:.1f})"


def timed(run: Callable[[], Any]) -> tuple[Any, Took]:
    """What a function returns, and what it took."""
    start, processor = time.perf_counter(), time.process_time()
    result = run()
    return result, Took(time.perf_counter() - start, time.process_time() - processor)


def main() -> int:
    """Measure and judge; exit status 1 if a bar is missed."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--parts", nargs="+", choices=PARTS, default=PARTS)
    parser.add_argument(
        "--keep", type=Path, help="folder of the trained model; default a fresh one"
    )
    parser.add_argument("--images", type=int, default=SPEED_IMAGES, help="of cells and speed")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--json", type=Path, help="keep the figures in this file")
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    about = machine("torch", "numpy")
    print_machine(about, f"torch {about['torch']}, threads: {options.threads}")
    images = load_images("mnist", "test")
    chosen = images.subset(range(options.images))
    report: dict[str, Any] = {"machine": about, "threads": options.threads}
    bars: list[Bar] = []
    with tempfile.TemporaryDirectory() as scratch:
        model = None
        if {"known", "speed"} & set(options.parts):
            folder = options.keep or Path(scratch)
            folder.mkdir(parents=True, exist_ok=True)
            model = trained(folder)
        for part in options.parts:
            if part == "cells":
                report[part], found = cells(chosen)
            elif part == "known":
                report[part], found = known(model, images)
            else:
                report[part], found = speed(model, chosen, options.rounds)
            bars += found
    return close(report, bars, options.json)


if __name__ == "__main__":
    sys.exit(main())
