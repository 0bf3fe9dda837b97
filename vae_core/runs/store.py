"""A training run is a folder; this is what lies in it, and who may write what.

    config.json           what is trained and how; written once
    lock                  held by the worker for its whole life, so a free one means it is dead
    status.json           replaced by the worker, by whoever queues or stops a waiting run, and by
                          the dispatcher for a worker that could not
    metrics.jsonl         one line an epoch, appended by the worker
    step.json             the last sign of life within an epoch, replaced by the worker
    log.txt               what the worker says
    stop, pause           wishes: files that others create and the worker looks for
    LATEST.safetensors    weights and optimizer after the last whole epoch, replaced as one file
    PREVIOUS.safetensors  those of the epoch before
    parent.safetensors    the checkpoint that the weights came from, of a run that branched
    frames/               a checkpoint for every moment worth going back to

Nobody else's memory holds anything: a closed browser or a restarted server loses no run.
"""

from __future__ import annotations

import json
import re
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

from filelock import FileLock, Timeout

from vae_core import strict_json
from vae_core.errors import ConfigError, RunError
from vae_core.files import write_atomically
from vae_core.runs.records import (
    RESUMABLE,
    WAITING,
    Frame,
    RunConfig,
    State,
    Status,
    whole_epochs,
)

STARTING_SECONDS = 60.0  # that a worker may take to import torch and take its lock
STALE_SECONDS = 60.0  # after which nobody is still writing a file
FRAME = re.compile(r"([0-9]{4}\.[0-9]{3})\.safetensors")
MAX_BYTES = 2**20  # of config.json or status.json


