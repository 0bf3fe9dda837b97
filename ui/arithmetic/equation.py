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
from ui.arithmetic.groups import Group
from ui.arithmetic.setting import Setting
from ui.facts import BADGES
from ui.images import decoded_to_html, figure, strip, to_html
from ui.point import Point
from vae_core import decode
from vae_core.metrics.maps import NEIGHBOURS
from vae_core.metrics.support import Where

STYLE = Path(__file__).with_name("equation.css")
MULTIPLES = (-1.0, -0.5, 0.0, 0.5, 1.0, 1.5, 2.0)
NOW = "now"  # class of the figure for the chosen multiple; see equation.css


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
            loaded.dataset.classes[_class_around(setting, z)],
        )
        for t, z, picture, label in zip(times, codes, pictures, where, strict=True)
    }  # fmt: skip


def show(setting: Setting, found: Difference, start: Point, end: Step) -> None:
    """Start + times × (plus − minus) = result, in pictures."""
    codes = np.stack([found.vector.plus, found.vector.minus])
    means = decode(setting.exhibit.loaded.model, codes).numpy()
    plus, minus = (
        _mean(setting, found, side, picture)
        for side, picture in zip(("plus", "minus"), means, strict=True)
    )
    origin = f"image {start.number}, class {start.class_name}" if start.is_image else "the place"
    begin = decoded_to_html(start.decoded, f"Start: {origin}, decoded from its code")
    result = decoded_to_html(end.picture, f"Result: {in_words(end)}")
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
        figures.append(figure(decoded_to_html(step.picture, alt), words, NOW if is_now else ""))
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
        is_now = times == setting.shown.times
        figures.append(figure(picture, _times(times), NOW if is_now else ""))
    return strip(figures)


def in_words(step: Step) -> str:
    """What is at the end of a step, for those who do not see it."""
    return f"most codes around are {step.around}; {BADGES[step.where].lower()}"


def _judged(step: Step) -> str:
    badge = f'<p class="where {step.where}">{BADGES[step.where]}</p>'
    return f"{badge}Most of the {NEIGHBOURS} nearest images are: <b>{escape(step.around)}</b>."


def _mean(setting: Setting, found: Difference, side: str, picture: npt.NDArray[np.float32]) -> str:
    """The mean code of a group, and how many images it is of."""
    group: Group = getattr(setting, side)
    name, size = name_of(setting, side), int(getattr(found.groups, side).sum())
    words = f"mean code of {escape(name)}, {size:,} image{'' if size == 1 else 's'}"
    around = _class_around(setting, getattr(found.vector, side))
    if group.kind == "class" and around != group.values[0]:
        # A class can lie all around its mean code without being there.
        other = setting.exhibit.loaded.dataset.classes[around]
        words += f"; the images around it are: <b>{escape(other)}</b>"
    return figure(
        decoded_to_html(picture, f"What the decoder draws for the mean code of {name}"), words
    )


def _class_around(setting: Setting, z: npt.NDArray[np.float64]) -> int:
    """Class of most of the 15 held-out images whose codes are nearest."""
    entry = setting.exhibit.entry
    found = cache.neighbourhood(entry.path, entry.mtime).class_around(z[None], NEIGHBOURS)
    return int(found)


def _times(times: float) -> str:
    return f"{times:.1f} ×".replace("-", "−")
