"""How long geodesics take, and how much shorter they are than straight paths.

    python -m benchmarks.geodesics                  # the shipped two-dimensional MNIST models
    python -m benchmarks.geodesics --pairs 20 --model mnist-deep-map-vae-2d

For each model, pairs of held-out codes chosen by a fixed seed: seconds for the grid that is
measured once, milliseconds for each path (also of processor time, which a busy machine stretches
less), and the length of its pictures over that of the straight path between the same codes. One
thread, as in the app.
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import torch

from benchmarks._report import ROOT, Bar, at_most, close, machine, p95, print_machine
from vae_core import fit_plane, load_checkpoint
from vae_core.decoding import picture_of
from vae_core.geodesics import geodesic, image_grid, length

PAIRS, SEED = 100, 0
GRID_SECONDS, PATH_MS = 2.0, 300.0
ROUNDING = 1e-9  # of a ratio that is 1
QUANTILES = (0, 5, 50, 95, 100)


def measure(path: Path, n_pairs: int) -> dict[str, Any]:
    """Figures of one model."""
    loaded = load_checkpoint(path)
    picture, mu = picture_of(loaded.model), loaded.latents.mu.double().numpy()
    start = time.perf_counter()
    grid = image_grid(picture, fit_plane(loaded.latents.mu).extent)
    grid_seconds = time.perf_counter() - start
    numbers = np.random.default_rng(SEED)
    milliseconds, busy, ratios = [], [], []
    for _ in range(n_pairs):
        a, b = mu[numbers.choice(len(mu), 2, replace=False)]
        start, processor = time.perf_counter(), time.thread_time()
        found = geodesic(picture, a, b, grid)
        busy.append(1000 * (time.thread_time() - processor))
        milliseconds.append(1000 * (time.perf_counter() - start))
        ratios.append(length(picture, found) / length(picture, [a, b]))
    return {
        "model": path.stem,
        "grid_seconds": grid_seconds,
        "path_ms": median(milliseconds),
        "path_ms_p95": p95(milliseconds),
        "path_cpu_ms": median(busy),
        "ratios": np.percentile(ratios, QUANTILES).tolist(),
        "ratio_mean": float(np.mean(ratios)),
    }


def bars_of(found: dict[str, Any]) -> list[Bar]:
    """What is asked for of a model."""
    name = found["model"]
    return [
        at_most(f"{name}: grid, s", GRID_SECONDS, found["grid_seconds"]),
        at_most(f"{name}: median path, ms", PATH_MS, found["path_ms"]),
        at_most(f"{name}: longest over straight", 1 + ROUNDING, found["ratios"][-1]),
    ]


def main() -> int:
    """Measure and judge; exit status 1 if a bar is missed."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--model", help="only this one")
    parser.add_argument("--pairs", type=int, default=PAIRS)
    parser.add_argument("--json", type=Path, help="keep the figures in this file")
    options = parser.parse_args()
    torch.set_num_threads(1)
    about = machine("torch", "numpy", "scipy")
    print_machine(about, f"torch {about['torch']}, one thread")
    paths = sorted((ROOT / "checkpoints").glob(f"{options.model or 'mnist-*-2d'}.safetensors"))
    print(f"{options.pairs} pairs of held-out codes, seed {SEED}\n")
    print(f"{'':24}  grid, s; path, ms: median, p95, of the processor; geodesic over straight:")
    print(f"{'':24}  {', '.join(f'{q} %' for q in QUANTILES)} of the pairs")
    report: dict[str, Any] = {"machine": about, "pairs": options.pairs, "models": []}
    bars: list[Bar] = []
    for path in paths:
        found = measure(path, options.pairs)
        ratios = "  ".join(f"{ratio:.3f}" for ratio in found["ratios"])
        print(
            f"{found['model']:24}  {found['grid_seconds']:6.2f}  {found['path_ms']:7.0f} "
            f"{found['path_ms_p95']:7.0f} {found['path_cpu_ms']:7.0f}   {ratios}",
            flush=True,
        )
        report["models"].append(found)
        bars += bars_of(found)
    return close(report, bars, options.json)


if __name__ == "__main__":
    sys.exit(main())
