"""What every page does before it draws."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

STYLE = Path(__file__).with_name("page.css")


def require_entrypoint(page: str) -> None:
    """Send a page that Streamlit started on its own back through `app.py`.

    With a folder called `pages/`, the first request to a fresh server runs the page of its
    address directly, without `app.py`: no page settings, no navigation, no shared state.
    """
    if "entered" not in st.session_state:
        st.session_state["resume"] = page
        st.session_state["resume_query"] = st.query_params.to_dict()
        st.switch_page("app.py")


def apply_style() -> None:
    """What all pages look like, beyond the theme."""
    st.html(STYLE)
