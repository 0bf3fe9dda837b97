"""Whether a direction can be trusted, in three figures against random ones."""

from __future__ import annotations

from html import escape

import numpy as np
import streamlit as st

from ui.arithmetic.choose import name_of
from ui.arithmetic.found import Difference, drawn_change, judged
from ui.arithmetic.setting import Setting
from vae_core.metrics.directions import LEAST, Reliability, Transfer

WORKS = 0.75  # share of images from which adding the vector is said to work
STILL = 0.02  # of the grey scale: a picture that changes less looks the same


def show(setting: Setting, found: Difference) -> None:
    """All of it; the first time it takes a second."""
    exhibit = setting.exhibit
    st.html("<h2>Can the direction be trusted?</h2>")
    with st.spinner("Comparing it with random groups…"):
        both = judged(exhibit.map_key, setting.plus, setting.minus)
    if both is None:
        st.info(f"A group of fewer than {LEAST} images is too small to tell.")
        return
    parted, moved = both
    names = [escape(name_of(setting, side)) for side in ("plus", "minus")]
    shared = found.groups.n_shared
    note = f" {shared:,} images in both groups count in the smaller only." if shared else ""
    vector = found.vector
    length = f"The vector is {vector.length:.2f} latent units long"
    if np.isfinite(vector.length_error):
        length += f", give or take {vector.length_error:.2f} (standard error)"
    change = drawn_change(exhibit.map_key, setting.plus, setting.minus)
    st.html(
        f"<p><b>{verdict(parted, moved, change)}</b> {length}.{note}</p><div class=trust>"
        + _row(
            "It tells the groups apart", parted.auc, parted.random_auc, "random groups",
            f"Take one image of {names[0]} and one of {names[1]}, neither used for the direction: "
            f"so often the first lies further along it. Half is chance; 95 of 100 pairs of "
            f"random groups of these sizes stay below {parted.random_auc_high:.0%}.",
        )
        + _row(
            "Adding it works", moved.landed, moved.random, "random ways",
            f"Add it once to images of {names[1]} it was not made from ({moved.n_moved} tried): "
            f"so many then have mostly images of {names[0]} around. Random ways: vectors as long, "
            f"in any direction. {moved.outside:.0%} end where no data is; they do not count.",
        )
        + _row(
            "Its halves agree", parted.agreement, parted.random_agreement, "random groups",
            "Made from one half of the images and from the other, do the directions point the "
            "same way? Cosine: 1 is the same way, 0 unrelated, −1 opposite.",
            is_share=False,
        )
        + "</div>"
    )  # fmt: skip


def verdict(parted: Reliability, moved: Transfer, change: float = 1.0) -> str:
    """One sentence that a pupil understands; for `change` see `drawn_change`."""
    if parted.auc <= parted.random_auc_high:
        return "No: random groups are told apart as well as these. The direction says nothing."
    if change < STILL:
        return (
            "The codes move, but the picture hardly changes: the decoder has not learnt to draw "
            "the difference."
        )
    if moved.landed <= moved.random:
        return (
            "It tells the groups apart, but adding it leads no more often from one to the other "
            "than a random vector does."
        )
    if moved.landed < WORKS:
        return (
            f"Only in part: it tells the groups apart, but adding it leads {moved.landed:.0%} of "
            "the images from one to the other."
        )
    return (
        f"Yes: it tells the groups apart, and adding it leads {moved.landed:.0%} of the images "
        "from one to the other."
    )


def _row(
    title: str, value: float, random: float, against: str, words: str, *, is_share: bool = True
) -> str:
    rows = "".join(
        f"<dt>{name}<dd><meter aria-label='{title}, {name}' min={0 if is_share else -1} max=1 "
        f"value={number:.4f}></meter> {_number(number, is_share=is_share)}"
        for name, number in (("this direction", value), (against, random))
    )
    return f"<div><h3>{title}</h3><dl>{rows}</dl><p>{words}</p></div>"


def _number(value: float, *, is_share: bool) -> str:
    return f"{value:.0%}" if is_share else f"{value:.2f}".replace("-", "−")
