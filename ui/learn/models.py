"""Which model a lesson looks at: the one it names, else the most like it that is here."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import escape
from typing import NamedTuple

from ui import cache, stage
from ui.catalogue import Entry, dataset_title, find_entries
from ui.exhibit import Exhibit
from ui.literal import literal
from vae_core.errors import DataError

MOST = 12  # models that a step compares: all those that are shipped, and a few of other people's


class _Wanted(NamedTuple):
    """What the name of a shipped model says: "mnist-deep-map-vae-2d" is a VAE of 2 dimensions."""

    kind: str
    latent_dim: int


def _read(name: str) -> _Wanted:
    found = re.search(r"-(ae|vae)-(\d+)d", name)
    if found is None:
        raise ValueError(name)
    return _Wanted(found[1], int(found[2]))


def entry(*names: str, with_images: bool = False, like: Entry | None = None) -> Entry:
    """The first of these models that is here, else the best of its kind and dimensions.

    Args:
        names: As shipped, such as "mnist-deep-map-vae-2d", the best first.
        with_images: Prefer a model whose images are on this machine.
        like: Prefer a model of the same images as this one.

    Raises:
        DataError: There is none of that kind with as many dimensions.
    """
    entries, _ = find_entries()
    wanted = _read(names[0])
    named = [each for name in names for each in entries if each.name == name]
    alike = [
        each
        for each in entries
        if (each.header.config.kind, each.header.config.latent_dim) == wanted
    ]
    found = [*named, *alike]
    if not found:
        plural = "" if wanted.latent_dim == 1 else "s"
        raise DataError(
            f"This step needs a model that is not here: {_kind(wanted.kind)} of "
            f"{wanted.latent_dim} dimension{plural}. Train one on the Train page."
        )
    if like is not None:
        dataset = like.header.dataset
        found.sort(key=lambda each: each.header.dataset != dataset)
    if with_images:
        return next((each for each in found if has_images(each)), found[0])
    return found[0]


def of_same_images(found: Entry, is_fit: Callable[[Entry], bool]) -> list[Entry]:
    """This model and at most `MOST` in all of its images that fit, the shortest code first.

    Anybody may add models: those that are shipped come before others.
    """
    sha256 = found.header.dataset.sha256
    alike = [e for e in find_entries()[0] if e.header.dataset.sha256 == sha256 and is_fit(e)]
    alike.sort(key=lambda each: (each != found, not is_shipped(each)))
    return sorted(alike[:MOST], key=lambda each: each.header.config.latent_dim)


def is_shipped(found: Entry) -> bool:
    """Whether a model has the name that a shipped one of its kind has."""
    config, training = found.header.config, found.header.training
    name = f"{training.dataset}-{config.preset}-{config.kind}-{config.latent_dim}d"
    return found.name in (name, f"{name}-beta-{training.beta:g}")


def has_images(found: Entry) -> bool:
    """Whether a model's held-out images are on this machine."""
    return cache.images(found.header.dataset, "test") is not None


def _kind(kind: str) -> str:
    return "a VAE" if kind == "vae" else "a plain autoencoder"


def exhibit(*names: str, with_images: bool = False) -> Exhibit:
    """The same model with its map and held-out images."""
    return stage.exhibit_for(entry(*names, with_images=with_images))


def exhibit_of(found: Entry) -> Exhibit:
    """A model that was found, with its map and held-out images."""
    return stage.exhibit_for(found)


def in_short(found: Entry) -> str:
    """Of which kind it is, as the title of one map among several."""
    return "VAE" if found.header.config.kind == "vae" else "Plain autoencoder"


def in_words(found: Entry) -> str:
    """Which model it is, as plain text; see `in_markdown` and `in_html`."""
    return f"{dataset_title(found.header.dataset.name)}, {found.title}"


def in_markdown(found: Entry) -> str:
    """The same for Markdown: names of own data sets and of presets may hold any letters."""
    return literal(in_words(found))


def in_html(found: Entry) -> str:
    """The same as markup, small."""
    return f"<small>{escape(in_words(found))}</small>"
