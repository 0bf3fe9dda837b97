"""The exact posterior p(z|x) of an image under a VAE with one or two latent dimensions.

The encoder's q(z|x) is one Gaussian; the decoder's true posterior may be bent, or lie in several
places. Summed over a grid (see `quadrature`), it can be drawn, and q be held against it. What q
misses costs the bound its sharpness: the inference gap, -ELBO + log p(x) = KL(q(z|x) || p(z|x))
(Cremer et al. 2018). Codes are in latent units, log-likelihoods in nats.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from vae_core.data import ImageSet
from vae_core.errors import ConfigError
from vae_core.metrics.elbo import elbo
from vae_core.metrics.inner import base, inner
from vae_core.metrics.quadrature import CELLS, exact_log_likelihood, summed
from vae_core.metrics.tiles import log_prior, require_grid
from vae_core.models.autoencoder import AutoEncoder

FloatArray = npt.NDArray[np.float64]
PICTURE_CELLS = 120  # along each axis
HOLDS, FINER = -14.0, 4  # log share of the mass from which a tile is looked at, in finer cells
OUTSIDE = 1e-6  # of the highest mass of a cell; below, it need not be seen
SEEN, MARGIN = 3.0, 0.05  # sigma of q, and of the sides, that the grid holds as well
BATCH = 1024  # codes decoded at once
WITHIN = 2.0  # sigma
RADII, ANGLES = 24, 48  # of the places within an ellipse that are summed


@dataclass(frozen=True, eq=False)
class PosteriorGrid:
    """The exact posterior p(z|x) of one image, beside the encoder's q(z|x).

    The grid is evenly spaced and holds all of the posterior, and q within three sigma.

    Attributes:
        x: Centres of the cells along the first latent dimension, latent units, ascending, (n,).
        y: The same along the second one; None where there is only one.
        density: Rows along y, per squared latent unit, shape (n, n); along a line per latent
            unit, shape (n,). Times the area of a cell it sums to 1.
        log_likelihood: Log p(x), nats; of grey pixels under a "bernoulli" model no likelihood.
        mean: Of the posterior, shape (D,).
        sigma: Its standard deviations along the latent dimensions, shape (D,).
        within_q: Share of its mass within two sigma (Mahalanobis distance) of q(z|x), 0 to 1. If
            q were exact, it would be 0.865 in two dimensions and 0.954 in one.
        extent: (left, right, bottom, top) of the grid; (left, right) of a line.
    """

    x: FloatArray
    y: FloatArray | None
    density: FloatArray
    log_likelihood: float
    mean: FloatArray
    sigma: FloatArray
    within_q: float
    extent: tuple[float, ...]


@torch.no_grad()
def posterior_grid(
    model: AutoEncoder, image: Tensor | npt.ArrayLike, cells: int = PICTURE_CELLS
) -> PosteriorGrid:
    """Where the decoder itself would look for an image.

    Args:
        model: A VAE with one or two latent dimensions.
        image: In [0, 1], shape (C, H, W).
        cells: Along each axis of the grid that comes back, 8 to 480. How exact the figures are does
            not depend on it.

    Raises:
        ConfigError: What `exact_likelihood` refuses, or an image of another shape or range.
    """
    n_dims = require_grid(model, cells)
    x = _image(model, image)
    found = summed(model, x, CELLS)
    log_likelihood = float(found.log_likelihood)
    codes, log_weight = found.tiling.cells(found.tiling.tiles[found.shares[0] > HOLDS], FINER)
    mass = torch.softmax(_log_px(model, x, codes) + log_weight, 0).numpy()
    places = codes.numpy()
    mean = mass @ places
    edges = [np.linspace(*side, cells + 1) for side in _box(model, x, places, mass)]
    axes = [(edge[1:] + edge[:-1]) / 2 for edge in edges]
    # The first latent dimension varies fastest, along the rows.
    z = np.stack(np.meshgrid(*axes), -1).reshape(-1, n_dims)
    log_joint = _log_joint(model, x, torch.from_numpy(z)).reshape([cells] * n_dims)
    area = float(np.prod([edge[1] - edge[0] for edge in edges]))
    return PosteriorGrid(
        x=axes[0],
        y=axes[1] if n_dims == 2 else None,
        density=torch.exp(log_joint - torch.logsumexp(log_joint.flatten(), 0)).numpy() / area,
        log_likelihood=log_likelihood,
        mean=mean,
        sigma=np.sqrt(mass @ np.square(places - mean)),
        within_q=_within_q(model, x, log_likelihood),
        extent=tuple(float(edge[end]) for edge in edges for end in (0, -1)),
    )


def inference_gap(
    model: AutoEncoder,
    images: ImageSet,
    cells: int = CELLS,
    *,
    seed: int = 0,
    draws: int = 4,
    binarize: bool = False,
) -> Tensor:
    """What the bound misses: -ELBO + log p(x) of every image, nats, float64, shape (N,).

    It is never negative, but for the noise of the ELBO's draws; see `elbo` and
    `exact_likelihood` for the arguments and what is refused.
    """
    exact = exact_log_likelihood(model, images, cells, binarize=binarize, seed=seed)
    return elbo(model, images, seed, draws, binarize=binarize).negative_elbo + exact


def _image(model: AutoEncoder, image: Tensor | npt.ArrayLike) -> Tensor:
    """One image as a batch on the model's device, float32, shape (1, C, H, W)."""
    x = torch.as_tensor(image, dtype=torch.float32)
    if tuple(x.shape) != model.config.image_shape:
        raise ConfigError(
            f"The model takes images of shape {model.config.image_shape}, not {tuple(x.shape)}."
        )
    if not bool(((x >= 0) & (x <= 1)).all()):
        raise ConfigError("The pixels of an image must be numbers from 0 to 1.")
    return x[None].to(model.device)


