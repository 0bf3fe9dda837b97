"""A teacher's link: it opens a lesson at a step, without controls and for a class, if wanted."""

from __future__ import annotations

import re
from urllib.parse import urlencode, urlsplit, urlunsplit

import streamlit as st

from ui.learn.address import MAX_CLASS, Reading, group_name, to_params

HERE = ("localhost", "127.0.0.1", "::1")  # names by which a computer calls itself
ONLY_HERE = (
    "This link works on this computer only. For a class, start the app with `streamlit run app.py "
    "--server.address 0.0.0.0`, and open this page under this computer's name or address; then "
    "the link has it too."
)


def popover(shown: Reading) -> str:
    """A button that makes such links; the class whose answers are to be shown at once, or ""."""
    with st.popover("Teacher", icon=":material/co_present:", key="learn_teacher"):
        st.markdown("A link that opens this step for a class. Change it here, then copy it.")
        hides = st.checkbox(
            "Only this step: no list of steps, no buttons, no bar above", value=True,
            key="learn_teacher_hides",
        )  # fmt: skip
        name = st.text_input(
            "Name of the class", shown.group, key="learn_teacher_class", max_chars=MAX_CLASS,
            placeholder="e.g. blue-7",
            help="All who open the link see how many of them answered what, after their own "
            "answer: one for each browser, until it is closed. Letters, digits, - and _. Nobody is "
            "named.",
        )  # fmt: skip
        try:
            group = class_of(name)
        except ValueError:
            st.warning("The link is without a class: only letters, digits, - and _ in its name.")
            group = ""
        st.code(link(shown, group, hides=hides), language=None, wrap_lines=True)
        if is_only_here(st.context.url or ""):
            st.info(ONLY_HERE)
        watches = st.checkbox(
            "Show the class's answers", key="learn_teacher_watches", disabled=not group,
            help="Here, at the question, without an answer of yours.",
        )  # fmt: skip
    return group if watches else ""


def class_of(name: str) -> str:
    """A name as typed, as it stands in a link, "" for none; raises ValueError."""
    joined = re.sub(r"\s+", "-", name.strip())
    return group_name(joined) if joined else ""


def is_only_here(url: str) -> bool:
    """Whether nobody else can open this address."""
    return urlsplit(url).hostname in HERE


def link(shown: Reading, group: str, *, hides: bool) -> str:
    """The address of the step that is shown, with nothing done yet."""
    params = to_params(Reading(shown.lesson, shown.step, controls=not hides, group=group))
    parts = urlsplit(st.context.url or "")
    return urlunsplit((parts.scheme, parts.netloc, parts.path, urlencode(params), ""))
