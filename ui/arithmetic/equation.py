"""The sum as an equation of pictures, and as a strip for several multiples of the vector."""

from __future__ import annotations

from html import escape
from pathlib import Path
from typing import NamedTuple, cast

import numpy as np
import numpy.typing as npt
import streamlit as st

from ui import cache
from ui.arithmetic.choose import name_of
from ui.arithmetic.found import Difference
from ui.arithmetic.setting import Setting
from ui.facts import BADGES
from ui.images import figure, strip, to_html
from ui.point import Point
from vae_core import decode
from vae_core.metrics.maps import NEIGHBOURS
from vae_core.metrics.support import Where

STYLE = Path(__file__).with_name("equation.css")
MULTIPLES = (-1.0, -0.5, 0.0, 0.5, 1.0, 1.5, 2.0)
NO_PICTURE = "<p>no picture: not numbers</p>"


class Step(NamedTuple):
    """A multiple of the vector added to the start: its code, (D,), picture, and what is there."""

    times: float
    z: npt.NDArray[np.float64]
    picture: npt.NDArray[np.float32]
    where: Where
    around: str


def steps(setting: Setting, found: Difference, start: Point) -> dict[float, Step]:
    """For several multiples, the chosen one among them."""
    loaded, entry = setting.exhibit.loaded, setting.exhibit.entry
    data = cache.neighbourhood(entry.path, entry.mtime)
    times = sorted({*MULTIPLES, setting.shown.times})
    codes = start.z + np.array(times)[:, None] * found.vector.vector
    pictures = decode(loaded.model, codes).numpy()
    where = data.support(codes).label
    return {
        t: Step(
            t, z, picture, cast("Where", str(label)),
            loaded.dataset.classes[data.class_around(z[None], NEIGHBOURS)],
        )
        for t, z, picture, label in zip(times, codes, pictures, where, strict=True)
    }  # fmt: skip


def show(setting: Setting, found: Difference, start: Point, end: Step) -> None:
    """Start + times × (plus − minus) = result, in pictures."""
    loaded = setting.exhibit.loaded
    means = decode(loaded.model, np.stack([found.vector.plus, found.vector.minus])).numpy()
    sizes = int(found.groups.plus.sum()), int(found.groups.minus.sum())
    plus, minus = (
        figure(
            _picture(picture, f"What the decoder draws for the mean code of {name}"),
            f"mean code of {escape(name)}, {_images(size)}",
        )
        for picture, name, size in zip(
            means, (name_of(setting.exhibit, g) for g in (setting.plus, setting.minus)),
            sizes, strict=True,
        )
    )  # fmt: skip
    origin = f"image {start.number}, class {start.class_name}" if start.is_image else "the place"
    begin = _picture(start.decoded, f"Start: {origin}, decoded from its code")
    result = _picture(end.picture, f"Result: {in_words(end)}")
    sign = "−" if end.times < 0 else "+"
    st.html(
        "<div class=sum>"
        + figure(begin, f"start: {escape(origin)}")
        + f"<span>{sign} {abs(end.times):.1f} ×</span><span class=bracket>(</span>{plus}"
        + f"<span>−</span>{minus}<span class=bracket>)</span><span>=</span>"
        + f"<div class=result>{figure(result, _judged(end))}</div></div>"
    )


def strip_of(found: dict[float, Step], current: float) -> None:
    """A picture for each multiple; the chosen one is marked."""
    figures = []
    for times, step in found.items():
        words = f"{_times(times)}<br>{escape(step.around)}, {step.where}"
        if times == current:
            words = f"<b>{_times(times)}, chosen</b><br>{escape(step.around)}, {step.where}"
        made = figure(_picture(step.picture, f"{_times(times)}: {in_words(step)}"), words)
        figures.append(made.replace("<figure>", "<figure class=now>") if times == current else made)
    st.html(f"<div class=multiples>{strip(figures)}</div>")


def in_words(step: Step) -> str:
    """What is at the end of a step, for those who do not see it."""
    return f"most codes around are {step.around}; {BADGES[step.where].lower()}"


def _judged(step: Step) -> str:
    badge = f'<p class="where {step.where}">{BADGES[step.where]}</p>'
    return f"{badge}Most of the {NEIGHBOURS} nearest images are: <b>{escape(step.around)}</b>."


def _picture(image: npt.NDArray[np.float32] | None, alt: str) -> str:
    if image is None or not np.isfinite(image).all():
        return NO_PICTURE
    return to_html(image, alt)


def _images(n: int) -> str:
    return f"{n:,} image" + ("" if n == 1 else "s")


def _times(times: float) -> str:
    return f"{times:.1f} ×".replace("-", "−")
