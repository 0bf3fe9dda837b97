"""How much each dimension of the code alone tells of the class."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import streamlit as st

from ui import cache
from ui.catalogue import Entry
from ui.measure.bars import draw_bars, listed
from vae_core import label_information
from vae_core.metrics.information import DRAWS

FloatArray = npt.NDArray[np.float64]


@st.cache_resource(show_spinner=False, max_entries=32)
def told(path: str, mtime: int) -> FloatArray | None:
    """Share of the class that each dimension alone tells, (D,); see `label_information`."""
    return label_information(cache.checkpoint(path, mtime).latents)


def show(entry: Entry) -> None:
    """Bars and a sentence; raises VaeCoreError."""
    with st.spinner("Asking each dimension for the class…"):
        shares = told(entry.path, entry.mtime)
    if shares is None:
        st.caption(
            "What a dimension tells of the class cannot be told: all held-out images are of one "
            "class, or each of its own."
        )
        return
    best = int(shares.argmax())
    basis = f"Estimated from {DRAWS:,} codes, drawn from the encoder's clouds."
    if cache.checkpoint(entry.path, entry.mtime).latents.logvar is None:
        basis = "Estimated from the classes of the nearest codes."
    st.html(
        "<h2>Tells of the class <small>% of all there is to know, from this dimension alone"
        "</small></h2>"
    )
    draw_bars(
        100 * shares, "% of the class", key="measure_bars_class", digits=0,
        alt="Each dimension alone tells of the class, in percent of all there is to know: "
        + listed(f"{share:.0%}" for share in shares),
    )  # fmt: skip
    st.caption(
        f"z{best + 1} alone tells {100 * shares[best]:.0f} % of the class. 100 % would be a number "
        "from which the class can be read off without an error, 0 % one that is no better than a "
        "guess. " + ("What two tell together is not their sum. " if len(shares) > 1 else "") + basis
    )
