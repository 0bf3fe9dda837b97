"""The tiny models and what is drawn of them; bounded caches, keyed by plain values.

A file is known by the time it was written. No data set is needed, but where MNIST is,
its images are drawn again: whether it is there is part of every key, so that a download takes
effect at once.
"""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import plotly.graph_objects as go
import streamlit as st

from ui import charts
from ui.frame import Ranges
from ui.images import to_bytes
from ui.palette import INK, class_colour
from vae_core import sample_prior
from vae_core.data import ImageSet, default_data_dir
from vae_core.errors import DataMissingError
from vae_core.flaws import FLAWS, FlawKey, Specimen, files
from vae_core.flaws.pictures import drawn_images, held_out_images
from vae_core.flaws.symptoms import reconstructed

N_DRAWS = 24  # pictures from the prior
N_DRAWN = 12  # images that are drawn again
MARGIN = 0.05  # of a map's width, around its codes
REACH = 3.0  # of the prior's sigma, that a VAE's map shows at least
RING, CORNERS = 2.0, 100  # the drawn circle's radius, in the prior's sigmas, and its corners
ELLIPSES = 3  # of each class
HEIGHT = 340  # pixels
_shared = partial(st.cache_resource, show_spinner=False)
FloatArray = npt.NDArray[np.float64]


class Draws(NamedTuple):
    """Codes drawn from the prior, shape (N, D), and their pictures, uint8, (N, C, H, W)."""

    z: FloatArray
    images: npt.NDArray[np.uint8]


class State(NamedTuple):
    """All that decides what is shown of a model.

    Attributes:
        key: Of the flaw.
        is_cured: Whether it is cured of it.
        mtimes: Of the flawed model's file and the cured one's: their maps are equally wide.
        is_drawn: Whether its images are drawings.
    """

    key: FlawKey
    is_cured: bool
    mtimes: tuple[int, int]
    is_drawn: bool


def state_of(key: FlawKey, *, is_cured: bool) -> State:
    """As it is now."""
    flawed, cured = (_stamp(files.specimen_path(key, is_cured=each)) for each in (False, True))
    return State(key, is_cured, (flawed, cured), is_drawn())


def specimen(key: FlawKey, *, is_cured: bool) -> Specimen:
    """The model with this flaw, or cured of it.

    Raises:
        CheckpointError: Its file is not there or damaged.
    """
    found: Specimen = _specimen(key, is_cured, _stamp(files.specimen_path(key, is_cured=is_cured)))
    return found


@_shared(max_entries=8)
def _specimen(key: FlawKey, is_cured: bool, mtime: int) -> Specimen:
    return files.load_specimen(key, is_cured=is_cured)


def images() -> ImageSet:
    """Held-out images, or what a sound model draws for them."""
    found: ImageSet
    try:
        found = _held_out(str(default_data_dir()))
    except DataMissingError:  # which is never kept
        found = _drawings()
    return found


@_shared(max_entries=2)
def _held_out(folder: str) -> ImageSet:
    return held_out_images()


@_shared(max_entries=1)
def _drawings() -> ImageSet:
    return drawn_images()


def of_images() -> str:
    """What these images are, reading on after a number."""
    return "drawings of held-out MNIST images" if is_drawn() else "held-out MNIST images"


def is_drawn() -> bool:
    """Whether MNIST is not on this machine."""
    return images().name.startswith("drawn by")


def _stamp(path: Path) -> int:
    try:
        return path.stat().st_mtime_ns
    except OSError:  # said when it is opened
        return 0


def draws(key: FlawKey, is_cured: bool) -> Draws:
    """Pictures of codes from the prior; the same codes for every model."""
    found: Draws = _draws(state_of(key, is_cured=is_cured))
    return found


@_shared(max_entries=8)
def _draws(state: State) -> Draws:
    found = sample_prior(specimen(state.key, is_cured=state.is_cured).model, N_DRAWS)
    return Draws(found.z.double().numpy(), to_bytes(found.images.numpy()))


