"""The ends of the path: what is chosen, its code, and what can be shown of it."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import streamlit as st

from ui import cache
from ui.completion import borrowed
from ui.exhibit import Exhibit
from ui.frame import is_strip
from ui.interpolate.cached import first_pair, kinds_for
from ui.interpolate.trip import LINK, End, EndKind, Trip
from ui.literal import literal
from vae_core.paths import Kind

MOST = 4  # numbers of a code that are told
KINDS: dict[EndKind, str] = {
    "image": "an image",
    "class": "a class",
    "at": "a place of the map",
    "code": "a code",
}


@dataclass(frozen=True, eq=False)
class Shown:
    """One end, ready to be shown.

    Attributes:
        letter: "A" or "B".
        end: What was chosen.
        z: Its code, shape (D,), latent units.
        xy: Where it stands on the map.
        name: In words.
        original: The image itself, uint8, (C, H, W); None for what is no image, or not here.
    """

    letter: str
    end: End
    z: npt.NDArray[np.float64]
    xy: tuple[float, float]
    name: str
    original: npt.NDArray[np.uint8] | None

    @property
    def code(self) -> tuple[float, ...]:
        """The code as plain numbers, for caches and links."""
        return tuple(self.z.tolist())


def move_to(name: str) -> None:
    """Another model: images and classes stay; places and codes were of the old one."""
    trip = LINK.current()
    kept = {n: end if (end := getattr(trip, n)) and end.is_portable else None for n in "ab"}
    LINK.update(model=name, frame=None, **kept)


def settle(exhibit: Exhibit, trip: Trip) -> Trip:
    """The trip with both ends, as far as this model has them; says what it had to change.

    The path is one that the model has; the link keeps the one that was chosen, for other models.
    """
    pair = first_pair(exhibit.entry.path, exhibit.entry.mtime)
    changed, ends = [], {}
    for name, first in zip("ab", pair, strict=True):
        wanted: End | None = getattr(trip, name)
        ends[name] = End("image", first) if wanted is None else _fitting(exhibit, wanted, first)
        if wanted not in (None, ends[name]):
            changed.append(f"{name.upper()} is {describe(exhibit, ends[name])}")
    if changed:
        st.toast(f"Not all of the link fits this model: now {literal(' and '.join(changed))}.")
    settled = LINK.update(a=ends["a"], b=ends["b"])
    return replace(settled, path=path_for(exhibit, trip))


def path_for(exhibit: Exhibit, trip: Trip) -> Kind:
    """The path that is asked for; with codes of one number there is but one."""
    return trip.path if trip.path in kinds_for(exhibit.loaded.config.latent_dim) else "straight"


def of(trip: Trip) -> tuple[tuple[str, End], tuple[str, End]]:
    """Letter and choice of both ends of a trip that is settled."""
    assert trip.a is not None
    assert trip.b is not None
    return ("A", trip.a), ("B", trip.b)


def _fitting(exhibit: Exhibit, end: End, first: int) -> End:
    """The nearest to what was asked for that there is."""
    loaded = exhibit.loaded
    if end.kind == "image":
        return replace(end, number=min(end.number, len(loaded.latents) - 1))
    if end.kind == "class" and not (loaded.latents.labels == end.number).any():
        return End("image", first)
    if end.kind == "code" and len(end.numbers) != loaded.config.latent_dim:
        return End("image", first)
    return end


def show_of(exhibit: Exhibit, chosen: tuple[str, End]) -> Shown:
    """An end that `settle` has let pass, with its letter."""
    letter, end = chosen
    z = _code(exhibit, end)
    original = None
    if end.kind == "image":
        source = cache.images(exhibit.loaded.dataset, "test")
        original = None if source is None else source.images[end.number].numpy()
    x, y = to_map(exhibit, z[None])[0].tolist()
    return Shown(letter, end, z, (x, y), describe(exhibit, end), original)


def to_map(exhibit: Exhibit, z: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Where codes, (N, D), stand on the map, (N, 2); on a strip, on its middle."""
    return exhibit.fitted.to_plane(z)


def _code(exhibit: Exhibit, end: End) -> npt.NDArray[np.float64]:
    latents = exhibit.loaded.latents
    found: npt.NDArray[np.float64] = np.array(end.numbers, dtype=np.float64)
    if end.kind == "image":
        found = latents.mu[end.number].double().numpy()
    elif end.kind == "class":
        found = latents.mu[latents.labels == end.number].double().mean(0).numpy()
    elif end.kind == "at":
        found = exhibit.fitted.to_latent([at(exhibit, *end.numbers).numbers], "nearest")[0]
    return found


def describe(exhibit: Exhibit, end: End) -> str:
    """An end in words."""
    classes, labels = exhibit.loaded.dataset.classes, exhibit.loaded.latents.labels
    if end.kind == "image":
        return f"held-out image {end.number}, class {classes[int(labels[end.number])]}"
    if end.kind == "class":
        n = int((labels == end.number).sum())
        return f"the mean code of {n:,} held-out images of class {classes[end.number]}"
    told = 1 if is_strip(exhibit.fitted) else MOST  # on a strip a place has no height
    numbers = ", ".join(f"{value:.2f}" for value in end.numbers[:told])
    if len(end.numbers) > told == MOST:
        numbers += ", …"
    return f"the place ({numbers})" if end.kind == "at" else f"the code ({numbers})"


def at(exhibit: Exhibit, x: float, y: float) -> End:
    """A place of the map; on a strip its height means nothing, and is left out."""
    return End("at", numbers=(x, 0.0 if is_strip(exhibit.fitted) else y))


def completed(exhibit: Exhibit, shown: Shown) -> str:
    """What a place of the map is off its plane, in a sentence; "" where nothing had to be added."""
    fitted = exhibit.fitted
    if shown.end.kind != "at" or not fitted.others:
        return ""
    image = int(fitted.nearest([shown.end.numbers])[0])
    return borrowed(image, float(fitted.off_plane(shown.z[None])[0]), len(shown.z))


def set_end(letter: str, end: End) -> None:
    """Show another end from now on."""
    LINK.update(**{letter.lower(): end, "frame": None})
