"""Which plane of latent space the map shows, and where a clicked place lies off it."""

from __future__ import annotations

import streamlit as st

from ui import cache, history, state
from ui.catalogue import Entry
from ui.keys import MapKey
from ui.view import View
from vae_core.projection import Plane

BASES = {"auto": "principal components", "latent": "latent dimensions"}
COMPLETIONS = {"nearest": "as the nearest image", "zero": "zero", "set": "as set by sliders"}
AXES = {"axis_x": "Horizontal axis", "axis_y": "Vertical axis"}


def has_others(entry: Entry) -> bool:
    """Whether there are dimensions that a map does not show."""
    return entry.header.config.latent_dim > 2


def fit_to(entry: Entry) -> View:
    """The view with a plane that this model has; a link can ask for any."""
    view = state.current()
    if view.basis == "latent" and not has_others(entry):
        view = state.update(basis="auto")  # of two dimensions it is the same
    if (view.fade or view.space) and not has_others(entry):
        view = state.update(fade=False, space=False)
    if max(view.axes) >= max(n_axes(entry, view), 2):
        view = state.update(axes=(0, 1))
    n_others = len(cache.plane(MapKey.of(entry, view)).others)
    if isinstance(view.completion, tuple) and len(view.completion) != n_others:
        view = state.update(completion="nearest")
    return view


def n_axes(entry: Entry, view: View) -> int:
    """Components there are: principal ones are no more than codes."""
    n_dims = entry.header.config.latent_dim
    if view.basis == "latent":
        return n_dims
    return min(n_dims, len(cache.checkpoint(entry.path, entry.mtime).latents))


def choose(entry: Entry) -> None:
    """Axes and completion, for models of more than two dimensions."""
    if not has_others(entry):
        return
    view = state.current()
    fitted = cache.plane(MapKey.of(entry, view))
    _choose_axes(view, fitted, n_axes(entry, view))
    _choose_completion(view, fitted, entry.header.config.latent_dim)
    state.show("fade", view.fade)
    st.toggle(
        "Fade what lies off the plane",
        key="explore_fade",
        on_change=_on_fade,
        help="Each dot is the fainter, the less of its code's squared distance from the centre "
        "lies in the plane of the map.",
    )


def _choose_axes(view: View, fitted: Plane, n_components: int) -> None:
    state.show("basis", view.basis)
    st.segmented_control(
        "Axes of the map",
        list(BASES),
        format_func=BASES.__getitem__,
        key="explore_basis",
        on_change=_on_basis,
        required=True,
        help="Principal components are the directions along which the codes differ most; latent "
        "dimensions are the numbers of a code themselves.",
    )
    share = fitted.explained_variance
    for (name, title), component in zip(AXES.items(), view.axes, strict=True):
        state.show(name, component)
        st.selectbox(
            title,
            list(range(n_components)),
            format_func=lambda c: f"{fitted.name_of(c)} · {share[c]:.0%} of variance",
            key=f"explore_{name}",
            on_change=_on_axes,
            args=(name,),
        )


def _choose_completion(view: View, fitted: Plane, n_dims: int) -> None:
    state.show("completion", "set" if isinstance(view.completion, tuple) else view.completion)
    st.segmented_control(
        "Off the map's plane, a clicked place is",
        list(COMPLETIONS),
        format_func=COMPLETIONS.__getitem__,
        key="explore_completion",
        on_change=_on_completion,
        args=(len(fitted.others),),
        required=True,
        help=f"The map shows 2 of {n_dims} dimensions; the rest of a clicked code has to come "
        "from somewhere. The sliders are among all dimensions, below the map.",
    )


def _on_basis() -> None:
    _turn(basis=st.session_state["explore_basis"], axes=(0, 1))


def _on_axes(name: str) -> None:
    """Two equal axes swap instead of showing a line."""
    chosen = st.session_state[f"explore_{name}"]
    position = list(AXES).index(name)
    axes = list(state.current().axes)
    if chosen == axes[1 - position]:
        axes.reverse()
    else:
        axes[position] = chosen
    _turn(axes=(axes[0], axes[1]))


def _turn(**changes: object) -> None:
    """Another plane: a place, a zoom and a step off the plane mean nothing on it."""
    view = state.current()
    completion = "nearest" if isinstance(view.completion, tuple) else view.completion
    if view.place is not None:
        st.toast("The pinned place was one of the other plane. Pin a new one.")
    state.update(**changes, completion=completion, place=None, zoom=None)
    history.forget()


def _on_completion(n_others: int) -> None:
    chosen = st.session_state["explore_completion"]
    if chosen == "set":
        state.update(completion=(0.0,) * n_others, space=True)  # where the sliders are
    else:
        state.update(completion=chosen)


def _on_fade() -> None:
    state.update(fade=st.session_state["explore_fade"])
