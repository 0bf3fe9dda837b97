"""What is being measured: the button that starts it, how far it is, and one that ends it."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path

import streamlit as st

from ui import cache
from ui.catalogue import Entry
from ui.literal import literal
from ui.measure.results import Column
from ui.train import source
from ui.train.words import duration
from vae_core.errors import VaeCoreError
from vae_core.measuring import Job, Standing, jobs_dir, submit

TICK_SECONDS = 1.0  # between two looks at what is being measured
ABOUT = "a minute or two for 10,000 images"


def job_of(entry: Entry) -> Job:
    """The folder of a model's measurement, whether it exists or not."""
    return Job.of(jobs_dir(source.runs_dir()), entry.header)


def standing_of(entry: Entry) -> Standing | None:
    """How measuring a model stands; None if nobody asked for it."""
    return job_of(entry).standing()


def every(columns: Sequence[Column]) -> float | None:
    """Seconds between two looks; None where nothing changes by itself."""
    standings = (standing_of(column.entry) for column in columns)
    return TICK_SECONDS if any(s is not None and s.is_alive for s in standings) else None


def panel(columns: Sequence[Column]) -> None:
    """How each of the models stands, and the buttons."""
    for number, column in enumerate(columns):
        with st.container(key=f"measure_job_{number}"):  # there in any case, see below
            _one(column, number)
    _buttons(columns)


def _one(column: Column, number: int) -> None:
    standing = standing_of(column.entry)
    if column.problem:
        st.warning(literal(column.problem))
    if standing is None or standing.state in ("done", "cancelled"):
        return
    if standing.state == "failed":
        said = f"{column.title}: {standing.message}"
        if column.is_complete:
            st.caption(literal(f"{said} The figures below are from another time."))
        else:
            st.error(literal(said))
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        st.progress(standing.share, literal(in_words(column.title, standing)), width="stretch")
        st.button(
            "Cancel", icon=":material/close:", key=f"measure_cancel_{number}",
            on_click=job_of(column.entry).cancel,
            help="What has been found so far is kept.",
        )  # fmt: skip


def in_words(title: str, standing: Standing) -> str:
    """Such as "deep-map: step 8 of 13, the map, about 20 s left in all"."""
    if standing.state == "waiting":
        return f"{title}: waiting to start; one model is measured at a time."
    said = f"{title}: measuring"
    if standing.n_steps:
        said = f"{title}: step {standing.step} of {standing.n_steps}"
    said += f", {standing.what}" if standing.what else ""
    if standing.seconds_left is None:
        return said
    left = max(1.0, standing.seconds_left - (time.time() - standing.since))
    return f"{said}, about {duration(left)} left in all"


def _buttons(columns: Sequence[Column]) -> None:
    """Measure what is missing, or again."""
    is_here = {c.entry.name: cache.images(c.entry.header.dataset, "test") for c in columns}
    idle = [
        c
        for c in columns
        if is_here[c.entry.name] is not None
        and not ((s := standing_of(c.entry)) is not None and s.is_alive)
    ]
    lacking = [column for column in idle if not column.is_complete]
    n_missing = sum(column.n_missing for column in lacking)
    with st.container(horizontal=True, vertical_alignment="center"):
        if lacking:
            st.button(
                f"Measure {n_missing} missing figure{'' if n_missing == 1 else 's'}",
                icon=":material/speed:", key="measure_start", type="primary",
                on_click=_on_start, args=(lacking,), kwargs={"is_again": False},
                help=f"It takes {ABOUT}, in a process of its own: close the page if you like.",
            )  # fmt: skip
        again = [column for column in idle if column.is_complete]
        if again:
            st.button(
                "Measure again", icon=":material/refresh:", key="measure_again",
                on_click=_on_start, args=(again,), kwargs={"is_again": True},
                help=f"All figures of the models shown; it takes {ABOUT}.",
            )  # fmt: skip


def _on_start(columns: Sequence[Column], *, is_again: bool) -> None:
    try:
        root = jobs_dir(source.runs_dir())
        for column in columns:
            submit(root, Path(column.entry.path), column.entry.header, is_again=is_again)
    except (VaeCoreError, OSError) as err:
        st.toast(literal(err), icon=":material/error:")
