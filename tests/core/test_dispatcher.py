"""Tests for vae_core.runs.dispatcher, with real workers: who is started, and what survives."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import torch

from tests.core.test_runs import a_config, assert_same, last_weights, trained
from vae_core.runs import Dispatcher, Run, dispatcher, list_runs, process, submit

LONG = 1000  # epochs that no test waits for
WAIT_SECONDS = 60


@pytest.fixture
def root(tmp_path: Path) -> Iterator[Path]:
    """A folder of runs; whatever still trains in it is killed in the end."""
    folder = tmp_path / "runs"
    folder.mkdir()
    yield folder
    for run in list_runs(folder):
        if run.is_locked():
            kill(run)


def until(is_so: Callable[[], bool]) -> None:
    deadline = time.monotonic() + WAIT_SECONDS
    while not is_so():
        assert time.monotonic() < deadline, "nothing happens"
        time.sleep(0.02)


def kill(run: Run) -> None:
    """As the machine does when it has no memory left."""
    found = subprocess.run(["pgrep", "-f", str(run.path)], capture_output=True, text=True)
    for pid in found.stdout.split():
        os.kill(int(pid), signal.SIGKILL)


def states(root: Path) -> list[str]:
    return [run.status().state for run in list_runs(root)]


class FakeWorker:
    """A worker that holds no lock and does nothing until it is told to end."""

    def __init__(self, command: list[str], **_: object) -> None:
        self.run = Run(Path(command[4]))
        self.ended: int | None = None
        STARTED.append(self.run)

    def poll(self) -> int | None:
        return self.ended

    def end(self, state: str) -> None:
        self.run.write_status(state)  # type: ignore[arg-type]
        self.ended = 0


STARTED: list[Run] = []


@pytest.fixture
def fake(monkeypatch: pytest.MonkeyPatch) -> list[Run]:
    """Workers that only seem to train, so that the queue can be watched."""
    STARTED.clear()
    monkeypatch.setattr(dispatcher.subprocess, "Popen", FakeWorker)
    monkeypatch.setattr(dispatcher, "max_workers", lambda: 2)
    return STARTED


def test_no_more_run_than_may_and_the_others_wait_in_order(root: Path, fake: list[Run]) -> None:
    submitted = [submit(root, a_config()) for _ in range(8)]
    one = Dispatcher(root)
    for n_done in range(8):
        one.tick()
        one.tick()
        assert fake == submitted[: min(n_done + 2, 8)]
        assert states(root).count("starting") == min(2, 8 - n_done)
        one._children[submitted[n_done].id].end("done")  # type: ignore[attr-defined]
    assert states(root) == ["done"] * 8
    one.close()


def test_two_servers_start_each_run_once_and_one_takes_over(root: Path, fake: list[Run]) -> None:
    submitted = [submit(root, a_config()) for _ in range(4)]
    one, other = Dispatcher(root), Dispatcher(root)
    for _ in range(3):
        one.tick()
        other.tick()
    assert fake == submitted[:2]
    for run in fake:
        run.write_status("done")
    one.close()
    other.tick()
    assert fake == submitted
    other.close()


def test_a_stopped_run_leaves_the_queue(root: Path, fake: list[Run]) -> None:
    submitted = [submit(root, a_config()) for _ in range(4)]
    submitted[1].ask("stop")
    one = Dispatcher(root)
    one.tick()
    assert fake == [submitted[0], submitted[2]]
    one.close()


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("status.json", b"{"),
        ("status.json", b'{"state": "queued", "since": "x"}'),
        ("config.json", b"{"),
        ("config.json", b'{"schema": 99}'),
    ],
)
def test_a_damaged_run_stops_no_other(
    root: Path, fake: list[Run], name: str, content: bytes
) -> None:
    broken, sound = submit(root, a_config()), submit(root, a_config())
    (broken.path / name).write_bytes(content)
    one = Dispatcher(root)
    one.tick()
    assert fake == [sound]
    one.close()


def test_whatever_goes_wrong_the_dispatcher_looks_again(
    root: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    looks: list[int] = []

    def look(self: Dispatcher) -> None:
        looks.append(1)
        raise ZeroDivisionError

    monkeypatch.setattr(Dispatcher, "tick", look)
    monkeypatch.setattr(dispatcher, "TICK_SECONDS", 0.01)
    one = Dispatcher(root)
    one.start()
    until(lambda: len(looks) > 2)
    one.close()
    assert "could not look at" in caplog.text


def test_a_worker_that_heeds_no_stop_is_ended(
    root: Path, fake: list[Run], monkeypatch: pytest.MonkeyPatch
) -> None:
    killed: list[Run] = []
    monkeypatch.setattr(FakeWorker, "kill", lambda self: killed.append(self.run), raising=False)
    run = submit(root, a_config())
    one = Dispatcher(root)
    one.tick()
    run.ask("stop")
    one.tick()
    assert not killed
    long_ago = time.time() - 2 * dispatcher.HEED_SECONDS
    os.utime(run.path / "stop", (long_ago, long_ago))
    one.tick()
    assert killed == [run]
    one.close()


def test_a_long_log_is_put_aside(root: Path, fake: list[Run]) -> None:
    run = submit(root, a_config())
    run.log.write_bytes(b"x" * (dispatcher.MAX_LOG + 1))
    one = Dispatcher(root)
    one.tick()
    assert run.log.stat().st_size == 0
    assert (run.path / "log.old.txt").stat().st_size == dispatcher.MAX_LOG + 1
    one.close()


def test_a_stop_that_meets_the_start_of_a_worker_is_heeded(root: Path) -> None:
    """Its state may say anything by then; the wish is what counts."""
    run = submit(root, a_config())
    run.write("stop", b"")
    run.write_status("stopped")
    words = process.command("resume", run.path, run.config())
    done = subprocess.run([*words, "--queued"], cwd=process.HOME, env=process.environment())
    assert done.returncode == 0
    assert run.status() == run.status().__class__("stopped", 0, "", run.status().since)
    assert not run.frames()


def test_a_worker_that_cannot_start_fails_with_a_sentence(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(process.sys, "executable", "false")
    run = submit(root, a_config())
    one = Dispatcher(root)
    one.tick()
    until(lambda: one._children[run.id].poll() is not None)
    one.tick()
    assert run.status().state == "failed"
    assert run.status().message.startswith("It did not start; see ")
    one.close()


def test_a_killed_worker_is_seen_and_the_run_ends_as_if_nothing_had_happened(root: Path) -> None:
    config = a_config(epochs=80)
    run = submit(root, config)
    numbers = random.Random(0)
    one = Dispatcher(root)
    one.start()
    for _ in range(2):
        before = run.status().epoch
        until(lambda before=before: run.status().epoch > before)  # type: ignore[misc]
        time.sleep(numbers.uniform(0, 0.4))
        kill(run)
        until(lambda: run.status().state == "interrupted")  # how soon: benchmarks/kills.py
        run.resume()
    until(lambda: run.status().state == "done")
    until(lambda: not one._children)  # buried
    one.close()
    assert_same(last_weights(run), trained(config))


def test_a_run_outlives_the_server_that_started_it(root: Path) -> None:
    run = submit(root, a_config(epochs=LONG))
    server = subprocess.Popen(
        [
            sys.executable, "-c",
            "import sys, time; from vae_core.runs import Dispatcher;"
            "Dispatcher(sys.argv[1]).start(); time.sleep(999)", str(root),
        ],
        start_new_session=True,
    )  # fmt: skip
    try:
        until(lambda: run.status().epoch >= 1)
    finally:
        os.killpg(server.pid, signal.SIGKILL)
        server.wait()
    epoch = run.status().epoch
    until(lambda: run.status().epoch > epoch + 1)
    assert run.status().state == "running"
    other = Dispatcher(root)
    other.tick()
    assert run.status().state == "running"
    run.ask("stop")
    until(lambda: run.status().state == "stopped")
    other.close()
    torch.set_num_threads(1)
