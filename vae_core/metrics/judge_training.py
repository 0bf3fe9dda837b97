"""How the judges were made: `python -m benchmarks.judges` trains them all anew."""

from __future__ import annotations

import math
from collections.abc import Iterator

import torch
import torch.nn.functional as F

from vae_core.data import ImageSet, to_unit
from vae_core.metrics.judge import Judge, JudgeConfig, JudgeNetwork
from vae_core.metrics.judge_file import round_judge

BATCH, RATE = 128, 2e-3
WARM_UP = 0.1  # of all steps, in which the rate rises; then it falls as a cosine


def train_judge(
    images: ImageSet, held_out: ImageSet, epochs: int, seed: int = 0
) -> Iterator[tuple[int, Judge]]:
    """Train a classifier by cross-entropy and Adam; the same seed gives the same weights.

    Args:
        images: With labels; `images.name` is the data set that it will speak of.
        held_out: By which its accuracy is measured.
        epochs: Passes over the images.
        seed: Of weights and order; the process-wide seed is not touched.

    Yields:
        After each epoch its number and the judge so far, rounded as its file will hold it; the
        last one is ready.
    """
    config = JudgeConfig(images.name, images.image_shape, images.classes)
    # Images with their channels last are convolved in two thirds of the time.
    network = _fresh(config, seed).to(memory_format=torch.channels_last)
    optimizer = torch.optim.Adam(network.parameters(), lr=RATE)
    order = torch.Generator().manual_seed(seed)
    n_batches = math.ceil(len(images) / BATCH)
    for epoch in range(epochs):
        shuffled = torch.randperm(len(images), generator=order)
        for step, chosen in enumerate(shuffled.split(BATCH)):
            progress = (epoch * n_batches + step + 1) / (epochs * n_batches)
            falling = 0.5 + 0.5 * math.cos(math.pi * progress)
            for group in optimizer.param_groups:
                group["lr"] = RATE * min(progress / WARM_UP, falling)
            logits = network(to_unit(images.images[chosen]))
            loss = F.cross_entropy(logits, images.labels[chosen], label_smoothing=0.05)
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
            optimizer.step()
        yield epoch + 1, _frozen(config, network, held_out)


def _fresh(config: JudgeConfig, seed: int) -> JudgeNetwork:
    """PyTorch's own initial weights, without a change to the process-wide random numbers."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return JudgeNetwork(config)


def _frozen(config: JudgeConfig, network: JudgeNetwork, held_out: ImageSet) -> Judge:
    kept = _fresh(config, 0)
    kept.load_state_dict(network.state_dict())
    round_judge(kept)
    judge = Judge(config, kept.eval().requires_grad_(False), 0.0)
    told = torch.from_numpy(judge.classify(held_out.images).argmax(1)) == held_out.labels
    return Judge(config, kept, float(told.double().mean()))
