"""What is known about the pinned code, in numbers and in one sentence."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

from ui import cache
from ui.catalogue import Entry
from ui.point import Point
from vae_core import elbo
from vae_core.geometry import off_plane_share, round_trip
from vae_core.metrics.holes import prior_percentile
from vae_core.metrics.support import Where
from vae_core.projection import Plane

ALL = 99.5  # per cent, from which a share would be rounded to all
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
        round_trip: Distance, latent units, from the code to that of its decoded image.
        round_trip_sigmas: The same in posterior sigmas; None for a plain autoencoder.
        prior: Share of draws from the prior that lie nearer to zero, 0 to 100; None for a plain
            autoencoder, which has no prior.
        reconstruction: Of an image that is on this machine, nats; None for others and for places.
        kl: Likewise; None for a plain autoencoder too.
        hidden: Share of the code's squared distance from the map's origin that the map does not
            show, 0 to 1; None where it shows all.
    """

    where: Where
    density: float
    round_trip: float
    round_trip_sigmas: float | None
    prior: float | None
    reconstruction: float | None
    kl: float | None
    hidden: float | None


def facts_of(entry: Entry, point: Point, fitted: Plane) -> Facts:
    """Judge a pinned point; an image is judged by the others, not by itself."""
    loaded = cache.checkpoint(entry.path, entry.mtime)
    model = loaded.model
    data = cache.neighbourhood(entry.path, entry.mtime)
    z = point.z[None]
    is_reference = point.is_image and point.split == "test"
    support = data.support(z, [point.index] if is_reference else None)
    trip = round_trip(model, z)
    reconstruction = kl = None
    source = cache.images(loaded.dataset, point.split) if point.is_image else None
    if source is not None:
        parts = elbo(model, source.subset([point.index]))
        reconstruction = float(parts.reconstruction[0])
        kl = float(parts.kl[0]) if model.config.kind == "vae" else None
    return Facts(
        where=cast("Where", str(support.label[0])),
        density=float(support.percentile[0]),
        round_trip=float(trip.distance[0]),
        round_trip_sigmas=None if trip.in_sigmas is None else float(trip.in_sigmas[0]),
        prior=float(prior_percentile(z)[0]) if model.config.kind == "vae" else None,
        reconstruction=reconstruction,
        kl=kl,
        hidden=float(off_plane_share(fitted, z)[0]) if len(point.z) > 2 else None,
    )


def in_words(point: Point, facts: Facts) -> str:
    """The pinned point in a sentence or two that a pupil understands."""
    if point.is_image:
        first = {
            "inside": f"Other images have codes like that of this {point.label}.",
            "edge": f"This {point.label} is unusual: few images have codes like it.",
            "outside": f"This {point.label} is a loner: no other image has a code like it.",
        }[facts.where]
    else:
        first = {
            "inside": "There are images with codes like this one: the decoder has practised here.",
            "edge": "Few images have codes like this one: the decoder has hardly practised here.",
            "outside": "No image has a code like this one: the decoder invents.",
        }[facts.where]
    distance = facts.round_trip_sigmas
    if distance is None:
        return first
    if distance > FAR:
        return f"{first} The encoder would take the picture for something else."
    return f"{first} The encoder reads the picture as nearly the same code."


def in_numbers(facts: Facts) -> list[tuple[str, str]]:
    """Name and value, with its unit, of each fact."""
    trip = f"{facts.round_trip:.2f} latent units away"
    if facts.round_trip_sigmas is not None:
        trip = f"{facts.round_trip_sigmas:.1f} posterior σ away"
    digits = 1 if facts.density < 10 else 0  # the badges part at 1 and 3 per cent
    rows = [
        ("Codes here", f"denser than around {facts.density:.{digits}f} % of images"),
        ("Encoded again", trip),
    ]
    if facts.reconstruction is not None:
        rows.append(("Reconstruction", f"{facts.reconstruction:.1f} nats"))
    if facts.kl is not None:
        rows.append(("KL from the prior", f"{facts.kl:.1f} nats"))
    if facts.prior is not None:
        share = f"{facts.prior:.0f} %" if facts.prior < ALL else f"more than {ALL} %"
        rows.append(("From zero", f"further than {share} of the prior's draws"))
    if facts.hidden is not None:
        rows.append(("Off the map", f"{facts.hidden:.0%} of the squared distance from its centre"))
    return rows
