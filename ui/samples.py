"""Codes and what is decoded from them, judged: whether data is there, and whether it is a picture.

Its cache is bounded and keyed by plain values, as in `ui.cache`; a model is known by its path and
the time its file was written.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import streamlit as st

from ui import cache
from ui.images import to_bytes
from vae_core import sample_prior

File = tuple[str, int]
FloatArray = npt.NDArray[np.float64]
UNDEFINED = "undefined"  # in place of whether data is there: the picture is not made of numbers


class Pictures(NamedTuple):
    """Decoded codes.

    Attributes:
        z: Codes, latent units, shape (..., D).
        images: Their pictures, uint8, shape (..., C, H, W).
        where: "inside" the data, at its "edge", "outside", or "undefined" for a picture that
            is not made of numbers, shape (...).
    """

    z: FloatArray
    images: npt.NDArray[np.uint8]
    where: npt.NDArray[np.str_]


@st.cache_resource(show_spinner=False, max_entries=32)
def from_prior(file: File, n: int, seed: int, temperature: float = 1.0) -> Pictures:
    """Draws from the prior, decoded; for models of equal D the same codes."""
    z, images = sample_prior(cache.checkpoint(*file).model, n, seed, temperature)
    return judged(file, z.double().numpy(), images.numpy())


def judged(file: File, z: FloatArray, images: npt.NDArray[np.float32]) -> Pictures:
    """Say of each code whether data is there."""
    where = cache.neighbourhood(*file).support(z.reshape(-1, z.shape[-1])).label
    is_defined = np.isfinite(images).all((-3, -2, -1))
    judged = np.where(is_defined, where.reshape(z.shape[:-1]), UNDEFINED)
    return Pictures(z, to_bytes(images), judged)
