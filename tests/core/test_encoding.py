"""Tests for vae_core.encoding."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from tests.real_images import real_images
from vae_core import encoding
from vae_core.checkpoint_header import Header
from vae_core.checkpoints import list_checkpoints, load_checkpoint
from vae_core.config import Kind, ModelConfig
from vae_core.data import ImageSet, to_unit
from vae_core.encoding import LatentSet, encode
from vae_core.errors import ConfigError
from vae_core.models import AutoEncoder, build_model

SHIPPED = list_checkpoints(Path(__file__).parents[2] / "checkpoints")


@pytest.mark.parametrize("kind", ["ae", "vae"])
def test_the_encoding_is_that_of_the_model(kind: Kind, images: ImageSet) -> None:
    model = build_model(ModelConfig((1, 8, 8), latent_dim=3, kind=kind, hidden=(16,)))
    latents = encode(model, images)
    with torch.no_grad():
        mu, logvar = model.encode(to_unit(images.images))
    torch.testing.assert_close(latents.mu, mu)
    if kind == "ae":
        assert latents.logvar is None
    else:
        torch.testing.assert_close(latents.logvar, logvar)
    assert torch.equal(latents.labels, images.labels)
    assert len(latents) == 48


@pytest.mark.parametrize("size", [1, 7, 48, 100])
def test_the_size_of_a_batch_does_not_matter(
    size: int, model: AutoEncoder, images: ImageSet, monkeypatch: pytest.MonkeyPatch
) -> None:
    together = encode(model, images)
    monkeypatch.setattr(encoding, "BATCH", size)
    latents = encode(model, images)
    torch.testing.assert_close(latents.mu, together.mu)
    torch.testing.assert_close(latents.logvar, together.logvar)


@pytest.mark.parametrize("shape", [(1, 28, 28), (3, 8, 8), (1, 8, 9)], ids=str)
def test_images_of_another_shape_are_refused(
    shape: tuple[int, int, int], model: AutoEncoder
) -> None:
    images = ImageSet(torch.zeros(4, *shape).byte(), torch.zeros(4).long(), ("a",), "others")
    with pytest.raises(ConfigError, match=r"takes images of shape \(1, 8, 8\), but others has"):
        encode(model, images)


def test_encoding_keeps_no_gradients(images: ImageSet) -> None:
    latents = encode(build_model(ModelConfig((1, 8, 8), hidden=(16,))), images)
    assert not latents.mu.requires_grad


def test_a_subset_keeps_codes_and_labels_together() -> None:
    latents = LatentSet(torch.randn(5, 2), torch.randn(5, 2), torch.arange(5))
    chosen = latents.subset(torch.tensor([4, 0]))
    assert torch.equal(chosen.mu, latents.mu[[4, 0]])
    assert torch.equal(chosen.logvar, latents.logvar[[4, 0]])
    assert chosen.labels.tolist() == [4, 0]


def test_a_subset_of_plain_codes_has_no_widths() -> None:
    latents = LatentSet(torch.randn(5, 2), None, torch.arange(5))
    assert latents.subset(torch.tensor([1])).logvar is None


# --- the models that are shipped, on the images they were made from


shipped = pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)


@shipped
def test_a_shipped_model_is_whole(path: Path) -> None:
    assert isinstance(SHIPPED[path], Header), str(SHIPPED[path])
    assert len(load_checkpoint(path).latents) > 0


@shipped
def test_a_shipped_model_was_scored_on_the_images_that_are_here(path: Path) -> None:
    checkpoint = load_checkpoint(path)
    images = real_images(checkpoint.dataset.name)
    assert images.sha256() == checkpoint.dataset.sha256
    assert images.classes == checkpoint.dataset.classes
    assert torch.equal(images.labels, checkpoint.latents.labels)


@shipped
def test_a_shipped_model_gives_its_reference_encoding_again(path: Path) -> None:
    """On every image, or on each tenth where convolutions would take half a minute."""
    checkpoint = load_checkpoint(path)
    images = real_images(checkpoint.dataset.name)
    step = 1 if checkpoint.config.body == "dense" else 10
    chosen = torch.arange(0, len(images), step)
    latents, reference = encode(checkpoint.model, images.subset(chosen)), checkpoint.latents
    torch.testing.assert_close(latents.mu, reference.mu[chosen], rtol=0, atol=1e-4)
    if reference.logvar is not None:
        torch.testing.assert_close(latents.logvar, reference.logvar[chosen], rtol=0, atol=1e-4)
