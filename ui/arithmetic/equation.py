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
from ui.arithmetic.found import Difference, pixel_difference
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


def strip_of(setting: Setting, found: dict[float, Step], start: Point) -> None:
    """A picture for each multiple, the chosen one marked; below them, pixels in place of codes."""
    figures, current = [], setting.shown.times
    for times, step in found.items():
        is_now = times == current
        title = f"<b>{_times(times)}</b>" if is_now else _times(times)
        alt = f"{_times(times)}{', chosen' if is_now else ''}: {in_words(step)}"
        words = f"{title}<br>{escape(step.around)}, {step.where}"
        made = figure(_picture(step.picture, alt), words)
        figures.append(_marked(made, is_now=is_now))
    with_pixels = _pixels(setting, found, start)
    heading = "<h3>The same sum with pixels instead of codes</h3>" if with_pixels else ""
    st.html(f"<div class=multiples>{strip(figures)}{heading}{with_pixels}</div>")


def _pixels(setting: Setting, found: dict[float, Step], start: Point) -> str:
    """The same multiples of the difference of the mean images; "" where an image is missing."""
    exhibit = setting.exhibit
    added = pixel_difference(
        exhibit.map_key, setting.plus, setting.minus, is_live=exhibit.shown.is_live
    )
    if added is None or start.beside is None or not start.is_image:
        return ""
    figures = []
    for times in found:
        image = np.clip(start.beside / 255 + times * added, 0, 1)
        picture = to_html(image, f"{_times(times)} the difference of the mean images added")
        figures.append(_marked(figure(picture, _times(times)), is_now=times == setting.shown.times))
    return strip(figures)


def _marked(made: str, *, is_now: bool) -> str:
    return made.replace("<figure>", "<figure class=now>") if is_now else made


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
