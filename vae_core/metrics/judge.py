"""Judges: small frozen classifiers whose eyes see what pixels do not tell.

How good are a model's pictures? Differences of pixels do not say; a network that learnt to tell
the classes apart looks at strokes and shapes. Its last layer but one gives the features that
distances between sets of images are measured in, as the Inception network's do for photographs
(Heusel et al. 2017). A judge speaks of its own data set alone: one that knows digits knows nothing
of clothes. So there is one for each of a few data sets, shipped in `checkpoints/judges/`, and its
name and checksum belong to every figure made with it.

The network is a LeNet (LeCun et al. 1998) with rectifiers and maximum pooling:
images (B, C, H, W) in [0, 1] -> features (B, F) -> class logits (B, K).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from vae_core.data import DATASETS, ImageSet, to_unit
from vae_core.errors import ConfigError
from vae_core.tensor_file import SUFFIX

FloatArray = npt.NDArray[np.float64]
FOLDER = Path(__file__).parents[2] / "checkpoints" / "judges"
VERSION = 1  # of the judges; figures of another are of another kind
BATCH = 500
WIDTH = 5  # of a convolution, pixels


@dataclass(frozen=True)
class JudgeConfig:
    """How a judge is built, and of what it speaks.

    Attributes:
        dataset: Whose images it was trained on.
        image_shape: (C, H, W).
        classes: Their names, K of them.
        channels: Of the two convolutions, each of which halves the side.
        features: F, of the last layer but one.
    """

    dataset: str
    image_shape: tuple[int, int, int]
    classes: tuple[str, ...]
    channels: tuple[int, int] = (16, 32)
    features: int = 64


class JudgeNetwork(nn.Module):
    """The layers; weights are PyTorch's until a file or training sets them."""

    def __init__(self, config: JudgeConfig) -> None:
        super().__init__()
        n_channels, height, width = config.image_shape
        first, second = config.channels
        padding = WIDTH // 2
        self.body = nn.Sequential(
            nn.Conv2d(n_channels, first, WIDTH, padding=padding), nn.MaxPool2d(2), nn.ReLU(),
            nn.Conv2d(first, second, WIDTH, padding=padding), nn.MaxPool2d(2), nn.ReLU(),
            nn.Flatten(), nn.Linear(second * (height // 4) * (width // 4), config.features),
            nn.ReLU(),
        )  # fmt: skip
        self.head = nn.Linear(config.features, len(config.classes))

    def forward(self, x: Tensor) -> Tensor:
        """Images to class logits, (B, K)."""
        logits: Tensor = self.head(self.body(x))
        return logits


@dataclass(frozen=True, eq=False)
class Judge:
    """A trained classifier, frozen, on the CPU.

    Attributes:
        config: How it is built, and of what it speaks.
        network: Its layers.
        accuracy: Share of the data set's held-out images whose class it tells, 0 to 1.
        sha256: Of its file; "" of one that was not kept.
    """

    config: JudgeConfig
    network: JudgeNetwork = field(repr=False)
    accuracy: float
    sha256: str = ""

    @property
    def name(self) -> str:
        """Such as "mnist-v1"."""
        return f"{self.config.dataset}-v{VERSION}"

    def features(self, images: Tensor) -> FloatArray:
        """What it sees in images in [0, 1], (N, C, H, W), or uint8 of 0 to 255; (N, F), from 0."""
        return self._through(self.network.body, images)

    def classify(self, images: Tensor) -> FloatArray:
        """Probability of each class for images as above, shape (N, K)."""
        return self._through(lambda x: torch.softmax(self.network(x), 1), images)

    def require_kind(self, images: ImageSet) -> None:
        """Raise ConfigError unless it knows images of this kind."""
        if (images.name, images.classes) != (self.config.dataset, self.config.classes):
            raise ConfigError(
                f"A judge that knows {self.config.dataset} says nothing about "
                f"{images.name or 'other images'}."
            )

    @torch.no_grad()
    def _through(self, layers: Callable[[Tensor], Tensor], images: Tensor) -> FloatArray:
        if tuple(images.shape[1:]) != self.config.image_shape or not len(images):
            raise ConfigError(
                f"The judge of {self.config.dataset} takes at least one image of shape "
                f"{self.config.image_shape}, not an array of {tuple(images.shape)}."
            )
        found = [
            layers(to_unit(batch) if batch.dtype == torch.uint8 else batch.float()).double()
            for batch in images.split(BATCH)
        ]
        together: FloatArray = torch.cat(found).numpy()
        return together


def judge_path(dataset: str, folder: Path = FOLDER) -> Path:
    """Where the judge of a data set lies, or would."""
    return folder / f"{dataset}-v{VERSION}{SUFFIX}"


def has_judge(dataset: str, folder: Path = FOLDER) -> bool:
    """Whether the judge of a data set was shipped."""
    return dataset in DATASETS and judge_path(dataset, folder).is_file()


def load_judge(dataset: str, folder: Path = FOLDER) -> Judge | None:
    """The shipped judge of a data set; None if there is none.

    Raises:
        CheckpointError: Its file is damaged; the message says how.
    """
    from vae_core.metrics.judge_file import read_judge  # needs this module

    if not has_judge(dataset, folder):
        return None
    return read_judge(judge_path(dataset, folder))
