"""The live check of a formula for the KL that is widely copied, and wrong."""

from __future__ import annotations

from math import log

import streamlit as st

from ui.learn import plots
from ui.learn.desk import Desk
from ui.learn.live.bells import LEAST, choose, curves
from vae_core.metrics.divergence import kl_by_integration, kl_closed_form

# Places where it is compared with the KL: mu and sigma.
PROBES = ((0.0, 1.0), (1.0, 1.0), (0.0, 0.5), (2.0, 0.2))


def snippet(mu: float, sigma: float) -> float:
    """The formula as it is often copied; nats, if it were right."""
    return sigma**2 + mu**2 - log(sigma) - 1 / 2


def _differences() -> list[float]:
    return [snippet(*place) - kl_by_integration(*place) for place in PROBES]


def verdict() -> int:
    """Whether the snippet is the KL, off by a constant, or off by more than that."""
    found = _differences()
    if max(map(abs, found)) < LEAST:
        return 0
    return 1 if max(found) - min(found) < LEAST else 2


def least() -> tuple[float, float]:
    """Where the snippet is smallest: sigma (mu is 0 there), and its value."""
    from scipy.optimize import minimize_scalar  # half a second to import

    found = minimize_scalar(lambda sigma: snippet(0.0, sigma), bounds=(0.01, 3.0))
    return float(found.x), float(found.fun)


def told_verdict() -> str:
    """The snippet beside the integral at several places, and where it leads."""
    sigma, value = least()
    rows = "\n".join(
        f"| {mu:g} | {s:g} | {snippet(mu, s):.3f} | {kl_by_integration(mu, s):.3f} | "
        f"{float(kl_closed_form(mu, s)):.3f} |"
        for mu, s in PROBES
    )
    return (
        "$$\\tfrac12\\left(\\sigma^2 + \\mu^2 - 2\\log\\sigma - 1\\right)$$\n\n"
        "In words: add width² and centre², subtract twice the logarithm of the width, subtract "
        "1, and take half of it all. Both, computed just now, in nats:\n\n"
        "| μ | σ | as written | area | right |\n"
        "|---|---|---|---|---|\n"
        f"{rows}\n\n"
        f"As written, the smallest value is {value:.3f}, at σ = {sigma:.3f}; the true KL is 0 at "
        "σ = 1 (both at μ = 0). A VAE that is trained with it learns clouds that do not fit its "
        "prior."
    )


def wrong(desk: Desk) -> None:
    """The formula as written, as the product has it, and the integral, side by side."""
    mu, sigma = choose(desk)
    if desk.answer is None:
        curves(desk, mu, sigma)
        st.info("The check appears here after your answer.")
        return
    truth = kl_by_integration(mu, sigma)
    found = {
        "as written": snippet(mu, sigma),
        "right": float(kl_closed_form(mu, sigma)),
        "area": truth,
    }
    told = ", ".join(f"{name} {kl:.3f}" for name, kl in found.items())
    plots.bars(
        found, key=desk.key("wrong"), alt=f"Nats: {told}.", y="nats",
        colours=(plots.RED, plots.BLUE, plots.GREEN),
    )  # fmt: skip
    formulas = {
        "σ² + μ² − log σ − ½, as written": found["as written"],
        "½(σ² + μ² − 2 log σ − 1)": found["right"],
    }
    rows = "".join(_row(words, kl - truth) for words, kl in formulas.items())
    st.html(f"<ul class=goals>{rows}</ul>")
    if abs(mu) < LEAST and abs(sigma - 1) < LEAST:
        desk.tick()


def _row(words: str, off: float) -> str:
    is_right = abs(off) < LEAST
    verdict = "<b>right</b>" if is_right else f"<b>wrong</b> by {off:+.3f} nats"
    return f"<li{' class=done' * is_right}>{words}: {verdict}"
