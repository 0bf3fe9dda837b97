"""The form: what to train, and how."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, cast, get_args

import streamlit as st

from ui.absent import fetch_button
from ui.catalogue import dataset_title
from ui.literal import literal
from ui.own import bring
from ui.train import forecast, source
from ui.train.draft import FIRST_PRESET, KINDS, Draft, Kind, fitting_draft, own_draft, to_config
from ui.train.sketch import describe, sketch
from vae_core.config import Likelihood, Schedule
from vae_core.data import DATASETS, download_size, is_downloadable
from vae_core.errors import ConfigError
from vae_core.models.presets import PRESETS
from vae_core.runs import RunConfig
from vae_core.runs.dispatcher import threads_of_worker

_KEY = "train_draft"
KIND_HELP = (
    "**AE**, plain autoencoder: one code for each image. **VAE**, variational autoencoder: a bell "
    "curve of codes for each, kept near the prior, so that new codes can be drawn. **β-VAE**: a "
    "VAE whose pull towards the prior is β times as strong."
)
LIKELIHOODS = {
    "bernoulli": "Bernoulli: grey is a probability",
    "gaussian": "Gaussian: one learnt σ",
    "continuous-bernoulli": "continuous Bernoulli",
}
PARTS = {"all": "the whole network", "decoder": "the decoder only"}
PART_HELP = "If only the decoder learns, every code stays where it is; its pictures change."
SCHEDULES = {"constant": "constant", "cosine": "falls along a cosine"}
HELP = {
    "latent_dim": "How many numbers the code of an image has. Two can be drawn as they are.",
    "epochs": "How often the training goes through all training images.",
    "beta": "Weight of the KL term. 1 is the plain VAE; more spreads codes like the prior, and "
    "blurs the pictures.",
    "likelihood": "How a decoded pixel is scored against the original.",
    "batch_size": "Images per training step.",
    "learning_rate": "Size of a step (Adam). Too large, and the loss explodes; too small, and it "
    "takes for ever.",
    "schedule": "What becomes of the learning rate: the cosine ends at a hundredth of it.",
    "kl_warmup": "Epochs over which the weight of the KL grows from a tenth to its full size; it "
    "keeps the code in use at the start.",
    "free_bits": "KL that each dimension of the code may have without being punished, in nats "
    "(1 nat = 1.44 bits).",
    "seed": "The same seed and settings give the same model, on the same machine.",
    "binarize": "Draw every pixel black or white anew for each batch, white as often as it is "
    "light.",
}


def current(datasets: dict[str, source.Images]) -> Draft:
    """The draft of this session."""
    draft: Draft | None = st.session_state.get(_KEY)
    if draft is None or draft.dataset not in datasets:
        name = next(iter(datasets))
        draft = own_draft(FIRST_PRESET, name, datasets[name].shape)
        st.session_state[_KEY] = draft
    return draft


def can_take(config: RunConfig) -> bool:
    """Whether a network and its data are among those that the form offers."""
    return config.model.preset in PRESETS and config.training.dataset in source.usable()


def take(draft: Draft) -> None:
    """Fill the form with these settings."""
    st.session_state[_KEY] = draft


def take_data(dataset: str) -> None:
    """Fill the form with this data set and what fits it."""
    images = source.images(dataset)
    take(fitting_draft(dataset, images.shape, images.n_train))


def show(datasets: dict[str, source.Images]) -> None:
    """Draw the form."""
    draft = current(datasets)
    with st.container(horizontal=True):
        _choice("dataset", "Data set", list(datasets), dataset_title, width=220)
        if draft.parent is None:
            _choice("preset", "Preset", list(PRESETS), str, _on_preset, width=220)
    _more_data_sets(datasets)
    if draft.parent is None:
        st.markdown(f"**{draft.preset}**: {PRESETS[draft.preset].summary}.")
    else:
        st.info(f"The weights and the network are those of {draft.parent.name} of another run.")
        st.button("Start with fresh weights instead", key="train_fresh", on_click=_on_fresh)
        st.session_state["train_part"] = draft.part
        st.segmented_control(
            "What is trained", list(PARTS), format_func=lambda p: PARTS[p], key="train_part",
            required=True, help=PART_HELP, on_change=_on_change, args=("part",),
        )  # fmt: skip
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.session_state["train_kind"] = draft.kind
        st.segmented_control(
            "Kind", _kinds(draft), format_func=lambda k: KINDS[k], key="train_kind",
            required=True, help=KIND_HELP, on_change=_on_change, args=("kind",),
        )  # fmt: skip
        if draft.kind == "beta-vae":
            _number("beta", "β", 0.5, width=110)
    with st.container(horizontal=True):
        if draft.parent is None:
            _number("latent_dim", "Dimensions of the code", 1, width=180)
        _number("epochs", "Epochs", 1, width=150)
    with st.expander("More settings", key="train_more"):
        _more(draft)


def _more(draft: Draft) -> None:
    """What is rarely changed."""
    if draft.parent is None:
        _choice("likelihood", "Likelihood", list(get_args(Likelihood)), LIKELIHOODS.__getitem__)
    with st.container(horizontal=True):
        _number("batch_size", "Batch size", 32, width=150)
        _number("learning_rate", "Learning rate", 0.0005, "%.5f", width=150)
        _choice("schedule", "Schedule", list(get_args(Schedule)), SCHEDULES.__getitem__, width=180)
    if draft.kind != "ae":
        with st.container(horizontal=True):
            _number("kl_warmup", "KL warm-up, epochs", 1, width=150)
            _number("free_bits", "Free nats per dimension", 0.05, "%.2f", width=180)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        _number("seed", "Seed", 1, width=150)
        st.session_state["train_binarize"] = draft.binarize
        st.toggle(
            "Black-or-white pixels", key="train_binarize", help=HELP["binarize"],
            on_change=_on_change, args=("binarize",),
        )  # fmt: skip


def network(datasets: dict[str, source.Images]) -> RunConfig | None:
    """Draw what the settings make; the run they ask for, None where they cannot be."""
    draft = current(datasets)
    images = datasets[draft.dataset]
    try:
        config = to_config(draft, images.shape, threads_of_worker())
        found = source.network(config.model)
    except ConfigError as err:
        st.error(literal(err))
        return None
    facts = (found, images.shape, draft.latent_dim, config.model.kind)
    st.image(
        sketch(*facts, st.context.theme.type or "light"), alt=describe(*facts), width="stretch"
    )
    st.markdown(
        f"{found.n_parameters:,} parameters. Trained on {images.n_train:,} images; "
        f"{images.n_held_out:,} others are held out, to see how well it does on new ones."
    )
    forecast.show(config)
    return config


def own_settings_button() -> None:
    """A button that puts the preset's values back."""
    st.button(
        "The preset's own settings", icon=":material/restart_alt:", key="train_own",
        on_click=_on_own, help="Puts back every setting but the data set, the preset and the kind.",
    )  # fmt: skip


