"""What the colours of the points can say of each image, besides its class."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ui.view import Colour
from vae_core import elbo
from vae_core.config import ModelConfig
from vae_core.data import ImageSet
from vae_core.encoding import LatentSet
from vae_core.metrics.latent import prior_kl
from vae_core.metrics.support import Neighbourhood
from vae_core.models.autoencoder import AutoEncoder


@dataclass(frozen=True)
class Scale:
    """One quantity.

    Attributes:
        label: In the list of choices.
        title: Over the scale, with the unit.
        meaning: In one sentence.
    """

    label: str
    title: str
    meaning: str


SCALES: dict[Colour, Scale] = {
    "class": Scale("Class", "", ""),
    "reconstruction": Scale(
        "Reconstruction error",
        "nats",
        "**Colour**: reconstruction error of each image, in nats, from one draw of its code. Grey "
        "pixels cost some even if they are drawn perfectly.",
    ),
    "kl": Scale(
        "KL from the prior",
        "nats",
        "**Colour**: KL of each image's posterior from the prior, in nats: how much its code says.",
    ),
    "density": Scale(
        "Density",
        "%",
        "**Colour**: how dense codes are around each image: the share of all images whose "
        "surroundings are sparser.",
    ),
}


def exceptions(found: npt.NDArray[np.float64]) -> str:
    """What the scale does not show of values of N images, shape (N,)."""
    unknown = int((~np.isfinite(found)).sum())
    words = " The outermost 1% on each side have the colours of the ends."
    if unknown:
        words += f" {unknown:,} of {len(found):,} images have no value: dark grey."
    return words


def offered(config: ModelConfig, *, is_live: bool) -> list[Colour]:
    """What can be said of the images of a map; an error needs the images, a KL a posterior."""
    return [
        name
        for name in SCALES
        if (name != "reconstruction" or is_live) and (name != "kl" or config.kind == "vae")
    ]


def values(
    colour: Colour,
    model: AutoEncoder,
    latents: LatentSet,
    images: ImageSet | None,
    data: Neighbourhood,
    own: npt.NDArray[np.int64],
) -> npt.NDArray[np.float64]:
    """The quantity for each of N images, shape (N,).

    Args:
        colour: Which; not "class", and one that is `offered`.
        model: That encoded them.
        latents: Their posteriors.
        images: Themselves; only an error needs them.
        data: The codes that density is about.
        own: Number of each image among those of `data`, shape (N,); -1 for others.
    """
    found: npt.NDArray[np.float64]
    if colour == "density":
        found = data.support(latents.mu, own).percentile
    elif colour == "kl":
        found = prior_kl(latents).sum(1)
    else:
        assert images is not None
        # One draw an image: over a map of thousands it says enough, in a quarter of the time.
        found = elbo(model, images, draws=1).reconstruction.numpy()
    return found
