"""Which models are compared, and the fields that choose them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import streamlit as st

from ui import cache, choice
from ui.catalogue import Entry, dataset_title
from ui.compare.shown import LINK, MAX_MODELS, Shown
from ui.distinct import distinct
from ui.exhibit import Exhibit, exhibit_of
from ui.frame import is_strip
from ui.literal import literal
from ui.view import View
from vae_core.alignment import Turn
from vae_core.config import quote

LETTERS = "ABC"
NONE = ""


@dataclass(frozen=True, eq=False)
class Contender:
    """One of the models that are compared.

    Attributes:
        letter: What it is called on the page.
        exhibit: The model, the images and its map.
        turn: What turned its map; None for the first model's, and where maps are not turned.
    """

    letter: str
    exhibit: Exhibit
    turn: Turn | None

    @property
    def chart(self) -> str:
        """Key of its map."""
        return f"compare_map_{self.letter.lower()}"

    @property
    def title(self) -> str:
        """Such as "deep-map · VAE · 2 dimensions"."""
        return self.exhibit.entry.title

    @property
    def is_vae(self) -> bool:
        """Whether it has a prior, and posteriors."""
        return self.exhibit.loaded.config.kind == "vae"

    @property
    def file(self) -> tuple[str, int]:
        """Path and time, that caches know it by."""
        return self.exhibit.entry.path, self.exhibit.entry.mtime

    @property
    def is_strip(self) -> bool:
        """Whether its map has one axis only."""
        return is_strip(self.exhibit.fitted)


def opened(entries: list[Entry]) -> list[Entry]:
    """The models of the address; without one, Explore's with those of before, if it was first."""
    is_asked = LINK.is_asked()
    shown = LINK.current()
    if not is_asked and shown.models[:1] != (choice.wanted(entries, "").name,):
        shown = LINK.update(models=(), image=None, place=None, ends=None)
    found = chosen(entries, shown)
    choice.follow(found[0])
    return found


def chosen(entries: list[Entry], shown: Shown) -> list[Entry]:
    """The models that are compared: those asked for, else Explore's and its nearest relative.

    One entry alone means that there is nothing to compare it with.
    """
    by_name = {entry.name: entry for entry in entries}
    for name in shown.models:
        if name not in by_name:
            st.toast(f"There is no model {literal(quote(name))} here.", icon=":material/link_off:")
    asked = [by_name[name] for name in shown.models if name in by_name]
    if not asked:
        asked = [choice.wanted(entries, "")]
    first, *others = asked
    kept = [first, *(e for e in others if e.header.dataset == first.header.dataset)]
    if len(kept) < len(asked):
        st.toast(
            "Only models of the same data set can be compared; the others were left out.",
            icon=":material/link_off:",
        )
    return kept if len(kept) > 1 else [first, *_relatives(entries, first)[:1]]


def _relatives(entries: list[Entry], entry: Entry) -> list[Entry]:
    """Other models of the same images, the one that differs least from this first."""
    config = entry.header.config

    def distance(other: Entry) -> tuple[bool, ...]:
        there = other.header.config
        return (
            there.latent_dim != config.latent_dim,
            there.preset != config.preset,
            there.kind == config.kind,
        )

    others = [
        e for e in entries if e.name != entry.name and e.header.dataset == entry.header.dataset
    ]
    return sorted(others, key=distance)


def choose(entries: list[Entry], compared: Sequence[Entry]) -> None:
    """A field for the data set, and one for each model; the third can stay empty."""
    dataset = compared[0].header.dataset.name
    datasets = list(dict.fromkeys(e.header.dataset.name for e in entries))
    st.session_state["compare_dataset"] = dataset
    st.selectbox(
        "Data set", datasets,
        format_func=distinct({name: dataset_title(name) for name in datasets}).__getitem__,
        key="compare_dataset", on_change=_on_dataset, args=(entries,), width=190,
    )  # fmt: skip
    offered = [compared[0], *_relatives(entries, compared[0])]
    offered.sort(key=entries.index)
    titles = distinct({e.name: e.title for e in offered})
    names = tuple(entry.name for entry in compared)
    for place, letter in enumerate(LETTERS[:MAX_MODELS]):
        taken = [e.name for i, e in enumerate(compared) if i != place]
        options = [e.name for e in offered if e.name not in taken]
        if place >= 2:
            options.insert(0, NONE)
        if options in ([], [NONE]) or place > len(compared):
            continue
        key = f"compare_model_{place}"
        st.session_state[key] = compared[place].name if place < len(compared) else NONE
        st.selectbox(
            f"Model {letter}", options,
            format_func=lambda name: titles.get(name, "none"),
            key=key, on_change=_on_model, args=(dataset, names, place), width=255,
        )  # fmt: skip


def _on_dataset(entries: list[Entry]) -> None:
    wanted = st.session_state["compare_dataset"]
    first = next(e for e in entries if e.header.dataset.name == wanted)
    models = [first, *_relatives(entries, first)[:1]]
    choice.follow(first)
    LINK.update(models=tuple(e.name for e in models), image=None, place=None, ends=None)


def _on_model(dataset: str, names: tuple[str, ...], place: int) -> None:
    """Another model in one place; what is pinned stays."""
    models = list(names)
    models[place : place + 1] = [st.session_state[f"compare_model_{place}"]]
    LINK.update(models=tuple(name for name in models if name != NONE))


def contenders(compared: Sequence[Entry], shown: Shown) -> list[Contender]:
    """The models with their maps of the same images; raises VaeCoreError.

    All show held-out images, so that a number means the same image everywhere.
    """
    found: list[Contender] = []
    n_held_out = len(cache.checkpoint(compared[0].path, compared[0].mtime).latents)
    size = min(shown.batch_size, n_held_out)
    for letter, entry in zip(LETTERS, compared, strict=False):
        dataset = entry.header.dataset.name
        exhibit = exhibit_of(entry, View(dataset, entry.name, size, shown.seed))
        turn = None
        if found and shown.turn:
            key = exhibit.map_key._replace(onto=found[0].file)
            turn = cache.turn(key)
            exhibit = replace(exhibit, map_key=key, fitted=cache.plane(key))
        found.append(Contender(letter, exhibit, turn))
    return found
