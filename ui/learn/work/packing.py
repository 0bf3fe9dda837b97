"""What the lesson on compression computes."""

from __future__ import annotations

from functools import partial
from io import BytesIO
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import streamlit as st
from PIL import Image

from ui import cache
from ui.catalogue import Entry
from ui.exhibit import Exhibit
from ui.learn import material, models
from vae_core import decode
from vae_core.data import ImageSet, to_unit
from vae_core.encoding import encode
from vae_core.errors import DataError
from vae_core.metrics.bits import binarized
from vae_core.metrics.compression import Cost, code_bits, cost, rounded_code, rounded_cost

FloatArray = npt.NDArray[np.float64]
Pictures = npt.NDArray[np.float32]
_shared = partial(st.cache_resource, show_spinner=False)
N_IMAGES = 400  # held-out ones that are packed
STEPS = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0)  # latent units
FLOAT = 32  # bits


@_shared(max_entries=8)
def _packed(sha256: str, _entry: Entry) -> ImageSet:
    images = material.images_of(_entry)
    return binarized(images.subset(np.arange(min(N_IMAGES, len(images)))), 0)


def packed(entry: Entry) -> ImageSet:
    """The images that are packed, black or white."""
    found: ImageSet = _packed(entry.header.dataset.sha256, entry)
    return found


@_shared(max_entries=8)
def _mean_image(name: str, sha256: str, _entry: Entry) -> Any:  # noqa: ANN401 - a tensor
    return material.images_of(_entry, training=True).mean_image()


@_shared(max_entries=4 * models.MOST)
def _cost(path: str, mtime: int, _entry: Entry) -> Cost:
    dataset = _entry.header.dataset
    mean_image = _mean_image(dataset.name, dataset.sha256, _entry)
    return cost(cache.checkpoint(path, mtime).model, packed(_entry), mean_image)


def costs(entry: Entry) -> Cost:
    """What each image costs in bits."""
    found: Cost = _cost(entry.path, entry.mtime, entry)
    return found


@_shared(max_entries=8)
def _png(sha256: str, _entry: Entry) -> FloatArray:
    return np.array([8.0 * _png_size(image) for image in packed(_entry).images.numpy()])


def png(entry: Entry) -> FloatArray:
    """Bits of each image as the smallest PNG file, shape (N,)."""
    found: FloatArray = _png(entry.header.dataset.sha256, entry)
    return found


def _png_size(image: npt.NDArray[np.uint8]) -> int:
    """Bytes of a file; of one channel, with one bit for each pixel."""
    buffer = BytesIO()
    if len(image) == 1:
        Image.fromarray(image[0]).convert("1").save(buffer, format="PNG", optimize=True)
    else:
        Image.fromarray(image.transpose(1, 2, 0)).save(buffer, format="PNG", optimize=True)
    return buffer.tell()


def redrawn(entry: Entry, n: int) -> tuple[Pictures, Pictures]:
    """The first n packed images and what is drawn for their codes, in [0, 1], (n, C, H, W) each."""
    model, few = cache.checkpoint(entry.path, entry.mtime).model, packed(entry).subset(np.arange(n))
    drawn: Pictures = decode(model, encode(model, few).mu).numpy()
    return to_unit(few.images).numpy(), drawn


def by_class(exhibit: Exhibit) -> dict[int, float]:
    """Mean bits of the images of each class, told pixel by pixel."""
    found, labels = costs(exhibit.entry).by_pixel, packed(exhibit.entry).labels.numpy()
    return {int(label): float(found[labels == label].mean()) for label in np.unique(labels)}


def models_of(exhibit: Exhibit) -> list[Entry]:
    """VAEs of the same images that can tell what they cost, the shortest code first.

    Raises:
        DataError: There is none.
    """
    found = models.of_same_images(
        exhibit.entry,
        lambda e: (e.header.config.kind, e.header.config.likelihood) == ("vae", "bernoulli"),
    )
    if not found:
        raise DataError("This step needs a VAE of black or white images, and there is none here.")
    return found


class Rounded(NamedTuple):
    """A code before and after rounding, and what is drawn for both.

    Attributes:
        code: As it is, shape (D,).
        rounded: Likewise.
        bits: Of the rounded one.
        before: Drawn for the code, in [0, 1], shape (C, H, W).
        after: Drawn for the rounded one.
    """

    code: FloatArray
    rounded: FloatArray
    bits: float
    before: npt.NDArray[np.float32]
    after: npt.NDArray[np.float32]

    @property
    def change(self) -> float:
        """Mean change of a pixel, 0 to 1."""
        return float(np.abs(self.after - self.before).mean())


def rounded(exhibit: Exhibit, label: int, step: float) -> Rounded:
    """The code of the most typical image of a class, rounded."""
    z = material.code_of(exhibit, material.typical(exhibit, label))
    near = rounded_code(z[None], step)
    before, after = decode(exhibit.loaded.model, np.concatenate([z[None], near])).numpy()
    return Rounded(z, near[0], float(code_bits(near, step)[0]), before, after)


def usual_sigma(exhibit: Exhibit) -> float:
    """The median width of the posteriors, latent units."""
    logvar = exhibit.loaded.latents.logvar
    assert logvar is not None
    return float(np.exp(0.5 * logvar.double().median().item()))


def bits_each(exhibit: Exhibit, step: float) -> float:
    """Mean bits for one number of a code, rounded to such steps."""
    codes = exhibit.loaded.latents.mu
    return float(code_bits(rounded_code(codes, step), step).mean() / codes.shape[1])


@_shared(max_entries=8)
def _totals(path: str, mtime: int, _entry: Entry) -> FloatArray:
    model, images = cache.checkpoint(path, mtime).model, packed(_entry)
    return np.array([[part.mean() for part in rounded_cost(model, images, s)] for s in STEPS])


def totals(exhibit: Exhibit) -> FloatArray:
    """Mean bits for the rounded code and for the rest, for each of `STEPS`, (len(STEPS), 2)."""
    found: FloatArray = _totals(exhibit.entry.path, exhibit.entry.mtime, exhibit.entry)
    return found


def decoder_bits(exhibit: Exhibit) -> float:
    """What the decoder's weights cost, each as a number of 32 bits."""
    model = exhibit.loaded.model
    n = sum(p.numel() for p in model.decoder.parameters()) + model.pixel_bias.numel()
    return float(n * FLOAT)


def pays_from(exhibit: Exhibit) -> float:
    """Number of images from which the model, sent along, is cheaper than one bit a pixel."""
    found = costs(exhibit.entry)
    saved = float(found.plain.mean() - found.by_model.mean())
    return decoder_bits(exhibit) / saved if saved > 0 else float("inf")
