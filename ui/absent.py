"""What a page says where a data set is absent: what is missing, and a button that fetches it."""

from __future__ import annotations

import streamlit as st

from ui import cache
from ui.catalogue import dataset_title
from ui.literal import literal
from vae_core.checkpoint_header import DatasetInfo
from vae_core.data import DATASETS, download, download_size, is_downloadable
from vae_core.data.kept import PREFIX
from vae_core.errors import VaeCoreError


def offer_download(dataset: DatasetInfo, page: str) -> None:
    """Say on a page that the data set is not here, and fetch it if asked."""
    name = dataset.name
    title = literal(dataset_title(name))
    if problem := cache.data_problem(dataset):
        st.error(literal(problem))
    with st.container(border=True, horizontal=True, vertical_alignment="center"):
        st.markdown(
            f"**{title} is not on this machine.** The map shows the encoding stored with the "
            f"model; original images are missing.{_where(name)}"
        )
        if not is_downloadable(name):
            return
        fetch_button(name, f"Fetch it ({download_size(name)})", f"{page}_fetch")


def _where(name: str) -> str:
    """Where to look for a data set of one's own."""
    if name.startswith(PREFIX):
        title = literal(dataset_title(name))
        return f" They were brought on the Train page; bring them again under the name {title}."
    return "" if name in DATASETS else f" They were at {literal(name)}."


def fetch_button(name: str, label: str, key: str) -> None:
    """A button that fetches a data set that `is_downloadable`, and shows the page again."""
    if st.button(label, icon=":material/download:", key=key):
        try:
            with st.spinner("Fetching…"):
                download(name)
        except VaeCoreError as err:
            st.error(literal(err))
        else:
            st.rerun()
