"""The draft: everything the form of the Train page asks for, before it becomes a run."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from vae_core import model_config, train_config
from vae_core.config import Likelihood, ModelConfig, Part, Schedule, TrainConfig
from vae_core.errors import ConfigError
from vae_core.runs import RunConfig

Kind = Literal["ae", "vae", "beta-vae"]
KINDS: dict[Kind, str] = {"ae": "AE", "vae": "VAE", "beta-vae": "β-VAE"}
FIRST_PRESET, FIRST_BETA = "dense-512", 4.0
LARGE_PRESET, LARGE_SIDE = "conv-strided", 32  # grey images up to so many pixels a side are small
MANY_IMAGES = 10_000
FEW_BATCH, FEW_STEPS, MAX_EPOCHS = 32, 1500, 100
Shape = tuple[int, int, int]


@dataclass(frozen=True)
class Parent:
    """A moment of another run to start from: its file, its network, and what it is called."""

    path: str
    model: ModelConfig
    name: str


@dataclass(frozen=True)
class Draft:
    """Settings as the form shows them; see ModelConfig and TrainConfig for most.

    Attributes:
        kind: "beta-vae" is a VAE whose KL has another weight than 1.
        beta: That weight; not read for the other kinds.
        parent: Where the weights come from, and with them the network; None for fresh ones.
        part: What is trained; read only where the weights come from a parent.
    """

    dataset: str
    preset: str
    kind: Kind
    beta: float
    latent_dim: int
    likelihood: Likelihood
    epochs: int
    batch_size: int
    learning_rate: float
    schedule: Schedule
    kl_warmup: int
    free_bits: float
    binarize: bool
    seed: int
    parent: Parent | None = None
    part: Part = "all"


def own_draft(preset: str, dataset: str, shape: Shape, kind: Kind = "vae") -> Draft:
    """A preset's own settings for images of shape (C, H, W)."""
    model, training = model_config(preset, shape), train_config(preset, dataset=dataset)
    return _draft(model, training, kind, FIRST_BETA)


def fitting_draft(dataset: str, shape: Shape, n_train: int) -> Draft:
    """Settings for images that nobody has trained on yet, so many of shape (C, H, W).

    Colour and large images get convolutions. Few images get small batches and many epochs: it is
    the number of steps that a network learns in.
    """
    is_large = shape[0] > 1 or max(shape[1:]) > LARGE_SIDE
    draft = own_draft(LARGE_PRESET if is_large else FIRST_PRESET, dataset, shape)
    if n_train >= MANY_IMAGES:
        return draft
    steps = -(-n_train // FEW_BATCH)
    epochs = min(MAX_EPOCHS, max(draft.epochs, -(-FEW_STEPS // steps)))
    return replace(draft, batch_size=FEW_BATCH, epochs=epochs)


def draft_of(config: RunConfig) -> Draft:
    """The settings of a run, to change and to train again."""
    model, training = config.model, config.training
    if model.kind == "vae" and training.beta != 1:
        return _draft(model, training, "beta-vae", training.beta)
    return _draft(model, training, model.kind, FIRST_BETA)


def _draft(model: ModelConfig, training: TrainConfig, kind: Kind, beta: float) -> Draft:
    """What both records say, but for the kind."""
    return Draft(
        dataset=training.dataset,
        preset=model.preset,
        kind=kind,
        beta=beta,
        latent_dim=model.latent_dim,
        likelihood=model.likelihood,
        epochs=training.epochs,
        batch_size=training.batch_size,
        learning_rate=training.learning_rate,
        schedule=training.schedule,
        kl_warmup=training.kl_warmup,
        free_bits=training.free_bits,
        binarize=training.binarize,
        seed=training.seed,
    )


def to_config(draft: Draft, shape: Shape, threads: int) -> RunConfig:
    """The run that a draft asks for, on images of shape (C, H, W); raises ConfigError.

    A plain autoencoder has no KL: what is set for it is left out.
    """
    if draft.parent and draft.parent.model.image_shape != shape:
        raise ConfigError("The network of this moment was made for images of another size.")
    has_kl = draft.kind != "ae"
    model = (
        draft.parent.model
        if draft.parent
        else model_config(
            draft.preset,
            shape,
            kind="vae" if has_kl else "ae",
            latent_dim=draft.latent_dim,
            likelihood=draft.likelihood,
        )
    )
    training = train_config(
        draft.preset,
        dataset=draft.dataset,
        epochs=draft.epochs,
        batch_size=draft.batch_size,
        learning_rate=draft.learning_rate,
        schedule=draft.schedule,
        beta=draft.beta if draft.kind == "beta-vae" else 1.0,
        kl_warmup=draft.kl_warmup if has_kl else 0,
        free_bits=draft.free_bits if has_kl else 0.0,
        binarize=draft.binarize,
        seed=draft.seed,
        part=draft.part if draft.parent else "all",
    )
    return RunConfig(model, training, threads, draft.parent.path if draft.parent else None)
