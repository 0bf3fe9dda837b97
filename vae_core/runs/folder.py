"""All runs of a folder: a new one, and which there are."""

from __future__ import annotations

import json
import secrets
import shutil
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from vae_core.config import quote
from vae_core.errors import RunError
from vae_core.files import require_space
from vae_core.runs.records import NAME, WAITING, RunConfig, State, Status
from vae_core.runs.store import Run

MAX_WAITING = 20
LETTERS = "abcdefghijklmnopqrstuvwxyz234567"


def submit(
    root: str | Path, config: RunConfig, *, name: str | None = None, state: State = "queued"
) -> Run:
    """Make the folder of a new run in `root`.

    The checkpoint that a run branches from is copied into it: its own run may be deleted.

    Args:
        root: Folder of all runs.
        config: What to train.
        name: Of the folder; default: the time and six random letters.
        state: "queued" to wait for a worker of the dispatcher, "starting" to be trained by the
            caller.

    Raises:
        RunError: The folder is there already or cannot be made, its name cannot be part of a
            link, the disk is nearly full, or too many runs wait already.
    """
    run = Run(Path(root) / (name or _new_id()))
    if not NAME.fullmatch(run.id):
        raise RunError(
            f"{quote(run.id)} is no name for a run: up to 80 letters, digits, dots, dashes and "
            "underscores."
        )
    if state in WAITING and len(waiting(standing(root))) >= MAX_WAITING:
        raise RunError(f"{MAX_WAITING} runs wait already; stop some, or come back later.")
    try:
        Path(root).mkdir(parents=True, exist_ok=True)
        require_space(Path(root), 0)
        if run.path.exists():
            raise RunError(f"{run.path} is there already; choose another name.")
        (run.path / "frames").mkdir(parents=True)
        if config.parent is not None:
            shutil.copyfile(config.parent, run.parent)
    except OSError as err:
        shutil.rmtree(run.path, ignore_errors=True)
        raise RunError(f"No run can be made in {root}: {err.strerror}.") from err
    run.write_status(state)
    run.write("config.json", json.dumps(config.to_json(), indent=1).encode())  # now it is one
    return run


Standing = list[tuple[Run, Status]]


def standing(root: str | Path) -> Standing:
    """All runs that can be read, the newest first, and how they stand."""
    found = []
    for run in list_runs(root):
        with suppress(RunError):
            found.append((run, run.status()))
    return found


def waiting(runs: Standing) -> Standing:
    """Those that wait, in the order in which they will be started."""
    queued = [(run, status) for run, status in runs if status.state in WAITING]
    return sorted(queued, key=lambda pair: (pair[1].since, pair[0].id))


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
