"""Live sides of the lesson on the reparameterization trick: noise, codes and gradients."""

from __future__ import annotations

from math import log

import numpy as np
import streamlit as st

from ui.exhibit import Exhibit
from ui.images import decoded_to_html, figure, strip
from ui.learn import maps, models, plots
from ui.learn.desk import Desk
from ui.learn.plots import UNNAMED, Series
from ui.learn.work import basics
from ui.point import Point
from vae_core import decode
from vae_core.errors import DataError
from vae_core.metrics.divergence import bell
from vae_core.metrics.gradients import GradientDraws
from vae_core.spread import draw_codes

MODELS = ("mnist-dense-256-vae-2d", "digits-dense-512-vae-2d")
N_NOISE, N_WAYS, N_PICTURES, N_DRAWS, N_SHOWN = 40, 5, 7, 1000, 150
LOW, HIGH = -4.0, 4.0  # of the line that codes are drawn on
FAR, SMALL = 1.5, 0.5  # mu and sigma to reach
NUDGE = 0.1


def _codes(mu: float, sigma: float, n: int, seed: int) -> basics.FloatArray:
    """Draws by the product's own code; the noise is that of the seed, whatever mu and sigma."""
    return draw_codes([mu], [2 * log(sigma)], n, seed)[:, 0]


def line(desk: Desk) -> tuple[float, float]:
    """Noise, and the codes that mu and sigma make of it; both are chosen with sliders."""
    mu = st.slider("Centre, mu (μ)", -2.0, 2.0, 0.0, 0.1, key=desk.lesson_key("mu"))
    sigma = st.slider("Width, sigma (σ)", 0.1, 2.0, 1.0, 0.1, key=desk.lesson_key("sigma"))
    seed = desk.value("seed", 0)
    if st.button("New noise", icon=":material/casino:", key=desk.key("roll")):
        seed += 1
        desk.keep("seed", seed)
    noise, codes = _codes(0.0, 1.0, N_NOISE, seed), _codes(mu, sigma, N_NOISE, seed)
    places = np.linspace(LOW, HIGH, 161)
    curve = bell((places - mu) / sigma) / bell(0)
    ways = [
        Series(f"{UNNAMED}{i}", [(noise[i], 0), (codes[i], 1)], plots.GREY, dash="dotted")
        for i in range(N_WAYS)
    ]
    plots.chart(
        [
            Series("how likely a code is", np.c_[places, 1 + curve], plots.GREY),
            Series("noise ε", np.c_[noise, np.zeros(N_NOISE)], plots.ORANGE, "dots"),
            Series("codes z = μ + σ·ε", np.c_[codes, np.ones(N_NOISE)], plots.BLUE, "dots"),
            *ways,
        ],
        key=desk.lesson_key("line"), x="value (latent units)", y="", x_range=(LOW, HIGH),
        y_range=(-0.2, 2.2),
        alt=f"{N_NOISE} noise values below, and above each of them its code: mu {mu:.1f} plus "
        f"sigma {sigma:.1f} times the noise. The codes lie between {codes.min():.2f} and "
        f"{codes.max():.2f}.",
    )  # fmt: skip
    st.markdown(
        f"The first noise value is ε = {noise[0]:.2f}. Its code is "
        f"z = {mu:.1f} + {sigma:.1f} · ({noise[0]:.2f}) = **{codes[0]:.2f}**."
    )
    return mu, sigma


def glide(desk: Desk) -> None:
    """Mu and sigma move the codes while the noise stays."""
    mu, sigma = line(desk)
    if mu >= FAR and sigma <= SMALL:
        desk.tick()


def _moved() -> tuple[float, float]:
    """A code before and after mu was raised a little."""
    return (
        float(_codes(0.5, 0.5, 1, 0)[0]),
        float(_codes(0.5 + NUDGE, 0.5, 1, 0)[0]),
    )


def how_it_moves() -> int:
    """Which option says how far a code moves with mu."""
    before, after = _moved()
    possible = (NUDGE, NUDGE * 0.5)
    found = [i for i, step in enumerate(possible) if abs(after - before - step) < NUDGE / 20]
    return found[0] if found else 2


def told_move() -> str:
    """The code before and after."""
    before, after = _moved()
    return (
        f"Computed with σ = 0.5: for μ = 0.5 the code is {before:.2f}, for μ = {0.5 + NUDGE:.1f} "
        f"it is {after:.2f}. It moved by {after - before:.2f}. So one can say how the loss (what "
        "the drawing costs) changes when μ changes, and learning needs exactly that."
    )


def nudge(desk: Desk) -> None:
    """The same line again, to look at while answering."""
    line(desk)
    if desk.answer is not None:
        desk.tick()


def _gradients() -> GradientDraws | None:
    """For the first picture of the map; None where it is not on this machine."""
    exhibit = models.exhibit(*MODELS, with_images=True)
    file, image = (exhibit.entry.path, exhibit.entry.mtime), int(exhibit.shown.indices[0])
    found: GradientDraws | None = basics.gradients(file, image, N_DRAWS)
    return found


