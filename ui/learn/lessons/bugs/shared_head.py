"""Spot the bug: one number is both a place and a width."""

from __future__ import annotations

from typing import Final

import numpy as np
import plotly.graph_objects as go
import streamlit as st

from ui import palette
from ui.learn.bugs import shown
from ui.learn.bugs.lesson import Bug, lesson_of
from ui.learn.desk import Desk
from ui.learn.lesson import Formula, Question
from vae_core.flaws.symptoms import best_signal

KEY: Final = "shared-head"
REACH, STEP = 4.0, 0.5  # of the slider, latent units
CURVE = 400  # points of a drawn curve
WIDE = 12.0  # latent units, that the axis shows on each side


def _median_widths() -> tuple[float, float]:
    """Median width of codes below 0 and above, latent units."""
    latents = shown.specimen(KEY, is_cured=False).latents
    assert latents.logvar is not None
    mu, sigma = latents.mu.numpy(), np.exp(0.5 * latents.logvar.numpy())
    return float(np.median(sigma[mu < 0])), float(np.median(sigma[mu > 0]))


def _answer() -> int:
    below, above = _median_widths()
    return 1 if below < above else 2


def _reveal() -> str:
    below, above = _median_widths()
    return (
        f"In the trained model the median width is {below:.2f} latent units where the place is "
        f"below 0, and {above:.2f} where it is above. Whoever wants a narrow place has to go far "
        "to the negative side."
    )


def _experiment(desk: Desk) -> bool:
    mu = st.slider(
        "Place μ on one axis, latent units", -REACH, REACH, -REACH, STEP, key=desk.key("mu")
    )
    st.plotly_chart(
        _bell(mu), key=desk.key("bell"), config={"displayModeBar": False},
        alt="The region of one picture on one axis, as a bell curve over its place.",
    )  # fmt: skip
    signal = float(best_signal(mu))
    verdict = "stands out from its own noise" if signal > 1 else "drowns in its own noise"
    st.markdown(
        f"At μ = {mu:g} the width has to be σ = {np.exp(mu / 2):.2f} latent units. Signal to "
        f"noise, μ² / σ², is **{signal:.2f}**: the place {verdict}."
    )
    positive = np.arange(STEP, REACH + STEP / 2, STEP)
    return bool(mu == positive[best_signal(positive).argmax()])


def _bell(mu: float) -> go.Figure:
    sigma = np.exp(mu / 2)
    x = np.linspace(-WIDE, WIDE, CURVE)
    density = np.exp(-0.5 * ((x - mu) / sigma) ** 2) / (sigma * np.sqrt(2 * np.pi))
    figure = go.Figure(go.Scatter(x=x, y=density, fill="tozeroy", line_color=palette.SHOWN))
    figure.update_layout(height=200, margin={"l": 8, "r": 8, "t": 8, "b": 8}, dragmode=False)
    figure.update_xaxes(title="z (latent units)")
    figure.update_yaxes(title="density per latent unit")
    return figure


LESSON = lesson_of(
    Bug(
        key=KEY,
        title="Spot the bug 1: one number, two jobs",
        idea="An encoder that uses one number as a place and as a width.",
        learnt="Place and width need a number each: one head would push all codes to one side.",
        meant=(
            "A VAE's encoder gives every picture a *place* μ on the map and a *width* σ: the "
            "picture's code may lie anywhere in a region of that width. A picture that has to "
            "be told from its neighbours needs a narrow region; others may have a wide one.\n\n"
            "Here is such an encoder, and after it the KL (how far the region is from the "
            "prior, the bell curve around 0 that all codes share). It runs without an error. "
            "Something in it is wrong."
        ),
        quoted=Formula(
            r"\sigma = e^{\mu / 2}",
            "the width is e to the power of half the place: whoever moves the place changes the "
            "width.",
        ),
        question=Question(
            "Where on an axis can this encoder put a picture that needs a *narrow* region?",
            (
                "Anywhere it likes",
                "Only far on the negative side",
                "Only far on the positive side",
            ),
            _answer,
            _reveal,
        ),
        seen=(
            "*Signal to noise* asks: how far is the place from 0, compared with the width "
            "around it? Above 1 the place stands out from 0; below 1 the width blurs it with 0. "
            "The slider moves the place of one picture on one axis, and its width follows.\n\n"
            "Below it is the trained model. See where codes crowd, where the ellipses are wide, "
            "and where the crosses are: those are draws from the prior, the bell curve around 0."
        ),
        experiment=_experiment,
        task="With the slider, find the place above 0 with the most signal to noise.",
        hint="Ask of each line: does it let two pictures have the same place and different widths?",
        cured="The cure is a second head: one number for the place and another for the width.",
        right=Formula(
            r"\begin{aligned} \mu &= W_\mu h + b_\mu \\ "
            r"\log\sigma^2 &= W_\sigma h + b_\sigma \end{aligned}",
            "the place, and the logarithm of the squared width, are two different weighted sums of "
            "what the encoder found in the picture.",
        ),
        papers=("Kingma & Welling 2014, Auto-Encoding Variational Bayes",),
    )
)
