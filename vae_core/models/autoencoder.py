"""Autoencoder and variational autoencoder: encoder, posterior, latent code, decoder.

Shapes: images x are (B, C, H, W) in [0, 1]; codes z are (B, D); logits have the image's shape.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

from vae_core.config import ModelConfig
from vae_core.models import continuous_bernoulli
from vae_core.models.bodies import build_bodies
from vae_core.models.posterior import Posterior


class AutoEncoder(nn.Module):
    """An encoder and a decoder with a D-dimensional code between them.

    `config.kind` decides whether an image gets one code ("ae") or a Gaussian over codes
    ("vae"). A VAE has two separate heads: a shared one could not move its mean without
    changing its width. The weights are undefined until `initialize` or a checkpoint sets them.
    """

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        self.config = config
        self.encoder, self.decoder = build_bodies(config)
        self.mu_head = nn.Linear(self.encoder.features, config.latent_dim)
        self.logvar_head: nn.Linear | None = None
        if config.kind == "vae":
            self.logvar_head = nn.Linear(self.encoder.features, config.latent_dim)
        # One bias per pixel, so that every body can start at the mean image.
        self.pixel_bias = nn.Parameter(torch.zeros(config.image_shape))
        self.log_sigma: nn.Parameter | None = None
        if config.likelihood == "gaussian":
            self.log_sigma = nn.Parameter(torch.zeros(()))

    def encode(self, x: Tensor) -> Posterior:
        """Encode images in [0, 1], shape (B, C, H, W), to their posterior."""
        features = self.encoder(x)
        logvar = None if self.logvar_head is None else self.logvar_head(features)
        return Posterior(self.mu_head(features), logvar)

    def decode(self, z: Tensor) -> Tensor:
        """Decode latent codes, shape (B, D), to pixel logits, shape (B, C, H, W)."""
        logits: Tensor = self.decoder(z) + self.pixel_bias
        return logits

    def to_image(self, logits: Tensor) -> Tensor:
        """The expected image for these logits, in [0, 1], same shape."""
        if self.config.likelihood == "continuous-bernoulli":
            return continuous_bernoulli.mean(logits)
        return torch.sigmoid(logits)

    def reconstruct(self, x: Tensor) -> Tensor:
        """Encode to the posterior mean and decode: `x_hat` in [0, 1], shape of `x`."""
        return self.to_image(self.decode(self.encode(x).mu))

    def encoder_parameters(self) -> list[nn.Parameter]:
        """The weights between an image and its posterior."""
        heads = [self.encoder, self.mu_head, self.logvar_head]
        return [weight for part in heads if part is not None for weight in part.parameters()]

    def require_own_networks(self) -> None:
        """Pass where the networks are those that `config` says, to be trained and kept in files."""

    @property
    def device(self) -> torch.device:
        """Where the weights live."""
        return self.pixel_bias.device


def initialize(model: AutoEncoder, *, seed: int, mean_image: Tensor | None = None) -> AutoEncoder:
    """Draw fresh weights from a generator of their own; changes `model` and returns it.

    The distributions are PyTorch's defaults (uniform, He et al. 2015 with a = sqrt(5)).

    Args:
        model: The model to fill.
        seed: Of the generator; the process-wide seed is neither read nor changed.
        mean_image: Mean training image in [0, 1], shape (C, H, W). The decoder then starts
            there, which saves the first few hundred steps (about 340 nats on MNIST).
    """
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        model.pixel_bias.zero_()
        if model.log_sigma is not None:
            model.log_sigma.zero_()
        for layer in model.modules():
            if not isinstance(layer, nn.Linear | nn.Conv2d | nn.ConvTranspose2d):
                continue
            nn.init.kaiming_uniform_(layer.weight, a=math.sqrt(5), generator=generator)
            if layer.bias is not None:
                fan_in = layer.weight[0].numel()
                bound = 1 / math.sqrt(fan_in)
                layer.bias.uniform_(-bound, bound, generator=generator)
        if mean_image is not None:
            # A pixel that is never lit would ask for minus infinity.
            model.pixel_bias.copy_(torch.logit(mean_image, eps=1e-3))
    return model


def blank_model(config: ModelConfig, network: type[AutoEncoder] = AutoEncoder) -> AutoEncoder:
    """A model whose weights are allocated but undefined; costs no random draws.

    It is in evaluation mode, as is every model here but while `fit` trains it.
    """
    with torch.device("meta"):
        model = network(config)
    # Not `to_empty`, which imports a symbolic algebra package to do this: 0.7 s.
    allocated = {
        k: torch.empty(v.shape, dtype=v.dtype, device="cpu") for k, v in model.state_dict().items()
    }
    model.load_state_dict(allocated, assign=True)
    return model.eval()


def build_model(
    config: ModelConfig, *, seed: int = 0, mean_image: Tensor | None = None
) -> AutoEncoder:
    """A new model with freshly drawn weights; see `initialize` for the arguments."""
    return initialize(blank_model(config), seed=seed, mean_image=mean_image)
