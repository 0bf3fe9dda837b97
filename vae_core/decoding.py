"""Decoding: from places in latent space to images, one by one, along paths and over planes."""

from __future__ import annotations

from typing import Literal, NamedTuple

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from vae_core.codes import require_codes
from vae_core.errors import ConfigError
from vae_core.geodesics import Grid, Picture
from vae_core.models.autoencoder import AutoEncoder
from vae_core.paths import Even, Kind, spherical, walk, way
from vae_core.projection import Completion, Plane

BATCH = 1024
FloatArray = npt.NDArray[np.floating]
Extent = tuple[float, float, float, float]
Method = Literal["linear", "spherical", "geodesic"]
# What `paths`, and links to the Interpolate page, call them.
KINDS: dict[Method, Kind] = {
    "linear": "straight", "spherical": "spherical", "geodesic": "geodesic"
}  # fmt: skip


def to_model(model: AutoEncoder, z: Tensor | npt.ArrayLike) -> Tensor:
    """Codes as the model takes them: float32, shape (N, D), on its device.

    Raises:
        ConfigError: `z` has the wrong number of dimensions or is not finite.
    """
    n_dims = model.config.latent_dim
    codes = torch.from_numpy(require_codes(z, n_dims)).float()
    require_codes(codes, n_dims)  # what is finite can be too large for float32
    return codes.to(model.device)


@torch.no_grad()
def decode(model: AutoEncoder, z: Tensor | npt.ArrayLike) -> Tensor:
    """Decode latent codes, shape (N, D), to images in [0, 1], shape (N, C, H, W), on the CPU.

    Raises:
        ConfigError: `z` has the wrong number of dimensions or is not finite.
    """
    codes = to_model(model, z)
    batches = codes.split(BATCH)
    return torch.cat([model.to_image(model.decode(batch)) for batch in batches]).cpu()


def atlas(
    model: AutoEncoder,
    plane: Plane,
    n: int,
    extent: Extent | None = None,
    completion: Completion = "nearest",
) -> Tensor:
    """Decode an n x n grid over the plane: P(x|z) as one picture.

    Args:
        model: Decodes the places.
        plane: The map; says where its points are in latent space.
        n: Places along each side, at least 2.
        extent: (left, right, bottom, top) in plane units, outermost places included; default
            `plane.extent`.
        completion: How the code is filled in off the plane, see `Plane.to_latent`.

    Returns:
        Images in [0, 1], shape (n, n, C, H, W); row 0 is the top.
    """
    left, right, bottom, top = plane.extent if extent is None else extent
    return decode_grid(
        model, plane, np.linspace(left, right, n), np.linspace(top, bottom, n), completion
    )


def decode_grid(
    model: AutoEncoder,
    plane: Plane,
    nodes_x: npt.ArrayLike,
    nodes_y: npt.ArrayLike,
    completion: Completion = "nearest",
) -> Tensor:
    """Decode every crossing of the given plane coordinates.

    Args:
        model: Decodes the places.
        plane: The map.
        nodes_x: Horizontal places, shape (columns,).
        nodes_y: Vertical places, shape (rows,).
        completion: See `Plane.to_latent`.

    Returns:
        Images in [0, 1], shape (rows, columns, C, H, W), in the order of the nodes.
    """
    xy = np.stack(np.meshgrid(nodes_x, nodes_y), axis=-1)
    images = decode(model, plane.to_latent(xy.reshape(-1, 2), completion))
    return images.reshape(*xy.shape[:2], *images.shape[1:])


class Samples(NamedTuple):
    """Codes drawn at random, shape (N, D), and their images in [0, 1], (N, C, H, W)."""

    z: Tensor
    images: Tensor


def sample_prior(model: AutoEncoder, n: int, seed: int = 0, temperature: float = 1.0) -> Samples:
    """Draw n codes from N(0, temperature^2 I) and decode them."""
    generator = torch.Generator().manual_seed(seed)
    z = temperature * torch.randn(n, model.config.latent_dim, generator=generator)
    return Samples(z, decode(model, z))


def traverse(model: AutoEncoder, z: npt.ArrayLike, dim: int, values: npt.ArrayLike) -> Tensor:
    """Decode `z`, shape (D,), with dimension `dim` set to each of `values`, shape (K,).

    Returns:
        Images in [0, 1], shape (K, C, H, W).
    """
    steps = np.asarray(values, dtype=np.float32)
    codes = np.repeat(np.asarray(z, dtype=np.float32)[None], len(steps), axis=0)
    codes[:, dim] = steps
    return decode(model, codes)


def interpolate(
    model: AutoEncoder,
    a: npt.ArrayLike,
    b: npt.ArrayLike,
    steps: int,
    method: Method = "linear",
    grid: Grid | None = None,
) -> FloatArray:
    """Walk from code `a` to code `b`, both of shape (D,).

    Args:
        model: Whose latent space it is.
        a: First code.
        b: Last code.
        steps: Codes on the path, both ends included; at least 2.
        method: "linear", or "spherical": along the great circle (Shoemake 1985), the length of
            the code growing evenly from one end's to the other's; linear for parallel, opposite
            or zero codes; or "geodesic": where the decoded picture changes least, at equal steps
            of it, see `geodesics.geodesic`.
        grid: For "geodesic" in two dimensions, from `geodesics.image_grid`.

    Returns:
        Codes, shape (steps, D); the first and last are exactly `a` and `b`.

    Raises:
        ConfigError: The codes do not fit the model or are not finite, or too few steps.
    """
    first, last = np.asarray(a, dtype=np.float64), np.asarray(b, dtype=np.float64)
    if not first.shape == last.shape == (model.config.latent_dim,):
        raise ConfigError(
            f"Codes for this model have shape ({model.config.latent_dim},), "
            f"not {first.shape} and {last.shape}."
        )
    if steps < 2:
        raise ConfigError(f"A path needs at least 2 steps, not {steps}.")
    if method not in KINDS:
        raise ConfigError(f"Unknown path {method!r}; choose linear, spherical or geodesic.")
    drawn, kind = picture_of(model), KINDS[method]
    found = way(drawn, first, last, kind, grid)
    if kind == "spherical":  # on the circle itself, and not on the pieces that a way is made of
        inner = spherical(first, last, np.linspace(0, 1, steps))[1:-1]
        return np.concatenate([found[:1], inner, found[-1:]])
    even: Even = "image" if kind == "geodesic" else "code"
    return walk(drawn, found, kind, steps=steps, even=even).codes


def picture_of(model: AutoEncoder) -> Picture:
    """What a code looks like, (N, D) to (N, C, H, W) in [0, 1], with its gradient."""
    return lambda z: model.to_image(model.decode(z.to(model.device)))
