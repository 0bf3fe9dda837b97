"""Layers: pictures of the whole map that lie under its points.

Each is computed once for a model and a map, and sent on its own: the points stay as they are.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from io import BytesIO

import numpy as np
import numpy.typing as npt
from PIL import Image

from ui import palette
from ui.images import to_bytes
from vae_core import atlas, density_on, holes, prior_percentile
from vae_core.checkpoints import Checkpoint
from vae_core.config import ModelConfig
from vae_core.decoding import Extent
from vae_core.geometry import log_magnification
from vae_core.metrics.holes import WITHIN
from vae_core.metrics.maps import NEIGHBOURS, nearest_class
from vae_core.metrics.support import Neighbourhood
from vae_core.projection import Completion, Plane

REACH = 1.6  # of a layer, over the width and height the map shows at first
FINE, COARSE = 128, 24  # cells along each side, of a cheap and of a costly quantity
LARGE = 32  # pixels a side; beyond, the coarse grid is made coarser
PICTURES = 28  # decoded images along each side
QUICK = 3  # of PNG's levels: a layer is looked at once, and waited for
PRIOR = "prior"
Rgba = npt.NDArray[np.uint8]
Drawing = tuple[Rgba, str]  # picture, (H, W, 4), row 0 on top, and the numbers of its sentence


@dataclass(frozen=True)
class Scene:
    """What a layer is drawn from: a model, its codes, a map, and what completes a code."""

    loaded: Checkpoint
    data: Neighbourhood
    fitted: Plane
    completion: Completion


@dataclass(frozen=True)
class Layer:
    """One kind of layer.

    Attributes:
        title: On its button.
        meaning: What it shows, in one sentence; `{}` takes the numbers it was drawn with.
        needs_prior: Whether it says nothing of a plain autoencoder.
        smooth: Whether neighbouring cells blend.
        draw: Its picture.
    """

    title: str
    meaning: str
    needs_prior: bool
    smooth: bool
    draw: Callable[[Scene], Drawing]


@dataclass(frozen=True)
class Picture:
    """A layer of one map, ready to send.

    Attributes:
        png: The picture.
        extent: (left, right, bottom, top) in plane units.
        smooth: Whether its cells blend.
        caption: What it shows.
    """

    png: bytes
    extent: Extent
    smooth: bool
    caption: str


def offered(config: ModelConfig) -> dict[str, str]:
    """Names and titles of the layers that a map of this model can have; none for a strip."""
    if config.latent_dim == 1:
        return {}
    titles = {n: layer.title for n, layer in LAYERS.items() if not layer.needs_prior}
    if config.kind == "vae":
        titles |= {n: layer.title for n, layer in LAYERS.items() if layer.needs_prior}
        titles[PRIOR] = "Prior"
    return titles


def draw(name: str, scene: Scene) -> Picture:
    """Compute one layer, any but the prior's circles."""
    layer = LAYERS[name]
    pixels, numbers = layer.draw(scene)
    buffer = BytesIO()
    is_grey = (pixels[..., :1] == pixels[..., 1:3]).all()
    smallest = np.ascontiguousarray(pixels[..., [0, 3]]) if is_grey else pixels
    Image.fromarray(smallest).save(buffer, format="PNG", compress_level=QUICK)
    caption = layer.meaning.format(numbers)
    return Picture(buffer.getvalue(), _extent(scene.fitted), layer.smooth, caption)


def _extent(fitted: Plane) -> Extent:
    left, right, bottom, top = fitted.extent
    x, y = (left + right) / 2, (bottom + top) / 2
    half_x, half_y = REACH * (right - left) / 2, REACH * (top - bottom) / 2
    return x - half_x, x + half_x, y - half_y, y + half_y


def _edges(fitted: Plane, n: int) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    left, right, bottom, top = _extent(fitted)
    return np.linspace(left, right, n + 1), np.linspace(bottom, top, n + 1)


def _codes(scene: Scene, n: int) -> npt.NDArray[np.float64]:
    """Codes at the centres of n x n cells, row by row from the top, shape (n * n, D)."""
    x, y = ((edges[1:] + edges[:-1]) / 2 for edges in _edges(scene.fitted, n))
    places = np.stack(np.meshgrid(x, y[::-1]), axis=-1)
    return scene.fitted.to_latent(places.reshape(-1, 2), scene.completion)


def _manifold(scene: Scene) -> Drawing:
    fitted = scene.fitted
    extent = _inner(fitted, PICTURES)
    images = atlas(scene.loaded.model, fitted, PICTURES, extent, scene.completion)
    rows, columns, channels, height, width = images.shape
    mosaic = images.permute(0, 3, 1, 4, 2).reshape(rows * height, columns * width, channels)
    grey_or_colour = to_bytes(mosaic.numpy())
    colour = np.broadcast_to(grey_or_colour, (*grey_or_colour.shape[:2], 3))
    is_defined = np.isfinite(mosaic.numpy()).all(-1)
    return _with_alpha(colour, 255 * is_defined), f"{PICTURES} × {PICTURES}"


