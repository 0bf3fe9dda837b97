"""What the lesson on honest maps computes."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import plotly.graph_objects as go
import streamlit as st

from ui import cache
from ui.exhibit import Exhibit
from ui.frame import Ranges
from ui.keys import BatchKey
from ui.learn import material
from vae_core import decode, fit_plane
from vae_core.metrics.flattening import FalseFriends, false_friends, true_neighbours

FloatArray = npt.NDArray[np.float64]
_shared = partial(st.cache_resource, show_spinner=False)
TURN = 5  # degrees from one place of the slider to the next
CHECKED = 200  # codes that a turn is checked on


def shares(exhibit: Exhibit) -> FloatArray:
    """Of the codes' spread along each direction, the widest first, and all of them together 1."""
    return exhibit.fitted.explained_variance


def enough(exhibit: Exhibit, wanted: float) -> int:
    """How many directions hold that share of the spread."""
    held = np.cumsum(shares(exhibit))
    return int(np.searchsorted(held, wanted * held[-1] - 1e-9)) + 1


def friends(exhibit: Exhibit) -> FalseFriends:
    """The two dots of the map that are drawn on one another and are furthest apart."""
    found: FalseFriends = _friends(exhibit.batch_key)
    return found


@_shared(max_entries=8)
def _friends(key: BatchKey) -> FalseFriends:
    codes, numbers = cache.checkpoint(key.path, key.mtime).latents.mu, cache.batch(key).indices
    found = false_friends(fit_plane(codes), codes[numbers])
    return replace(found, first=int(numbers[found.first]), second=int(numbers[found.second]))


def apart(exhibit: Exhibit, axes: tuple[int, int]) -> float:
    """Distance of the two on a map of other axes, latent units."""
    return float(np.hypot(*steps_apart(exhibit)[list(axes)]))


def steps_apart(exhibit: Exhibit) -> FloatArray:
    """Distance of the two along each direction, the widest first, latent units, shape (D,)."""
    pair = friends(exhibit)
    codes = exhibit.loaded.latents.mu[[pair.first, pair.second]].double().numpy()
    found: FloatArray = np.abs((codes[1] - codes[0]) @ exhibit.fitted.basis.T)
    return found


def furthest(exhibit: Exhibit) -> float:
    """The largest distance of the two on any map of two directions, latent units."""
    n = len(exhibit.fitted.basis)
    return max(apart(exhibit, (a, b)) for a in range(n) for b in range(a + 1, n))


def kept(exhibit: Exhibit) -> float:
    """Share of dots whose nearest dot on the map is near in the whole code too, 0 to 1."""
    found: float = _kept(exhibit.batch_key)
    return found


@_shared(max_entries=8)
def _kept(key: BatchKey) -> float:
    codes = cache.checkpoint(key.path, key.mtime).latents.mu
    return true_neighbours(fit_plane(codes), codes[cache.batch(key).indices])


def off_and_in(exhibit: Exhibit) -> tuple[float, float]:
    """Medians over all codes: distance off the plane, and from the middle within it."""
    codes, fitted = exhibit.loaded.latents.mu, exhibit.fitted
    within = np.linalg.norm(fitted.to_plane(codes), axis=1)
    return float(np.median(fitted.off_plane(codes))), float(np.median(within))


def partly_hidden(exhibit: Exhibit, z: FloatArray, share: float) -> FloatArray:
    """A code with that share of what lies off the plane, shape (D,); 1 leaves it as it is."""
    flat = exhibit.fitted.to_latent(exhibit.fitted.to_plane(z[None]), "zero")[0]
    found: FloatArray = flat + share * (z - flat)
    return found


def sigmas(exhibit: Exhibit) -> FloatArray:
    """Half axes of all images' ellipses, latent units, shape (N, D)."""
    logvar = exhibit.loaded.latents.logvar
    assert logvar is not None
    found: FloatArray = np.exp(0.5 * logvar.double().numpy())
    return found


def usual_sigma(exhibit: Exhibit) -> float:
    """The median half axis of all images' ellipses, latent units."""
    return float(np.median(sigmas(exhibit)))


def within_ellipse(exhibit: Exhibit, times: float) -> float:
    """Of all images, the share whose codes an ellipse holds, enlarged so often; the median."""
    mu, sigma = exhibit.loaded.latents.mu.double().numpy(), sigmas(exhibit)
    held = []
    for number in range(min(len(mu), CHECKED)):
        steps = (mu - mu[number]) / (times * sigma[number])
        held.append((np.square(steps).sum(1) <= 1).sum() - 1)
    return float(np.median(held)) / max(len(mu) - 1, 1)


def turned(xy: FloatArray, degrees: float) -> FloatArray:
    """Places, (N, 2), turned around zero against the clock."""
    angle = np.deg2rad(degrees)
    turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    found: FloatArray = xy @ turn
    return found


def horizontal_share(exhibit: Exhibit, degrees: float) -> float:
    """Share of the spread along the horizontal axis of a map turned so far, 0 to 1."""
    variance = turned(exhibit.loaded.latents.mu.double().numpy(), degrees).var(0)
    return float(variance[0] / variance.sum())


class Turned(NamedTuple):
    """The most that a turn changes, over some dots: in pictures, distances and numbers."""

    pictures: float
    distances: float
    numbers: float


def after_turn(exhibit: Exhibit, degrees: float) -> Turned:
    """Turn the codes and the decoder with them: it turns a code back before it draws it."""
    z = exhibit.loaded.latents.mu[:CHECKED].double().numpy()
    there = turned(z, degrees)
    model = exhibit.loaded.model
    pictures = decode(model, z) - decode(model, turned(there, -degrees))
    lengths = [np.linalg.norm(codes - codes[0], axis=1) for codes in (z, there)]
    return Turned(
        float(pictures.abs().max()),
        float(np.abs(lengths[1] - lengths[0]).max()),
        float(np.abs(there - z).max()),
    )


@_shared(max_entries=80)
def turned_map(path: str, mtime: int, degrees: int, theme: str) -> go.Figure:
    """The map of a two-dimensional model, turned."""
    loaded = cache.checkpoint(path, mtime)
    xy = turned(loaded.latents.mu.double().numpy(), degrees)
    titles = f"horizontal, turned by {degrees}° (latent units)", "vertical (latent units)"
    return material.plain_map(loaded, xy, _ranges(xy), titles, theme, f"turned {degrees}")


def widest_map(exhibit: Exhibit, theme: str) -> go.Figure:
    """The map of the two widest directions, which does not tell how much they hold."""
    xy = exhibit.fitted.to_plane(exhibit.loaded.latents.mu)
    titles = "PC 1 (latent units)", "PC 2 (latent units)"
    return material.plain_map(exhibit.loaded, xy, _ranges(xy), titles, theme, "widest")


def _ranges(xy: FloatArray) -> Ranges:
    """Nearly all places, zero in the middle."""
    reach = float(np.quantile(np.linalg.norm(xy, axis=1), 0.99)) * 1.1
    return (-reach, reach), (-reach, reach)
