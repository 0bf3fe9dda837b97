"""How fast one epoch trains, beside the tutorials' loop, pythae, and the bare steps.

    python -m benchmarks.training                          # all of it, about ten minutes
    python -m benchmarks.training --images 5000 --rounds 1 # a quick try; no verdict

The network is preset dense-512 as a VAE with D = 2, on MNIST, on the CPU. The arms take turns
(A B C D E, A B C D E, ...), so that a slow minute of the machine hits all of them; a ratio is
formed within each round. Speed counts only at equal quality, so A, B and D must be the same
training: on the same draws the losses of their first steps must be equal, and on draws of
their own a few epochs must reach the same held-out negative ELBO, up to chance.
For arm D: `pip install -r benchmarks/requirements.txt`, best in an environment of its own.
Exit status 1 if a bar is missed.
"""

from __future__ import annotations

import argparse
import copy
import itertools
import json
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from statistics import mean, median, stdev
from typing import Any

import torch

from benchmarks._arms import (
    ARMS,
    BATCH,
    PRESET,
    RATE,
    fresh_model,
    peak_memory,
    training_images,
    why_no_pythae,
)
from benchmarks._lockstep import STEPS, largest_difference, lockstep
from benchmarks._report import Bar, at_least, at_most, exit_status, machine, print_machine
from vae_core.data import ImageSet, load_images
from vae_core.metrics.elbo import elbo

RATIO_BARS = (("A/E", at_most, 1.25), ("B/A", at_least, 2.0), ("D/A", at_least, 1.3))
QUALITY_ARMS = "ABD"
LOCKSTEP_BAR = 1e-4  # of the loss of a step
QUALITY_BAR = 0.5  # nats per image between two arms, and two standard errors on top
WARM_UP_IMAGES = 10 * BATCH

Times = dict[str, list[float]]  # arm -> seconds of each round
Scores = dict[str, list[float]]  # arm -> held-out negative ELBO of each seed, nats per image


