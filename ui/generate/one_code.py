"""One code: a slider for each of its dimensions, its place on the map, and its picture."""

from __future__ import annotations

from html import escape

import numpy as np
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from ui import cache, shell, stage
from ui.exhibit import Exhibit
from ui.facts import BADGES
from ui.generate import made, ring, save, sliders
from ui.generate.sheet import Sheet
from ui.generate.wish import LINK, STEPS, Wish, keep
from ui.generate.wish import show as show_wish
from ui.images import to_html
from ui.samples import UNDEFINED, Pictures
from vae_core.metrics.maps import NEIGHBOURS

CHART = "generate_code_map"
REACH = 3.0  # of a traversal, to both sides of the mean, in spreads
SHOWN = 8  # numbers of a code that are written out


def show(exhibit: Exhibit) -> None:
    """Draw the view."""
    left, middle, right = st.columns([1.15, 1.6, 0.9], gap="medium")
    with middle:
        st.html("<h2>Its place <small>the ring; click the map to take the code there</small></h2>")
        stage.draw(
            exhibit,
            CHART,
            "Map of latent space: images as dots coloured by class; a ring marks the code. The "
            "sliders beside it move the code without a mouse.",
        )
    _live(exhibit, left.container(), right.container(), st.container())
    stage.attach(exhibit, CHART)


@st.fragment
def _live(
    exhibit: Exhibit, left: DeltaGenerator, right: DeltaGenerator, under: DeltaGenerator
) -> None:
    """All that follows the code; a slider or a click redraws this and no more."""
    with shell.explained():
        _follow(exhibit, left, right, under)


def _follow(
    exhibit: Exhibit, left: DeltaGenerator, right: DeltaGenerator, under: DeltaGenerator
) -> None:
    wish = LINK.update()
    z = sliders.code_of(exhibit, wish)
    file = exhibit.entry.path, exhibit.entry.mtime
    found = made.one(file, z)
    with left:
        sliders.show(exhibit, wish, z)
    with right:
        _picture(exhibit, found)
    with under:
        st.html(
            "<h2>Traversal <small>each row changes one dimension of the code, alone</small></h2>"
        )
        controls = st.container(horizontal=True, vertical_alignment="bottom")
        grid = _traversal(exhibit, wish, z)
        with controls:
            show_wish("steps")
            st.slider(
                "Steps", *STEPS, step=2, key="generate_steps", width=220, on_change=keep,
                args=("steps",),
            )  # fmt: skip
            kept = {"Code": Pictures(*(np.asarray(part)[None, None] for part in found))}
            save.take_away(exhibit.entry.name, kept | ({"Traversal": grid} if grid else {}))

    ring.follow(exhibit, CHART, z)


def _picture(exhibit: Exhibit, found: Pictures) -> None:
    """The decoded code, whether data is there, and what it is in numbers."""
    entry, fitted = exhibit.entry, exhibit.fitted
    data = cache.neighbourhood(entry.path, entry.mtime)
    around = exhibit.loaded.dataset.classes[data.class_around(found.z[None], NEIGHBOURS)]
    where = str(found.where)
    if where == UNDEFINED:
        picture = "<p>No picture: the decoder's answer is not a number here.</p>"
        where = str(data.support(found.z[None]).label[0])
    else:
        picture = to_html(found.images, f"The decoder's picture of the code; {BADGES[where]}")  # type: ignore[index]
    numbers = ", ".join(f"{value:.3f}" for value in found.z[:SHOWN].round(3) + 0.0)
    more = f" and {len(found.z) - SHOWN} more" if len(found.z) > SHOWN else ""
    rows = [("Most images nearby", escape(around)), ("Code z, latent units", numbers + more)]
    if len(found.z) > 2:
        off = float(fitted.off_plane(found.z[None])[0])
        rows.append(("Off the map's plane", f"{off:.2f} latent units"))
    listed = "".join(f"<dt>{name}<dd>{value}" for name, value in rows)
    st.html("<h2>Its picture</h2>")
    st.html(
        f'{picture}<p class="where {where}">{BADGES[where]}</p><dl>{listed}</dl>'  # type: ignore[index]
    )


def _traversal(exhibit: Exhibit, wish: Wish, z: tuple[float, ...]) -> Pictures | None:
    """A row for each dimension in use that has a slider; None if there is none."""
    file = exhibit.entry.path, exhibit.entry.mtime
    axes = made.axes(file)
    dims = tuple(d for d in sliders.dims_of(axes, wish.page) if axes.active[d])
    if not dims:
        st.info("None of these dimensions is in use: the picture hardly depends on them.")
        return None
    spreads = np.linspace(-REACH, REACH, wish.steps)
    found: Pictures = made.traversals(file, z, dims, tuple(spreads.tolist()))
    at = [sliders.in_spreads(axes, z, d) for d in dims]
    sheet = Sheet(
        found,
        st.context.theme.type or "light",
        width=78 * wish.steps,
        rows=[f"z{d + 1}\n{_signed(value)}" for d, value in zip(dims, at, strict=True)],
        columns=[_signed(value) for value in spreads],
        titles=("spreads from the mean of the codes", ""),
        has_marks=True,
        now=[(row, int(np.abs(spreads - value).argmin())) for row, value in enumerate(at)],
    )
    alt = (
        f"Traversal of {', '.join(f'z{d + 1}' for d in dims)} from -{REACH:g} to +{REACH:g} "
        f"spreads of the codes in {wish.steps} steps; {int((found.where == 'outside').sum())} of "
        f"{found.where.size} pictures lie where no data is."
    )
    st.html(sheet.to_html(alt))
    st.caption(
        "Marked corners: the step nearest to the code as it is, whose value stands below each "
        "name. Red frame: no data is there; dashed: the edge of the data. Spread: the standard "
        "deviation of the held-out images' codes along a dimension."
    )
    return found


def _signed(value: float) -> str:
    return f"{value:+.1f}" if abs(value) >= 0.05 else "0"
