"""The fields that choose both ends: what a click does, they do too."""

from __future__ import annotations

from html import escape
from typing import Literal

import streamlit as st

from ui import cache
from ui.codes import read_code
from ui.distinct import distinct
from ui.exhibit import Exhibit
from ui.frame import is_strip
from ui.images import figure, strip, to_html
from ui.interpolate.ends import KINDS, Shown, completed, set_end
from ui.interpolate.trip import End, EndKind
from ui.link import MAX_COORDINATE
from ui.literal import literal
from vae_core.errors import ConfigError

PROBLEM = "problem"  # in the session: what is wrong with the code that was typed


def end_panel(exhibit: Exhibit, shown: Shown, decoded: str) -> None:
    """One end: its pictures, and the fields that choose it."""
    letter, key = shown.letter, f"interpolate_{shown.letter.lower()}"
    figures = []
    if shown.original is not None:
        figures.append(figure(to_html(shown.original, f"{letter}: {shown.name}"), "original"))
    figures.append(figure(decoded, "decoded"))
    st.html(f"<h2>{letter}<small>{escape(shown.name)}</small></h2>{strip(figures)}")
    st.session_state[f"{key}_kind"] = shown.end.kind
    st.selectbox(
        f"{letter} is", list(KINDS), format_func=KINDS.__getitem__, key=f"{key}_kind",
        on_change=_on_kind, args=(exhibit, shown),
    )  # fmt: skip
    {"image": _image, "class": _class, "at": _place, "code": _code}[shown.end.kind](exhibit, shown)
    if words := completed(exhibit, shown):
        st.html(f"<p class=note>{words}</p>")


def _image(exhibit: Exhibit, shown: Shown) -> None:
    _field(shown, "image", shown.end.number)
    st.number_input(
        "Held-out image", 0, len(exhibit.loaded.latents) - 1, key=_key(shown, "image"),
        on_change=_on_number, args=(shown, "image"),
    )  # fmt: skip


def _class(exhibit: Exhibit, shown: Shown) -> None:
    classes, labels = exhibit.loaded.dataset.classes, exhibit.loaded.latents.labels.unique()
    titles = distinct({int(label): classes[label] for label in labels})
    _field(shown, "class", shown.end.number)
    st.selectbox(
        "Class", list(titles), format_func=titles.__getitem__, key=_key(shown, "class"),
        on_change=_on_number, args=(shown, "class"),
    )  # fmt: skip


def _place(exhibit: Exhibit, shown: Shown) -> None:
    axes = exhibit.fitted.names[: 1 if is_strip(exhibit.fitted) else 2]
    with st.container(horizontal=True):
        for name, axis, value in zip("xy", axes, shown.end.numbers, strict=False):
            _field(shown, name, value)
            st.number_input(
                f"{axis}, latent units", -MAX_COORDINATE, MAX_COORDINATE, step=0.25,
                key=_key(shown, name), on_change=_on_place, args=(shown,), width=140,
            )  # fmt: skip


def _code(exhibit: Exhibit, shown: Shown) -> None:
    problem = st.session_state.pop(_key(shown, PROBLEM), None)
    if problem is None:  # else what was typed stays, to be mended
        _field(shown, "code", ", ".join(f"{value:.6g}" for value in shown.end.numbers))
    n_dims = exhibit.loaded.config.latent_dim
    st.text_input(
        f"Code: {n_dims} number{'s' * (n_dims > 1)}, latent units", key=_key(shown, "code"),
        on_change=_on_code, args=(shown, n_dims),
    )  # fmt: skip
    if problem is not None:
        st.error(literal(problem))


def _key(shown: Shown, name: str) -> str:
    return f"interpolate_{shown.letter.lower()}_{name}"


def _field(shown: Shown, name: str, value: object) -> None:
    st.session_state[_key(shown, name)] = value


def _on_kind(exhibit: Exhibit, shown: Shown) -> None:
    """The same end as another kind, as near as can be."""
    kind: EndKind = st.session_state[_key(shown, "kind")]
    near = _nearest(exhibit, shown)
    label = int(exhibit.loaded.latents.labels[near])
    set_end(
        shown.letter,
        {
            "image": End("image", near),
            "class": End("class", label),
            "at": End("at", numbers=shown.xy),
            "code": End("code", numbers=shown.code),
        }[kind],
    )


def _nearest(exhibit: Exhibit, shown: Shown) -> int:
    """The held-out image whose code is nearest to an end's; an image's own number."""
    if shown.end.kind == "image":
        return shown.end.number
    data = cache.neighbourhood(exhibit.entry.path, exhibit.entry.mtime)
    return int(data.nearest(shown.z[None])[0])


def _on_number(shown: Shown, kind: Literal["image", "class"]) -> None:
    set_end(shown.letter, End(kind, st.session_state[_key(shown, kind)]))


def _on_place(shown: Shown) -> None:
    x = st.session_state[_key(shown, "x")]
    y = st.session_state.get(_key(shown, "y"), shown.end.numbers[1])
    set_end(shown.letter, End("at", numbers=(x, y)))


def _on_code(shown: Shown, n_dims: int) -> None:
    try:
        numbers = read_code(st.session_state[_key(shown, "code")], n_dims)
    except ConfigError as err:
        st.session_state[_key(shown, PROBLEM)] = str(err)
    else:
        set_end(shown.letter, End("code", numbers=numbers))
