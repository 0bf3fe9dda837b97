"""Which models there are, by data set, under the names people see."""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from vae_core.checkpoint_header import Header
from vae_core.checkpoints import list_checkpoints
from vae_core.data.kept import PREFIX
from vae_core.errors import CheckpointError

FIRST_PRESET = "deep-map"  # the best map opens first
FIRST_DATASETS = ("mnist", "fashion-mnist", "digits")
TITLES = {
    "mnist": "MNIST digits",
    "fashion-mnist": "Fashion-MNIST",
    "kmnist": "Kuzushiji-MNIST",
    "emnist-letters": "EMNIST letters",
    "digits": "Small digits, 8×8",
}


@dataclass(frozen=True)
class Entry:
    """One model that can be opened.

    Attributes:
        name: File name without suffix; unique.
        path: Of the file.
        mtime: When the file was last written, in nanoseconds; tells caches of a new version.
        header: What it says about itself.
    """

    name: str
    path: str
    mtime: int
    header: Header

    @property
    def title(self) -> str:
        """For people, such as "deep-map · VAE · 2 dimensions"."""
        config, training = self.header.config, self.header.training
        kind = "AE" if config.kind == "ae" else "VAE"
        beta = f" · β = {training.beta:g}" if config.kind == "vae" and training.beta != 1 else ""
        plural = "" if config.latent_dim == 1 else "s"
        return f"{config.preset} · {kind}{beta} · {config.latent_dim} dimension{plural}"


def checkpoint_dir() -> Path:
    """The folder of the models: `VAE_CHECKPOINT_DIR`, else `checkpoints`."""
    return Path(os.environ.get("VAE_CHECKPOINT_DIR") or "checkpoints")


def find_entries() -> tuple[list[Entry], list[str]]:
    """All models, best first, and a sentence for each file that is not one."""
    entries, problems = [], []
    for path, header in list_checkpoints(checkpoint_dir()).items():
        if isinstance(header, CheckpointError):
            problems.append(str(header))
        else:
            with suppress(FileNotFoundError):  # deleted since it was listed
                entries.append(Entry(path.stem, str(path), path.stat().st_mtime_ns, header))
    return sorted(entries, key=_rank), problems


def dataset_title(name: str) -> str:
    """For people; an own data set is called by its last path component."""
    return TITLES.get(name) or Path(name.removeprefix(PREFIX)).name


def _rank(entry: Entry) -> tuple[object, ...]:
    dataset = entry.header.dataset.name
    order = FIRST_DATASETS.index(dataset) if dataset in FIRST_DATASETS else len(FIRST_DATASETS)
    config = entry.header.config
    return (order, dataset, config.preset != FIRST_PRESET, config.kind != "vae", entry.name)
