"""The list of all runs."""

from __future__ import annotations

import streamlit as st

from ui.literal import literal
from ui.train import address, source, words
from ui.train.address import Address
from vae_core.errors import RunError
from vae_core.runs import Run, Status
from vae_core.runs.folder import standing
from vae_core.runs.records import ALIVE, WAITING

SHOWN = 8
REFRESH_SECONDS = 2.0


def show() -> None:
    """All runs, the newest first; it keeps itself up to date while one trains or waits."""
    runs = standing(source.runs_dir())
    st.html(f"<h2>Runs <small>{len(runs) or 'none so far'}</small></h2>")
    if not runs:
        st.caption("A run goes on when this page is closed: it is a process of its own.")
        return
    is_moving = any(status.state in (*ALIVE, *WAITING) for _, status in runs)
    every = REFRESH_SECONDS if is_moving else None
    st.fragment(_rows, run_every=every, key="train_runs")()


def _rows() -> None:
    runs = standing(source.runs_dir())
    is_all = st.session_state.get("train_all", False)
    with st.container(gap="xxsmall"):
        for run, status in runs if is_all else runs[:SHOWN]:
            try:
                _row(run, status, source.position(run, runs))
            except RunError as err:
                st.caption(literal(err))
    if len(runs) > SHOWN:
        st.toggle(f"All {len(runs)} runs", key="train_all")


def _row(run: Run, status: Status, position: int | None) -> None:
    """One run: a button that opens it, and how it stands; raises RunError."""
    config = source.config(run)
    told = words.describe(status, config.training.epochs, position, words.wish_of(run))
    with st.container(horizontal=True, vertical_alignment="center", gap="xsmall"):
        if st.button(
            literal(words.run_title(config)), key=f"train_open_{run.id}", type="tertiary",
            icon=":material/show_chart:",
        ):  # fmt: skip
            address.go(Address(run.id))
            st.rerun()
        st.caption(f"{words.started(run.id)} · {told.split('. ')[0].rstrip('.')}")
