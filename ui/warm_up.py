"""What would make the first visitor wait: libraries that only some choices need, loaded ahead."""

from __future__ import annotations

from functools import cache
from threading import Timer

from vae_core import build_model, encode, fit_plane, load_images, magnification, model_config
from vae_core.metrics.maps import nearest_class

DELAY = 3.0  # seconds: not while the first page is on its way


@cache
def warm_up() -> None:
    """Start loading them in the background, once for a server."""
    timer = Timer(DELAY, _load)
    timer.daemon = True  # a server that stops does not wait for it
    timer.start()


def _load() -> None:
    """Use them once, on next to nothing: libraries are loaded when first asked for."""
    model = build_model(model_config("dense-512", (1, 8, 8), latent_dim=3))
    latents = encode(model, load_images("digits", "test"))
    fit_plane(latents.mu)
    nearest_class(latents, latents.mu[:1])
    magnification(model, latents.mu[:1])
