"""Bring a model: the file of a checkpoint, from another machine."""

from __future__ import annotations

import streamlit as st

from ui.collection import add, name_of
from ui.explore import controls
from ui.literal import literal
from vae_core.checkpoints import MAX_BYTES
from vae_core.errors import CheckpointError
from vae_core.tensor_file import SUFFIX

_TOLD, _TURN = "explore_brought", "explore_brought_turn"


def offer() -> None:
    """A button that opens a field for a file; empty and closed again after one was taken."""
    turn = st.session_state.get(_TURN, 0)
    with st.popover(
        "Add a model", icon=":material/upload:", key=f"explore_add_{turn}", type="tertiary"
    ):
        key = f"explore_file_{turn}"
        st.file_uploader(
            "File of a model",
            type=SUFFIX.lstrip("."),
            key=key,
            on_change=_on_file,
            args=(key,),
            max_upload_size=MAX_BYTES // 2**20,
        )
        st.caption(
            f"A {SUFFIX} file, as *Take it away* and *Keep this moment* let you download it. It is "
            "checked, and then everyone who opens this app can choose it."
        )
        if told := st.session_state.get(_TOLD):
            st.error(literal(told))


def _on_file(key: str) -> None:
    """Keep the file and show its model."""
    file = st.session_state[key]
    st.session_state.pop(_TOLD, None)
    if file is None:
        return
    name = name_of(file.name)
    try:
        add(file.getvalue(), name)
    except CheckpointError as err:
        st.session_state[_TOLD] = f"{file.name} was not added. {err}"
        return
    st.session_state[_TURN] = st.session_state.get(_TURN, 0) + 1
    controls.switch(model=name, dataset="")
    st.toast(f"{literal(name)} is here now, for everyone.", icon=":material/check:")
