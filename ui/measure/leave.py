"""From a number to what it is about: a model, or one of its images, opened in Explore."""

from __future__ import annotations

from dataclasses import replace
from typing import NoReturn

import streamlit as st

from ui import cache, history, state
from ui.catalogue import Entry
from ui.view import View


def for_explore(entry: Entry, image: int | None = None) -> NoReturn:
    """Open a model in Explore, with one of its held-out images pinned."""
    view: View = st.session_state.get("view", View())
    if view.model != entry.name:
        view = state.of_model(view, dataset=entry.header.dataset.name, model=entry.name)
    n_held_out = len(cache.checkpoint(entry.path, entry.mtime).latents)
    # Of more images than those a number means a training image, or there are none.
    view = replace(view, batch_size=min(view.batch_size, n_held_out))
    if image is not None:
        view = replace(view, image=image, place=None, classes=(), zoom=None)
    st.session_state["view"] = view
    st.session_state.setdefault("asked", set())
    history.forget()
    st.switch_page("pages/explore.py")  # which writes its own address, once its path is there
