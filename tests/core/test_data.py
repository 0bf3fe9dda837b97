"""Tests for vae_core.data."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import pytest
import torch

from vae_core.data import DATASETS, ImageSet, default_data_dir, load_images, to_unit
from vae_core.data.split import held_out_mask
from vae_core.errors import ConfigError


def test_digits_are_those_of_scikit_learn() -> None:
    from sklearn.datasets import load_digits

    bunch = load_digits()
    found = [load_images("digits", split) for split in ("train", "test")]
    pixels = torch.cat([images.images for images in found]).flatten(1).numpy()
    labels = torch.cat([images.labels for images in found]).numpy()
    expected = np.round(bunch.data * (255 / 16)).astype(np.uint8)
    theirs = sorted((bytes(row), label) for row, label in zip(expected, bunch.target, strict=True))
    ours = sorted((bytes(row), label) for row, label in zip(pixels, labels, strict=True))
    assert ours == theirs


@pytest.mark.parametrize(("split", "n_images"), [("train", 1438), ("test", 359)])
def test_digits_are_8x8_bytes_split_four_to_one(split: str, n_images: int) -> None:
    images = load_images("digits", split)
    assert images.images.shape == (n_images, 1, 8, 8)
    assert images.images.dtype == torch.uint8
    assert images.images.max() == 255
    assert images.labels.dtype == torch.int64
    assert images.classes == tuple("0123456789")
    assert images.name == "digits"


@pytest.mark.parametrize("split", ["train", "test"])
def test_digits_are_the_same_every_time(split: str) -> None:
    before = load_images("digits", split)
    sha256 = before.sha256()
    before.images.zero_()  # whatever anyone does to theirs
    assert load_images("digits", split).sha256() == sha256


def test_a_fifth_of_each_class_is_held_out() -> None:
    labels = torch.tensor([0] * 50 + [1] * 10 + [2] * 5)[torch.randperm(65)]
    mask = held_out_mask(labels)
    assert [int(mask[labels == label].sum()) for label in range(3)] == [10, 2, 1]


@pytest.mark.parametrize(("n_images", "n_held_out"), [(1, 0), (2, 1), (3, 1), (4, 1), (5, 1)])
def test_a_small_class_keeps_one_aside_if_it_can(n_images: int, n_held_out: int) -> None:
    assert int(held_out_mask(torch.zeros(n_images).long()).sum()) == n_held_out


def test_the_held_out_images_do_not_depend_on_the_seed() -> None:
    labels = torch.arange(60) % 3
    first = held_out_mask(labels)
    torch.manual_seed(99)
    assert torch.equal(held_out_mask(labels), first)


@pytest.mark.parametrize("name", ["mnits", "digit", "no/such/folder", "x" * 300, "~nobody-here/x"])
def test_an_unknown_name_is_answered_with_the_known_ones(name: str) -> None:
    with pytest.raises(ConfigError, match=r"Unknown data set .*; choose one of mnist, .*, digits"):
        load_images(name)


@pytest.mark.parametrize("split", ["valid", "", None])
def test_an_unknown_split_is_answered_with_the_known_ones(split: str) -> None:
    with pytest.raises(ConfigError, match="choose train or test"):
        load_images("digits", split)


@pytest.mark.parametrize(("value", "folder"), [("elsewhere", "elsewhere"), ("", "data")])
def test_the_environment_names_the_data_folder(
    value: str, folder: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VAE_DATA_DIR", value)
    assert default_data_dir() == Path(folder)


def test_without_the_environment_data_lie_in_data(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("VAE_DATA_DIR", raising=False)
    assert default_data_dir() == Path("data")


def test_every_downloadable_data_set_is_a_known_name() -> None:
    assert DATASETS == ("mnist", "fashion-mnist", "kmnist", "emnist-letters", "digits")


def test_to_unit_maps_bytes_to_zero_to_one() -> None:
    x = to_unit(torch.tensor([0, 51, 255], dtype=torch.uint8))
    torch.testing.assert_close(x, torch.tensor([0.0, 0.2, 1.0]))


def test_the_mean_image_is_the_mean_over_images() -> None:
    pixels = torch.tensor([0, 255, 255, 255], dtype=torch.uint8).reshape(4, 1, 1, 1)
    images = ImageSet(pixels.expand(4, 3, 8, 9), torch.zeros(4).long(), ("all",))
    torch.testing.assert_close(images.mean_image(), torch.full((3, 8, 9), 0.75))


def test_a_subset_keeps_images_and_labels_together(images: ImageSet) -> None:
    chosen = images.subset([5, 0, 7])
    assert torch.equal(chosen.images, images.images[[5, 0, 7]])
    assert torch.equal(chosen.labels, images.labels[[5, 0, 7]])
    assert (chosen.classes, chosen.name) == (images.classes, images.name)


@pytest.mark.parametrize("change", ["pixel", "label", "order", "shape"])
def test_the_hash_notices(change: str, images: ImageSet) -> None:
    pixels, labels = images.images.clone(), images.labels.clone()
    if change == "pixel":
        pixels[40, 0, 7, 7] ^= 1
    elif change == "label":
        labels[40] = (labels[40] + 1) % 3
    elif change == "order":
        pixels, labels = pixels.flip(0), labels.flip(0)
    else:
        pixels = pixels.reshape(48, 1, 4, 16)
    assert ImageSet(pixels, labels, images.classes).sha256() != images.sha256()


def test_the_hash_is_of_shape_pixels_and_labels(images: ImageSet) -> None:
    content = images.images.numpy().tobytes() + images.labels.numpy().tobytes()
    expected = hashlib.sha256(b"(48, 1, 8, 8)" + content).hexdigest()
    elsewhere = ImageSet(images.images.clone(), images.labels.clone(), ("other",), "copy")
    assert images.sha256() == elsewhere.sha256() == expected
