"""What each dimension of the code is used for, and which the model has given up."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import streamlit as st

from ui import cache
from ui.catalogue import Entry
from ui.measure import class_told, take, without
from ui.measure.bars import MAX_BARS, draw_bars, listed
from vae_core.metrics.collapse import USED_KL, USED_SIGMA, Usage, usage
from vae_core.metrics.estimate import Estimate
from vae_core.metrics.latent import ACTIVE_VARIANCE


def show(entry: Entry) -> None:
    """Bars, words and pictures; raises VaeCoreError."""
    loaded, losses = cache.checkpoint(entry.path, entry.mtime), without.losses_of(entry)
    if loaded.config.kind == "vae":
        found = usage(loaded.latents)
        st.markdown(_verdict(found, losses))
        _bars(found)
    else:
        st.markdown(
            "A plain AE has no prior that its dimensions could fall back on, so none can collapse. "
            "How much it would lose without each can still be told."
        )
    left, right = st.columns(2, gap="medium")
    with left:
        class_told.show(entry)
    with right:
        without.show(entry, losses)
    n_dims = loaded.latents.mu.shape[1]
    if n_dims > MAX_BARS:
        st.caption(
            f"There are bars for the first {MAX_BARS} of {n_dims} dimensions. The sentences and "
            "the files below speak of all."
        )
    without.show_pictures(entry)
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
    shares = class_told.told(entry.path, entry.mtime)
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


def _verdict(found: Usage, losses: Sequence[Estimate] | None) -> str:
    """Which dimensions are used, in a sentence or two."""
    n_dims, n_used = len(found.kl), int(found.is_used.sum())
    if n_used == n_dims:
        said = "**All dimensions are in use**" if n_dims > 1 else "**The one dimension is in use**"
        said += ": none has collapsed."
    else:
        idle = np.flatnonzero(~found.is_used)
        said = (
            f"**{n_used} of {n_dims} dimensions are in use.** {_names(idle)} "
            f"{'has' if len(idle) == 1 else 'have'} collapsed: the encoder says nearly the same "
            f"of every image there.{_worth([losses[d] for d in idle.tolist()] if losses else [])}"
        )
    if found.is_disputed.any():
        disputed = np.flatnonzero(found.is_disputed)
        said += (
            f" The three tests below do not agree about {_names(disputed)}; two of three decide."
        )
    return said


def _worth(losses: Sequence[Estimate]) -> str:
    """What pictures cost without each of some dimensions; nothing where that is not known."""
    known = [abs(loss.value) for loss in losses if loss.value is not None]
    if not known or len(known) < len(losses):
        return ""
    if len(known) == 1:
        return f" Without it the cost of a picture changes by {known[0]:.2f} nats on average."
    return (
        " Without any one of them the cost of a picture changes by no more than "
        f"{max(known):.2f} nats on average."
    )


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
            draw_bars(
                values, unit, key=f"measure_bars_{title.split()[0]}", threshold=threshold,
                is_hatched=found.is_disputed,
                alt=f"{title}, {unit}: {listed(f'{value:.2f}' for value in values)}. "
                f"A dimension is in use {side} {threshold:g}.",
            )  # fmt: skip
