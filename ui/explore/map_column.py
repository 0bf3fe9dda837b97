"""The middle of the page: the map, its layers, and everything that stands over and under it."""

from __future__ import annotations

from contextlib import nullcontext

import streamlit as st

from ui import charts, colours, drawn, state
from ui.exhibit import Exhibit
from ui.explore import buttons, controls, layer_panel, marks, panels, planes
from ui.explore.map_file import FADED
from ui.frame import is_strip
from ui.keys import Look
from ui.loupe import fields
from ui.view import View


def show(exhibit: Exhibit, view: View, theme: str) -> Look:
    """Draw all of it; how the points are drawn."""
    entry = exhibit.entry
    caption = controls.batch_caption(exhibit, view.classes)
    st.html(f"<h2>Map of latent space <small>{caption}</small></h2>")
    with st.container(horizontal=True, vertical_alignment="center", key="explore_over_map"):
        colour = marks.choose(entry, is_live=exhibit.shown.is_live)
        layers = layer_panel.choose(entry)
    look = Look(colour, view.classes, view.fade and planes.has_others(entry), theme)
    key = (exhibit.batch_key, exhibit.map_key, look)
    with st.spinner("Scoring the images…") if colour == "reconstruction" else nullcontext():
        figure = drawn.map_figure(*key, state.zoom_for(key))
    n_dots = sum(len(trace.x) for trace in figure.data)
    st.plotly_chart(
        figure,
        key=drawn.MAP_KEY,
        config=charts.CONFIG,
        alt=f"Map of {n_dots:,} images in latent space, coloured by {colour}. "
        "The fields below it pin a place or an image without a mouse.",
    )
    if colour != "class":
        values = drawn.point_values(exhibit.batch_key, colour)
        st.caption(colours.SCALES[colour].meaning + colours.exceptions(values))
    if look.fade:
        st.caption(FADED)
    layer_panel.lay(exhibit, view.completion, layers)
    fields(("x",) if is_strip(exhibit.fitted) else ("x", "y"), key="explore_fields")
    buttons.point_buttons(exhibit)
    panels.choose_more(exhibit, view)
    return look
