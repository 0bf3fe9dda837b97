"""Intrinsic dimension of images and of the shipped models' codes, by every method.

    python -m benchmarks.dimension                    # a minute

An estimate depends on how many points there are and how many neighbours are asked, so both are
varied.
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path
from typing import Any

import torch

from benchmarks._report import ROOT, at_least, at_most, close, machine, print_machine
from vae_core import list_checkpoints, load_checkpoint, load_images
from vae_core.checkpoint_header import Header
from vae_core.metrics.dimension import (
    NEIGHBOURS,
    Dimension,
    Method,
    intrinsic_dimensions,
)

ASKED: tuple[tuple[Method, int], ...] = (("twonn", 2), ("mle", 5), ("mle", 10), ("mle", 20))
SHARES = (1, 4)  # all held-out images, and a quarter of them
LOW, HIGH = 11.5, 14.5  # what is believed of MNIST's pixels
FLAT = 0.1  # by how much codes in a plane may be off two


def estimate(name: str, points: torch.Tensor, report: dict[str, Any]) -> dict[str, Dimension]:
    """Print and keep one row for each method."""
    start = time.perf_counter()
    estimates = intrinsic_dimensions(points, ASKED)
    seconds = time.perf_counter() - start
    for made in estimates:
        print(
            f"{name:40} {made.method:6} k {made.k:2}  n {made.n:6}  "
            f"{made.value:6.2f} ± {made.error or 0:.2f}"
        )
        report[f"{name} {made.method} {made.k} {made.n}"] = (made.value, made.error)
    print(f"{'':40} in {seconds:.1f} s", flush=True)
    return {f"{made.method}-{made.k}": made for made in estimates}


def main() -> int:
    """Images first, then codes."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--json", type=Path, metavar="FILE", help="keep every value")
    args = parser.parse_args()
    about = machine("numpy", "scikit-learn")
    print_machine(about, f"scikit-learn {about['scikit-learn']}")
    report: dict[str, Any] = {"machine": about}
    bars = []
    for name in ("mnist", "fashion-mnist"):
        images = load_images(name).images
        for share in SHARES:
            found = estimate(f"{name}, pixels", images[: len(images) // share], report)
            if name == "mnist" and share == 1:
                for key, made in found.items():
                    bars.append(at_least(f"MNIST's pixels, {key}", LOW, made.value))
                    bars.append(at_most(f"MNIST's pixels, {key}", HIGH, made.value))
    for path, header in list_checkpoints(ROOT / "checkpoints").items():
        if not isinstance(header, Header):
            continue
        latents = load_checkpoint(path).latents
        made = estimate(path.stem, latents.mu, report)[f"mle-{NEIGHBOURS}"]
        if header.config.latent_dim == 2 and len(latents) >= 1000:
            bars.append(at_most(f"{path.stem}: |dimension - 2|", FLAT, abs(made.value - 2)))
    return close(report, bars, args.json)


if __name__ == "__main__":
    sys.exit(main())
