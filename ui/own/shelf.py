"""The data sets that visitors brought, and the way to delete one."""

from __future__ import annotations

import streamlit as st

from ui.catalogue import dataset_title
from ui.literal import literal
from ui.train import source
from vae_core.data.kept import delete, kept_names
from vae_core.errors import DataError, VaeCoreError
from vae_core.runs.folder import standing
from vae_core.runs.records import ALIVE, WAITING

_TOLD = "own_shelf_told"


def show() -> None:
    """A row for each: what it holds, and a button that deletes it."""
    names = kept_names()
    if told := st.session_state.pop(_TOLD, None):
        st.error(literal(told))
    if not names:
        return
    st.html(f"<h2>Kept here <small>{len(names)}</small></h2>")
    for name in names:
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(f"**{literal(dataset_title(name))}**: {_described(name)}")
            with st.popover("Delete", icon=":material/delete:", key=f"own_delete_{name}"):
                st.markdown(
                    "These images will be gone for good, for everyone. Models that were trained on "
                    "them stay, and show their maps without original images."
                )
                st.button(
                    "Delete for good", type="primary", key=f"own_delete_sure_{name}",
                    on_click=_on_delete, args=(name,),
                )  # fmt: skip


def _described(name: str) -> str:
    try:
        found = source.images(name)
    except VaeCoreError as err:
        return literal(err)
    channels, height, width = found.shape
    colour = "grey" if channels == 1 else "colour"
    return f"{found.n_train + found.n_held_out:,} images, {width} × {height} pixels, {colour}"


def _on_delete(name: str) -> None:
    busy = users(name)
    if busy:
        plural = "a run trains" if busy == 1 else f"{busy} runs train"
        st.session_state[_TOLD] = (
            f"{dataset_title(name)} is needed: {plural} on it, or will. Stop it first."
        )
        return
    try:
        delete(name)
    except DataError as err:
        st.session_state[_TOLD] = str(err)


def users(name: str) -> int:
    """How many runs train on a data set, or wait to."""
    configs = source.configs()
    return sum(
        status.state in (*ALIVE, *WAITING) and configs[run.id].training.dataset == name
        for run, status in standing(source.runs_dir())
        if run.id in configs
    )
