"""Who answers in a class: a number made by chance, which the browser keeps until it is closed."""

from __future__ import annotations

import re
from pathlib import Path
from uuid import uuid4

import streamlit as st

COOKIE = "latent_loupe_voter"
_SESSION = "learn_voter"
_COMPONENT = st.components.v2.component(
    "learn_voter", js=Path(__file__).with_name("voter.js").read_text(encoding="utf-8")
)


def voter() -> str:
    """This browser's number: the one it kept, or else a new one for this session."""
    if _SESSION not in st.session_state:
        kept = str(st.context.cookies.get(COOKIE, ""))
        known = re.fullmatch("[0-9a-f]{32}", kept, re.ASCII)
        st.session_state[_SESSION] = kept if known else uuid4().hex
    found: str = st.session_state[_SESSION]
    return found


def keep() -> None:
    """Have the browser keep its number."""
    _COMPONENT(
        data={"name": COOKIE, "voter": voter()}, key="learn_voter_kept",
        width="content", height="content",
    )  # fmt: skip
