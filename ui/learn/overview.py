"""The list of lessons: a card for each, by group, with what is done of it."""

from __future__ import annotations

import streamlit as st

from ui.learn import address
from ui.learn.address import Reading
from ui.learn.lesson import Lesson
from ui.learn.lessons import GROUPS, LESSONS

COLUMNS = 3


def show(shown: Reading) -> None:
    """Cards of all lessons."""
    for group in GROUPS:
        lessons = [lesson for lesson in LESSONS if lesson.group == group]
        if not lessons:
            continue
        st.subheader(group, anchor=False)
        for start in range(0, len(lessons), COLUMNS):
            row = lessons[start : start + COLUMNS]
            for column, lesson in zip(st.columns(COLUMNS), row, strict=False):
                with column:
                    _card(lesson, address.steps_of(shown.done, lesson.key))


def resume(shown: Reading) -> None:
    """A button that leads back to where this session was, if that lesson is not done."""
    if (last := address.last_open()) is None:
        return
    lesson, step = address.BY_KEY[last[0]], last[1]
    if len(address.steps_of(shown.done, lesson.key)) < len(lesson.steps):
        st.button(
            f"Go on where you were: {lesson.title}, step {step + 1}", key="learn_resume",
            icon=":material/arrow_forward:", type="primary", on_click=address.go, args=last,
        )  # fmt: skip


def _card(lesson: Lesson, done: frozenset[int]) -> None:
    number, n_steps = LESSONS.index(lesson) + 1, len(lesson.steps)
    with st.container(border=True, height="stretch", key=f"learn_card_{lesson.key}"):
        st.markdown(f"**{number}. {lesson.title}**")
        st.markdown(lesson.idea)
        with st.container(horizontal=True, vertical_alignment="center"):
            is_open = 0 < len(done) < n_steps
            words = "Go on" if is_open else "Look again" if done else "Start"
            st.button(
                words, key=f"learn_open_{lesson.key}", on_click=address.go,
                args=(lesson.key, first_open(lesson, done)),
                help=f"Opens “{lesson.title}”",
            )  # fmt: skip
            tick = ":material/check_circle: " if len(done) == n_steps else ""
            st.caption(f"{tick}{len(done)} of {n_steps} steps done · {lesson.minutes} minutes")


def first_open(lesson: Lesson, done: frozenset[int]) -> int:
    """The first step that is not done, from 0; the first of all if all are."""
    return next((i for i in range(len(lesson.steps)) if i not in done), 0)
