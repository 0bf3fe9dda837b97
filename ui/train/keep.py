"""What can be kept of a moment: a model for Explore, its file, or the start of another run."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import streamlit as st

from ui import history
from ui.collection import add, name_of
from ui.literal import literal
from ui.train import address, form
from ui.train.address import Address
from ui.train.draft import Parent, draft_of
from ui.train.words import moment
from vae_core.data.kept import PREFIX
from vae_core.errors import CheckpointError, RunError
from vae_core.runs import Run, RunConfig
from vae_core.tensor_file import SUFFIX

_KEPT = "train_kept"


def panel(run: Run, config: RunConfig, path: str, epoch: float) -> None:
    """Everything that can be done with the moment shown, whose file is `path`."""
    with st.popover("Keep this moment", icon=":material/bookmark_add:", key="train_keep"):
        suggested = suggest(config, epoch)
        st.text_input(
            "Name of the model", key="train_name", placeholder=suggested,
            help="Left empty, it is the grey one. Spaces and signs become dashes.",
        )  # fmt: skip
        st.button(
            "Keep it as a model", icon=":material/bookmark_add:", key="train_keep_model",
            on_click=_on_keep, args=(path, suggested),
        )  # fmt: skip
        _say_kept()
        st.download_button(
            "Download its file", lambda: read(path), f"{suggested}{SUFFIX}",
            "application/octet-stream", icon=":material/download:", on_click="ignore",
            key="train_download",
        )  # fmt: skip
        st.button(
            f"Train on from {moment(epoch)}", icon=":material/alt_route:", key="train_branch",
            on_click=_on_branch, args=(run, config, path, epoch),
            help="A new run that starts with these weights; how it is trained is up to you.",
        )  # fmt: skip


def longer_button(run: Run, config: RunConfig) -> None:
    """For a run that is done: the form for another that goes on from its end."""
    frames = run.frames()
    last = frames[-1] if frames else None
    st.button(
        "Train longer", icon=":material/alt_route:", key="train_longer", disabled=last is None,
        on_click=_on_branch, args=(run, config, str(last and last.path), last.epoch if last else 0),
        help="A new run that starts where this one ended.",
    )  # fmt: skip


def suggest(config: RunConfig, epoch: float) -> str:
    """A name for a model, such as "digits-dense-512-vae-2d-e3"."""
    model = config.model
    dataset = Path(config.training.dataset.removeprefix(PREFIX)).stem
    name = f"{dataset}-{model.preset}-{model.kind}-{model.latent_dim}d"
    safe = re.sub(r"[^A-Za-z0-9_-]", "-", name)[:48]
    return f"{safe}-e{epoch:g}".replace(".", "_")


def _on_keep(path: str, suggested: str) -> None:
    asked = st.session_state.get("train_name", "").strip()
    name = name_of(asked) if asked else suggested
    try:
        add(read(path), name)
    except CheckpointError as err:
        st.session_state[_KEPT] = (None, str(err))
    else:
        st.session_state[_KEPT] = (name, f"Kept as {name}.")


def _say_kept() -> None:
    name, told = st.session_state.get(_KEPT, (None, ""))
    if not told:
        return
    (st.success if name else st.error)(literal(told))
    if name and st.button("Open it in Explore", icon=":material/explore:", key="train_explore"):
        st.session_state.pop(_KEPT)
        st.session_state.pop("view", None)  # Explore reads the link anew
        history.forget()
        st.switch_page("pages/explore.py", query_params={"model": name})


def read(path: str) -> bytes:
    """The file of a moment, to download; raises CheckpointError."""
    try:
        return Path(path).read_bytes()
    except OSError:
        raise CheckpointError("The file of this moment is gone: the run was deleted.") from None


def _on_branch(run: Run, config: RunConfig, path: str, epoch: float) -> None:
    try:
        run.status()
    except RunError as err:
        st.toast(literal(err), icon=":material/error:")
        return
    if not form.can_take(config):
        st.toast("The form cannot show the data or the network of this run.")
        return
    form.take(replace(draft_of(config), parent=Parent(path, config.model, moment(epoch))))
    address.go(Address())
