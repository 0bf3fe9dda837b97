"""Parts of a data set, and what an image is called in them.

All images in one row are the held-out ones first, so that a number means the same image among
the held-out ones and among all.
"""

from __future__ import annotations

from typing import Literal

from vae_core.data import Split

Part = Literal["test", "train", "all"]
SPLITS: tuple[Split, Split] = ("test", "train")
TITLES: dict[Part, str] = {"test": "held-out", "train": "training", "all": "held-out and training"}


def origin(part: Part, index: int, n_held_out: int) -> tuple[Split, int]:
    """The split that an image comes from, and its number there."""
    if part != "all":
        return part, index
    return ("test", index) if index < n_held_out else ("train", index - n_held_out)


def image_name(split: Split, number: int) -> str:
    """Such as "Held-out image 17"."""
    return f"{TITLES[split].capitalize()} image {number}"
