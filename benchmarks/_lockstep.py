"""Whether three trainers train the same thing: step by step, on the same draws.

Arms A, B and D of the training benchmark start from the same weights and see the same images
in the same order with the same posterior noise, those that `vae_core.training.fit` itself
draws. What is left between them is the order in which float32 sums are formed. So the loss of
every single step must agree; runs with draws of their own differ by chance.

One thing is levelled here: B sums its loss over the batch where A and D average it. Adam does
not see the factor, but for its eps, which is therefore scaled along. (Unscaled, the losses
are up to 7e-5 apart after 20 steps.)
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from unittest import mock

import torch
from torch import Tensor
from torch.utils.data import DataLoader

from benchmarks._arms import (
    ADAM_EPS,
    BATCH,
    RATE,
    adam,
    fresh_model,
    mnist_pictures,
    pythae_trainer,
    tutorial_steps,
)
from vae_core import training
from vae_core.config import TrainConfig
from vae_core.data import ImageSet
from vae_core.models import AutoEncoder

STEPS = 20
SEED = 0
CPU = torch.device("cpu")


def lockstep(arms: str, images: ImageSet) -> dict[str, list[float]]:
    """Loss of each of the first steps of these arms, in nats per image; 20 full batches."""
    few = images.subset(range(min(STEPS * BATCH, len(images))))
    initial = fresh_model(images, seed=SEED)
    return {arm: list(_LOSSES[arm](copy.deepcopy(initial), few)) for arm in arms}


def largest_difference(losses: dict[str, list[float]]) -> float | None:
    """Of any arm from the first one, at any step, relative; None with fewer than two arms."""
    first, *others = losses.values() if losses else ([],)
    gaps = [abs(a - b) / abs(a) for other in others for a, b in zip(first, other, strict=True)]
    return max(gaps, default=None)


def _ours(model: AutoEncoder, images: ImageSet) -> Iterator[float]:
    """`fit` reports its loss a few times a second; here after every step."""
    config = TrainConfig(epochs=1, batch_size=BATCH, learning_rate=RATE, seed=SEED)
    with mock.patch.object(training, "STEP_EVENT_SECONDS", 0.0):
        events = list(training.fit(model, images, config))
    for event in events:
        if isinstance(event, training.StepEnd):
            yield event.loss


def _plain(model: AutoEncoder, images: ImageSet) -> Iterator[float]:
    loader = DataLoader(mnist_pictures(len(images)), BATCH, sampler=_order(len(images)))
    sizes = [len(part) for part in torch.arange(len(images)).split(BATCH)]
    losses = tutorial_steps(model, loader, adam(model, eps=BATCH * ADAM_EPS), noise=_noise())
    for loss, size in zip(losses, sizes, strict=True):
        yield loss / size


def _pythae(model: AutoEncoder, images: ImageSet) -> Iterator[float]:
    trainer = pythae_trainer(model, images, epochs=1, seed=SEED)
    loader = trainer.train_loader
    trainer.train_loader = DataLoader(
        loader.dataset, BATCH, sampler=_order(len(images)), collate_fn=loader.collate_fn
    )
    noise = _noise()

    def sample(mu: Tensor, sigma: Tensor) -> tuple[Tensor, Tensor]:
        eps = noise(mu)
        return mu + eps * sigma, eps

    losses: list[float] = []

    def step(output: dict[str, Tensor]) -> None:
        losses.append(output["loss"].item())
        original(output)

    original = trainer._optimizers_step
    with (
        mock.patch.object(trainer.model, "_sample_gauss", sample),
        mock.patch.object(trainer, "_optimizers_step", step),
    ):
        trainer.train_step(1)
    yield from losses


def _order(n_images: int) -> list[int]:
    """The order of images in the first epoch of `fit`."""
    generator = training._generator(SEED, training.ORDER, 1, CPU)
    order: list[int] = torch.randperm(n_images, generator=generator).tolist()
    return order


def _noise() -> Callable[[Tensor], Tensor]:
    """The noise of the first epoch of `fit`, batch after batch."""
    generator = training._generator(SEED, training.NOISE, 1, CPU)
    return lambda like: torch.randn(like.shape, generator=generator)


_LOSSES: dict[str, Callable[[AutoEncoder, ImageSet], Iterator[float]]] = {
    "A": _ours,
    "B": _plain,
    "D": _pythae,
}
