"""The exact posterior of one image, computed once and then shown to everyone.

Bounded caches, keyed by plain values, as in `ui.cache`.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import numpy as np
import numpy.typing as npt
import streamlit as st
from scipy import ndimage

from ui import cache
from vae_core import elbo, encode
from vae_core.data import ImageSet
from vae_core.decoding import Extent
from vae_core.metrics.bits import binarized
from vae_core.metrics.exact_posterior import PosteriorGrid, posterior_grid

SEED, DRAWS = 0, 256  # of the bits; of the bound of this one image
CELLS, FEW_CELLS = 160, 60  # of the picture, along each axis; where decoding is slow
LOW = 0.02  # of the highest density, below which places count as apart
SMALLEST = 0.05  # of the mass, that a place of its own has at least
FloatArray = npt.NDArray[np.float64]
_shared = partial(st.cache_resource, show_spinner=False)


@dataclass(frozen=True, eq=False)
class Posterior:
    """What the decoder and the encoder each say of one image.

    Attributes:
        image: As it was judged, uint8, shape (C, H, W): black or white for a likelihood of such.
        is_binarized: Whether its grey pixels had to be drawn black or white first.
        exact: The decoder's.
        mu: Of the encoder's, shape (D,), latent units.
        sigma: Likewise.
        negative_elbo: Nats.
        places: Share of the exact mass in each place of its own, the largest first.
    """

    image: npt.NDArray[np.uint8]
    is_binarized: bool
    exact: PosteriorGrid
    mu: FloatArray
    sigma: FloatArray
    negative_elbo: float
    places: tuple[float, ...]

    @property
    def is_line(self) -> bool:
        """Whether there is one latent dimension only."""
        return self.exact.y is None

    @property
    def extent(self) -> Extent:
        """(left, right, bottom, top) of the exact one's grid; of a plane only."""
        left, right, bottom, top = self.exact.extent
        return left, right, bottom, top

    @property
    def gap(self) -> float:
        """What the encoder's answer costs beyond the exact one, nats; never below 0.

        The bound is a mean over draws, which chance can put a little below its limit.
        """
        return max(0.0, self.negative_elbo + self.exact.log_likelihood)


@_shared(max_entries=6)
def _judged(path: str, mtime: int) -> ImageSet:
    """The held-out images, which are here, as they are judged."""
    loaded = cache.checkpoint(path, mtime)
    source = cache.images(loaded.dataset, "test")
    assert source is not None
    return source if loaded.config.likelihood != "bernoulli" else binarized(source, SEED)


def posterior(path: str, mtime: int, index: int) -> Posterior | None:
    """That of one held-out image under a VAE of one or two dimensions; None without the images."""
    # That they are absent is not kept: a download takes effect at once.
    if cache.images(cache.checkpoint(path, mtime).dataset, "test") is None:
        return None
    found: Posterior = _posterior(path, mtime, index)
    return found


@_shared(max_entries=64)
def _posterior(path: str, mtime: int, index: int) -> Posterior:
    loaded, one = cache.checkpoint(path, mtime), _judged(path, mtime).subset([index])
    cells = FEW_CELLS if loaded.config.body == "conv-strided" else CELLS
    exact = posterior_grid(loaded.model, one.images[0].float() / 255, cells)
    found = encode(loaded.model, one)
    assert found.logvar is not None
    return Posterior(
        one.images[0].numpy(),
        loaded.config.likelihood == "bernoulli",
        exact,
        found.mu[0].double().numpy(),
        np.exp(0.5 * found.logvar[0].double().numpy()),
        float(elbo(loaded.model, one, draws=DRAWS).negative_elbo),
        places_of(exact.density),
    )


def places_of(density: FloatArray) -> tuple[float, ...]:
    """Share of the mass in each place that lies apart from the others, the largest first.

    Args:
        density: On even cells, in one or two dimensions, in any unit.
    """
    around = np.ones((3,) * density.ndim)
    labels, n = ndimage.label(density > LOW * density.max(), structure=around)
    mass = np.atleast_1d(ndimage.sum_labels(density, labels, np.arange(1, n + 1))) / density.sum()
    return tuple(sorted((float(m) for m in mass if m >= SMALLEST), reverse=True))
