"""Training as a stream of events: `for event in fit(model, images, config): ...`.

The images stay in memory as bytes; a batch is one gather and one division. Every random draw
comes from a generator seeded by (seed, purpose, epoch), so that neither the process-wide seed
nor the watching of a run changes its result.
"""

from __future__ import annotations

import math
import time
from collections.abc import Generator, Iterator
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from vae_core.config import TrainConfig
from vae_core.data import ImageSet, to_unit
from vae_core.distributed import ALONE, World
from vae_core.errors import ConfigError, TrainingDivergedError
from vae_core.metrics.elbo import held_out_scores
from vae_core.models.autoencoder import AutoEncoder
from vae_core.objectives import Objective, Terms, negative_elbo

STEP_EVENT_SECONDS = 0.25  # often enough for a progress bar and a prompt stop
EARLY = (0.05, 0.1, 0.25, 0.5)  # of the first epoch, within which most of a map forms
ORDER, NOISE, BINARIZE = range(3)  # random streams of a run
FIRST_BETA_SHARE = 0.1  # of beta, where the KL warm-up starts
LAST_RATE_SHARE = 0.01  # of the learning rate, where the cosine ends


@dataclass(frozen=True)
class StepEnd:
    """A sign of life within an epoch, a few a second, and at fixed moments of the first.

    Attributes:
        epoch: From 1.
        step: Steps done in this epoch.
        steps: Steps of an epoch.
        loss: Of the last batch, nats per image.
        images_per_second: Over this epoch so far.
    """

    epoch: int
    step: int
    steps: int
    loss: float
    images_per_second: float


@dataclass(frozen=True)
class EpochEnd:
    """One pass over the training images is done. All terms in nats per image.

    Attributes:
        epoch: From 1.
        loss: reconstruction + the weight of the KL at the time * kl, mean over the epoch; the KL
            counts where it exceeds the free nats.
        reconstruction: Mean over the epoch's training images.
        kl: Mean over the epoch's training images.
        seconds: Spent on training steps.
        images_per_second: Of training.
        held_out_reconstruction: On held-out images after the epoch; None if none were given.
        held_out_kl: Likewise.
        held_out_kl_per_dim: Likewise, of each latent dimension.
    """

    epoch: int
    loss: float
    reconstruction: float
    kl: float
    seconds: float
    images_per_second: float
    held_out_reconstruction: float | None = None
    held_out_kl: float | None = None
    held_out_kl_per_dim: list[float] | None = None

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return asdict(self)


Event = StepEnd | EpochEnd


def fit(
    model: AutoEncoder,
    images: ImageSet,
    config: TrainConfig,
    *,
    held_out: ImageSet | None = None,
    optimizer: torch.optim.Adam | None = None,
    first_epoch: int = 1,
    world: World = ALONE,
    objective: Objective = negative_elbo,
) -> Iterator[Event]:
    """Train `model` in place, yielding events; closing the iterator stops training.

    At an EpochEnd and after the last event the model is in evaluation mode. Epochs depend on
    nothing but the weights, the optimizer and their number, so a run that goes on from an
    EpochEnd, with what both held then, ends as if it had never been stopped.

    Args:
        model: With weights already drawn; trained where it lives.
        images: Training images of the model's shape.
        config: `config.dataset` is not read; the rest is.
        held_out: Scored after every epoch if given.
        optimizer: From `make_optimizer`, to go on with; default: a new one.
        first_epoch: The epoch to begin with.
        world: The processes that train together, each with the same arguments.
        objective: What is minimised; events are in its unit.

    Raises:
        ConfigError: An adapted module; or free bits in several processes, which need a whole batch.
        TrainingDivergedError: The loss is no longer finite.
    """
    model.require_own_networks()
    if config.free_bits and world.size > 1:
        raise ConfigError("Free bits need all of a batch in one process; set them to 0.")
    pixels = images.images.to(model.device)
    if optimizer is None:
        optimizer = make_optimizer(model, config)
    minimised = world.wrap(_Objective(model, config.free_bits, objective))
    for epoch in range(first_epoch, config.epochs + 1):
        model.train()
        try:
            epoch_end = yield from _epoch(
                minimised, pixels, model.config.latent_dim, config, optimizer, epoch, world
            )
        finally:
            model.eval()
        yield epoch_end if held_out is None else _scored(epoch_end, model, held_out, config.seed)


def make_optimizer(model: AutoEncoder, config: TrainConfig) -> torch.optim.Adam:
    """Adam for the trained part of the model; freezes the rest."""
    model.requires_grad_()  # one that was loaded may be frozen
    for parameter in model.encoder_parameters():
        parameter.requires_grad_(config.part == "all")
    trained = [parameter for parameter in model.parameters() if parameter.requires_grad]
    return torch.optim.Adam(trained, lr=config.learning_rate, fused=True)


