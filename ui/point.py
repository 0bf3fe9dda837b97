"""What is known about the pinned point: its code, its image, what stands beside it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ui import cache
from ui.catalogue import Entry
from ui.state import View
from vae_core import decode, encode
from vae_core.data import Split
from vae_core.projection import Plane


@dataclass(frozen=True, eq=False)
class Point:
    """A pinned place or image, decoded exactly.

    Attributes:
        z: Its code, shape (D,), in latent units.
        xy: Where it stands on the map.
        decoded: The decoder's image, in [0, 1], shape (C, H, W).
        beside: The image shown beside it: the pinned image itself, or the one on the map that
            is nearest to a pinned place; uint8, (C, H, W). None if its data set is absent.
        index: Of `beside` in its split.
        label: Class name of `beside`.
        split: Of `beside`.
        is_image: Whether an image is pinned, not a place.
        distance: From the place to the code of `beside`, in latent units; 0 for an image.
        off_plane: Distance of the code from the plane of the map, in latent units.
        completed_by: Index of the held-out image whose part off the plane a pinned place got;
            None if it got none.
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
    completed_by: int | None


def resolve(
    entry: Entry,
    view: View,
    shown: cache.Batch,
    places: npt.NDArray[np.float64],
    fitted: Plane,
) -> Point:
    """The point a view pins; with nothing pinned, the first image of the batch.

    Args:
        entry: The model.
        view: What is pinned.
        shown: The images on the map.
        places: Where they stand on it, shape (N, 2).
        fitted: The plane of the map.
    """
    if view.place is not None and view.image is None:
        return _at_place(entry, view, shown, places, fitted)
    return _at_image(entry, view, shown, fitted)


def _at_image(entry: Entry, view: View, shown: cache.Batch, fitted: Plane) -> Point:
    loaded = cache.checkpoint(entry.path, entry.mtime)
    source = cache.images(loaded.dataset, shown.split) if shown.is_live else None
    n_images = len(loaded.latents) if source is None else len(source)
    wanted = int(shown.indices[0]) if view.image is None else view.image
    index = min(wanted, n_images - 1)
    if source is None:
        z, label = loaded.latents.mu[index].numpy(), int(loaded.latents.labels[index])
    else:
        z = encode(loaded.model, source.subset([index])).mu[0].numpy()
        label = int(source.labels[index])
    z = z.astype(np.float64)
    xy = cache.place_on_map(fitted, z[None], np.array([index]))[0]
    return Point(
        z=z,
        xy=(float(xy[0]), float(xy[1])),
        decoded=decode(loaded.model, z[None])[0].numpy(),
        beside=None if source is None else source.images[index].numpy(),
        index=index,
        label=loaded.dataset.classes[label],
        split=shown.split,
        is_image=True,
        distance=0.0,
        off_plane=float(fitted.off_plane(z[None])[0]),
        completed_by=None,
    )


def _at_place(
    entry: Entry,
    view: View,
    shown: cache.Batch,
    places: npt.NDArray[np.float64],
    fitted: Plane,
) -> Point:
    assert view.place is not None
    loaded = cache.checkpoint(entry.path, entry.mtime)
    z = fitted.to_latent([view.place], view.completion)[0]
    n_axes = 1 if cache.is_strip(fitted) else 2
    offsets = places[:, :n_axes] - np.asarray(view.place)[:n_axes]
    nearest = int(np.square(offsets).sum(1).argmin())
    index = int(shown.indices[nearest])
    source = cache.images(loaded.dataset, shown.split) if shown.is_live else None
    is_completed = view.completion == "nearest" and len(z) > 2
    return Point(
        z=z,
        xy=view.place,
        decoded=decode(loaded.model, z[None])[0].numpy(),
        beside=None if source is None else source.images[index].numpy(),
        index=index,
        label=loaded.dataset.classes[int(shown.latents.labels[nearest])],
        split=shown.split,
        is_image=False,
        distance=float(np.linalg.norm(shown.latents.mu[nearest].numpy() - z)),
        off_plane=float(fitted.off_plane(z[None])[0]),
        completed_by=int(fitted.nearest([view.place])[0]) if is_completed else None,
    )
