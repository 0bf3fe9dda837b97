"""Tests for vae_core.metrics.similar: against scikit-learn, and where the answer is plain."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pytest
import torch
from sklearn.neighbors import NearestNeighbors
from torch import Tensor

from vae_core.data import ImageSet, to_unit
from vae_core.encoding import LatentSet
from vae_core.errors import ConfigError
from vae_core.metrics import similar
from vae_core.metrics.similar import nearest_in_codes, nearest_in_pixels

SHAPES = [(1, 8, 8), (3, 8, 11), (1, 28, 28)]


def image_set(pixels: Tensor) -> ImageSet:
    """Images of one class."""
    return ImageSet(pixels, torch.zeros(len(pixels), dtype=torch.long), ("one",))


def noise(shape: tuple[int, ...], n: int = 200) -> ImageSet:
    """Images of random pixels."""
    generator = torch.Generator().manual_seed(2)
    return image_set(torch.randint(0, 256, (n, *shape), generator=generator, dtype=torch.uint8))


def grey(levels: Sequence[int]) -> ImageSet:
    """One image of 8 x 8 equal pixels for each level."""
    return image_set(
        torch.tensor(levels, dtype=torch.uint8)[:, None, None, None].repeat(1, 1, 8, 8)
    )


def plain(codes: npt.ArrayLike) -> LatentSet:
    """Codes of a plain autoencoder, float32."""
    mu = torch.as_tensor(np.asarray(codes, dtype=np.float32))
    return LatentSet(mu, None, torch.zeros(len(mu), dtype=torch.long))


@pytest.mark.parametrize("n", [1, 5, 200])
@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_alike_in_pixels_are_the_neighbours_of_scikit_learn(
    shape: tuple[int, int, int], n: int
) -> None:
    images, x = noise(shape), torch.rand(shape)
    rows = images.images.flatten(1).double().numpy() / 255
    reference = NearestNeighbors(n_neighbors=n, algorithm="brute").fit(rows)
    distances, indices = reference.kneighbors(x.flatten()[None].double().numpy())
    found = nearest_in_pixels(images, x, n)
    np.testing.assert_array_equal(found.indices, indices[0])
    np.testing.assert_allclose(found.distances, distances[0], rtol=1e-5)


@pytest.mark.parametrize("n", [1, 5, 200])
@pytest.mark.parametrize("n_dims", [1, 2, 8])
def test_alike_in_codes_are_the_neighbours_of_scikit_learn(n_dims: int, n: int) -> None:
    rng = np.random.default_rng(n_dims)
    latents, z = plain(rng.normal(size=(200, n_dims))), rng.normal(size=n_dims)
    reference = NearestNeighbors(n_neighbors=n, algorithm="brute").fit(latents.mu.double().numpy())
    distances, indices = reference.kneighbors(z[None])
    found = nearest_in_codes(latents, z, n)
    np.testing.assert_array_equal(found.indices, indices[0])
    np.testing.assert_allclose(found.distances, distances[0], rtol=1e-6)


@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_from_black_to_white_it_is_the_root_of_the_number_of_pixels(
    shape: tuple[int, int, int],
) -> None:
    black_and_white = torch.zeros((2, *shape), dtype=torch.uint8)
    black_and_white[1] = 255
    found = nearest_in_pixels(image_set(black_and_white), torch.zeros(shape))
    assert found.indices.tolist() == [0, 1]
    assert found.distances.tolist() == [0, pytest.approx(np.sqrt(np.prod(shape)))]


def test_the_distance_of_codes_is_in_latent_units() -> None:
    found = nearest_in_codes(plain([[3.0, 4.0], [0.0, 1.0], [-6.0, 8.0]]), [0.0, 0.0])
    assert found.indices.tolist() == [1, 0, 2]
    np.testing.assert_allclose(found.distances, [1, 5, 10])


def test_an_image_is_most_like_itself_unless_it_is_left_out() -> None:
    images = noise((1, 8, 8))
    everything = nearest_in_pixels(images, to_unit(images.images[70]), 6)
    others = nearest_in_pixels(images, to_unit(images.images[70]), 5, apart_from=70)
    assert everything.indices[0] == 70
    assert everything.distances[0] == 0
    np.testing.assert_array_equal(others.indices, everything.indices[1:])
    np.testing.assert_array_equal(others.distances, everything.distances[1:])


def test_a_code_is_most_like_itself_unless_it_is_left_out() -> None:
    latents = plain(np.random.default_rng(0).normal(size=(50, 3)))
    everything = nearest_in_codes(latents, latents.mu[20], 6)
    others = nearest_in_codes(latents, latents.mu[20], 5, apart_from=20)
    assert everything.indices[0] == 20
    assert everything.distances[0] == 0
    np.testing.assert_array_equal(others.indices, everything.indices[1:])
    np.testing.assert_array_equal(others.distances, everything.distances[1:])


def test_of_twins_only_the_one_itself_is_left_out() -> None:
    twins = grey([9, 9, 200])
    assert nearest_in_pixels(twins, to_unit(twins.images[0]), apart_from=0).indices.tolist() == [
        1,
        2,
    ]
    codes = plain([[1.0], [1.0], [7.0]])
    assert nearest_in_codes(codes, [1.0], apart_from=1).indices.tolist() == [0, 2]


def test_five_are_found_unless_there_are_fewer() -> None:
    assert len(nearest_in_pixels(noise((1, 8, 8)), torch.rand(1, 8, 8)).indices) == 5
    assert nearest_in_pixels(grey([3, 1, 2]), torch.zeros(1, 8, 8), 9).indices.tolist() == [1, 2, 0]
    found = nearest_in_codes(plain([[3.0], [1.0], [2.0]]), [0.0], 9, apart_from=2)
    assert found.indices.tolist() == [1, 0]
    alone = nearest_in_pixels(grey([3]), torch.zeros(1, 8, 8), apart_from=0)
    assert alone.indices.shape == alone.distances.shape == (0,)


def test_equally_near_ones_stand_in_the_order_of_the_images() -> None:
    levels = [50, 0, 50, 0, 100] * 40
    found = nearest_in_pixels(grey(levels), to_unit(grey([50]).images[0]), 200)
    expected = np.argsort(np.abs(np.array(levels) - 50), kind="stable")
    np.testing.assert_array_equal(found.indices, expected)
    around = nearest_in_codes(plain([[1.0, 0.0], [0.0, -1.0], [0.0, 0.0], [0.0, 1.0]]), [0.0, 0.0])
    assert around.indices.tolist() == [2, 0, 1, 3]


def test_near_twins_are_told_apart() -> None:
    """100 bright images that differ from `x` by one grey level of one pixel, but for one."""
    pixels = torch.full((100, 1, 28, 28), 200, dtype=torch.uint8)
    pixels[:, 0, 14, 14] = 201
    pixels[60] = 200
    found = nearest_in_pixels(image_set(pixels), to_unit(pixels[60]), 100)
    assert found.indices.tolist() == [60, *range(60), *range(61, 100)]
    np.testing.assert_allclose(found.distances, [0] + 99 * [1 / 255], rtol=1e-4)


@pytest.mark.parametrize("size", [1, 7, 200, 1000])
def test_the_size_of_a_batch_does_not_matter(size: int, monkeypatch: pytest.MonkeyPatch) -> None:
    images, x = noise((1, 8, 8)), torch.rand(1, 8, 8)
    expected = nearest_in_pixels(images, x, 200)
    monkeypatch.setattr(similar, "BATCH", size)
    found = nearest_in_pixels(images, x, 200)
    np.testing.assert_array_equal(found.indices, expected.indices)
    np.testing.assert_allclose(found.distances, expected.distances, rtol=1e-6)


def test_arrays_are_as_good_as_tensors_and_both_are_left_alone() -> None:
    images, x = noise((1, 8, 8)), torch.rand(1, 8, 8)
    pixels, wanted = images.images.clone(), x.clone()
    found = nearest_in_pixels(images, x)
    assert torch.equal(images.images, pixels)
    assert torch.equal(x, wanted)
    for other in (x.numpy(), x.double().numpy(), x.tolist()):
        np.testing.assert_array_equal(nearest_in_pixels(images, other).indices, found.indices)
    assert found.indices.dtype == np.int64
    assert found.distances.dtype == np.float64


@pytest.mark.parametrize("shape", [(8, 8), (1, 8, 9), (3, 8, 8), (1, 1, 8, 8), (64,)], ids=str)
def test_an_image_of_another_shape_is_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(ConfigError, match=r"needs shape \(1, 8, 8\) and finite pixels"):
        nearest_in_pixels(noise((1, 8, 8)), torch.zeros(shape))


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, 1e39])
def test_an_image_or_a_code_that_is_no_numbers_is_refused(value: float) -> None:
    x = np.zeros((1, 8, 8))
    x[0, 3, 4] = value
    with pytest.raises(ConfigError, match="finite pixels"):
        nearest_in_pixels(noise((1, 8, 8)), x)
    if np.isfinite(value):
        return  # large for a pixel, but no odd code
    with pytest.raises(ConfigError, match="finite numbers"):
        nearest_in_codes(plain(np.zeros((4, 2))), [0.0, value])


@pytest.mark.parametrize("z", [[], [0.0], [0.0, 0.0, 0.0], np.zeros((2, 2))], ids=repr)
def test_a_code_of_another_size_is_refused(z: npt.ArrayLike) -> None:
    with pytest.raises(ConfigError, match=r"shape \(N, 2\)"):
        nearest_in_codes(plain(np.zeros((4, 2))), z)
