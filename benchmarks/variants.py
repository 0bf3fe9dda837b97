"""Whether the training loop could be faster: each idea beside the loop as it is.

    python -m benchmarks.variants                          # about ten minutes
    python -m benchmarks.variants --rounds 1 --seeds 1     # a quick try; no verdict

Preset dense-512 as a VAE with D = 2, on MNIST, on the CPU; `--preset deep-map` and others for
other networks. The variants take turns, and a ratio is formed within each round. An idea is
worth keeping if it is faster and, after the same epochs, the held-out negative ELBO is within
0.3 nats of that of the loop as it is.
"""

from __future__ import annotations

import argparse
import copy
import json
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import mean, median, stdev

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from benchmarks._arms import PRESET
from benchmarks._report import machine, print_machine
from vae_core.config import TrainConfig
from vae_core.data import ImageSet, load_images
from vae_core.metrics.elbo import elbo
from vae_core.models import AutoEncoder, build_model, model_config, train_config
from vae_core.models.linear import Linear
from vae_core.models.presets import PRESETS
from vae_core.training import fit

QUALITY = 0.3  # nats per image that speed may cost
FASTER = 1.05  # times, or it is not worth its lines
WARM_UP_STEPS = 10


@contextmanager
def one_thread() -> Iterator[None]:
    """Train with a single thread."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def without_detour(model: AutoEncoder) -> None:
    """Dense layers as PyTorch has them: others cannot be compiled, and know float32 alone."""
    for layer in model.modules():
        if isinstance(layer, Linear):
            layer.__class__ = nn.Linear


class BFloat16Linear(nn.Linear):
    """Multiplies in bfloat16, and hands on float32: an objective in bfloat16 is worthless."""

    def forward(self, input: Tensor) -> Tensor:
        """Features (B, in_features) to (B, out_features)."""
        bias = None if self.bias is None else self.bias.bfloat16()
        return F.linear(input.bfloat16(), self.weight.bfloat16(), bias).float()


def in_bfloat16(model: AutoEncoder) -> None:
    """Half the digits in dense layers, twice the speed of their products."""
    for layer in model.modules():
        if isinstance(layer, Linear):
            layer.__class__ = BFloat16Linear


def compiled(model: AutoEncoder) -> None:
    """Let torch.compile write the kernels."""
    without_detour(model)
    model.encode = torch.compile(model.encode)  # type: ignore[method-assign]
    model.decode = torch.compile(model.decode)  # type: ignore[method-assign]


@dataclass(frozen=True)
class Variant:
    """One idea: what is done to the network, around the loop, and to the settings."""

    name: str
    around: Callable[[], AbstractContextManager[object]] = nullcontext
    prepare: Callable[[AutoEncoder], None] = lambda model: None
    settings: Callable[[TrainConfig], TrainConfig] = lambda config: config


def larger_batches(config: TrainConfig) -> TrainConfig:
    """Four times the batch, and twice the rate, as is usual with Adam (Krizhevsky 2014)."""
    return replace(config, batch_size=4 * config.batch_size, learning_rate=2 * config.learning_rate)


VARIANTS = (
    Variant("as it is"),
    Variant("one thread", around=one_thread),
    Variant("PyTorch's layers", prepare=without_detour),
    Variant("torch.compile", prepare=compiled),
    Variant("products in bfloat16", prepare=in_bfloat16),
    Variant("batch x 4, rate x 2", settings=larger_batches),
)


def train(variant: Variant, model: AutoEncoder, images: ImageSet, config: TrainConfig) -> float:
    """Train in place; returns the seconds it took."""
    with variant.around():
        start = time.perf_counter()
        for _ in fit(model, images, variant.settings(config)):
            pass
        return time.perf_counter() - start


def fresh(preset: str, images: ImageSet, seed: int) -> AutoEncoder:
    """The network with weights of this seed."""
    config = model_config(preset, images.image_shape)
    return build_model(config, seed=seed, mean_image=images.mean_image())


def time_all(preset: str, images: ImageSet, config: TrainConfig, rounds: int) -> list[list[float]]:
    """Seconds of an epoch, of each variant and round; compiling is not counted."""
    initial = fresh(preset, images, 0)
    few = images.subset(range(min(WARM_UP_STEPS * 4 * config.batch_size, len(images))))
    found: list[list[float]] = [[] for _ in VARIANTS]
    for number in range(rounds):
        for index, variant in enumerate(VARIANTS):
            model = copy.deepcopy(initial)
            variant.prepare(model)
            train(variant, model, few, config)
            found[index].append(train(variant, model, images, config))
        print(f"round {number + 1}:", *(f"{times[-1]:.2f}" for times in found), flush=True)
    return found


def score_all(preset: str, images: ImageSet, config: TrainConfig, seeds: int) -> list[list[float]]:
    """Held-out negative ELBO of each variant and seed, nats per image."""
    held_out = load_images("mnist", "test")
    found: list[list[float]] = [[] for _ in VARIANTS]
    for seed in range(seeds):
        for index, variant in enumerate(VARIANTS):
            model = fresh(preset, images, seed)
            variant.prepare(model)
            train(variant, model, images, replace(config, seed=seed))
            found[index].append(elbo(model, held_out, seed=0).negative_elbo.mean().item())
    return found


def main() -> int:
    """Measure and report."""
    parser = argparse.ArgumentParser(prog="benchmarks.variants", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("--preset", default=PRESET, choices=list(PRESETS))
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--epochs", type=int, default=3, help="before the score")
    parser.add_argument("--images", type=int, help="only the first so many training images")
    parser.add_argument("--json", type=Path, metavar="FILE")
    args = parser.parse_args()
    images = load_images("mnist", "train")
    if args.images:
        images = images.subset(range(args.images))
    config = train_config(args.preset, epochs=1)
    about = machine("torch")
    print_machine(about, f"torch {about['torch']}, {torch.get_num_threads()} threads")
    times = time_all(args.preset, images, config, args.rounds)
    scores = score_all(args.preset, images, replace(config, epochs=args.epochs), args.seeds)
    print(f"\n{'variant':<22}{'s, median':>10}{'times as fast':>15}{'nats - as it is':>18}")
    rows = []
    for variant, seconds, nats in zip(VARIANTS, times, scores, strict=True):
        speed = median(a / b for a, b in zip(times[0], seconds, strict=True))
        gaps = [b - a for a, b in zip(scores[0], nats, strict=True)]
        error = stdev(gaps) / len(gaps) ** 0.5 if len(gaps) > 1 else 0.0
        is_kept = speed >= FASTER and mean(gaps) <= QUALITY
        verdict = "  worth keeping" if is_kept else ""
        print(f"{variant.name:<22}{median(seconds):>10.2f}{speed:>15.2f}"
              f"{mean(gaps):>+11.2f} ± {error:.2f}{verdict}")  # fmt: skip
        rows.append({"name": variant.name, "seconds": seconds, "negative_elbo": nats})
    if args.json:
        args.json.write_text(json.dumps({"machine": about, "variants": rows}, indent=2) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
