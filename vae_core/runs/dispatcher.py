"""The dispatcher: starts waiting runs, the oldest first, and no more than the machine can bear.

However many servers watch a folder, one of them holds its lock and dispatches; if it dies,
another takes over. The workers are processes of their own, and outlive it.
"""

from __future__ import annotations

import os
import subprocess
import threading
from contextlib import suppress
from pathlib import Path

from filelock import FileLock, Timeout

from vae_core.errors import RunError
from vae_core.runs import process
from vae_core.runs.folder import list_runs
from vae_core.runs.records import ALIVE, Status
from vae_core.runs.store import Run

TICK_SECONDS = 0.5
NICE = 15  # whoever explores goes first


def max_workers() -> int:
    """Runs that are trained at the same time."""
    return max(1, (os.cpu_count() or 1) // 2)


def threads_of_worker() -> int:
    """Of the processor, that each run may use."""
    return max(1, (os.cpu_count() or 1) // max_workers())


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
            with suppress(RunError, OSError):  # a full disk today is none tomorrow
                self.tick()

    def tick(self) -> None:
        """Look at all runs once, and start as many as may run."""
        if not self.root.is_dir():
            return
        try:
            if not self._lock.is_locked:
                self._lock.acquire()
        except (Timeout, OSError):  # another server dispatches
            return
        self._bury()
        standing = _standing(self.root)
        alive = sum(status.state in ALIVE for _, status in standing)
        for run, _ in waiting(standing)[: max(0, max_workers() - alive)]:
            self._spawn(run)

    def _bury(self) -> None:
        """Children that ended before they could say why."""
        for name, child in list(self._children.items()):
            if child.poll() is None:
                continue
            del self._children[name]
            run = Run(self.root / name)
            with suppress(RunError):
                status = run.status()
                if status.state == "starting":
                    run.write_status("failed", status.epoch, f"It did not start; see {run.log}.")

    def _spawn(self, run: Run) -> None:
        words = process.command("resume", run.path, run.config(), NICE)
        run.write_status("starting", run.status().epoch)
        run.rotate_log()
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


Standing = list[tuple[Run, Status]]


def _standing(root: Path) -> Standing:
    """All runs that can be read, and how they stand."""
    found = []
    for run in list_runs(root):
        with suppress(RunError):
            found.append((run, run.status()))
    return found


def waiting(standing: Standing) -> Standing:
    """Those that wait, in the order in which they will be started."""
    queued = [(run, status) for run, status in standing if status.state == "queued"]
    return sorted(queued, key=lambda pair: (pair[1].since, pair[0].id))
