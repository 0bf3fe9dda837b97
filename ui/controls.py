"""The choices above the map: what to look at, and how much of it."""

from __future__ import annotations

import streamlit as st

from ui import cache, history, state
from ui.cache import Batch
from ui.catalogue import Entry, dataset_title
from ui.literal import literal
from ui.state import View
from vae_core.config import quote

BATCH_SIZES = (500, 2000)
MODELS = (
    "**deep-map** is a deep network made for good maps. The others are the small networks of "
    "well-known tutorials: **dense** ones have the given number of units in a hidden layer, "
    "**conv** ones look at the picture through convolutions. **AE**: plain autoencoder; **VAE**: "
    "variational autoencoder; then the number of dimensions of its codes."
)
COMPLETIONS = {"nearest": "as the nearest image", "zero": "zero"}


def choose_entry(entries: list[Entry]) -> Entry:
    """Data set and model pickers; the model on show."""
    view = state.current()
    by_name = {entry.name: entry for entry in entries}
    datasets = list(dict.fromkeys(entry.header.dataset.name for entry in entries))
    wanted = by_name.get(view.model)
    dataset = wanted.header.dataset.name if wanted else view.dataset
    if dataset not in datasets:
        dataset = datasets[0]
    offered = [entry for entry in entries if entry.header.dataset.name == dataset]
    entry = wanted or offered[0]
    if (view.dataset, view.model) != (dataset, entry.name):
        _say_if_absent(view, datasets, entry)
        state.update(dataset=dataset, model=entry.name)
    _show("dataset", dataset)
    _show("model", entry.name)
    st.selectbox(
        "Data set",
        datasets,
        format_func=dataset_title,
        key="explore_dataset",
        on_change=_on_dataset,
        args=(entries,),
        width=220,
    )
    st.selectbox(
        "Model",
        [e.name for e in offered],
        format_func=lambda name: by_name[name].title,
        key="explore_model",
        on_change=_on_model,
        help=MODELS,
        width=300,
    )
    return entry


def _say_if_absent(view: View, datasets: list[str], entry: Entry) -> None:
    """A link can ask for what is not here, or for a model of other data."""
    dataset = entry.header.dataset.name
    missing = []
    if view.model and view.model != entry.name:
        missing.append(f"no model {literal(quote(view.model))}")
    if view.dataset and view.dataset not in datasets:
        missing.append(f"no model of {literal(quote(view.dataset))}")
    elif view.model == entry.name and view.dataset not in ("", dataset):
        missing.append(
            f"no model {literal(quote(view.model))} of {literal(dataset_title(view.dataset))}"
        )
    if missing:
        st.toast(
            f"There is {' and '.join(missing)} here. "
            f"Shown instead: {literal(dataset_title(dataset))}, {literal(entry.title)}.",
            icon=":material/link_off:",
        )


def choose_batch(entry: Entry) -> None:
    """Which images are on the map, and a button for others."""
    sizes = _batch_sizes(entry)
    view, asked = state.current(), state.current()
    if view.batch_size not in sizes:
        n_held_out = len(cache.checkpoint(entry.path, entry.mtime).latents)
        fitting = [n for n in sizes if n <= min(view.batch_size, n_held_out)]
        view = state.update(batch_size=max(fitting, default=min(sizes)))
    if max(view.axes) >= max(_n_axes(entry), 2):
        view = state.update(axes=(0, 1))
    if state.was_asked("n", "axes") and view != asked:
        st.toast(
            "Part of the link does not fit this model and was changed: "
            f"{view.batch_size:,} images, axes {view.axes[0] + 1} and {view.axes[1] + 1}.",
            icon=":material/link_off:",
        )
    is_partial = view.batch_size in BATCH_SIZES
    with st.popover("Map settings", icon=":material/tune:", key="explore_settings"):
        _show("batch_size", view.batch_size)
        _show("seed", view.seed)
        st.selectbox(
            "Images on the map",
            list(sizes),
            format_func=lambda n: sizes.get(n, f"{n:,}"),
            key="explore_batch_size",
            on_change=_on_change,
            args=("batch_size",),
        )
        st.number_input(
            "Which images: seed of the choice",
            0,
            state.MAX_SEED,
            step=1,
            key="explore_seed",
            on_change=_on_change,
            args=("seed",),
            disabled=not is_partial,
            help="The same seed always chooses the same images.",
        )
        if entry.header.config.latent_dim > 2:
            _choose_plane(entry)
    st.button(
        "Take another batch",
        icon=":material/shuffle:",
        key="explore_another",
        on_click=_on_another,
        disabled=not is_partial,
        help=None if is_partial else "All images are on the map already.",
    )


