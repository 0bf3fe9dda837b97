"""What a clicked place of an eight-dimensional map shows, on the shipped model and real digits."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from sklearn.neighbors import KNeighborsClassifier

from tests.real_images import real_images
from vae_core import atlas, fit_plane, load_checkpoint
from vae_core.projection import Completion

MODEL = Path(__file__).parents[2] / "checkpoints" / "mnist-dense-400-vae-8d.safetensors"
SIDE = 25  # places along each side of the map
SHOWN = 6  # places that must show a digit for it to count: one in a hundred


@pytest.fixture(scope="module")
def judge() -> KNeighborsClassifier:
    """Nearest real digits in pixel space."""
    images = real_images("mnist", "train").subset(range(5000))
    classifier = KNeighborsClassifier(5)
    classifier.fit(images.images.flatten(1).numpy() / 255, images.labels.numpy())
    return classifier


def digits_shown(judge: KNeighborsClassifier, completion: Completion) -> int:
    """How many of the ten digits the map shows, each in at least SHOWN places."""
    loaded = load_checkpoint(MODEL)
    plane = fit_plane(loaded.latents.mu)
    places = atlas(loaded.model, plane, SIDE, completion=completion).reshape(SIDE**2, -1).numpy()
    counts = np.bincount(judge.predict(places), minlength=10)
    return int((counts >= SHOWN).sum())


def test_the_nearest_images_part_off_the_plane_brings_the_digits_back(
    judge: KNeighborsClassifier,
) -> None:
    completed, plane_alone = digits_shown(judge, "nearest"), digits_shown(judge, "zero")
    assert completed >= 9
    assert plane_alone < completed