def _kinds(draft: Draft) -> list[Kind]:
    """Those that the network can be."""
    if draft.parent is None:
        return list(KINDS)
    return ["ae"] if draft.parent.model.kind == "ae" else ["vae", "beta-vae"]


def _more_data_sets(datasets: dict[str, source.Images]) -> None:
    """Those that are not on this machine, to be brought or fetched."""
    missing = [name for name in DATASETS if name not in datasets and is_downloadable(name)]
    with st.container(horizontal=True):
        bring.button()
        if missing:
            _fetching(missing)


def _fetching(missing: list[str]) -> None:
    with st.popover("More data sets", icon=":material/download:", type="tertiary"):
        st.markdown("Not on this machine yet:")
        for name in missing:
            label = f"Fetch {dataset_title(name)} ({download_size(name)})"
            fetch_button(name, label, f"train_fetch_{name}")


def _choice(
    name: str,
    label: str,
    options: list[str],
    words: Callable[[str], str],
    on_change: Callable[[], None] | None = None,
    *,
    width: int | str = "stretch",
) -> None:
    st.session_state[f"train_{name}"] = getattr(_draft(), name)
    st.selectbox(
        label, options, format_func=words, key=f"train_{name}", help=HELP.get(name),
        on_change=on_change or _on_change, args=() if on_change else (name,),
        width=cast("Any", width),
    )  # fmt: skip


def _number(
    name: str, label: str, step: float, number_format: str | None = None, *, width: int
) -> None:
    """No bounds here: the core says what is wrong with a value, in a sentence."""
    st.session_state[f"train_{name}"] = getattr(_draft(), name)
    st.number_input(
        label, step=step, format=number_format, key=f"train_{name}", help=HELP[name],
        on_change=_on_change, args=(name,), width=width,
    )  # fmt: skip


def _draft() -> Draft:
    draft = st.session_state[_KEY]
    assert isinstance(draft, Draft)
    return draft


def _on_change(name: str) -> None:
    changed: Any = st.session_state[f"train_{name}"]
    take(replace(_draft(), **{name: changed}))


def _on_fresh() -> None:
    take(replace(_draft(), parent=None))


def _on_preset() -> None:
    take(_own(st.session_state["train_preset"]))


def _on_own() -> None:
    take(_own(_draft().preset))


def _own(preset: str) -> Draft:
    draft = _draft()
    shape = source.usable()[draft.dataset].shape
    kind: Kind = draft.kind
    return replace(own_draft(preset, draft.dataset, shape, kind), parent=draft.parent)
