"""What a data set looks like before it is kept."""

from __future__ import annotations

from html import escape

import numpy as np
import streamlit as st

from ui.images import to_html
from vae_core.data.fitting import DEFAULT_SIDE
from vae_core.data.own import OwnImages

MAX_CLASSES, MAX_EXAMPLES = 12, 10
SIDES = (16, 32, 64)  # pixels, to choose from for images that are resized
SIDE_KEY = "own_side"


def show(found: OwnImages) -> None:
    """Its size, what was done to it, and examples of its classes."""
    n, n_held_out = len(found.images), int(found.held_out.sum())
    n_classes = len(found.classes)
    classes = "1 class" if n_classes == 1 else f"{n_classes:,} classes"
    st.markdown(
        f"**{n:,} images, {classes}**: {n - n_held_out:,} to train on, {n_held_out:,} held out to "
        "see how well it does on new ones."
    )
    st.markdown(found.words + _aside(found.n_aside))
    if found.is_resized:
        st.session_state.setdefault(SIDE_KEY, DEFAULT_SIDE)
        st.segmented_control(
            "Pixels a side", SIDES, key=SIDE_KEY, required=True,
            help="More shows more, and takes longer to train: twice the side, four times as long.",
        )  # fmt: skip
    st.html(f"<div class=own>{_examples(found)}</div>")


def _aside(n: int) -> str:
    if not n:
        return ""
    return f" {n:,} other file{' was' if n == 1 else 's were'} left aside."


def _examples(found: OwnImages) -> str:
    """A row for each class: its name, how many there are, and the first of them."""
    counts = np.bincount(found.labels, minlength=len(found.classes))
    rows = []
    for label, name in list(enumerate(found.classes))[:MAX_CLASSES]:
        chosen = np.flatnonzero(found.labels == label)[:MAX_EXAMPLES]
        shown = "".join(to_html(found.images[i], f"Example of class {name}") for i in chosen)
        said = f"<b>{escape(name)}</b> {counts[label]:,}"
        rows.append(f"<div><p>{said}</p>{shown}</div>")
    if (more := len(found.classes) - MAX_CLASSES) > 0:
        rows.append(f"<p>and {more:,} more class{'' if more == 1 else 'es'}</p>")
    return "".join(rows)
