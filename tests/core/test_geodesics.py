"""Tests for vae_core.geodesics: closed-form surfaces, and what holds on any decoder."""

from __future__ import annotations

import weakref

import numpy as np
import pytest
import torch
from torch import Tensor

from vae_core.decoding import interpolate, picture_of
from vae_core.errors import ConfigError
from vae_core.geodesics import along, distances, equal_steps, geodesic, image_grid, length
from vae_core.models import AutoEncoder

RADIUS = 2.0


def sphere(z: Tensor) -> Tensor:
    """A patch of a sphere; the codes are longitude and latitude."""
    u, v = z[:, 0], z[:, 1]
    return RADIUS * torch.stack([v.cos() * u.cos(), v.cos() * u.sin(), v.sin()], 1)


def roll(z: Tensor) -> Tensor:
    """A swiss roll: a sheet of paper, rolled up, so that straight on the paper is shortest."""
    t = z[:, 0]
    return torch.stack([t * t.cos(), t * t.sin(), z[:, 1]], 1)


def roll_arc(t: float) -> float:
    """Length of the spiral from its centre."""
    return 0.5 * float(t * np.sqrt(1 + t * t) + np.arcsinh(t))


def hill(z: Tensor) -> Tensor:
    """A plain with a steep hill in the middle, which is better walked around."""
    height = 3 * torch.exp(-4 * z.square().sum(1))
    return torch.cat([z, height[:, None]], 1)


def test_on_a_sphere_it_is_the_great_circle() -> None:
    grid = image_grid(sphere, (-1.4, 1.4, -1.2, 1.2))
    numbers = np.random.default_rng(0)
    for _ in range(10):
        a, b = numbers.uniform([-1.3, -1.1], [1.3, 1.1], (2, 2))
        one, other = sphere(torch.tensor(np.stack([a, b])).float()).double().numpy()
        true = RADIUS * np.arccos(one @ other / RADIUS**2)
        assert length(sphere, geodesic(sphere, a, b, grid)) == pytest.approx(true, rel=0.02)


def test_on_a_swiss_roll_it_is_straight_on_the_paper() -> None:
    grid = image_grid(roll, (1.0, 7.0, 0.0, 4.0))
    for a, b in (([1.5, 0.5], [6.5, 3.5]), ([2.0, 3.0], [5.0, 1.0]), ([6.0, 1.0], [3.0, 1.0])):
        true = float(np.hypot(roll_arc(b[0]) - roll_arc(a[0]), b[1] - a[1]))
        assert length(roll, geodesic(roll, a, b, grid)) == pytest.approx(true, rel=0.02)


def test_it_goes_around_a_hill_which_the_grid_shows() -> None:
    """From a straight line alone nothing pushes it to either side."""
    a, b = [-1.5, 0.0], [1.5, 0.0]
    straight = length(hill, [a, b])
    path = geodesic(hill, a, b, image_grid(hill, (-2, 2, -2, 2)))
    assert length(hill, path) < 0.75 * straight
    assert np.abs(path[:, 1]).max() > 0.4


@pytest.fixture
def picture(model: AutoEncoder):
    return lambda z: model.to_image(model.decode(z))


def test_it_is_never_longer_than_the_straight_line(picture) -> None:
    numbers = np.random.default_rng(1)
    grid = image_grid(picture, (-3, 3, -3, 3), 40)
    for _ in range(10):
        a, b = numbers.normal(size=(2, 2))
        for path in (geodesic(picture, a, b, grid), geodesic(picture, a, b)):
            assert length(picture, path) <= length(picture, [a, b]) * (1 + 1e-9)


def test_its_ends_are_exact(picture) -> None:
    a, b = np.array([0.1234567890123, -1.1]), np.array([1e-9, 2.3])
    path = geodesic(picture, a, b)
    np.testing.assert_array_equal(path[0], a)
    np.testing.assert_array_equal(path[-1], b)


def test_an_interpolation_takes_equal_steps_of_the_picture(model: AutoEncoder, picture) -> None:
    a, b = np.array([-1.5, 0.5]), np.array([1.5, -0.25])
    codes = interpolate(model, a, b, 8, "geodesic", image_grid(picture, (-2, 2, -2, 2), 30))
    np.testing.assert_array_equal(codes[[0, -1]], [a, b])
    changes = [length(picture, codes[i : i + 2]) for i in range(7)]
    assert max(changes) < 1.25 * min(changes)


def cliffs(z: Tensor) -> Tensor:
    """Plateaus with steep cliffs between them, as the digits of a decoder that was trained long."""
    waves = torch.tensor([[1.7, 0.4], [-0.6, 1.9], [1.1, -1.3], [2.1, 1.0]])
    return torch.sigmoid(12 * torch.sin(z @ waves.T))


def test_its_steps_are_equal_in_the_picture() -> None:
    grid = image_grid(cliffs, (-3, 3, -3, 3))
    numbers = np.random.default_rng(4)
    for _ in range(10):
        a, b = numbers.uniform(-2.5, 2.5, (2, 2))
        path = geodesic(cliffs, a, b, grid)
        steps = [length(cliffs, path[i : i + 2]) for i in range(len(path) - 1)]
        assert max(steps) < 1.6 * min(steps)


