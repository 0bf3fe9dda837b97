"""What an image costs in bits: as it is, and by way of its code.

A VAE is a way to pack images: the code first, then what the decoder's picture gets wrong. With
bits-back coding (Hinton & van Camp 1993; Townsend et al. 2019) a long row of images costs
-ELBO on average: KL for the codes, the reconstruction for the rest.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from scipy.special import log_ndtr
from torch import Tensor

from vae_core.codes import require_codes
from vae_core.data import ImageSet, to_unit
from vae_core.encoding import encode
from vae_core.errors import ConfigError
from vae_core.metrics.bits import is_black_or_white
from vae_core.metrics.elbo import elbo
from vae_core.models.autoencoder import AutoEncoder
from vae_core.objectives import reconstruction_nll

FloatArray = npt.NDArray[np.float64]
BITS = 1 / np.log(2)  # of a nat
BATCH = 1000
LEAST = 1e-3  # chance of the rarest pixel value; one that was never seen would cost for ever


@dataclass(frozen=True, eq=False)
class Cost:
    """Bits that each of N black-or-white images costs, shape (N,).

    Attributes:
        plain: One bit for each pixel.
        by_pixel: Each pixel told by how often it is white in the training images.
        code: For the code: the KL of its posterior from the prior.
        rest: For what the decoder's picture gets wrong.
    """

    plain: FloatArray
    by_pixel: FloatArray
    code: FloatArray
    rest: FloatArray

    @property
    def by_model(self) -> FloatArray:
        """Code and rest together."""
        return self.code + self.rest


def cost(
    model: AutoEncoder, images: ImageSet, mean_image: Tensor, seed: int = 0, draws: int = 4
) -> Cost:
    """What N black-or-white images cost without loss, in bits.

    Args:
        model: A VAE whose decoder gives each pixel a chance to be white.
        images: See `bits.binarized`.
        mean_image: Of the training images, in [0, 1], shape (C, H, W).
        seed: Of the posterior's draws.
        draws: For each image.

    Raises:
        ConfigError: A plain autoencoder, which knows no chances of codes, another likelihood,
            images with grey in them, or images or a mean of another shape.
    """
    _require_chances(model, images)
    if tuple(mean_image.shape) != images.image_shape:
        raise ConfigError(
            f"The images are of shape {images.image_shape}, the mean image of "
            f"{tuple(mean_image.shape)}."
        )
    parts = elbo(model, images, seed, draws)
    x = images.images.double().flatten(1).numpy() / 255
    chance = mean_image.double().flatten().numpy().clip(LEAST, 1 - LEAST)
    by_pixel = -(x @ np.log2(chance) + (1 - x) @ np.log2(1 - chance))
    return Cost(
        np.full(len(x), float(x.shape[1])),
        by_pixel,
        parts.kl.numpy() * BITS,
        parts.reconstruction.numpy() * BITS,
    )


@torch.no_grad()
def rounded_cost(
    model: AutoEncoder, images: ImageSet, step: float
) -> tuple[FloatArray, FloatArray]:
    """Bits of N images sent by their rounded codes: for the code, and for the rest; (N,) each.

    The plain way, without bits-back: one code for each image, its mean, rounded to multiples of
    `step`, then what the picture drawn from it gets wrong.

    Raises:
        ConfigError: As `cost`, or a step that is not above zero.
    """
    _require_chances(model, images)
    codes = rounded_code(encode(model, images).mu, step)
    rest = []
    for z, batch in zip(
        torch.from_numpy(codes).float().split(BATCH), images.images.split(BATCH), strict=True
    ):
        logits = model.decode(z.to(model.device))
        rest.append(reconstruction_nll(model, logits, to_unit(batch.to(model.device))).cpu())
    return code_bits(codes, step), torch.cat(rest).double().numpy() * BITS


def rounded_code(z: Tensor | npt.ArrayLike, step: float) -> FloatArray:
    """Codes, shape (N, D), with every number rounded to a whole multiple of `step`, latent units.

    Raises:
        ConfigError: The step is not above zero.
    """
    codes = np.asarray(z, dtype=np.float64)
    return np.rint(codes / _above_zero(step)) * step


def code_bits(z: Tensor | npt.ArrayLike, step: float) -> FloatArray:
    """Bits for codes, shape (N, D), rounded to multiples of `step`; shape (N,).

    Each number costs minus the binary logarithm of the prior's mass in its cell: a rare one
    costs more (Shannon 1948).

    Raises:
        ConfigError: The step is not above zero, or codes that are not finite.
    """
    codes = np.asarray(z, dtype=np.float64)
    cells = np.abs(np.rint(require_codes(codes, codes.shape[-1]) / _above_zero(step)))
    # In logarithms: the mass of a cell far out is smaller than any number.
    near, far = log_ndtr(-(cells - 0.5) * step), log_ndtr(-(cells + 0.5) * step)
    bits: FloatArray = -BITS * (near + np.log1p(-np.exp(far - near))).sum(-1)
    return bits


def _above_zero(step: float) -> float:
    if not (np.isfinite(step) and step > 0):
        raise ConfigError(f"Codes are rounded to steps above zero, not {step}.")
    return step


def _require_chances(model: AutoEncoder, images: ImageSet) -> None:
    if model.config.kind != "vae" or model.config.likelihood != "bernoulli":
        raise ConfigError("Only a VAE of black-or-white pixels says what an image costs in bits.")
    if not is_black_or_white(images):
        raise ConfigError("Only black-or-white images are told in bits; binarise them first.")