@dataclass(frozen=True)
class Run:
    """A run's folder; all its methods read the disk."""

    path: Path

    @property
    def id(self) -> str:
        """The folder's name."""
        return self.path.name

    @property
    def latest(self) -> Path:
        """Weights and optimizer after the last whole epoch."""
        return self.path / "LATEST.safetensors"

    @property
    def previous(self) -> Path:
        """The state before the latest, should that one be damaged."""
        return self.path / "PREVIOUS.safetensors"

    @property
    def parent(self) -> Path:
        """The checkpoint that the run branched from, if it did."""
        return self.path / "parent.safetensors"

    @property
    def log(self) -> Path:
        """What the worker said."""
        return self.path / "log.txt"

    def log_tail(self, n_characters: int = 2000) -> str:
        """The end of what the worker said; "" if it said nothing."""
        try:
            return self.log.read_text(errors="replace")[-n_characters:]
        except OSError:
            return ""

    def sweep(self) -> None:
        """Remove what writers that were killed left behind; for the holder of the lock alone."""
        for path in self.path.glob("**/.tmp-*"):
            with suppress(OSError):
                if time.time() - path.stat().st_mtime > STALE_SECONDS:
                    path.unlink()

    def config(self) -> RunConfig:
        """What is trained; raises RunError."""
        try:
            return RunConfig.from_json(self._read("config.json"))
        except (ConfigError, KeyError, TypeError) as err:
            raise RunError(f"Run {self.id} cannot be read: {err}") from err

    def status(self) -> Status:
        """How it stands now; raises RunError."""
        found = self._written_status()
        is_late = found.state == "starting" and time.time() - found.since > STARTING_SECONDS
        if (found.state == "running" or is_late) and not self.is_locked():
            again = self._written_status()
            if again != found:  # its last words came between the two looks
                return again
            return Status("interrupted", found.epoch, "The process that trained it is gone.")
        return found

    def _written_status(self) -> Status:
        try:
            return Status.from_json(self._read("status.json"))
        except (TypeError, ValueError) as err:
            raise RunError(f"Run {self.id} cannot be read: its status is damaged.") from err

    def _read(self, name: str) -> dict[str, Any]:
        path = self.path / name
        try:
            if not path.is_file() or path.stat().st_size > MAX_BYTES:
                raise RunError(f"Run {self.id} cannot be read: it has no {name}.")
            found = strict_json.loads(path.read_bytes())
        except OSError as err:
            raise RunError(f"Run {self.id} cannot be read: {err.strerror}.") from err
        except ValueError as err:
            raise RunError(f"Run {self.id} cannot be read: {name} is damaged.") from err
        if not isinstance(found, dict):
            raise RunError(f"Run {self.id} cannot be read: {name} is damaged.")
        return found

    def write_status(self, state: State, epoch: int = 0, message: str = "") -> None:
        """Say how it stands; raises RunError."""
        status = Status(state, epoch, message, time.time())
        self.write("status.json", json.dumps(asdict(status)).encode())

    def write(self, name: str, data: bytes) -> None:
        """Replace one of its files; a deleted run stays deleted. Raises RunError."""
        path = self.path / name
        if not path.parent.is_dir():
            raise RunError(f"Run {self.id} is gone: somebody deleted its folder.")
        try:
            write_atomically(path, data)
        except OSError as err:
            raise RunError(f"Run {self.id} cannot be written: {err.strerror}.") from err

    def events(self) -> list[dict[str, Any]]:
        """What it said of its whole epochs, and last of the epoch at work."""
        try:
            lines = (self.path / "metrics.jsonl").read_bytes().split(b"\n")
        except OSError:
            lines = []
        with suppress(OSError):
            lines.append((self.path / "step.json").read_bytes())
        found: list[dict[str, Any]] = []
        for line in lines:
            try:
                event = strict_json.loads(line)
            except ValueError:  # torn by a death while it was written
                continue
            if isinstance(event, dict):
                found.append(event)
        return found

    def history(self) -> list[dict[str, Any]]:
        """One event for each whole epoch; of one trained twice the later."""
        return whole_epochs(self.events())

    def frames(self) -> list[Frame]:
        """Its checkpoints, the earliest first."""
        try:
            files = list((self.path / "frames").iterdir())
        except OSError:
            return []
        named = [(FRAME.fullmatch(file.name), file) for file in files]
        return sorted(Frame(float(match[1]), file) for match, file in named if match)

    def frame_path(self, epoch: float) -> Path:
        """Where the checkpoint of this moment belongs."""
        return self.path / "frames" / f"{epoch:08.3f}.safetensors"

    def is_locked(self) -> bool:
        """Whether a worker is alive."""
        if not self.path.is_dir():  # the lock would make it anew
            return False
        try:
            with FileLock(self.path / "lock", timeout=0):
                return False
        except Timeout:
            return True
        except OSError:  # of another account, say; to call it dead would be worse
            return True

    @contextmanager
    def lock(self) -> Iterator[None]:
        """Be its one worker. Raises RunError if there is another."""
        if not self.path.is_dir():
            raise RunError(f"There is no run {self.path}.")
        held = FileLock(self.path / "lock", timeout=2)  # longer than anyone looks at it
        try:
            held.acquire()
        except Timeout:
            raise RunError(f"Run {self.id} is being trained already.") from None
        except OSError as err:
            raise RunError(f"Run {self.id} cannot be written: {err.strerror}.") from err
        try:
            yield
        finally:
            held.release()

    def wants(self, wish: Literal["stop", "pause"]) -> bool:
        """Whether somebody wishes it to stop, at once or after the epoch."""
        return (self.path / wish).exists()

    def ask(self, wish: Literal["stop", "pause"]) -> None:
        """Wish that it stops; one that waits is stopped at once. Raises RunError."""
        self.write(wish, b"")
        status = self.status()
        if status.state in WAITING:
            self.write_status("stopped", status.epoch)

    def resume(self) -> None:
        """Queue it again. Raises RunError if it is done, waits or runs."""
        status = self.status()
        if status.state not in RESUMABLE:
            raise RunError(f"Run {self.id} cannot go on: it is {status.state}.")
        self.forget_wishes()
        self.write_status("queued", status.epoch)

    def forget_wishes(self) -> None:
        """What was wished of the last worker does not concern the next."""
        for wish in ("stop", "pause"):
            (self.path / wish).unlink(missing_ok=True)

    def delete(self) -> None:
        """Remove it for good. Raises RunError while it is trained."""
        if self.is_locked():
            raise RunError(f"Run {self.id} is being trained; stop it first.")
        try:
            doomed = self.path.with_name(f".deleted-{self.id}")
            self.path.rename(doomed)  # at once, for everyone who lists the runs
            shutil.rmtree(doomed)
        except OSError as err:
            raise RunError(f"Run {self.id} cannot be deleted: {err.strerror}.") from err
