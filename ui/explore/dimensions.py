"""All dimensions of a code: how much each varies, sliders off the plane, three of them at once."""

from __future__ import annotations

import math

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from ui import drawn, history, spaces, state
from ui.exhibit import Exhibit
from ui.explore.buttons import FRAGMENT
from ui.point import Point
from ui.widgets import put
from vae_core.projection import Plane

REACH = 3.0  # of a slider, in standard deviations of the codes
COLUMNS = 4
MAX_SLIDERS = 32
SPACE_KEY = "explore_space_map"
TURNED = "explore_turned"  # in the session: a slider has changed all places of the map


def panel(exhibit: Exhibit, classes: tuple[int, ...]) -> DeltaGenerator:
    """Spectrum and three-dimensional map; the place for the sliders."""
    fitted, n_all = exhibit.fitted, len(exhibit.fitted.basis)
    left, right = st.columns([1, 1.4])
    with left:
        first = f", the first {spaces.MAX_BARS} of {n_all}" if n_all > spaces.MAX_BARS else ""
        st.html(f"<h2>Variance <small>{_shown_share(fitted)}{first}</small></h2>")
        st.plotly_chart(
            spaces.spectrum(fitted),
            key="explore_spectrum",
            config={"displayModeBar": False, "staticPlot": True},
            alt=f"Share of the codes' variance along each component. {_shown_share(fitted)}",
        )
        st.html("<h2>Off the plane <small>of the map, the pinned code along the rest</small></h2>")
    with right:
        hint = f"drag to turn, click a dot to pin it; {spaces.MAX_POINTS:,} dots at most"
        st.html(f"<h2>In three dimensions <small>{hint}</small></h2>")
        st.plotly_chart(
            drawn.space_figure(exhibit.batch_key, exhibit.map_key, classes),
            key=SPACE_KEY,
            config={"displaylogo": False},
            alt="The same images along three components of latent space, coloured by class.",
        )
    return left.container(key="explore_sliders")


def _shown_share(fitted: Plane) -> str:
    share = fitted.explained_variance[list(fitted.components)].sum()
    return f"the map shows {share:.0%} of it"


def sliders(exhibit: Exhibit, point: Point) -> None:
    """One for each component that the map does not show, where the pinned code is."""
    fitted = exhibit.fitted
    offsets = fitted.off_axes(point.z[None])[0].tolist()
    others = fitted.others[:MAX_SLIDERS]
    columns = st.columns(min(COLUMNS, max(len(others), 1)))
    for position, component in enumerate(others):
        spread = max(float(fitted.spread[component]), 1e-6)
        # In steps, so that the range changes with a far code only.
        reach = REACH * spread * max(1, math.ceil(abs(offsets[position]) / (REACH * spread)))
        key = f"explore_offset_{fitted.name_of(component)}_{reach:.6g}"
        put(key, offsets[position])
        columns[position % COLUMNS].slider(
            f"{fitted.name_of(component)} · σ {spread:.2f}",
            -reach,
            reach,
            step=reach / 60,
            format="%.2f",
            key=key,
            on_change=_on_slider,
            args=(exhibit, point, position, key),
        )
    _say_what_they_do(exhibit)


def _say_what_they_do(exhibit: Exhibit) -> None:
    n_others = len(exhibit.fitted.others)
    words = (
        f"In latent units, at least {REACH:g} σ of the codes to both sides of the plane. Moving "
        "one moves the pinned code; from then on every place of the map lies as far off its plane."
    )
    if n_others > MAX_SLIDERS:
        words += f" The first {MAX_SLIDERS} of {n_others} components."
    st.caption(words)
    st.button(
        "Off the plane as the nearest image",
        icon=":material/my_location:",
        key="explore_nearest",
        on_click=_on_nearest,
        disabled=state.current().completion == "nearest",
    )


def _on_slider(exhibit: Exhibit, point: Point, position: int, key: str) -> None:
    """The pinned code with one component changed becomes a pinned place."""
    fitted = exhibit.fitted
    offsets = fitted.off_axes(point.z[None])[0].tolist()
    offsets[position] = st.session_state[key]
    x, y = map(state.short, point.xy)
    history.pin((x, y), None)
    state.update(completion=tuple(map(state.short, offsets)))
    _turn()


def _on_nearest() -> None:
    state.update(completion="nearest")
    _turn()


def _turn() -> None:
    st.session_state[TURNED] = True
    st.rerun(FRAGMENT)


def rerun_if_turned() -> None:
    """Draw the whole page anew after a slider: its layers and its loupe are other ones too."""
    if st.session_state.pop(TURNED, False):
        st.rerun()
