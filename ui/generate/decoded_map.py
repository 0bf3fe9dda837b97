"""The decoded map: P(x|z) over the plane of the map, as one picture."""

from __future__ import annotations

from contextlib import nullcontext

import streamlit as st

from ui import stage
from ui.exhibit import Exhibit
from ui.frame import axis_titles, is_strip
from ui.generate import made, ring, save, sliders
from ui.generate.made import DecodedMap
from ui.generate.sheet import Sheet
from ui.generate.wish import CELLS, LINK, Over, keep
from ui.generate.wish import show as show_wish

CHART = "generate_decoded_map"
HEIGHT = 590  # pixels of the map: its plot is about as high as the pictures beside it
SLOW = 400  # pictures from which the wait is announced
OVERS: dict[Over, str] = {"view": "The map", "prior": "Quantiles of the prior"}
OVER_HELP = (
    "**The map**: places at even distances, the same part as the map beside it shows. "
    "**Quantiles of the prior**: places as close to each other as draws from the prior fall, so "
    "that every picture is as likely as any other (Kingma & Welling 2014)."
)


def show(exhibit: Exhibit) -> None:
    """Draw the view."""
    wish = LINK.update()
    config = exhibit.loaded.config
    has_quantiles = config.kind == "vae" and config.latent_dim <= 2
    over: Over = wish.over if has_quantiles else "view"
    _controls(over, has_quantiles=has_quantiles)
    n_cells = wish.cells if is_strip(exhibit.fitted) else wish.cells**2
    with st.spinner(f"Decoding {n_cells:,} pictures…") if n_cells > SLOW else nullcontext():
        draw = made.prior_map if over == "prior" else made.decoded_map
        found: DecodedMap = draw(exhibit.map_key, wish.cells)
    left, right = st.columns([1.15, 1], gap="medium")
    with left:
        _picture(exhibit, found, over, is_faded=wish.is_faded)
        save.take_away(exhibit.entry.name, {"Decoded map": found.pictures})
    with right:
        st.html(
            "<h2>The codes there <small>the ring: your code; a click takes it there</small></h2>"
        )
        stage.draw(
            exhibit,
            CHART,
            "Map of latent space: images as dots coloured by class, over the same plane as the "
            "decoded pictures beside it.",
            HEIGHT,
        )
    ring.follow(exhibit, CHART, sliders.code_of(exhibit, wish), is_own=False)
    stage.attach(exhibit, CHART)


def _controls(over: Over, *, has_quantiles: bool) -> None:
    with st.container(horizontal=True, vertical_alignment="bottom"):
        show_wish("cells")
        st.slider(
            "Pictures along each side", *CELLS, key="generate_cells", width=260,
            on_change=keep, args=("cells",),
        )  # fmt: skip
        if has_quantiles:
            st.session_state["generate_over"] = over
            st.segmented_control(
                "Places", list(OVERS), format_func=OVERS.__getitem__, key="generate_over",
                required=True, help=OVER_HELP, on_change=keep, args=("over",),
            )  # fmt: skip
        show_wish("is_faded")
        st.toggle(
            "Fade where no data is", key="generate_is_faded", on_change=keep,
            args=("is_faded",), help="The decoder draws something everywhere; far from all codes "
            "it may mean nothing.",
        )  # fmt: skip


def _picture(exhibit: Exhibit, found: DecodedMap, over: Over, *, is_faded: bool) -> None:
    rows, columns = found.pictures.where.shape
    share = float((found.pictures.where == "outside").mean())
    what = "quantiles of the prior" if over == "prior" else "places of the map"
    st.html(f"<h2>Decoded map <small>{rows} × {columns} {what}</small></h2>")
    x_title, y_title = axis_titles(exhibit.fitted, exhibit.loaded.config.kind)
    sheet = Sheet(
        found.pictures,
        st.context.theme.type or "light",
        width=560,
        rows=[f"{value:.2f}" for value in found.y] if y_title else (),
        columns=[f"{value:.2f}" for value in found.x],
        titles=(x_title, y_title),
        is_faded=is_faded,
    )
    st.image(
        sheet.to_svg(),
        alt=f"What the decoder draws at {rows} × {columns} {what}; {share:.0%} of the pictures "
        "lie where no data is.",
        width="stretch",
    )
    hidden = ""
    if exhibit.loaded.config.latent_dim > 2:
        hidden = " Off the plane of the map each code is as far as that of the image nearest on it."
    st.caption(f"{share:.0%} of these pictures lie where no data is.{hidden}")
