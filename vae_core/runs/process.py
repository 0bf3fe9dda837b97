"""How a process of its own is started that works on a run."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from vae_core.data import default_data_dir
from vae_core.data.kept import own_dir
from vae_core.runs.records import RunConfig

HOME = Path(__file__).parents[2]
NICE = 15  # whoever explores goes first


def command(verb: str, path: Path, config: RunConfig) -> list[str]:
    """The words that start `resume` or `estimate` for the run in `path`, from `HOME`."""
    options = ["--threads", str(config.threads), "--nice", str(NICE)]
    return [sys.executable, "-m", "vae_core", verb, str(path), *options]


def environment() -> dict[str, str]:
    """That of this process, but for what only a server wants."""
    kept = {name: value for name, value in os.environ.items() if name != "OMP_NUM_THREADS"}
    folders = {"VAE_DATA_DIR": default_data_dir(), "VAE_OWN_DIR": own_dir()}
    return kept | {name: str(Path(folder).resolve()) for name, folder in folders.items()}
