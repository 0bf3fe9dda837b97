"""What is known about the pinned code, in numbers and in one sentence."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

import numpy as np
from numpy.typing import ArrayLike

from ui import cache
from ui.exhibit import Exhibit
from ui.point import Point
from vae_core import elbo
from vae_core.geometry import off_plane_share, round_trip
from vae_core.metrics.holes import prior_percentile
from vae_core.metrics.maps import NEIGHBOURS
from vae_core.metrics.support import Where

ALL = 99.5  # per cent, from which a share would be rounded to all
DRAWS = 4  # of an image's code, for its reconstruction
FAR = 3.0  # sigmas: a round trip that ends further away ends somewhere else
BADGES: dict[Where, str] = {
    "inside": "Inside the data",
    "edge": "Edge of the data",
    "outside": "No data here: the image may mean nothing",
}


@dataclass(frozen=True)
class Facts:
    """What is known about one code.

    Attributes:
        where: Whether data lives there.
        density: Share of the images, each judged by the others, around which the codes are no
            denser than here, 0 to 100.
        round_trip: Distance, latent units, from the code to that of its decoded image; None
            where that is not a number.
        round_trip_sigmas: The same in posterior sigmas; None for a plain autoencoder too.
        prior: Share of draws from the prior that lie nearer to zero, 0 to 100; None for a plain
            autoencoder, which has no prior.
        reconstruction: Of an image that is on this machine, nats; None for others and for places.
        kl: Likewise; None for a plain autoencoder too.
        around: Class of most of the 15 held-out images, itself apart, whose codes are nearest.
        hidden: Share of the code's squared distance from the map's origin that the map does not
            show, 0 to 1; None where it shows all.
    """

    where: Where
    density: float
    round_trip: float | None
    round_trip_sigmas: float | None
    prior: float | None
    reconstruction: float | None
    kl: float | None
    around: str
    hidden: float | None


def facts_of(exhibit: Exhibit, point: Point) -> Facts:
    """Judge a pinned point; an image is judged by the others, not by itself."""
    entry, loaded = exhibit.entry, exhibit.loaded
    model = loaded.model
    data = cache.neighbourhood(entry.path, entry.mtime)
    z = point.z[None]
    is_reference = point.is_image and point.split == "test"
    own = point.number if is_reference else None
    support = data.support(z, None if own is None else [own])
    trip = round_trip(model, z)
    reconstruction = kl = None
    source = cache.images(loaded.dataset, point.split) if point.is_image else None
    if source is not None:
        parts = elbo(model, source.subset([point.number]), draws=DRAWS)
        reconstruction = _number(parts.reconstruction)
        kl = _number(parts.kl) if model.config.kind == "vae" else None
    return Facts(
        where=cast("Where", str(support.label[0])),
        density=float(support.percentile[0]),
        round_trip=_number(trip.distance),
        round_trip_sigmas=_number(trip.in_sigmas),
        prior=float(prior_percentile(z)[0]) if model.config.kind == "vae" else None,
        reconstruction=reconstruction,
        kl=kl,
        around=loaded.dataset.classes[data.class_around(z, NEIGHBOURS, apart_from=own)],
        hidden=float(off_plane_share(exhibit.fitted, z)[0]) if len(point.z) > 2 else None,
    )


def _number(values: ArrayLike | None) -> float | None:
    """The one number there is, if it is one."""
    if values is None:
        return None
    value = float(np.asarray(values)[0])
    return value if np.isfinite(value) else None


def in_words(point: Point, facts: Facts) -> str:
    """The pinned point in a sentence or two that a pupil understands."""
    if point.is_image:
        others = f"Most images with codes like that of this {point.class_name} are: {facts.around}."
        if facts.around == point.class_name:
            others = f"Most images with codes like that of this {point.class_name} are so too."
        first = {
            "inside": others,
            "edge": f"This {point.class_name} is unusual: few images have codes like it.",
            "outside": f"This {point.class_name} is a loner: no other image has a code like it.",
        }[facts.where]
    else:
        first = {
            "inside": "There are images with codes like this one.",
            "edge": "Few images have codes like this one: the decoder has little to go by.",
            "outside": "No image has a code like this one: the decoder invents.",
        }[facts.where]
    if point.decoded is None:
        return f"{first} Its answer here is not a picture: some pixels are not numbers."
    distance = facts.round_trip_sigmas
    if distance is None:
        return first
    if distance > FAR:
        return f"{first} The encoder would take the picture for something else."
    return f"{first} The encoder reads the picture as nearly the same code."


def in_numbers(facts: Facts) -> list[tuple[str, str]]:
    """Name and value, with its unit, of each fact."""
    trip = "undefined"
    if facts.round_trip_sigmas is not None:
        trip = f"{facts.round_trip_sigmas:.1f} posterior σ away"
    elif facts.round_trip is not None:
        trip = f"{facts.round_trip:.2f} latent units away"
    digits = 1 if facts.density < 10 else 0  # the badges part at 1 and 3 per cent
    rows = [
        ("Codes here", f"denser than at {facts.density:.{digits}f}% of the images"),
        ("Encoded again", trip),
    ]
    if facts.reconstruction is not None:
        # A plain autoencoder has one code for an image, and nothing to draw.
        drawn = "" if facts.kl is None else f", mean over {DRAWS} draws of the code"
        rows.append(("Reconstruction", f"{facts.reconstruction:.1f} nats{drawn}"))
    if facts.kl is not None:
        rows.append(("KL from the prior", f"{facts.kl:.1f} nats"))
    if facts.prior is not None:
        share = f"{facts.prior:.0f}%" if facts.prior < ALL else "nearly all"
        rows.append(("From zero", f"further than {share} of the prior's draws"))
    if facts.hidden is not None:
        rows.append(("Off the map", f"{facts.hidden:.0%} of the squared distance from its centre"))
    return rows
