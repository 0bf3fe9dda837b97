"""The real app as a process of its own: started, waited for, stopped."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks._report import ROOT

START_SECONDS = 60.0
STOP_SECONDS = 10.0


@dataclass(frozen=True)
class Server:
    """A running app.

    Attributes:
        port: On the loopback address, where nobody else can reach it.
        pid: Of its process.
        started: Seconds from starting the process to its first answer over HTTP.
        answered: When that answer came, `time.time()`.
    """

    port: int
    pid: int
    started: float
    answered: float

    @property
    def host(self) -> str:
        """Address and port."""
        return f"localhost:{self.port}"

    def cpu_seconds(self) -> float | None:
        """Processor time used so far; None where /proc is missing."""
        stat = Path(f"/proc/{self.pid}/stat")
        if not stat.exists():
            return None
        fields = stat.read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def memory(self) -> float | None:
        """MiB held now; None where /proc is missing."""
        status = Path(f"/proc/{self.pid}/status")
        if not status.exists():
            return None
        line = next(line for line in status.read_text().splitlines() if line.startswith("VmRSS"))
        return int(line.split()[1]) / 1024


@contextmanager
def running_app(checkpoint_dir: Path | None) -> Iterator[Server]:
    """The app with these models, or the shipped ones, until the block ends."""
    port = _free_port()
    command = [sys.executable, "-m", "streamlit", "run", "app.py", "--server.headless", "true"]
    environment = dict(os.environ)
    if checkpoint_dir is not None:
        environment["VAE_CHECKPOINT_DIR"] = str(checkpoint_dir.resolve())
    with tempfile.TemporaryFile() as log:
        start = time.perf_counter()
        process = subprocess.Popen(
            [*command, "--server.port", str(port)],
            cwd=ROOT,
            env=environment,
            stdout=log,
            stderr=subprocess.STDOUT,
        )
        try:
            _wait_for_answer(process, port, start + START_SECONDS)
            yield Server(port, process.pid, time.perf_counter() - start, time.time())
        except RuntimeError as err:
            log.seek(0)
            raise RuntimeError(f"{err}\n{log.read().decode(errors='replace')[-2000:]}") from err
        finally:
            _stop(process)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("localhost", 0))
        port: int = probe.getsockname()[1]
        return port


def _wait_for_answer(process: subprocess.Popen[bytes], port: int, deadline: float) -> None:
    while time.perf_counter() < deadline:
        if process.poll() is not None:
            raise RuntimeError(f"The app ended with status {process.returncode}.")
        try:
            with urllib.request.urlopen(f"http://localhost:{port}/_stcore/health", timeout=5):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.01)
    raise RuntimeError(f"The app did not answer within {START_SECONDS:.0f} s.")


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
