"""What the lesson on ways between two codes computes."""

from __future__ import annotations

from functools import partial
from itertools import combinations
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import plotly.graph_objects as go
import streamlit as st

from ui import cache
from ui.exhibit import Exhibit
from ui.interpolate.cached import Way, WayKey, ways
from ui.learn import material
from vae_core import decode
from vae_core.decoding import interpolate, picture_of
from vae_core.errors import DataError
from vae_core.geodesics import along, distances, equal_steps, length
from vae_core.metrics.similar import nearest_in_pixels
from vae_core.paths import Kind

FloatArray = npt.NDArray[np.float64]
_shared = partial(st.cache_resource, show_spinner=False)
N_PLACES = 101  # of a path that are asked for data
BENDS = tuple(range(0, 151, 10))  # per cent of the way from the straight path to the geodesic
N_PAIRS = 12  # pairs of classes whose halfway pictures are judged
GAIN = 0.002  # of a length: less is no gain, since it is lost in rounding
NEARLY_ALL = 0.9  # of what can be gained
AROUND = 0.6  # of the largest reach of the paths, seen to each side
FAR, FAR_STEP = 40, 1  # latent units from zero that the last step looks at
STEP = 0.5  # latent units, whose change of picture is measured


def code(exhibit: Exhibit, label: int) -> FloatArray:
    """Of the most typical held-out image of a class, shape (D,)."""
    return material.code_of(exhibit, material.typical(exhibit, label))


def pairs(exhibit: Exhibit) -> list[tuple[int, int]]:
    """All pairs of classes; raises DataError where there is one class only."""
    found = list(combinations(material.present(exhibit), 2))
    if not found:
        raise DataError("This step needs images of two classes, and there is only one here.")
    return found


def crowd(exhibit: Exhibit, pair: tuple[int, int]) -> FloatArray:
    """How crowded it is along the straight path between two classes, shape (N_PLACES,).

    Of each place the share of all images, in per cent, that have no nearer neighbours than it.
    """
    data = cache.neighbourhood(exhibit.entry.path, exhibit.entry.mtime)
    ends = np.stack([code(exhibit, label) for label in pair])
    found: FloatArray = data.support(along(ends, np.linspace(0, 1, N_PLACES))).percentile
    return found


def thinnest(exhibit: Exhibit) -> dict[tuple[int, int], float]:
    """The least crowded place on the straight path between two classes, for all pairs."""
    found: dict[tuple[int, int], float] = _thinnest(
        exhibit.entry.path, exhibit.entry.mtime, exhibit
    )
    return found


@_shared(max_entries=8)
def _thinnest(path: str, mtime: int, _exhibit: Exhibit) -> dict[tuple[int, int], float]:
    return {pair: float(crowd(_exhibit, pair).min()) for pair in pairs(_exhibit)}


def thin(exhibit: Exhibit) -> float:
    """What a fifth of all pairs do not exceed."""
    return float(np.quantile(list(thinnest(exhibit).values()), 0.2, method="higher"))


def first_pair(exhibit: Exhibit) -> tuple[int, int]:
    """Of the pairs whose straight path is not among the loneliest, the one furthest apart."""
    found, limit = thinnest(exhibit), thin(exhibit)
    crowded = [pair for pair in found if found[pair] > limit] or list(found)
    return max(crowded, key=lambda pair: _apart(exhibit, pair))


def _apart(exhibit: Exhibit, pair: tuple[int, int]) -> float:
    return float(np.linalg.norm(code(exhibit, pair[0]) - code(exhibit, pair[1])))


class Halfway(NamedTuple):
    """Distance of two pictures from the nearest real image: root of summed squared changes."""

    mixed: float
    decoded: float


def halfway(exhibit: Exhibit) -> Halfway:
    """Medians over pairs of classes: pixels mixed half and half, and the code halfway, decoded."""
    found: Halfway = _halfway(exhibit.entry.path, exhibit.entry.mtime, exhibit)
    return found


