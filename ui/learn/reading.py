"""The text side of a lesson: its steps, the open one with its text, and what is to be done."""

from __future__ import annotations

import inspect
from pathlib import Path
from textwrap import dedent

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from ui.learn import address, asked, refused
from ui.learn.address import Reading
from ui.learn.desk import Desk
from ui.learn.lesson import Code, Formula, Lesson, Step
from ui.learn.lessons import LESSONS

ROOT = Path(__file__).parents[2]
_SCROLL = st.components.v2.component(
    "learn_scroll", js=Path(__file__).with_name("scroll.js").read_text(encoding="utf-8")
)
ANSWER = "Answer the question."  # the task of many steps
DONE, TO_DO = ":material/check_circle:", ":material/radio_button_unchecked:"


def steps(lesson: Lesson, shown: Reading, watched: str = "") -> DeltaGenerator:
    """The steps as buttons, the open one with its text; the place for its task, to be filled.

    Args:
        lesson: That is open.
        shown: Which step.
        watched: The class whose answers are shown without an own answer.
    """
    done = address.steps_of(shown.done, lesson.key)
    number = shown.step - 1
    _step_buttons(lesson, range(number), done, shown)
    with st.container(border=shown.controls, key="learn_step"):
        _text(lesson.steps[number], f"{number + 1} of {len(lesson.steps)}")
        if lesson.steps[number].question is not None:
            asked.show(lesson, number, shown.group, watched)
        task = st.container(key="learn_task")
        _below(lesson.steps[number])
    with st.container(key="learn_later"):  # on a phone below the live side
        _step_buttons(lesson, range(number + 1, len(lesson.steps)), done, shown)
        _SCROLL(
            data={"lesson": lesson.key, "step": number}, key="learn_scroll",
            width="content", height="content",
        )  # fmt: skip
    return task


def _step_buttons(lesson: Lesson, numbers: range, done: frozenset[int], shown: Reading) -> None:
    """Some of the other steps, each opens with a click."""
    with st.container(gap=None):
        for number in numbers if shown.controls else ():
            is_done = number in done
            st.button(
                f"{number + 1}. {lesson.steps[number].title}{' (done)' * is_done}",
                key=f"learn_to_{lesson.key}_{number}", type="tertiary",
                icon=DONE if is_done else TO_DO, on_click=address.go, args=(lesson.key, number),
            )  # fmt: skip


def _text(step: Step, place: str) -> None:
    st.html(f"<h2>{step.title} <small>step {place}</small></h2>")
    with refused.explained():
        st.markdown(step.written())
    for formula in step.formulas:
        show_formula(formula)


def show_formula(formula: Formula) -> None:
    """A formula, and the same in words."""
    st.latex(formula.latex)
    st.caption(f"In words: {formula.words}")


def _below(step: Step) -> None:
    """The product's own code, and papers."""
    if step.code:
        with st.expander("The code that runs", icon=":material/code:"):
            for code in step.code:
                _show_code(code)
    if step.papers:
        st.caption("Read more: " + "; ".join(step.papers) + ".")


def _show_code(code: Code) -> None:
    """Where it stands, and its source as it runs."""
    found = inspect.unwrap(code)
    path = Path(inspect.getsourcefile(found) or "").relative_to(ROOT).as_posix()
    st.caption(f"`{code.__qualname__}` in `{path}`")
    st.code(dedent(inspect.getsource(found)), language="python", wrap_lines=True)


def finish(
    task: DeltaGenerator, below: DeltaGenerator, lesson: Lesson, desk: Desk, shown: Reading
) -> None:
    """Say what is to be done, or that it is, and lead on; drawn last, when that is known.

    Args:
        task: The place for it in the text.
        below: That below the live side.
        lesson: That is open.
        desk: Of the open step.
        shown: Which step that is, and with which controls.
    """
    number = shown.step - 1
    step, place = lesson.steps[number], f"Step {number + 1} of {len(lesson.steps)}."
    if desk.is_done:  # on a phone the task is out of sight
        below.html(f'<p aria-hidden=true class="task done narrow"><b>Done.</b> {place}</p>')
    with task:
        if desk.is_done:
            said = "You answered the question."
            if step.task != ANSWER:  # it stays to be read: what was to be seen is still there
                said = f"{place}<br><small>Your task was: {step.task}</small>"
            st.html(f'<p role=status class="task done"><b>Done.</b> {said}</p>')
        else:
            st.html(f'<p role=status class="task"><b>Your turn.</b> {step.task}</p>')
        if not shown.controls:
            return
        done = address.steps_of(address.LINK.current().done, lesson.key)
        is_last = number + 1 == len(lesson.steps)
        with st.container(horizontal=True):
            st.button(
                "Back", key="learn_back", icon=":material/arrow_back:", disabled=not number,
                on_click=address.go, args=(lesson.key, number - 1),
            )  # fmt: skip
            if not is_last:
                st.button(
                    "Next", key="learn_next", icon=":material/arrow_forward:",
                    type="primary" if desk.is_done else "secondary",
                    on_click=address.go, args=(lesson.key, number + 1),
                )  # fmt: skip
        if len(done) == len(lesson.steps):
            _learnt(lesson)
        elif is_last and desk.is_done:
            _still_open(lesson, done)


def _still_open(lesson: Lesson, done: frozenset[int]) -> None:
    """The last step is done, but not all: lead to the first that is not."""
    number = min(set(range(len(lesson.steps))) - done)
    st.button(
        f"Still to do: {number + 1}. {lesson.steps[number].title}", key="learn_still_open",
        type="primary", on_click=address.go, args=(lesson.key, number),
    )  # fmt: skip


def _learnt(lesson: Lesson) -> None:
    """The lesson is done: what was learnt, and what comes next."""
    st.success(f"**Lesson done.** {lesson.learnt}", icon=":material/school:")
    following = LESSONS.index(lesson) + 1
    if following < len(LESSONS):
        st.button(
            f"Next lesson: {LESSONS[following].title}", key="learn_next_lesson", type="primary",
            on_click=address.go, args=(LESSONS[following].key,),
        )  # fmt: skip
