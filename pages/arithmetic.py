"""Arithmetic: one group of images minus another is a direction; add it to any image's code."""

import streamlit as st

from ui import absent, choice, guide, shell, stage
from ui.arithmetic import chart, choose, equation, pairs, start, take, terms, trust
from ui.arithmetic.address import LINK
from ui.arithmetic.setting import setting_for
from ui.frame import is_strip
from ui.loupe import fields
from ui.ring import to_pinned

shell.require_entrypoint("pages/arithmetic.py")
shell.apply_style()
st.html(equation.STYLE)


def page(entries):
    """All of it, for the models there are."""
    on_model = start.on_model(entries)
    entry = choice.opened(entries, LINK, on_model)
    with controls:
        choice.choose(entries, entry, "arithmetic", on_model)
        exhibit = stage.exhibit_for(entry)
        setting = setting_for(exhibit)
        choose.two_groups(setting)
        guide.explain("arithmetic", terms.GUIDE)
    if not exhibit.shown.is_live:
        absent.offer_download(entry.header.dataset, "arithmetic")
    left, right = st.columns([1, 1.15], gap="large")
    with right:
        found = start.difference_or_say_why(setting)
    with left:
        chart.show(setting, choose.drag())
        with st.container(key="arithmetic_below"):
            st.caption(chart.legend(exhibit, found))
            fields(("x",) if is_strip(exhibit.fitted) else ("x", "y"), key="arithmetic_fields")
            choose.boxes(setting)
    with right:
        the_sum(setting, found)
        choose.swap_and_examples(setting)
    stage.attach(exhibit, chart.KEY, chart.keep_zoom)
    if found is not None:
        with right:
            trust.show(setting, found)
            take.button(setting, found)
    with left, st.container(key="arithmetic_pairs"):
        pairs.show(setting)


@st.fragment
def the_sum(setting, found):
    """Everything that depends on the start and on how much is added; a click redraws no more."""
    with shell.explained():
        setting = start.now(setting)
        point = start.resolve(setting)
        end = point.z
        if found is not None:
            steps = equation.steps(setting, found, point)
            step = steps[setting.shown.times]
            end = step.z
            equation.show(setting, found, point, step)
            start.controls(setting, found)
            equation.strip_of(setting, steps, point)
            st.caption(start.code_in_words(step, point))
        with st.container(key="arithmetic_over"):
            chart.draw_sum(setting, found, point, end)
            pinned = to_pinned(setting.exhibit, point)
            stage.mark(chart.KEY, pinned, lambda: start.on_pick(setting.exhibit))


with st.container(horizontal=True, vertical_alignment="center"):
    st.title("Arithmetic", width="content", anchor=False)
    st.markdown(
        "Subtract one group of images from another, and add the difference to any image: "
        "all with their codes."
    )
controls = st.container(horizontal=True, vertical_alignment="bottom")
with shell.explained():
    if entries := choice.entries_or_say_so():
        page(entries)
