"""The course of a run: its curves over epochs, and beside them those of another run."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from html import escape
from typing import Any

import streamlit as st

from ui.train import address, curves, source, words
from ui.train.curves import Curve, History
from vae_core.errors import RunError
from vae_core.runs import Run, RunConfig

NONE = ""
LEVEL_MEANING = (
    " Grey pixels cost at least {:.1f} nats; the mean image for every code would cost {:.1f}."
)


@dataclass(frozen=True, eq=False)
class Other:
    """A run to compare with: what it trains, and its epochs."""

    config: RunConfig
    history: History


def show(run: Run, config: RunConfig, shown: float, kl_per_dim: Sequence[float]) -> None:
    """All curves, and the KL of each dimension, shape (D,), nats per image, at the moment shown."""
    other = _choose(run)
    chosen, has_kl = curves.curves_of(config.model.kind), config.model.kind == "vae"
    columns = st.columns(len(chosen) + has_kl)
    for column, curve in zip(columns, chosen, strict=False):
        with column:
            _curve(curve, source.history(run), config, shown, other)
    if has_kl:
        with columns[-1]:
            _bars(kl_per_dim, shown)
    if other:
        st.html(table(config, other.config))


def _choose(run: Run) -> Other | None:
    """The other run; None if there is none, or it cannot be read any more."""
    titles = {NONE: "no other run"}
    here = address.current()
    configs = source.configs()
    dataset = configs[run.id].training.dataset if run.id in configs else ""
    for name, title in words.titles_of(configs).items():
        is_alike = configs[name].training.dataset == dataset  # nats of other images say nothing
        if name != run.id and (is_alike or name == here.other):
            titles[name] = title
    if here.other not in titles:
        if here.other != run.id:  # a run is no other than itself
            address.say_absent(here.other)
        here = address.go(replace(here, other=NONE))
    if len(titles) == 1:
        return None
    st.session_state["train_other"] = here.other
    st.selectbox(
        "Compare with", list(titles), format_func=lambda name: titles.get(name, name),
        key="train_other", on_change=_on_other, width=520,
    )  # fmt: skip
    if here.other == NONE:
        return None
    other = Run(run.path.with_name(here.other))
    with suppress(RunError):
        return Other(source.config(other), source.history(other))
    return None


def _on_other() -> None:
    address.go(replace(address.current(), other=st.session_state["train_other"]))


def _curve(
    curve: Curve, history: History, config: RunConfig, shown: float, other: Other | None
) -> None:
    epochs, over = config.training.epochs, None
    if other and curve in curves.curves_of(other.config.model.kind):
        over, epochs = other.history, max(epochs, other.config.training.epochs)
    st.html(f"<h2>{curve.title}</h2>")
    levels = _levels(config) if curve is curves.RECONSTRUCTION else {}
    st.echarts_chart(
        curves.line_chart(curve, history, epochs, shown, over, levels, _theme()),
        height=curves.HEIGHT,
        key=f"train_curve_{curve.title.split()[0].lower()}",
        alt=curves.describe(curve, history),
    )
    st.caption(curve.meaning + (LEVEL_MEANING.format(*levels.values()) if levels else ""))


def _theme() -> str:
    return st.context.theme.type or "light"


def _levels(config: RunConfig) -> dict[str, float]:
    """What no decoder can beat, and what one costs that has learnt nothing."""
    found = source.bounds(config.training.dataset)
    if found is None or config.model.likelihood != "bernoulli":
        return {}
    return {"least possible": found.floor, "mean image": found.mean_image}


def _bars(kl: Sequence[float], shown: float) -> None:
    st.html(f"<h2>KL of each dimension <small>{words.moment(shown)}</small></h2>")
    st.echarts_chart(
        curves.bar_chart(kl, _theme()),
        height=curves.HEIGHT,
        key="train_kl",
        alt="KL of each dimension, nats per image: "
        + ", ".join(f"z{d + 1} {value:.2f}" for d, value in enumerate(kl)),
    )
    more = f" The first {curves.MAX_BARS} of {len(kl)}." if len(kl) > curves.MAX_BARS else ""
    st.caption(f"Held-out images. A dimension near 0 is not used.{more}")


def differences(first: RunConfig, second: RunConfig) -> dict[str, tuple[Any, Any]]:
    """The settings in which two runs differ, by name."""
    a, b = words.settings_of(first), words.settings_of(second)
    return {name: (a[name], b[name]) for name in a if a[name] != b[name]}


def table(first: RunConfig, second: RunConfig) -> str:
    """The settings in which two runs differ, as markup."""
    found = differences(first, second)
    if not found:
        return "<p>The settings of both runs are the same.</p>"
    rows = "".join(
        f"<tr><th scope=row>{escape(name)}<td>{escape(str(a))}<td>{escape(str(b))}"
        for name, (a, b) in found.items()
    )
    head = "<tr><th scope=col>Setting<th scope=col>this run<th scope=col>the other"
    return f"<table class=settings>{head}{rows}</table>"
