"""Tests for vae_core.metrics.judge and its files: what it sees, and what it refuses."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from safetensors.torch import load as parse_tensors
from safetensors.torch import save as serialize_tensors
from torch import Tensor

from tests.real_images import real_images
from vae_core import list_checkpoints, load_images
from vae_core.data import ImageSet, to_unit
from vae_core.errors import CheckpointError, ConfigError
from vae_core.metrics.judge import FOLDER, Judge, judge_path, load_judge
from vae_core.metrics.judge_file import read_judge, save_judge
from vae_core.metrics.judge_training import train_judge
from vae_core.tensor_file import NO_CHECKSUM

REACHED = {"mnist": 0.99, "fashion-mnist": 0.90, "digits": 0.95}  # of held-out images told
LARGEST = 400_000  # bytes
MODEL = FOLDER.parent / "digits-dense-512-vae-2d.safetensors"


@pytest.fixture(scope="module")
def digits() -> Judge:
    found = load_judge("digits")
    assert found is not None
    return found


@pytest.fixture(scope="module")
def trained(images: ImageSet) -> Judge:
    """A judge of the three shapes."""
    *_, (_, judge) = train_judge(images, images, epochs=15)
    return judge


@pytest.mark.parametrize("name", REACHED)
def test_a_shipped_judge_tells_most_held_out_images(name: str) -> None:
    judge = load_judge(name)
    assert judge is not None
    assert judge.accuracy >= REACHED[name]
    assert judge_path(name).stat().st_size <= LARGEST
    held_out = real_images(name)
    few = held_out.subset(range(0, len(held_out), 5)) if len(held_out) > 2000 else held_out
    told = torch.from_numpy(judge.classify(few.images).argmax(1)) == few.labels
    assert told.double().mean() >= REACHED[name] - 0.01
    judge.require_kind(held_out)


def test_the_shipped_judges_are_those_of_the_list() -> None:
    assert {path.name for path in FOLDER.iterdir()} == {
        f"{name}-v1.safetensors" for name in REACHED
    }


def test_judges_are_not_among_the_models() -> None:
    assert not [path for path in list_checkpoints(FOLDER.parent) if "-v1" in path.name]


def test_probabilities_add_up_and_features_are_rectified(digits: Judge) -> None:
    images = load_images("digits").images
    told, seen = digits.classify(images), digits.features(images)
    assert told.shape == (len(images), 10)
    assert told.sum(1) == pytest.approx(1)
    assert seen.shape == (len(images), digits.config.features)
    assert seen.min() == 0


def test_bytes_and_numbers_from_nought_to_one_are_the_same_images(digits: Judge) -> None:
    images = load_images("digits").images[:50]
    assert (digits.features(images) == digits.features(to_unit(images))).all()


def test_the_classes_are_a_step_from_the_features(digits: Judge) -> None:
    images = load_images("digits").images[:20]
    logits = digits.network.head(torch.from_numpy(digits.features(images)).float())
    expected = torch.softmax(logits, 1).double().numpy()
    assert digits.classify(images) == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize("name", ["kmnist", "emnist-letters", "own:shapes", "../mnist", ""])
def test_other_images_have_no_judge(name: str) -> None:
    assert load_judge(name) is None


def test_a_judge_that_is_gone_is_none(tmp_path: Path) -> None:
    assert load_judge("mnist", tmp_path) is None


def test_a_judge_speaks_of_its_own_data_set_alone(digits: Judge, images: ImageSet) -> None:
    with pytest.raises(ConfigError, match="knows digits says nothing about shapes"):
        digits.require_kind(images)


@pytest.mark.parametrize("shape", [(3, 1, 9, 9), (0, 1, 8, 8), (8, 8)])
def test_images_of_another_shape_are_refused(digits: Judge, shape: tuple[int, ...]) -> None:
    with pytest.raises(ConfigError, match=r"at least one image of shape \(1, 8, 8\)"):
        digits.features(torch.zeros(shape))


def test_training_learns_and_the_seed_alone_decides(trained: Judge, images: ImageSet) -> None:
    assert trained.accuracy == 1
    torch.manual_seed(99)
    before = torch.get_rng_state()
    *_, (epoch, again) = train_judge(images, images, epochs=15)
    assert epoch == 15
    assert torch.equal(torch.get_rng_state(), before)
    for name, tensor in again.network.state_dict().items():
        assert torch.equal(tensor, trained.network.state_dict()[name])


def test_a_file_gives_the_same_judge_again(
    tmp_path: Path, trained: Judge, images: ImageSet
) -> None:
    path = tmp_path / "shapes.safetensors"
    save_judge(path, trained)
    again = read_judge(path)
    assert (again.config, again.accuracy) == (trained.config, trained.accuracy)
    assert (again.features(images.images) == trained.features(images.images)).all()
    save_judge(tmp_path / "again.safetensors", again)
    assert (tmp_path / "again.safetensors").read_bytes() == path.read_bytes()


def rewritten(
    change: Callable[[dict[str, Tensor]], object] = dict, old: str = "", new: str = ""
) -> bytes:
    """The digits' judge with other tensors or another description, and a checksum that fits."""
    data = judge_path("digits").read_bytes()
    tensors = parse_tensors(data)
    change(tensors)
    length = int.from_bytes(data[:8], "little")
    entry = json.loads(data[8 : 8 + length])["__metadata__"]["judge"]
    checksum = load_judge("digits").sha256
    assert old in entry
    entry = entry.replace(checksum, NO_CHECKSUM).replace(old, new, 1)
    blank = serialize_tensors(tensors, {"judge": entry})
    return blank.replace(NO_CHECKSUM.encode(), hashlib.sha256(blank).hexdigest().encode(), 1)


