"""Where the core refuses, a lesson says why and goes on: the way to other steps stays open."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st

from ui.literal import literal
from vae_core.errors import VaeCoreError


@contextmanager
def explained() -> Iterator[None]:
    """Say in one sentence what was refused, in place of the rest of this part."""
    try:
        yield
    except VaeCoreError as err:
        st.error(literal(err))
