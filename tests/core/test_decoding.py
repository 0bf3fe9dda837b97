"""Tests for vae_core.decoding."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from vae_core import decoding, paths
from vae_core.config import Likelihood, ModelConfig
from vae_core.decoding import atlas, decode, decode_grid, interpolate, sample_prior, traverse
from vae_core.errors import ConfigError
from vae_core.models import AutoEncoder, build_model
from vae_core.projection import fit_plane


def walk(a, b, steps, method="linear"):
    """A path in a latent space of the right number of dimensions."""
    model = build_model(ModelConfig((1, 8, 8), latent_dim=len(a), hidden=(2,)))
    return interpolate(model, a, b, steps, method)


class Ruler(AutoEncoder):
    """Writes its code onto the image: pixel i of the first row is dimension i, as a logit."""

    def __init__(self, latent_dim: int) -> None:
        super().__init__(ModelConfig((1, 8, 8), latent_dim=latent_dim, hidden=(4,)))

    def decode(self, z: Tensor) -> Tensor:
        logits = torch.zeros(len(z), 1, 8, 8)
        logits[:, 0, 0, : z.shape[1]] = z
        return logits

    def read(self, images: Tensor) -> np.ndarray:
        """The codes that are written on images, shape (..., D)."""
        return torch.logit(images[..., 0, 0, : self.config.latent_dim]).numpy()


@pytest.fixture
def square() -> Any:
    """A map of the latent axes over the square from -2 to 2."""
    return fit_plane(np.array([[-2.0, -2], [2, -2], [-2, 2], [2, 2]]))


@pytest.mark.parametrize("likelihood", ["bernoulli", "gaussian", "continuous-bernoulli"])
def test_decoding_is_that_of_the_model(likelihood: Likelihood) -> None:
    model = build_model(ModelConfig((3, 8, 9), likelihood=likelihood, hidden=(16,)))
    z = torch.randn(5, 2)
    with torch.no_grad():
        expected = model.to_image(model.decode(z))
    torch.testing.assert_close(decode(model, z), expected)
    torch.testing.assert_close(decode(model, z.numpy()), expected)
    torch.testing.assert_close(decode(model, z.tolist()), expected)


@pytest.mark.parametrize("size", [1, 2, 100])
def test_the_size_of_a_batch_does_not_matter(
    size: int, model: AutoEncoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    z = torch.randn(5, 2)
    together = decode(model, z)
    monkeypatch.setattr(decoding, "BATCH", size)
    torch.testing.assert_close(decode(model, z), together)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, 1e39])
def test_a_code_that_is_no_number_is_refused(value: float, model: AutoEncoder) -> None:
    with pytest.raises(ConfigError, match="finite numbers"):
        decode(model, [[0.0, value]])


@pytest.mark.parametrize("shape", [(2,), (4, 3), (4, 1), (1, 4, 2), ()], ids=str)
def test_a_code_of_another_size_is_refused(shape: tuple[int, ...], model: AutoEncoder) -> None:
    with pytest.raises(ConfigError, match=r"Codes for this model have shape \(N, 2\), not"):
        decode(model, np.zeros(shape))


def test_no_codes_are_no_images(model: AutoEncoder) -> None:
    assert decode(model, np.zeros((0, 2))).shape == (0, 1, 8, 8)


@pytest.mark.parametrize("size", [1e3, 1e10, 1e30])
def test_a_code_far_away_is_still_an_image(size: float, model: AutoEncoder) -> None:
    images = decode(model, [[size, -size]])
    assert ((images >= 0) & (images <= 1)).all()


@pytest.mark.parametrize("n", [2, 3, 8])
def test_the_top_row_of_an_atlas_is_the_top_of_the_map(n: int, square: Any) -> None:
    ruler = Ruler(2)
    codes = ruler.read(atlas(ruler, square, n, extent=(-1, 3, -2, 2)))
    np.testing.assert_allclose(codes[0, :, 0], np.linspace(-1, 3, n), atol=1e-5)
    np.testing.assert_allclose(codes[0, :, 1], 2, atol=1e-5)
    np.testing.assert_allclose(codes[:, 0, 1], np.linspace(2, -2, n), atol=1e-5)
    np.testing.assert_allclose(codes[:, 0, 0], -1, atol=1e-5)


def test_the_corners_of_an_atlas_are_those_of_the_map(model: AutoEncoder, square: Any) -> None:
    picture = atlas(model, square, 5)
    left, right, bottom, top = square.extent
    corners = [[left, top], [right, top], [left, bottom], [right, bottom]]
    found = picture[[0, 0, -1, -1], [0, -1, 0, -1]]
    torch.testing.assert_close(found, decode(model, corners))
    assert picture.shape == (5, 5, 1, 8, 8)


@pytest.mark.parametrize("completion", ["nearest", "zero"])
def test_an_atlas_goes_off_the_plane_as_it_is_told(completion: Any) -> None:
    codes = np.random.default_rng(0).normal(size=(30, 5)) * [5, 4, 1, 1, 1]
    plane, ruler = fit_plane(codes), Ruler(5)
    found = ruler.read(atlas(ruler, plane, 3, (-1, 1, -1, 1), completion))
    xy = [[x, y] for y in (1, 0, -1) for x in (-1, 0, 1)]
    expected = plane.to_latent(xy, completion).reshape(3, 3, 5)
    np.testing.assert_allclose(found, expected, atol=1e-4)


def test_a_map_of_one_dimension_has_equal_rows() -> None:
    ruler, plane = Ruler(1), fit_plane(np.linspace(-2, 2, 9)[:, None])
    codes = ruler.read(atlas(ruler, plane, 4))
    left, right, _, _ = plane.extent
    for row in codes:
        np.testing.assert_allclose(row[:, 0], np.linspace(left, right, 4), atol=1e-5)


def test_a_grid_is_decoded_in_the_order_of_its_nodes(square: Any) -> None:
    ruler = Ruler(2)
    codes = ruler.read(decode_grid(ruler, square, [0.0, 1.0, -1.0], [0.5, -0.5]))
    assert codes.shape == (2, 3, 2)
    np.testing.assert_allclose(codes[1, :, 0], [0, 1, -1], atol=1e-5)
    np.testing.assert_allclose(codes[:, 2, 1], [0.5, -0.5], atol=1e-5)


@pytest.mark.parametrize("method", ["linear", "spherical"])
@pytest.mark.parametrize("n_dims", [1, 2, 8])
def test_a_path_starts_and_ends_exactly_at_its_ends(n_dims: int, method: Any) -> None:
    a, b = np.random.default_rng(0).normal(size=(2, n_dims))
    path = walk(a, b, 7, method)
    assert path.shape == (7, n_dims)
    np.testing.assert_array_equal(path[[0, -1]], [a, b])


def test_a_straight_path_has_equal_steps() -> None:
    path = walk([0.0, 4.0], [2.0, 0.0], 5, "linear")
    np.testing.assert_allclose(path, [[0, 4], [0.5, 3], [1, 2], [1.5, 1], [2, 0]])


def test_a_spherical_path_has_equal_angles() -> None:
    path = walk([2.0, 0.0], [0.0, 2.0], 4, "spherical")
    angles = np.deg2rad([0, 30, 60, 90])
    expected = 2 * np.stack([np.cos(angles), np.sin(angles)], axis=1)
    np.testing.assert_allclose(path, expected, atol=1e-12)


@pytest.mark.parametrize("n_dims", [2, 3, 64])
def test_a_spherical_path_between_equal_lengths_keeps_the_length(n_dims: int) -> None:
    a, b = np.random.default_rng(0).normal(size=(2, n_dims))
    a, b = 3 * a / np.linalg.norm(a), 3 * b / np.linalg.norm(b)
    lengths = np.linalg.norm(walk(a, b, 9, "spherical"), axis=1)
    np.testing.assert_allclose(lengths, 3)


@given(
    st.floats(0, 179),
    st.floats(0.1, 10),
    st.floats(0.1, 10),
)
def test_a_spherical_path_is_never_longer_or_shorter_than_its_ends(
    degrees: float, first: float, last: float
) -> None:
    turned = last * np.array([np.cos(np.deg2rad(degrees)), np.sin(np.deg2rad(degrees))])
    lengths = np.linalg.norm(walk([first, 0.0], turned, 9, "spherical"), axis=1)
    assert min(first, last) - 1e-6 <= lengths.min()
    assert lengths.max() <= max(first, last) + 1e-6


@pytest.mark.parametrize(
    ("a", "b"),
    [([0, 0], [1, 2]), ([1, 2], [0, 0]), ([1, 2], [2, 4]), ([1, 2], [1, 2]), ([1, 0], [-1, 0])],
)
def test_a_spherical_path_is_straight_where_there_is_no_circle(
    a: list[float], b: list[float]
) -> None:
    np.testing.assert_allclose(walk(a, b, 5, "spherical"), walk(a, b, 5, "linear"), atol=1e-12)


@pytest.mark.parametrize("steps", [1, 0, -3])
def test_a_path_has_two_ends(steps: int) -> None:
    with pytest.raises(ConfigError, match=f"at least 2 steps, not {steps}"):
        walk([0.0], [1.0], steps, "linear")


def test_an_unknown_path_is_refused() -> None:
    with pytest.raises(ConfigError, match="choose linear, spherical or geodesic"):
        walk([0.0], [1.0], 3, "scenic")


@pytest.mark.parametrize("dim", [0, 2, 4])
def test_a_traversal_changes_one_dimension_only(dim: int) -> None:
    ruler, z = Ruler(5), np.array([0.1, 0.2, 0.3, 0.4, 0.5])
    before = z.copy()
    codes = ruler.read(traverse(ruler, z, dim, [-2.0, 0.0, 2.0]))
    np.testing.assert_allclose(codes[:, dim], [-2, 0, 2], atol=1e-5)
    others = [i for i in range(5) if i != dim]
    np.testing.assert_allclose(codes[:, others], np.tile(z[others], (3, 1)), atol=1e-5)
    np.testing.assert_array_equal(z, before)


def test_prior_samples_are_decoded_beside_their_codes() -> None:
    ruler = Ruler(3)
    z, images = sample_prior(ruler, 6, seed=1)
    assert z.shape == (6, 3)
    np.testing.assert_allclose(ruler.read(images), z.numpy(), atol=1e-5)


def test_prior_samples_depend_on_the_seed_alone(model: AutoEncoder) -> None:
    z, images = sample_prior(model, 4, seed=1)
    torch.manual_seed(99)
    before = torch.get_rng_state()
    again, same_images = sample_prior(model, 4, seed=1)
    assert torch.equal(z, again)
    assert torch.equal(images, same_images)
    assert not torch.equal(z, sample_prior(model, 4, seed=2)[0])
    assert torch.equal(torch.get_rng_state(), before)


def test_prior_samples_are_standard_normal() -> None:
    z, _ = sample_prior(Ruler(8), 4000)
    assert (z.mean(0).abs() < 4 / 4000**0.5).all()
    assert ((z.std(0) - 1).abs() < 4 / 8000**0.5).all()


@pytest.mark.parametrize("temperature", [0.0, 0.5, 2.0])
def test_temperature_scales_the_samples(temperature: float, model: AutoEncoder) -> None:
    z, _ = sample_prior(model, 4, seed=1)
    scaled, _ = sample_prior(model, 4, seed=1, temperature=temperature)
    torch.testing.assert_close(scaled, temperature * z)


@pytest.mark.parametrize("method", ["linear", "spherical", "geodesic"])
def test_a_path_is_the_one_that_the_page_walks(method: Any, model: AutoEncoder) -> None:
    """Between codes of one length, on whose circle equal angles are equal steps."""
    a, b = np.array([-1.0, 0.5]), np.array([1.0, 0.5])
    kind, drawn = decoding.KINDS[method], decoding.picture_of(model)
    even = "image" if method == "geodesic" else "code"
    walked = paths.walk(drawn, paths.way(drawn, a, b, kind), kind, steps=6, even=even).codes
    np.testing.assert_allclose(interpolate(model, a, b, 6, method), walked, atol=1e-3)


@pytest.mark.parametrize("method", ["linear", "spherical", "geodesic"])
def test_a_path_to_no_place_is_refused(method: Any) -> None:
    with pytest.raises(ConfigError, match="one finite code to another"):
        walk([0.0, 0.0], [np.nan, 1.0], 3, method)
