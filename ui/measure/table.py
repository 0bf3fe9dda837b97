"""All figures of one or several models: what each says, its value, and what others report."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from html import escape
from pathlib import Path

from ui.measure.results import IN_FILE, Column
from vae_core.evaluation.figures import FIGURES, GROUPS, Figure, Reference
from vae_core.evaluation.measured import Measured

STYLE = Path(__file__).with_name("measure.css")
BETTER = {-1: "↓ less is better", 1: "↑ more is better", 0: ""}
UNITS = {"nats/image": "nats per image", "share": "0 to 1"}
MOST_NUMBERS = 8  # of a value that has one for each dimension
WAITING = "<span class=missing>not measured yet</span>"


def to_html(columns: Sequence[Column], groups: Collection[str] = GROUPS) -> str:
    """One row for each figure of these groups, one column for each model."""
    names = "".join(f"<th scope=col>{escape(column.title)}" for column in columns)
    reasons = _reasons(columns, groups)
    body = "".join(_group(g, columns, reasons) for g in GROUPS if g in groups)
    many = " many" if len(columns) > 1 else ""
    return (
        "<p class=note>Held-out images; ± is one standard error over them. Press a figure's name "
        f"for what it means.</p>{_notes(reasons)}"
        f'<div class="measure-table{many}" tabindex=0 role=region aria-label="Figures">'
        "<table class=settings>"
        f"<thead><tr><th scope=col>Figure{names}<th scope=col>Others report</thead>"
        f"{body}</table></div>"
    )


def _reasons(columns: Sequence[Column], groups: Collection[str]) -> dict[str, int]:
    """Why figures have no value, each reason with a number of its own, from 1."""
    keys = [figure.key for figure in FIGURES.values() if figure.group in groups]
    found = [one for c in columns for key in keys if (one := c.figures.get(key)) is not None]
    told = dict.fromkeys(_reason(one) for one in found if one.value is None)
    return {reason: number for number, reason in enumerate(told, start=1)}


def _reason(found: Measured) -> str:
    return found.note or "It is undefined."


def _notes(reasons: Mapping[str, int]) -> str:
    """What the small numbers in the table stand for."""
    listed = [f"<sup>{number}</sup> {escape(reason)}" for reason, number in reasons.items()]
    return f"<p class=note>Where there is none: {' '.join(listed)}</p>" if listed else ""


def _group(group: str, columns: Sequence[Column], reasons: Mapping[str, int]) -> str:
    rows = "".join(_row(f, columns, reasons) for f in FIGURES.values() if f.group == group)
    head = f"<tr><th colspan={len(columns) + 2} scope=rowgroup><span>{escape(GROUPS[group])}</span>"
    return f"<tbody>{head}{rows}</tbody>"


def _row(figure: Figure, columns: Sequence[Column], reasons: Mapping[str, int]) -> str:
    """A figure, and below it what it means, which its name opens (measure.css)."""
    found = [column.figures.get(figure.key) for column in columns]
    cells = "".join(f"<td>{_cell(figure, one, reasons)}" for one in found)
    return (
        f"<tr><th scope=row><details><summary>{escape(figure.title)}</summary></details>"
        f"{_unit(figure)}{cells}<td>{_others(figure, columns)}"
        f"<tr class=about><td colspan={len(columns) + 2}><p>{_explained(figure, columns)}</p>"
    )


def _unit(figure: Figure) -> str:
    words = [UNITS.get(figure.unit, figure.unit), BETTER[figure.better]]
    return f"<small>{escape(' · '.join(word for word in words if word))}</small>"


def _explained(figure: Figure, columns: Sequence[Column]) -> str:
    """The definition, and how it was measured where that is not plain."""
    notes = {}
    for column in columns:
        one = column.figures.get(figure.key)
        if one is None or one.value is None:
            continue
        parts = [f"{one.n:,} images" if one.n else "", one.note]
        notes[column.title] = ", ".join(part for part in parts if part)
    said = [escape(figure.definition)]
    if len(set(notes.values())) == 1:
        said.append(f"Measured: {escape(next(iter(notes.values())))}.")
    else:
        said += [f"{escape(title)}: {escape(note)}." for title, note in notes.items() if note]
    return " ".join(said)


def _cell(figure: Figure, found: Measured | None, reasons: Mapping[str, int]) -> str:
    if found is None:
        return WAITING
    if found.value is None:
        return f"<span class=missing>none<sup>{reasons[_reason(found)]}</sup></span>"
    text = escape(written(figure, found))
    return f"{text} <small>{IN_FILE}</small>" if found.note == IN_FILE else text


def written(figure: Figure, found: Measured) -> str:
    """A value with its error, without the unit; of many dimensions the first."""
    if isinstance(found.value, tuple):
        n_more = len(found.value) - MOST_NUMBERS
        shown = figure.show(found.value[:MOST_NUMBERS])
        return f"{shown} and {n_more} more" if n_more > 0 else shown
    if found.value is None:
        return figure.show(None)
    return figure.show_with_error(found.value, found.error)


def references(figure: Figure, columns: Sequence[Column]) -> tuple[Reference, ...]:
    """What the literature reports of models like any of these."""
    found: dict[Reference, None] = {}
    for column in columns:
        header = column.entry.header
        like = (header.dataset.name, header.config.kind, header.config.latent_dim)
        found |= dict.fromkeys(figure.references_for(*like))
    return tuple(found)


def _others(figure: Figure, columns: Sequence[Column]) -> str:
    """The literature's figures, each with its source."""
    told = []
    for reference in references(figure, columns):
        words = f"{reference.text}; {reference.source}"
        told.append(f"{escape(in_range(figure, reference))} <small>{escape(words)}</small>")
    return "<br>".join(told)


def in_range(figure: Figure, reference: Reference) -> str:
    """The number, or the two ends of a range."""
    if isinstance(reference.value, tuple):
        return " to ".join(figure.show(end) for end in reference.value)
    return figure.show(reference.value)
