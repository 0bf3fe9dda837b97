"""Latent codes as they come from outside: checked once, the same way everywhere."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from torch import Tensor

from vae_core.errors import ConfigError


def require_codes(z: Tensor | npt.ArrayLike, n_dims: int) -> npt.NDArray[np.float64]:
    """Codes as float64, shape (N, D).

    Raises:
        ConfigError: Another number of dimensions than `n_dims`, or numbers that are not finite.
    """
    codes = np.asarray(z, dtype=np.float64)
    if codes.ndim != 2 or codes.shape[1] != n_dims:
        raise ConfigError(f"Codes for this model have shape (N, {n_dims}), not {codes.shape}.")
    if not np.isfinite(codes).all():
        raise ConfigError("A latent code must be made of finite numbers.")
    return codes
