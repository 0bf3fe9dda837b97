"""Codes that visitors type: read strictly, with one sentence for what cannot be read."""

from __future__ import annotations

from ui import link
from vae_core.config import quote
from vae_core.errors import ConfigError

EXAMPLE = ("0.5", "-1")


def read_code(text: str, n_dims: int) -> tuple[float, ...]:
    """A code of `n_dims` numbers, latent units, parted by commas; raises ConfigError."""
    try:
        values = link.numbers(text)
    except ValueError:
        values = ()
    if len(values) != n_dims:
        raise ConfigError(
            f"A code of this model is {n_dims} number{'s' * (n_dims > 1)} up to a million"
            f"{', parted by commas' * (n_dims > 1)}, such as "
            f"{', '.join(EXAMPLE[i % 2] for i in range(n_dims))}; not {quote(text)}."
        )
    return values