@_shared(max_entries=8)
def _halfway(path: str, mtime: int, _exhibit: Exhibit) -> Halfway:
    images, model = material.images_of(_exhibit.entry), _exhibit.loaded.model
    found = []
    for pair in pairs(_exhibit)[:: max(1, len(pairs(_exhibit)) // N_PAIRS)]:
        first, last = (code(_exhibit, label) for label in pair)
        a, between, b = decode(model, interpolate(model, first, last, steps=3)).numpy()
        mixed = (a + b) / 2
        found.append([nearest_in_pixels(images, x, 1).distances[0] for x in (mixed, between)])
    return Halfway(*np.median(found, axis=0).tolist())


def bent(straight: FloatArray, geodesic: FloatArray, per_cent: int) -> FloatArray:
    """A path, (K, D), so far on the way from a straight one to a geodesic, both of K codes.

    0 is the straight path, 100 the geodesic; what is more leads on beyond it.
    """
    found: FloatArray = straight + per_cent / 100 * (geodesic - straight)
    found[[0, -1]] = straight[[0, -1]]
    return found


class Bent(NamedTuple):
    """Paths from the straight one to the geodesic and beyond, one for each of `BENDS`.

    Attributes:
        codes: Each path's, (K, D).
        lengths: How far the picture travels along each, shape (len(BENDS),).
    """

    codes: tuple[FloatArray, ...]
    lengths: FloatArray


def bent_ways(exhibit: Exhibit, pair: tuple[int, int]) -> Bent:
    """Between two classes. Codes of the same number are as far on for the picture on both."""
    a, b = (tuple(code(exhibit, label).tolist()) for label in pair)
    found: Bent = _bent_ways(WayKey(exhibit.entry.path, exhibit.entry.mtime, a, b))
    return found


@_shared(max_entries=64)
def _bent_ways(key: WayKey) -> Bent:
    picture, found = picture_of(cache.checkpoint(key.path, key.mtime).model), ways(key)
    geodesic = found["geodesic"].codes
    straight = equal_steps(picture, found["straight"].codes, len(geodesic) - 1)
    codes = tuple(bent(straight, geodesic, each) for each in BENDS)
    return Bent(codes, np.array([length(picture, each) for each in codes]))


def close_map(exhibit: Exhibit, pair: tuple[int, int], theme: str) -> go.Figure:
    """The part of the map in which all bent paths lie between two classes."""
    places = np.concatenate(bent_ways(exhibit, pair).codes)
    middle = (places.min(0) + places.max(0)) / 2
    (left, bottom), (right, top) = (
        middle + side * AROUND * np.ptp(places, 0).max() for side in (-1, 1)
    )
    return material.plain_map(
        exhibit.loaded, exhibit.loaded.latents.mu.double().numpy(), ((left, right), (bottom, top)),
        ("z1 (latent units)", "z2 (latent units)"), theme, f"{exhibit.map_key.name} {pair}",
    )  # fmt: skip


def is_detour_shorter(lengths: FloatArray) -> bool:
    """Whether a bent path is shorter than the straight one, the first."""
    return bool(lengths.min() < lengths[0] * (1 - GAIN))


def is_shortest(lengths: FloatArray, at: int) -> bool:
    """Whether this path gains nearly all that can be gained over the straight one."""
    gained, most = lengths[0] - lengths[at], lengths[0] - lengths.min()
    return is_detour_shorter(lengths) and bool(gained >= NEARLY_ALL * most)


def ways_between(exhibit: Exhibit, pair: tuple[int, int]) -> dict[Kind, Way]:
    """Straight and geodesic between two classes; see `ui.interpolate.cached`."""
    a, b = (tuple(code(exhibit, label).tolist()) for label in pair)
    found: dict[Kind, Way] = ways(WayKey(exhibit.entry.path, exhibit.entry.mtime, a, b))
    return found


def saved(exhibit: Exhibit, pair: tuple[int, int]) -> float:
    """How much less the picture changes along the geodesic than straight on; 0 to 1."""
    found = ways_between(exhibit, pair)
    straight, shortest = found["straight"].in_images, found["geodesic"].in_images
    if not straight or shortest is None:
        return 0.0
    return max(0.0, 1 - shortest / straight)


def unevenness(exhibit: Exhibit, pair: tuple[int, int], n_steps: int) -> FloatArray:
    """Change of the picture over each of n equal steps of code, straight on, shape (n,)."""
    ends = np.stack([code(exhibit, label) for label in pair])
    picture = picture_of(exhibit.loaded.model)
    fine = distances(picture, ends, n_steps * 20)
    found: FloatArray = fine.reshape(n_steps, 20).sum(1)
    return found


def changes_outwards(exhibit: Exhibit, label: int) -> FloatArray:
    """How much a step changes the picture, the further out the less or more, shape (FAR + 1,).

    From zero on through the code of a class, at each whole latent unit.
    """
    found: FloatArray = _outwards(exhibit.entry.path, exhibit.entry.mtime, label, exhibit)
    return found


@_shared(max_entries=40)
def _outwards(path: str, mtime: int, label: int, _exhibit: Exhibit) -> FloatArray:
    picture = picture_of(cache.checkpoint(path, mtime).model)
    direction = direction_of(_exhibit, label)
    return np.array(
        [
            length(picture, np.stack([direction * far, direction * (far + STEP)])) / STEP
            for far in range(0, FAR + 1, FAR_STEP)
        ]
    )


def near_and_far(exhibit: Exhibit, label: int) -> tuple[float, float]:
    """The most that a step changes the picture where data is, and what it does furthest out."""
    data = cache.neighbourhood(exhibit.entry.path, exhibit.entry.mtime)
    places = np.arange(0, FAR + 1, FAR_STEP)[:, None] * direction_of(exhibit, label)
    is_near = data.support(places).label != "outside"
    if not is_near.any():  # then zero is as near as it gets
        is_near[0] = True
    found = changes_outwards(exhibit, label)
    return float(found[is_near].max()), float(found[-1])


def direction_of(exhibit: Exhibit, label: int) -> FloatArray:
    """From zero towards a class, of length one, shape (D,)."""
    z = code(exhibit, label)
    found: FloatArray = z / max(float(np.linalg.norm(z)), 1e-9)
    return found


def least(exhibit: Exhibit, label: int) -> float:
    """What counts as hardly any change: a tenth of the most on the way, or the least there is."""
    found = changes_outwards(exhibit, label)
    return max(0.1 * float(found.max()), 1.05 * float(found.min()))
