"""How a run stands, in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from typing import Any, Literal

from ui.catalogue import dataset_title
from ui.distinct import distinct
from ui.train.draft import KINDS, draft_of
from vae_core.runs import Run, RunConfig, Status
from vae_core.runs.records import ALIVE

Wish = Literal["", "stop", "pause"]

ORDINALS = (
    "First", "Second", "Third", "Fourth", "Fifth", "Sixth", "Seventh", "Eighth", "Ninth", "Tenth",
)  # fmt: skip
NAMES = {
    "beta": "β",
    "kl_warmup": "KL warm-up, epochs",
    "free_bits": "free nats per dimension",
    "binarize": "black-or-white pixels",
    "part": "trained part",
}
LOST = "Interrupted: the process that trained it is gone. “Go on” takes it up after its last epoch."


def run_title(config: RunConfig) -> str:
    """For people, such as "dense-512 · VAE · 2 dimensions · MNIST digits · 20 epochs"."""
    draft = draft_of(config)
    kind = KINDS[draft.kind] + (f" {draft.beta:g}" if draft.kind == "beta-vae" else "")
    plural = "" if draft.latent_dim == 1 else "s"
    size = f"{draft.latent_dim} dimension{plural}"
    length = f"{draft.epochs} epoch{'' if draft.epochs == 1 else 's'}"
    part = ", decoder only" if config.training.part == "decoder" else ""
    start = f" from another run{part}" if config.parent else ""
    return f"{draft.preset} · {kind} · {size} · {dataset_title(draft.dataset)} · {length}{start}"


def titles_of(configs: Mapping[str, RunConfig]) -> dict[str, str]:
    """Of runs, by the names of their folders: when it was started, and what it trains."""
    return distinct(
        {name: f"{started(name)} · {run_title(config)}" for name, config in configs.items()}
    )


def settings_of(config: RunConfig) -> dict[str, Any]:
    """All settings of a run, by names for people."""
    training, model = config.training.to_json(), config.model
    own = {
        "data set": dataset_title(training.pop("dataset")),
        "preset": model.preset,
        "kind": model.kind,
        "latent dimensions": model.latent_dim,
        "likelihood": model.likelihood,
        "threads": config.threads,
        "weights from": "scratch" if config.parent is None else _origin(config.parent),
    }
    return own | {
        NAMES.get(name, name.replace("_", " ")): _value(value) for name, value in training.items()
    }


def _origin(parent: str) -> str:
    """Of the checkpoint that a run branched from: its run, without the way to it."""
    path = Path(parent)
    return f"a moment of run {path.parents[1].name}" if len(path.parents) > 1 else path.name


def _value(value: object) -> object:
    """As people write it."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:g}" if isinstance(value, float) else value


def started(name: str) -> str:
    """Of a run's folder, the time in its name, as this machine's clock shows it; else the name."""
    try:
        made = datetime.strptime(name[:15], "%Y%m%dT%H%M%S").replace(tzinfo=UTC)
    except ValueError:
        return name
    return f"{made.astimezone():%d %b %H:%M}"


def wish_of(run: Run) -> Wish:
    """What somebody asked of the run's worker."""
    wishes: tuple[Literal["stop", "pause"], ...] = ("stop", "pause")
    return next((wish for wish in wishes if run.wants(wish)), "")


def moment(epoch: float) -> str:
    """Such as "start", "epoch 0.25" or "epoch 3"."""
    return "start" if epoch == 0 else f"epoch {epoch:.7g}"


def place_in_queue(position: int) -> str:
    """Position from 0."""
    if position < len(ORDINALS):
        return f"{ORDINALS[position]} in the queue"
    return f"Number {position + 1} in the queue"


def describe(status: Status, epochs: int, position: int | None, wish: Wish) -> str:
    """How a run stands, in one or two sentences.

    Args:
        status: Of the run.
        epochs: That it is to train.
        position: In the queue, from 0; None if it does not wait.
        wish: "stop" or "pause" if somebody asked for it, else "".
    """
    done = f"{status.epoch} of {epochs} epochs"
    match status.state:
        case "queued":
            where = "Waiting" if position is None else place_in_queue(position)
            return f"{where}: it starts by itself."
        case "starting":
            return "Starting: the process loads its libraries."
        case "running":
            ends = {"stop": "Stopping…", "pause": "Pausing after this epoch…"}
            return ends.get(wish, f"Training: {done} done.")
        case "paused":
            return f"Paused after {done}."
        case "stopped":
            return f"Stopped after {done}. “Go on” takes it up again."
        case "failed":
            return "Failed."
        case "done":
            return f"Done: all {epochs} epochs." if epochs > 1 else "Done: the one epoch."
    return f"{LOST} {done} are done."


def share_done(status: Status, epochs: int, events: Sequence[dict[str, Any]]) -> float:
    """How much of the training is done, from 0 to 1."""
    last = events[-1] if events else {}
    within = 0.0
    is_at_work = status.state in ALIVE and last.get("event") == "step"
    if is_at_work and last["epoch"] == status.epoch + 1:
        within = last["step"] / last["steps"]
    return min(1.0, (status.epoch + within) / epochs)


def speed(events: Sequence[dict[str, Any]]) -> float | None:
    """Training images per second, lately."""
    return float(events[-1]["images_per_second"]) if events else None


def seconds_left(
    share: float, epochs: int, events: Sequence[dict[str, Any]], n_images: int | None
) -> float | None:
    """About how long the rest takes: from the time between the ends of the last epochs.

    Before there are two of them, from the speed, if the number of training images is known.
    """
    ends = [event["time"] for event in events if event.get("event") == "epoch"][-4:]
    if len(ends) < 2:
        pace_known = n_images and speed(events)
        return epochs * (1 - share) * n_images / pace_known if n_images and pace_known else None
    # The least of them: a pause between two epochs is no training.
    pace = min(later - earlier for earlier, later in pairwise(ends))
    return float(max(pace, 0) * epochs * (1 - share))


def duration(seconds: float) -> str:
    """For people: "a few seconds", "40 s", "3 min", "2 h 5 min"."""
    minutes = round(seconds / 60)
    if seconds < 10:
        return "a few seconds"
    if seconds < 90:
        return f"{round(seconds / 5) * 5} s"
    return f"{minutes} min" if minutes < 60 else f"{minutes // 60} h {minutes % 60} min"
