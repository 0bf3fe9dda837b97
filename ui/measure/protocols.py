"""How well each class is told from the others by models that were trained for that test."""

from __future__ import annotations

from functools import partial
from html import escape
from pathlib import Path

import streamlit as st

from ui.catalogue import Entry
from vae_core.evaluation.measured import results_dir
from vae_core.evaluation.protocol_results import ProtocolResult, load_protocols

TITLES = {
    "one-class": "Trained on one class: are the others strange?",
    "leave-one-out": "Trained on all classes but one: is that one strange?",
}
SHIPPED = Path(__file__).parents[2] / "checkpoints" / "measured"
_shared = partial(st.cache_resource, show_spinner=False)


def results_of(entry: Entry) -> list[ProtocolResult]:
    """What is kept of tests on the same images."""
    folders = dict.fromkeys((results_dir(entry.path).absolute(), SHIPPED))
    found = [result for folder in folders for result in _load(str(folder), _stamp(folder))]
    named: dict[str, ProtocolResult] = {}
    for result in found:
        if result.dataset == entry.header.dataset.name:
            named.setdefault(result.protocol, result)
    return list(named.values())


def _stamp(folder: Path) -> int:
    """When files last came or went there, nanoseconds."""
    try:
        return folder.stat().st_mtime_ns
    except OSError:
        return 0


@_shared(max_entries=8)
def _load(folder: str, stamp: int) -> list[ProtocolResult]:
    return load_protocols(folder)


def show(entry: Entry, titles: dict[str, str]) -> None:
    """A table for each test: a row for each class, a column for each score."""
    for result in results_of(entry):
        st.html(f"<h2>{TITLES[result.protocol]}</h2>{to_html(result, titles)}")


def to_html(result: ProtocolResult, titles: dict[str, str]) -> str:
    """AUROC by class and score, with the mean, and what others report of it."""
    names = [titles.get(verdict.method, verdict.method) for verdict in result.verdicts]
    head = "".join(f"<th scope=col>{escape(name)}" for name in names)
    rows = [
        (name, [f"{verdict.per_class[i]:.3f}" for verdict in result.verdicts])
        for i, name in enumerate(result.classes)
    ]
    spreads = ["" if v.spread is None else f" ± {v.spread:.3f}" for v in result.verdicts]
    means = [f"<b>{v.value:.3f}{s}</b>" for v, s in zip(result.verdicts, spreads, strict=True)]
    rows.append(("Mean", means))
    body = "".join(
        f"<tr><th scope=row>{escape(name)}{''.join(f'<td>{cell}' for cell in cells)}"
        for name, cells in rows
    )
    return (
        f"<p class=note>{escape(_said(result))}</p>"
        '<div class="measure-table" tabindex=0 role=region aria-label="By class">'
        "<table class=settings>"
        f"<thead><tr><th scope=col>Class{head}</thead><tbody>{body}</tbody></table></div>"
    )


def _said(result: ProtocolResult) -> str:
    """How the numbers were made, and what others report."""
    recipe = result.recipe.rstrip(".")
    said = f"How often the strange one of two images scores higher (AUROC). Models: {recipe}."
    if len(result.seeds) > 1:
        said += (
            f" {len(result.seeds)} models were trained for each class, with other random numbers "
            "each time; every row is their mean, and ± is how far the mean over the classes "
            "differs from one time to the next (standard deviation)."
        )
    others = "; ".join(f"{r.value} ({r.text}, {r.source})" for r in result.references)
    return f"{said} Others report a mean of {others}." if others else said
