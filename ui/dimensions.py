"""All dimensions of a code: how much each varies, sliders off the plane, three of them at once."""

from __future__ import annotations

import numpy as np
import streamlit as st

from ui import drawn, spaces, state
from ui.exhibit import Exhibit
from ui.keys import Look
from ui.view import View
from vae_core.projection import Plane

REACH = 3.0  # of a slider, in standard deviations of the codes
COLUMNS = 4
SPACE_KEY = "explore_space_map"


def panel(exhibit: Exhibit, view: View, look: Look) -> None:
    """Spectrum, sliders and the three-dimensional map."""
    fitted = exhibit.fitted
    left, right = st.columns([1, 1.4])
    with left:
        st.html(f"<h2>Variance <small>{_shown_share(fitted)}</small></h2>")
        st.plotly_chart(
            spaces.spectrum(fitted),
            key="explore_spectrum",
            config={"displayModeBar": False, "staticPlot": True},
            alt=f"Share of the codes' variance along each component. {_shown_share(fitted)}",
        )
        _sliders(view, fitted)
    with right:
        hint = f"drag to turn, click a dot to pin it; {spaces.MAX_POINTS:,} dots at most"
        st.html(f"<h2>In three dimensions <small>{hint}</small></h2>")
        st.plotly_chart(
            drawn.space_figure(exhibit.batch_key, exhibit.map_key, look),
            key=SPACE_KEY,
            config={"displaylogo": False},
            alt="The same images along three components of latent space, coloured by class.",
        )


def _shown_share(fitted: Plane) -> str:
    share = fitted.explained_variance[list(fitted.components)].sum()
    return f"the map shows {share:.0%} of it"


def _sliders(view: View, fitted: Plane) -> None:
    """One for each component that the map does not show."""
    others = fitted.others
    offsets = view.completion if isinstance(view.completion, tuple) else (0.0,) * len(others)
    st.html("<h2>Off the plane <small>where a clicked place lies along the rest</small></h2>")
    letter = fitted.names[0].rstrip("0123456789")
    columns = st.columns(min(COLUMNS, max(len(others), 1)))
    for position, (component, offset) in enumerate(zip(others, offsets, strict=True)):
        spread = float(fitted.spread[component])
        reach = max(REACH * spread, abs(offset), 1e-3)
        state.show(f"offset_{position}", offset)
        columns[position % COLUMNS].slider(
            f"{letter}{component + 1} · σ {spread:.2f}",
            -reach,
            reach,
            step=reach / 60,
            format="%.2f",
            key=f"explore_offset_{position}",
            on_change=_on_slider,
            args=(len(others),),
        )
    _say_where(view)


def _say_where(view: View) -> None:
    """What the sliders span, and whether they are in use."""
    words = f"In latent units, from −{REACH:g} to {REACH:g} σ of the codes along each component."
    if view.completion == "nearest":
        words += (
            " Now each place takes its part off the plane from the image nearest on the map; "
            "moving a slider sets it instead."
        )
    st.caption(words)
    st.button(
        "As the nearest image",
        icon=":material/my_location:",
        key="explore_nearest",
        on_click=_on_nearest,
        disabled=view.completion == "nearest",
    )


def _on_slider(n_others: int) -> None:
    offsets = [float(st.session_state[f"explore_offset_{i}"]) for i in range(n_others)]
    state.update(completion=tuple(np.round(offsets, 6).tolist()))


def _on_nearest() -> None:
    state.update(completion="nearest")
