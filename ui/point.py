"""What is known about the pinned point: its code, its image, what stands beside it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ui import cache
from ui.catalogue import Entry
from ui.state import View
from vae_core import decode, encode
from vae_core.data import ImageSet, Split
from vae_core.projection import Plane


@dataclass(frozen=True, eq=False)
class Point:
    """A pinned place or image, decoded exactly.

    Attributes:
        z: Its code, shape (D,), in latent units.
        xy: Where it stands on the map.
        decoded: The decoder's image, in [0, 1], shape (C, H, W).
        beside: The image shown beside it: the pinned image itself, or the encoded one nearest
            to a pinned place on the map; uint8, (C, H, W). None if its data set is absent.
        index: Of `beside` in its split.
        label: Class name of `beside`.
        split: Of `beside`.
        is_image: Whether an image is pinned, not a place.
        distance: From the place to the code of `beside`, in latent units; 0 for an image.
        off_plane: Distance of the code from the plane of the map, in latent units.
    """

    z: npt.NDArray[np.float64]
    xy: tuple[float, float]
    decoded: npt.NDArray[np.float32]
    beside: npt.NDArray[np.uint8] | None
    index: int
    label: str
    split: Split
    is_image: bool
    distance: float
    off_plane: float


def resolve(entry: Entry, view: View, shown: cache.Batch, fitted: Plane) -> Point:
    """The point a view pins; with nothing pinned, the first image of the batch."""
    if view.place is not None and view.image is None:
        return _at_place(entry, view, fitted)
    return _at_image(entry, view, shown, fitted)


def _at_image(entry: Entry, view: View, shown: cache.Batch, fitted: Plane) -> Point:
    loaded = cache.checkpoint(entry.path, entry.mtime)
    source = cache.images(loaded.dataset.name, shown.split) if shown.is_live else None
    n_images = len(loaded.latents) if source is None else len(source)
    wanted = int(shown.indices[0]) if view.image is None else view.image
    index = min(wanted, n_images - 1)
    if source is None:
        z, label = loaded.latents.mu[index].numpy(), int(loaded.latents.labels[index])
    else:
        z, label = (
            encode(loaded.model, source.subset([index])).mu[0].numpy(),
            int(source.labels[index]),
        )
    z = z.astype(np.float64)
    xy = cache.place_on_map(fitted, z[None], np.array([index]))[0]
    return Point(
        z=z,
        xy=(float(xy[0]), float(xy[1])),
        decoded=decode(loaded.model, z[None])[0].numpy(),
        beside=_pixels(source, index),
        index=index,
        label=loaded.dataset.classes[label],
        split=shown.split,
        is_image=True,
        distance=0.0,
        off_plane=float(fitted.off_plane(z[None])[0]),
    )


def _at_place(entry: Entry, view: View, fitted: Plane) -> Point:
    assert view.place is not None
    loaded = cache.checkpoint(entry.path, entry.mtime)
    z = fitted.to_latent([view.place], view.completion)[0]
    index = int(fitted.nearest([view.place])[0])
    label = int(loaded.latents.labels[index])
    return Point(
        z=z,
        xy=view.place,
        decoded=decode(loaded.model, z[None])[0].numpy(),
        beside=_pixels(cache.images(loaded.dataset.name, "test"), index),
        index=index,
        label=loaded.dataset.classes[label],
        split="test",
        is_image=False,
        distance=float(np.linalg.norm(loaded.latents.mu[index].numpy() - z)),
        off_plane=float(fitted.off_plane(z[None])[0]),
    )


def _pixels(source: ImageSet | None, index: int) -> npt.NDArray[np.uint8] | None:
    return None if source is None else source.images[index].numpy()
