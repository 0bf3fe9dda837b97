"""What a code costs, and what it buys: models as points in the plane of rate and distortion.

The rate is how many nats a code takes to send, by a scheme that knows the prior: the mean KL. The
distortion is what the picture still costs once the code is known: the reconstruction. Their sum is
the negative ELBO, so models of equal sum lie on straight lines, and a beta-VAE comes to rest where
the frontier of what is possible has the slope -beta (Alemi et al. 2018, "Fixing a broken ELBO").
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from vae_core.data import ImageSet
from vae_core.errors import ConfigError
from vae_core.metrics.bounds import pixel_entropy
from vae_core.metrics.elbo import ElboParts, elbo
from vae_core.metrics.estimate import Estimate, difference, mean_of
from vae_core.models.autoencoder import AutoEncoder

Places = Sequence[tuple[float, float]]


@dataclass(frozen=True)
class RatePoint:
    """Where a model lies; nats per image, lower is better, errors over images.

    Attributes:
        rate: Mean KL; None for a plain autoencoder. Its codes are exact numbers, which no finite
            number of nats can send: it is the end of the plane, not a point in it.
        distortion: Mean reconstruction, from posterior draws, or at a plain autoencoder's codes.
        excess: Of the distortion over what the images' own grey levels cost at least, from 0; None
            for other likelihoods than Bernoulli's, which have no such floor.
        negative_elbo: Rate and distortion; None for a plain autoencoder.
    """

    rate: Estimate | None
    distortion: Estimate
    excess: Estimate | None
    negative_elbo: Estimate | None


def rate_distortion(
    model: AutoEncoder,
    images: ImageSet,
    seed: int = 0,
    draws: int = 4,
    *,
    binarize: bool = False,
) -> RatePoint:
    """A model's rate and distortion on N images; see `elbo` for the arguments."""
    parts = elbo(model, images, seed, draws, binarize=binarize)
    return rate_point(model, parts, images, binarize=binarize)


def rate_point(
    model: AutoEncoder, parts: ElboParts, images: ImageSet, *, binarize: bool = False
) -> RatePoint:
    """The same of scores that are there already.

    Args:
        model: Whose scores they are.
        parts: Of `images`, by `elbo`.
        images: That were scored.
        binarize: Whether in black and white. The bits have no entropy of their own, so the excess
            is then the distortion itself.
    """
    excess = None
    if model.config.likelihood == "bernoulli":
        floor = np.zeros(len(images)) if binarize else pixel_entropy(images).numpy()
        excess = difference(parts.reconstruction.numpy(), floor)
    is_vae = model.config.kind == "vae"
    return RatePoint(
        rate=mean_of(parts.kl.numpy()) if is_vae else None,
        distortion=mean_of(parts.reconstruction.numpy()),
        excess=excess,
        negative_elbo=mean_of(parts.negative_elbo.numpy()) if is_vae else None,
    )


def frontier(places: Places) -> list[int]:
    """Which of N models no mixture of two others beats: the lower convex frontier.

    Sending some images by one model and the rest by another reaches every point on the line
    between the two, so a model above such a line is not needed.

    Args:
        places: (rate, distortion) of each model, finite.

    Returns:
        Their indices by rising rate, and so by falling distortion; of equal ones the first.

    Raises:
        ConfigError: A place is not two finite numbers.
    """
    points = _require_places(places)
    kept: list[int] = []
    for i in np.lexsort((points[:, 1], points[:, 0])):  # by rate, then distortion; stable
        if kept and points[i, 1] >= points[kept[-1], 1]:
            continue  # costs more and buys nothing
        while len(kept) > 1 and not _is_below(*points[[kept[-2], kept[-1], i]]):
            kept.pop()
        kept.append(int(i))
    return kept


def _require_places(places: Places) -> npt.NDArray[np.float64]:
    points = np.array(places, dtype=np.float64).reshape(-1, 2) if len(places) else np.empty((0, 2))
    if len(points) != len(places) or not np.isfinite(points).all():
        raise ConfigError(
            "A place in the plane is a finite rate and a finite distortion; a plain autoencoder "
            "has no rate, and is left out."
        )
    return points


def _is_below(
    a: npt.NDArray[np.float64], b: npt.NDArray[np.float64], c: npt.NDArray[np.float64]
) -> bool:
    """Whether b is below the line from a to c, of rising rates."""
    (along, up), (further, higher) = b - a, c - a
    return bool(up * further < higher * along)
