"""What is pinned: one image or one place, decoded exactly by every model."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from html import escape

import streamlit as st

from ui.compare import cursor
from ui.compare.models import Contender
from ui.compare.shown import LINK, Shown
from ui.facts import BADGES, Facts, facts_of, in_numbers
from ui.images import figure, strip, to_html
from ui.parts import TITLES
from ui.point import Point, resolve
from ui.state import short
from ui.view import View

LABEL = f"{TITLES['test'].capitalize()} image"
Found = tuple[Contender, Point, Facts]


def panel(contenders: Sequence[Contender], shown: Shown) -> None:
    """Pictures, badges and numbers, and the marks on the maps; raises VaeCoreError."""
    view = View(image=shown.image, place=shown.place)
    points = [(each, resolve(each.exhibit, view)) for each in contenders]
    found = [(each, point, facts_of(each.exhibit, point)) for each, point in points]
    point = points[0][1]
    note = _name(point) if point.is_pinned else f"{_name(point)}; click a map for another"
    with st.container(horizontal=True, vertical_alignment="center", key="compare_pinned"):
        st.html(f"<h2>Pinned <small>{escape(note)}</small></h2>")
        _numbers_button(found)
    st.html(_pictures(found))
    cursor.pin(_to_pin(found), _on_pick(contenders))


def _numbers_button(found: Sequence[Found]) -> None:
    with st.popover("Numbers", icon=":material/table_rows:", key="compare_numbers"):
        st.html(_numbers(found))


def _pictures(found: Sequence[Found]) -> str:
    point = found[0][1]
    name = _name(point)
    figures = []
    if point.is_image:
        picture = "<p>The original is not on this machine.</p>"
        if point.beside is not None:
            picture = to_html(point.beside, f"{name}, as it is in the data set")
        figures.append(figure(picture, "<b>Original</b>"))
    for each, own, facts in found:
        picture = "<p>No picture: the decoder's answer is not a number here.</p>"
        if own.decoded is not None:
            picture = to_html(own.decoded, f"{name}, decoded by {each.letter}, {each.title}")
        words = f"<b>{each.letter} · {escape(cursor.short(each))}</b>"
        if facts.reconstruction is not None:
            words += f"<br>{facts.reconstruction:.1f} nats"
        words += f'<p class="where {facts.where}">{BADGES[facts.where].partition(":")[0]}</p>'
        figures.append(figure(picture, words))
    return f"<div class=compare-pinned>{strip(figures)}</div>"


def _name(point: Point) -> str:
    if point.is_image:
        return f"{point.name}, class {point.class_name}"
    x, y = point.xy
    return f"Place ({x:.2f}, {y:.2f}) of every map" if len(point.z) > 1 else f"Place {x:.2f}"


def _numbers(found: Sequence[Found]) -> str:
    """A row for each fact, a column for each model."""
    rows: dict[str, dict[str, str]] = {"Code, latent units": {}}
    for each, point, facts in found:
        code = ", ".join(f"{value:.2f}" for value in point.z)
        rows["Code, latent units"][each.letter] = f"({code})"
        for name, value in in_numbers(facts):
            rows.setdefault(name, {})[each.letter] = value
        badge = BADGES[facts.where].partition(":")[0]
        rows.setdefault("Data", {})[each.letter] = badge
    letters = [each.letter for each, _, _ in found]
    head = "".join(f"<th scope=col>{letter}" for letter in letters)
    body = "".join(
        f"<tr><th scope=row>{name}"
        + "".join(f"<td>{escape(values.get(letter, '–'))}" for letter in letters)
        for name, values in rows.items()
    )
    return f"<table class=settings><tr><td>{head}{body}</table>"


def _to_pin(found: Sequence[Found]) -> dict[str, object]:
    """What the cursor, the marks on the maps and the fields have to know."""
    each, point, _ = found[0]
    name = _name(point)
    return {
        "x": point.xy[0],
        "y": point.xy[1],
        "image": point.index,
        "imageLabel": LABEL if point.is_image else f"{LABEL}, nearest in A",
        "lastImage": each.exhibit.part_size - 1,
        "map": each.exhibit.map_key.name,
        "isImage": point.is_image,
        "name": name,
        "places": {c.chart: {"x": own.xy[0], "y": own.xy[1]} for c, own, _ in found},
        "announcement": f"{name}, decoded by {len(found)} models",
    }


def _on_pick(contenders: Sequence[Contender]) -> Callable[[], None]:
    """Pin what was clicked: on a dot the image, elsewhere the place; returns the callback."""
    maps = {each.exhibit.map_key.name for each in contenders}

    def on_pick() -> None:
        pick = st.session_state[cursor.PIN_KEY]["pick"]
        if pick["map"] not in maps:  # of one no longer shown
            return
        if pick["image"] is not None:
            LINK.update(image=pick["image"], place=None)
        else:
            LINK.update(image=None, place=(short(pick["x"]), short(pick["y"])))

    return on_pick
