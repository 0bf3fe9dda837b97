"""Measuring one model, in a process that does nothing else, and writing down how it stands."""

from __future__ import annotations

import _thread
import threading
import traceback
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, suppress
from pathlib import Path

from filelock import Timeout

from vae_core.errors import RunError, VaeCoreError
from vae_core.evaluation.stream import Event, Progress, evaluate_checkpoint
from vae_core.measuring.job import Job, Standing

TICK_SECONDS = 0.3  # between two looks whether it is wanted still, and whether it is its turn
LOCK_SECONDS = 2.0  # longer than anyone looks at it
FAILED, DONE = 1, 0
NO_MEMORY = "There was not enough memory to measure this model."
Measure = Callable[[Path, bool], Iterator[Event]]


def work(
    job: Job, checkpoint: Path, *, is_again: bool = False, measure: Measure | None = None
) -> int:
    """Wait until nobody else measures, and measure a model to the end; returns the exit status.

    The folder says how it stands. What is found is kept at once, whatever comes later.

    Args:
        job: Its folder, which exists.
        checkpoint: The model's file.
        is_again: Measure also what is known already.
        measure: Yields what `evaluate_checkpoint` does, which it is by default.
    """
    try:
        held = job.lock().acquire(timeout=LOCK_SECONDS)
    except Timeout:  # another process measures this model
        return FAILED
    with held:
        try:
            last = _measured(job, checkpoint, is_again, measure or _evaluate)
        except KeyboardInterrupt:
            last = Standing("cancelled")
        except VaeCoreError as err:
            last = Standing("failed", message=str(err))
        except MemoryError:
            last = Standing("failed", message=NO_MEMORY)
        except Exception as err:  # whoever watches is to know why, and not just that it is gone
            traceback.print_exc()  # to the job's log
            last = Standing("failed", message=f"Measuring failed: {type(err).__name__}.")
        with suppress(RunError):
            job.write(last)
    return DONE if last.state == "done" else FAILED


def _evaluate(checkpoint: Path, is_again: bool) -> Iterator[Event]:
    return evaluate_checkpoint(checkpoint, fresh=is_again)


def _measured(job: Job, checkpoint: Path, is_again: bool, measure: Measure) -> Standing:
    """Measure it all; raises KeyboardInterrupt once it is not wanted any more."""
    stop = threading.Event()
    watch = threading.Thread(target=_watch, args=(job, stop), daemon=True)
    watch.start()
    try:
        with _turn(job):
            for event in measure(checkpoint, is_again):
                if isinstance(event, Progress):
                    share = event.done / event.total if event.total else 1.0
                    left = event.seconds_left if event.done else None  # a pace is not known yet
                    now = Standing(
                        "running", share, left, event.what, step=event.step, n_steps=event.n_steps
                    )
                    job.write(now)
        return Standing("done", 1.0)
    finally:
        stop.set()
        watch.join()


def _turn(job: Job) -> AbstractContextManager[object]:
    """Wait until nobody else measures; what comes back ends the turn when it is left."""
    lock = job.machine_lock()
    while True:  # in short waits, between which an interruption gets through
        with suppress(Timeout):
            return lock.acquire(timeout=TICK_SECONDS)


def _watch(job: Job, stop: threading.Event) -> None:
    """Interrupt the measuring, which may be deep in one figure, once it is not wanted."""
    while not stop.wait(TICK_SECONDS):
        if job.is_unwanted:
            _thread.interrupt_main()
            return
