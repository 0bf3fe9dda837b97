"""Tests for vae_core.measuring: one process at a time, told by a folder, ended by a wish."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest

from tests.models import write_digits_model
from vae_core.checkpoints import read_header
from vae_core.errors import CheckpointError, RunError
from vae_core.evaluation.measured import Measured, is_complete, load
from vae_core.evaluation.stream import Event, Progress, evaluate_checkpoint
from vae_core.measuring import Job, Standing, job, jobs_dir, submit
from vae_core.measuring.worker import work


@pytest.fixture
def asked(tmp_path: Path) -> Job:
    """A model that somebody wants to be measured."""
    found = Job(tmp_path / "jobs" / "model")
    found.path.mkdir(parents=True)
    found.write(Standing("waiting"))
    return found


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[Job]:
    """The jobs for which a process would have been started."""
    found: list[Job] = []
    monkeypatch.setattr(job, "_spawn", lambda one, *_, **__: found.append(one))
    return found


def two_steps(_: Path, is_again: bool) -> Iterator[Event]:
    yield Progress(0, 4, "the first", 8.0, 1, 2)
    yield Measured("kl", 1.0)
    yield Progress(1, 4, "the second" + " again" * is_again, 6.0, 2, 2)


def test_the_folder_tells_how_far_it_is_what_is_measured_and_how_long_it_takes(asked: Job) -> None:
    seen = []

    def measure(path: Path, is_again: bool) -> Iterator[Event]:
        for event in two_steps(path, is_again):
            yield event
            seen.append(asked.standing())

    assert work(asked, Path("model"), is_again=True, measure=measure) == 0
    told = [(s.state, s.share, s.what, s.seconds_left, s.step, s.n_steps) for s in seen if s]
    assert told[0] == ("running", 0.0, "the first", None, 1, 2)  # at a pace that nobody knows
    assert told[-1] == ("running", 0.25, "the second again", 6.0, 2, 2)
    last = asked.standing()
    assert last is not None
    assert (last.state, last.share, last.is_alive) == ("done", 1.0, False)


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (CheckpointError("model is damaged."), "model is damaged."),
        (MemoryError(), "There was not enough memory to measure this model."),
        (ZeroDivisionError("division by zero"), "Measuring failed: ZeroDivisionError."),
    ],
)
def test_a_failure_is_told_in_one_sentence(asked: Job, error: Exception, said: str) -> None:
    def measure(*_: object) -> Iterator[Event]:
        raise error
        yield

    assert work(asked, Path("model"), measure=measure) == 1
    last = asked.standing()
    assert last is not None
    assert (last.state, last.message) == ("failed", said)


def wait_for(is_so: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 30
    while not is_so():
        assert time.monotonic() < deadline
        threading.Event().wait(0.01)


def test_a_wish_ends_it_and_lets_it_keep_what_it_has_found(asked: Job) -> None:
    kept = []

    def measure(*_: object) -> Iterator[Event]:
        try:
            asked.cancel()
            yield Progress(0, 1, "something long", 99.0)
            wait_for(lambda: False)
        finally:
            kept.append(True)

    assert work(asked, Path("model"), measure=measure) == 1
    last = asked.standing()
    assert last is not None
    assert last.state == "cancelled"
    assert kept == [True]


def test_one_that_waits_for_another_can_be_cancelled_too(asked: Job) -> None:
    with asked.machine_lock():
        asked.cancel()
        assert work(asked, Path("model"), measure=two_steps) == 1
    last = asked.standing()
    assert last is not None
    assert last.state == "cancelled"


@pytest.mark.parametrize("error", [None, KeyboardInterrupt, ValueError("no")])
def test_both_locks_are_free_once_it_is_over(
    asked: Job, monkeypatch: pytest.MonkeyPatch, error: BaseException | None
) -> None:
    """Also while somebody still holds the objects, as a kept traceback does."""
    own, machine = asked.lock(), asked.machine_lock()
    monkeypatch.setattr(Job, "lock", lambda _: own)
    monkeypatch.setattr(Job, "machine_lock", lambda _: machine)

    def measure(path: Path, is_again: bool) -> Iterator[Event]:
        assert own.is_locked
        assert machine.is_locked
        yield Progress(0, 4, "the first", 8.0, 1, 2)
        if error is not None:
            raise error

    work(asked, Path("model"), measure=measure)
    assert not own.is_locked
    assert not machine.is_locked


def test_one_model_is_never_measured_twice_at_the_same_time(
    asked: Job, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("vae_core.measuring.worker.LOCK_SECONDS", 0)
    with asked.lock():
        assert work(asked, Path("model"), measure=two_steps) == 1
        found = asked.standing()
    assert found is not None
    assert found.state == "waiting"


def test_a_dead_process_is_told_by_its_free_lock(asked: Job) -> None:
    asked.write(Standing("running", 0.5, 3.0, "the map"))
    found = asked.standing()
    assert found is not None
    assert (found.state, found.share) == ("failed", 0.5)
    assert "What it had found is kept" in found.message
    with asked.lock():
        alive = asked.standing()
    assert alive is not None
    assert alive.what == "the map"


def test_one_that_ends_between_two_looks_is_not_taken_for_dead(
    asked: Job, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked.write(Standing("running", 0.9))

    def ends_just_now(one: Job) -> bool:
        one.write(Standing("done", 1.0))
        return False

    monkeypatch.setattr(Job, "is_locked", ends_just_now)
    found = asked.standing()
    assert found is not None
    assert found.state == "done"


def test_one_that_has_not_begun_in_a_minute_never_will(asked: Job) -> None:
    asked.write(Standing("waiting", since=time.time() - 2 * job.STARTING_SECONDS))
    found = asked.standing()
    assert found is not None
    assert found.state == "failed"


@pytest.mark.parametrize(
    "written",
    [
        "",
        "[]",
        '{"state": "resting"}',
        '{"state": "done", "share": 2}',
        '{"state": "done", "at": 1}',
        '{"state": "running", "seconds_left": "soon"}',
    ],
)
def test_a_damaged_note_is_told_not_believed(asked: Job, written: str) -> None:
    (asked.path / "status.json").write_text(written)
    found = asked.standing()
    assert found is not None
    assert found.message == "The note of how measuring stands is damaged."


def test_asking_twice_starts_one_process(
    tmp_path: Path, checkpoint: Path, started: list[Job]
) -> None:
    root, header = jobs_dir(tmp_path), read_header(checkpoint)
    first = submit(root, checkpoint, header)
    assert submit(root, checkpoint, header) == first
    assert started == [first]
    assert Job.of(root, header) == first
    first.write(Standing("done", 1.0))
    first.cancel()
    submit(root, checkpoint, header, is_again=True)
    assert started == [first, first]
    assert not first.is_unwanted  # the wish was about the last time


def test_no_more_are_started_than_the_memory_can_bear(
    tmp_path: Path, checkpoint: Path, started: list[Job], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(job, "MAX_ALIVE", 1)
    root = jobs_dir(tmp_path)
    other = Job(root / "other")
    other.path.mkdir(parents=True)
    refused = partial(pytest.raises, RunError, match="1 models are being measured already")
    with other.lock(), refused():
        submit(root, checkpoint, read_header(checkpoint))
    other.write(Standing("waiting"))  # its process is starting, and has no lock yet
    with refused():
        submit(root, checkpoint, read_header(checkpoint))
    assert not started
    other.write(Standing("done", 1.0))
    assert started == [submit(root, checkpoint, read_header(checkpoint))]


def test_a_process_that_cannot_be_started_is_told_in_one_sentence(
    tmp_path: Path, checkpoint: Path
) -> None:
    root, header = jobs_dir(tmp_path), read_header(checkpoint)
    Job.of(root, header).log.mkdir(parents=True)  # in the way
    with pytest.raises(RunError, match=r"Nothing can be measured: .* Is a directory"):
        submit(root, checkpoint, header)


def test_what_is_told_is_json_and_nobody_asked_means_nothing(asked: Job) -> None:
    written = json.loads((asked.path / "status.json").read_text())
    assert written["state"] == "waiting"
    assert Job(asked.path.with_name("never")).standing() is None


def test_the_figures_of_a_step_are_kept_before_the_next_one_begins(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VAE_MEASURED_DIR", str(tmp_path / "measured"))
    path = write_digits_model(tmp_path / "model.safetensors", 2, epochs=1)
    events = evaluate_checkpoint(path)
    found: dict[str, Measured] = {}
    for event in events:
        if isinstance(event, Measured):
            found[event.key] = event
        elif found:
            break
    assert found
    assert load(path, read_header(path)).figures == found
    assert not is_complete(found)
    events.close()
