"""The four flaws by name: what runs, which line is wrong, and how both versions are trained."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from vae_core.config import Kind, ModelConfig, TrainConfig
from vae_core.flaws.networks import RawSpread, SharedHead, SignedInput
from vae_core.flaws.objectives import (
    signed_objective,
    squared_error,
    tutorial_kl_per_dim,
    tutorial_objective,
)
from vae_core.models.autoencoder import AutoEncoder
from vae_core.objectives import Objective, kl_per_dim, negative_elbo

FlawKey = Literal["shared-head", "raw-spread", "wrong-kl", "mismatched-ranges"]
HIDDEN = (64,)  # small enough for eight models to be shipped, large enough for digits to be read
TRAINING = TrainConfig(dataset="mnist", epochs=8, schedule="cosine")


@dataclass(frozen=True)
class Version:
    """A model with the flaw, or without.

    Attributes:
        network: Its class.
        objective: What `fit` minimises.
        code: The functions that run, in reading order.
        line: The one of their lines that makes the difference.
    """

    network: type[AutoEncoder]
    objective: Objective
    code: tuple[Callable[..., Any], ...]
    line: str


@dataclass(frozen=True)
class Flaw:
    """One flaw and its cure.

    Attributes:
        key: Its name.
        preset: The preset whose source has it.
        kind: Of both models.
        flawed: With it.
        cured: The same tiny network, the same data, seed and epochs, without it.
    """

    key: FlawKey
    preset: str
    kind: Kind
    flawed: Version
    cured: Version

    def version(self, *, is_cured: bool) -> Version:
        """One of the two."""
        return self.cured if is_cured else self.flawed

    def network_config(self, image_shape: tuple[int, int, int]) -> ModelConfig:
        """Of both models, for images of shape (C, H, W)."""
        return ModelConfig(image_shape, latent_dim=2, kind=self.kind, hidden=HIDDEN, preset="tiny")


_TWO_HEADS = Version(
    AutoEncoder,
    negative_elbo,
    (AutoEncoder.encode, kl_per_dim),
    "logvar = None if self.logvar_head is None else self.logvar_head(features)",
)
_SHARED_HEAD = Version(SharedHead, negative_elbo, (SharedHead.encode, kl_per_dim), "logvar = mu")
_RAW_SPREAD = Version(
    RawSpread,
    negative_elbo,
    (RawSpread.encode, kl_per_dim),
    "std = self.second_head(features)",
)
_WRONG_KL = Version(
    AutoEncoder,
    tutorial_objective,
    (tutorial_objective, tutorial_kl_per_dim),
    "return sigma**2 + mu**2 - torch.log(sigma) - 1 / 2",
)
_RIGHT_KL = Version(
    AutoEncoder,
    squared_error,
    (squared_error, kl_per_dim),
    "return 0.5 * (mu.square() + torch.expm1(logvar) - logvar)",
)
_MISMATCHED_RANGES = Version(
    SignedInput, signed_objective, (signed_objective,), "target = 2 * x - 1"
)
_SAME_RANGE = Version(
    AutoEncoder,
    squared_error,
    (squared_error,),
    "error = (x_hat - x).square().flatten(1).sum(1)",
)
FLAWS: dict[FlawKey, Flaw] = {
    flaw.key: flaw
    for flaw in (
        Flaw("shared-head", "dense-400", "vae", _SHARED_HEAD, _TWO_HEADS),
        Flaw("raw-spread", "conv-flat", "vae", _RAW_SPREAD, _TWO_HEADS),
        Flaw("wrong-kl", "dense-512", "vae", _WRONG_KL, _RIGHT_KL),
        Flaw("mismatched-ranges", "dense-3d", "ae", _MISMATCHED_RANGES, _SAME_RANGE),
    )
}
