"""Learn: short lessons, the text on one side and the live app on the other."""

from functools import partial

import streamlit as st

from ui import choice, guide, shell
from ui.learn import address, asked, overview, reading, refused, teacher
from ui.learn.desk import Desk
from ui.learn.lesson import Step

TERMS = ("code", "map", "ring", "loupe", "prior", "axes", "nats")

shell.require_entrypoint("pages/learn.py")
shell.apply_style()


@st.fragment
def live(step: Step, desk: Desk) -> None:
    """The live side of a step; what happens on it redraws it alone."""
    with refused.explained():
        step.live(desk)


def lesson_page(shown: address.Reading) -> None:
    """A lesson at one of its steps."""
    lesson = address.BY_KEY[shown.lesson]
    number = shown.step - 1
    step = lesson.steps[number]
    asked.recall(lesson, number, shown.group)
    desk = Desk(
        lesson.key, step.key, asked.answer_of(lesson, number),
        partial(address.mark, lesson.key, number),
        is_done=number in address.steps_of(shown.done, lesson.key),
    )  # fmt: skip
    watched, alone = "", "" if shown.controls else "_alone"  # then without the app's bar
    with st.container(horizontal=True, vertical_alignment="center", key=f"learn_head{alone}"):
        st.title(lesson.title, width="content", anchor=False)
        if shown.controls:
            st.button(
                "All lessons", key="learn_all", icon=":material/apps:",
                on_click=address.go, args=("",),
            )  # fmt: skip
            watched = teacher.popover(shown)
        guide.explain("learn", "", TERMS)
    left, right = st.columns([1, 1.4], gap="medium")
    with left:
        task = reading.steps(lesson, shown, watched)
    with right:
        live(step, desk)
        below = st.empty()
    reading.finish(task, below, lesson, desk, shown)
    desk.leave()


entries = choice.entries_or_say_so()
if entries:
    shown = address.opened()
    if shown.lesson:
        lesson_page(shown)
    else:
        st.title("Learn", anchor=False)
        st.markdown("Short lessons. Read on the left, try on the right: a step is done by doing.")
        overview.resume(shown)
        overview.show(shown)
