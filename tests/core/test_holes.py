"""Tests for vae_core.metrics.holes and typicality: planted holes and planted strangers."""

import numpy as np
import torch

from vae_core.encoding import LatentSet
from vae_core.metrics.holes import hole_mass, holes
from vae_core.metrics.support import Neighbourhood
from vae_core.metrics.typicality import typicality


def latents_at(codes: np.ndarray, labels: np.ndarray | None = None) -> LatentSet:
    classes = np.zeros(len(codes)) if labels is None else labels
    return LatentSet(torch.as_tensor(codes), None, torch.as_tensor(classes, dtype=torch.long))


def bell(n: int = 8000, hole: float = 0.0) -> np.ndarray:
    """Codes that follow the prior, but for a disk of this radius around zero."""
    codes = np.random.default_rng(0).normal(size=(n, 2))
    return codes[np.linalg.norm(codes, axis=1) >= hole]


def test_a_planted_hole_is_found_and_nothing_beside_it() -> None:
    data = Neighbourhood(bell(hole=1.0))
    assert holes(data, [[0.0, 0.0], [0.3, -0.3]]).all()
    assert not holes(data, [[1.5, 0.0], [0.0, -1.2], [-1.0, 1.0]]).any()


def test_places_the_prior_does_not_reach_are_no_holes() -> None:
    data = Neighbourhood(bell())
    assert data.support([[9.0, 0.0]]).label[0] == "outside"
    assert not holes(data, [[9.0, 0.0]]).any()


def test_hole_mass_is_the_prior_mass_of_the_hole() -> None:
    radius = 1.0
    found = hole_mass(Neighbourhood(bell(20_000, radius)))
    # Just within its edge a place still has neighbours.
    low, high = (1 - np.exp(-0.5 * r**2) for r in (radius - 0.3, radius))
    assert low - 0.02 < found < high + 0.02


def test_codes_that_follow_the_prior_leave_next_to_no_hole() -> None:
    assert hole_mass(Neighbourhood(bell())) < 0.02


def test_hole_mass_is_the_same_every_time() -> None:
    data = Neighbourhood(bell(500))
    assert hole_mass(data) == hole_mass(data)


def test_the_stranger_of_a_class_is_the_least_typical() -> None:
    codes = np.concatenate([bell(300), bell(300) + 8, [[8.0, 8.0]]])
    labels = np.repeat([0, 1, 0], [300, 300, 1])
    found = typicality(latents_at(codes, labels))
    assert found.argmin() == 600  # of class 0, in the middle of class 1
    centre = np.linalg.norm(codes[:300], axis=1)
    assert np.corrcoef(found[:300], centre)[0, 1] < -0.5


def test_an_image_alone_in_its_class_has_no_typicality() -> None:
    assert np.isnan(typicality(latents_at(np.zeros((1, 2)))))
