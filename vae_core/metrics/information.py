"""What the codes know: how many nats of the image, and how far they are from the prior as a whole.

The mean KL of a VAE is two things at once (Hoffman & Johnson 2016, "ELBO surgery"): the mutual
information of image and code, and the distance of the aggregate posterior q(z) from the prior.
The second is again two (Chen et al. 2018, "Isolating sources of disentanglement"): the total
correlation between dimensions, and what each dimension alone differs from the prior.

    mean KL(q(z|x) || p) = I(x; z) + KL(q(z) || p)
    KL(q(z) || p)        = TC + sum_j KL(q(z_j) || p(z_j))
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from vae_core.codes import require_codes
from vae_core.encoding import LatentSet
from vae_core.errors import ConfigError
from vae_core.metrics.density import AggregatePosterior
from vae_core.metrics.estimate import Estimate, mean_of
from vae_core.metrics.latent import prior_kl

FloatArray = npt.NDArray[np.float64]
TOO_FEW = "Information needs at least 2 draws, not {}."
DRAWS = 2000  # an error of about 0.02 nats for the shipped models


@dataclass(frozen=True)
class Information:
    """Parts of the mean KL of N images, in nats; errors are those of the draws.

    An estimate of what is never negative can be below zero by about its error.

    Attributes:
        mutual_information: Of an image and its code, 0 to `ceiling`: how surely a code tells
            which of the N images it was drawn for.
        marginal_kl: Of the aggregate posterior q(z) from the prior, from 0; 0 where samples of
            the prior come from where the codes are.
        total_correlation: How much the dimensions tell about each other, from 0.
        dimension_kl: Of each dimension's q(z_j) from its prior, from 0; D estimates.
        mean_kl: Of the images' posteriors from the prior, in closed form; its error is that of
            a mean over N images.
        ceiling: log N: no more can be known than which of N images it is. A mutual information
            near it says that N is too small to see more, and what is missing there is counted
            as marginal KL and total correlation.
        draws: Codes that the estimates are means over.
    """

    mutual_information: Estimate
    marginal_kl: Estimate
    total_correlation: Estimate
    dimension_kl: tuple[Estimate, ...]
    mean_kl: Estimate
    ceiling: float
    draws: int


def information(latents: LatentSet, seed: int = 0, draws: int = DRAWS) -> Information:
    """Take the mean KL of N images apart, by Monte Carlo.

    All N posteriors are components of q(z); only the codes that its logarithm is averaged over
    are drawn, one each from the posteriors of images in random order, around again if there are
    more draws than images.

    Args:
        latents: The posteriors of N images.
        seed: Of the draws.
        draws: Codes, at least 2.

    Raises:
        ConfigError: The codes are a plain autoencoder's, there are none, some are not finite, or
            too few draws are asked for.
    """
    if latents.logvar is None:
        raise ConfigError(
            "A plain autoencoder has codes but no posteriors, and so no information in nats."
        )
    mixture = AggregatePosterior(latents)
    _, z, log_own = _draw(mixture, np.random.default_rng(seed), draws)
    log_joint = mixture.log_density(z)
    log_each = np.stack(
        [mixture.marginal(j).log_density(z[:, [j]]) for j in range(z.shape[1])], axis=1
    )
    log_prior = -0.5 * (np.square(z) + math.log(2 * math.pi))
    return Information(
        mutual_information=mean_of(log_own - log_joint),
        marginal_kl=mean_of(log_joint - log_prior.sum(1)),
        total_correlation=mean_of(log_joint - log_each.sum(1)),
        dimension_kl=tuple(mean_of(column) for column in (log_each - log_prior).T),
        mean_kl=mean_of(prior_kl(latents).sum(1)),
        ceiling=math.log(len(latents)),
        draws=draws,
    )


def _draw(
    mixture: AggregatePosterior, generator: np.random.Generator, draws: int
) -> tuple[npt.NDArray[np.intp], FloatArray, FloatArray]:
    """Images, a code of each, shape (draws, D), and its log density under its own posterior."""
    if draws < 2:
        raise ConfigError(TOO_FEW.format(draws))
    chosen = np.resize(generator.permutation(len(mixture.mu)), draws)
    noise = generator.normal(size=(draws, mixture.mu.shape[1]))
    variance = mixture.variance[chosen]
    log_own = -0.5 * (np.square(noise) + np.log(2 * np.pi * variance)).sum(1)
    return chosen, mixture.mu[chosen] + np.sqrt(variance) * noise, log_own


def label_information(latents: LatentSet, seed: int = 0, draws: int = DRAWS) -> FloatArray | None:
    """Share of what there is to know about the class that each dimension alone tells, (D,).

    I(z_j; label) / H(label), 0 to 1: 1 where the dimension alone tells the class for sure. For a
    VAE, z_j is drawn from the posteriors, and q(z_j | label) is the mixture of the class's own
    (as Chen et al. 2018 do with other factors). A plain autoencoder's codes are points, whose
    information is estimated from their neighbours (Ross 2014, by scikit-learn).

    Args:
        latents: N images with their classes.
        seed: Of the draws.
        draws: Codes, at least 2.

    Returns:
        None where there is nothing to know, since all images are of one class, or nothing to be
        told, since each is of its own.

    Raises:
        ConfigError: Codes that are not finite, or too few draws.
    """
    require_codes(latents.mu, latents.mu.shape[1])
    if draws < 2:
        raise ConfigError(TOO_FEW.format(draws))
    labels = latents.labels.numpy()
    counts = np.bincount(labels)
    shares = counts[counts > 0] / len(labels)
    entropy = float(-(shares * np.log(shares)).sum())
    if entropy == 0 or counts.max() < 2:
        return None
    if latents.logvar is None:  # an estimate can be beyond what there is to know
        return np.clip(_of_neighbours(latents, seed) / entropy, 0, 1)
    mixture = AggregatePosterior(latents)
    chosen, z, _ = _draw(mixture, np.random.default_rng(seed), draws)
    gain = np.zeros(z.shape)
    for label in np.flatnonzero(counts):
        own = labels[chosen] == label
        if not own.any():
            continue
        of_class = AggregatePosterior(latents.subset(np.flatnonzero(labels == label)))
        for j in range(z.shape[1]):
            gain[own, j] = of_class.marginal(j).log_density(z[own][:, [j]])
    for j in range(z.shape[1]):
        gain[:, j] -= mixture.marginal(j).log_density(z[:, [j]])
    share: FloatArray = np.clip(gain.mean(0) / entropy, 0, 1)
    return share


def _of_neighbours(latents: LatentSet, seed: int) -> FloatArray:
    """I(z_j; label) of codes without posteriors, in nats, shape (D,)."""
    from sklearn.feature_selection import mutual_info_classif  # seconds to import

    found: FloatArray = mutual_info_classif(
        latents.mu.double().numpy(), latents.labels.numpy(), random_state=seed
    )
    return found
