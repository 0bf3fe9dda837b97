"""The judges that sample quality is measured with: train them, and say what they reach.

    python -m benchmarks.judges                       # scores the shipped ones, half a minute
    python -m benchmarks.judges --train               # all three anew, a quarter of an hour
    python -m benchmarks.judges --train digits        # one of them

Each is written to checkpoints/judges/. The seed is 0, and with one thread and the same versions
of the libraries the weights come out the same.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import torch

from benchmarks._report import Bar, at_least, at_most, close, machine, print_machine
from vae_core.data import load_images
from vae_core.metrics.judge import FOLDER, judge_path, load_judge
from vae_core.metrics.judge_file import save_judge
from vae_core.metrics.judge_training import train_judge

BARS = {"mnist": 0.99, "fashion-mnist": 0.90, "digits": 0.95}  # of held-out images told
EPOCHS = {"mnist": 6, "fashion-mnist": 8, "digits": 40}
LARGEST = 400_000  # bytes


def train(name: str, folder: Path) -> None:
    """Make the judge of one data set."""
    images, held_out = load_images(name, "train"), load_images(name, "test")
    judge = None
    for epoch, judge in train_judge(images, held_out, EPOCHS[name]):
        print(f"{name}, epoch {epoch} of {EPOCHS[name]}: {judge.accuracy:.2%}", flush=True)
    assert judge is not None
    save_judge(judge_path(name, folder), judge)


def score(name: str, folder: Path) -> list[Bar]:
    """What a judge's file reaches on held-out images, and how long it is."""
    judge = load_judge(name, folder)
    assert judge is not None, f"there is no judge of {name}"
    held_out = load_images(name, "test")
    told = torch.from_numpy(judge.classify(held_out.images).argmax(1)) == held_out.labels
    size = judge_path(name, folder).stat().st_size
    print(f"{judge.name}: {size} bytes, sha256 {judge.sha256}")
    return [
        at_least(f"{name}: held-out images told", BARS[name], float(told.double().mean())),
        at_most(f"{name}: bytes", LARGEST, size),
    ]


def main() -> int:
    """Train if asked, then score."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("datasets", nargs="*", default=[], help="default: all")
    parser.add_argument("--train", action="store_true", help="anew, before they are scored")
    parser.add_argument("--folder", type=Path, default=FOLDER, help="of the judges")
    parser.add_argument("--json", type=Path, metavar="FILE", help="keep every value")
    args = parser.parse_args()
    torch.set_num_threads(1)  # so that the weights come out the same
    about = machine("torch", "numpy")
    print_machine(about, f"PyTorch {about['torch']}")
    names = args.datasets or list(BARS)
    for name in names if args.train else ():
        train(name, args.folder)
    bars = [bar for name in names for bar in score(name, args.folder)]
    return close({"machine": about}, bars, args.json)


if __name__ == "__main__":
    sys.exit(main())
