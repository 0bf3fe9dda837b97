"""Tests for vae_core.config."""

from __future__ import annotations

import dataclasses
import json
import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vae_core import strict_json
from vae_core.config import (
    MAX_LATENT_DIM,
    MAX_LAYERS,
    MAX_WIDTH,
    ModelConfig,
    TrainConfig,
)
from vae_core.errors import ConfigError

SHAPE = (1, 8, 8)
widths = st.lists(st.integers(1, MAX_WIDTH), max_size=MAX_LAYERS).map(tuple)
some_widths = st.lists(st.integers(1, MAX_WIDTH), min_size=1, max_size=MAX_LAYERS).map(tuple)
image_shapes = st.tuples(st.sampled_from([1, 3]), st.integers(8, 64), st.integers(8, 64))
labels = st.text(min_size=1, max_size=40)


def model_configs(body: str, channels: st.SearchStrategy[tuple[int, ...]]) -> Any:
    return st.builds(
        ModelConfig,
        image_shape=image_shapes,
        latent_dim=st.integers(1, MAX_LATENT_DIM),
        kind=st.sampled_from(["ae", "vae"]),
        likelihood=st.sampled_from(["bernoulli", "gaussian", "continuous-bernoulli"]),
        body=st.just(body),
        hidden=widths,
        channels=channels,
        activation=st.sampled_from(["relu", "silu"]),
        preset=labels,
    )


any_model_config = (
    model_configs("dense", st.just(()))
    | model_configs("conv-flat", some_widths)
    | model_configs("conv-strided", some_widths)
)
any_train_config = st.builds(
    TrainConfig,
    dataset=st.text(min_size=1, max_size=100),
    epochs=st.integers(1, 1000),
    batch_size=st.integers(1, 65536),
    learning_rate=st.floats(1e-8, 10),
    schedule=st.sampled_from(["constant", "cosine"]),
    beta=st.floats(0, 1000),
    kl_warmup=st.integers(0, 1000),
    binarize=st.booleans(),
    seed=st.integers(0, 2**63 - 1),
)


@given(any_model_config)
def test_every_model_config_survives_a_trip_through_json(config: ModelConfig) -> None:
    text = strict_json.dumps(config.to_json())
    assert ModelConfig.from_json(strict_json.loads(text)) == config


@given(any_train_config)
def test_every_train_config_survives_a_trip_through_json(config: TrainConfig) -> None:
    text = strict_json.dumps(config.to_json())
    assert TrainConfig.from_json(strict_json.loads(text)) == config


@pytest.mark.parametrize("latent_dim", [0, -1, 10**9, 513, True, 2.5, 2.0, "two", None, math.nan])
def test_latent_dim_is_a_whole_number_from_1_to_512(latent_dim: object) -> None:
    with pytest.raises(ConfigError, match="latent dimension must be a whole number from 1 to 512"):
        ModelConfig(SHAPE, latent_dim=latent_dim)


@pytest.mark.parametrize("latent_dim", [1, 512])
def test_both_ends_of_the_latent_range_are_allowed(latent_dim: int) -> None:
    assert ModelConfig(SHAPE, latent_dim=latent_dim).latent_dim == latent_dim


@pytest.mark.parametrize(
    "shape",
    [
        (1, 8),
        (1, 8, 8, 8),
        [1, 8, 8],
        8,
        None,
        (2, 8, 8),
        (0, 8, 8),
        (True, 8, 8),
        (1.0, 8, 8),
        ("1", 8, 8),
        (1, 7, 8),
        (1, 8, 65),
        (1, 8, 8.0),
        (1, -8, 8),
    ],
    ids=str,
)
def test_image_shape_is_one_or_three_channels_and_two_sides(shape: object) -> None:
    with pytest.raises(ConfigError):
        ModelConfig(shape)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("kind", "gan"),
        ("kind", ["vae"]),
        ("likelihood", "poisson"),
        ("body", "transformer"),
        ("activation", None),
    ],
)
def test_an_unknown_choice_is_answered_with_the_known_ones(field: str, value: object) -> None:
    with pytest.raises(ConfigError, match=rf"^Unknown {field} .*; choose one of \w+"):
        ModelConfig(SHAPE, **{field: value})


@pytest.mark.parametrize(
    "hidden",
    [[16], (0,), (-1,), (MAX_WIDTH + 1,), (10**12,), (True,), (16.0,), ((16,),), (1,) * 17, "16"],
    ids=str,
)
def test_widths_are_few_and_small(hidden: object) -> None:
    with pytest.raises(ConfigError, match="hidden"):
        ModelConfig(SHAPE, hidden=hidden)