def _log_joint(model: AutoEncoder, x: Tensor, z: Tensor) -> Tensor:
    """Log p(x, z) of one image, (1, C, H, W), and G codes, (G, D); nats, float64, shape (G,)."""
    return _log_px(model, x, z) + log_prior(z)


def _log_px(model: AutoEncoder, x: Tensor, z: Tensor) -> Tensor:
    """Log p(x|z), likewise."""
    found = []
    for codes in z.split(BATCH):
        slopes, offsets = inner(model, codes.float().to(model.device))
        found.append((slopes @ x.flatten().to(slopes.dtype) + offsets).double().cpu())
    return torch.cat(found) + base(model, x).cpu()


def _within_q(model: AutoEncoder, x: Tensor, log_likelihood: float) -> float:
    """The posterior's mass within two sigma of q, by Gauss-Legendre along radii."""
    posterior = model.encode(x)
    mu, sigma = (part[0].double().cpu() for part in (posterior.mu, posterior.sigma))
    nodes, weights = np.polynomial.legendre.leggauss(RADII if len(mu) == 2 else ANGLES)
    if len(mu) == 1:
        places, area = WITHIN * torch.from_numpy(nodes)[:, None], torch.from_numpy(WITHIN * weights)
    else:
        angle = torch.arange(ANGLES, dtype=torch.float64) * (2 * math.pi / ANGLES)
        radius = torch.from_numpy(WITHIN / 2 * (nodes + 1))
        ring = torch.from_numpy(WITHIN / 2 * weights) * radius * (2 * math.pi / ANGLES)
        circle = torch.stack([angle.cos(), angle.sin()], dim=1)
        places = (radius[:, None, None] * circle).reshape(-1, 2)
        area = ring.repeat_interleave(ANGLES)
    terms = _log_joint(model, x, mu + sigma * places) + torch.log(area * sigma.prod())
    return min(1.0, float(torch.exp(torch.logsumexp(terms, 0) - log_likelihood)))


def _box(
    model: AutoEncoder, x: Tensor, places: FloatArray, mass: FloatArray
) -> list[tuple[float, float]]:
    """Low and high end along each latent dimension of what is to be seen."""
    posterior = model.encode(x)
    mu, sigma = (part[0].double().cpu().numpy() for part in (posterior.mu, posterior.sigma))
    held = places[mass > OUTSIDE * mass.max()]
    low = np.minimum(held.min(0), mu - SEEN * sigma)
    high = np.maximum(held.max(0), mu + SEEN * sigma)
    margin = MARGIN * (high - low)
    return list(zip((low - margin).tolist(), (high + margin).tolist(), strict=True))
