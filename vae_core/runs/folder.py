"""All runs of a folder: a new one, and which there are."""

from __future__ import annotations

import json
import secrets
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from vae_core.errors import RunError
from vae_core.files import require_space
from vae_core.runs.records import WAITING, RunConfig
from vae_core.runs.store import Run

MAX_WAITING = 20
LETTERS = "abcdefghijklmnopqrstuvwxyz234567"


def submit(root: str | Path, config: RunConfig, *, name: str | None = None) -> Run:
    """Make the folder of a new run in `root`, waiting for a worker.

    Args:
        root: Folder of all runs.
        config: What to train.
        name: Of the folder; default: the time and six random letters.

    Raises:
        RunError: The folder is there already or cannot be made, the disk is nearly full, or too
            many runs wait already.
    """
    run = Run(Path(root) / (name or _new_id()))
    if _n_waiting(root) >= MAX_WAITING:
        raise RunError(f"{MAX_WAITING} runs wait already; stop some, or come back later.")
    try:
        Path(root).mkdir(parents=True, exist_ok=True)
        require_space(Path(root), 0)
        if run.path.exists():
            raise RunError(f"{run.path} is there already; choose another name.")
        (run.path / "frames").mkdir(parents=True)
    except OSError as err:
        raise RunError(f"No run can be made in {root}: {err.strerror}.") from err
    run.write("config.json", json.dumps(config.to_json(), indent=1).encode())
    run.write_status("queued")
    return run


def _n_waiting(root: str | Path) -> int:
    found = 0
    for run in list_runs(root):
        with suppress(RunError):
            found += run.status().state in WAITING
    return found


def _new_id() -> str:
    letters = "".join(secrets.choice(LETTERS) for _ in range(6))
    return f"{datetime.now(UTC):%Y%m%dT%H%M%S}-{letters}"


def list_runs(root: str | Path) -> list[Run]:
    """All runs of a folder, the newest first, whatever their state."""
    try:
        folders = [path for path in Path(root).iterdir() if not path.name.startswith(".")]
    except OSError:
        return []
    made = []
    for path in folders:
        with suppress(OSError):  # no run, or deleted since it was listed
            made.append(((path / "config.json").stat().st_mtime_ns, path.name, Run(path)))
    return [run for *_, run in sorted(made, key=lambda row: row[:2], reverse=True)]
