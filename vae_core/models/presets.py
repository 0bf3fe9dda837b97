"""The architectures people know from tutorials, by name, and one of our own.

A preset is a recipe: the shape of the network and the training settings its source used.
`model_config` and `train_config` turn it into records; any setting can be overridden.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from vae_core.config import Activation, Body, ModelConfig, TrainConfig
from vae_core.errors import ConfigError


@dataclass(frozen=True)
class Preset:
    """One named architecture.

    Attributes:
        summary: what it is, in one line, for people choosing.
        latent_dim: D in its source.
        training: the training settings of its source where they differ from TrainConfig's.
    """

    summary: str
    body: Body = "dense"
    hidden: tuple[int, ...] = ()
    channels: tuple[int, ...] = ()
    activation: Activation = "relu"
    latent_dim: int = 2
    training: dict[str, Any] = field(default_factory=dict)


PRESETS: dict[str, Preset] = {
    "dense-512": Preset(
        "one hidden layer of 512: the smallest network with a readable map",
        hidden=(512,),
        training={"epochs": 20, "batch_size": 128},
    ),
    "dense-256": Preset(
        "one hidden layer of 256: the textbook VAE",
        hidden=(256,),
        training={"epochs": 10, "batch_size": 64},
    ),
    "dense-400": Preset(
        "two hidden layers of 400 around an 8-dimensional code",
        hidden=(400, 400),
        latent_dim=8,
        training={"epochs": 20},
    ),
    "dense-3d": Preset(
        "a narrowing stack, 128-64-12, down to 3 dimensions",
        hidden=(128, 64, 12),
        latent_dim=3,
        training={"epochs": 20, "batch_size": 128},
    ),
    "conv-flat": Preset(
        "four convolutions at full size, then a narrowing dense stack; dense decoder",
        body="conv-flat",
        hidden=(256, 64, 16),
        channels=(16, 32, 16, 1),
        training={"epochs": 10},
    ),
    "conv-strided": Preset(
        "three stride-2 convolutions, mirrored by transposed ones",
        body="conv-strided",
        channels=(32, 64, 128),
        training={"epochs": 10},
    ),
    "deep-map": Preset(
        "1000-500-250 with SiLU and KL warm-up: the best two-dimensional map here",
        hidden=(1000, 500, 250),
        activation="silu",
        training={"epochs": 60, "schedule": "cosine", "kl_warmup": 10, "binarize": True},
    ),
}


def find_preset(name: str) -> Preset:
    """The preset called `name`; raises ConfigError with the list of names."""
    if name not in PRESETS:
        raise ConfigError(f"Unknown preset {name!r}; choose one of {', '.join(PRESETS)}.")
    return PRESETS[name]


def model_config(
    preset: str,
    image_shape: tuple[int, int, int],
    **overrides: Any,  # noqa: ANN401 - ModelConfig checks them
) -> ModelConfig:
    """A ModelConfig of this preset for images of shape (C, H, W).

    Overrides are fields of ModelConfig; None means "as in the preset".
    """
    recipe = find_preset(preset)
    settings = {
        "latent_dim": recipe.latent_dim,
        "body": recipe.body,
        "hidden": recipe.hidden,
        "channels": recipe.channels,
        "activation": recipe.activation,
        "preset": preset,
    }
    given = {name: value for name, value in overrides.items() if value is not None}
    return ModelConfig(image_shape=image_shape, **(settings | given))


def train_config(
    preset: str,
    **overrides: Any,  # noqa: ANN401 - TrainConfig checks them
) -> TrainConfig:
    """A TrainConfig with this preset's own settings.

    Overrides are fields of TrainConfig; None means "as in the preset".
    """
    given = {name: value for name, value in overrides.items() if value is not None}
    return TrainConfig(**(find_preset(preset).training | given))