@pytest.mark.parametrize(
    ("body", "channels"), [("dense", (8,)), ("conv-flat", ()), ("conv-strided", ())]
)
def test_channels_belong_to_convolutions(body: Any, channels: tuple[int, ...]) -> None:
    with pytest.raises(ConfigError, match="cannot have channels"):
        ModelConfig(SHAPE, body=body, channels=channels)


@pytest.mark.parametrize("preset", ["", "x" * 41, None, 3])
def test_the_preset_label_is_a_short_name(preset: Any) -> None:
    with pytest.raises(ConfigError, match="1 to 40 characters"):
        ModelConfig(SHAPE, preset=preset)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("beta", math.nan),
        ("beta", math.inf),
        ("beta", -math.inf),
        ("beta", -0.1),
        ("beta", 1001),
        ("beta", True),
        ("beta", "4"),
        ("beta", 10**400),
        ("learning_rate", math.nan),
        ("learning_rate", math.inf),
        ("learning_rate", 0),
        ("learning_rate", -1e-3),
        ("learning_rate", 11),
        ("epochs", 0),
        ("epochs", -3),
        ("epochs", 10**9),
        ("epochs", 1.0),
        ("batch_size", 0),
        ("batch_size", 65537),
        ("kl_warmup", -1),
        ("kl_warmup", 1001),
        ("seed", -1),
        ("seed", 2**63),
        ("seed", True),
        ("binarize", 1),
        ("binarize", None),
        ("schedule", "linear"),
        ("dataset", ""),
        ("dataset", "x" * 4097),
        ("dataset", None),
    ],
    ids=lambda value: str(value)[:20],
)
def test_training_settings_out_of_range_are_refused_by_name(field: str, value: object) -> None:
    with pytest.raises(ConfigError, match="(?i)" + field.split("_")[0]):
        TrainConfig(**{field: value})


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("beta", 0),
        ("beta", 1000),
        ("learning_rate", 1e-8),
        ("learning_rate", 10),
        ("epochs", 1000),
        ("batch_size", 65536),
        ("seed", 2**63 - 1),
    ],
)
def test_the_ends_of_the_training_ranges_are_allowed(field: str, value: Any) -> None:
    assert getattr(TrainConfig(**{field: value}), field) == value


@pytest.mark.parametrize(
    "record", [ModelConfig(SHAPE), TrainConfig()], ids=lambda r: type(r).__name__
)
class TestFromJson:
    """Both records are a gate for files from strangers."""

    def test_an_unknown_setting_is_named(self, record: ModelConfig | TrainConfig) -> None:
        values = record.to_json() | {"warp_speed": 9}
        with pytest.raises(ConfigError, match="unknown settings: warp_speed"):
            type(record).from_json(values)

    def test_each_missing_setting_is_named(self, record: ModelConfig | TrainConfig) -> None:
        for field in dataclasses.fields(record):
            values = {k: v for k, v in record.to_json().items() if k != field.name}
            if field.name in record._ADDED:  # files of older versions lack it
                assert type(record).from_json(values) == record
                continue
            with pytest.raises(ConfigError, match=f"missing settings: {field.name}"):
                type(record).from_json(values)

    @pytest.mark.parametrize("values", [None, [], "text", 3, True], ids=repr)
    def test_only_an_object_is_accepted(
        self, record: ModelConfig | TrainConfig, values: object
    ) -> None:
        with pytest.raises(ConfigError, match="must be a JSON object"):
            type(record).from_json(values)

    @pytest.mark.parametrize(
        "value",
        [None, [], {}, "text", -1, 1.5, [[1]], [{}], 10**400],
        ids=lambda value: repr(value)[:9],
    )
    def test_no_value_of_a_wrong_type_gets_through_as_another_error(
        self, record: ModelConfig | TrainConfig, value: object
    ) -> None:
        for field in dataclasses.fields(record):
            try:
                type(record).from_json(record.to_json() | {field.name: value})
            except ConfigError:
                continue


def test_a_config_is_frozen() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        ModelConfig(SHAPE).latent_dim = 3


def test_a_config_error_is_a_value_error_too() -> None:
    with pytest.raises(ValueError, match="epochs"):
        TrainConfig(epochs=0)


def test_to_json_is_plain_json() -> None:
    config = ModelConfig((3, 8, 9), hidden=(4, 5))
    assert json.loads(json.dumps(config.to_json())) == config.to_json()