def _inner(fitted: Plane, n: int) -> Extent:
    """The extent between the centres of the outermost of n x n cells."""
    left, right, bottom, top = _extent(fitted)
    x, y = (right - left) / n / 2, (top - bottom) / n / 2
    return left + x, right - x, bottom + y, top - y


def _density(scene: Scene) -> Drawing:
    edges = _edges(scene.fitted, FINE)
    density = density_on(scene.fitted, scene.loaded.latents, *edges)[::-1]
    # The root keeps thin regions visible; codes that coincide may fall between the cells.
    strength = np.cbrt(density / max(density.max(), np.finfo(float).tiny))
    colour = np.broadcast_to(np.array(palette.DENSITY, np.uint8), (*density.shape, 3))
    how = "the aggregate posterior"
    if scene.loaded.latents.logvar is None:
        how = "each spread as far as its neighbours are"
    return _with_alpha(colour, 240 * strength), f"{how}; strongest where {density.max():.2g}"


def _holes(scene: Scene) -> Drawing:
    codes = _codes(scene, FINE)
    found = holes(scene.data, codes)
    grid = found.reshape(FINE, FINE).repeat(4, axis=0).repeat(4, axis=1)
    row, column = np.indices(grid.shape)
    stripe = (row + column) % 8 < 3  # a pattern of its own, since colours belong to classes
    colour = np.broadcast_to(np.array(palette.HOLE, np.uint8), (*grid.shape, 3))
    could_be = prior_percentile(codes) <= WITHIN
    share = f"{found.sum() / max(could_be.sum(), 1):.1%} of that region"
    return _with_alpha(colour, 255.0 * (grid & stripe)), share if found.any() else "none found"


def _coarse(shape: tuple[int, int, int]) -> int:
    """Cells along each side of a costly quantity: fewer of large images, for the same time."""
    _, height, width = shape
    return min(COARSE, max(COARSE // 2, int(COARSE * LARGE / (height * width) ** 0.5)))


def _magnification(scene: Scene) -> Drawing:
    n = _coarse(scene.loaded.config.image_shape)
    codes = _codes(scene, n)
    found = log_magnification(scene.loaded.model, codes, scene.fitted.axes)
    found = np.where(np.isfinite(found), found, np.nan)
    if np.isnan(found).all():
        return np.zeros((n, n, 4), np.uint8), "undefined everywhere"
    low, high = np.nanquantile(found, (0.01, 0.99))
    level = np.nan_to_num((found - low) / max(high - low, 1e-9))
    pixels = palette.along(palette.SCALE, level).reshape(n, n, 3)
    alpha = np.where(np.isfinite(found), 200.0, 0.0).reshape(n, n)
    return _with_alpha(pixels, alpha), f"{np.exp(low):.2g} to {np.exp(high):.2g}"


def _territories(scene: Scene) -> Drawing:
    classes = nearest_class(scene.loaded.latents, _codes(scene, FINE)).reshape(FINE, FINE)
    colours = np.array([palette.class_rgb(c) for c in range(classes.max() + 1)], np.uint8)
    return _with_alpha(colours[classes], 130), str(NEIGHBOURS)


def _with_alpha(colour: npt.NDArray[np.uint8], alpha: npt.ArrayLike) -> Rgba:
    opacity = np.broadcast_to(np.rint(alpha).astype(np.uint8), colour.shape[:2])
    return np.concatenate([colour, opacity[..., None]], axis=-1)


LAYERS = {
    "manifold": Layer(
        "Decoded images",
        "**Decoded images**: what the decoder makes of {} places, each where it stands.",
        False,
        False,
        _manifold,
    ),
    "territories": Layer(
        "Territories",
        "**Territories**: the class of most of the {} nearest codes, in its colour.",
        False,
        False,
        _territories,
    ),
    "magnification": Layer(
        "Magnification",
        "**Magnification**: how much the picture changes with the code, √det JᵀJ along the map, "
        "from dark (little) to light (much): {} squared pixel steps per squared latent unit.",
        False,
        True,
        _magnification,
    ),
    "density": Layer(
        "Density",
        "**Density**: where the images' codes are, {} of all lie per squared latent unit.",
        False,
        True,
        _density,
    ),
    "holes": Layer(
        "Holes",
        "**Holes**: hatched where the prior would draw codes (its inner 95%) but codes are "
        "sparser than around 99% of the images: {}.",
        True,
        False,
        _holes,
    ),
}
PRIOR_MEANING = (
    "**Prior**: circles at 1, 2 and 3 σ of N(0, I), to scale: where a VAE is trained to keep its "
    "codes, and new ones are drawn."
)
