"""The choices above the map: what to look at, and how much of it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import streamlit as st

from ui import cache, colours, history, state
from ui.catalogue import Entry, dataset_title
from ui.distinct import distinct
from ui.exhibit import Exhibit
from ui.explore import planes
from ui.link import MAX_SEED
from ui.literal import literal
from ui.parts import TITLES
from ui.view import DEFAULT_BATCH, View
from vae_core.config import quote

BATCH_SIZES = (500, 2000)
MODELS = (
    "**deep-map** is a deep network made for good maps. The others are the small networks of "
    "well-known tutorials: **dense** ones have the given number of units in a hidden layer, "
    "**conv** ones look at the picture through convolutions. **AE**: plain autoencoder; **VAE**: "
    "variational autoencoder; then the number of dimensions of its codes."
)


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
    state.show("dataset", dataset)
    state.show("model", entry.name)
    st.selectbox(
        "Data set",
        datasets,
        format_func=distinct({name: dataset_title(name) for name in datasets}).__getitem__,
        key="explore_dataset",
        on_change=_on_dataset,
        args=(entries,),
        width=220,
    )
    st.selectbox(
        "Model",
        [e.name for e in offered],
        format_func=distinct({e.name: e.title for e in offered}).__getitem__,
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
    asked = state.current()
    view = _fit(entry, sizes)
    names = state.asked("n", "axes", "off", "classes", "image", "colour", "fade", "space")
    if "n" not in names:  # then the number is nobody's wish
        asked = replace(asked, batch_size=view.batch_size)
    if names and view != asked:
        _say_what_changed(asked, view)
    is_partial = view.batch_size in BATCH_SIZES
    with st.popover("Map settings", icon=":material/tune:", key="explore_settings"):
        _choose_images(view, sizes, is_partial=is_partial)
        planes.choose(entry)
    st.button(
        "Take another batch",
        icon=":material/shuffle:",
        key="explore_another",
        on_click=_on_another,
        disabled=not is_partial,
        help=None if is_partial else "All images are on the map already.",
    )


def _choose_images(view: View, sizes: dict[int, str], *, is_partial: bool) -> None:
    state.show("batch_size", view.batch_size)
    state.show("seed", view.seed)
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
        MAX_SEED,
        step=1,
        key="explore_seed",
        on_change=_on_change,
        args=("seed",),
        disabled=not is_partial,
        help="The same seed always chooses the same images.",
    )


def _fit(entry: Entry, sizes: dict[int, str]) -> View:
    """The view with images and a plane that there are; a link can ask for any."""
    view = state.current()
    if view.batch_size not in sizes:
        n_held_out = len(cache.checkpoint(entry.path, entry.mtime).latents)
        fitting = [n for n in sizes if n <= min(view.batch_size, n_held_out)]
        view = state.update(batch_size=max(fitting, default=min(sizes)))
    _, n_images = cache.part_of(entry.path, entry.mtime, view.batch_size)
    if view.image is not None and view.image >= n_images:
        state.update(image=n_images - 1)
    if view.classes and view.classes[-1] >= len(entry.header.dataset.classes):
        state.update(classes=())
    is_live = cache.images(entry.header.dataset, "test") is not None
    if view.colour not in colours.offered(entry.header.config, is_live=is_live):
        state.update(colour="class")
    return planes.fit_to(entry)


def _say_what_changed(asked: View, view: View) -> None:
    """A link can ask for what this model does not have."""
    changes = []
    if view.batch_size != asked.batch_size:
        changes.append(f"{view.batch_size:,} images")
    if (view.axes, view.basis) != (asked.axes, asked.basis):
        changes.append(f"axes {view.axes[0] + 1} and {view.axes[1] + 1}")
    if view.completion != asked.completion:
        changes.append("places off the plane as the nearest image")
    if view.classes != asked.classes:
        changes.append("all classes")
    if view.colour != asked.colour:
        changes.append("colours of the classes")
    if (view.fade, view.space) != (asked.fade, asked.space):
        changes.append("nothing off the plane, since there is nothing")
    if view.image != asked.image:
        changes.append(f"image {view.image:,}, the last one, instead of {asked.image:,}")
    st.toast(
        f"Part of the link does not fit this model and was changed: {'; '.join(changes)}.",
        icon=":material/link_off:",
    )


def _batch_sizes(entry: Entry) -> dict[int, str]:
    """Possible numbers of images on the map, with their names."""
    n_held_out = len(cache.checkpoint(entry.path, entry.mtime).latents)
    train = cache.images(entry.header.dataset, "train")
    sizes = {n: f"{n:,} held-out" for n in BATCH_SIZES if n < n_held_out}
    sizes[n_held_out] = f"all {n_held_out:,} held-out"
    if train is not None and len(train) > n_held_out:
        n_all = n_held_out + len(train)
        sizes[len(train)] = f"all {len(train):,} training"
        sizes[n_all] = f"all {n_all:,}, held-out and training"
    return sizes


def batch_caption(exhibit: Exhibit, classes: tuple[int, ...]) -> str:
    """How many images are on the map, which, and how they were chosen; () means all classes."""
    shown, key = exhibit.shown, exhibit.batch_key
    count, kind = f"{len(shown.indices):,}", f"{TITLES[shown.part]} images"
    if classes:
        n_kept = int(np.isin(shown.latents.labels.numpy(), classes).sum())
        count, kind = f"{n_kept:,} of {count}", f"{kind}, chosen classes only"
    seed = f", seed {key.seed}" if key.size in BATCH_SIZES else ""
    source = "encoded just now" if shown.is_live else "from the stored encoding"
    return f"{count} {kind}{seed}, {source}"


def _on_change(name: str) -> None:
    changes = {name: st.session_state[f"explore_{name}"]}
    if name == "batch_size":  # perhaps of the other split, whose images have other numbers
        changes["image"] = None
        history.forget()
    state.update(**changes)


def _on_dataset(entries: list[Entry]) -> None:
    name = st.session_state["explore_dataset"]
    first = next(entry for entry in entries if entry.header.dataset.name == name)
    switch(dataset=name, model=first.name, batch_size=DEFAULT_BATCH)


def _on_model() -> None:
    switch(model=st.session_state["explore_model"])


def switch(**changes: str | int) -> None:
    """Another model, and what was pinned on the last one means nothing on its map."""
    state.go(state.of_model(state.current(), **changes))
    history.forget()


def _on_another() -> None:
    view = state.current()
    state.update(seed=(view.seed + 1) % MAX_SEED)
