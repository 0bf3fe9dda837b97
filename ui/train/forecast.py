"""How long a training would take: measured in a process of its own once the form is left alone."""

from __future__ import annotations

import threading
import time
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from statistics import median

import streamlit as st

from ui.train import source, words
from vae_core.runs import Run, RunConfig, measure

CALM_SECONDS = 1.5  # without a change of the form, or every step on the way would be measured
TICK_SECONDS = 1.0
FRESH_SECONDS = 600.0  # for so long a measurement holds: other work comes and goes
MEASURING = "How long it takes is being measured…"
IDLE = "if it has nothing else to do; measured on a few batches"
UNKNOWN = "How long it takes could not be measured."
_KEY = "train_calm"
_shared = partial(st.cache_resource, show_spinner=False)


@dataclass(frozen=True)
class _Asked:
    """What this session wants to know, since when, and the answer once it was asked for."""

    config: RunConfig
    since: float
    answer: Future[float | None] | None = None


@_shared(max_entries=1)
def _pool() -> ThreadPoolExecutor:
    """One at a time: two at once would measure each other."""
    return ThreadPoolExecutor(1, thread_name_prefix="forecast")


@_shared(max_entries=64, ttl=FRESH_SECONDS)
def _seconds(config: RunConfig) -> Future[float | None]:
    pool: ThreadPoolExecutor = _pool()
    _halted().clear()
    return pool.submit(measure, config, _halted())


@_shared(max_entries=1)
def _halted() -> threading.Event:
    return threading.Event()


def halt() -> None:
    """Measure no more: a training is about to start, and needs the machine."""
    _halted().set()


def show(config: RunConfig) -> None:
    """One line, which fills itself in."""
    st.fragment(_line, run_every=TICK_SECONDS, key="train_forecast")(config)


def _line(config: RunConfig) -> None:
    alike = what_matters(config)
    if known := earlier(alike):
        st.caption(sentence(known, config.training.epochs, "as an earlier run took"))
        return
    asked: _Asked = st.session_state.get(_KEY, _Asked(alike, 0.0))
    if asked.config != alike or not asked.since:
        asked = st.session_state[_KEY] = _Asked(alike, time.monotonic())
    if asked.answer is None and time.monotonic() - asked.since >= CALM_SECONDS:
        asked = st.session_state[_KEY] = replace(asked, answer=_seconds(alike))
    if asked.answer is None or not asked.answer.done():
        st.caption(MEASURING)
        return
    seconds = asked.answer.result()
    if seconds is None:
        _seconds.clear(alike)  # whoever asks next may have more luck
    st.caption(sentence(seconds, config.training.epochs, IDLE))


def earlier(alike: RunConfig) -> float | None:
    """Seconds an epoch of the newest run that differs in nothing that matters; None without one."""
    for name, config in source.configs().items():
        if what_matters(config) == alike:
            seconds = [e["seconds"] for e in source.history(Run(source.runs_dir() / name))]
            if seconds:
                return float(median(seconds))
    return None


def what_matters(config: RunConfig) -> RunConfig:
    """The run with everything else at one value, so that it is measured once."""
    plain = replace(
        config.training,
        epochs=1,
        seed=0,
        learning_rate=1e-4,
        schedule="constant",
        kl_warmup=0,
        beta=1.0,
    )
    return replace(config, training=plain, parent=None)


def sentence(seconds: float | None, epochs: int, condition: str) -> str:
    """For people: seconds of one epoch, how many there are, and on what condition."""
    if seconds is None:
        return UNKNOWN
    each = f"{seconds:.2g} s" if seconds < 10 else f"{seconds:.0f} s"
    plural = "" if epochs == 1 else "s"
    return (
        f"About {words.duration(seconds * epochs)} on this machine: {epochs} epoch{plural} of "
        f"{each}, {condition}."
    )