def drawn_again(key: FlawKey, is_cured: bool) -> npt.NDArray[np.uint8]:
    """Images above, their reconstructions below, uint8, shape (2, N, C, H, W)."""
    found: npt.NDArray[np.uint8] = _drawn_again(state_of(key, is_cured=is_cured))
    return found


@_shared(max_entries=8)
def _drawn_again(state: State) -> npt.NDArray[np.uint8]:
    shown = images().subset(range(N_DRAWN))
    again = reconstructed(specimen(state.key, is_cured=state.is_cured).model, shown)
    return np.stack([shown.images.numpy(), to_bytes(again)])


def map_figure(key: FlawKey, is_cured: bool, theme: str) -> go.Figure:
    """The codes of the reference images; a VAE's with the prior and the draws from it."""
    return _map_figure(state_of(key, is_cured=is_cured), theme)


@_shared(max_entries=16)
def _map_figure(state: State, theme: str) -> go.Figure:
    key, is_cured = state.key, state.is_cured
    found = specimen(key, is_cured=is_cured)
    labels = found.latents.labels.numpy()
    is_vae = FLAWS[key].kind == "vae"
    unit = "latent units" + ", prior σ = 1" * is_vae
    figure = charts.latent_map(
        charts.Dots(found.latents.mu.double().numpy(), labels, np.arange(len(labels))),
        charts.MapLabels(f"z1 ({unit})", f"z2 ({unit})", images().classes),
        _ranges(key, is_cured),
        theme,
        f"{key} {is_cured}",
        height=HEIGHT,
    )
    figure.update_layout(dragmode=False)
    if is_vae:
        # As WebGL, like the dots: a shape would lie under them.
        turn = np.linspace(0, 2 * np.pi, CORNERS)
        circle = np.stack([np.cos(turn), np.sin(turn)], axis=1)
        ink = {"color": INK[theme], "width": 2}
        _add_line(figure, RING * circle, ink | {"dash": "dash"})
        for label in range(len(images().classes)):
            _add_line(figure, _widths(found, label, circle), {"color": INK[theme], "width": 3})
            _add_line(figure, _widths(found, label, circle), {"color": class_colour(label)})
        z = draws(key, is_cured).z
        cross = {"symbol": "x-thin", "size": 8, "line": {"width": 2, "color": INK[theme]}}
        figure.add_scattergl(x=z[:, 0], y=z[:, 1], mode="markers", marker=cross, hoverinfo="none")
    return figure


def _add_line(figure: go.Figure, xy: FloatArray, line: dict[str, object]) -> None:
    figure.add_scattergl(x=xy[:, 0], y=xy[:, 1], mode="lines", hoverinfo="none", line=line)


def _widths(found: Specimen, label: int, circle: FloatArray) -> FloatArray:
    """Ellipses of some images' posteriors, one sigma, to scale, with a gap after each, (M, 2)."""
    latents = found.latents.subset((found.latents.labels == label).nonzero()[:ELLIPSES, 0])
    assert latents.logvar is not None
    mu, sigma = latents.mu.double().numpy(), np.exp(0.5 * latents.logvar.double().numpy())
    gap = np.full((1, mu.shape[1]), np.nan)
    return np.concatenate([
        np.concatenate([centre + width * circle, gap])
        for centre, width in zip(mu, sigma, strict=True)
    ])  # fmt: skip


def _ranges(key: FlawKey, is_cured: bool) -> Ranges:
    """What a map shows; for a VAE the same with the flaw and without, to be compared."""
    versions = (False, True) if FLAWS[key].kind == "vae" else (is_cured,)
    codes = np.concatenate([specimen(key, is_cured=v).latents.mu.numpy() for v in versions])
    if FLAWS[key].kind == "vae":
        codes = np.concatenate([codes, [[-REACH, -REACH], [REACH, REACH]]])
    spare = MARGIN * np.ptp(codes, axis=0)
    left, bottom = codes.min(0) - spare
    right, top = codes.max(0) + spare
    return (float(left), float(right)), (float(bottom), float(top))
