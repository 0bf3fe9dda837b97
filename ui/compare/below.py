"""Under the maps: what each model makes of draws from the prior and of the way between images."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

import numpy as np
import numpy.typing as npt
import streamlit as st

from ui import cache
from ui.compare import cached
from ui.compare.models import Contender
from ui.compare.shown import LINK, Shown
from ui.images import tiled, to_html
from ui.literal import literal
from ui.samples import UNDEFINED, Pictures, from_prior

SAMPLES, SAMPLE_ROWS = 16, 2
NO_PRIOR = (
    "A plain AE has no prior: nothing says where its codes should be, so there is nothing to draw "
    "a new one from."
)


def show(contenders: Sequence[Contender], shown: Shown) -> None:
    """One row for each question, one column for each model; raises VaeCoreError."""
    first, last = ends_of(contenders[0], shown)
    st.html(
        "<h2>New images <small>codes drawn from the prior N(0, I), and decoded; models of as many "
        "dimensions get the same codes</small></h2>"
    )
    _row(contenders, [_samples(each, shown.seed) for each in contenders])
    st.html(
        "<h2>From one image to another <small>along the straight line between their codes, "
        "in equal steps</small></h2>"
    )
    _choose_ends(contenders[0], first, last)
    _row(contenders, [_way(each, first, last) for each in contenders])


def ends_of(each: Contender, shown: Shown) -> tuple[int, int]:
    """The images at the ends of the path: those asked for, else two of different classes."""
    loaded = each.exhibit.loaded
    if shown.ends:
        first, last = (min(end, len(loaded.latents) - 1) for end in shown.ends)
        return first, last
    labels = loaded.latents.labels.numpy()
    others = np.flatnonzero(labels != labels[0])
    return 0, int(others[0]) if len(others) else min(1, len(labels) - 1)


def _row(contenders: Sequence[Contender], parts: Sequence[str]) -> None:
    columns = st.columns(len(contenders), gap="medium")
    for column, each, part in zip(columns, contenders, parts, strict=True):
        with column:
            title = f"<b>{each.letter} · {escape(each.title)}</b>"
            st.html(f"<div class=compare-part>{title}{part}</div>")


def _samples(each: Contender, seed: int) -> str:
    if not each.is_vae:
        return f"<p>{NO_PRIOR}</p>"
    found = from_prior(each.file, SAMPLES, seed)
    n_outside, those, black = _judged(found)
    share = float(cached.in_holes(*each.file).mean())
    return (
        _picture(found.images, SAMPLE_ROWS, f"{SAMPLES} draws, decoded by {each.letter}")
        + f"<p>{black}{n_outside} of {those} codes lie where no data is. "
        f"Of all that the prior draws, {_per_cent(share)} falls into holes.</p>"
    )


def _way(each: Contender, first: int, last: int) -> str:
    found = cached.path_between(*each.file, first, last)
    names = f"from image {first} to image {last}, decoded by {each.letter}"
    n_outside, those, black = _judged(found)
    ends = each.exhibit.loaded.latents.mu[[first, last]].double().numpy()
    length = float(np.linalg.norm(ends[1] - ends[0]))
    where = f"{those} steps all within or at the edge of the data"
    if n_outside:
        where = f"{n_outside} of {those} steps where no data is"
    return (
        _picture(found.images, 1, f"{len(found.images)} steps {names}")
        + f"<p>{black}{length:.2f} latent units long, {where}.</p>"
    )


def _judged(found: Pictures) -> tuple[int, str, str]:
    """How many lie where no data is, of which; and how many others are not pictures at all."""
    n, n_black = found.where.size, int((found.where == UNDEFINED).sum())
    n_outside = int((found.where == "outside").sum())
    if not n_black:
        return n_outside, f"these {n}", ""
    black = f"{n_black} of these {n} are black: the decoder's answer is not a number there. "
    return n_outside, f"the other {n - n_black}", black


def _picture(images: npt.NDArray[np.uint8], rows: int, alt: str) -> str:
    grid = images.reshape(rows, -1, *images.shape[1:])
    return to_html(tiled(grid), alt)


def _per_cent(share: float) -> str:
    if share < 0.0005:
        return "next to nothing"
    return f"{share:.1%}"


def _choose_ends(each: Contender, first: int, last: int) -> None:
    most = len(each.exhibit.loaded.latents) - 1
    held_out = cache.images(each.exhibit.loaded.dataset, "test")
    labels = each.exhibit.loaded.latents.labels
    with st.container(horizontal=True):
        for name, title, value in (("first", "From", first), ("last", "To", last)):
            st.session_state[f"compare_{name}"] = value
            class_name = each.exhibit.loaded.dataset.classes[int(labels[value])]
            with st.container(horizontal=True, vertical_alignment="bottom", width="content"):
                if held_out is not None:
                    picture = to_html(held_out.images[value].numpy(), f"Held-out image {value}")
                    st.html(f"<div class=compare-end>{picture}</div>", width="content")
                st.number_input(
                    f"{title} held-out image (class {literal(class_name)})", 0, most, step=1,
                    key=f"compare_{name}", on_change=_on_ends, width=220,
                )  # fmt: skip


def _on_ends() -> None:
    LINK.update(ends=(st.session_state["compare_first"], st.session_state["compare_last"]))
