"""One run: how it stands, what can be done with it, and what it has learnt so far."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from html import escape

import streamlit as st

from ui import guide
from ui.literal import literal
from ui.train import address, form, keep, source, words
from ui.train.address import Address
from ui.train.draft import draft_of
from ui.train.learnt import learnt
from ui.train.travel import is_playing
from vae_core.errors import RunError, VaeCoreError
from vae_core.runs import Run, RunConfig, Status
from vae_core.runs.folder import standing
from vae_core.runs.records import ALIVE, RESUMABLE, WAITING

TICK_SECONDS = 0.5  # between two looks


def show(run: Run) -> None:
    """All there is of a run; raises RunError."""
    config = source.config(run)
    every = _every(run.status())
    st.fragment(_live, run_every=every, key="train_live")(run, config, every)


def choose(run: Run) -> None:
    """Another run, or a new one."""
    titles = words.titles_of(source.configs())
    st.session_state["train_run"] = run.id
    st.selectbox(
        "Run", list(titles), format_func=lambda i: titles.get(i, i), key="train_run",
        on_change=_on_run, width=520, label_visibility="collapsed",
    )  # fmt: skip
    st.button(
        "New run", icon=":material/add:", key="train_new", on_click=_on_new, args=(run,),
        help="Back to the form, filled with the settings of this run.",
    )  # fmt: skip
    guide.explain("train", terms=("code", "prior", "axes", "nats"))


def _on_new(run: Run) -> None:
    with suppress(RunError):
        config = source.config(run)
        if form.can_take(config):
            form.take(draft_of(config))
        else:
            st.toast("The form cannot show the data or the network of this run; these are others.")
    address.go(Address())


def _on_run() -> None:
    address.go(Address(st.session_state["train_run"]))


def _every(status: Status) -> float | None:
    """Seconds between two looks at the run; None where nothing changes by itself."""
    is_moving = is_playing() or status.state in (*ALIVE, *WAITING)
    return TICK_SECONDS if is_moving else None


def _live(run: Run, config: RunConfig, every: float | None) -> None:
    """Everything that changes while a run trains, or while time is travelled."""
    if address.current().run != run.id:  # a button here led elsewhere; only this part ran again
        st.rerun()
    try:
        status = run.status()
        _state(run, config, status)
        learnt(run, config, status)
    except VaeCoreError as err:
        if not run.path.is_dir():
            st.rerun()  # the page says that it is gone
        st.error(literal(err))
        return
    if _every(status) != every:
        st.rerun()


def _state(run: Run, config: RunConfig, status: Status) -> None:
    """State, progress, and the buttons."""
    runs = standing(source.runs_dir()) if status.state in WAITING else []
    wish = words.wish_of(run)
    told = words.describe(status, config.training.epochs, source.position(run, runs), wish)
    events = source.events(run)
    share = words.share_done(status, config.training.epochs, events)
    if status.state == "running":
        told += _pace(config, share, events)
    with st.container():  # there in any case: what comes and goes would make all below it anew
        _trouble(run, status)
    st.progress(share, told)
    _buttons(run, config, status, wish)


def _trouble(run: Run, status: Status) -> None:
    """Why it trains no more, if it should."""
    if status.message and status.state == "failed":
        st.error(literal(status.message))
    if status.state in ("failed", "interrupted") and (said := run.log_tail()):
        with st.expander("What its process said last"):
            st.code(said, language=None, wrap_lines=True)


def _pace(config: RunConfig, share: float, events: list[dict[str, object]]) -> str:
    said = ""
    if speed := words.speed(events):
        said += f" {speed:,.0f} images a second"
    n_images = source.n_train(config.training.dataset)
    if left := words.seconds_left(share, config.training.epochs, events, n_images):
        said += f", {words.duration(left)} left"
    return f"{said}." if said else ""


def _buttons(run: Run, config: RunConfig, status: Status, wish: str) -> None:
    is_alive, can_wait = status.state in ALIVE, status.state in WAITING
    with st.container(horizontal=True, vertical_alignment="center"):
        can_stop, can_pause = (is_alive or can_wait) and wish != "stop", is_alive and not wish
        _button("Stop", "stop", run, lambda: run.ask("stop"), can=can_stop)
        _button("Pause after this epoch", "pause", run, lambda: run.ask("pause"), can=can_pause)
        if status.state == "done":
            keep.longer_button(run, config)
        else:
            _button("Go on", "play_arrow", run, run.resume, can=status.state in RESUMABLE)
        with st.popover(
            "Delete", icon=":material/delete:", key="train_delete", disabled=is_alive or can_wait
        ):
            st.markdown("The run and all its moments will be gone for good.")
            st.button(
                "Delete this run", key="train_delete_sure", type="primary", on_click=_on_delete,
                args=(run,),
            )  # fmt: skip
        with st.popover("Settings of this run", icon=":material/tune:", key="train_settings"):
            st.html(_settings(config))


def _button(label: str, icon: str, run: Run, do: Callable[[], None], *, can: bool) -> None:
    key = f"train_{label.split()[0].lower()}"
    st.button(
        label, icon=f":material/{icon}:", key=key, disabled=not can, on_click=_on_do, args=(do,)
    )


def _on_do(do: Callable[[], None]) -> None:
    try:
        do()
    except (RunError, OSError) as err:
        st.toast(literal(err), icon=":material/error:")


def _on_delete(run: Run) -> None:
    try:
        run.delete()
    except RunError as err:
        st.toast(literal(err), icon=":material/error:")
        return
    st.toast("The run is deleted.", icon=":material/delete:")
    address.go(Address())


def _settings(config: RunConfig) -> str:
    """Every setting as a list of names and values."""
    found = words.settings_of(config)
    return f"<dl>{''.join(f'<dt>{k}<dd>{escape(str(v))}' for k, v in found.items())}</dl>"
