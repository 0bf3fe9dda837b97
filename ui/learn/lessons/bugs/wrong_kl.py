"""Spot the bug: a KL whose halves are missing."""

from __future__ import annotations

import math
from typing import Final

import numpy as np
import plotly.graph_objects as go
import streamlit as st

from ui import palette
from ui.learn.bugs.lesson import Bug, lesson_of
from ui.learn.desk import Desk
from ui.learn.lesson import Formula, Question
from vae_core.flaws.symptoms import divergences, least_wrong_kl, torch_kl

KEY: Final = "wrong-kl"
LOW, HIGH, STEP = 0.2, 2.0, 0.05  # of the slider, latent units
HALF = 0.5  # variance of the prior that the code means
ZERO = 1e-6  # nats


def _answer() -> int:
    least = least_wrong_kl().value
    return 0 if abs(least) < ZERO else 1 if least > 0 else 2


def _reveal() -> str:
    least = least_wrong_kl()
    right = divergences(0.0, 1.0)
    return (
        f"Searched for just now: the least is **{least.value:.4f} nats** for each dimension (half "
        f"the logarithm of 2 is {0.5 * math.log(2):.4f}), at a width of {least.sigma:.4f}. At the "
        f"prior itself, width 1, the wrong one says {right[0]:.2f} nats and the right one "
        f"{right[1]:.2f}."
    )


def _experiment(desk: Desk) -> bool:
    sigma = st.slider("Width σ at place 0, latent units", LOW, HIGH, 1.0, STEP, key=desk.key("s"))
    st.plotly_chart(
        _curves(sigma), key=desk.key("curves"), config={"displayModeBar": False},
        alt="The wrong and the right KL over the width; the sentence below says their values.",
    )  # fmt: skip
    wrong, right = divergences(0.0, sigma)
    judge, other = torch_kl(0.0, sigma), torch_kl(0.0, sigma, HALF)
    st.markdown(
        f"At σ = {sigma:g}, PyTorch’s own KL is **{judge:.4f} nats**.\n"
        f"- {_verdict(wrong, judge)} the code says {wrong:.4f} nats.\n"
        f"- {_verdict(right, judge)} the formula with both squares halved says {right:.4f} "
        "nats.\n\n"
        f"To a prior of *half the variance* (the squared width) the KL is {other:.4f} nats: the "
        f"code is always {wrong - other:.4f} above that."
    )
    widths = np.arange(LOW, HIGH + STEP / 2, STEP)
    best = widths[np.argmin([divergences(0.0, width)[0] for width in widths])]
    return bool(abs(sigma - best) < STEP / 2)


def _verdict(said: float, judge: float) -> str:
    return ":material/check: Right:" if abs(said - judge) < ZERO else ":material/close: Wrong:"


def _curves(sigma: float) -> go.Figure:
    widths = np.linspace(LOW, HIGH, 100)
    values = np.array([divergences(0.0, width) for width in widths])
    here = divergences(0.0, sigma)
    figure = go.Figure()
    names = ("as the code has it", "the KL")
    for column, (name, colour) in enumerate(zip(names, palette.PETROFF10[2::-2], strict=True)):
        figure.add_scatter(x=widths, y=values[:, column], name=name, line_color=colour)
        figure.add_scatter(
            x=[sigma], y=[here[column]], mode="markers", showlegend=False,
            marker={"size": 11, "color": colour},
        )  # fmt: skip
    figure.update_layout(
        height=260, margin={"l": 8, "r": 8, "t": 8, "b": 8}, dragmode=False,
        legend={"orientation": "h", "y": 1.15},
    )  # fmt: skip
    figure.update_xaxes(title="width σ (latent units)")
    figure.update_yaxes(title="nats per dimension", rangemode="tozero")
    return figure


LESSON = lesson_of(
    Bug(
        key=KEY,
        title="Spot the bug 3: half is missing",
        idea="A formula that lost its halves, and a prior that shrank because of it.",
        learnt="A KL is 0 where both curves are the same; a formula that never gets there is none.",
        meant=(
            "The KL tells, in *nats* (a unit of information, 1.44 bits), how far a picture's "
            "region is from the prior, the bell curve of width 1 around 0. It is never negative, "
            "and 0 only where the region *is* the prior.\n\n"
            "The code here is meant to compute it."
        ),
        quoted=Formula(
            r"\sigma^2 + \mu^2 - \log\sigma - \tfrac12",
            "the squared width, plus the squared place, less the logarithm of the width, less a "
            "half.",
        ),
        question=Question(
            "What is the least that this formula can ever say?",
            ("0, as it should be", "More than 0", "Less than 0"),
            _answer,
            _reveal,
        ),
        seen=(
            "The slider changes the width of a region whose place is 0. Both formulas are computed "
            "as you move it, and the KL to a prior of half the variance by PyTorch's own code."
            "\n\nBelow is a model trained with the wrong one. The crosses are draws from the prior "
            "of width 1. See how many land where no codes are."
        ),
        experiment=_experiment,
        task="Move the slider to where the code's curve is lowest.",
        hint="Put the prior itself into each line, place 0 and width 1: the KL has to be 0 there.",
        cured="The cure is to halve the two squares.",
        right=Formula(
            r"\tfrac12\left(\sigma^2 + \mu^2 - 2\log\sigma - 1\right)",
            "half of this: the squared width, plus the squared place, less twice the logarithm of "
            "the width, less one.",
        ),
        papers=("Kingma & Welling 2014, Auto-Encoding Variational Bayes, appendix B",),
    )
)
