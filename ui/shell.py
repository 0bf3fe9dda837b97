"""What every page does before it draws."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import streamlit as st

from ui.literal import literal
from vae_core.errors import VaeCoreError

FOLDER = Path(__file__).parent
STYLE = FOLDER / "page.css"
_ADDRESS = st.components.v2.component(
    "latent_address", js=(FOLDER / "address.js").read_text(encoding="utf-8")
)


def require_entrypoint(page: str) -> None:
    """Send a page that Streamlit started on its own back through `app.py`, and keep its address.

    With a folder called `pages/`, the first request to a fresh server runs the page of its
    address directly, without `app.py`: no page settings, no navigation, no shared state.
    """
    if "entered" not in st.session_state:
        st.session_state["resume"] = page
        st.session_state["resume_query"] = st.query_params.to_dict()
        st.switch_page("app.py")
    _ADDRESS(data={"page": Path(page).stem}, key="address", width="content", height="content")


@contextmanager
def explained() -> Iterator[None]:
    """Where the core refuses, say why and end the page there."""
    try:
        yield
    except VaeCoreError as err:
        st.error(literal(err))
        st.stop()


def apply_style() -> None:
    """What all pages look like, beyond the theme."""
    st.html(STYLE)
