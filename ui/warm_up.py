"""What would make the first visitor wait: libraries that only some choices need, loaded ahead."""

from __future__ import annotations

from functools import cache
from threading import Timer

from vae_core import build_model, magnification, model_config

DELAY = 3.0  # seconds: not while the first page is on its way


@cache
def warm_up() -> None:
    """Start loading them in the background, once for a server."""
    timer = Timer(DELAY, _load)
    timer.daemon = True  # a server that stops does not wait for it
    timer.start()


def _load() -> None:
    import sklearn.decomposition
    import sklearn.neighbors  # noqa: F401 - planes and territories

    # PyTorch loads what differentiates twice when it is first asked to.
    magnification(build_model(model_config("dense-512", (1, 8, 8), latent_dim=2)), [[0.0, 0.0]])