def parse_args() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(prog="benchmarks.training", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("--rounds", type=int, default=5, help="epochs timed per arm")
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    parser.add_argument("--images", type=int, help="only the first so many training images")
    parser.add_argument("--arms", default="ABCDE", help="letters of the arms to run")
    parser.add_argument(
        "--quality-epochs", type=int, default=3, help="0 leaves held-out scores out"
    )
    parser.add_argument("--seeds", type=int, default=3, help="trainings per arm for quality")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write everything here too")
    args = parser.parse_args()
    if not args.arms or set(args.arms) - set(ARMS):
        parser.error(f"--arms takes letters of {''.join(ARMS)}, not {args.arms!r}")
    if min(args.rounds, args.threads, args.seeds, args.images or 1) < 1:
        parser.error("--rounds, --threads, --images and --seeds start at 1")
    return args


def time_arms(arms: str, images: ImageSet, rounds: int) -> tuple[Times, Times]:
    """Wall and CPU seconds of one epoch of each arm, in turns; all from the same weights."""
    initial = fresh_model(images, seed=0)
    wall: Times = {arm: [] for arm in arms}
    cpu: Times = {arm: [] for arm in arms}
    few = images.subset(range(min(WARM_UP_IMAGES, len(images))))
    for arm in arms:  # imports, first allocations, threads
        ARMS[arm][1](copy.deepcopy(initial), few, 1, 0)()
    for number in range(1, rounds + 1):
        for arm in arms:
            train = ARMS[arm][1](copy.deepcopy(initial), images, 1, 0)
            wall_start, cpu_start = time.perf_counter(), time.process_time()
            train()
            wall[arm].append(time.perf_counter() - wall_start)
            cpu[arm].append(time.process_time() - cpu_start)
        took = "  ".join(f"{arm} {wall[arm][-1]:.2f}" for arm in arms)
        print(f"round {number} of {rounds}, wall s: {took}", flush=True)
    return wall, cpu


def measure_memory(arms: str, n_images: int | None, threads: int) -> dict[str, float | None]:
    """Peak MiB of each arm, each in a process of its own."""
    peaks = {}
    for arm in arms:
        with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
            peaks[arm] = pool.submit(peak_memory, arm, n_images, threads).result()
    return peaks


def measure_quality(arms: str, images: ImageSet, epochs: int, seeds: int) -> Scores:
    """Held-out negative ELBO of each arm and seed after `epochs` epochs, grey pixels."""
    held_out = load_images("mnist", "test")
    scores: Scores = {arm: [] for arm in arms}
    for seed in range(seeds):
        initial = fresh_model(images, seed=seed)
        for arm in arms:
            model = copy.deepcopy(initial)
            ARMS[arm][1](model, images, epochs, seed)()
            parts = elbo(model, held_out, seed=0)
            scores[arm].append(parts.negative_elbo.mean().item())
    return scores


def ratios(name: str, times: Times) -> list[float]:
    """`name` is "A/E" and the like; one ratio per round, none if an arm did not run."""
    above, below = name.split("/")
    if above not in times or below not in times:
        return []
    return [a / b for a, b in zip(times[above], times[below], strict=True)]


def judge(wall: Times, losses: dict[str, list[float]], scores: Scores) -> list[Bar]:
    """Every bar with what was found."""
    bars = []
    for name, bar, limit in RATIO_BARS:
        found = ratios(name, wall)
        bars.append(bar(f"{name}, wall", limit, median(found) if found else None))
    arms = ", ".join(losses)
    name = f"equal loss {arms}, {STEPS} steps on the same draws, relative"
    bars.append(at_most(name, LOCKSTEP_BAR, largest_difference(losses)))
    for one, other in itertools.combinations(scores, 2):
        gaps = [b - a for a, b in zip(scores[one], scores[other], strict=True)]
        limit = round(QUALITY_BAR + 2 * standard_error(gaps), 2)
        bars.append(at_most(f"held-out {other} - {one}, nats apart", limit, abs(mean(gaps))))
    return bars


def standard_error(values: list[float]) -> float:
    """Of the mean; 0 if there is one value only."""
    return stdev(values) / len(values) ** 0.5 if len(values) > 1 else 0.0


def print_report(report: dict[str, Any], bars: list[Bar]) -> None:
    """The human table."""
    wall, cpu, scores = report["wall_s"], report["cpu_s"], report["negative_elbo"]
    print(f"\n{'arm':<38}{'wall s: median (min-max)':>26}{'CPU s':>8}{'img/s':>8}{'MiB':>7}")
    for arm, times in wall.items():
        spread = f"{median(times):.3f} ({min(times):.3f}-{max(times):.3f})"
        speed = report["n_images"] / median(times)
        peak = report["peak_mib"][arm]
        peak_text = "-" if peak is None else f"{peak:.0f}"
        label = f"{arm} {ARMS[arm][0]}"
        print(f"{label:<38}{spread:>26}{median(cpu[arm]):>8.3f}{speed:>8.0f}{peak_text:>7}")
    print(f"\n{'ratio':<8}{'wall: median':>14}{'CPU: median':>14}   wall of each round")
    for name in [bar[0] for bar in RATIO_BARS if ratios(bar[0], wall)]:
        each = " ".join(f"{ratio:.2f}" for ratio in ratios(name, wall))
        middle, middle_cpu = median(ratios(name, wall)), median(ratios(name, cpu))
        print(f"{name:<8}{middle:>14.2f}{middle_cpu:>14.2f}   {each}")
    if scores:
        print(f"\nheld-out negative ELBO after {report['quality_epochs']} epochs, nats per image")
    for arm, values in scores.items():
        print(f"{arm}    {mean(values):.2f}{_deviation(values)}")
    for arm in list(scores)[1:]:  # as a reader must know how much of it is chance
        first, *_ = scores
        gaps = [b - a for a, b in zip(scores[first], scores[arm], strict=True)]
        print(f"{arm}-{first}  {mean(gaps):+.2f}{_deviation(gaps)}")
    for arm, values in report["lockstep"].items():
        print(f"{arm}, losses on the same draws: {values[0]:.4f} ... {values[-1]:.4f}")
    print()
    print(*bars, sep="\n")


def _deviation(values: list[float]) -> str:
    """The spread of one seed, and what is left of it in the mean."""
    if len(values) < 2:
        return ""
    return f"  (one seed +- {stdev(values):.2f}, mean +- {standard_error(values):.2f})"


def main() -> int:
    """Measure, report, judge."""
    args = parse_args()
    torch.set_num_threads(args.threads)
    arms = "".join(arm for arm in ARMS if arm in args.arms)
    trouble = why_no_pythae() if "D" in arms else None
    if trouble:
        print(f"Arm D is left out, pythae cannot be imported: {trouble}")
        arms = arms.replace("D", "")
    images = training_images(args.images)
    about = machine("torch") | {"threads": torch.get_num_threads()}
    report: dict[str, Any] = {"machine": about, "n_images": len(images)} | vars(args)
    report |= {"json": str(args.json), "arms": arms, "no_pythae": trouble}
    print(f"{PRESET}, VAE, D = 2, {len(images)} MNIST images, batch {BATCH}, Adam {RATE}, float32")
    print_machine(about, f"torch {about['torch']}, {about['threads']} threads")
    if len(images) < 60_000:
        print("A part of the images: a quick try, not a verdict.")
    report["wall_s"], report["cpu_s"] = time_arms(arms, images, args.rounds)
    report["peak_mib"] = measure_memory(arms, args.images, args.threads)
    judged = "".join(arm for arm in arms if arm in QUALITY_ARMS)
    report["lockstep"] = lockstep(judged, images)
    report["negative_elbo"] = (
        measure_quality(judged, images, args.quality_epochs, args.seeds)
        if args.quality_epochs
        else {}
    )
    bars = judge(report["wall_s"], report["lockstep"], report["negative_elbo"])
    print_report(report, bars)
    if args.json:
        report["bars"] = [bar.to_json() for bar in bars]
        args.json.write_text(json.dumps(report, indent=2) + "\n")
    return exit_status(bars)


if __name__ == "__main__":
    sys.exit(main())
