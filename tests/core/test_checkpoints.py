"""Tests for vae_core.checkpoints and vae_core.checkpoint_header."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import os
import pickle
import struct
import subprocess
import sys
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from safetensors.torch import load as parse_tensors
from safetensors.torch import save as serialize_tensors

from vae_core import strict_json
from vae_core.checkpoint_header import DatasetInfo, Header
from vae_core.checkpoints import (
    MAX_BYTES,
    list_checkpoints,
    load_checkpoint,
    read_header,
    round_weights,
    save_checkpoint,
)
from vae_core.config import Kind, Likelihood, ModelConfig, TrainConfig
from vae_core.data import ImageSet
from vae_core.encoding import LatentSet, encode
from vae_core.errors import CheckpointError
from vae_core.models import PRESETS, AutoEncoder, build_model, model_config
from vae_core.tensor_file import MAX_HEADER_BYTES, NO_CHECKSUM

DOUBLE = torch.float64
CONFIG = ModelConfig((1, 8, 8), latent_dim=2, hidden=(2,))
TRAINING = TrainConfig(dataset="shapes", epochs=2, beta=0.5, seed=2**63 - 1)
DATASET = DatasetInfo("shapes", "ab" * 32, ("left", "top", "centre"))
HISTORY = ({"epoch": 1, "loss": 40.125, "held_out_kl": None}, {"epoch": 2, "loss": 1 / 3})
METRICS = {"negative_elbo": 30.1, "kl_per_dim": [0.5, 1e-300], "knn_accuracy": None}
LATENTS = LatentSet(
    torch.tensor([[0.1, -2.0], [1e-30, 3.0], [5.0, 6.0]]),
    torch.tensor([[-1.0, 0.0], [0.5, 0.25], [2.0, -9.0]]),
    torch.tensor([0, 2, 1]),
)


def save(path: Path, model: AutoEncoder, latents: LatentSet = LATENTS, **changes: Any) -> Path:
    settings = {
        "training": TRAINING, "dataset": DATASET, "history": HISTORY, "metrics": METRICS,
    }  # fmt: skip
    save_checkpoint(path, model, latents=latents, **(settings | changes))
    return path


@pytest.fixture
def tiny() -> AutoEncoder:
    """The smallest model worth keeping; 390 weights."""
    return build_model(CONFIG, seed=3)


@pytest.fixture
def path(tmp_path: Path, tiny: AutoEncoder) -> Path:
    """Its checkpoint, good until a test damages it."""
    return save(tmp_path / "tiny.safetensors", tiny)


# --- there and back


@pytest.mark.parametrize("kind", ["ae", "vae"])
@pytest.mark.parametrize("likelihood", ["bernoulli", "gaussian", "continuous-bernoulli"])
def test_weights_come_back_to_the_bit(likelihood: Likelihood, kind: Kind, tmp_path: Path) -> None:
    model = build_model(ModelConfig((3, 8, 9), 3, kind, likelihood, hidden=(5, 4)), seed=3)
    latents = LatentSet(torch.randn(4, 3), torch.randn(4, 3), torch.zeros(4).long())
    if kind == "ae":
        latents = dataclasses.replace(latents, logvar=None)
    loaded = load_checkpoint(save(tmp_path / "m.safetensors", model, latents, metrics={}))
    before, after = model.state_dict(), loaded.model.state_dict()
    assert list(before) == list(after)
    assert all(torch.equal(before[name], after[name]) for name in before)
    assert loaded.config == model.config


@pytest.mark.parametrize("preset", PRESETS)
def test_every_preset_comes_back(preset: str, tmp_path: Path) -> None:
    model = build_model(model_config(preset, (1, 8, 8), latent_dim=2))
    loaded = load_checkpoint(save(tmp_path / "m.safetensors", model)).model
    x = torch.rand(2, 1, 8, 8)
    with torch.no_grad():
        assert torch.equal(loaded.reconstruct(x), model.reconstruct(x))


def test_weights_rounded_to_half_precision_come_back_to_the_bit(tmp_path: Path) -> None:
    model = build_model(CONFIG, seed=3)
    exact = {name: value.clone() for name, value in model.state_dict().items()}
    round_weights(model, "float16")
    loaded = load_checkpoint(save(tmp_path / "m.safetensors", model, dtype="float16"))
    rounded = model.state_dict()
    for name, value in loaded.model.state_dict().items():
        assert value.dtype == torch.float32
        assert torch.equal(value, rounded[name])
        torch.testing.assert_close(value, exact[name], rtol=2**-11, atol=2**-24)
    assert not torch.equal(rounded["mu_head.weight"], exact["mu_head.weight"])
    assert loaded.header.dtype == "float16"


def test_half_precision_is_half_the_size(tmp_path: Path) -> None:
    model = build_model(model_config("dense-256", (1, 8, 8)))
    sizes = [
        save(tmp_path / f"{dtype}.safetensors", model, dtype=dtype).stat().st_size
        for dtype in ("float32", "float16")
    ]
    assert sizes[1] < 0.6 * sizes[0]


def test_the_reference_encoding_comes_back_to_the_bit(path: Path) -> None:
    latents = load_checkpoint(path).latents
    assert torch.equal(latents.mu, LATENTS.mu)
    assert torch.equal(latents.logvar, LATENTS.logvar)
    assert torch.equal(latents.labels, LATENTS.labels)
    assert latents.labels.dtype == torch.int64


def test_everything_said_about_the_model_comes_back(path: Path) -> None:
    loaded = load_checkpoint(path)
    assert loaded.config == CONFIG
    assert loaded.training == TRAINING
    assert loaded.dataset == DATASET
    assert loaded.history == HISTORY
    assert loaded.metrics == METRICS
    assert loaded.header.versions["torch"] == torch.__version__
    assert loaded.header.dtype == "float32"


def test_the_header_alone_says_the_same(path: Path) -> None:
    assert read_header(path) == load_checkpoint(path).header


def test_a_loaded_model_is_ready_to_use(path: Path) -> None:
    model = load_checkpoint(path).model
    assert not model.training
    assert not any(parameter.requires_grad for parameter in model.parameters())
    assert model.device == torch.device("cpu")


def test_a_trained_model_gives_its_reference_encoding_again(
    checkpoint: Path, images: ImageSet
) -> None:
    loaded = load_checkpoint(checkpoint)
    assert torch.equal(encode(loaded.model, images).mu, loaded.latents.mu)
    assert loaded.dataset.sha256 == images.sha256()


def test_the_file_says_its_own_checksum(path: Path) -> None:
    checksum = read_header(path).sha256
    blank = path.read_bytes().replace(checksum.encode(), NO_CHECKSUM.encode())
    assert hashlib.sha256(blank).hexdigest() == checksum


def test_equal_models_give_equal_files(path: Path, tiny: AutoEncoder, tmp_path: Path) -> None:
    assert save(tmp_path / "again.safetensors", tiny).read_bytes() == path.read_bytes()


def test_loading_draws_no_random_numbers(path: Path) -> None:
    before = torch.get_rng_state()
    load_checkpoint(path)
    assert torch.equal(torch.get_rng_state(), before)


def test_the_file_is_plain_safetensors(path: Path, tiny: AutoEncoder) -> None:
    tensors = parse_tensors(path.read_bytes())
    assert torch.equal(tensors["model.mu_head.weight"], tiny.mu_head.weight)


# --- damage


def refuse(path: Path, sentence: str = ".") -> str:
    with pytest.raises(CheckpointError, match=sentence) as caught:
        load_checkpoint(path)
    message = str(caught.value)
    assert "\n" not in message
    assert len(message) < 500
    return message


def test_every_truncation_is_refused(path: Path) -> None:
    """All of the first hundred lengths and of the last, and every fifth in between."""
    data = path.read_bytes()
    end = len(data) - 100
    for length in (*range(100), *range(100, end, 5), *range(end, len(data))):
        path.write_bytes(data[:length])
        refuse(path)


def test_every_single_damaged_byte_is_refused(path: Path) -> None:
    data = bytearray(path.read_bytes())
    for position in range(len(data)):
        data[position] ^= 1 << position % 8
        path.write_bytes(data)
        refuse(path)
        data[position] ^= 1 << position % 8


@pytest.mark.parametrize("tail", [b"\0", b"x" * 100])
def test_anything_after_the_end_is_refused(path: Path, tail: bytes) -> None:
    path.write_bytes(path.read_bytes() + tail)
    refuse(path, "damaged")


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"", "is empty"),
        (b"1234567", r"is not a \.safetensors file"),
        (struct.pack("<Q", 10_000), "header cannot be read"),
        (struct.pack("<Q", 2**63) + b"{}", r"is not a \.safetensors file"),
        (struct.pack("<Q", 2**64 - 1) + b"{}", r"is not a \.safetensors file"),
        (struct.pack("<Q", 100_000_001) + b"{}", r"is not a \.safetensors file"),
        (struct.pack("<Q", MAX_HEADER_BYTES + 1) + b" " * 99, r"is not a \.safetensors file"),
        (struct.pack("<Q", 0), r"is not a \.safetensors file"),
        (struct.pack("<Q", 2) + b"{}", "was not made by this app"),
        (struct.pack("<Q", 2) + b"[]", "header cannot be read"),
        (struct.pack("<Q", 4) + b"null", "header cannot be read"),
        (struct.pack("<Q", 3) + b"\xff\xff\xff", "header cannot be read"),
        (struct.pack("<Q", 200_000) + b"[" * 200_000, "header cannot be read"),
        (b"<!DOCTYPE html><html>", r"is not a \.safetensors file"),
        (b"version https://git-lfs.github.com/spec/v1\n", r"is not a \.safetensors file"),
        (b"\x89HDF\r\n\x1a\n" + bytes(50), r"is not a \.safetensors file"),
    ],
    ids=["C1-empty", "C1-7-bytes", "C2-10000", "C2-2^63", "C2-2^64", "C2-10^8", "C2-over-1-MB",
         "no-header", "no-record", "C5-list", "C5-null", "C5-utf8", "C5-nesting", "html", "lfs",
         "hdf5"],
)  # fmt: skip
def test_a_file_of_another_kind_is_refused(data: bytes, sentence: str, tmp_path: Path) -> None:
    path = tmp_path / "other.safetensors"
    path.write_bytes(data)
    assert refuse(path, sentence).startswith("other.safetensors ")
    with pytest.raises(CheckpointError, match=sentence):
        read_header(path)


class Payload:
    """Creates a file when unpickled."""

    def __init__(self, marker: Path) -> None:
        self.marker = marker

    def __reduce__(self) -> tuple[object, ...]:
        return Path.touch, (self.marker,)


@pytest.mark.parametrize("protocol", [2, 3, 4, 5])
def test_a_pickle_is_named_and_not_opened(protocol: int, tmp_path: Path) -> None:
    path, marker = tmp_path / "evil.safetensors", tmp_path / "marker"
    path.write_bytes(pickle.dumps(Payload(marker), protocol))
    refuse(path, "is a pickle, which could run any program, so it is not opened")
    assert not marker.exists()


@pytest.mark.parametrize("protocol", [0, 1])
def test_an_old_pickle_is_not_opened_either(protocol: int, tmp_path: Path) -> None:
    path, marker = tmp_path / "evil.safetensors", tmp_path / "marker"
    path.write_bytes(pickle.dumps(Payload(marker), protocol))
    refuse(path)
    assert not marker.exists()


@pytest.mark.parametrize("zipped", [True, False])
def test_a_file_of_torch_save_is_named_and_not_opened(zipped: bool, tmp_path: Path) -> None:
    path, marker = tmp_path / "evil.safetensors", tmp_path / "marker"
    torch.save({"p": Payload(marker)}, path, _use_new_zipfile_serialization=zipped)
    refuse(path, "is a pickle")
    assert not marker.exists()


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    refuse(tmp_path / "none.safetensors", r"There is no checkpoint .*none\.safetensors")


@pytest.mark.parametrize("name", ["x" * 300, "a\0b", ""])
def test_a_name_that_no_file_can_have_is_refused(name: str, tmp_path: Path) -> None:
    with pytest.raises(CheckpointError):
        load_checkpoint(f"{tmp_path}/{name}")


def test_a_folder_is_no_checkpoint(tmp_path: Path) -> None:
    refuse(tmp_path, "There is no checkpoint")


def test_a_file_that_is_too_large_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "large.safetensors"
    with path.open("wb") as file:
        file.truncate(MAX_BYTES + 1)
    refuse(path, f"is {MAX_BYTES + 1} bytes long; at most {MAX_BYTES} are read")


def test_a_file_that_cannot_be_read_is_named(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def deny(*args: object, **kwargs: object) -> bytes:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "read_bytes", deny)
    refuse(path, "Cannot read .*: Permission denied")


@given(st.binary(max_size=200))
def test_any_bytes_are_refused(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    path = tmp_path_factory.getbasetemp() / "any.safetensors"
    path.write_bytes(data)
    refuse(path)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=5,
)


@given(json_values | st.dictionaries(st.just("__metadata__"), json_values))
def test_any_json_header_is_refused(
    tmp_path_factory: pytest.TempPathFactory, value: object
) -> None:
    header = json.dumps(value).encode()
    path = tmp_path_factory.getbasetemp() / "json.safetensors"
    path.write_bytes(struct.pack("<Q", len(header)) + header)
    refuse(path)


# --- files that are whole, but lie: the checksum is right, so later checks have to find it


def assemble(layout: dict[str, Any], entry: object, body: bytes) -> bytes:
    """A file with this header, whose checksum fits if the entry leaves room for one."""
    text = entry if isinstance(entry, str) else json.dumps(entry)
    header = json.dumps(layout | {"__metadata__": {"vae_core": text}}).encode()
    data = struct.pack("<Q", len(header)) + header + body
    checksum = hashlib.sha256(data).hexdigest()
    return data.replace(NO_CHECKSUM.encode(), checksum.encode(), 1)


def take_apart(data: bytes) -> tuple[dict[str, Any], dict[str, Any], bytes]:
    length = int.from_bytes(data[:8], "little")
    layout = json.loads(data[8 : 8 + length])
    entry = json.loads(layout.pop("__metadata__")["vae_core"]) | {"sha256": NO_CHECKSUM}
    return layout, entry, data[8 + length :]


def change_entry(path: Path, change: Callable[[dict[str, Any]], object]) -> None:
    layout, entry, body = take_apart(path.read_bytes())
    changed = change(entry)
    path.write_bytes(assemble(layout, entry if changed is None else changed, body))


def change_layout(path: Path, change: Callable[[dict[str, Any]], object]) -> None:
    layout, entry, body = take_apart(path.read_bytes())
    change(layout)
    path.write_bytes(assemble(layout, entry, body))


def change_tensors(path: Path, change: Callable[[dict[str, torch.Tensor]], object]) -> None:
    _, entry, _ = take_apart(path.read_bytes())
    tensors = parse_tensors(path.read_bytes())
    change(tensors)
    contiguous = {name: tensor.contiguous() for name, tensor in tensors.items()}
    data = serialize_tensors(contiguous, {"vae_core": strict_json.dumps(entry)})
    checksum = hashlib.sha256(data).hexdigest()
    path.write_bytes(data.replace(NO_CHECKSUM.encode(), checksum.encode(), 1))


def test_these_tests_can_write_a_file_that_is_accepted(path: Path) -> None:
    change_entry(path, lambda entry: None)
    load_checkpoint(path)
    change_tensors(path, lambda tensors: None)
    load_checkpoint(path)


def put(entry: dict[str, Any], keys: str, value: object) -> None:
    *parents, last = keys.split(".")
    for key in parents:
        entry = entry[key]
    entry[last] = value


def test_a_newer_format_is_refused(path: Path) -> None:
    change_entry(path, lambda entry: put(entry, "schema", 99))
    refuse(path, "has format 99; this app reads format 1")


@pytest.mark.parametrize("schema", [0, "1", None, [1], 1.5, "9" * 5000], ids=lambda v: repr(v)[:9])
def test_only_the_present_format_is_read(path: Path, schema: object) -> None:
    change_entry(path, lambda entry: put(entry, "schema", schema))
    refuse(path, "this app reads format 1")


@pytest.mark.parametrize("part", ["", "model.", "training."])
def test_an_unknown_setting_is_named(path: Path, part: str) -> None:
    change_entry(path, lambda entry: put(entry, f"{part}warp_speed", 9))
    refuse(path, "warp_speed")


@pytest.mark.parametrize("setting", ["model.kind", "training.seed", "metrics", "dtype", "sha256"])
def test_a_missing_setting_is_named(path: Path, setting: str) -> None:
    def remove(entry: dict[str, Any]) -> None:
        *parents, last = setting.split(".")
        for key in parents:
            entry = entry[key]
        del entry[last]

    change_entry(path, remove)
    assert setting.split(".")[-1] in refuse(path)


@pytest.mark.parametrize(
    ("keys", "value"),
    [
        ("model.latent_dim", 0),
        ("model.latent_dim", True),
        ("model.latent_dim", 10**400),
        ("model.hidden", [10**9]),
        ("model.body", "transformer"),
        ("model.kind", "x" * 5000),
        ("model.hidden", ["x" * 5000]),
        ("model.preset", "x" * 5000),
        ("model.image_shape", [1.0, 8, 8]),
        ("model.image_shape", [1, 8, 8.0]),
        ("model.image_shape", "188"),
        ("model", []),
        ("training.beta", -1),
        ("training.beta", 10**400),
        ("training.learning_rate", "fast"),
        ("training", None),
        ("dataset", "shapes"),
        ("dataset.classes", []),
        ("dataset.classes", [1, 2, 3]),
        ("dataset.classes", None),
        ("dataset.name", 5),
        ("dataset.name", "x" * 5000),
        ("history", 7),
        ("history", [7]),
        ("metrics", 7),
        ("metrics.kl", "x"),
        ("metrics.kl", [0.5, 0.5]),
        ("metrics.kl", True),
        ("metrics.kl", 10**400),
        ("metrics.kl_per_dim", 0.5),
        ("metrics.kl_per_dim", [0.5]),
        ("metrics.kl_per_dim", [0.5, None]),
        ("metrics.binarized", "no"),
        ("versions", [7]),
        ("dtype", "float64"),
        ("dtype", "x" * 5000),
        ("dtype", ["float32"]),
        ("sha256", 5),
        ("sha256", ""),
        ("sha256", "\ud800" * 64),
        ("sha256", "é" * 64),
    ],
    ids=lambda value: str(value)[:30].encode("ascii", "replace").decode(),
)
def test_a_setting_that_is_out_of_range_is_refused(path: Path, keys: str, value: object) -> None:
    change_entry(path, lambda entry: put(entry, keys, value))
    refuse(path)


@pytest.mark.parametrize("entry", [None, 5, [], "text", [["schema", 1]]], ids=repr)
def test_a_record_that_is_no_object_is_refused(path: Path, entry: Any) -> None:
    layout, _, body = take_apart(path.read_bytes())
    path.write_bytes(assemble(layout, json.dumps(entry), body))
    refuse(path)


def test_a_record_with_a_key_twice_is_refused(path: Path) -> None:
    layout, entry, body = take_apart(path.read_bytes())
    text = json.dumps(entry)[:-1] + ', "dtype": "float32"}'
    path.write_bytes(assemble(layout, text, body))
    refuse(path, "header cannot be read")


def test_a_tensor_named_twice_is_refused(path: Path) -> None:
    data = path.read_bytes()
    length = int.from_bytes(data[:8], "little")
    layout = json.loads(data[8 : 8 + length])
    twice = json.dumps({"latents.labels": layout["latents.labels"]})[1:-1]
    header = data[8 : 8 + length].rstrip()[:-1] + b", " + twice.encode() + b"}"
    path.write_bytes(struct.pack("<Q", len(header)) + header + data[8 + length :])
    refuse(path, "header cannot be read")


@pytest.mark.parametrize("text", ["NaN", "Infinity", "-Infinity", "1e999"])
def test_a_history_of_undefined_numbers_is_refused(path: Path, text: str) -> None:
    layout, entry, body = take_apart(path.read_bytes())
    put(entry, "training.beta", "here")
    path.write_bytes(assemble(layout, json.dumps(entry).replace('"here"', text), body))
    refuse(path)


@pytest.mark.parametrize("name", ["model.mu_head.weight", "latents.mu"])
@pytest.mark.parametrize(
    "item",
    [
        None,
        5,
        "text",
        [],
        {},
        {"shape": None},
        {"shape": []},
        {"shape": 3},
        {"shape": [3, 2], "dtype": []},
        {"dtype": "F32", "shape": [-1, 2], "data_offsets": [0, 8]},
        {"dtype": "F32", "shape": [2.0, 2], "data_offsets": [0, 8]},
        {"dtype": "F32", "shape": [2**62, 2**62], "data_offsets": [0, 8]},
    ],
    ids=repr,
)
def test_a_layout_that_makes_no_sense_is_refused(path: Path, name: str, item: object) -> None:
    change_layout(path, lambda layout: layout.update({name: item}))
    refuse(path)


@pytest.mark.parametrize("offsets", [None, [], [0], [8, 0], [0, 4], [0, 2**63], [-4, 4], "04"])
def test_offsets_that_make_no_sense_are_refused(path: Path, offsets: object) -> None:
    change_layout(path, lambda layout: layout["model.mu_head.bias"].update(data_offsets=offsets))
    refuse(path, "damaged")


def test_two_tensors_on_the_same_bytes_are_refused(path: Path) -> None:
    def overlap(layout: dict[str, Any]) -> None:
        mu = layout["model.mu_head.bias"]
        layout["model.logvar_head.bias"]["data_offsets"] = mu["data_offsets"]

    change_layout(path, overlap)
    refuse(path, "damaged")


@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf")])
@pytest.mark.parametrize(
    "name", ["model.encoder.1.weight", "model.pixel_bias", "latents.mu", "latents.logvar"]
)
def test_a_number_that_is_none_is_refused_by_the_name_of_its_tensor(
    path: Path, name: str, value: float
) -> None:
    def spoil(tensors: dict[str, torch.Tensor]) -> None:
        tensors[name].view(-1)[-1] = value

    change_tensors(path, spoil)
    refuse(path, f"undefined or infinite numbers in {name}")


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (lambda t: t.pop("model.mu_head.weight"), "lacks tensor 'model.mu_head.weight'"),
        (lambda t: t.pop("latents.mu"), "lacks tensor 'latents.mu'"),
        (lambda t: t.pop("latents.labels"), "lacks tensor 'latents.labels'"),
        (lambda t: t.pop("latents.logvar"), "lacks tensor 'latents.logvar'"),
        (lambda t: t.update(extra=torch.zeros(1)), "has an unknown tensor 'extra'"),
        (lambda t: t.update({"../up": torch.zeros(1)}), r"has an unknown tensor '\.\./up'"),
        (lambda t: t.update({"x" * 5000: torch.zeros(1)}), "has an unknown tensor 'xxx"),
        (
            lambda t: t.update({"model.encoder.1.weight": t["model.encoder.1.weight"].T}),
            r"1\.weight should be F32 of shape \[2, 64\], but is .* \[64, 2\]",
        ),
        (
            lambda t: t.update({"model.mu_head.bias": torch.zeros(3)}),
            r"model\.mu_head\.bias should be F32 of shape \[2\], but is F32 of shape \[3\]",
        ),
        (
            lambda t: t.update({"model.mu_head.bias": torch.tensor([1e300, 0], dtype=DOUBLE)}),
            r"model\.mu_head\.bias should be F32 .* but is F64",
        ),
        (lambda t: t.update({"model.mu_head.bias": torch.zeros(2).long()}), "but is I64"),
        (lambda t: t.update({"model.mu_head.bias": torch.zeros(2).bfloat16()}), "but is BF16"),
        (lambda t: t.update({"model.mu_head.bias": torch.zeros(2).half()}), "but is F16"),
        (lambda t: t.update({"latents.mu": torch.zeros(3, 5)}), r"latents\.mu should be"),
        (lambda t: t.update({"latents.mu": torch.zeros(6)}), r"latents\.mu should be"),
        (lambda t: t.update({"latents.mu": torch.zeros(())}), "latents"),
        (lambda t: t.update({"latents.mu": torch.zeros(4, 2)}), r"latents\.\w+ should be"),
        (lambda t: t.update({"latents.labels": torch.zeros(3)}), "should be I32"),
        (lambda t: t.update({"latents.labels": torch.tensor([0, 1, 3]).int()}), "labels outside"),
        (lambda t: t.update({"latents.labels": torch.tensor([0, 1, -1]).int()}), "labels outside"),
    ],
    ids=[
        "no-weight", "no-mu", "no-labels", "no-logvar", "extra", "path", "long-name",
        "transposed", "wrong-shape", "float64", "int64", "bfloat16", "float16", "wide-mu",
        "flat-mu", "scalar-mu", "long-mu", "float-labels", "label-3", "label-minus-1",
    ],
)  # fmt: skip
def test_tensors_that_do_not_fit_the_model_are_refused(
    path: Path, change: Callable[[dict[str, torch.Tensor]], object], sentence: str
) -> None:
    change_tensors(path, change)
    refuse(path, sentence)


def test_a_plain_autoencoder_has_no_use_for_widths(path: Path) -> None:
    def become_plain(tensors: dict[str, torch.Tensor]) -> None:
        del tensors["model.logvar_head.weight"], tensors["model.logvar_head.bias"]

    change_tensors(path, become_plain)
    change_entry(path, lambda entry: put(entry, "model.kind", "ae"))
    refuse(path, r"has an unknown tensor 'latents\.logvar'")


@pytest.mark.parametrize(
    "changes",
    [
        {"hidden": [3]},
        {"latent_dim": 3},
        {"image_shape": [3, 8, 8]},
        {"body": "conv-strided", "channels": [4]},
        {"likelihood": "gaussian"},
        {"kind": "ae"},
        {"hidden": [8192] * 16},
    ],
    ids=str,
)
def test_a_description_of_another_model_is_refused(path: Path, changes: dict[str, Any]) -> None:
    """The last one would take four gigabytes if it were built before it is checked."""
    change_entry(path, lambda entry: entry["model"].update(changes))
    refuse(path, "tensor")


def test_a_hash_that_fits_is_still_needed(path: Path) -> None:
    change_entry(path, lambda entry: put(entry, "sha256", "ab" * 32))
    refuse(path, "its checksum does not match its content")


# --- writing


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_undefined_weights_are_not_kept(value: float, tiny: AutoEncoder, tmp_path: Path) -> None:
    with torch.no_grad():
        tiny.pixel_bias[0, 1, 2] = value
    with pytest.raises(CheckpointError, match=r"The model has undefined .* model\.pixel_bias"):
        save(tmp_path / "m.safetensors", tiny)
    assert list(tmp_path.iterdir()) == []


def test_weights_too_large_for_half_precision_are_not_kept(
    tiny: AutoEncoder, tmp_path: Path
) -> None:
    with torch.no_grad():
        tiny.pixel_bias[0, 1, 2] = 1e5
    with pytest.raises(CheckpointError, match="undefined or infinite"):
        save(tmp_path / "m.safetensors", tiny, dtype="float16")


def test_undefined_codes_are_not_kept(tiny: AutoEncoder, tmp_path: Path) -> None:
    latents = dataclasses.replace(LATENTS, mu=LATENTS.mu / 0)
    with pytest.raises(CheckpointError, match=r"undefined .* latents\.mu"):
        save(tmp_path / "m.safetensors", tiny, latents)


@pytest.mark.parametrize(
    "changes",
    [{"metrics": {"negative_elbo": float("inf")}}, {"history": [{"loss": float("nan")}]}],
    ids=["metrics", "history"],
)
def test_undefined_scores_are_not_kept(
    changes: dict[str, Any], tiny: AutoEncoder, tmp_path: Path
) -> None:
    with pytest.raises(CheckpointError, match=r"cannot be kept: .*[^.]\.$"):
        save(tmp_path / "m.safetensors", tiny, **changes)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("step", ["replace", "fsync"])
@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), KeyboardInterrupt()])
def test_a_failed_write_leaves_the_old_file(
    step: str,
    error: BaseException,
    path: Path,
    tiny: AutoEncoder,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    old = path.read_bytes()

    def fail(*args: object, **kwargs: object) -> None:
        raise error

    monkeypatch.setattr(os, step, fail)
    expected = CheckpointError if isinstance(error, OSError) else KeyboardInterrupt
    with pytest.raises(expected):
        save(path, tiny, training=TrainConfig(epochs=7))
    monkeypatch.undo()
    assert path.read_bytes() == old
    assert [p.name for p in path.parent.iterdir()] == [path.name]


def test_a_full_disk_is_said_to_be(
    path: Path, tiny: AutoEncoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*args: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(CheckpointError, match=r"Cannot write .*tiny.*: No space left on device"):
        save(path, tiny)


def test_a_folder_that_is_a_file_is_said_to_be(path: Path, tiny: AutoEncoder) -> None:
    with pytest.raises(CheckpointError, match="Cannot write"):
        save(path / "below.safetensors", tiny)


def test_missing_folders_are_made(tiny: AutoEncoder, tmp_path: Path) -> None:
    path = save(tmp_path / "new" / "ünïcode folder" / "m.safetensors", tiny)
    assert load_checkpoint(path).config == CONFIG


def test_a_new_file_replaces_the_old_one(path: Path, tiny: AutoEncoder) -> None:
    save(path, tiny, training=TrainConfig(epochs=7))
    assert load_checkpoint(path).training.epochs == 7
    assert [p.name for p in path.parent.iterdir()] == [path.name]


def test_others_may_read_the_file(path: Path) -> None:
    assert path.stat().st_mode & 0o777 == 0o644


def test_saving_leaves_the_model_alone(path: Path, tiny: AutoEncoder) -> None:
    before = {name: value.clone() for name, value in tiny.state_dict().items()}
    save(path, tiny, dtype="float16")
    assert all(torch.equal(before[n], v) and v.dtype == before[n].dtype
               for n, v in tiny.state_dict().items())  # fmt: skip


# --- folders


def test_a_folder_is_listed_by_name_with_what_is_wrong(path: Path, tiny: AutoEncoder) -> None:
    folder = path.parent
    save(folder / "another.safetensors", tiny)
    (folder / "bad.safetensors").write_bytes(b"")
    (folder / "notes.txt").write_text("not a model")
    found = list_checkpoints(folder)
    assert [p.name for p in found] == [
        "another.safetensors", "bad.safetensors", "tiny.safetensors",
    ]  # fmt: skip
    assert isinstance(found[path], Header)
    assert isinstance(found[folder / "bad.safetensors"], CheckpointError)
    assert "bad.safetensors is empty" in str(found[folder / "bad.safetensors"])


def test_a_folder_called_like_a_model_is_listed_as_wrong(tmp_path: Path) -> None:
    (tmp_path / "folder.safetensors").mkdir()
    (error,) = list_checkpoints(tmp_path).values()
    assert isinstance(error, CheckpointError)


@pytest.mark.parametrize("folder", ["empty", "missing"])
def test_an_empty_or_missing_folder_lists_nothing(folder: str, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    assert list_checkpoints(tmp_path / folder) == {}


def test_listing_reads_no_tensors(path: Path) -> None:
    """A hundred models of 60 MB should be listed at once."""
    data = path.read_bytes()
    length = int.from_bytes(data[:8], "little")
    path.write_bytes(data[: 8 + length])
    assert isinstance(list_checkpoints(path.parent)[path], Header)


def test_reading_a_checkpoint_gives_no_warnings(path: Path) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        load_checkpoint(path)


def test_loading_a_model_imports_no_algebra_package(tmp_path: Path) -> None:
    path = tmp_path / "model.safetensors"
    save(path, build_model(ModelConfig((1, 8, 8), hidden=(16,))))
    code = (
        "import sys, vae_core; vae_core.load_checkpoint(sys.argv[1]); "
        "sys.exit(','.join({'sympy', 'scipy.stats', 'torchvision'} & set(sys.modules)) or 0)"
    )
    done = subprocess.run([sys.executable, "-c", code, path], capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()
