"""The live check of a formula for the KL that is widely copied, and wrong."""

from __future__ import annotations

import streamlit as st

from ui.learn import plots
from ui.learn.desk import Desk
from ui.learn.live.bells import LEAST, choose, curves
from vae_core.flaws.symptoms import divergences, least_wrong_kl
from vae_core.metrics.divergence import kl_by_integration

# Places where it is compared with the KL: mu and sigma.
PROBES = ((0.0, 1.0), (1.0, 1.0), (0.0, 0.5), (2.0, 0.2))


def verdict() -> int:
    """Whether the snippet is the KL, off by a constant, or off by more than that."""
    found = [divergences(*place)[0] - kl_by_integration(*place) for place in PROBES]
    if max(map(abs, found)) < LEAST:
        return 0
    return 1 if max(found) - min(found) < LEAST else 2


def told_verdict() -> str:
    """The snippet beside the integral at several places, and where it leads."""
    sigma, value = least_wrong_kl()
    rows = "\n".join(
        f"| {mu:g} | {s:g} | {wrong:.3f} | {kl_by_integration(mu, s):.3f} | {right:.3f} |"
        for mu, s in PROBES
        for wrong, right in [divergences(mu, s)]
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
    as_written, right = divergences(mu, sigma)
    found = {"as written": as_written, "right": right, "area": truth}
    told = ", ".join(f"{name} {kl:.3f}" for name, kl in found.items())
    plots.bars(
        found, key=desk.key("wrong"), alt=f"Nats: {told}.", y="nats",
        colours=(plots.RED, plots.BLUE, plots.GREEN),
    )  # fmt: skip
    formulas = {
        "σ² + μ² − log σ − ½, as written": as_written,
        "½(σ² + μ² − 2 log σ − 1)": right,
    }
    rows = "".join(_row(words, kl - truth) for words, kl in formulas.items())
    st.html(f"<ul class=goals>{rows}</ul>")
    if abs(mu) < LEAST and abs(sigma - 1) < LEAST:
        desk.tick()


def _row(words: str, off: float) -> str:
    is_right = abs(off) < LEAST
    verdict = "<b>right</b>" if is_right else f"<b>wrong</b> by {off:+.3f} nats"
    return f"<li{' class=done' * is_right}>{words}: {verdict}"
