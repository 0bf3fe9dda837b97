"""Tests for vae_core.metrics.latent: which dimensions a model uses."""

from __future__ import annotations

import pytest
import torch

from vae_core.encoding import LatentSet
from vae_core.metrics.latent import active_units, is_active


def latents(spreads: list[float], *, is_vae: bool) -> LatentSet:
    mu = torch.linspace(-1, 1, 101, dtype=torch.float64)[:, None] * torch.tensor(spreads)
    logvar = torch.zeros_like(mu) if is_vae else None
    return LatentSet(mu.float(), logvar, torch.zeros(101, dtype=torch.long))


def test_a_dimension_of_a_vae_is_active_from_a_variance_of_a_hundredth() -> None:
    found = latents([3.0, 0.1, 1.0, 0.0], is_vae=True)
    assert is_active(found).tolist() == [True, False, True, False]
    assert active_units(found) == 2


@pytest.mark.parametrize("unit", [1e-3, 1.0, 1e3])
def test_dead_dimensions_of_a_plain_autoencoder_are_narrow_beside_its_widest(unit: float) -> None:
    found = latents([3.0 * unit, 0.1 * unit, 0.02 * unit, 0.0], is_vae=False)
    assert is_active(found).tolist() == [True, True, False, False]
    assert active_units(found) == 2


def test_codes_that_are_all_equal_use_no_dimension() -> None:
    assert not is_active(latents([0.0, 0.0], is_vae=False)).any()
    assert not is_active(latents([1.0], is_vae=True).subset([0])).any()
