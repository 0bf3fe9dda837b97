"""Which model a page other than Explore shows; all pages start with the one chosen last."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import streamlit as st

from ui import history, state
from ui.catalogue import Entry, checkpoint_dir, dataset_title, find_entries
from ui.distinct import distinct
from ui.link import Link
from ui.literal import literal
from ui.view import View
from vae_core.config import quote


def entries_or_say_so() -> list[Entry]:
    """All models; without one, the page says what to do."""
    entries, problems = find_entries()
    for problem in problems:
        st.warning(literal(problem))
    if not entries:
        st.info(
            f"There is no model in {literal(checkpoint_dir())}. Train one, or add one on the "
            "Explore page."
        )
    return entries


def wanted(entries: list[Entry], name: str) -> Entry:
    """The model of this name; else the one that Explore shows, else the best."""
    by_name = {entry.name: entry for entry in entries}
    if name and name not in by_name:
        st.toast(f"There is no model {literal(quote(name))} here.", icon=":material/link_off:")
    shown: View | None = st.session_state.get("view")
    return by_name.get(name) or by_name.get(shown.model if shown else "") or entries[0]


def opened(entries: list[Entry], link: Link[Any], on_model: Callable[[str], None]) -> Entry:
    """The model of a page: that of its address; without one, the one that Explore shows.

    Call it before anything else asks for the link.

    Args:
        entries: All models.
        link: Of the page; its record has a field `model`.
        on_model: Is told the model's name where the page showed another one before, and has the
            link say so.
    """
    is_asked = link.is_asked()
    kept = link.current().model
    entry = wanted(entries, kept if is_asked else "")
    if kept and kept != entry.name:
        on_model(entry.name)
    elif not kept:
        link.update(model=entry.name)
    follow(entry)
    return entry


def follow(entry: Entry) -> None:
    """Have Explore, and with it all other pages, show this model too."""
    shown: View | None = st.session_state.get("view")
    if shown is None or shown.model != entry.name:
        state.follow(entry.header.dataset.name, entry.name)
        history.forget()


def titles(entries: list[Entry]) -> dict[str, str]:
    """What each model is called, by its name: no two of the same images read the same."""
    found: dict[str, str] = {}
    for dataset in dict.fromkeys(e.header.dataset.name for e in entries):
        own = [e for e in entries if e.header.dataset.name == dataset]
        found |= distinct({e.name: e.title for e in own})
    return found


def choose(entries: list[Entry], entry: Entry, page: str, on_choice: Callable[[str], None]) -> None:
    """Data set and model pickers, keys "{page}_dataset" and "{page}_model".

    Args:
        entries: All models.
        entry: The one that is shown.
        page: Before the keys.
        on_choice: Is told the name of the model that the visitor chooses.
    """
    dataset = entry.header.dataset.name
    datasets = list(dict.fromkeys(e.header.dataset.name for e in entries))
    offered = [e for e in entries if e.header.dataset.name == dataset]
    first = {name: next(e for e in entries if e.header.dataset.name == name) for name in datasets}

    def choice(key: str, names: dict[str, Entry]) -> None:
        chosen = names[st.session_state[key]]
        follow(chosen)
        on_choice(chosen.name)

    st.session_state[f"{page}_dataset"] = dataset
    st.session_state[f"{page}_model"] = entry.name
    st.selectbox(
        "Data set", datasets,
        format_func=distinct({name: dataset_title(name) for name in datasets}).__getitem__,
        key=f"{page}_dataset", on_change=choice, args=(f"{page}_dataset", first), width=220,
    )  # fmt: skip
    st.selectbox(
        "Model", [e.name for e in offered],
        format_func=titles(offered).__getitem__,
        key=f"{page}_model", on_change=choice,
        args=(f"{page}_model", {e.name: e for e in offered}), width=300,
    )  # fmt: skip
