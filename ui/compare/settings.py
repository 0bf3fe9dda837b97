"""How many images, which ones, and whether the maps are turned."""

from __future__ import annotations

import streamlit as st

from ui import cache
from ui.catalogue import Entry
from ui.compare.shown import LINK
from ui.link import MAX_SEED

SIZES = (500, 1000, 2000, 5000, 10_000)


def button(entry: Entry) -> None:
    """A button that opens the settings."""
    shown = LINK.current()
    n_held_out = len(cache.checkpoint(entry.path, entry.mtime).latents)
    size = min(shown.batch_size, n_held_out)
    sizes = sorted({size, n_held_out, *(s for s in SIZES if s < n_held_out)})
    st.session_state["compare_n"] = size
    st.session_state["compare_seed"] = shown.seed
    st.session_state["compare_turn"] = shown.turn
    with st.popover("Map settings", icon=":material/tune:", key="compare_settings"):
        st.selectbox(
            "Held-out images on each map", sizes,
            format_func=lambda n: f"all {n:,}" if n == n_held_out else f"{n:,}",
            key="compare_n", on_change=_on_change, args=("compare_n", "batch_size"),
        )  # fmt: skip
        st.number_input(
            "Seed of their choice, and of the draws", 0, MAX_SEED, step=1,
            key="compare_seed", on_change=_on_change, args=("compare_seed", "seed"),
        )  # fmt: skip
        st.toggle(
            "Turn the maps to lie as A does",
            key="compare_turn", on_change=_on_change, args=("compare_turn", "turn"),
            help="A turn or a mirroring about zero changes nothing of what a model knows, and "
            "makes maps comparable to the eye. The best one for all held-out images: orthogonal "
            "Procrustes. Nothing is shifted or stretched.",
        )  # fmt: skip


def _on_change(key: str, field: str) -> None:
    LINK.update(**{field: st.session_state[key]})
