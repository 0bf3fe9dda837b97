"""A judge in one `.safetensors` file: weights as float16, and what it says about itself.

The header's entry `judge` says of what it speaks, how it is built, what it reaches and the
checksum of the file. As with models, nothing is unpickled, and every check comes before a weight
is used.
"""

from __future__ import annotations

import platform
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch

from vae_core import strict_json
from vae_core.config import CHANNELS, MAX_SIDE, MIN_SIDE
from vae_core.errors import CheckpointError
from vae_core.files import write_atomically
from vae_core.metrics.judge import Judge, JudgeConfig, JudgeNetwork
from vae_core.tensor_file import (
    NO_CHECKSUM,
    parse,
    read_sealed,
    require_finite,
    require_layout,
    sealed,
)

SCHEMA = 1
ENTRY = "judge"
MAX_BYTES = 2 * 2**20
MAX_WIDTH, MAX_CLASSES, MAX_NAME = 512, 1000, 200
ENTRIES = {
    "schema", "dataset", "image_shape", "classes", "channels", "features", "accuracy", "versions",
    "sha256",
}  # fmt: skip


def round_judge(network: JudgeNetwork) -> None:
    """Round the weights, in place, to what a file can hold; before the accuracy is measured."""
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.copy_(parameter.half().float())


def save_judge(path: Path, judge: Judge) -> None:
    """Write a judge whose weights were rounded by `round_judge`.

    Raises:
        CheckpointError: Weights are not finite, or the file cannot be written.
    """
    weights = {k: v.half() for k, v in judge.network.state_dict().items()}
    require_finite(weights, "The judge")
    config = judge.config
    entry = {
        "schema": SCHEMA, "dataset": config.dataset, "image_shape": list(config.image_shape),
        "classes": list(config.classes), "channels": list(config.channels),
        "features": config.features, "accuracy": judge.accuracy, "sha256": NO_CHECKSUM,
        "versions": {
            "python": platform.python_version(),
            "torch": torch.__version__,
            "numpy": np.__version__,
        },
    }  # fmt: skip
    try:
        write_atomically(path, sealed(weights, ENTRY, strict_json.dumps(entry)))
    except OSError as err:
        raise CheckpointError(f"Cannot write {path}: {err.strerror}.") from err


def read_judge(path: Path) -> Judge:
    """Load a judge after checking every part of its file.

    Raises:
        CheckpointError: One sentence saying what was expected and what was found.
    """
    entry, layout, data = read_sealed(path, ENTRY, SCHEMA, MAX_BYTES)
    try:
        config, accuracy, checksum = _parse(entry)
    except (ValueError, KeyError, TypeError, AttributeError) as err:
        raise CheckpointError(
            f"{path.name} is damaged, or not a judge of this version: its words are not understood."
        ) from err
    network = _blank(config)
    expected = {name: ("F16", list(v.shape)) for name, v in network.state_dict().items()}
    require_layout(layout, expected, path)
    weights = parse(data, path)
    network.load_state_dict({name: tensor.float() for name, tensor in weights.items()}, assign=True)
    return Judge(config, network.eval().requires_grad_(False), accuracy, checksum)


def _parse(entry: Mapping[str, Any]) -> tuple[JudgeConfig, float, str]:
    """What the entry says; raises one of four builtin errors where it cannot be believed."""
    if set(entry) != ENTRIES:
        raise ValueError("other entries")
    shape, classes, channels = (tuple(entry[k]) for k in ("image_shape", "classes", "channels"))
    sizes = (*shape, *channels, entry["features"])
    if not all(type(size) is int for size in sizes) or (len(shape), len(channels)) != (3, 2):
        raise ValueError("sizes")
    n_channels, height, width = shape
    is_known = n_channels in CHANNELS and all(MIN_SIDE <= n <= MAX_SIDE for n in (height, width))
    if not is_known or not all(1 <= n <= MAX_WIDTH for n in (*channels, entry["features"])):
        raise ValueError("sizes")
    names = (entry["dataset"], *classes)
    if not all(isinstance(name, str) and len(name) <= MAX_NAME for name in names):
        raise ValueError("names")
    if not 2 <= len(classes) <= MAX_CLASSES:
        raise ValueError("classes")
    accuracy = entry["accuracy"]
    if type(accuracy) is not float or not 0 <= accuracy <= 1:
        raise ValueError("accuracy")
    config = JudgeConfig(entry["dataset"], shape, classes, channels, entry["features"])
    return config, accuracy, entry["sha256"]


def _blank(config: JudgeConfig) -> JudgeNetwork:
    """The layers without memory for weights, which the file brings."""
    with torch.device("meta"):
        return JudgeNetwork(config)
