"""Tests for vae_core.adapter: foreign modules, explored like our own."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from torch import nn

import vae_core.adapter
from vae_core import (
    TrainConfig,
    adapt,
    atlas,
    build_model,
    decode,
    elbo,
    encode,
    fit,
    fit_plane,
    image_set,
    interpolate,
    magnification,
    model_config,
    sample_prior,
    save_checkpoint,
    traverse,
)
from vae_core.checkpoint_header import DatasetInfo
from vae_core.errors import ConfigError, DataError

SHAPE = (1, 8, 8)
PIXELS = torch.from_numpy(np.random.default_rng(0).integers(0, 256, (12, 1, 8, 8), dtype=np.uint8))
IMAGES = image_set(PIXELS)
UNIT = PIXELS.float() / 255
ROOT = Path(__file__).parents[2]


class Textbook(nn.Module):
    """A VAE as tutorials write it: flat images, a tuple from encode."""

    def __init__(self, n_dims: int = 2, last: nn.Module | None = None) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.mu, self.logvar = nn.Linear(64, n_dims), nn.Linear(64, n_dims)
        self.back, self.last = nn.Linear(n_dims, 64), last or nn.Sigmoid()
        self.dropout = nn.Dropout(0.5)

    def encode(self, x):
        x = self.dropout(x)
        return self.mu(x), self.logvar(x)

    def decode(self, z):
        return self.last(self.back(z))


class Convolutional(nn.Module):
    """A plain autoencoder whose code is a stack of maps."""

    def __init__(self, n_channels: int = 3) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.down = nn.Conv2d(n_channels, 2, 3, stride=4, padding=1)
        self.up = nn.ConvTranspose2d(2, n_channels, 4, stride=4)

    def encode(self, x):
        return self.down(x)

    def decode(self, z):
        return torch.tanh(self.up(z))


def test_codes_and_pictures_are_the_module_s_own():
    module = Textbook()
    model = adapt(module, SHAPE)
    latents = encode(model, IMAGES)
    torch.testing.assert_close(latents.mu, module.mu(UNIT.flatten(1)).detach())
    torch.testing.assert_close(latents.logvar, module.logvar(UNIT.flatten(1)).detach())
    expected = module.decode(latents.mu).reshape(12, 1, 8, 8).detach()
    torch.testing.assert_close(decode(model, latents.mu), expected, atol=2e-6, rtol=0)


def test_logits_are_squashed():
    module = Textbook(last=nn.Identity())
    z = torch.randn(5, 2, generator=torch.Generator().manual_seed(1))
    found = decode(adapt(module, SHAPE, outputs="logits"), z)
    torch.testing.assert_close(found, torch.sigmoid(module.decode(z)).reshape(5, 1, 8, 8).detach())


def test_pixels_from_minus_one_to_one_are_ours_from_zero_to_one():
    module = Convolutional(1)
    model = adapt(module, SHAPE, pixel_range=(-1.0, 1.0))
    codes = module.encode(2 * UNIT - 1)
    torch.testing.assert_close(encode(model, IMAGES).mu, codes.flatten(1).detach())
    expected = (module.decode(codes).detach() + 1) / 2
    found = decode(model, codes.flatten(1).detach())
    torch.testing.assert_close(found, expected, atol=2e-6, rtol=0)


def test_codes_of_any_shape_lie_flat():
    model = adapt(Convolutional(), (3, 8, 8), pixel_range=(-1.0, 1.0))
    assert model.config.latent_dim == 2 * 2 * 2
    assert model.config.kind == "ae"
    assert encode(model, image_set(PIXELS.expand(-1, 3, -1, -1))).logvar is None


def test_a_model_of_ours_adapted_is_the_same_model():
    ours = build_model(model_config("dense-512", SHAPE, latent_dim=2), seed=3)
    theirs = adapt(SimpleNamespace(encode=ours.encode, decode=ours.decode), SHAPE, outputs="logits")
    a, b = elbo(ours, IMAGES, seed=1), elbo(theirs, IMAGES, seed=1)
    torch.testing.assert_close(a.reconstruction, b.reconstruction)
    torch.testing.assert_close(a.kl_per_dim, b.kl_per_dim)
    z = np.array([[0.3, -1.2]])
    np.testing.assert_allclose(magnification(ours, z), magnification(theirs, z), rtol=1e-5)
    assert torch.equal(decode(ours, z), decode(theirs, z))


@pytest.mark.parametrize("n_dims", [1, 2, 5])
def test_everything_of_the_core_works_on_it(n_dims):
    model = adapt(Textbook(n_dims), SHAPE)
    latents = encode(model, IMAGES)
    plane = fit_plane(latents.mu)
    assert atlas(model, plane, 3).shape == (3, 3, *SHAPE)
    a, b = latents.mu[:2].numpy()
    for method in ("linear", "spherical", "geodesic"):
        path = interpolate(model, a, b, 4, method)
        np.testing.assert_array_equal(path[[0, -1]], [a, b])
    assert traverse(model, a, 0, [-1, 0, 1]).shape == (3, *SHAPE)
    assert sample_prior(model, 4).images.shape == (4, *SHAPE)
    assert torch.isfinite(elbo(model, IMAGES).negative_elbo).all()


def test_it_is_in_evaluation_mode():
    model = adapt(Textbook().train(), SHAPE)
    assert torch.equal(encode(model, IMAGES).mu, encode(model, IMAGES).mu)


def test_double_precision_stays_the_module_s_own_affair():
    model = adapt(Textbook().double(), SHAPE)
    assert encode(model, IMAGES).mu.dtype == torch.float32
    assert decode(model, [[0.0, 0.0]]).dtype == torch.float32


def fake(encode=lambda x: x.flatten(1)[:, :2], decode=lambda z: z.new_zeros(len(z), 64)):
    return SimpleNamespace(encode=encode, decode=decode)


def refuse(fits):
    assert fits


@pytest.mark.parametrize(
    ("module", "options", "sentence"),
    [
        (nn.Linear(2, 2), {}, "Linear has no method 'encode'"),
        (SimpleNamespace(encode=len), {}, "has no method 'decode'"),
        (fake(), {"outputs": "tanh"}, "outputs must be 'images' or 'logits'"),
        (fake(), {"pixel_range": (1.0, 1.0)}, "pixel_range must be two numbers"),
        (fake(), {"image_shape": (4, 8, 8)}, "1 \\(grey\\) or 3 \\(colour\\) channels"),
        (fake(encode=lambda x: x.mean()), {}, "encode must return codes, .* a tensor of shape"),
        (fake(encode=lambda x: "code"), {}, "encode must return codes, .* not a str"),
        (fake(encode=lambda x: x[:1].flatten(1)), {}, "encode must return codes"),
        (fake(encode=lambda x: (x.flatten(1)[:, :2], x.flatten(1)[:, :3])), {}, "have one shape"),
        (fake(encode=lambda x: x.flatten(1)[:, :2] / 0), {}, "not finite"),
        (fake(encode=lambda x: None), {}, "encode must return codes, .* not a NoneType"),
        (fake(encode=lambda x: (None, x.flatten(1))), {}, "encode must return codes, .* NoneType"),
        (fake(encode=lambda x: x.missing), {}, "encode does not fit .* no attribute 'missing'"),
        (fake(encode=lambda x: {}["mu"]), {}, "encode does not fit images .* 'mu'"),
        (fake(encode=lambda x: refuse(False)), {}, "encode does not fit images of shape"),
        (fake(decode=lambda z: {}["x"]), {}, "decode does not fit images .* 'x'"),
        (fake(encode=lambda x: x @ torch.zeros(5, 5)), {}, "encode does not fit images of shape"),
        (fake(decode=lambda z: z.new_zeros(len(z), 63)), {}, "decode does not fit images of shape"),
        (fake(decode=lambda z: None), {}, "decode does not fit images"),
        (fake(decode=lambda z: z.new_full((len(z), 64), torch.nan)), {}, "not finite"),
        (fake(decode=lambda z: z.new_full((len(z), 64), -9.0)), {}, "say outputs='logits'"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_said_in_a_sentence(module, options, sentence):
    options = {"image_shape": SHAPE} | options
    with pytest.raises(ConfigError, match=sentence) as caught:
        adapt(module, **options)
    assert "\n" not in str(caught.value)


def test_a_module_that_asserts_flat_images_gets_them():
    def encode_flat(x):
        refuse(x.ndim == 2)
        return x[:, :3]

    model = adapt(fake(encode=encode_flat), SHAPE)
    assert encode(model, IMAGES).mu.shape == (12, 3)


def test_an_adapted_module_is_neither_trained_nor_saved(tmp_path):
    model = adapt(Textbook(), SHAPE)
    latents = encode(model, IMAGES)
    with pytest.raises(ConfigError, match=r"module \(Textbook\) can be explored, but"):
        next(fit(model, IMAGES, TrainConfig(epochs=1)))
    with pytest.raises(ConfigError, match="neither trained nor saved here"):
        save_checkpoint(
            tmp_path / "model.safetensors", model, training=TrainConfig(), history=[], metrics={},
            dataset=DatasetInfo("mine", "ab" * 32, IMAGES.classes), latents=latents,
        )  # fmt: skip
    assert not list(tmp_path.iterdir())


def test_images_of_another_shape_are_refused():
    with pytest.raises(ConfigError, match="takes images of shape"):
        encode(adapt(Textbook(), SHAPE), image_set(np.zeros((3, 9, 9), np.uint8)))


def test_arrays_become_a_data_set():
    found = image_set(UNIT.numpy()[:, 0], labels=np.arange(12) % 2, classes=["a", "b"])
    assert torch.equal(found.images, PIXELS)
    assert found.classes == ("a", "b")
    with pytest.raises(DataError, match="must lie in"):
        image_set(UNIT * 255)


def test_the_documented_example_runs_and_is_short(tmp_path):
    (example,) = re.findall(r"\n\n((?:    .*\n|\n)+)", vae_core.adapter.__doc__)
    lines = [line[4:] for line in example.strip("\n").splitlines()]
    assert len(lines) <= 20
    np.save(tmp_path / "digits.npy", PIXELS.numpy()[:, 0])
    setup = "from tests.core.test_adapter import Textbook\nmy_module = Textbook()\n"
    script = setup + "\n".join(lines).replace("digits.npy", str(tmp_path / "digits.npy"))
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
