"""What is lost where a dimension of the code says nothing: nats, words and pictures."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import streamlit as st

from ui import cache
from ui.catalogue import Entry
from ui.images import figure, strip, to_html
from ui.measure.bars import draw_bars, listed, rounded
from vae_core import decode
from vae_core.metrics.collapse import neutral_code, without_each
from vae_core.metrics.estimate import Estimate

MAX_PICTURES = 8
N_IMAGES = 500  # that are decoded without each dimension
NOTHING = 0.5  # nats: an increase below is none to the eye


@st.cache_resource(show_spinner=False, max_entries=32)
def _lost(path: str, mtime: int, *, is_live: bool) -> list[Estimate] | None:
    loaded = cache.checkpoint(path, mtime)
    source = cache.images(loaded.dataset, "test") if is_live else None
    if source is None:
        return None
    return without_each(loaded.model, source.subset(np.arange(min(N_IMAGES, len(source)))))


def losses_of(entry: Entry) -> list[Estimate] | None:
    """What is lost without each dimension, nats per image; None without the images."""
    dataset = cache.checkpoint(entry.path, entry.mtime).dataset
    is_live = cache.images(dataset, "test") is not None
    with st.spinner("Decoding without each dimension…"):
        found: list[Estimate] | None = _lost(entry.path, entry.mtime, is_live=is_live)
    return found


def show(entry: Entry, losses: Sequence[Estimate] | None) -> None:
    """Bars and a sentence of what `losses_of` found."""
    loaded = cache.checkpoint(entry.path, entry.mtime)
    if losses is None:
        st.caption("What is lost without a dimension cannot be told: the images are not here.")
        return
    st.html(
        "<h2>Without this dimension <small>nats per image that the reconstruction costs more"
        "</small></h2>"
    )
    draw_bars(
        np.array([np.nan if loss.value is None else loss.value for loss in losses]),
        "nats per image", key="measure_bars_lost",
        errors=np.array([loss.error or 0.0 for loss in losses]),
        alt="Without each dimension the reconstruction costs more, nats per image: "
        + listed(map(_told, losses)),
    )  # fmt: skip
    n_images = min(N_IMAGES, len(loaded.latents))
    st.caption(f"{_sentence(losses, loaded.config.kind)} The first {n_images:,} held-out images.")


def _told(loss: Estimate) -> str:
    return "undefined" if loss.value is None else rounded(loss.value, loss.error)


def _sentence(losses: Sequence[Estimate], kind: str) -> str:
    instead = "0, the middle of the prior," if kind == "vae" else "its mean over all images"
    said = f"Each number of the code is replaced by {instead} and the image is decoded again."
    known = {d: loss.value for d, loss in enumerate(losses) if loss.value is not None}
    if known:
        worst = max(known, key=known.__getitem__)
        change = _change(known[worst], losses[worst].error)
        said += f" Without z{worst + 1} the pictures get worst: {change}."
    if len(known) > 1:
        least = min(known, key=known.__getitem__)
        change = _change(known[least], losses[least].error)
        said += f" Without z{least + 1} they change least: {change}."
    unknown = [f"z{d + 1}" for d in range(len(losses)) if d not in known]
    if unknown:
        said += f" Without {', '.join(unknown)} the cost is not a finite number: no bar."
    return said


def _change(value: float, error: float | None) -> str:
    if abs(value) < NOTHING:
        return f"by {value:.2f} nats, next to nothing"
    doubt = "" if error is None else f" ± {rounded(error, error)}"
    return f"{rounded(value, error)}{doubt} nats more each"


def show_pictures(entry: Entry) -> None:
    """One image, decoded whole and without each dimension."""
    loaded = cache.checkpoint(entry.path, entry.mtime)
    source = cache.images(loaded.dataset, "test")
    if source is None:
        return
    means = loaded.latents.mu.double()
    n_shown = min(means.shape[1], MAX_PICTURES)
    fill = neutral_code(loaded.config, means)
    codes = means[:1].repeat(n_shown + 1, 1)
    for dimension in range(n_shown):
        codes[dimension + 1, dimension] = fill[dimension]
    drawn = np.nan_to_num(decode(loaded.model, codes.numpy()).numpy())
    words = ["decoded", *(f"without z{d + 1}" for d in range(n_shown))]
    figures = [figure(to_html(source.images[0].numpy(), "Held-out image 0"), "<b>Image 0</b>")]
    figures += [
        figure(to_html(picture, f"Held-out image 0, {word}"), word)
        for picture, word in zip(drawn, words, strict=True)
    ]
    st.html(strip(figures))
