"""What a run trains, how it stands, and what it has to tell."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, get_args

from vae_core.config import ModelConfig, TrainConfig
from vae_core.errors import ConfigError

State = Literal[
    "queued", "starting", "running", "paused", "stopped", "failed", "done", "interrupted"
]
WAITING, ALIVE = ("queued",), ("starting", "running")
RESUMABLE = ("paused", "stopped", "failed", "interrupted")
SCHEMA = 1
NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,79}")  # of a run's folder, and in links


@dataclass(frozen=True)
class RunConfig:
    """What a run trains.

    Attributes:
        model: The network.
        training: How it is trained, and on what.
        threads: Of the processor; part of the run, since other numbers round differently.
        parent: Path of the checkpoint that the weights come from; None for fresh ones.
    """

    model: ModelConfig
    training: TrainConfig
    threads: int = 1
    parent: str | None = None

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        records = {"model": self.model.to_json(), "training": self.training.to_json()}
        return {"schema": SCHEMA, **records, "threads": self.threads, "parent": self.parent}

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> RunConfig:
        """Rebuild from `to_json`; raises ConfigError, KeyError or TypeError."""
        if values["schema"] != SCHEMA:
            raise ConfigError(f"its format is {values['schema']!r}; this app knows {SCHEMA}.")
        threads, parent = values["threads"], values["parent"]
        if type(threads) is not int or not 1 <= threads <= 1024:
            raise ConfigError("its number of threads is none.")
        if parent is not None and not isinstance(parent, str):
            raise ConfigError("its parent is no path.")
        return cls(
            ModelConfig.from_json(values["model"]),
            TrainConfig.from_json(values["training"]),
            threads,
            parent,
        )


@dataclass(frozen=True)
class Status:
    """How a run stands.

    Attributes:
        state: "interrupted" is never written: it is a running run whose lock is free.
        epoch: Whole epochs done.
        message: Why it failed, in one sentence; else "".
        since: When this state began, seconds since 1970.
    """

    state: State
    epoch: int = 0
    message: str = ""
    since: float = 0.0

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> Status:
        """Rebuild from its fields; raises TypeError or ValueError."""
        found = cls(**values)
        if found.state not in get_args(State):
            raise ValueError("there is no such state")
        kinds = ((found.epoch, int), (found.message, str), (found.since, (int, float)))
        if any(not isinstance(value, kind) or isinstance(value, bool) for value, kind in kinds):
            raise TypeError("a field has another type")
        return found


@dataclass(frozen=True, order=True)
class Frame:
    """A moment of a run: epochs done, a fraction counts, and the checkpoint of that moment."""

    epoch: float
    path: Path


def whole_epochs(events: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Those that tell of a whole epoch, one for each; of one trained twice the later."""
    epochs = {event["epoch"]: event for event in events if event.get("event") == "epoch"}
    return [epochs[number] for number in sorted(epochs)]
