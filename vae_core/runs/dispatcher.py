"""The dispatcher: starts waiting runs, the oldest first, and no more than the machine can bear.

However many servers watch a folder, one of them holds its lock and dispatches; if it dies,
another takes over. The workers are processes of their own, and outlive it.
"""

from __future__ import annotations

import logging
import os
import subprocess
import threading
import time
from contextlib import suppress
from pathlib import Path

from filelock import FileLock, Timeout

from vae_core.errors import RunError
from vae_core.runs import process
from vae_core.runs.folder import standing, waiting
from vae_core.runs.records import ALIVE
from vae_core.runs.store import Run

TICK_SECONDS = 0.5
HEED_SECONDS = 30.0  # that a worker has to stop in once it was asked to
MAX_LOG = 2**20  # bytes
LOGGER = logging.getLogger(__name__)


def n_cores() -> int:
    """Of the processor, that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def max_workers() -> int:
    """Runs that are trained at the same time."""
    return max(1, n_cores() // 2)


def threads_of_worker() -> int:
    """Of the processor, that each run may use."""
    return max(1, n_cores() // max_workers())


class Dispatcher:
    """Starts the runs of one folder, from a thread of its own, until it is closed."""

    def __init__(self, root: str | Path) -> None:
        self.root = Path(root).resolve()
        self._lock = FileLock(self.root / ".dispatcher.lock", timeout=0, thread_local=False)
        self._children: dict[str, subprocess.Popen[bytes]] = {}
        self._closed = threading.Event()
        self._woken = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Dispatch in the background."""
        self._thread = threading.Thread(target=self._loop, name="dispatcher", daemon=True)
        self._thread.start()

    def wake(self) -> None:
        """Look at once: there is a new run."""
        self._woken.set()

    def close(self) -> None:
        """Stop dispatching; what is being trained goes on."""
        self._closed.set()
        self.wake()
        if self._thread is not None:
            self._thread.join()
        self._lock.release(force=True)

    def _loop(self) -> None:
        while not self._closed.is_set():
            self._woken.wait(TICK_SECONDS)
            self._woken.clear()
            try:
                self.tick()
            except Exception:  # whatever it is, the next look may fare better
                LOGGER.exception("The dispatcher could not look at %s", self.root)

    def tick(self) -> None:
        """Look at all runs once, and start as many as may run."""
        if not self.root.is_dir():
            return
        try:
            if not self._lock.is_locked:
                self._lock.acquire()
        except (Timeout, OSError):  # another server dispatches
            return
        for name, child in list(self._children.items()):
            self._look_after(Run(self.root / name), child)
        runs = standing(self.root)
        free = max_workers() - sum(status.state in ALIVE for _, status in runs)
        for run, status in waiting(runs):
            if free < 1:
                break
            try:
                self._spawn(run)
                free -= 1
            except (RunError, OSError) as err:  # the others behind it still get their turn
                with suppress(RunError):
                    run.write_status("failed", status.epoch, str(err))

    def _look_after(self, run: Run, child: subprocess.Popen[bytes]) -> None:
        """Bury a worker that ended before it could say why; end one that does not heed a stop."""
        if child.poll() is None:
            with suppress(OSError):  # there is no such wish
                if time.time() - (run.path / "stop").stat().st_mtime > HEED_SECONDS:
                    child.kill()
            return
        del self._children[run.id]
        with suppress(RunError):
            status = run.status()
            if status.state == "starting" and not run.is_locked():
                run.write_status("failed", status.epoch, f"It did not start; see {run.log}.")

    def _spawn(self, run: Run) -> None:
        words = [*process.command("resume", run.path, run.config()), "--queued"]
        run.write_status("starting", run.status().epoch)
        _rotate(run.log)
        with run.log.open("ab") as log:
            self._children[run.id] = subprocess.Popen(
                words,
                cwd=process.HOME,
                env=process.environment(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,  # a stopped server takes no run with it
            )


def _rotate(log: Path) -> None:
    """Begin a new log once the last has grown long, and keep that one."""
    with suppress(OSError):
        if log.stat().st_size > MAX_LOG:
            log.replace(log.with_name("log.old.txt"))
