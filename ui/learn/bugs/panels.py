"""The live sides of the lessons: code, map, pictures and numbers of a flawed and a cured model."""

from __future__ import annotations

import ast
import inspect
import textwrap
from collections.abc import Callable
from typing import Any

import streamlit as st

from ui.charts import CONFIG
from ui.images import tiled, to_html
from ui.learn.bugs import numbers, shown
from ui.learn.desk import Desk
from vae_core.flaws import FLAWS, FlawKey, Version

SHEET_COLUMNS = 8


def code(version: Version) -> None:
    """The functions that run, from their source, without what they say of themselves."""
    for function in version.code:
        st.code("\n".join(without_words(function)), language="python", wrap_lines=True)


def without_words(function: Callable[..., Any]) -> list[str]:
    """Lines of a function without its docstring, which would give the bug away."""
    lines = textwrap.dedent(inspect.getsource(function)).splitlines()
    words = _parsed(function).body[0]
    assert words.end_lineno is not None
    return lines[: words.lineno - 1] + lines[words.end_lineno :]


def statements(version: Version) -> list[str]:
    """What the functions do, one statement each, in reading order."""
    found = []
    for function in version.code:
        source = textwrap.dedent(inspect.getsource(function))
        for statement in _parsed(function).body[1:]:
            text = ast.get_source_segment(source, statement)
            found.append(" ".join((text or "").split()))
    return found


def _parsed(function: Callable[..., Any]) -> ast.FunctionDef:
    parsed = ast.parse(textwrap.dedent(inspect.getsource(function))).body[0]
    assert isinstance(parsed, ast.FunctionDef)
    return parsed


def find_line(desk: Desk, key: FlawKey, hint: str, fair: tuple[tuple[str, str], ...] = ()) -> bool:
    """Ask which line is wrong; whether it has been found.

    Args:
        desk: Keeps the choice.
        key: Of the flaw.
        hint: For any other line.
        fair: Parts of lines that have a hint of their own, and that.
    """
    flaw = FLAWS[key]
    code(flaw.flawed)
    lines = statements(flaw.flawed)
    chosen = st.radio(
        "Which line is the bug?", range(len(lines)), index=None, key=desk.key("line"),
        format_func=lambda number: f"`{lines[number]}`",
    )  # fmt: skip
    if chosen is None:
        return False
    if lines[chosen] == flaw.flawed.line:
        st.success("That is the line.", icon=":material/bug_report:")
        return True
    own = next((words for part, words in fair if part in lines[chosen]), None)
    st.info(own or f"Not this one. {hint}", icon=":material/search:")
    return False


def model(desk: Desk, key: FlawKey, *, is_cured: bool) -> None:
    """One model: its map, and pictures that it draws."""
    name = "cured" if is_cured else "flawed"
    title = "Cured" if is_cured else "With the bug"
    found = shown.specimen(key, is_cured=is_cured)
    st.html(f"<h2>{title} <small>map of {len(found.latents):,} held-out images</small></h2>")
    st.plotly_chart(
        shown.map_figure(key, is_cured, st.context.theme.type or "light"),
        key=desk.key(f"map_{name}"),
        config=CONFIG | {"displayModeBar": False, "scrollZoom": False},
        alt=f"Map of codes, {title.lower()}; the numbers below say what it shows.",
    )
    if FLAWS[key].kind == "vae":
        pictures = shown.draws(key, is_cured).images
        grid = pictures.reshape(-1, SHEET_COLUMNS, *pictures.shape[1:])
        words = f"{len(pictures)} codes drawn from the prior, decoded"
        legend = (
            f"Dashed circle: {shown.RING:g} σ of the prior. Crosses: {words} below. Ellipses: "
            f"the widths σ of {shown.ELLIPSES} images of each class, to scale."
        )
    else:
        grid = shown.drawn_again(key, is_cured)
        words = legend = (
            f"{grid.shape[1]} {shown.of_images()}, and below each what this model draws of it"
        )
    picture = to_html(tiled(grid), f"{title}: {words}")
    st.html(f"<p class=note>{legend}</p><div class=whole>{picture}</div>")


def measured(key: FlawKey, *, has_cure: bool) -> None:
    """The numbers, each with its unit."""
    st.markdown(numbers.table(key, has_cure=has_cure))
    st.caption(numbers.source(key))


def cure(desk: Desk, key: FlawKey) -> bool:
    """The flawed model, and beside it the cured one once that is switched on; whether it is."""
    flaw = FLAWS[key]
    is_on = st.toggle("Use the cure", key=desk.key("cure"))
    left, right = st.columns(2, gap="medium")
    with left:
        model(desk, key, is_cured=False)
    with right:
        if is_on:
            model(desk, key, is_cured=True)
        else:
            st.info("The cure is off. Switch it on, and the same network, cured, stands here.")
    measured(key, has_cure=is_on)
    if is_on:
        st.markdown(f"The line that changed: `{flaw.cured.line}` in place of `{flaw.flawed.line}`.")
        with st.expander("The cured code", icon=":material/code:"):
            code(flaw.cured)
    return bool(is_on)
