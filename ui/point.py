"""The pinned point: its code, its decoded image, and the image that stands beside it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ui import cache
from ui.exhibit import Exhibit
from ui.frame import place_on_map
from ui.parts import image_name, origin
from ui.view import View
from vae_core import decode, encode
from vae_core.checkpoints import Checkpoint
from vae_core.data import ImageSet, Split
from vae_core.encoding import LatentSet
from vae_core.metrics.latent import prior_kl


@dataclass(frozen=True, eq=False)
class Point:
    """A pinned place or image, decoded exactly.

    Attributes:
        z: Its code, shape (D,), in latent units.
        logvar: Log-variances of the image's posterior, shape (D,); None for a place, which has
            none, and for a plain autoencoder.
        kl: KL of that posterior from the prior along each dimension, nats, shape (D,); None
            likewise.
        xy: Where it stands on the map.
        decoded: The decoder's image, in [0, 1], shape (C, H, W); None where its answer is not
            a number.
        beside: The image shown beside it: the pinned image itself, or the one whose code is
            nearest to a pinned place's; uint8, (C, H, W). None if its data set is absent.
        index: Of `beside` in the part of the data set that is on the map.
        split: That `beside` comes from.
        number: Of `beside` in its split.
        label: Class of `beside`.
        class_name: Its name.
        is_image: Whether an image is pinned, not a place.
        is_pinned: Whether somebody pinned it; else it is there to begin with.
        distance: From the place to the code of `beside`, in latent units; 0 for an image.
        off_plane: Distance of the code from the plane of the map, in latent units.
        completed_by: Index of the held-out image whose part off the plane a pinned place got;
            None if it got none.
        is_set: Whether sliders say where a pinned place lies off the plane.
    """

    z: npt.NDArray[np.float64]
    logvar: npt.NDArray[np.float64] | None
    kl: npt.NDArray[np.float64] | None
    xy: tuple[float, float]
    decoded: npt.NDArray[np.float32] | None
    beside: npt.NDArray[np.uint8] | None
    index: int
    split: Split
    number: int
    label: int
    class_name: str
    is_image: bool
    is_pinned: bool
    distance: float
    off_plane: float
    completed_by: int | None
    is_set: bool

    @property
    def name(self) -> str:
        """Of `beside`, such as "Held-out image 17"."""
        return image_name(self.split, self.number)


def resolve(exhibit: Exhibit, view: View) -> Point:
    """The point a view pins; with nothing pinned, the first image of the batch.

    Args:
        exhibit: The model, its images and their map.
        view: What is pinned.
    """
    loaded, shown, fitted = exhibit.loaded, exhibit.shown, exhibit.fitted
    source = cache.images(loaded.dataset, shown.part) if shown.is_live else None
    is_image = view.image is not None or view.place is None
    is_free = not is_image and len(fitted.others) > 0  # something had to fill in the code
    find = _image if is_image else _place
    index, posterior, xy, z = find(exhibit, view, source)
    label = int(loaded.latents.labels[index] if source is None else source.labels[index])
    split, number = origin(shown.part, index, len(loaded.latents))
    decoded = decode(loaded.model, z[None])[0].numpy()
    logvar = posterior.logvar if is_image else None
    return Point(
        z=z,
        logvar=None if logvar is None else logvar[0].double().numpy(),
        kl=None if logvar is None else prior_kl(posterior)[0],
        xy=xy,
        decoded=decoded if np.isfinite(decoded).all() else None,
        beside=None if source is None else source.images[index].numpy(),
        index=index,
        split=split,
        number=number,
        label=label,
        class_name=loaded.dataset.classes[label],
        is_image=is_image,
        is_pinned=view.image is not None or view.place is not None,
        distance=float(np.linalg.norm(posterior.mu[0].double().numpy() - z)),
        off_plane=float(fitted.off_plane(z[None])[0]),
        completed_by=int(fitted.nearest([xy])[0])
        if is_free and view.completion == "nearest"
        else None,
        is_set=is_free and isinstance(view.completion, tuple),
    )


Found = tuple[int, LatentSet, tuple[float, float], npt.NDArray[np.float64]]


def _image(exhibit: Exhibit, view: View, source: ImageSet | None) -> Found:
    """A pinned image: its index, its posterior, where it stands, its code."""
    wanted = int(exhibit.shown.indices[0]) if view.image is None else view.image
    index = min(wanted, exhibit.part_size - 1)
    posterior = _posterior_of(exhibit.loaded, source, index)
    z = posterior.mu[0].double().numpy()
    x, y = place_on_map(exhibit.fitted, z[None], np.array([index]))[0]
    return index, posterior, (float(x), float(y)), z


def _place(exhibit: Exhibit, view: View, source: ImageSet | None) -> Found:
    """A pinned place: the nearest image's index and posterior, the place, its code."""
    assert view.place is not None
    z = exhibit.fitted.to_latent([view.place], view.completion)[0]
    index = _nearest(exhibit, z)
    return index, _posterior_of(exhibit.loaded, source, index), view.place, z


def _posterior_of(loaded: Checkpoint, source: ImageSet | None, index: int) -> LatentSet:
    """The posterior of one image: encoded just now, or as stored with the model."""
    if source is None:
        return loaded.latents.subset([index])
    return encode(loaded.model, source.subset([index]))


def _nearest(exhibit: Exhibit, z: npt.NDArray[np.float64]) -> int:
    """Index of the image whose code is nearest: of all held-out ones, or of the map's others."""
    entry, shown = exhibit.entry, exhibit.shown
    if shown.part == "test":
        return int(cache.neighbourhood(entry.path, entry.mtime).nearest(z[None])[0])
    offsets = shown.latents.mu.double().numpy() - z
    return int(shown.indices[np.square(offsets).sum(1).argmin()])
