"""All figures of the model and of others beside it, and what is being measured now."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from ui import choice
from ui.catalogue import Entry, dataset_title
from ui.distinct import distinct
from ui.measure import jobs, results, table, take
from ui.measure.shown import LINK, MAX_BESIDE
from ui.widgets import put


def chosen(entries: Sequence[Entry], entry: Entry) -> list[Entry]:
    """The model, and those beside it that there are."""
    by_name = {each.name: each for each in entries}
    beside = [by_name[name] for name in LINK.current().beside if name in by_name]
    return [entry, *(each for each in beside if each.name != entry.name)]


def show(entries: Sequence[Entry], entry: Entry) -> None:
    """The field for other models, how measuring stands, the table, and what can be taken away."""
    shown = chosen(entries, entry)
    _choose(entries, shown)
    titles = choice.titles(list(entries))
    every = jobs.every(results.columns(shown, titles))
    st.fragment(_live, run_every=every, key="measure_figures")(shown, titles, every)


def _live(shown: Sequence[Entry], titles: dict[str, str], every: float | None) -> None:
    """Everything that changes while a model is measured."""
    columns = results.columns(shown, titles)
    jobs.panel(columns)
    st.html(table.to_html(columns))
    take.buttons(columns)
    if jobs.every(columns) != every:
        st.rerun()  # the numbers above the table are new, too


def _choose(entries: Sequence[Entry], shown: Sequence[Entry]) -> None:
    """Models of all data sets, those of the same images first."""
    own = shown[0].header.dataset.name
    others = [each for each in entries if each.name != shown[0].name]
    others.sort(key=lambda each: each.header.dataset.name != own)
    called = choice.titles(list(entries))
    titles = distinct(
        {e.name: f"{dataset_title(e.header.dataset.name)} · {called[e.name]}" for e in others}
    )
    if not others:
        return
    put("measure_beside", [each.name for each in shown[1:]])
    st.multiselect(
        f"Other models beside it (up to {MAX_BESIDE})", list(titles),
        format_func=lambda name: titles.get(name, name), key="measure_beside", on_change=_on_beside,
        max_selections=MAX_BESIDE, placeholder="None; choose some to compare the figures",
    )  # fmt: skip


def _on_beside() -> None:
    LINK.update(beside=tuple(st.session_state["measure_beside"]))
