"""Where the sum starts and how much is added: clicks, fields, buttons and the slider."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import streamlit as st

from ui import point, stage, state
from ui.arithmetic import chart
from ui.arithmetic.address import LINK, MOST, STEP
from ui.arithmetic.choose import name_of
from ui.arithmetic.equation import Step
from ui.arithmetic.found import Difference, difference
from ui.arithmetic.setting import Setting
from ui.catalogue import Entry
from ui.completion import borrowed
from ui.exhibit import Exhibit
from ui.literal import literal
from ui.point import Point
from ui.view import View
from ui.widgets import put
from vae_core.errors import VaeCoreError

MAX_NUMBERS = 8  # of a code, that are told


def on_model(entries: list[Entry]) -> Callable[[str], None]:
    """Another model: classes and the image stay if the data set does; places mean nothing there."""
    datasets = {e.name: e.header.dataset.name for e in entries}

    def go(name: str) -> None:
        shown = LINK.current()
        is_same = datasets[name] == datasets.get(shown.model)
        kept = {
            side: group if is_same and group and group.kind == "class" else None
            for side, group in (("plus", shown.plus), ("minus", shown.minus))
        }
        image = shown.image if is_same and all(kept.values()) else None
        LINK.update(model=name, image=image, place=None, **kept)

    return go


def difference_or_say_why(setting: Setting) -> Difference | None:
    """The vector; where there is none the page says why, and goes on with the map."""
    try:
        found: Difference = difference(setting.exhibit.map_key, setting.plus, setting.minus)
    except VaeCoreError as err:
        st.error(literal(err))
        return None
    return found


def now(setting: Setting) -> Setting:
    """The setting with what a fragment's own widgets have changed since."""
    return replace(setting, shown=LINK.current())


def resolve(setting: Setting) -> Point:
    """The start: an image, or a place of the map."""
    exhibit, shown = setting.exhibit, setting.shown
    view = View(
        exhibit.loaded.dataset.name, exhibit.entry.name, exhibit.batch_key.size,
        image=shown.image, place=shown.place,
    )  # fmt: skip
    return point.resolve(exhibit, view)


def on_pick(exhibit: Exhibit) -> None:
    """A click: on a dot its image, elsewhere the place."""
    if (picked := stage.picked(exhibit, chart.KEY)) is None:
        return
    x, y, image = picked
    if image is not None:
        LINK.update(image=image, place=None)
    else:
        LINK.update(image=None, place=(state.short(x), state.short(y)))


def controls(setting: Setting, found: Difference) -> None:
    """How much is added, and the next start."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        put("arithmetic_times", float(setting.shown.times))
        st.slider(
            "How much of the difference is added", -MOST, MOST, step=STEP, format="%.1f ×",
            key="arithmetic_times", on_change=_on_times,
        )  # fmt: skip
        name = name_of(setting, "minus")
        st.button(
            "Next start", icon=":material/skip_next:", key="arithmetic_next", on_click=_next,
            args=(setting, found), help=f"The next held-out image of {literal(name)}.",
        )  # fmt: skip


def _on_times() -> None:
    LINK.update(times=round(st.session_state["arithmetic_times"], 1))


def _next(setting: Setting, found: Difference) -> None:
    """The next image of the minus group; after the last, the first."""
    members = np.flatnonzero(found.groups.minus)
    current = -1 if setting.shown.image is None else setting.shown.image
    later = members[members > current]
    LINK.update(image=int(later[0] if len(later) else members[0]), place=None)


def code_in_words(step: Step, start: Point) -> str:
    """The result's code, and what was added to a start that the map tells in part only."""
    numbers = ", ".join(f"{value:.3f}" for value in step.z[:MAX_NUMBERS])
    more = ", …" if len(step.z) > MAX_NUMBERS else ""
    return f"Code of the result: ({numbers}{more}), in latent units.{_completed(start)}"


def _completed(start: Point) -> str:
    if start.completed_by is None:
        return ""
    return f" The start is a place. {borrowed(start.completed_by, start.off_plane, len(start.z))}"
