"""How well the sum works between all pairs of classes, as a table."""

from __future__ import annotations

from html import escape

import numpy as np
import streamlit as st

from ui.arithmetic.found import between_classes
from ui.arithmetic.setting import Setting

SHORT = 2  # letters of a class name that stand upright over a column
DEEPEST = 0.6  # opacity of the cell of a pair that always works: words stay readable on it
MOST = 30  # classes; a larger table is no overview


def show(setting: Setting) -> None:
    """The table, for data of several classes."""
    exhibit = setting.exhibit
    classes = exhibit.loaded.dataset.classes
    share = between_classes(exhibit.entry.path, exhibit.entry.mtime)
    if not np.isfinite(share).any():
        st.caption(
            "This data has no classes to subtract. Draw groups on the map, or type the edges of "
            "boxes."
        )
        return
    if len(classes) > MOST:
        return
    turned = " class=turned" if max(map(len, classes)) > SHORT else ""
    chosen = setting.plus.text, setting.minus.text
    head = "".join(f"<th scope=col><span>− {escape(name)}</span></th>" for name in classes)
    rows = "".join(
        f"<tr><th scope=row>{escape(name)}</th>"
        + "".join(
            _cell(value, is_chosen=chosen == (f"class:{p}", f"class:{m}"))
            for m, value in enumerate(share[p])
        )
        + "</tr>"
        for p, name in enumerate(classes)
    )
    st.html(
        "<h2>All pairs of classes</h2><p class=quiet>Row minus column, added once to a few images "
        "of the column’s class: how many of 100 then have mostly images of the row’s class around. "
        "A quick look, on fewer images than the figures for one pair.</p>"
        f"<div class=pairs tabindex=0 role=region aria-label='All pairs of classes'>"
        f"<table{turned}><tr><td></td>{head}</tr>{rows}</table></div>"
    )


def _cell(value: float, *, is_chosen: bool) -> str:
    if not np.isfinite(value):
        return "<td>·</td>"
    shade = f"background: rgba(131, 45, 182, {DEEPEST * value:.2f})"
    chosen = " class=chosen" if is_chosen else ""
    return f'<td{chosen} style="{shade}">{100 * value:.0f}</td>'
