"""What can be taken home: all figures as CSV and JSON, with what each of them means."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from io import StringIO
from typing import Any

import streamlit as st

from ui.catalogue import Entry
from ui.measure.results import Column
from vae_core.evaluation.figures import DEFINITIONS, FIGURES
from vae_core.evaluation.measured import Measured

MIME_JSON = "application/json"
Rows = list[dict[str, Any]]
WHOLE = "What is shown here, with units and the checksums of model and images."
BARE = "The numbers alone, a line each; units and checksums are in the other file."
SEED = 0  # of every draw that a figure rests on
FIELDS = (
    "model", "data_set", "checkpoint_sha256", "data_set_sha256", "kind", "latent_dimensions",
    "group", "key", "title", "value", "standard_error", "unit", "better", "n", "note", "seed",
    "definition", "definitions_version", "commit", "literature",
)  # fmt: skip


def buttons(columns: Sequence[Column]) -> None:
    """All figures of the table."""
    offer(
        f"{file_name(columns)}-figures",
        partial(to_csv, columns),
        partial(to_json, columns),
        (WHOLE, WHOLE),
    )


def file_name(columns: Sequence[Column]) -> str:
    """That of the one model; of several their number, and the data set if they share it."""
    if len(columns) == 1:
        return columns[0].entry.name
    names = {column.entry.header.dataset.name for column in columns}
    shared = re.sub("[^a-z0-9]+", "-", names.pop().lower()).strip("-") if len(names) == 1 else ""
    return f"{shared}-{len(columns)}-models".lstrip("-")


def offer(
    name: str, as_csv: Callable[[], bytes], as_json: Callable[[], bytes], words: tuple[str, str]
) -> None:
    """A button for each of both files, with words on it; they are made when they are asked for."""
    files = (("CSV", as_csv, "text/csv"), ("JSON", as_json, MIME_JSON))
    with st.container(horizontal=True):
        for (label, data, mime), told in zip(files, words, strict=True):
            st.download_button(
                label, data, f"{name}.{label.lower()}", mime, icon=":material/download:",
                on_click="ignore", key=f"measure_save_{label}", help=told,
            )  # fmt: skip


def offer_rows(entry: Entry, part: str, about: Mapping[str, Any], make: Callable[[], Rows]) -> None:
    """Both files of rows of plain values about one model, or models like it.

    Args:
        entry: The model.
        part: Of the page, for the files' names.
        about: What the columns mean.
        make: The rows; all have the same keys.
    """
    name = f"{entry.name}-{part}"
    known = {
        "model": entry.name,
        "checkpoint_sha256": entry.header.sha256,
        "data_set": entry.header.dataset.name,
        "data_set_sha256": entry.header.dataset.sha256,
        "definitions_version": DEFINITIONS,
        **about,
    }

    def as_csv() -> bytes:
        return _lines([{"of_model": entry.name, **row} for row in make()])

    def as_json() -> bytes:
        return _text({"about": known, "rows": make()})

    offer(name, as_csv, as_json, (BARE, WHOLE))


def _lines(found: Rows, fields: Sequence[str] = ()) -> bytes:
    text = StringIO()
    writer = csv.DictWriter(text, fields or list(found[0] if found else ()))
    writer.writeheader()
    writer.writerows(found)
    return text.getvalue().encode()


def _text(value: object) -> bytes:
    return json.dumps(value, allow_nan=False, indent=1, ensure_ascii=False).encode()


def rows(columns: Sequence[Column]) -> Rows:
    """One record for each figure of each model, in the order of the table."""
    return [_row(column, column.figures[key]) for column in columns for key in _known(column)]


def _known(column: Column) -> list[str]:
    return [key for key in FIGURES if key in column.figures]


def _row(column: Column, found: Measured) -> dict[str, Any]:
    header, figure = column.entry.header, FIGURES[found.key]
    config, dataset = header.config, header.dataset
    others = figure.references_for(dataset.name, config.kind, config.latent_dim)
    values = (
        column.entry.name, dataset.name, header.sha256, dataset.sha256, config.kind,
        config.latent_dim, figure.group, figure.key, figure.title, found.value, found.error,
        figure.unit, {-1: "less", 0: "neither", 1: "more"}[figure.better], found.n, found.note,
        SEED, figure.definition, DEFINITIONS, found.commit,
        [{"value": o.value, "text": o.text, "source": o.source} for o in others],
    )  # fmt: skip
    return dict(zip(FIELDS, values, strict=True))


def to_json(columns: Sequence[Column]) -> bytes:
    """A list of records."""
    return _text(rows(columns))


def to_csv(columns: Sequence[Column]) -> bytes:
    """One line for each figure of each model; several values in one field are parted by spaces."""
    return _lines([_flat(row) for row in rows(columns)], FIELDS)


def _flat(row: dict[str, Any]) -> dict[str, Any]:
    value = row["value"]
    listed = value if isinstance(value, tuple) else (value,)
    others = (f"{o['value']} ({o['text']}; {o['source']})" for o in row["literature"])
    numbers = " ".join("" if number is None else repr(number) for number in listed)
    return row | {"value": numbers, "literature": "; ".join(others)}
