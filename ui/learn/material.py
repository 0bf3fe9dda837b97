"""What lessons look at: images of a model, and a typical one of each class."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from html import escape

import numpy as np
import numpy.typing as npt
import plotly.graph_objects as go
import streamlit as st

from ui import cache, charts
from ui.catalogue import Entry
from ui.distinct import distinct
from ui.exhibit import Exhibit
from ui.frame import Ranges
from ui.images import decoded_to_html, figure, strip
from ui.keys import MapKey
from ui.learn import models
from ui.learn.desk import Desk
from ui.literal import literal
from vae_core import decode
from vae_core.checkpoints import Checkpoint
from vae_core.data import ImageSet
from vae_core.errors import DataError

FloatArray = npt.NDArray[np.float64]
N_DOTS = 1500  # of a plain map, at most
HEIGHT = 440  # pixels
MAP_2D = ("mnist-deep-map-vae-2d", "digits-dense-512-vae-2d")


def images_of(entry: Entry, *, training: bool = False) -> ImageSet:
    """Held-out or training images of a model.

    Raises:
        DataError: They are not here.
    """
    found = cache.images(entry.header.dataset, "train" if training else "test")
    if found is None:
        title = models.in_words(entry)
        raise DataError(f"The images of {title} are not on this machine; this step needs them.")
    return found


def with_axes(exhibit: Exhibit, axes: tuple[int, int]) -> Exhibit:
    """The same model and images on a map of other axes, components from 0."""
    key = MapKey(exhibit.entry.path, exhibit.entry.mtime, axes, exhibit.map_key.basis)
    return replace(exhibit, map_key=key, fitted=cache.plane(key))


def plain_map(
    loaded: Checkpoint,
    xy: FloatArray,
    ranges: Ranges,
    titles: tuple[str, str],
    theme: str,
    name: str,
) -> go.Figure:
    """A map of places, (N, 2), of the model's codes that tells nothing but its axes' titles."""
    n = min(len(xy), N_DOTS)
    dots = charts.Dots(xy[:n], loaded.latents.labels[:n].numpy(), np.arange(n))
    texts = charts.MapLabels(*titles, loaded.dataset.classes)
    return charts.latent_map(dots, texts, ranges, theme, name, height=HEIGHT)


def typical(exhibit: Exhibit, label: int) -> int:
    """Number of the most typical held-out image of a class."""
    return int(cache.classmates(exhibit.batch_key, label)[0])


def present(exhibit: Exhibit) -> list[int]:
    """The classes that held-out images have."""
    return [int(label) for label in np.unique(exhibit.loaded.latents.labels.numpy())]


def code_of(exhibit: Exhibit, number: int) -> FloatArray:
    """Code of a held-out image, shape (D,)."""
    code: FloatArray = exhibit.loaded.latents.mu[number].double().numpy()
    return code


def drawn(exhibit: Exhibit, z: FloatArray, words: str, alt: str) -> str:
    """What the decoder draws for a code, as a figure; the words are markup."""
    return figure(decoded_to_html(decode(exhibit.loaded.model, z[None])[0].numpy(), alt), words)


def row(figures: list[str]) -> str:
    """Figures in a row, larger than elsewhere: they are what the step is about."""
    return f"<div class=looked-at>{strip(figures)}</div>"


def class_name(exhibit: Exhibit, label: int) -> str:
    """Of a class, as plain text; see `class_in_markdown` and `class_in_html`."""
    return exhibit.loaded.dataset.classes[label]


def class_in_markdown(exhibit: Exhibit, label: int) -> str:
    """The same for Markdown: names of classes may hold any letters."""
    return literal(class_name(exhibit, label))


def class_in_html(exhibit: Exhibit, label: int) -> str:
    """The same as markup."""
    return escape(class_name(exhibit, label))


def choose_model(desk: Desk, options: Sequence[Entry], worth: Sequence[float]) -> int:
    """Position of the model that is chosen; to begin with, that of least worth.

    Where none is worth more than another there is none to look for, and the page says so.
    """
    if min(worth) == max(worth):
        few = "There is only one such model here, and nothing to compare it with."
        equal = "In this all such models here are equal: there is none to look for."
        st.info(
            f"{few if len(options) == 1 else equal} Train others on the Train page, or simply go "
            "on."
        )
    if len(options) == 1:
        return 0
    names = distinct({each.name: models.in_words(each) for each in options})
    chosen: int = st.selectbox(
        "Model", range(len(options)), worth.index(min(worth)), key=desk.key("model"),
        format_func=lambda i: names[options[i].name],
    )  # fmt: skip
    return chosen


def has_guessed(desk: Desk) -> bool:
    """Whether the step's question was answered; before, the live side hides the figures."""
    if desk.answer is None:
        st.info("Guess first: answer the question. Then the figures are shown here.")
    return desk.answer is not None
