"""What is shown: a picture with its code, a held-out image with its code, or a code alone."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ui import cache
from ui.draw.address import Address, brief
from ui.draw.own_picture import OwnPicture
from ui.exhibit import Exhibit
from ui.frame import is_strip, place_on_map
from ui.link import MAX_COORDINATE
from ui.point import resolve as resolve_point
from ui.view import View
from vae_core import decode, encode
from vae_core.data.intake import FRAMINGS, Framing, Intake, take_in
from vae_core.encoding import LatentSet
from vae_core.errors import DataError
from vae_core.metrics.latent import prior_kl
from vae_core.spread import draw_codes

DRAWS, SEED = 8, 0
Code = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Shown:
    """A code, where it stands, and what is known of the picture it came from.

    Attributes:
        z: The code, shape (D,), latent units.
        logvar: Log-variances of its posterior, shape (D,); None for a code alone and for a
            plain autoencoder.
        xy: Where it stands on the map.
        decoded: The decoder's image, in [0, 1], (C, H, W); None where it is not a number.
        seen: What the model is given, uint8, (C, H, W); None for a code alone.
        intake: How the visitor's picture was made into that; None for a held-out image.
        number: Of the held-out image; None for all else.
        title: What it is called.
        is_own: Whether the visitor's own picture, or its code, is shown.
        kl: KL of the posterior from the prior, nats; None where there is none.
        problem: Why the visitor's picture is not shown, in a sentence; "" if it is.
    """

    z: Code
    logvar: Code | None
    xy: tuple[float, float]
    decoded: npt.NDArray[np.float32] | None
    seen: npt.NDArray[np.uint8] | None
    intake: Intake | None
    number: int | None
    title: str
    is_own: bool
    kl: float | None
    problem: str

    @property
    def sigma(self) -> tuple[float, ...] | None:
        """Of the posterior, as links hold it; None where links cannot."""
        if self.logvar is None:
            return None
        found = brief(np.exp(0.5 * self.logvar).tolist())
        return found if all(0 < value <= MAX_COORDINATE for value in found) else None

    def draws(self) -> Code | None:
        """Codes drawn from the posterior, always the same, shape (DRAWS, D); None without one."""
        return None if self.logvar is None else draw_codes(self.z, self.logvar, DRAWS, SEED)

    @property
    def mean_difference(self) -> float | None:
        """Mean absolute difference of reconstruction and picture, grey levels, 0 to 1."""
        if self.seen is None or self.decoded is None:
            return None
        return float(np.abs(self.decoded - self.seen.astype(np.float32) / 255).mean())


def framing_of(exhibit: Exhibit) -> Framing | None:
    """How the images that the model knows were cut, where that is known and they are grey."""
    is_grey = exhibit.loaded.config.image_shape[0] == 1
    return FRAMINGS.get(exhibit.loaded.dataset.name) if is_grey else None


def resolve(exhibit: Exhibit, here: Address, own: OwnPicture | None) -> Shown:
    """The visitor's picture, else the code or the held-out image of the link, else the first."""
    problem = ""
    if own is not None:
        framing = None if here.whole else framing_of(exhibit)
        try:
            taken = take_in(own.picture, exhibit.loaded.config.image_shape, framing, here.ink)
            return _picture(exhibit, taken, own.title)
        except DataError as err:
            problem = str(err)
    n_dims = exhibit.loaded.config.latent_dim
    if own is None and here.code is not None and len(here.code) == n_dims:
        logvar = None
        if here.sigma is not None and len(here.sigma) == n_dims:
            logvar = 2 * np.log(here.sigma)
        return _judged(exhibit, np.array(here.code), logvar, title="A shared code", is_own=True)
    return _held_out(exhibit, here.image or 0, problem)


def _picture(exhibit: Exhibit, taken: Intake, title: str) -> Shown:
    images = taken.as_images()
    posterior = encode(exhibit.loaded.model, images)
    return _judged(
        exhibit, *_numbers(posterior), seen=taken.image, intake=taken, title=title, is_own=True,
        kl=_kl(posterior),
    )  # fmt: skip


def _held_out(exhibit: Exhibit, number: int, problem: str) -> Shown:
    loaded = exhibit.loaded
    number = min(number, len(loaded.latents) - 1)
    source = cache.images(loaded.dataset, "test")
    chosen = loaded.latents.subset([number])
    seen = None
    if source is not None:
        image = source.subset([number])
        seen, chosen = image.images[0].numpy(), encode(loaded.model, image)
    return _judged(
        exhibit, *_numbers(chosen), seen=seen, number=number, kl=_kl(chosen), problem=problem,
        title=f"Held-out image {number}",
    )  # fmt: skip


def _kl(posterior: LatentSet) -> float | None:
    return None if posterior.logvar is None else float(prior_kl(posterior).sum())


def _numbers(posterior: LatentSet) -> tuple[Code, Code | None]:
    logvar = None if posterior.logvar is None else posterior.logvar[0].double().numpy()
    return posterior.mu[0].double().numpy(), logvar


def _judged(
    exhibit: Exhibit,
    z: Code,
    logvar: Code | None,
    *,
    title: str,
    seen: npt.NDArray[np.uint8] | None = None,
    intake: Intake | None = None,
    number: int | None = None,
    is_own: bool = False,
    kl: float | None = None,
    problem: str = "",
) -> Shown:
    x, y = place_on_map(exhibit.fitted, z[None], np.array([number or 0]))[0].tolist()
    if is_strip(exhibit.fitted) and number is None:
        y = 0.0  # the height of a strip means nothing
    return Shown(
        z, logvar, (x, y), picture_of(exhibit, z), seen, intake, number, title, is_own, kl, problem
    )


def picture_of(exhibit: Exhibit, z: Code) -> npt.NDArray[np.float32] | None:
    """A code, shape (D,), decoded; None where the decoder's answer is not a number."""
    decoded: npt.NDArray[np.float32] = decode(exhibit.loaded.model, z[None])[0].numpy()
    return decoded if np.isfinite(decoded).all() else None


@dataclass(frozen=True, eq=False)
class Picked:
    """P: a code that was picked on the map, beside the one that is shown.

    Attributes:
        z: The code, shape (D,), latent units.
        xy: Where P stands on the map.
        dot: Of a picked image: its index in the part of the data set that is on the map.
        number: Of a picked held-out image; None for all else.
        name: Of a picked image, such as "Held-out image 17, class 3"; "" for a place.
    """

    z: Code
    xy: tuple[float, float]
    dot: int | None = None
    number: int | None = None
    name: str = ""


def picked(exhibit: Exhibit, here: Address, shown: Shown) -> Picked | None:
    """P: a dot is its image; off the map, a place is as the code that is shown."""
    if here.dot is not None:
        dot = resolve_point(exhibit, View(image=here.dot))
        number = dot.number if dot.split == "test" else None
        return Picked(dot.z, dot.xy, dot.index, number, f"{dot.name}, class {dot.class_name}")
    if here.place is None:
        return None
    fitted = exhibit.fitted
    off = tuple(fitted.off_axes(shown.z[None])[0].tolist())
    z = fitted.to_latent([here.place], off if fitted.others else "zero")[0]
    return Picked(z, here.place)
