"""The decoder's geometry: how it stretches latent space, and whether it can be undone.

For the decoder f from codes to images, J is its Jacobian, pixels by latent dimensions. The
pull-back metric J^T J measures distances between codes by how much the pictures differ
(Arvanitidis et al. 2018).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from vae_core.codes import require_codes
from vae_core.decoding import to_model
from vae_core.models.autoencoder import AutoEncoder
from vae_core.projection import Plane

FloatArray = npt.NDArray[np.float64]
BATCH = 256
BYTES = 64_000_000  # of the Jacobians computed at a time
MAX_LOGVAR = 600.0  # of an ellipse; its square would soon be no number


@torch.inference_mode(False)  # there a derivative would be silently zero
def log_magnification(
    model: AutoEncoder, z: Tensor | npt.ArrayLike, directions: npt.ArrayLike | None = None
) -> FloatArray:
    """Log sqrt(det J^T J) at codes: how much picture a bit of latent space holds.

    The magnification factor of Bishop et al. 1997, in (root of summed squared pixel change per
    latent unit)^K; its logarithm is -inf where the picture stands still along any direction, or
    has fewer pixels than there are directions, and NaN where the picture is no number.

    Args:
        model: Its decoder is measured.
        z: Codes, shape (N, D).
        directions: Steps in latent space, orthonormal, shape (K, D), such as the axes of a
            plane; default all D latent axes.

    Returns:
        Shape (N,).
    """
    codes = to_model(model, z)
    steps = np.eye(model.config.latent_dim) if directions is None else np.asarray(directions)
    along = torch.as_tensor(steps, dtype=torch.float32, device=model.device)
    n_pixels = math.prod(model.config.image_shape)
    if len(along) > n_pixels:
        return np.full(len(codes), -np.inf)
    found = []
    for batch in codes.split(max(1, BYTES // (8 * n_pixels * len(along)))):
        jacobian = _jacobian(model, batch, along)
        is_defined = torch.isfinite(jacobian).flatten(1).all(1)
        jacobian = torch.nan_to_num(jacobian, posinf=0, neginf=0).double()
        # Squares of the stretches; the smallest need the digits of float64.
        squares = torch.linalg.eigvalsh(jacobian.mT @ jacobian)
        # Float32 decoders leave noise where there is no movement at all.
        floor = squares[:, -1:] * torch.finfo(torch.float32).eps ** 2
        product = 0.5 * torch.where(squares > floor, squares, 0).log().sum(1)
        found.append(torch.where(is_defined, product, torch.nan).cpu())
    log_product: FloatArray = torch.cat(found).numpy()
    return log_product


def magnification(model: AutoEncoder, z: Tensor | npt.ArrayLike) -> FloatArray:
    """sqrt(det J^T J) at codes, shape (N, D); see `log_magnification`. Shape (N,), 0 or more."""
    values: FloatArray = np.exp(log_magnification(model, z))
    return values


def _jacobian(model: AutoEncoder, codes: Tensor, along: Tensor) -> Tensor:
    """Change of each image along each of K directions, shape (N, pixels, K)."""

    def picture(z: Tensor) -> Tensor:
        return model.to_image(model.decode(z)).flatten(1)

    # J v as the derivative of J^T u in u: one pass a direction, instead of one a pixel.
    z = codes.detach().requires_grad_()
    images = picture(z)
    u = torch.zeros_like(images, requires_grad=True)
    # Of sums: where it is given directions, PyTorch first loads a package of half a second.
    (pulled,) = torch.autograd.grad((images * u).sum(), z, create_graph=True)
    columns = [
        torch.autograd.grad((pulled @ direction).sum(), u, retain_graph=True)[0]
        for direction in along
    ]
    return torch.stack(columns, dim=-1)


@dataclass(frozen=True, eq=False)
class RoundTrip:
    """Decode a code, encode the image: how far from the code one lands.

    Attributes:
        distance: |encode(decode(z)) - z|, latent units, shape (N,).
        in_sigmas: The same with each dimension in units of the posterior's sigma there (a
            Mahalanobis distance), shape (N,); None for a plain autoencoder, which has no sigma.
    """

    distance: FloatArray
    in_sigmas: FloatArray | None


@torch.no_grad()
def round_trip(model: AutoEncoder, z: Tensor | npt.ArrayLike) -> RoundTrip:
    """Decode codes, shape (N, D), and encode the images again."""
    distances, sigmas = [], []
    for codes in to_model(model, z).split(BATCH):
        posterior = model.encode(model.to_image(model.decode(codes)))
        offset = (posterior.mu - codes).double()
        distances.append(offset.norm(dim=1))
        if posterior.logvar is not None:
            sigmas.append((offset * torch.exp(-0.5 * posterior.logvar.double())).norm(dim=1))
    distance: FloatArray = torch.cat(distances).cpu().numpy()
    return RoundTrip(distance, torch.cat(sigmas).cpu().numpy() if sigmas else None)


def off_plane_share(plane: Plane, z: Tensor | npt.ArrayLike) -> FloatArray:
    """Share of codes' squared distance from the map's origin that the map hides.

    Args:
        plane: The map.
        z: Codes, shape (N, D).

    Returns:
        0 to 1, shape (N,); zero for D <= 2, and at the origin itself.

    Raises:
        ConfigError: Codes of another shape, or not finite.
    """
    codes = require_codes(z, len(plane.mean))
    total = np.square(codes - plane.mean).sum(1)
    hidden = np.square(plane.off_plane(codes))
    share: FloatArray = np.divide(hidden, total, out=np.zeros_like(total), where=total > 0)
    return np.minimum(share, 1)  # rounding


@dataclass(frozen=True)
class Ellipse:
    """Where a Gaussian is one sigma from its mean, as seen on the map; lengths in latent units.

    Attributes:
        radii: Long and short half axis.
        angle: Of the long one, degrees anticlockwise from the horizontal axis, 0 to 180.
    """

    radii: tuple[float, float]
    angle: float


def sigma_ellipse(plane: Plane, logvar: Tensor | npt.ArrayLike) -> Ellipse:
    """The posterior with log-variances `logvar`, shape (D,), projected into the plane, to scale.

    Log-variances above 600 count as 600.

    Raises:
        ConfigError: Log-variances of another shape, or not finite.
    """
    (logvars,) = require_codes(np.atleast_2d(np.asarray(logvar, np.float64)), len(plane.mean))
    variance = np.exp(logvars.clip(max=MAX_LOGVAR))
    covariance = (plane.axes * variance) @ plane.axes.T
    values, vectors = np.linalg.eigh(covariance)  # ascending
    short, long = np.sqrt(np.maximum(values, 0))
    x, y = vectors[:, 1]
    return Ellipse((float(long), float(short)), float(np.degrees(np.arctan2(y, x)) % 180))
