"""Live sides of the lesson on the ELBO: two bell curves, and their KL found in several ways."""

from __future__ import annotations

from math import log

import numpy as np
import streamlit as st

from ui.facts import facts_of
from ui.learn import maps, plots
from ui.learn.desk import Desk
from ui.learn.plots import Series
from ui.learn.work import basics
from vae_core.metrics.divergence import (
    bell,
    kl_by_draws,
    kl_by_integration,
    kl_closed_form,
    log_ratio,
    mean_under,
)

MODELS = ("mnist-deep-map-vae-2d", "digits-dense-512-vae-2d")
PLACES = np.linspace(-5.0, 5.0, 301)  # latent units
LEAST = 0.002  # nats, as good as zero: one place of a slider further on it is 0.005
CLOSE = 0.01  # latent units, within which a slider is where it should be
DRAWS = (10, 100, 1000, 10_000, 100_000)
FAR, SMALL = 1.5, 0.3


def two_jobs(desk: Desk) -> None:
    """What a picture costs: its code, and what the code leaves out."""
    exhibit = desk.exhibit(*MODELS, with_images=True)
    point = maps.explore(desk, exhibit, height=maps.LOW)
    kl = basics.kl_of_all((exhibit.entry.path, exhibit.entry.mtime))
    if not point.is_image or point.kl is None:
        st.markdown("A place of the map is no picture: click a dot.")
        return
    own, mean = float(point.kl.sum()), float(kl.mean())
    costs = {"code (KL)": own}
    if (left := facts_of(exhibit, point).reconstruction) is not None:
        costs |= {"left out (reconstruction)": left, "together (negative ELBO)": own + left}
    told = ", ".join(f"{name} {value:.1f}" for name, value in costs.items())
    st.markdown(f"Its code costs **{own:.2f} nats**; the mean of all pictures is {mean:.2f}.")
    plots.bars(costs, key=desk.key("costs"), alt=f"Nats: {told}.", y="nats", height=180)
    if point.is_pinned and own > mean:
        desk.tick()


def choose(desk: Desk) -> tuple[float, float]:
    """Mu and sigma of the first bell curve; each step begins where there is something to see."""
    left, right = st.columns(2)
    mu = left.slider("Centre, mu (μ)", -2.0, 2.0, 1.5, 0.1, key=desk.key("mu"))
    sigma = right.slider("Width, sigma (σ)", 0.1, 2.0, 0.5, 0.1, key=desk.key("sigma"))
    return mu, sigma


def curves(desk: Desk, mu: float, sigma: float) -> None:
    """Both bell curves."""
    plots.chart(
        [
            Series("q, of one picture", np.c_[PLACES, bell(PLACES, mu, sigma)],
                   plots.BLUE, "area"),
            Series("p, the prior", np.c_[PLACES, bell(PLACES)], plots.GREY, dash="dashed"),
        ],
        key=desk.key("curves"), x="one number of the code (latent units)",
        y="density (per latent unit)",
        alt=f"Two bell curves: q with mu {mu:.1f} and sigma {sigma:.1f}, and the prior p with mu "
        "0 and sigma 1.",
    )  # fmt: skip


def meet(desk: Desk) -> None:
    """Lay one curve upon the other."""
    mu, sigma = choose(desk)
    curves(desk, mu, sigma)
    kl = kl_by_integration(mu, sigma)
    st.markdown(f"KL = **{abs(kl):.3f} nats**")
    if kl < LEAST:
        desk.tick()


def sign() -> int:
    """Whether the whole can be below zero: 0 for never, 1 for sometimes."""
    return int(_lowest() < 0)


def _lowest() -> float:
    mu, sigma = np.meshgrid(np.linspace(-2, 2, 81), np.linspace(0.1, 2, 77))
    return float(kl_closed_form(mu, sigma).min())


def told_sign() -> str:
    """What was found on a fine net of places."""
    return (
        "The KL was computed just now for every place of the two sliders, on a fine net. The "
        f"lowest is {_lowest():.4f} nats. The parts below zero are always outweighed."
    )


