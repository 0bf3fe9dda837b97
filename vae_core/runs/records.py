"""What a run trains, and how it stands."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from vae_core.config import ModelConfig, TrainConfig
from vae_core.errors import ConfigError

State = Literal[
    "queued", "starting", "running", "paused", "stopped", "failed", "done", "interrupted"
]
WAITING, ALIVE = ("queued",), ("starting", "running")
RESUMABLE = ("paused", "stopped", "failed", "interrupted")
SCHEMA = 1


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
