"""What every test gets: one thread, a fixed seed, and a small trained model to look at."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
from hypothesis import settings

from vae_core.checkpoint_header import DatasetInfo
from vae_core.checkpoints import round_weights, save_checkpoint
from vae_core.config import ModelConfig, TrainConfig
from vae_core.data import ImageSet
from vae_core.encoding import encode
from vae_core.models import AutoEncoder, build_model
from vae_core.training import EpochEnd, fit

torch.set_num_threads(1)
settings.register_profile("tests", deadline=None, derandomize=True, database=None)
settings.load_profile("tests")


@pytest.fixture(autouse=True)
def seed() -> Iterator[None]:
    """Give every test the same random numbers, whatever ran before it."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        yield


@pytest.fixture(scope="session")
def images() -> ImageSet:
    """48 grey 8x8 images of three classes: a bright left half, top half or centre, with noise."""
    generator = torch.Generator().manual_seed(1)
    labels = torch.arange(48) % 3
    shapes = torch.zeros(3, 1, 8, 8)
    shapes[0, :, :, :4] = shapes[1, :, :4] = shapes[2, :, 2:6, 2:6] = 0.8
    noise = 0.2 * torch.rand(48, 1, 8, 8, generator=generator)
    pixels = ((shapes[labels] + noise) * 255).round().byte()
    return ImageSet(pixels, labels, ("left", "top", "centre"), "shapes")


@pytest.fixture(scope="session")
def config() -> ModelConfig:
    """A VAE of 16 hidden units for these images."""
    return ModelConfig((1, 8, 8), latent_dim=2, hidden=(16,))


@pytest.fixture(scope="session")
def training() -> TrainConfig:
    """Three epochs of four steps; the last batch of each is a short one."""
    return TrainConfig(dataset="shapes", epochs=3, batch_size=15, learning_rate=0.01)


@pytest.fixture(scope="session")
def checkpoint(
    tmp_path_factory: pytest.TempPathFactory,
    images: ImageSet,
    config: ModelConfig,
    training: TrainConfig,
) -> Path:
    """A checkpoint of a small model, really trained; look, don't touch."""
    model, history = trained(images, config, training)
    path = tmp_path_factory.mktemp("checkpoints") / "small.safetensors"
    save_checkpoint(
        path,
        model,
        training=training,
        dataset=DatasetInfo(images.name, images.sha256(), images.classes),
        history=[event.to_json() for event in history],
        metrics={"negative_elbo": 30.25, "knn_accuracy": None},
        latents=encode(model, images),
    )
    return path


@pytest.fixture
def model(images: ImageSet, config: ModelConfig, training: TrainConfig) -> AutoEncoder:
    """The same small trained model, one of its own for each test."""
    return trained(images, config, training)[0]


def trained(
    images: ImageSet, config: ModelConfig, training: TrainConfig
) -> tuple[AutoEncoder, list[EpochEnd]]:
    """A model after all its epochs, ready to use, and the epochs."""
    model = build_model(config, seed=training.seed, mean_image=images.mean_image())
    history = [event for event in fit(model, images, training) if isinstance(event, EpochEnd)]
    round_weights(model, "float32")
    return model.requires_grad_(False), history
