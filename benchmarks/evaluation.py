"""How long it takes to measure every figure of a model, step by step.

    python -m benchmarks.evaluation                  # dense-512 and the largest, of two dimensions
    python -m benchmarks.evaluation --model mnist-conv-flat-vae-2d --threads 1

The shipped models on all held-out images of their data set, measured afresh; nothing is kept.
Seconds on the clock and of the processor, which a busy machine stretches less.
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path
from typing import Any

import torch

from benchmarks._report import ROOT, Bar, at_least, at_most, close, machine, print_machine
from vae_core import evaluate, load_checkpoint, load_images
from vae_core.evaluation.figures import FIGURES
from vae_core.evaluation.stream import Progress, other_images

MODELS = ("mnist-dense-512-vae-2d", "mnist-deep-map-vae-2d")
SECONDS = 60.0
THREADS = 2


def measure(name: str) -> dict[str, Any]:
    """Seconds of each step of one model's evaluation, and in all."""
    checkpoint = load_checkpoint(ROOT / "checkpoints" / f"{name}.safetensors")
    dataset = checkpoint.dataset.name
    held_out, train = load_images(dataset, "test"), load_images(dataset, "train")
    steps: list[dict[str, Any]] = []
    n_figures = 0
    start, processor = time.perf_counter(), time.process_time()
    for event in evaluate(checkpoint.model, held_out, train, strange=other_images(held_out)):
        if not isinstance(event, Progress):
            n_figures += 1
            continue
        now = {"clock": time.perf_counter() - start, "processor": time.process_time() - processor}
        if steps:
            steps[-1]["seconds"] = now["clock"] - steps[-1].pop("clock")
            steps[-1]["cpu_seconds"] = now["processor"] - steps[-1].pop("processor")
        if event.what:
            steps.append({"what": event.what, **now})
    total = {"seconds": now["clock"], "cpu_seconds": now["processor"]}
    return {"model": name, "n": len(held_out), "figures": n_figures, "steps": steps, **total}


def main() -> int:
    """Measure and judge; exit status 1 if a bar is missed."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--model", action="append", help="instead of these two")
    parser.add_argument("--threads", type=int, default=THREADS)
    parser.add_argument("--json", type=Path, help="keep the figures in this file")
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    about = machine("torch", "scikit-learn", "scipy")
    print_machine(about, f"torch {about['torch']}, {options.threads} threads")
    report: dict[str, Any] = {"machine": about, "threads": options.threads, "models": []}
    bars: list[Bar] = []
    for name in options.model or MODELS:
        found = measure(name)
        print(f"\n{name}, {found['n']:,} images: seconds, of the processor")
        for step in found["steps"]:
            print(f"  {step['what']:28} {step['seconds']:7.1f} {step['cpu_seconds']:7.1f}")
        print(f"  {'in all':28} {found['seconds']:7.1f} {found['cpu_seconds']:7.1f}", flush=True)
        report["models"].append(found)
        bars += [
            at_most(f"{name}: all figures, s", SECONDS, found["seconds"]),
            at_least(f"{name}: figures", len(FIGURES), found["figures"]),
        ]
    return close(report, bars, options.json)


if __name__ == "__main__":
    sys.exit(main())
