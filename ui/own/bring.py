"""Bring images of one's own: upload them, look at what was understood, keep them."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from ui.literal import literal
from ui.own import preview, reading, shelf
from vae_core.data.fitting import DEFAULT_SIDE
from vae_core.data.kept import keep
from vae_core.data.own import FILE_SUFFIXES
from vae_core.data.pictures import MAX_PICTURE_BYTES, SUFFIXES
from vae_core.errors import DataError

WAYS = {"file": "A file, or pictures", "folder": "A folder"}
LAYOUT = (
    "Put the pictures of each class into a folder of its own, named like the class, and pack these "
    "folders into one **.zip**. Or bring an array of images, **.npz** (`images`, and optionally "
    "`labels` and `classes`) or **.npy**, as `uint8` or as floats from 0 to 1. Or choose some "
    "pictures: they are one class."
)
LIMITS = (
    f"At most {reading.MAX_MB} MB; pictures are PNG, JPEG or WebP of at most 4 million pixels and "
    f"{MAX_PICTURE_BYTES // 2**20} MB each; arrays have 8 to 64 pixels a side, grey or colour. "
    "What you keep is there for everyone who opens this app."
)
_OPEN, _TURN = "own_open", "own_turn"


def button() -> None:
    """Opens the dialog."""
    st.button(
        "Bring your own images", icon=":material/add_photo_alternate:", key="own_bring",
        type="tertiary", on_click=_on_open,
    )  # fmt: skip


def show_if_open(on_kept: Callable[[str], None]) -> None:
    """The dialog, if its button was pressed; `on_kept` is told the name of what was kept."""
    if st.session_state.get(_OPEN):
        _dialog(on_kept)


def _on_open() -> None:
    st.session_state[_OPEN] = True


def _on_close() -> None:
    st.session_state[_OPEN] = False
    st.session_state[_TURN] = st.session_state.get(_TURN, 0) + 1  # an empty field next time
    st.session_state.pop(preview.SIDE_KEY, None)
    reading.forget()


@st.dialog("Your own images", width="large", on_dismiss=_on_close)
def _dialog(on_kept: Callable[[str], None]) -> None:
    files = _files()
    if not files:
        st.markdown(LAYOUT)
        st.caption(LIMITS)
        shelf.show()
        return
    with st.spinner("Looking at every image…"):
        side = st.session_state.get(preview.SIDE_KEY, DEFAULT_SIDE)
        images, problem = reading.read(files, side)
    if images is None:
        st.error(literal(problem))
        return
    preview.show(images)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        key = f"own_name_{files[0].file_id}"
        st.session_state.setdefault(key, reading.name_for(files))
        name = st.text_input("Name", key=key, width=260, max_chars=60)
        is_wanted = st.button(
            "Keep these images", type="primary", icon=":material/check:", key="own_keep"
        )
    if is_wanted:
        try:
            kept = keep(images, name.strip())
            on_kept(kept)
        except DataError as err:
            st.error(literal(err))
            return
        _on_close()
        st.toast(f"{literal(name.strip())} is here now, for everyone.", icon=":material/check:")
        st.rerun()


def _files() -> list[UploadedFile]:
    """What is in the field."""
    turn = st.session_state.get(_TURN, 0)
    way = st.segmented_control(
        "What to bring", list(WAYS), format_func=WAYS.__getitem__, default="file", required=True,
        key=f"own_way_{turn}", label_visibility="collapsed",
    )  # fmt: skip
    pictures = sorted(suffix.lstrip(".") for suffix in SUFFIXES)
    if way == "folder":
        found = st.file_uploader(
            "A folder with one folder for each class", pictures, "directory",
            key=f"own_folder_{turn}", max_upload_size=reading.MAX_MB,
        )  # fmt: skip
    else:
        files = [suffix.lstrip(".") for suffix in FILE_SUFFIXES]
        found = st.file_uploader(
            "One .zip, .npz or .npy file, or some pictures", [*files, *pictures], True,
            key=f"own_file_{turn}", max_upload_size=reading.MAX_MB,
        )  # fmt: skip
    return list(found)
