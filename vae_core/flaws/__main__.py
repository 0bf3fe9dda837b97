"""Train the models of the four flaws and keep them: `python -m vae_core.flaws`.

Needs MNIST in `VAE_DATA_DIR`. The seed is 0; a few minutes on one core.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import torch

from vae_core import data
from vae_core.errors import VaeCoreError
from vae_core.flaws.catalogue import FLAWS, TRAINING
from vae_core.flaws.files import FOLDER, save_specimen, specimen_path
from vae_core.flaws.specimen import train_specimen


def main(arguments: Sequence[str] | None = None) -> int:
    """Make every file; the exit status."""
    parser = argparse.ArgumentParser(prog="python -m vae_core.flaws", description=__doc__)
    parser.add_argument("--out", type=Path, default=FOLDER, help="folder, default %(default)s")
    parser.add_argument("--dataset", default=TRAINING.dataset, help="default %(default)s")
    parser.add_argument("--epochs", type=int, default=TRAINING.epochs, help="default %(default)s")
    asked = parser.parse_args(arguments)
    torch.set_num_threads(1)
    try:
        config = replace(TRAINING, dataset=asked.dataset, epochs=asked.epochs)
        train, held_out = (data.load_images(config.dataset, split) for split in ("train", "test"))
        for key in FLAWS:
            for is_cured in (False, True):
                made = train_specimen(key, train, held_out, is_cured=is_cured, config=config)
                path = asked.out / specimen_path(key, is_cured=is_cured).name
                save_specimen(path, made)
                sys.stdout.write(f"{path.name}: {made.losses[-1]:.2f}\n")
                sys.stdout.flush()
    except VaeCoreError as err:
        sys.stderr.write(f"error: {err}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