def areas(desk: Desk) -> None:
    """What is summed up: q times how much likelier a place is under q than under p."""
    mu, sigma = choose(desk)
    curves(desk, mu, sigma)
    summand = bell(PLACES, mu, sigma) * log_ratio(PLACES, mu, sigma)
    above = mean_under(mu, sigma, lambda z: max(0.0, float(log_ratio(z, mu, sigma))))
    below = mean_under(mu, sigma, lambda z: min(0.0, float(log_ratio(z, mu, sigma))))
    plots.chart(
        [
            Series("above zero", np.c_[PLACES, summand.clip(0)], plots.GREEN, "area"),
            Series("below zero", np.c_[PLACES, summand.clip(None, 0)], plots.RED, "area"),
        ],
        key=desk.key("areas"), x="one number of the code (latent units)", y="nats per latent unit",
        height=200,
        alt=f"The area above zero is {above:.3f} nats, that below zero {below:.3f}.",
    )  # fmt: skip
    st.markdown(
        f"Area above zero {above:.3f}, below zero {below:.3f}; together **{above + below:.3f} "
        "nats**, the KL."
    )
    if desk.answer is not None:
        desk.tick()


def terms(desk: Desk) -> None:
    """The three terms of the closed form, each beside its integral; three goals."""
    mu, sigma = choose(desk)
    curves(desk, mu, sigma)
    rows = {
        "how narrow q is, −log σ": (-log(sigma), mean_under(mu, sigma, lambda z: -log(sigma))),
        "the spread of q around its centre, −½": (
            -0.5, mean_under(mu, sigma, lambda z: -0.5 * ((z - mu) / sigma) ** 2)
        ),
        "the distance from zero, ½(μ² + σ²)": (
            0.5 * (mu**2 + sigma**2), mean_under(mu, sigma, lambda z: 0.5 * z * z)
        ),
        "together, the KL": (float(kl_closed_form(mu, sigma)), kl_by_integration(mu, sigma)),
    }  # fmt: skip
    body = "".join(
        f"<tr><th scope=row>{name}<td class=number>{by_formula + 0:.3f}"
        f"<td class=number>{by_integral + 0:.3f}"
        for name, (by_formula, by_integral) in rows.items()
    )
    head = "<tr><th scope=col>Part, nats<th scope=col>formula<th scope=col>area"
    st.html(f"<table class=settings>{head}{body}</table>")
    if _has_reached_all(desk, mu, sigma):
        desk.tick()


def _has_reached_all(desk: Desk, mu: float, sigma: float) -> bool:
    """List the goals, and which of them were reached; whether all were."""
    is_prior_wide, is_at_zero = abs(sigma - 1) < CLOSE, abs(mu) < CLOSE
    goals = {
        "μ = 0 and σ = 1: all parts cancel": is_at_zero and is_prior_wide,
        "σ = 1 and μ at 1.5 or beyond: what is left is ½μ²": abs(mu) >= FAR and is_prior_wide,
        "μ = 0 and σ at 0.3 or less: −log σ is the largest part": is_at_zero
        and sigma <= SMALL + CLOSE,
    }
    reached = desk.value("goals", frozenset()) | {i for i, met in enumerate(goals.values()) if met}
    desk.keep("goals", reached)
    items = "".join(
        f"<li{' class=done' * (i in reached)}>{goal}{' (done)' * (i in reached)}"
        for i, goal in enumerate(goals)
    )
    st.html(f"<ul class=goals>{items}</ul>")
    return len(reached) == len(goals)


def roads(desk: Desk) -> None:
    """One number by three roads: formula, integral, chance."""
    mu, sigma = choose(desk)
    n = st.select_slider("Number of draws", DRAWS, DRAWS[0], key=desk.key("n"))
    drawn = kl_by_draws(mu, sigma, n)
    value, error = drawn.value or 0.0, drawn.error or 0.0
    found = {
        "formula": float(kl_closed_form(mu, sigma)),
        "area": kl_by_integration(mu, sigma),
        f"{n:,} draws": value,
    }
    told = ", ".join(f"{name} {kl:.4f}" for name, kl in found.items())
    plots.bars(
        found, key=desk.key("roads"), alt=f"KL in nats: {told}.", y="KL (nats)",
        colours=(plots.BLUE, plots.GREEN, plots.ORANGE),
    )  # fmt: skip
    st.markdown(
        f"- Formula: **{found['formula']:.4f} nats**\n- Area: **{found['area']:.4f} nats**\n"
        f"- {n:,} draws: **{value:.4f} ± {error:.4f} nats**"
    )
    if found["formula"] < LEAST:
        st.info("Here both curves are one: every road gives 0. Move a slider to see more.")
    elif n == DRAWS[-1]:
        desk.tick()