@pytest.mark.parametrize("n", [2, 3, 7, 40])
def test_a_grid_knows_the_distance_of_all_neighbours(n: int) -> None:
    grid = image_grid(hill, (-2, 2, -1, 1), n)
    codes = np.stack(np.meshgrid(grid.nodes_x, grid.nodes_y), axis=-1).reshape(-1, 2)
    images = hill(torch.tensor(codes).float()).double().numpy()
    start, goal = grid.edges.nonzero()
    found = np.linalg.norm(images[goal] - images[start], axis=1)
    np.testing.assert_allclose(np.asarray(grid.edges[start, goal]).ravel(), found, rtol=1e-5)
    rows, columns = np.divmod(np.arange(n * n), n)
    down = np.abs(rows[:, None] - rows)
    across = np.abs(columns[:, None] - columns)
    is_near = np.isin(100 * down + across, [1, 100, 101, 102, 201])
    assert len(start) == is_near.sum() / 2


def test_a_grid_holds_few_pictures_at_a_time() -> None:
    """All at once are nearly a gigabyte for a colour model."""
    drawn: list[weakref.ref[Tensor]] = []
    most = 0

    def counted(z: Tensor) -> Tensor:
        nonlocal most
        image = sphere(z)
        drawn.append(weakref.ref(image))
        most = max(most, sum(len(each) for ref in drawn if (each := ref()) is not None))
        return image

    image_grid(counted, (-1, 1, -1, 1), 80)
    assert len(drawn) > 5
    assert most <= 3 * 80


def test_a_decoder_without_a_gradient_is_told_so(model: AutoEncoder, monkeypatch) -> None:
    monkeypatch.setattr(model, "decode", torch.no_grad()(model.decode))
    with pytest.raises(ConfigError, match="gradient, and this one has none: let it decode"):
        interpolate(model, [-1.0, 0.5], [1.0, -0.5], 4, "geodesic")
    assert interpolate(model, [-1.0, 0.5], [1.0, -0.5], 4).shape == (4, 2)


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")
def test_pictures_may_be_drawn_on_a_gpu(model: AutoEncoder) -> None:
    model.to("cuda")
    grid = image_grid(picture_of(model), (-2, 2, -2, 2), 20)
    path = interpolate(model, [-1.0, 0.5], [1.0, -0.5], 4, "geodesic", grid)
    np.testing.assert_array_equal(path[[0, -1]], [[-1.0, 0.5], [1.0, -0.5]])


def test_from_a_place_to_itself_it_stays(picture) -> None:
    path = geodesic(picture, [0.5, 0.5], [0.5, 0.5])
    np.testing.assert_array_equal(path, np.full_like(path, 0.5))
    assert length(picture, path) == 0


def test_equal_steps_change_the_picture_equally() -> None:
    path = equal_steps(roll, [[1.0, 0.0], [7.0, 0.0]], 12)
    steps = np.diff([roll_arc(t) for t in path[:, 0]])
    np.testing.assert_allclose(steps, steps.mean(), rtol=0.02)


def test_a_picture_that_stands_still_is_walked_evenly() -> None:
    path = equal_steps(lambda z: torch.zeros(len(z), 4), [[0.0, 0.0], [1.0, 1.0]], 4)
    np.testing.assert_allclose(path[:, 0], [0, 0.25, 0.5, 0.75, 1])


def test_pictures_that_are_not_numbers_are_walked_evenly() -> None:
    path = equal_steps(lambda z: torch.full((len(z), 4), torch.nan), [[0.0, 0.0], [1.0, 1.0]], 4)
    np.testing.assert_allclose(path[:, 0], [0, 0.25, 0.5, 0.75, 1])


def test_along_goes_by_latent_length() -> None:
    corner = [[0.0, 0.0], [3.0, 0.0], [3.0, 1.0]]
    np.testing.assert_allclose(along(corner, [0, 0.5, 0.75, 1]), [[0, 0], [2, 0], [3, 0], [3, 1]])


def test_the_parts_of_a_length_add_up() -> None:
    path = [[1.0, 0.0], [6.0, 2.0]]
    assert distances(roll, path).sum() == pytest.approx(length(roll, path))


@pytest.mark.parametrize(
    ("a", "b"), [([0, 0], [0, 0, 0]), ([np.nan, 0], [0, 0]), ([[0, 0]], [[1, 1]])]
)
def test_what_is_no_pair_of_codes_is_refused(picture, a, b) -> None:
    with pytest.raises(ConfigError, match="one finite code"):
        geodesic(picture, a, b)


def test_pictures_that_are_not_numbers_are_walked_around() -> None:
    def torn(z: Tensor) -> Tensor:
        return torch.where(z[:, :1].abs() + z[:, 1:].abs() < 0.5, torch.nan, z)

    grid = image_grid(torn, (-2, 2, -2, 2), 30)
    found = grid.way(np.array([-1.5, 0.0]), np.array([1.5, 0.0]))
    assert len(found) > 5
    assert np.abs(found).sum(1).min() >= 0.5


def test_where_no_way_leads_there_is_none() -> None:
    def wall(z: Tensor) -> Tensor:
        return torch.where(z[:, :1].abs() < 0.7, torch.nan, z)

    a, b = np.array([-1.5, 0.0]), np.array([1.5, 0.0])
    grid = image_grid(wall, (-2, 2, -2, 2), 30)
    assert grid.way(a, b).shape == (0, 2)
    np.testing.assert_array_equal(geodesic(wall, a, b, grid)[[0, -1]], [a, b])


def test_a_search_leaves_no_gradients_in_the_model(model: AutoEncoder, picture) -> None:
    model.zero_grad()  # those of its training
    geodesic(picture, [-1.0, 0.5], [1.0, -0.5])
    assert all(parameter.grad is None for parameter in model.parameters())
