"""A tiny trained model with a flaw, or cured of it, and what it says of some held-out images."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from vae_core.checkpoints import round_weights
from vae_core.config import TrainConfig
from vae_core.data import ImageSet, to_unit
from vae_core.encoding import LatentSet, encode
from vae_core.flaws.catalogue import FLAWS, TRAINING, FlawKey
from vae_core.flaws.networks import RawSpread
from vae_core.flaws.objectives import undefined_kl
from vae_core.models.autoencoder import AutoEncoder, blank_model, initialize
from vae_core.training import EpochEnd, fit

REFERENCE = 2000  # held-out images whose codes are kept


@dataclass(frozen=True, eq=False)
class Specimen:
    """A model with a flaw, or cured.

    Attributes:
        key: Of the flaw.
        is_cured: Whether it is without it.
        model: In evaluation mode.
        latents: Of the first N held-out images.
        losses: The objective's mean over images after each epoch; the unit is the objective's.
        spreads: For `RawSpread`, what its second head says of the same images before training,
            after the first epoch and at the end, latent units, shape (3, N, D); else None.
    """

    key: FlawKey
    is_cured: bool
    model: AutoEncoder
    latents: LatentSet
    losses: tuple[float, ...]
    spreads: Tensor | None = None


def train_specimen(
    key: FlawKey,
    train: ImageSet,
    held_out: ImageSet,
    *,
    is_cured: bool,
    config: TrainConfig = TRAINING,
    n_reference: int = REFERENCE,
) -> Specimen:
    """Train one of the two models of a flaw; both start from the same weights.

    Args:
        key: Of the flaw.
        train: Images to learn from.
        held_out: Images of the same kind; the first `n_reference` are encoded.
        is_cured: Which of the two.
        config: How to train.
        n_reference: See `held_out`.

    Raises:
        TrainingDivergedError: The loss is no longer finite.
    """
    flaw = FLAWS[key]
    version = flaw.version(is_cured=is_cured)
    model = blank_model(flaw.network_config(train.image_shape), version.network)
    initialize(model, seed=config.seed, mean_image=train.mean_image())
    kept = held_out.subset(torch.arange(min(n_reference, len(held_out))))
    losses: list[float] = []
    spreads = [_spread(model, kept)]
    for event in fit(model, train, config, objective=version.objective):
        if isinstance(event, EpochEnd):
            losses.append(event.loss)
            if event.epoch == 1:
                spreads.append(_spread(model, kept))
    round_weights(model, "float16")
    model.requires_grad_(False)
    spreads.append(_spread(model, kept))
    told = [spread for spread in spreads if spread is not None]
    return Specimen(
        key,
        is_cured,
        model,
        encode(model, kept),
        tuple(losses),
        torch.stack(told) if told else None,
    )


@torch.no_grad()
def _spread(model: AutoEncoder, images: ImageSet) -> Tensor | None:
    return model.spread(to_unit(images.images)) if isinstance(model, RawSpread) else None


def fit_as_written(images: ImageSet, *, seed: int = 0) -> float:
    """Train `RawSpread` by `undefined_kl` for an epoch, as its source would; the loss, if any.

    Raises:
        TrainingDivergedError: As soon as one "standard deviation" of one image is negative.
    """
    version = FLAWS["raw-spread"].flawed
    model = blank_model(FLAWS["raw-spread"].network_config(images.image_shape), version.network)
    initialize(model, seed=seed, mean_image=images.mean_image())
    config = TrainConfig(dataset=images.name, epochs=1, seed=seed)
    *_, last = fit(model, images, config, objective=undefined_kl)
    return last.loss
