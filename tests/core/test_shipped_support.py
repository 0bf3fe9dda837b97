"""Where the shipped MNIST models have data, and where they have none."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from vae_core import Checkpoint, Neighbourhood, fit_plane, load_checkpoint
from vae_core.encoding import LatentSet

MODELS = sorted((Path(__file__).parents[2] / "checkpoints").glob("mnist-*.safetensors"))
N = 1000  # codes that are judged
HOLE = 0.1  # of the map's width, and of its images, that the planted hole takes at least


@pytest.fixture(params=MODELS, ids=lambda path: path.stem)
def shipped(request: pytest.FixtureRequest) -> Checkpoint:
    return load_checkpoint(request.param)


@pytest.fixture
def latents(shipped: Checkpoint) -> LatentSet:
    return shipped.latents


def test_images_that_were_not_asked_are_inside_the_data(latents: LatentSet) -> None:
    order = np.random.default_rng(1).permutation(len(latents))
    data = Neighbourhood(latents.subset(order[N:]))
    assert (data.support(latents.mu[order[:N]]).label == "inside").mean() >= 0.95


def test_five_to_six_prior_sigmas_out_there_is_no_data(shipped: Checkpoint) -> None:
    latents = shipped.latents
    if latents.logvar is None:
        pytest.skip("A plain autoencoder has no prior.")
    if shipped.training.beta < 1:
        pytest.skip("A smaller beta lets codes spread beyond the prior.")
    numbers = np.random.default_rng(2)
    far = numbers.normal(size=(N, latents.mu.shape[1]))
    far *= numbers.uniform(5, 6, (N, 1)) / np.linalg.norm(far, axis=1, keepdims=True)
    assert (Neighbourhood(latents).support(far).label == "outside").mean() >= 0.99


def test_a_hole_planted_in_the_middle_of_the_map_holds_no_data(latents: LatentSet) -> None:
    left, right, bottom, top = fit_plane(latents.mu).extent
    middle = latents.mu.median(0).values
    distance = (latents.mu - middle).norm(dim=1).numpy()
    width = min(right - left, top - bottom)
    kept = np.flatnonzero(distance > max(HOLE * width, np.quantile(distance, HOLE)))
    found = Neighbourhood(latents.subset(kept)).support(middle[None])
    assert found.label.tolist() == ["outside"]
