"""What each dimension of the code is used for, and which the model has given up."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import numpy as np
import numpy.typing as npt
import streamlit as st

from ui import cache
from ui.catalogue import Entry
from ui.images import figure, strip, to_html
from ui.measure import take
from ui.measure.bars import CONFIG, MAX_BARS, bar_chart, rounded
from vae_core import decode, label_information
from vae_core.metrics.collapse import USED_KL, USED_SIGMA, Usage, usage, without_each
from vae_core.metrics.information import DRAWS
from vae_core.metrics.latent import ACTIVE_VARIANCE
from vae_core.metrics.paired import Estimate

MAX_PICTURES = 8
N_IMAGES = 500  # that are decoded without each dimension
NOTHING = 0.5  # nats: an increase below is none to the eye
FloatArray = npt.NDArray[np.float64]
_shared = partial(st.cache_resource, show_spinner=False)


@_shared(max_entries=32)
def lost(path: str, mtime: int, *, is_live: bool) -> list[Estimate] | None:
    """What is lost without each dimension, nats per image; None without the images."""
    loaded = cache.checkpoint(path, mtime)
    source = cache.images(loaded.dataset, "test") if is_live else None
    if source is None:
        return None
    return without_each(loaded.model, source.subset(np.arange(min(N_IMAGES, len(source)))))


@_shared(max_entries=32)
def told(path: str, mtime: int) -> FloatArray | None:
    """Share of the class that each dimension alone tells, (D,); see `label_information`."""
    return label_information(cache.checkpoint(path, mtime).latents)


def show(entry: Entry) -> None:
    """Bars, words and pictures; raises VaeCoreError."""
    loaded = cache.checkpoint(entry.path, entry.mtime)
    is_live = cache.images(loaded.dataset, "test") is not None
    if loaded.config.kind == "vae":
        found = usage(loaded.latents)
        st.markdown(_verdict(found))
        _bars(found)
    else:
        st.markdown(
            "A plain AE has no prior that its dimensions could fall back on, so none can collapse. "
            "How much it would lose without each can still be told."
        )
    left, right = st.columns(2, gap="medium")
    with left:
        _classes(entry)
    with right:
        with st.spinner("Decoding without each dimension…"):
            losses = lost(entry.path, entry.mtime, is_live=is_live)
        if losses is None:
            st.caption("What is lost without a dimension cannot be told: the images are not here.")
        else:
            _losses(losses, loaded.config.kind, min(N_IMAGES, len(loaded.latents)))
    _pictures(entry)
    about = {
        "kl": "nats per image", "variance": "latent units squared", "sigma": "latent units",
        "class_told": "share of what there is to know of the class, from the dimension alone",
        "lost_without": "nats per image that the reconstruction costs more",
        "thresholds": {"kl": USED_KL, "variance": ACTIVE_VARIANCE, "sigma": USED_SIGMA},
    }  # fmt: skip
    take.offer_rows(entry, "dimensions", about, lambda: _rows(entry, losses))


def _rows(entry: Entry, losses: Sequence[Estimate] | None) -> take.Rows:
    latents = cache.checkpoint(entry.path, entry.mtime).latents
    found = None if latents.logvar is None else usage(latents)
    shares = told(entry.path, entry.mtime)
    each = losses or [Estimate(None, None)] * latents.mu.shape[1]
    return [
        {
            "dimension": d + 1,
            "kl": None if found is None else float(found.kl[d]),
            "variance": float(latents.mu[:, d].double().var()),
            "sigma": None if found is None else float(found.sigma[d]),
            "is_used": None if found is None else bool(found.is_used[d]),
            "is_disputed": None if found is None else bool(found.is_disputed[d]),
            "class_told": None if shares is None else float(shares[d]),
            "lost_without": loss.value,
            "standard_error": loss.error,
        }
        for d, loss in enumerate(each)
    ]


def _verdict(found: Usage) -> str:
    """Which dimensions are used, in a sentence or two."""
    n_dims, n_used = len(found.kl), int(found.is_used.sum())
    if n_used == n_dims:
        said = "**All dimensions are in use**" if n_dims > 1 else "**The one dimension is in use**"
        said += ": none has collapsed."
    else:
        idle = _names(np.flatnonzero(~found.is_used))
        said = (
            f"**{n_used} of {n_dims} dimensions are in use.** {idle} "
            f"{'has' if n_dims - n_used == 1 else 'have'} collapsed: the encoder says the same of "
            "every image there, and the decoder no longer listens."
        )
    if found.is_disputed.any():
        disputed = np.flatnonzero(found.is_disputed)
        said += (
            f" The three tests below do not agree about {_names(disputed)}; two of three decide."
        )
    return said


def _names(dimensions: npt.NDArray[np.int64], most: int = 12) -> str:
    named = ", ".join(f"z{d + 1}" for d in dimensions[:most])
    more = len(dimensions) - most
    return f"{named} and {more} more" if more > 0 else named


def _bars(found: Usage) -> None:
    """The three signs, each with the threshold beyond which a dimension is in use."""
    signs = (
        ("KL from the prior", "nats per image", found.kl, USED_KL, "above"),
        ("How much μ varies", "latent units²", found.variance, ACTIVE_VARIANCE, "above"),
        ("Mean width σ", "latent units", found.sigma, USED_SIGMA, "below"),
    )
    for column, (title, unit, values, threshold, side) in zip(st.columns(3), signs, strict=True):
        with column:
            st.html(f"<h2>{title} <small>in use {side} {threshold:g}</small></h2>")
            st.plotly_chart(
                bar_chart(values, unit, threshold=threshold, is_hatched=found.is_disputed),
                key=f"measure_bars_{title.split()[0]}", config=CONFIG,
                alt=_in_words(title, unit, values, threshold, side),
            )  # fmt: skip
    n_more = len(found.kl) - MAX_BARS
    if n_more > 0:
        st.caption(f"The first {MAX_BARS} dimensions; {n_more} more are judged in the words above.")


def _told(loss: Estimate) -> str:
    return "undefined" if loss.value is None else rounded(loss.value, loss.error)


def _in_words(title: str, unit: str, values: FloatArray, threshold: float, side: str) -> str:
    listed = ", ".join(f"z{d + 1} {value:.2f}" for d, value in enumerate(values[:MAX_BARS]))
    return f"{title}, {unit}: {listed}. A dimension is in use {side} {threshold:g}."


def _classes(entry: Entry) -> None:
    """How much each dimension alone tells of the class."""
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
    st.plotly_chart(
        bar_chart(100 * shares, "% of the class", digits=0),
        key="measure_bars_class", config=CONFIG,
        alt="Each dimension alone tells of the class, in percent of all there is to know: "
        + ", ".join(f"z{d + 1} {share:.0%}" for d, share in enumerate(shares[:MAX_BARS])),
    )  # fmt: skip
    st.caption(
        f"z{best + 1} alone tells {100 * shares[best]:.0f} % of the class. 100 % would be a number "
        "from which the class can be read off without an error, 0 % one that is no better than a "
        "guess. " + ("What two tell together is not their sum. " if len(shares) > 1 else "") + basis
    )


def _losses(losses: Sequence[Estimate], kind: str, n_images: int) -> None:
    """By how much the pictures get worse without each dimension."""
    instead = "0, the middle of the prior," if kind == "vae" else "its mean over all images"
    values = np.array([loss.value if loss.value is not None else 0.0 for loss in losses])
    errors = np.array([loss.error or 0.0 for loss in losses])
    st.html(
        "<h2>Without this dimension <small>nats per image that the reconstruction costs more"
        "</small></h2>"
    )
    st.plotly_chart(
        bar_chart(values, "nats per image", errors=errors),
        key="measure_bars_lost", config=CONFIG,
        alt="Without each dimension the reconstruction costs more, nats per image: "
        + ", ".join(f"z{d + 1} {_told(loss)}" for d, loss in enumerate(losses[:MAX_BARS])),
    )  # fmt: skip
    worst, least = int(values.argmax()), int(values.argmin())
    said = (
        f"Each number of the code is replaced by {instead} and the image is decoded again. "
        f"Without z{worst + 1} the pictures get worst: {_change(losses[worst])}."
    )
    if len(losses) > 1:
        said += f" Without z{least + 1} they change least: {_change(losses[least])}."
    st.caption(f"{said} The first {n_images:,} held-out images.")


def _change(loss: Estimate) -> str:
    if loss.value is None:
        return "the cost is not a number there"
    if abs(loss.value) < NOTHING:
        return f"by {loss.value:.2f} nats, next to nothing"
    error = "" if loss.error is None else f" ± {rounded(loss.error, loss.error)}"
    return f"{rounded(loss.value, loss.error)}{error} nats more each"


def _pictures(entry: Entry) -> None:
    """One image, decoded whole and without each dimension."""
    loaded = cache.checkpoint(entry.path, entry.mtime)
    source = cache.images(loaded.dataset, "test")
    if source is None:
        return
    code = loaded.latents.mu[0].double().numpy()
    n_shown = min(len(code), MAX_PICTURES)
    is_vae = loaded.config.kind == "vae"
    fill = np.zeros_like(code) if is_vae else loaded.latents.mu.double().mean(0).numpy()
    codes = np.repeat(code[None], n_shown + 1, axis=0)
    for dimension in range(n_shown):
        codes[dimension + 1, dimension] = fill[dimension]
    drawn = np.nan_to_num(decode(loaded.model, codes).numpy())
    words = ["decoded", *(f"without z{d + 1}" for d in range(n_shown))]
    figures = [figure(to_html(source.images[0].numpy(), "Held-out image 0"), "<b>Image 0</b>")]
    figures += [
        figure(to_html(picture, f"Held-out image 0, {word}"), word)
        for picture, word in zip(drawn, words, strict=True)
    ]
    st.html(strip(figures))
