"""What the Learn page shows: a lesson, a step, what is done; kept in the address."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

import streamlit as st

from ui import link
from ui.learn.lessons import LESSONS
from ui.link import Link

BY_KEY = {lesson.key: lesson for lesson in LESSONS}
MAX_STEP = 99
MAX_CLASS = 40  # characters
_DONE, _ANSWERS, _LAST = "learn_done", "learn_answers", "learn_last"
Answers = Mapping[str, Mapping[int, int]]


@dataclass(frozen=True)
class Reading:
    """What is shown.

    Attributes:
        lesson: Its key; "" for the list of lessons.
        step: From 1.
        done: Of each lesson that was begun, the steps that are done, from 0.
        answers: Of each lesson, what was answered first in a step; both from 0.
        controls: Whether there is more than the step: the list of steps, buttons, settings.
        group: Name of the class that answers together; "" for none.
    """

    lesson: str = ""
    step: int = 1
    done: Mapping[str, frozenset[int]] = field(default_factory=dict)
    answers: Answers = field(default_factory=dict)
    controls: bool = True
    group: str = ""


def _done(text: str) -> dict[str, frozenset[int]]:
    """Such as "autoencoder.101,elbo.1": a digit for each step."""
    found = {}
    for part in text.split(","):
        key, _, bits = part.partition(".")
        if key not in BY_KEY or not re.fullmatch(rf"[01]{{1,{MAX_STEP}}}", bits, re.ASCII):
            raise ValueError(text)
        n_steps = len(BY_KEY[key].steps)
        found[key] = frozenset(i for i, bit in enumerate(bits[:n_steps]) if bit == "1")
    return found


def _written(done: Mapping[str, frozenset[int]]) -> str:
    """As `_done` reads it."""
    return ",".join(
        f"{key}.{''.join('01'[i in steps] for i in range(max(steps) + 1))}"
        for key, steps in sorted(done.items())
        if steps
    )


def _answers(text: str) -> dict[str, dict[int, int]]:
    """Such as "autoencoder.-1--2": the option for each step, or - where none was chosen."""
    found = {}
    for part in text.split(","):
        key, _, options = part.partition(".")
        if key not in BY_KEY or not re.fullmatch(rf"[0-9-]{{1,{MAX_STEP}}}", options, re.ASCII):
            raise ValueError(text)
        found[key] = {
            i: int(option)
            for i, (step, option) in enumerate(zip(BY_KEY[key].steps, options, strict=False))
            if option != "-" and step.question and int(option) < len(step.question.options)
        }
    return found


def _written_answers(answers: Answers) -> str:
    """As `_answers` reads it."""
    return ",".join(
        f"{key}.{''.join(str(of_steps.get(i, '-')) for i in range(max(of_steps) + 1))}"
        for key, of_steps in sorted(answers.items())
        if of_steps
    )


def group_name(text: str) -> str:
    """Of a class: letters, digits, - and _."""
    if not re.fullmatch(rf"[A-Za-z0-9_-]{{1,{MAX_CLASS}}}", text, re.ASCII):
        raise ValueError(text)
    return text


def to_params(shown: Reading) -> dict[str, str]:
    """The link's parameters."""
    params = {}
    if shown.lesson:
        params = {"lesson": shown.lesson, "step": str(shown.step)}
    if written := _written(shown.done):
        params["done"] = written
    if answered := _written_answers(shown.answers):
        params["answers"] = answered
    if not shown.controls:
        params["controls"] = "0"
    if shown.group:
        params["class"] = shown.group
    return params


READERS: dict[str, tuple[str, link.Reader]] = {
    "lesson": ("lesson", link.one_of(*BY_KEY)),
    "step": ("step", link.whole(1, MAX_STEP)),
    "done": ("done", _done),
    "answers": ("answers", _answers),
    "controls": ("controls", link.switch),
    "class": ("group", group_name),
}
LINK = Link("learn_reading", Reading(), READERS, to_params)


def opened() -> Reading:
    """What is shown now; what this session has done before stays done whatever link is opened."""
    is_asked = LINK.is_asked()
    shown = LINK.current()
    if not is_asked and not shown.controls:
        shown = LINK.update(controls=True)  # through the navigation, not by a teacher's link
    kept: dict[str, frozenset[int]] = st.session_state.get(_DONE, {})
    done = {key: steps_of(kept, key) | steps_of(shown.done, key) for key in {*kept, *shown.done}}
    step = min(shown.step, len(BY_KEY[shown.lesson].steps)) if shown.lesson else 1
    before: Answers = st.session_state.get(_ANSWERS, {})
    answers = {
        key: {**shown.answers.get(key, {}), **before.get(key, {})}
        for key in {*before, *shown.answers}
    }
    st.session_state[_DONE], st.session_state[_ANSWERS] = done, answers
    if shown.lesson:
        st.session_state[_LAST] = shown.lesson, step - 1
    if (done, answers, step) != (shown.done, shown.answers, shown.step):
        shown = LINK.update(done=done, answers=answers, step=step)
    return shown


def steps_of(done: Mapping[str, frozenset[int]], lesson: str) -> frozenset[int]:
    """Of a lesson, the steps that are done, from 0."""
    return done.get(lesson, frozenset())


def mark(lesson: str, step: int) -> None:
    """A step is done, from 0."""
    kept: dict[str, frozenset[int]] = st.session_state.get(_DONE, {})
    done = {**kept, lesson: steps_of(kept, lesson) | {step}}
    st.session_state[_DONE] = done
    LINK.update(done=done)


def answer_of(lesson: str, step: int) -> int | None:
    """What was answered first in a step, both from 0; None before."""
    answers: Answers = st.session_state.get(_ANSWERS, {})
    return answers.get(lesson, {}).get(step)


def answer(lesson: str, step: int, option: int) -> bool:
    """Keep what was answered in a step, from 0; whether it is the first answer, else it is not."""
    if answer_of(lesson, step) is not None:
        return False
    kept: Answers = st.session_state.get(_ANSWERS, {})
    answers = {**kept, lesson: {**kept.get(lesson, {}), step: option}}
    st.session_state[_ANSWERS] = answers
    LINK.update(answers=answers)
    return True


def last_open() -> tuple[str, int] | None:
    """The lesson that this session looked at last, and its step from 0."""
    last: tuple[str, int] | None = st.session_state.get(_LAST)
    return last


def go(lesson: str, step: int = 0) -> None:
    """Show a step of a lesson, from 0; "" shows the list of lessons."""
    LINK.update(lesson=lesson, step=step + 1)
