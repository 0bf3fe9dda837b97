"""Tests for vae_core.metrics.rate_distortion: identities, and frontiers drawn by hand."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from vae_core.config import ModelConfig
from vae_core.data import ImageSet
from vae_core.errors import ConfigError
from vae_core.metrics.bounds import pixel_entropy, reconstruction_bounds
from vae_core.metrics.elbo import elbo
from vae_core.metrics.rate_distortion import frontier, rate_distortion
from vae_core.models import AutoEncoder, build_model

STAIRS = [(0.0, 10.0), (1.0, 6.0), (2.0, 4.0), (4.0, 3.0)]  # ever flatter: all are needed


def build(**settings: object) -> AutoEncoder:
    return build_model(ModelConfig((1, 8, 8), hidden=(16,), **settings), seed=2)


def test_rate_and_distortion_are_the_negative_elbo(images: ImageSet) -> None:
    model = build()
    found, parts = rate_distortion(model, images, seed=3, draws=2), elbo(model, images, 3, 2)
    assert found.rate.value == pytest.approx(parts.kl.mean().item())
    assert found.distortion.value == pytest.approx(parts.reconstruction.mean().item())
    assert found.negative_elbo.value == pytest.approx(found.rate.value + found.distortion.value)
    assert found.negative_elbo.error == pytest.approx(parts.negative_elbo.std().item() / 48**0.5)


def test_the_excess_is_over_the_entropy_of_the_grey_levels(images: ImageSet) -> None:
    found = rate_distortion(build(), images)
    floor = reconstruction_bounds(images, images.mean_image()).floor
    assert found.excess.value == pytest.approx(found.distortion.value - floor)
    assert pixel_entropy(images).mean().item() == pytest.approx(floor)
    black_and_white = rate_distortion(build(), images, binarize=True)
    assert black_and_white.excess == black_and_white.distortion


def test_a_decoder_that_draws_the_very_grey_levels_has_no_excess() -> None:
    """One image, and a decoder that knows nothing else."""
    grey = torch.randint(20, 230, (1, 1, 8, 8), dtype=torch.uint8)
    images = ImageSet(grey, torch.zeros(1).long(), ("one",))
    model = build_model(ModelConfig((1, 8, 8), kind="ae", hidden=(4,)))
    with torch.no_grad():
        for weight in model.decoder.parameters():
            weight.zero_()
        model.pixel_bias.copy_(torch.logit(grey[0].double() / 255))
    assert rate_distortion(model, images).excess.value == pytest.approx(0, abs=1e-4)


@pytest.mark.parametrize("likelihood", ["gaussian", "continuous-bernoulli"])
def test_densities_have_no_floor(likelihood: str, images: ImageSet) -> None:
    assert rate_distortion(build(likelihood=likelihood), images).excess is None


def test_a_plain_autoencoder_is_the_end_without_a_rate(images: ImageSet) -> None:
    found = rate_distortion(build(kind="ae"), images)
    assert (found.rate, found.negative_elbo) == (None, None)
    assert found.distortion.value is not None
    assert found.excess.value is not None


@pytest.mark.parametrize(
    ("places", "expected"),
    [
        ([], []),
        ([(3.0, 5.0)], [0]),
        (STAIRS, [0, 1, 2, 3]),
        (STAIRS[::-1], [3, 2, 1, 0]),
        ([*STAIRS, (1.5, 5.5)], [0, 1, 2, 3]),  # above a line between two
        ([*STAIRS, (3.0, 3.5)], [0, 1, 2, 3]),  # on one
        ([*STAIRS, (3.0, 1.0)], [0, 1, 4]),  # takes the place of two
        ([(1.0, 5.0), (1.0, 4.0), (2.0, 4.0)], [1]),  # costs more, buys nothing
        ([(1.0, 5.0), (1.0, 5.0)], [0]),
        ([(0.0, 3.0), (1.0, 9.0)], [0]),
    ],
)
def test_the_frontier_is_what_no_mixture_of_two_beats(places, expected: list[int]) -> None:
    assert frontier(places) == expected


def test_no_model_lies_below_the_frontier() -> None:
    places = np.random.default_rng(0).uniform(1, 9, (200, 2))
    kept = places[frontier(places.tolist())]
    slopes = np.diff(kept[:, 1]) / np.diff(kept[:, 0])
    assert (slopes < 0).all()
    assert (np.diff(slopes) > 0).all()
    inner = places[(places[:, 0] >= kept[0, 0])]
    assert (inner[:, 1] >= np.interp(inner[:, 0], *kept.T) - 1e-12).all()


def test_what_is_no_place_is_told_in_a_sentence() -> None:
    with pytest.raises(ConfigError, match="a plain autoencoder has no rate"):
        frontier([(1.0, 2.0), (None, 3.0)])
    assert frontier([]) == []