def _scatter() -> tuple[float, float]:
    """Standard deviation of one draw's estimate, along the first number of the code."""
    if (found := _gradients()) is None:
        raise DataError("This question needs images that are not on this machine.")
    return float(found.reparameterized[:, 0].std()), float(found.score[:, 0].std())


def steadier() -> int:
    """Which estimates scatter less: with the trick, without it, or neither."""
    trick, score = _scatter()
    return 0 if trick < score / 2 else 1 if score < trick / 2 else 2


def told_scatter() -> str:
    """By how much they scatter."""
    trick, score = _scatter()
    return (
        f"One estimate with the trick misses the mean by about {trick:,.0f} nats per latent unit "
        f"(its standard deviation), one without it by about {score:,.0f}: {score / trick:,.0f} "
        f"times as much. To be as exact with the second way one would need "
        f"{(score / trick) ** 2:,.0f} times as many draws."
    )


def strips(desk: Desk) -> None:
    """Estimates of single draws, a row for each way."""
    found = _gradients()
    if found is None:
        _say_absent(desk)
        return
    if desk.answer is None:
        st.info("The estimates appear here after your answer.")
        return
    rows = {"with the trick": found.reparameterized, "without it": found.score}
    heights = np.linspace(-0.3, 0.3, N_SHOWN)
    plots.chart(
        [
            Series(name, np.c_[values[:N_SHOWN, 0], row + heights], colour, "dots", size=5)
            for row, ((name, values), colour) in enumerate(
                zip(rows.items(), (plots.BLUE, plots.ORANGE), strict=True)
            )
        ],
        key=desk.key("strips"), x="estimated slope (nats per latent unit)", y="",
        y_range=(-0.6, 1.6),
        alt=f"{N_SHOWN} estimates of the slope each. "
        + ". ".join(
            f"{name.capitalize()}: from {values[:N_SHOWN, 0].min():,.0f} to "
            f"{values[:N_SHOWN, 0].max():,.0f}"
            for name, values in rows.items()
        ),
    )  # fmt: skip
    st.caption("A dot is the estimate from one draw. Its height means nothing.")
    desk.tick()


def means_of_draws(desk: Desk) -> None:
    """How the mean of more and more draws settles."""
    found = _gradients()
    if found is None:
        _say_absent(desk)
        return
    counts = [10, 30, 100, 300, N_DRAWS]
    n = st.select_slider("Number of draws", counts, counts[0], key=desk.key("n"))
    steps = np.arange(1, n + 1)
    rows = {"with the trick": found.reparameterized, "without it": found.score}
    means = {name: values[:n, 0].cumsum() / steps for name, values in rows.items()}
    plots.chart(
        [
            Series(name, np.c_[steps, mean], colour)
            for (name, mean), colour in zip(
                means.items(), (plots.BLUE, plots.ORANGE), strict=True
            )
        ],
        key=desk.key("means"), x="draws so far", y="mean slope so far (nats per latent unit)",
        alt=f"Mean of the estimates over {n} draws. "
        + ". ".join(f"{name.capitalize()}: {mean[-1]:,.1f}" for name, mean in means.items()),
    )  # fmt: skip
    for name, values in rows.items():
        error = values[:n, 0].std(ddof=1) / n**0.5
        st.markdown(
            f"- {name.capitalize()}: **{means[name][-1]:,.1f} ± {error:,.1f}** nats per latent unit"
        )
    if n == N_DRAWS:
        desk.tick()


def _say_absent(desk: Desk) -> None:
    st.info(
        "This step needs the pictures themselves, and they are not on this machine. Explore offers "
        "to fetch them; here you may simply go on."
    )
    desk.tick()


def quiet(desk: Desk) -> None:
    """Drawings of one picture's cloud, with more or less noise."""
    exhibit = desk.exhibit(*MODELS)
    times = st.slider("How many times the noise", 0.0, 4.0, 1.0, 0.25, key=desk.key("times"))
    above = st.container()  # what the step is about; the map below only chooses the picture
    point = maps.explore(desk, exhibit, height=maps.LOW)
    with above:
        _cloud(exhibit, point, times)
    if point.is_image and times == 0:
        desk.tick()


def _cloud(exhibit: Exhibit, point: Point, times: float) -> None:
    """Drawings for codes out of a picture's cloud."""
    if not point.is_image or point.logvar is None:
        st.markdown("Only a picture has a cloud to draw from: click a dot.")
        return
    codes = draw_codes(point.z, point.logvar, N_PICTURES)
    images = decode(exhibit.loaded.model, point.z + times * (codes - point.z)).numpy()
    st.html(
        strip(
            figure(decoded_to_html(image, f"Draw {n + 1}, noise times {times:g}"), f"ε {n + 1}")
            for n, image in enumerate(images)
        )
    )
