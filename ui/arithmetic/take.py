"""The vector as a table to take home."""

from __future__ import annotations

import csv
from io import StringIO

import streamlit as st

from ui.arithmetic.found import Difference
from ui.arithmetic.setting import Setting
from vae_core.attributes import AttributeVector

COLUMNS = ("dimension", "plus_mean", "minus_mean", "vector", "standard_error")


def to_csv(found: AttributeVector) -> str:
    """A row for each dimension, all in latent units; an unknown standard error is left empty."""
    text = StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    values = (found.plus, found.minus, found.vector, found.standard_error)
    for number, row in enumerate(zip(*(v.tolist() for v in values), strict=True), start=1):
        writer.writerow([f"z{number}", *("" if value != value else repr(value) for value in row)])
    return text.getvalue()


def button(setting: Setting, found: Difference) -> None:
    """Download it."""
    st.download_button(
        "Download the vector",
        to_csv(found.vector),
        f"{setting.exhibit.entry.name}-vector.csv",
        "text/csv",
        icon=":material/download:",
        key="arithmetic_download",
        on_click="ignore",
    )
