"""Tests for images that do not belong."""

import pytest
import torch

from vae_core import image_set, load_images
from vae_core.data.strange import faded, strange_images
from vae_core.errors import ConfigError


@pytest.fixture(scope="module")
def images():
    return load_images("digits", "test")


@pytest.mark.parametrize("kind", ["shuffled", "turned", "inverted", "halves", "blank"])
def test_all_stay_images_of_the_same_size_and_the_same_for_a_seed(images, kind):
    before = images.images.clone()
    found = strange_images(images, kind)
    assert found.images.shape == images.images.shape
    assert found.images.dtype == torch.uint8
    assert torch.equal(found.images, strange_images(images, kind).images)
    assert not torch.equal(found.images, images.images)
    assert torch.equal(images.images, before)


def test_shuffled_images_keep_their_pixels_each_in_an_order_of_its_own(images):
    found = strange_images(images, "shuffled").images
    assert torch.equal(found.flatten(1).sort()[0], images.images.flatten(1).sort()[0])
    same = images.subset([3, 3])
    first, second = strange_images(same, "shuffled").images
    assert not torch.equal(first, second)


def test_turned_images_are_turned_by_a_quarter(images):
    found = strange_images(images, "turned").images
    assert torch.equal(found.flip(2).transpose(2, 3), images.images)


def test_turning_four_times_and_inverting_twice_change_nothing(images):
    four = two = images
    for _ in range(4):
        four = strange_images(four, "turned")
    for _ in range(2):
        two = strange_images(two, "inverted")
    assert torch.equal(four.images, images.images)
    assert torch.equal(two.images, images.images)


def test_an_image_that_is_not_square_stands_on_its_head():
    wide = image_set(torch.arange(80, dtype=torch.uint8).reshape(1, 1, 8, 10).repeat(2, 1, 1, 1))
    assert torch.equal(strange_images(wide, "turned").images, wide.images.flip(2, 3))


def test_each_half_is_of_one_of_the_images(images):
    found = strange_images(images, "halves").images
    assert torch.equal(found[..., :4], images.images[..., :4])
    rights = {half.numpy().tobytes() for half in images.images[..., 4:]}
    assert all(half.numpy().tobytes() in rights for half in found[..., 4:])


def test_fading_ends_in_black(images):
    assert torch.equal(faded(images, 1).images, images.images)
    assert not faded(images, 0).images.any()
    half = faded(images, 0.5).mean_image().mean().item()
    assert half == pytest.approx(images.mean_image().mean().item() / 2, abs=0.01)


def test_what_cannot_be_made_is_said(images):
    with pytest.raises(ConfigError, match="Unknown kind 'haunted'; choose shuffled, turned"):
        strange_images(images, "haunted")
    with pytest.raises(ConfigError, match=r"from 0 to 1, not 1\.5"):
        faded(images, 1.5)
