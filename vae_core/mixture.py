"""Where the codes are, as a mixture of Gaussians that new codes can be drawn from.

A decoder learns to draw what the codes of images decode to. Its prior N(0, I) may also have mass
where no code ever was, and the pictures from there are invented. A Gaussian mixture fitted
to the codes after the training has mass where they are (ex-post density estimation: Ghosh et al.
2020, "From variational to deterministic autoencoders", section 4).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from vae_core.codes import require_codes
from vae_core.decoding import Samples, decode
from vae_core.errors import ConfigError
from vae_core.models.autoencoder import AutoEncoder

FloatArray = npt.NDArray[np.float64]
COMPONENTS = 12  # that paper takes ten; more draw no better supported codes
CODES_EACH = 20  # codes for each component, at least, and in many dimensions more:
CODES_EACH_WAY = 5  # for each way that a covariance can be wide, and the mean
MOST_CODES = 3000  # that it is fitted to: more change little, and take longer
SMALLEST = 1e-6  # variance of a component over that of all codes: one code alone has none
SEED = 0  # of the choice of codes, and of where the fit starts


@dataclass(frozen=True, eq=False)
class Mixture:
    """A mixture of K Gaussians over a latent space of D dimensions.

    Attributes:
        weights: Share of each component, shape (K,); they sum to 1.
        means: Shape (K, D), latent units.
        covariances: Shape (K, D, D), squared latent units.
    """

    weights: FloatArray
    means: FloatArray
    covariances: FloatArray

    def __len__(self) -> int:
        return len(self.weights)

    def draw(self, n: int, seed: int = 0, temperature: float = 1.0) -> FloatArray:
        """Draw n codes, shape (n, D).

        Args:
            n: At least 1; the first of many are the same as the first of few.
            seed: Of the draw.
            temperature: Scales the spread of each component around its mean; 1 as fitted, 0
                gives the means alone. The shares of the components stay.

        Raises:
            ConfigError: No draws asked for, or no such temperature.
        """
        if n < 1:
            raise ConfigError(f"At least 1 code can be drawn, not {n}.")
        if not (np.isfinite(temperature) and temperature >= 0):
            raise ConfigError(f"A temperature is a number from 0, not {temperature}.")
        which, noise = np.random.default_rng(seed).spawn(2)
        chosen = which.choice(len(self), n, p=self.weights)
        steps = noise.standard_normal((n, self.means.shape[1]))
        roots = np.linalg.cholesky(self.covariances)[chosen]
        codes: FloatArray = self.means[chosen] + temperature * np.einsum("nij,nj->ni", roots, steps)
        return codes


def fit_mixture(codes: Tensor | npt.ArrayLike, n_components: int = COMPONENTS) -> Mixture:
    """Fit a mixture with full covariances to codes; the same codes always give the same mixture.

    For a VAE, give one draw from each image's posterior, and not the means: the aggregate
    posterior is the mixture of all posteriors, and the means alone are narrower.
    `Neighbourhood.data` is such draws, and a plain autoencoder's codes as they are.

    Args:
        codes: At least 2, shape (N, D), latent units; of more than 3,000, so many are chosen.
        n_components: How many Gaussians at most; fewer where there would be less than 20 codes, or
            5 (D + 1), for each: a full covariance of fewer is narrow where no code happens to be.

    Raises:
        ConfigError: Too few codes, codes that are not finite, or no components asked for.
    """
    found = np.asarray(codes, dtype=np.float64)
    if found.ndim != 2 or len(found) < 2 or not found.shape[1]:
        raise ConfigError(f"A mixture needs at least two codes, not shape {found.shape}.")
    require_codes(found, found.shape[1])
    if n_components < 1:
        raise ConfigError(f"A mixture has at least 1 component, not {n_components}.")
    if len(found) > MOST_CODES:
        found = found[np.random.default_rng(SEED).permutation(len(found))[:MOST_CODES]]
    n_different = len(np.unique(found, axis=0))
    codes_each = max(CODES_EACH, CODES_EACH_WAY * (found.shape[1] + 1))
    return _fitted(found, max(1, min(n_components, n_different // codes_each)))


def _fitted(codes: FloatArray, n_components: int) -> Mixture:
    """Fitted in units of the codes' own spread, which may be anything."""
    from sklearn.mixture import GaussianMixture  # seconds to import, and often not needed

    centre, spread = codes.mean(0), float(codes.std(0).max())
    unit = spread if spread > 0 else 1.0
    # Not started by k-means: its threads get into each other's way beside other visitors.
    fitted = GaussianMixture(
        n_components, reg_covar=SMALLEST, init_params="k-means++", tol=1e-2, max_iter=500,
        random_state=SEED,
    ).fit((codes - centre) / unit)  # fmt: skip
    weights = fitted.weights_ / fitted.weights_.sum()
    return Mixture(weights, fitted.means_ * unit + centre, fitted.covariances_ * unit**2)


def sample_mixture(
    model: AutoEncoder, mixture: Mixture, n: int, seed: int = 0, temperature: float = 1.0
) -> Samples:
    """Draw n codes from a mixture and decode them; see `Mixture.draw`.

    Raises:
        ConfigError: The mixture is over another number of dimensions, or codes are too large.
    """
    z = mixture.draw(n, seed, temperature)
    return Samples(torch.from_numpy(z).float(), decode(model, z))
