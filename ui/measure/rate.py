"""Rate and distortion: the plane, and the list of its dots for the keyboard."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from ui.catalogue import Entry
from ui.literal import literal
from ui.measure import leave, plane, take
from ui.measure.dots import Dot, best_trades, dots_of
from ui.train import source

CHART = "measure_plane"
CONFIG = {"displayModeBar": False}
NO_DOTS = "Rate and distortion are not known yet: measure the model, under “All figures”."
NO_FLOOR = (
    "The line of what grey pixels cost even a perfect decoder is missing: the data set is not on "
    "this machine."
)


def show(entries: Sequence[Entry], entry: Entry) -> None:
    """All models of the same images as the chosen one."""
    dots = dots_of(entries, entry)
    if not dots:
        st.info(NO_DOTS)
        return
    is_grey = entry.header.config.likelihood == "bernoulli"
    bounds = source.bounds(entry.header.dataset.name) if is_grey else None
    best = best_trades(dots)
    st.markdown(_meaning(dots, best))
    left, right = st.columns([1.6, 1], gap="large")
    with left:
        made = plane.figure(
            dots, entry, None if bounds is None else bounds.floor,
            st.context.theme.type or "light", best,
        )  # fmt: skip
        picked = st.plotly_chart(
            made, key=CHART, on_select="rerun", selection_mode="points", config=CONFIG,
            alt=_in_words(dots, best),
        )  # fmt: skip
        if is_grey and bounds is None:
            st.caption(NO_FLOOR)
    with right:
        opened = _list(dots, entry, best)
    about = {"unit": "nats per image", "entropy_of_the_images": bounds and bounds.floor}
    take.offer_rows(entry, "plane", about, lambda: _rows(dots, best))
    for point in picked["selection"]["points"]:
        opened = next((d.entry for d in dots if d.number == point["customdata"]), opened)
    if opened is not None:
        leave.for_explore(opened)


def _meaning(dots: Sequence[Dot], best: Sequence[Dot]) -> str:
    """How to read the plane; of its lines only those that are drawn, see `plane.figure`."""
    said = (
        "A code that **tells more** (further right) lets the decoder **draw better** (further "
        "down). Both cost nats: the nearer to the lower left, the better."
    )
    if any(dot.rate is not None for dot in dots):
        said += " The dotted lines join what costs the same in all."
    if len(best) > 1:
        said += (
            " The violet line joins the best trades there are here: models that no mixture of two "
            "others beats."
        )
    return said


def _list(dots: Sequence[Dot], chosen: Entry, best: Sequence[Dot]) -> Entry | None:
    """A button for each dot, which does what a click on the dot does; the one that was pressed."""
    st.html("<h2>Models <small>press one, or its dot, to open it in Explore</small></h2>")
    found = None
    with st.container(gap="xsmall", key="measure_models"):
        for dot in dots:
            with st.container(gap=None):
                label = f"**{dot.number}** · {literal(dot.title)}"
                if st.button(label, key=f"measure_open_{dot.entry.name}", type="tertiary"):
                    found = dot.entry
                notes = [_numbers(dot)]
                notes += ["on the line of best trades"] if dot in best else []
                notes += ["shown above"] if dot.entry.name == chosen.name else []
                st.caption(" · ".join(notes))
    return found


def _rows(dots: Sequence[Dot], best: Sequence[Dot]) -> take.Rows:
    return [
        {
            "number": dot.number,
            "model": dot.entry.name,
            "checkpoint_sha256": dot.entry.header.sha256,
            "rate": dot.rate,
            "distortion": dot.distortion,
            "negative_elbo": None if dot.rate is None else dot.rate + dot.distortion,
            "is_best_trade": dot in best,
        }
        for dot in dots
    ]


def _numbers(dot: Dot) -> str:
    if dot.rate is None:
        return f"no rate, distortion {dot.distortion:.1f} nats"
    return (
        f"rate {dot.rate:.1f}, distortion {dot.distortion:.1f}, "
        f"−ELBO {dot.rate + dot.distortion:.1f} nats"
    )


def _in_words(dots: Sequence[Dot], best: Sequence[Dot]) -> str:
    """The chart in a sentence or two, for screen readers."""
    numbers = ", ".join(str(dot.number) for dot in best) or "none"
    return (
        f"Rate and distortion of {len(dots)} models, nats per image; the best trades are numbers "
        f"{numbers} of the list beside it, whose buttons open the models."
    )
