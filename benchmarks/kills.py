"""Kill a run's worker at random moments; does the run still end to the last bit?

    python -m benchmarks.kills                # 50 kills
    python -m benchmarks.kills --kills 5

A run on scikit-learn's digits is trained by real workers, each of which is killed (SIGKILL) at a
random moment of its life. After each kill: is the run shown as interrupted, how soon, and does its
latest state load? In the end: are the weights those of a run that nobody killed? Needs Linux.
Exit status 1 if a bar is missed.
"""

from __future__ import annotations

import argparse
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import torch

from benchmarks._report import Bar, at_least, at_most, close, machine, print_machine, spread
from vae_core import build_model, load_checkpoint, load_images, model_config, train_config
from vae_core.devices import use_threads
from vae_core.runs import Run, RunConfig, submit, work
from vae_core.runs.latest import restore
from vae_core.runs.records import ALIVE
from vae_core.training import make_optimizer

EPOCHS = 1000  # enough that every kill meets a worker that trains
LONGEST_SECONDS = 8.0  # of a worker's life: start, data, and some epochs
GONE_SECONDS = 10.0
Row = dict[str, float]


def settings() -> RunConfig:
    """A small network on the small digits."""
    held_out = load_images("digits", "test")
    training = train_config("dense-256", dataset="digits", epochs=EPOCHS, batch_size=16)
    return RunConfig(model_config("dense-256", held_out.image_shape), training)


def start(run: Run) -> subprocess.Popen[bytes]:
    """A worker as the dispatcher starts it."""
    command = [sys.executable, "-m", "vae_core", "resume", str(run.path), "--threads", "1"]
    with run.log.open("ab") as log:
        return subprocess.Popen(command, stdout=log, stderr=log)


def kill_once(run: Run, seconds: float) -> Row:
    """Let a worker live so long; what is left of it."""
    worker = start(run)
    time.sleep(seconds)
    met = worker.poll() is None
    worker.kill()
    killed = time.monotonic()
    worker.wait()
    while run.status().state in ALIVE and time.monotonic() - killed < GONE_SECONDS:
        time.sleep(0.01)
    shown = time.monotonic() - killed
    loads = not run.latest.exists() or _loads(run)
    epoch = run.status().epoch
    return {"lived": seconds, "met": met, "shown": shown, "loads": loads, "epoch": epoch}


def _loads(run: Run) -> bool:
    config = run.config()
    model = build_model(config.model)
    return restore(run.latest, model, make_optimizer(model, config.training)) >= run.status().epoch


def final_weights(run: Run) -> dict[str, torch.Tensor]:
    """Of the last frame."""
    return load_checkpoint(run.frames()[-1].path).model.state_dict()


def measure(kills: int, seed: int, folder: Path) -> tuple[list[Row], bool]:
    """Kill a run so often, let it end, and compare it with one that was left alone."""
    numbers = random.Random(seed)
    killed, spared = (submit(folder, settings(), name=name) for name in ("killed", "spared"))
    rows = []
    for number in range(kills):
        rows.append(kill_once(killed, numbers.uniform(0.5, LONGEST_SECONDS)))
        print(number + 1, rows[-1], flush=True)
    if start(killed).wait():
        raise RuntimeError(f"The last worker failed; see {killed.log}.")
    for _ in work(spared):
        pass
    one, other = final_weights(killed), final_weights(spared)
    is_equal = all(torch.equal(one[name], other[name]) for name in other)
    return rows, is_equal and killed.frames()[-1].epoch == spared.frames()[-1].epoch


def main() -> int:
    """Run it; returns the exit status."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.kills", description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )  # fmt: skip
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--seed", type=int, default=0, help="of the moments")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write everything here too")
    args = parser.parse_args()
    use_threads(1)
    about = machine("torch", "safetensors")
    print_machine(about, f"torch {about['torch']}, safetensors {about['safetensors']}")
    with tempfile.TemporaryDirectory() as folder:
        rows, is_equal = measure(args.kills, args.seed, Path(folder))
    shown = [float(row["shown"]) for row in rows]
    print(f"\nseconds until the run is shown as interrupted: {spread(shown, '.3f')}")
    n_loads, n_met = (sum(row[name] > 0 for row in rows) for name in ("loads", "met"))
    bars: list[Bar] = [
        at_most("shown as interrupted, slowest, s", 3, max(shown)),
        at_least("latest state loads, of all kills", len(rows), n_loads),
        at_least("kills that met a worker alive", len(rows), n_met),
        at_least("weights equal to the last bit", 1, int(is_equal)),
    ]
    return close({"machine": about, "kills": rows, "equal": is_equal}, bars, args.json)


if __name__ == "__main__":
    sys.exit(main())
