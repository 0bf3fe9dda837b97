"""Measure: what a model is good at, in numbers, and what each of them means."""

import streamlit as st

from ui import absent, cache, choice, guide, shell
from ui.measure import (
    dimensions,
    figures,
    headline,
    posterior,
    rate,
    results,
    strange,
    table,
    terms,
)
from ui.measure.shown import LINK

shell.require_entrypoint("pages/measure.py")
shell.apply_style()
st.html(table.STYLE)
PARTS = {
    "figures": "All figures",
    "plane": "Rate and distortion",
    "dimensions": "Dimensions",
    "posterior": "Exact posterior",
    "anomalies": "Strange images",
}


def on_model(name):
    """Another model; the image goes with its data set."""
    LINK.update(model=name, image=None)


def on_part():
    """Another part of the page."""
    LINK.update(part=st.session_state["measure_part"])


def choose_part(shown):
    """What stands below the first look."""
    st.session_state["measure_part"] = shown.part
    st.segmented_control(
        "What to look at", list(PARTS), format_func=PARTS.__getitem__, key="measure_part",
        required=True, on_change=on_part, label_visibility="collapsed",
    )  # fmt: skip


def page(entry, shown):
    """The first look at a model, and the part of the page that is open."""
    first = results.column(entry)
    if shown.part == "figures":
        st.markdown(headline.sentence(first))
        st.html(headline.to_html(first))
    else:  # what is asked for there shall be seen without scrolling
        st.html(headline.in_brief(first))
    if cache.images(entry.header.dataset, "test") is None:
        absent.offer_download(entry.header.dataset, "measure")
    choose_part(shown)
    match shown.part:
        case "plane":
            rate.show(entries, entry)
        case "dimensions":
            dimensions.show(entry)
        case "posterior":
            posterior.show(entry)
        case "anomalies":
            strange.show(entries, entry)
        case _:
            figures.show(entries, entry)


entries = choice.entries_or_say_so()
with st.container(horizontal=True, vertical_alignment="bottom", key="measure_head"):
    st.title("Measure", width="content", anchor=False)
    if entries:
        entry = choice.opened(entries, LINK, on_model)
        choice.choose(entries, entry, "measure", on_model)
        guide.explain("measure", terms.GUIDE, ("code", "prior", "nats"))
# No st.stop() here: it also forgets a click that came while the page was drawn.
with shell.explained():
    if entries:
        page(entry, LINK.current())
