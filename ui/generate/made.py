"""Everything the Generate page draws from a model, kept: bounded caches, keyed by plain values.

Nothing in them is ever changed. A model is known by its path and the time its file was written.
"""

from __future__ import annotations

from functools import partial
from typing import Literal, NamedTuple

import numpy as np
import numpy.typing as npt
import streamlit as st
from scipy.special import ndtri

from ui import cache
from ui.frame import is_strip, visible_ranges
from ui.keys import MapKey
from ui.samples import File, FloatArray, Pictures, from_prior, judged
from vae_core import (
    decode,
    fit_mixture,
    prior_percentile,
    sample_mixture,
    traverse,
)
from vae_core.decoding import decode_grid
from vae_core.metrics.latent import is_active
from vae_core.mixture import Mixture

Source = Literal["prior", "codes"]
MANY = 2000  # draws that are judged and not drawn
REACHED = 99.0  # per cent of the prior's draws, that a reached code is not further out than
_shared = partial(st.cache_resource, show_spinner=False)


class Axes(NamedTuple):
    """Of a latent space: mean and spread (standard deviation) of the codes along each dimension.

    `active` tells which of them the model uses; all have shape (D,), latent units.
    """

    mean: FloatArray
    spread: FloatArray
    active: npt.NDArray[np.bool_]


class Chances(NamedTuple):
    """Per cent of many draws that are inside, at the edge of and outside the data."""

    inside: float
    edge: float
    outside: float


@_shared(max_entries=16)
def mixture(file: File) -> Mixture:
    """A mixture of Gaussians where the codes of the held-out images are."""
    return fit_mixture(cache.neighbourhood(*file).data)


@_shared(max_entries=16)
def axes(file: File) -> Axes:
    """Of all held-out images' codes."""
    latents = cache.checkpoint(*file).latents
    mu = latents.mu.double().numpy()
    return Axes(mu.mean(0), mu.std(0), is_active(latents))


@_shared(max_entries=32)
def samples(file: File, source: Source, n: int, seed: int, temperature: float) -> Pictures:
    """Codes drawn from the prior or from where the codes are, and their pictures."""
    if source == "prior":
        found: Pictures = from_prior(file, n, seed, temperature)
        return found
    model = cache.checkpoint(*file).model
    z, images = sample_mixture(model, mixture(file), n, seed, temperature)
    return judged(file, z.double().numpy(), images.numpy())


@_shared(max_entries=64)
def chances(file: File, source: Source, temperature: float) -> Chances:
    """Where many draws fall."""
    n_dims = cache.checkpoint(*file).config.latent_dim
    if source == "prior":
        z = temperature * np.random.default_rng(0).normal(size=(MANY, n_dims))
    else:
        z = mixture(file).draw(MANY, 0, temperature)
    where = cache.neighbourhood(*file).support(z).label
    inside, edge, outside = (
        float((where == word).mean() * 100) for word in ("inside", "edge", "outside")
    )
    return Chances(inside, edge, outside)


@_shared(max_entries=64)
def reach(file: File, temperature: float) -> float:
    """Per cent of the images with codes no further from zero than draws from the prior go."""
    data = cache.neighbourhood(*file).data
    if temperature <= 0:
        return 0.0
    return float((prior_percentile(data / temperature) <= REACHED).mean() * 100)


@_shared(max_entries=64)
def one(file: File, z: tuple[float, ...]) -> Pictures:
    """One code, decoded; no leading axis."""
    codes = np.array([z])
    found = judged(file, codes, decode(cache.checkpoint(*file).model, codes).numpy())
    return Pictures(found.z[0], found.images[0], found.where[0])


@_shared(max_entries=32)
def traversals(
    file: File, z: tuple[float, ...], dims: tuple[int, ...], spreads: tuple[float, ...]
) -> Pictures:
    """A row for each dimension: the code with it at so many spreads from the mean of the codes."""
    model, found = cache.checkpoint(*file).model, axes(file)
    rows, codes = [], np.tile(np.array(z), (len(dims), len(spreads), 1))
    for row, dim in enumerate(dims):
        codes[row, :, dim] = found.mean[dim] + np.array(spreads) * found.spread[dim]
        rows.append(traverse(model, z, dim, codes[row, :, dim]).numpy())
    return judged(file, codes, np.stack(rows))


class DecodedMap(NamedTuple):
    """Pictures over a plane, row 0 on top, and the places of their columns and rows."""

    pictures: Pictures
    x: FloatArray
    y: FloatArray


@_shared(max_entries=6)
def decoded_map(key: MapKey, n: int) -> DecodedMap:
    """What the map shows, in n x n cells (n x 1 for a strip), each decoded at its centre."""
    fitted = cache.plane(key)
    (left, right), (bottom, top) = visible_ranges(fitted)
    middles = (np.arange(n) + 0.5) / n
    x = left + (right - left) * middles
    y = np.zeros(1) if is_strip(fitted) else top + (bottom - top) * middles
    return _over(key, x, y)


@_shared(max_entries=6)
def prior_map(key: MapKey, n: int) -> DecodedMap:
    """The plane of a VAE with D <= 2, its places spaced as draws from the prior are.

    They are at evenly spaced quantiles of the prior along each axis (Kingma & Welling 2014,
    figure 4), each the median of its n-th of the prior: all cells are equally likely.
    """
    x = ndtri((np.arange(n) + 0.5) / n)
    return _over(key, x, np.zeros(1) if is_strip(cache.plane(key)) else x[::-1])


def _over(key: MapKey, x: FloatArray, y: FloatArray) -> DecodedMap:
    fitted, file = cache.plane(key), (key.path, key.mtime)
    images = decode_grid(cache.checkpoint(*file).model, fitted, x, y).numpy()
    places = np.stack(np.meshgrid(x, y), axis=-1)
    z = fitted.to_latent(places.reshape(-1, 2)).reshape(len(y), len(x), -1)
    return DecodedMap(judged(file, z, images), x, y)
