"""Widgets whose value is kept elsewhere: in the link, or in what a page shows."""

from __future__ import annotations

import math

import streamlit as st

NEAR = 1e-6  # numbers closer than this are the same for a slider
_ABSENT = object()


def put(key: str, value: object) -> None:
    """Set the value of the widget with this key, before it is drawn, if it has another.

    Whatever is set travels to the browser and takes back what a visitor has done there since: of
    quick presses of a key every second one would be lost. Streamlit takes a slider of other
    limits for another widget, without a value: such limits belong into its key.
    """
    now = st.session_state.get(key, _ABSENT)
    if isinstance(now, float) and isinstance(value, float):
        if math.isclose(now, value, rel_tol=NEAR, abs_tol=NEAR):
            return
    elif now is not _ABSENT and now == value:
        return
    st.session_state[key] = value
