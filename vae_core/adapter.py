"""Any torch module with `encode` and `decode`, explored like a model trained here.

    import numpy as np
    from vae_core import adapt, atlas, decode, encode, fit_plane, image_set, interpolate

    images = image_set(np.load("digits.npy"))   # uint8 or floats in [0, 1], (N, H, W) or so
    model = adapt(my_module, images.image_shape)  # module.encode(x), module.decode(z)
    latents = encode(model, images)             # mu (N, D), logvar (N, D) or None, labels (N,)
    plane = fit_plane(latents.mu)               # the map: latent axes, or PCA
    places = plane.to_plane(latents.mu)         # (N, 2), to be plotted
    pictures = decode(model, plane.to_latent([[0.0, 0.0], [1.5, -0.5]]))  # (2, C, H, W)
    mosaic = atlas(model, plane, n=20)          # (20, 20, C, H, W), row 0 on top
    path = interpolate(model, latents.mu[0], latents.mu[1], steps=9)      # (9, D)

`write_explorer(model, images, "map.html")` makes a page of it: the map, with the decoded picture
under the mouse. An adapted model cannot be kept as a checkpoint, and so not be opened in the app:
a checkpoint holds weights and numbers, never code, and the code of a foreign module is not here.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, Literal

import torch
from torch import Tensor, nn

from vae_core.config import ModelConfig
from vae_core.errors import ConfigError
from vae_core.models.autoencoder import AutoEncoder
from vae_core.models.posterior import Posterior

Outputs = Literal["images", "logits"]
PROBES = 2  # images; one alone would hide a forgotten batch axis
CLEAR = 1e-6  # from black and white, as a probability: a logit has to be finite
STRAY = 0.5  # of the range; pictures further outside are no pictures


def adapt(
    module: Any,  # noqa: ANN401 - anything with these two methods
    image_shape: tuple[int, int, int],
    *,
    outputs: Outputs = "images",
    pixel_range: tuple[float, float] = (0.0, 1.0),
) -> Adapted:
    """Make a module that encodes and decodes images fit for `encode`, `atlas` and all else here.

    It is tried once, on grey images, so that what does not fit is said here and not later. Images
    are given to it as (B, C, H, W) or, if it takes no such, flat, as (B, C * H * W).

    Args:
        module: `encode(x)` returns the code, or its mean and its log-variance; `decode(z)` an
            image. Codes may have any shape behind the batch axis; here they are flat, (B, D). A
            torch module is put into evaluation mode.
        image_shape: (C, H, W), with 1 or 3 channels and 8 to 64 pixels a side.
        outputs: What `decode` returns: "images", or "logits", whose sigmoid is the image.
        pixel_range: Black and white as the module knows them; (-1.0, 1.0) for one that ends in a
            tanh. What it draws beyond is black or white.

    Raises:
        ConfigError: It has no such methods, or they return something else.
    """
    for name in ("encode", "decode"):
        if not callable(getattr(module, name, None)):
            raise ConfigError(
                f"{type(module).__name__} has no method {name!r}; expected encode(x) and decode(z)."
            )
    if outputs not in ("images", "logits"):
        raise ConfigError(f"outputs must be 'images' or 'logits', not {outputs!r}.")
    low, high = pixel_range
    if not (math.isfinite(low) and math.isfinite(high) and low < high):
        raise ConfigError(f"pixel_range must be two numbers, black and white, not {pixel_range}.")
    ModelConfig(image_shape=image_shape)  # for its sentences
    if isinstance(module, nn.Module):
        module.eval()
    return Adapted(module, image_shape, outputs, (low, high))


class Adapted(AutoEncoder):
    """A foreign module as an `AutoEncoder`: see `adapt`.

    Its likelihood is Bernoulli, so that `elbo` scores grey pixels as probabilities.
    """

    def __init__(
        self,
        module: Any,  # noqa: ANN401
        image_shape: tuple[int, int, int],
        outputs: Outputs,
        pixel_range: tuple[float, float],
    ) -> None:
        nn.Module.__init__(self)  # without the networks of an AutoEncoder
        self.module = module
        self.outputs, self.pixel_range = outputs, pixel_range
        self.log_sigma = None
        parameters = getattr(module, "parameters", lambda: iter(()))
        first = next(parameters(), torch.empty(0))
        self._device, self._dtype = first.device, first.dtype
        self._image_shape = image_shape
        self.is_flat, (mu, logvar) = self._try_encode(torch.full((PROBES, *image_shape), 0.5))
        self.code_shape = tuple(mu.shape[1:])
        self.config = ModelConfig(
            image_shape=image_shape,
            latent_dim=math.prod(self.code_shape),
            kind="ae" if logvar is None else "vae",
            preset=type(module).__name__[:40],
        )
        self._try_decode(mu.detach().flatten(1))

    def encode(self, x: Tensor) -> Posterior:
        """Encode images in [0, 1], shape (B, C, H, W), to their posterior, (B, D)."""
        mu, logvar = self._encode(x, self.is_flat)
        return Posterior(mu.flatten(1), None if logvar is None else logvar.flatten(1))

    def decode(self, z: Tensor) -> Tensor:
        """Decode latent codes, shape (B, D), to pixel logits, shape (B, C, H, W)."""
        found = self._decode(z)
        if self.outputs == "logits":
            return found
        return torch.logit(found.clamp(CLEAR, 1 - CLEAR))

    def to_image(self, logits: Tensor) -> Tensor:
        """The image for these logits, in [0, 1]."""
        return torch.sigmoid(logits)

    def require_own_networks(self) -> None:
        """Refuse: these are another module's.

        Raises:
            ConfigError: Always.
        """
        raise ConfigError(
            f"An adapted module ({self.config.preset}) can be explored, but neither trained nor "
            "saved here: train and save it with its own code."
        )

    @property
    def device(self) -> torch.device:
        """Where the weights live."""
        return self._device

    def _encode(self, x: Tensor, is_flat: bool) -> tuple[Tensor, Tensor | None]:
        low, high = self.pixel_range
        scaled = (low + (high - low) * x).to(self._device, self._dtype)
        found = self.module.encode(scaled.flatten(1) if is_flat else scaled)
        mu, logvar = found if isinstance(found, tuple | list) and len(found) == 2 else (found, None)
        return mu, logvar

    def _decode(self, z: Tensor) -> Tensor:
        """What the module draws, as logits or with black 0 and white 1, (B, C, H, W)."""
        codes = z.to(self._device, self._dtype).reshape(len(z), *self.code_shape)
        drawn: Tensor = self.module.decode(codes)
        drawn = drawn.reshape(len(z), *self._image_shape).float()
        if self.outputs == "logits":
            return drawn
        low, high = self.pixel_range
        return (drawn - low) / (high - low)

    @torch.no_grad()
    def _try_encode(self, x: Tensor) -> tuple[bool, tuple[Tensor, Tensor | None]]:
        """Whether images have to be flat, and what they are encoded to."""
        try:
            is_flat, found = False, self._encode(x, False)
        except Exception:
            is_flat = True
            found = _tried(lambda: self._encode(x, True), "encode", self._image_shape)
        for part in found[: 1 if found[1] is None else 2]:
            if not isinstance(part, Tensor) or part.ndim < 2 or len(part) != len(x):
                raise ConfigError(
                    f"encode must return codes, (B, D), or their mean and log-variance, not "
                    f"{_described(part)}."
                )
        mu, logvar = found
        if logvar is not None and logvar.shape != mu.shape:
            raise ConfigError(
                f"The mean and the log-variance that encode returns must have one shape, not "
                f"{_described(mu)} and {_described(logvar)}."
            )
        if not all(torch.isfinite(part).all() for part in found if part is not None):
            raise ConfigError("encode returns numbers that are not finite, for a grey image.")
        return is_flat, found

    @torch.no_grad()
    def _try_decode(self, z: Tensor) -> None:
        found = _tried(lambda: self._decode(z), "decode", self._image_shape)
        if not torch.isfinite(found).all():
            raise ConfigError("decode returns numbers that are not finite, for a grey image.")
        reach = float(found.min()), float(found.max())
        if self.outputs == "images" and not (reach[0] >= -STRAY and reach[1] <= 1 + STRAY):
            raise ConfigError(
                f"decode draws pixels that reach from {reach[0]:.3g} to {reach[1]:.3g}, where 0 is "
                "black and 1 is white: say outputs='logits', or the module's pixel_range."
            )


def _tried(act: Callable[[], Any], name: str, shape: tuple[int, int, int]) -> Any:  # noqa: ANN401
    try:
        return act()
    except Exception as err:
        reason = " ".join(str(err).split())[:200] or type(err).__name__
        raise ConfigError(
            f"{name} does not fit images of shape {shape}, (C, H, W): {reason}."
        ) from err


def _described(value: object) -> str:
    if isinstance(value, Tensor):
        return f"a tensor of shape {tuple(value.shape)}"
    return f"a {type(value).__name__}"
