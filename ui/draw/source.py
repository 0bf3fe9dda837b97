"""How a picture comes in: the sheet, a file, the camera, or a held-out image."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st

from ui.draw import canvas, own_picture
from ui.draw.address import INKS, LINK, NO_CODE, WAYS, Address
from ui.draw.shown import framing_of
from ui.exhibit import Exhibit
from ui.literal import literal
from vae_core.data.pictures import FORMATS, MAX_PICTURE_BYTES

ANOTHER = 7919  # images further, a prime: all of them come, in no order


def show(exhibit: Exhibit, here: Address) -> None:
    """The choice of the way, and the way."""
    st.html("<h2>Your picture</h2>")
    _choice("way", "How a picture comes in", WAYS, here.way)
    {"draw": _draw, "upload": _upload, "camera": _camera, "image": _image}[here.way](exhibit)
    if refused := own_picture.refused():
        st.error(literal(refused))


def _draw(exhibit: Exhibit) -> None:
    own = own_picture.current()
    canvas.sheet(own is not None and own.title == own_picture.DRAWING, key="draw_sheet")


def _upload(exhibit: Exhibit) -> None:
    st.file_uploader(
        "A PNG, JPEG or WebP picture, up to 5 MB", type=[f.lower() for f in (*FORMATS, "jpg")],
        max_upload_size=MAX_PICTURE_BYTES // 2**20, key="draw_file", on_change=own_picture.on_file,
        args=("draw_file", "Your file"),
    )  # fmt: skip


def _camera(exhibit: Exhibit) -> None:
    st.camera_input(
        "A dark pen on plain paper works best", key="draw_photo", on_change=own_picture.on_file,
        args=("draw_photo", "Your photograph"),
    )  # fmt: skip


def _image(exhibit: Exhibit) -> None:
    n = len(exhibit.loaded.latents)
    shown = LINK.current().image or 0
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.session_state["draw_image"] = min(shown, n - 1)
        st.number_input(
            f"Number, 0 to {n - 1}", 0, n - 1, key="draw_image", on_change=_on_image, width=150
        )
        st.button("Another", icon=":material/shuffle:", key="draw_another", on_click=_on_another,
                  args=(n,))  # fmt: skip


def settings(exhibit: Exhibit, here: Address) -> None:
    """How a picture becomes what the model sees."""
    if here.way == "image":
        return
    with st.expander("Light, dark and cutting out", key="draw_settings"):
        _choice("ink", "The picture is", INKS, here.ink)
        framing = framing_of(exhibit)
        if framing is None:
            st.caption("The whole picture is made to fit: how these images were cut is not known.")
            return
        st.session_state["draw_whole"] = here.whole
        st.toggle(
            "Take the whole picture", key="draw_whole", on_change=_on_change, args=("whole",),
            help="Else what is drawn is cut out, scaled and centred as the model's images were.",
        )  # fmt: skip


def _choice(name: str, label: str, options: Mapping[Any, str], value: str) -> None:
    st.session_state[f"draw_{name}"] = value
    st.segmented_control(
        label, list(options), format_func=options.__getitem__, key=f"draw_{name}", required=True,
        on_change=_on_change, args=(name,),
        label_visibility="collapsed" if name == "way" else "visible",
    )  # fmt: skip


def _on_change(name: str) -> None:
    if name == "way" and st.session_state["draw_way"] == "image":
        own_picture.forget()
        LINK.follow(image=LINK.current().image or 0, **NO_CODE)
    LINK.update(**{name: st.session_state[f"draw_{name}"]})


def _on_image() -> None:
    own_picture.forget()
    LINK.update(image=int(st.session_state["draw_image"]), **NO_CODE)


def _on_another(n: int) -> None:
    own_picture.forget()
    LINK.update(image=((LINK.current().image or 0) + ANOTHER) % n, **NO_CODE)
