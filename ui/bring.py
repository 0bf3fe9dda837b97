"""Bring a model: the file of a checkpoint, from another machine."""

from __future__ import annotations

import streamlit as st

from ui import controls
from ui.collection import add, name_of
from ui.literal import literal
from vae_core.checkpoint_header import SUFFIX
from vae_core.checkpoints import MAX_BYTES
from vae_core.errors import CheckpointError

_TOLD = "explore_brought"


def offer() -> None:
    """A button that opens a field for a file."""
    with st.popover("Add a model", icon=":material/upload:", key="explore_add"):
        st.file_uploader(
            "The file of a model, as this app lets you download it",
            type=SUFFIX.lstrip("."),
            key="explore_file",
            on_change=_on_file,
            max_upload_size=MAX_BYTES // 2**20,
            help="It is checked, and then everyone who opens this app can choose it.",
        )
        if told := st.session_state.get(_TOLD):
            st.error(literal(told))


def _on_file() -> None:
    """Keep the file and show its model."""
    file = st.session_state["explore_file"]
    st.session_state.pop(_TOLD, None)
    if file is None:
        return
    name = name_of(file.name)
    try:
        add(file.getvalue(), name)
    except CheckpointError as err:
        st.session_state[_TOLD] = str(err)
        return
    controls.switch(model=name, dataset="")
    st.toast(f"{literal(name)} is here now, for everyone.", icon=":material/check:")
