"""The strangest held-out images of a model, and the most ordinary ones, each a way into Explore."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import cast, get_args

import numpy as np
import numpy.typing as npt
import streamlit as st

from ui import cache, choice
from ui.catalogue import Entry
from ui.images import decoded_to_html, to_html
from ui.literal import literal
from ui.measure import leave, protocols, results, table, take
from ui.measure.shown import LINK, SCORE, End, Shown
from ui.widgets import put
from vae_core import decode, encode
from vae_core.checkpoints import Checkpoint
from vae_core.encoding import LatentSet
from vae_core.metrics.anomaly import METHODS, Method, anomaly_scores, why_not

TILES, TILE_WIDTH = 18, 150  # pixels
REFERENCE = 10_000  # training images that say where usual codes are
TITLES: dict[Method, str] = {
    "reconstruction": "Badly redrawn",
    "negative_elbo": "Costly (−ELBO)",
    "exact": "Improbable (exact −log p)",
    "density": "Off the crowd (code)",
    "complexity": "Badly redrawn for its complexity",
}
MEANINGS: dict[Method, str] = {
    "reconstruction": "An image is strange if the decoder cannot draw it again from its code.",
    "negative_elbo": "An image is strange if it costs much to tell: its code, and what the decoder "
    "still gets wrong.",
    "exact": "An image is strange if the model finds it improbable, whatever its code: "
    "codes were tried on a fine grid.",
    "density": "An image is strange if few training images have codes like its own.",
    "complexity": "An image is strange if it is drawn badly for how much there is to draw: what a "
    "plain grey picture would miss is taken off.",
}
MEAN_CODE = (
    " The code is the mean one, with no chance in it; Explore tells the mean over a few draws of "
    "the code, which is a little different."
)
ENDS: dict[End, str] = {"strangest": "Strangest first", "ordinary": "Most ordinary first"}
_shared = partial(st.cache_resource, show_spinner=False)


def scores(path: str, mtime: int, method: Method) -> npt.NDArray[np.float64] | None:
    """How strange each held-out image is, shape (N,); None where images it takes are not here."""
    # That they are absent is not kept: a download takes effect at once.
    if why_absent(cache.checkpoint(path, mtime), method) is not None:
        return None
    found: npt.NDArray[np.float64] = _scores(path, mtime, method)
    return found


def why_absent(loaded: Checkpoint, method: Method) -> str | None:
    """Which images that a score takes are not on this machine, in a sentence."""
    if cache.images(loaded.dataset, "test") is None:
        return "The images themselves are not on this machine; only their codes came along."
    if method == "density" and cache.images(loaded.dataset, "train") is None:
        return (
            "This score compares the codes with those of training images, and they are not on "
            "this machine."
        )
    return None


@_shared(max_entries=24)
def _scores(path: str, mtime: int, method: Method) -> npt.NDArray[np.float64]:
    loaded = cache.checkpoint(path, mtime)
    source = cache.images(loaded.dataset, "test")
    assert source is not None
    usual = _usual(loaded) if method == "density" else None
    found: npt.NDArray[np.float64] = anomaly_scores(loaded.model, source, method, usual).numpy()
    return found


def _usual(loaded: Checkpoint) -> LatentSet:
    """Posteriors of training images: those of the images that are judged would flatter them."""
    train = cache.images(loaded.dataset, "train")
    assert train is not None
    chosen = np.random.default_rng(0).permutation(len(train))[:REFERENCE]
    return encode(loaded.model, train.subset(chosen))


def offered(loaded: Checkpoint) -> list[Method]:
    """The scores that such a model has."""
    return [method for method in METHODS if why_not(loaded.model, method) is None]


def show(entries: Sequence[Entry], entry: Entry) -> None:
    """The choice of the score, the pictures, and what the scores are worth."""
    loaded, shown = cache.checkpoint(entry.path, entry.mtime), LINK.current()
    method = _choose(loaded, shown)
    is_mean = method == "reconstruction" and loaded.config.kind == "vae"
    st.markdown(MEANINGS[method] + (MEAN_CODE if is_mean else ""))
    with st.spinner("Scoring all held-out images…"):
        found = scores(entry.path, entry.mtime, method)
    if found is None:
        st.info(why_absent(loaded, method))
    else:
        _gallery(entry, loaded, method, found, shown)
    _lacking(loaded)
    titles = choice.titles(list(entries))
    st.html("<h2>What the scores are worth <small>strange images of another data set</small></h2>")
    st.html(table.to_html(results.columns([entry], titles), ("anomalies",)))
    protocols.show(entry, {str(method): title for method, title in TITLES.items()})


def _choose(loaded: Checkpoint, shown: Shown) -> Method:
    options = offered(loaded)
    asked = shown.score if shown.score in options else SCORE
    method = cast("Method", asked)
    put("measure_score", method)
    st.session_state["measure_end"] = shown.end
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.selectbox(
            "What counts as strange", options, format_func=TITLES.__getitem__,
            key="measure_score", on_change=_on_choice, args=("score",), width=300,
        )  # fmt: skip
        st.segmented_control(
            "Order", list(get_args(End)), format_func=ENDS.__getitem__, key="measure_end",
            required=True, on_change=_on_choice, args=("end",), label_visibility="collapsed",
        )  # fmt: skip
    return method


def _on_choice(name: str) -> None:
    LINK.update(**{name: st.session_state[f"measure_{name}"]})


def _lacking(loaded: Checkpoint) -> None:
    """Why this model has not every score."""
    reasons = (why_not(loaded.model, method) for method in METHODS)
    if told := " ".join(dict.fromkeys(reason for reason in reasons if reason)):
        st.caption(told)


def ranked(found: npt.NDArray[np.float64], end: End) -> npt.NDArray[np.int64]:
    """Numbers of the images, the strangest first or last; those without a score are left out."""
    defined = np.flatnonzero(np.isfinite(found))
    order = defined[np.argsort(-found[defined], kind="stable")]
    return order if end == "strangest" else order[::-1].copy()


def _gallery(
    entry: Entry,
    loaded: Checkpoint,
    method: Method,
    found: npt.NDArray[np.float64],
    shown: Shown,
) -> None:
    """A tile for each of the first images of the ranking; a click opens one in Explore."""
    order = ranked(found, shown.end)
    chosen = order[:TILES]
    source = cache.images(loaded.dataset, "test")
    assert source is not None
    drawn = decode(loaded.model, loaded.latents.mu[chosen].numpy()).numpy()
    unit = "latent units" if method == "density" and loaded.config.kind == "ae" else "nats"
    st.html(
        f"<h2>{ENDS[shown.end]} <small>of {len(order):,} held-out images; left as it is, right as "
        "the model draws it; press one to open it in Explore</small></h2>"
    )
    opened = None
    with st.container(horizontal=True, gap="medium", key="measure_tiles"):
        for place, index in enumerate(chosen.tolist()):
            name = loaded.dataset.classes[int(loaded.latents.labels[index])]
            rank = place + 1 if shown.end == "strangest" else len(order) - place
            with st.container(key=f"measure_tile_{place}", width=TILE_WIDTH, gap=None):
                original = to_html(source.images[index].numpy(), f"Held-out image {index}")
                again = decoded_to_html(drawn[place], f"Held-out image {index}, decoded")
                st.html(f"<div class=measure-pair>{original}{again}</div>")
                score = f"{found[index]:.1f}".replace("-", "−")
                st.caption(f"Rank {rank:,}: {score} {unit}")
                label = f"{literal(name)} · image {index}"
                if st.button(label, key=f"measure_tile_open_{place}", type="tertiary"):
                    opened = index
    about = {"score": method, "meaning": MEANINGS[method], "unit": unit, "seed": 0}
    take.offer_rows(entry, f"ranking-{method}", about, lambda: _rows(loaded, found))
    if opened is not None:
        leave.for_explore(entry, opened)


def _rows(loaded: Checkpoint, found: npt.NDArray[np.float64]) -> take.Rows:
    """All held-out images that have a score, the strangest first."""
    labels, classes = loaded.latents.labels, loaded.dataset.classes
    return [
        {"rank": rank, "image": i, "class": classes[int(labels[i])], "score": float(found[i])}
        for rank, i in enumerate(ranked(found, "strangest").tolist(), start=1)
    ]
