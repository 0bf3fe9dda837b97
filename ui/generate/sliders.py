"""A slider for each dimension of a code, in units of that dimension's own spread."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import streamlit as st

from ui import cache
from ui.codes import read_code
from ui.exhibit import Exhibit
from ui.generate import made
from ui.generate.made import Axes
from ui.generate.wish import LINK, Wish, keep
from ui.link import MAX_SEED
from ui.literal import literal
from ui.state import short
from ui.widgets import put
from vae_core import sample_prior
from vae_core.errors import ConfigError

REACH = 4.0  # of a slider, to both sides of the mean, in spreads
MOST = 16  # sliders at once
ONE_COLUMN = 6  # sliders that stand in one column
PROBLEM = "generate_problem"  # in the session: what is wrong with the code that was typed
UNUSED = (
    "The codes of all images are nearly the same along this dimension: the model does not use it, "
    "and the decoder's picture hardly depends on it."
)


def code_of(exhibit: Exhibit, wish: Wish) -> tuple[float, ...]:
    """The code that is shown: the mean of all codes until one is chosen."""
    if len(wish.z) == exhibit.loaded.config.latent_dim:
        return wish.z
    file = exhibit.entry.path, exhibit.entry.mtime
    return tuple(map(short, made.axes(file).mean.tolist()))


def dims_of(axes: Axes, page: int) -> list[int]:
    """The dimensions that have sliders: the widest first, so many at once."""
    pages = _pages(axes)
    return pages[min(page, len(pages) - 1)]


def _pages(axes: Axes) -> list[list[int]]:
    n_dims = len(axes.spread)
    order: list[int] = list(range(n_dims))
    if n_dims > MOST:
        order = np.argsort(-axes.spread, kind="stable").tolist()
    return [order[start : start + MOST] for start in range(0, n_dims, MOST)]


def take(z: npt.ArrayLike) -> None:
    """Show this code; () for the mean of all codes."""
    LINK.update(z=tuple(map(short, np.asarray(z, dtype=np.float64).tolist())))


def show(exhibit: Exhibit, wish: Wish, z: tuple[float, ...]) -> None:
    """Draw the sliders, and the other ways to a code."""
    file = exhibit.entry.path, exhibit.entry.mtime
    axes = made.axes(file)
    n_dims, n_active = len(z), int(axes.active.sum())
    used = "" if n_active == n_dims else f", {n_active} in use"
    st.html(f"<h2>The code <small>{n_dims} dimension{'s' * (n_dims > 1)}{used}</small></h2>")
    _other_ways(exhibit)
    pages = _pages(axes)
    if len(pages) > 1:
        st.session_state["generate_page"] = min(wish.page, len(pages) - 1)
        st.selectbox(
            "Dimensions, the widest first", range(len(pages)),
            format_func=lambda i: f"{i * MOST + 1} to {min((i + 1) * MOST, n_dims)} of {n_dims}",
            key="generate_page", width=240, on_change=keep, args=("page",),
        )  # fmt: skip
    dims = dims_of(axes, wish.page)
    columns = st.columns(1 if len(dims) <= ONE_COLUMN else 2)
    for position, dim in enumerate(dims):
        with columns[position * len(columns) // len(dims)]:
            _slider(axes, z, dim)
    if n_dims <= MOST:
        _numbers(wish, z)
    st.caption(
        "Sliders in spreads: 0 is the mean of the held-out images' codes, 1 their standard "
        "deviation along this dimension, which stands beside its name in latent units."
    )


def _numbers(wish: Wish, z: tuple[float, ...]) -> None:
    """The code as text, to be changed; what cannot be read stays, with what is wrong with it."""
    problem = st.session_state.pop(PROBLEM, None)
    if problem is None:
        st.session_state["generate_numbers"] = ", ".join(f"{value:.6g}" for value in z)
    st.text_input(
        "Type a code, latent units", key="generate_numbers", on_change=_on_numbers,
        args=(len(z), wish.z),
    )  # fmt: skip
    if problem is not None:
        st.error(literal(problem))


def _on_numbers(n_dims: int, shown: tuple[float, ...]) -> None:
    """Take what was typed, unless something else has just taken a code from the one shown.

    A browser sends all fields at once. With quick presses on a slider it is a message behind: it
    sends the numbers of an earlier code along, as if they had been typed, and the slider would go
    back there.
    """
    if LINK.update().z != shown:
        return
    try:
        take(read_code(st.session_state["generate_numbers"], n_dims))
    except ConfigError as err:
        st.session_state[PROBLEM] = str(err)


def in_spreads(axes: Axes, z: Sequence[float], dim: int) -> float:
    """How far a code is from the mean of all along a dimension, in spreads of it."""
    spread = float(axes.spread[dim])
    return round((z[dim] - float(axes.mean[dim])) / spread, 6) + 0.0 if spread > 0 else 0.0


def _slider(axes: Axes, z: Sequence[float], dim: int) -> None:
    mean, spread = float(axes.mean[dim]), float(axes.spread[dim])
    is_active = bool(axes.active[dim])
    value = in_spreads(axes, z, dim)
    # In steps, so that the range changes with a far code only.
    reach = REACH * max(1, math.ceil(abs(value) / REACH))
    key = f"generate_z{dim}_{reach:g}"
    put(key, value)
    unit = f"spread {spread:.2f}" if is_active else "unused"
    st.slider(
        f"z{dim + 1} · {unit}", -reach, reach, step=reach / 80, format="%.2f", key=key,
        disabled=not is_active, help=None if is_active else UNUSED,
        on_change=_on_slider, args=(tuple(z), dim, mean, spread, key),
    )  # fmt: skip


def _on_slider(z: tuple[float, ...], dim: int, mean: float, spread: float, key: str) -> None:
    value = mean + spread * st.session_state[key]
    take([*z[:dim], value, *z[dim + 1 :]])


def _other_ways(exhibit: Exhibit) -> None:
    is_vae = exhibit.loaded.config.kind == "vae"
    latents = exhibit.loaded.latents
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.button(
            "Centre", icon=":material/center_focus_strong:", key="generate_centre",
            on_click=take, args=((),), help="The mean of all codes.",
        )  # fmt: skip
        st.button(
            "Random", icon=":material/casino:", key="generate_random", on_click=_on_random,
            args=(exhibit,),
            help="A code drawn from the prior." if is_vae
            else "A code drawn from where the codes are; this model has no prior.",
        )  # fmt: skip
        st.session_state["generate_image"] = None  # the code it took may have moved on
        st.number_input(
            "Held-out image", 0, len(latents) - 1, value=None, step=1, key="generate_image",
            placeholder="number", on_change=_on_image, args=(exhibit,), width=140,
            help=f"Takes the code of one of the {len(latents):,} held-out images, from 0.",
        )  # fmt: skip


def _on_random(exhibit: Exhibit) -> None:
    wish = LINK.update(draw=(LINK.update().draw + 1) % (MAX_SEED + 1))
    file = exhibit.entry.path, exhibit.entry.mtime
    if exhibit.loaded.config.kind == "vae":
        take(sample_prior(cache.checkpoint(*file).model, 1, wish.draw).z[0].double().numpy())
    else:
        take(made.mixture(file).draw(1, wish.draw)[0])


def _on_image(exhibit: Exhibit) -> None:
    number = st.session_state["generate_image"]
    if number is not None:
        take(exhibit.loaded.latents.mu[number].double().numpy())
