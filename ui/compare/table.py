"""The scores of the models, and what their differences are worth."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import streamlit as st

from ui.compare import cached
from ui.compare.models import Contender
from vae_core.metrics.estimate import Estimate, difference, mean_of
from vae_core.metrics.paired import Score

SAME = "not told apart"


class Row(NamedTuple):
    """One score: what it is called, how it is written, and which way is better; 0 for neither."""

    title: str
    form: str
    scale: float
    better: int


SCORES: dict[Score, Row] = {
    "negative_elbo": Row("−ELBO, nats per image", ".2f", 1, -1),
    "reconstruction": Row("Reconstruction, nats per image", ".2f", 1, -1),
    "kl": Row("KL from the prior, nats per image", ".2f", 1, 0),
    "knn_accuracy": Row("Class told by the 15 nearest codes, %", ".1f", 100, 1),
}
TRUST = Row("Trustworthiness of the codes, 0 to 1", ".3f", 1, 1)
UNITS = Row("Active dimensions", ".0f", 1, 0)
HOLES = Row("Prior draws in holes, %", ".1f", 100, -1)
Cell = tuple[Estimate | None, Estimate | None]


def show(contenders: Sequence[Contender]) -> None:
    """Draw it, with a sentence on what the numbers after ± mean; raises VaeCoreError."""
    with st.spinner("Scoring the images…"):
        rows = _rows(contenders)
    shown = contenders[0].exhibit.shown
    n = len(shown.indices)
    title = f"<h2>Scores <small>of the same {n:,} held-out images</small></h2>"
    st.html(title + _table(contenders, rows))
    st.caption(
        f"± is one standard error over the images; that of a difference is taken image by image, "
        f"so it can be far smaller than those of its two scores. “{SAME.capitalize()}”: under two "
        "standard errors. Both speak of other images, not of training again. – means that there "
        "is none. A VAE's reconstruction is averaged over draws from its posterior, an AE's is "
        "at the code. Trustworthiness and active dimensions come with the file, of all held-out "
        "images."
    )
    if not shown.is_live:
        st.caption(
            "The data set is not on this machine: reconstruction and −ELBO are as the files say, "
            "of all held-out images, and have no difference image by image."
        )


def _rows(contenders: Sequence[Contender]) -> list[tuple[Row, list[Cell]]]:
    first = contenders[0]
    rows = [(row, [_cell(c, first, name) for c in contenders]) for name, row in SCORES.items()]
    rows.append((HOLES, [_holes(c, first) for c in contenders]))
    for row, name in ((TRUST, "trustworthiness"), (UNITS, "active_units")):
        rows.append((row, [_stored(c, first, name) for c in contenders]))
    return [(row, cells) for row, cells in rows if any(own for own, _ in cells)]


def _holes(each: Contender, first: Contender) -> Cell:
    """Paired draw by draw, for models that were asked for the same codes."""
    if not each.is_vae:
        return None, None
    own = cached.in_holes(*each.file)
    dims = {c.exhibit.loaded.config.latent_dim for c in (each, first)}
    if each is first or not first.is_vae or len(dims) > 1:
        return mean_of(own), None
    return mean_of(own), difference(own, cached.in_holes(*first.file))


def _cell(each: Contender, first: Contender, name: Score) -> Cell:
    """A score and how it differs from the first model's."""
    own, reference = (cached.scores(c.exhibit.batch_key).get(name) for c in (each, first))
    if own is None:
        if name in ("reconstruction", "negative_elbo"):
            return _stored(each, first, name)
        return None, None
    apart = None if reference is None or each is first else difference(own, reference)
    return mean_of(own), apart


def _stored(each: Contender, first: Contender, name: str) -> Cell:
    """As the files say, without an error."""
    own, reference = (c.exhibit.loaded.metrics.get(name) for c in (each, first))
    if own is None:
        return None, None
    apart = None
    if reference is not None and each is not first:
        apart = Estimate(float(own) - float(reference), None)
    return Estimate(float(own), None), apart


def _table(contenders: Sequence[Contender], rows: Sequence[tuple[Row, list[Cell]]]) -> str:
    first, *others = (each.letter for each in contenders)
    head = f"<th scope=col>{first}" + "".join(
        f"<th scope=col>{letter}<th scope=col>{letter} − {first}" for letter in others
    )
    body = "".join(f"<tr><th scope=row>{row.title}{_cells(row, cells)}" for row, cells in rows)
    return f"<div class=compare-table><table class=settings><tr><td>{head}{body}</table></div>"


def _cells(row: Row, cells: Sequence[Cell]) -> str:
    text = f"<td>{_number(cells[0][0], row)}"
    for own, apart in cells[1:]:
        text += f"<td>{_number(own, row)}<td>{_number(apart, row, '+')}{_verdict(apart, row)}"
    return text


def _number(found: Estimate | None, row: Row, sign: str = "") -> str:
    if found is None:
        return "–"
    if found.value is None:
        return "undefined"
    text = f"{row.scale * found.value:{sign}{row.form}}".replace("-", "−")
    if found.error is not None:
        text += f" ± {row.scale * found.error:{row.form}}"
    return text


def _verdict(apart: Estimate | None, row: Row) -> str:
    if apart is None or apart.value is None or apart.is_told_apart is None:
        return ""
    if not apart.is_told_apart:
        return f"<br>{SAME}"
    if not row.better:
        return ""
    return "<br><b>better</b>" if apart.value * row.better > 0 else "<br>worse"
