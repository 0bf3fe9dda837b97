"""The question of a step: predict first, then see the answer, and what the class thinks."""

from __future__ import annotations

from html import escape

import streamlit as st

from ui import widgets
from ui.learn import address, refused
from ui.learn.lesson import Lesson, Question
from ui.learn.tally import board
from ui.learn.voter import keep, voter

REFRESH = 3  # seconds between looks at the class's answers


def answer_of(lesson: Lesson, number: int) -> int | None:
    """What was answered first in a step, from 0; None before."""
    return address.answer_of(lesson.key, number)


def show(lesson: Lesson, number: int, group: str, watched: str = "") -> None:
    """The question of this step, and after the answer whether it was right, and why.

    Args:
        lesson: That is open.
        number: Of the step, from 0.
        group: The class that answers; "" for none.
        watched: The class whose answers are shown to who has not answered: to its teacher.
    """
    question = lesson.steps[number].question
    assert question is not None
    with st.container(border=True, key=f"learn_{_name(lesson, number)}_question"):
        _ask(question, lesson, number, group)
        if group:
            keep()
        if group or watched:
            st.fragment(_tally, run_every=REFRESH)(
                question, watched or group, _name(lesson, number),
                is_open=bool(watched) or answer_of(lesson, number) is not None,
            )  # fmt: skip


def _ask(question: Question, lesson: Lesson, number: int, group: str) -> None:
    """The options, the button, and after the answer what is said of it."""
    key, answer = f"learn_{_name(lesson, number)}", answer_of(lesson, number)
    if answer is not None and st.session_state.get(f"{key}_radio") is None:  # opened again
        widgets.put(f"{key}_radio", question.options[answer])
    chosen = st.radio(
        f"**Guess first.** {question.prompt}", question.options, index=None, key=f"{key}_radio"
    )
    st.button(
        "Answer", key=f"{key}_answer", disabled=chosen is None or answer is not None,
        on_click=_answer, args=(lesson, number, f"{key}_radio", group),
    )  # fmt: skip
    if answer is None or chosen is None:
        return
    with refused.explained():
        _reveal(question, question.options.index(chosen))
    if group:
        st.caption(
            f"Your guess “{question.options[answer]}” is counted. You may try others; they are not."
        )


def recall(lesson: Lesson, number: int, group: str) -> None:
    """Take over what this browser answered in its class before a link was opened once more."""
    if lesson.steps[number].question is not None and group and answer_of(lesson, number) is None:
        earlier = board().vote_of(group, _name(lesson, number), voter())
        if earlier is not None:
            address.answer(lesson.key, number, earlier)


def _answer(lesson: Lesson, number: int, radio: str, group: str) -> None:
    question = lesson.steps[number].question
    assert question is not None
    if (chosen := st.session_state[radio]) is None:
        return
    option = question.options.index(chosen)
    if group and answer_of(lesson, number) is None:  # another tab may have been quicker
        option = board().vote(group, _name(lesson, number), voter(), option)
    address.answer(lesson.key, number, option)


def _reveal(question: Question, answer: int) -> None:
    right = question.answer()
    if answer == right:
        st.markdown(f":material/check: **Right: {question.options[right]}**")
    else:
        st.markdown(
            f":material/lightbulb: **Not quite.** You said “{question.options[answer]}”; it is "
            f"**“{question.options[right]}”**."
        )
    st.markdown(question.reveal())


def _tally(question: Question, group: str, name: str, *, is_open: bool) -> None:
    """How many of the class answered what, or only how many answered."""
    counts = board().counts(group, name, len(question.options))
    n_votes = sum(counts)
    answers = "1 answer" if n_votes == 1 else f"{n_votes} answers"
    if not is_open:
        st.caption(f"Class {group}: {answers} so far. Answer to see them.")
        return
    rows = "".join(
        f"<dt>{escape(option)}<dd><meter min=0 max={max(n_votes, 1)} value={count} "
        f'aria-label="{escape(option)}: {count} of {n_votes}"></meter>{count} of {n_votes}'
        for option, count in zip(question.options, counts, strict=True)
    )
    st.html(f"<h2>Class {group} <small>{answers}</small></h2><dl class=tally>{rows}</dl>")


def _name(lesson: Lesson, number: int) -> str:
    """Of the question, in keys and votes."""
    return f"{lesson.key}_{lesson.steps[number].key}"