def flipped() -> bytes:
    data = bytearray(judge_path("digits").read_bytes())
    data[-1] ^= 1
    return bytes(data)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (lambda: b"", "is empty"),
        (lambda: b"PK\x03\x04" + bytes(100), "is a pickle"),
        (lambda: bytes(2**21 + 1), "is longer than 2097152 bytes"),
        (lambda: judge_path("digits").read_bytes()[:-4], "checksum"),
        (flipped, "checksum does not match"),
        (
            lambda: MODEL.read_bytes(),
            "of another kind: its header has no entry 'judge'",
        ),
        (lambda: rewritten(lambda t: t.pop("head.bias")), "lacks tensor 'head.bias'"),
        (lambda: rewritten(lambda t: t.update(x=torch.zeros(1))), "has an unknown tensor 'x'"),
        (lambda: rewritten(lambda t: t.update({"head.bias": torch.zeros(10)})), "should be F16"),
        (lambda: rewritten(lambda t: t["head.bias"].fill_(torch.nan)), "undefined or infinite"),
        (lambda: rewritten(old='"schema":1', new='"schema":2'), "this app reads format 1"),
        (lambda: rewritten(old='"features":64', new='"features":63'), "should be F16"),
        (lambda: rewritten(old='"features":64', new='"features":1e9'), "not a judge"),
        (lambda: rewritten(old='"accuracy":0', new='"accuracy":7'), "not a judge"),
        (lambda: rewritten(old='"dataset":"digits"', new='"dataset":7'), "not a judge"),
    ],
)
def test_a_bad_file_is_told_in_a_sentence(
    data: Callable[[], bytes], message: str, tmp_path: Path
) -> None:
    path = judge_path("digits", tmp_path)
    path.write_bytes(data())
    with pytest.raises(CheckpointError, match=message):
        load_judge("digits", tmp_path)


def test_the_helper_of_this_test_changes_nothing_by_itself(tmp_path: Path) -> None:
    path = judge_path("digits", tmp_path)
    path.write_bytes(rewritten())
    assert load_judge("digits", tmp_path) is not None
