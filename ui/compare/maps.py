"""The maps side by side: the same images, turned to lie alike, and what lies under their points."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

import streamlit as st

from ui import drawn, layers
from ui.charts import CONFIG
from ui.compare.models import Contender
from ui.compare.shown import LINK
from ui.keys import Look
from ui.loupe import lay_under
from vae_core.alignment import Turn

HEIGHTS = {2: 440, 3: 380}  # pixels, by number of maps
ALIKE, RELATED = 0.8, 0.4  # agreement from which maps are called so
WHOLE = 0.5  # degrees that would be rounded to none


def show(contenders: Sequence[Contender], under: str) -> None:
    """A column for each model."""
    theme = st.context.theme.type or "light"
    for column, each in zip(st.columns(len(contenders), gap="medium"), contenders, strict=True):
        with column:
            _show_one(each, under, theme, HEIGHTS[len(contenders)])


def _show_one(each: Contender, under: str, theme: str, height: int) -> None:
    exhibit = each.exhibit
    st.html(f"<h2>{each.letter} <small>{escape(each.title)}</small></h2>")
    figure = drawn.map_figure(
        exhibit.batch_key, exhibit.map_key, Look("class", (), False, theme), None, height
    )
    st.plotly_chart(
        figure,
        key=each.chart,
        config=CONFIG,
        alt=f"Map {each.letter}: {len(exhibit.shown.indices):,} held-out images in the latent "
        f"space of {each.title}, coloured by class. The fields below pin a place or an image "
        "without a mouse.",
    )
    notes = [_turn_in_words(each.turn, is_strip=each.is_strip)] if each.turn else []
    notes += [_dimensions(each)] if exhibit.loaded.config.latent_dim > 2 else []
    pictures, words = _layer(each, under)
    if notes or words:
        st.caption(" ".join([*notes, *words]))
    parts = [(picture.png, picture.extent, picture.smooth) for picture in pictures]
    lay_under(each.chart, exhibit.map_key.name, parts, None, key=f"{each.chart}_under")


def _turn_in_words(turn: Turn, *, is_strip: bool) -> str:
    degrees = abs(turn.degrees)
    way = "counter-clockwise" if turn.degrees > 0 else "clockwise"
    parts = ["mirrored"] if turn.is_mirrored or (is_strip and degrees > 90) else []
    if not is_strip and degrees >= WHOLE:
        parts.append(f"turned {degrees:.0f}° {way}")
    done = f"{' and '.join(parts).capitalize()} to lie as A does" if parts else "Lies as A does"
    likeness = "much alike" if turn.agreement >= ALIKE else "little alike"
    if RELATED <= turn.agreement < ALIKE:
        likeness = "somewhat alike"
    return f"{done}; not stretched. The maps are {likeness}: agreement {turn.agreement:.2f} of 1."


def _dimensions(each: Contender) -> str:
    dims = each.exhibit.loaded.config.latent_dim
    return (
        f"The map shows 2 of {dims} dimensions; off the map, a place is decoded as the nearest "
        "image is."
    )


def _layer(each: Contender, under: str) -> tuple[list[layers.Picture], list[str]]:
    """The layer under one map, and what it shows; or why there is none."""
    if under in layers.offered(each.exhibit.loaded.config):
        with st.spinner("Drawing…"):
            picture = drawn.layer(each.exhibit.map_key, "nearest", under)
        return [picture], [picture.caption]
    if not under:
        return [], []
    why = "one dimension only" if each.is_strip else "no prior"
    return [], [f"**{layers.LAYERS[under].title}**: not for this model, which has {why}."]


def choose_under(contenders: Sequence[Contender], under: str) -> str:
    """Which layer lies under the points of all maps; "" for none."""
    n = len(contenders[0].exhibit.shown.indices)
    st.html(f"<h2>Maps <small>of the same {n:,} held-out images</small></h2>", width="content")
    offered = {
        name: layers.LAYERS[name].title
        for name in layers.LAYERS
        if any(name in layers.offered(each.exhibit.loaded.config) for each in contenders)
    }
    if not offered:
        return ""
    st.session_state["compare_under"] = under if under in offered else None
    st.pills(
        "Under the points", list(offered), format_func=offered.__getitem__,
        key="compare_under", on_change=_on_under, label_visibility="collapsed",
    )  # fmt: skip
    return under if under in offered else ""


def _on_under() -> None:
    LINK.update(under=st.session_state["compare_under"] or "")