def _batch_sizes(entry: Entry) -> dict[int, str]:
    """Possible numbers of images on the map, with their names."""
    n_held_out = len(cache.checkpoint(entry.path, entry.mtime).latents)
    train = cache.images(entry.header.dataset, "train")
    sizes = {n: f"{n:,} held-out" for n in BATCH_SIZES if n < n_held_out}
    sizes[n_held_out] = f"all {n_held_out:,} held-out"
    if train is not None and len(train) > n_held_out:
        sizes[len(train)] = f"all {len(train):,} training"
    return sizes


def _n_axes(entry: Entry) -> int:
    """Components there are: no more than dimensions, and no more than codes."""
    n_codes = len(cache.checkpoint(entry.path, entry.mtime).latents)
    return min(entry.header.config.latent_dim, n_codes)


def _choose_plane(entry: Entry) -> None:
    """Axes and completion, for models of more than two dimensions."""
    view = state.current()
    n_dims = entry.header.config.latent_dim
    share = cache.plane(entry.path, entry.mtime, view.axes).explained_variance
    titles = {"axis_x": "Horizontal axis", "axis_y": "Vertical axis"}
    for (name, title), component in zip(titles.items(), view.axes, strict=True):
        _show(name, component)
        st.selectbox(
            title,
            list(range(_n_axes(entry))),
            format_func=lambda c: f"PC {c + 1} · {share[c]:.0%} of variance",
            key=f"explore_{name}",
            on_change=_on_axes,
            args=(name,),
        )
    _show("completion", view.completion)
    st.segmented_control(
        "Off the map's plane, a clicked place is",
        list(COMPLETIONS),
        format_func=COMPLETIONS.__getitem__,
        key="explore_completion",
        on_change=_on_change,
        args=("completion",),
        required=True,
        help=f"The map shows 2 of {n_dims} dimensions; the rest of a clicked code has to come "
        "from somewhere.",
    )


def batch_caption(shown: Batch, view: View) -> str:
    """How many images are on the map, which, and how they were chosen."""
    kind = "held-out" if shown.split == "test" else "training"
    seed = f", seed {view.seed}" if view.batch_size in BATCH_SIZES else ""
    source = "encoded just now" if shown.is_live else "from the stored encoding"
    return f"{len(shown.indices):,} {kind} images{seed}, {source}"


def _show(name: str, value: object) -> None:
    """Put the view's value into a widget before it is drawn."""
    st.session_state[f"explore_{name}"] = value


def _on_change(name: str) -> None:
    changes = {name: st.session_state[f"explore_{name}"]}
    if name == "batch_size":  # perhaps of the other split, whose images have other numbers
        changes["image"] = None
        history.forget()
    state.update(**changes)


def _on_dataset(entries: list[Entry]) -> None:
    name = st.session_state["explore_dataset"]
    first = next(entry for entry in entries if entry.header.dataset.name == name)
    _switch(dataset=name, model=first.name, batch_size=state.DEFAULT_BATCH)


def _on_model() -> None:
    _switch(model=st.session_state["explore_model"])


def _switch(**changes: str | int) -> None:
    """Another model has another map: the pinned place, the axes and the zoom mean nothing on it."""
    kept = state.current()
    same_data = changes.get("dataset", kept.dataset) == kept.dataset
    image = kept.image if same_data else None
    state.update(**changes, axes=(0, 1), place=None, image=image, zoom=None)
    history.forget()


def _on_another() -> None:
    view = state.current()
    state.update(seed=(view.seed + 1) % state.MAX_SEED)


def _on_axes(label: str) -> None:
    """Two equal axes swap instead of showing a line."""
    view = state.current()
    chosen = st.session_state[f"explore_{label}"]
    position = ("axis_x", "axis_y").index(label)
    axes = list(view.axes)
    if chosen == axes[1 - position]:
        axes.reverse()
    else:
        axes[position] = chosen
    state.update(axes=(axes[0], axes[1]), place=None, zoom=None)
    history.forget()
