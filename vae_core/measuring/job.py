"""One model to be measured: a folder, which its process writes and anyone can read.

    status.json    how it stands, replaced by the process
    lock           held by the process for its whole life, so a free one means it is dead
    cancel         a wish: whoever makes this file wants the process to end
    log.txt        what the process says

The folder is named after the checkpoint's checksum: the same model is never measured twice at the
same time, whatever its file is called. Beside all of them lies a lock that whoever measures holds,
so that there is one at a time on this machine.
"""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import time
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal, get_args

from filelock import FileLock, Timeout

from vae_core import strict_json
from vae_core.checkpoint_header import Header
from vae_core.errors import RunError
from vae_core.evaluation.measured import results_dir
from vae_core.files import require_space, write_atomically
from vae_core.runs import process
from vae_core.runs.dispatcher import threads_of_worker

State = Literal["waiting", "running", "done", "cancelled", "failed"]
ALIVE = ("waiting", "running")
FOLDER = ".measuring"  # hidden from those who list the runs beside it
SHORT = 16  # digits of the checksum in a folder's name
MAX_ALIVE = 6  # each that waits holds its libraries in memory
STARTING_SECONDS = 60.0  # that a process may take to import its libraries and take its lock
DEAD = "Measuring was interrupted: its process is gone. What it had found is kept."


@dataclass(frozen=True)
class Standing:
    """How a measurement stands.

    Attributes:
        state: "waiting" for others to end, too.
        share: Of the work that is done, 0 to 1.
        seconds_left: Of all steps, at the pace so far; None where it is not known.
        what: Is being measured, for people.
        message: Why it failed, in one sentence; else "".
        since: When this state began, seconds since 1970.
        step: Which one is being measured, from 1; 0 where it is not known.
        n_steps: That there are.
    """

    state: State
    share: float = 0.0
    seconds_left: float | None = None
    what: str = ""
    message: str = ""
    since: float = 0.0
    step: int = 0
    n_steps: int = 0

    @property
    def is_alive(self) -> bool:
        """Whether there is more to come."""
        return self.state in ALIVE

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> Standing:
        """Rebuild from its fields; raises TypeError or ValueError."""
        found = cls(**values)
        if found.state not in get_args(State) or not 0 <= found.share <= 1:
            raise ValueError("there is no such state")
        texts, numbers = (found.what, found.message), [found.share, found.since]
        numbers += [found.step, found.n_steps]
        if found.seconds_left is not None:
            numbers.append(found.seconds_left)
        if not all(isinstance(text, str) for text in texts):
            raise TypeError("a field has another type")
        if not all(type(number) in (int, float) for number in numbers):
            raise TypeError("a field has another type")
        return found


@dataclass(frozen=True)
class Job:
    """A model's folder; all its methods read the disk."""

    path: Path

    @classmethod
    def of(cls, root: Path, header: Header) -> Job:
        """That of a model, in the folder of all."""
        return cls(root / header.sha256[:SHORT])

    @property
    def log(self) -> Path:
        """What its process said."""
        return self.path / "log.txt"

    def machine_lock(self) -> FileLock:
        """Held by whoever measures."""
        return FileLock(self.path.parent / "lock")

    def lock(self) -> FileLock:
        """Held by the process for its whole life."""
        return FileLock(self.path / "lock")

    def write(self, standing: Standing) -> None:
        """Say how it stands; raises RunError."""
        values = asdict(standing) | {"since": standing.since or time.time()}
        try:
            write_atomically(self.path / "status.json", json.dumps(values).encode())
        except OSError as err:
            raise RunError(f"{self.path} cannot be written: {err.strerror}.") from err

    def standing(self) -> Standing | None:
        """How it stands; None if it was never asked for."""
        found = self._noted()
        if found is None or not found.is_alive or self.is_locked():
            return found
        # Its last word may have come between the two looks: it is written under the lock.
        found = self._noted() or found
        is_young = time.time() - found.since < STARTING_SECONDS
        if not found.is_alive or (found.state == "waiting" and is_young):
            return found
        return Standing("failed", found.share, message=DEAD, since=found.since)

    def is_alive(self) -> bool:
        """Whether there is more to come; so of one whose process is only starting."""
        found = self.standing()
        return found is not None and found.is_alive

    def _noted(self) -> Standing | None:
        """What was written down last."""
        try:
            return Standing.from_json(strict_json.loads((self.path / "status.json").read_bytes()))
        except OSError:
            return None
        except (ValueError, TypeError, AttributeError):
            return Standing("failed", message="The note of how measuring stands is damaged.")

    def is_locked(self) -> bool:
        """Whether its process is alive."""
        if not self.path.is_dir():
            return False
        lock = self.lock()
        try:
            lock.acquire(timeout=0)
        except Timeout:
            return True
        except OSError:  # of another account, say; to call it dead would be worse
            return True
        lock.release()
        return False

    def cancel(self) -> None:
        """Wish that it ends."""
        with suppress(OSError):
            (self.path / "cancel").touch()

    @property
    def is_unwanted(self) -> bool:
        """Whether somebody wished so."""
        return (self.path / "cancel").exists()


def jobs_dir(runs: str | Path) -> Path:
    """The folder of all of them, within that of the runs."""
    return Path(runs).resolve() / FOLDER


def submit(root: Path, checkpoint: Path, header: Header, *, is_again: bool = False) -> Job:
    """Start measuring a model, unless it is being measured already.

    Args:
        root: Folder of all jobs, see `jobs_dir`.
        checkpoint: The model's file.
        header: What it says about itself.
        is_again: Measure also what is known already.

    Raises:
        RunError: The folder cannot be written, the disk is nearly full, or too many wait.
    """
    job = Job.of(root, header)
    if job.is_alive():
        return job
    try:
        root.mkdir(parents=True, exist_ok=True)
        require_space(root, 0)
        jobs = (Job(path) for path in root.iterdir() if path.is_dir())
        if sum(one.is_locked() or one.is_alive() for one in jobs) >= MAX_ALIVE:
            raise RunError(f"{MAX_ALIVE} models are being measured already; come back later.")
        job.path.mkdir(exist_ok=True)
        (job.path / "cancel").unlink(missing_ok=True)
        job.write(Standing("waiting"))
        _spawn(job, checkpoint, is_again=is_again)
    except OSError as err:
        raise RunError(f"Nothing can be measured: {root}: {err.strerror}.") from err
    return job


def _spawn(job: Job, checkpoint: Path, *, is_again: bool) -> None:
    """Start the process; it outlives the server and every browser."""
    words = [sys.executable, "-m", "vae_core.measuring", str(checkpoint.resolve()), str(job.path)]
    options = ["--threads", str(threads_of_worker()), *(["--again"] if is_again else [])]
    kept = {"VAE_MEASURED_DIR": str(results_dir(checkpoint.resolve()).resolve())}
    with job.log.open("wb") as log:
        child = subprocess.Popen(
            [*words, *options],
            cwd=process.HOME,
            env=process.environment() | kept,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,  # a stopped server takes no measurement with it
        )
    threading.Thread(target=child.wait, name="measuring", daemon=True).start()  # bury it at once