class _Objective(nn.Module):
    """The objective as a module, since DDP watches calls of one."""

    def __init__(self, model: AutoEncoder, free_bits: float, terms: Objective) -> None:
        super().__init__()
        self.model, self.free_bits, self.terms = model, free_bits, terms

    def forward(self, x: Tensor, noise: Tensor, beta: float) -> Terms:
        return self.terms(self.model, x, beta=beta, free_bits=self.free_bits, noise=noise)


def _epoch(
    objective: nn.Module,
    pixels: Tensor,
    latent_dim: int,
    config: TrainConfig,
    optimizer: torch.optim.Optimizer,
    epoch: int,
    world: World,
) -> Generator[StepEnd, None, EpochEnd]:
    """One pass over `pixels`; returns (to `yield from`) its EpochEnd."""
    device = pixels.device
    n_images = len(pixels)
    n_steps = math.ceil(n_images / config.batch_size)
    order_generator = _generator(config.seed, ORDER, epoch, torch.device("cpu"))
    order = torch.randperm(n_images, generator=order_generator).to(device)
    noises = _generator(config.seed, NOISE, epoch, device)
    bits = _generator(config.seed, BINARIZE, epoch, device)
    # Float32 sums over 60,000 images would lose the second decimal; Apple's GPUs have no other.
    precision = torch.float32 if device.type == "mps" else torch.float64
    sums = torch.zeros(len(Terms._fields), device=device, dtype=precision)
    early = early_steps(n_steps) if epoch == 1 else frozenset()
    start = last_event = time.perf_counter()
    for step in range(n_steps):
        progress = epoch - 1 + step / n_steps
        for group in optimizer.param_groups:
            group["lr"] = learning_rate(config, progress)
        chosen = order[step * config.batch_size : (step + 1) * config.batch_size]
        x = to_unit(pixels.index_select(0, chosen))
        if config.binarize:
            x = torch.bernoulli(x, generator=bits)
        noise = torch.randn(len(x), latent_dim, generator=noises, device=device)
        mine = world.share(len(x))
        terms: Terms = objective(x[mine], noise[mine], kl_weight(config, progress))
        optimizer.zero_grad(set_to_none=True)
        # The mean of the whole batch, once DDP has taken the mean over the processes.
        (terms.loss.sum() * (world.size / len(x))).backward()
        optimizer.step()
        # Sums stay on the device: reading them here would make every step wait.
        sums += torch.stack([term.detach().sum() for term in terms])
        now = time.perf_counter()
        if now - last_event >= STEP_EVENT_SECONDS or step + 1 in early:
            last_event = now
            seen = min((step + 1) * config.batch_size, n_images)
            loss = _finite(terms.loss.detach().sum().item() / max(1, len(terms.loss)), epoch)
            handed_over = time.perf_counter()
            yield StepEnd(epoch, step + 1, n_steps, loss, seen / (handed_over - start))
            start += time.perf_counter() - handed_over  # the reader's time is no training
    loss, reconstruction, kl = (world.sum(sums) / n_images).tolist()
    seconds = time.perf_counter() - start
    _finite(loss, epoch)
    return EpochEnd(epoch, loss, reconstruction, kl, seconds, n_images / seconds)


def early_steps(n_steps: int) -> frozenset[int]:
    """Steps of the first epoch, from 1, that yield a StepEnd at any speed."""
    return frozenset(math.ceil(share * n_steps) for share in EARLY) - {n_steps}


def _scored(event: EpochEnd, model: AutoEncoder, held_out: ImageSet, seed: int) -> EpochEnd:
    scores = held_out_scores(model, held_out, seed)
    return replace(event, **{f"held_out_{name}": value for name, value in scores.items()})


def _finite(loss: float, epoch: int) -> float:
    if not math.isfinite(loss):
        raise TrainingDivergedError(epoch)
    return loss


def _generator(seed: int, stream: int, epoch: int, device: torch.device) -> torch.Generator:
    """The generator of one random stream of one epoch."""
    mixed = np.random.SeedSequence([seed, stream, epoch]).generate_state(1, np.uint64)
    return torch.Generator(device).manual_seed(int(mixed[0] >> 1))


def learning_rate(config: TrainConfig, progress: float) -> float:
    """Adam's rate after `progress` epochs (a fraction counts)."""
    if config.schedule == "constant":
        return config.learning_rate
    cosine = 0.5 * (1 + math.cos(math.pi * progress / config.epochs))
    return config.learning_rate * (LAST_RATE_SHARE + (1 - LAST_RATE_SHARE) * cosine)


def kl_weight(config: TrainConfig, progress: float) -> float:
    """Weight of the KL term after `progress` epochs; a growing one keeps the code in use.

    Linear from a tenth of beta (Sønderby et al. 2016 start at zero; a tenth keeps the
    posterior's width defined from the first step).
    """
    if progress >= config.kl_warmup:
        return config.beta
    share = FIRST_BETA_SHARE + (1 - FIRST_BETA_SHARE) * progress / config.kl_warmup
    return config.beta * share
