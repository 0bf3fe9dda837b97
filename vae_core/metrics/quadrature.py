"""The exact likelihood of images under a VAE with one or two latent dimensions, by quadrature.

p(x) = integral of p(x|z) N(z; 0, I) dz becomes a sum over cells (midpoint rule), which in so few
dimensions leaves nothing to chance. For smooth functions that vanish towards the borders it
converges faster than any power of the number of cells (Trefethen & Weideman 2014): halving cells
that are too wide takes the error to about its fourth power.

How narrow a posterior is differs by a hundred between models and images, so the sum looks for it.
A first look at all of latent space finds the tiles that hold an image's mass. These are summed
again in finer cells, twice for every image, and on until cells of twice the width would do, too.
Log-likelihoods are in nats per image.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor

from vae_core.data import ImageSet, to_unit
from vae_core.encoding import require_shape
from vae_core.metrics.bits import binarized
from vae_core.metrics.inner import base, inner, is_likelihood
from vae_core.metrics.tiles import Tiling, require_grid
from vae_core.models.autoencoder import AutoEncoder
from vae_core.models.linear import product

CELLS = 120
TILES, BATCH = 64, 1000  # tiles and images at a time: bounds memory
FAR = 8.0  # latent units; 1.3e-14 of a plane's prior lies further out
FINER = (2, 4, 8, 16)  # times as many cells along each axis of a tile
SURE = 4  # for every image; finer only where the sum may not stay
STAYS = 0.25  # nats; of so large an error less than 0.01 is left with cells half as wide
HOLDS = -12.0  # log share of an image's mass from which a tile's cells are made finer
UNSURE = 13.0  # nats by which the first look may miss the top of a narrow posterior
NOTHING = -60.0  # nats below the largest term; where exp ends in subnormal numbers, it is slow


@dataclass(frozen=True, eq=False)
class ExactLikelihood:
    """The likelihood of N images.

    Attributes:
        log_likelihood: log p(x) in nats, float64, shape (N,); higher is better.
        far_share: Share of each image's posterior that lies 8 to 10 latent units from zero, 0 to
            1, as the first look saw it, shape (N,). Beyond 10 units nothing is summed: where this
            share is not nearly zero, mass is missing from p(x).
        cells: What was asked for.
        is_likelihood: False if grey pixels were scored with a Bernoulli likelihood: the figure
            then is no likelihood of anything, see `inner.is_likelihood`.
    """

    log_likelihood: Tensor
    far_share: Tensor
    cells: int
    is_likelihood: bool


def exact_log_likelihood(
    model: AutoEncoder,
    images: ImageSet,
    cells: int = CELLS,
    *,
    binarize: bool = False,
    seed: int = 0,
) -> Tensor:
    """Log p(x) of every image in nats, float64, shape (N,); see `exact_likelihood`."""
    return exact_likelihood(model, images, cells, binarize=binarize, seed=seed).log_likelihood


@torch.no_grad()
def exact_likelihood(
    model: AutoEncoder,
    images: ImageSet,
    cells: int = CELLS,
    *,
    binarize: bool = False,
    seed: int = 0,
) -> ExactLikelihood:
    """Score every image exactly, up to the width of the cells.

    Without `binarize`, grey images under a "bernoulli" model get a number that is no likelihood.

    Args:
        model: A VAE with one or two latent dimensions.
        images: N images of the model's shape.
        cells: Along each axis, 8 to 480; of a line 16 times as many. The first look takes half
            as many, and where an image's mass lies there are at least twice as many.
        binarize: Score black-or-white images, the same ones as `elbo` with this seed.
        seed: Of the binarisation; nothing else is left to chance.

    Raises:
        ConfigError: A plain autoencoder, more dimensions, images of another shape, or no such
            number of cells.
    """
    require_grid(model, cells)
    require_shape(model, images)
    if binarize:
        images = binarized(images, seed)
    found = summed(model, images.images, cells)
    return ExactLikelihood(
        found.log_likelihood, found.far_share, cells, is_likelihood(model, images)
    )


class Summed(NamedTuple):
    """What is known of N images after the sum.

    Attributes:
        log_likelihood: Nats, float64, shape (N,).
        far_share: See `ExactLikelihood`.
        tiling: What was summed, T tiles.
        shares: Log share of each image's mass in each tile, nats, float64, shape (N, T).
    """

    log_likelihood: Tensor
    far_share: Tensor
    tiling: Tiling
    shares: Tensor


def summed(model: AutoEncoder, images: Tensor, cells: int) -> Summed:
    """Sum over all tiles, then over those that matter in finer cells; see `exact_likelihood`.

    Args:
        model: Whose prior is summed over.
        images: uint8, or float32 in [0, 1], shape (N, C, H, W).
        cells: Along each axis.
    """
    used, tiling = _Pixels.of(images), Tiling.of(model, cells / 2)
    sums, far = _coarse(model, used, tiling)
    total = torch.logsumexp(sums, 1)
    far_share = torch.exp(far - total)
    is_open, change = torch.ones(len(images), dtype=torch.bool), torch.tensor(UNSURE)
    for finer in FINER:
        wanted = is_open[:, None] & (sums > (total + HOLDS - change)[:, None])
        spread = _refine(model, used, tiling, finer, sums, wanted)
        before, total = total, torch.logsumexp(sums, 1)
        change = (total - before).abs()
        if finer >= SURE:
            is_open &= torch.maximum(change, spread) > STAYS
    constant = [base(model, as_unit(batch).to(model.device)) for batch in images.split(BATCH)]
    return Summed(total + torch.cat(constant).cpu(), far_share, tiling, sums - total[:, None])


def as_unit(images: Tensor) -> Tensor:
    """Images, uint8 or already float32 in [0, 1], as the latter."""
    return to_unit(images) if images.dtype == torch.uint8 else images


class _Pixels(NamedTuple):
    """The pixels, (N, P), that are lit in any image; the others multiply nothing."""

    values: Tensor
    which: Tensor

    @staticmethod
    def of(images: Tensor) -> _Pixels:
        flat = images.flatten(1)
        which = flat.amax(0).nonzero()[:, 0]
        return _Pixels(flat[:, which], which)


def _coarse(model: AutoEncoder, pixels: _Pixels, tiling: Tiling) -> tuple[Tensor, Tensor]:
    """Log sums of weight * p(x|z), but for `base`, over each tile, and over what is far out.

    Returns:
        Nats, float64, shapes (N, T) and (N,).
    """
    sums = torch.empty(len(pixels.values), len(tiling.tiles), dtype=torch.float64)
    far = torch.full((len(sums),), -math.inf, dtype=torch.float64)
    for at, tiles in enumerate(tiling.tiles.split(TILES)):
        z, log_weight = tiling.cells(tiles)
        slopes, bias = _to_multiply(model, pixels, z, log_weight)
        parts = torch.eye(len(tiles)).repeat_interleave(len(z) // len(tiles), 0)
        parts = torch.cat([parts, (z.norm(dim=1) > FAR).float()[:, None]], 1).to(slopes)
        for rows in torch.arange(len(sums)).split(BATCH):
            scores, top = _scores(pixels.values.index_select(0, rows), slopes, bias)
            found = ((scores @ parts).double().log() + top[:, None]).cpu()
            sums[rows, at * TILES : at * TILES + len(tiles)] = found[:, :-1]
            far[rows] = torch.logaddexp(far[rows], found[:, -1])
    return sums, far


def _refine(
    model: AutoEncoder, pixels: _Pixels, tiling: Tiling, finer: int, sums: Tensor, wanted: Tensor
) -> Tensor:
    """Replace the wanted log sums, bool, shape (N, T), by those of finer cells, in place.

    Returns:
        Half of how far apart the sums over every second cell along each axis are (they may begin
        at the first or at the second one), nats, shape (N,). The error of sums over cells of twice
        the width swings with where the cells lie: if it hides by chance in the change since the
        sum before, whose cells lie a quarter of a swing away, it shows here.
    """
    halves = torch.full((len(sums), 2 ** tiling.tiles.shape[1]), -math.inf, dtype=torch.float64)
    for column in wanted.any(0).nonzero()[:, 0].tolist():
        z, log_weight = tiling.cells(tiling.tiles[column : column + 1], finer)
        slopes, bias = _to_multiply(model, pixels, z, log_weight)
        parts = tiling.every_second(finer).to(slopes)
        for rows in wanted[:, column].nonzero()[:, 0].split(BATCH):
            scores, top = _scores(pixels.values.index_select(0, rows), slopes, bias)
            found = ((scores @ parts).double().log() + top[:, None]).cpu()
            sums[rows, column] = torch.logsumexp(found, 1)
            halves[rows] = torch.logaddexp(halves[rows], found)
    return (halves.amax(1) - halves.amin(1)) / 2


def _to_multiply(
    model: AutoEncoder, pixels: _Pixels, z: Tensor, log_weight: Tensor
) -> tuple[Tensor, Tensor]:
    """What images are multiplied with, and what is added, for codes (G, D): (G, P) and (G,)."""
    slopes, offsets = inner(model, z.float().to(model.device))
    return slopes.index_select(1, pixels.which.to(slopes.device)), offsets + log_weight.to(offsets)


def _scores(pixels: Tensor, slopes: Tensor, bias: Tensor) -> tuple[Tensor, Tensor]:
    """Weight * p(x|z) of B images and G codes, (B, G), divided by exp of the largest, (B,)."""
    scores = product(as_unit(pixels.to(slopes.device)).to(slopes.dtype), slopes, bias)
    top = scores.amax(1)
    return scores.sub_(top[:, None]).clamp_min_(NOTHING).exp_(), top
