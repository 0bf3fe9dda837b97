"""Live sides of the lesson on beta: models that differ in nothing else, side by side."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import streamlit as st

from ui import cache, palette
from ui.catalogue import Entry
from ui.exhibit import Exhibit
from ui.generate import made
from ui.images import decoded_to_html, figure, strip, to_html
from ui.learn import maps, models, plots
from ui.learn.desk import Desk
from ui.learn.plots import Series
from ui.learn.work.beta import costs, family, source, width
from ui.loupe import shapes
from ui.ring import ellipse_on
from ui.samples import from_prior
from vae_core import decode

Pictures = npt.NDArray[np.float32]
N_CLOUDS, N_DRAWN, N_SAMPLES = 60, 5, 12


def choose(desk: Desk) -> tuple[dict[float, Entry], float]:
    """All models, and the beta that the slider is at, the same in all steps."""
    found = family()
    return found, _slider(found, _start(found), desk.lesson_key("beta"))


def _start(found: dict[float, Entry]) -> float:
    """The beta that is shown first."""
    return 1.0 if 1.0 in found else min(found)


def _slider(found: dict[float, Entry], start: float, key: str) -> float:
    if len(found) == 1:
        (beta,) = found
        st.info(
            f"There is only one such model here, with β = {beta:g}, and nothing to compare it "
            "with. Train others on the Train page, or simply go on."
        )
        return beta
    beta = st.select_slider(
        "β (beta)", list(found), start, format_func=lambda value: f"{value:g}",
        key=key,
    )  # fmt: skip
    return float(beta)


def show_map(desk: Desk, exhibit: Exhibit) -> None:
    """The map, with the clouds of some images to scale."""
    maps.heading(exhibit)
    theme = st.context.theme.type or "light"
    chart, latents = desk.lesson_key("map"), exhibit.shown.latents
    latents = latents.subset(range(min(N_CLOUDS, len(latents))))
    alt = f"Map of latent space, with the clouds of {len(latents)} pictures drawn to scale."
    maps.draw(exhibit, chart, alt)
    ovals = []
    if latents.logvar is not None:
        places = exhibit.fitted.to_plane(latents.mu)
        for (x, y), logvar in zip(places, latents.logvar.double().numpy(), strict=True):
            if (oval := ellipse_on(exhibit.fitted, logvar)) is not None:
                ovals.append(shapes.Oval(float(x), float(y), oval[:2], oval[2], palette.INK[theme]))
    shapes.draw(chart, map_name=exhibit.map_key.name, key=desk.lesson_key("clouds"), ellipses=ovals)


def clouds(desk: Desk) -> None:
    """The map and the clouds for the beta of the slider; the task is to see both ends."""
    found, beta = choose(desk)
    entry = found[beta]
    show_map(desk, models.exhibit_of(entry))
    told = costs(entry)
    st.markdown(
        f"β = {beta:g}: clouds are **{width(entry):.2f} latent units** wide (mean σ), a code costs "
        f"**{told.kl:.1f} nats**, and the drawing leaves out **{told.reconstruction:.1f} nats**."
        + source(told)
    )
    seen = desk.value("seen", frozenset()) | {beta}
    desk.keep("seen", seen)
    if {min(found), max(found)} <= seen:
        desk.tick()


def predicted(desk: Desk) -> None:
    """The map at the first beta; the task is to turn to another one after the answer."""
    if desk.answer is None:
        found = family()
        show_map(desk, models.exhibit_of(found[_start(found)]))
        return
    above = st.container()  # the slider comes where the eye is: beside the question
    found, beta = choose(desk)
    with above:
        show_map(desk, models.exhibit_of(found[beta]))
    if beta != _start(found) or len(found) == 1:
        desk.tick()


def _ends(found: dict[float, Entry]) -> list[float]:
    """The smallest beta, 1 or else one in the middle, and the largest, as far as they differ."""
    betas = list(found)
    middle = 1.0 if 1.0 in found else betas[len(betas) // 2]
    return sorted({betas[0], middle, betas[-1]})


def drawings(desk: Desk) -> None:
    """The same pictures as models of little, middle and much beta draw them, and what differs."""
    found = family()
    exhibit = models.exhibit_of(next(iter(found.values())))
    chosen = exhibit.shown.indices[:N_DRAWN]
    source = cache.images(exhibit.loaded.dataset, "test")
    if source is not None:
        originals = [to_html(source.images[i].numpy(), f"Held-out image {i}") for i in chosen]
        st.html("<h2>The pictures</h2>" + strip(map(_bare, originals)))
    drawn_by = {}
    for beta in _ends(found):
        entry = found[beta]
        loaded = cache.checkpoint(entry.path, entry.mtime)
        drawn_by[beta] = decode(loaded.model, loaded.latents.mu[chosen]).numpy()
        left_out = ""
        if desk.answer is not None:
            left_out = f"{costs(entry).reconstruction:.1f} nats left out"
        _row(f"β = {beta:g} <small>{left_out}</small>", drawn_by[beta], chosen, f"β = {beta:g}")
    if len(drawn_by) > 1:
        low, high = min(drawn_by), max(drawn_by)
        title = f"Where β = {low:g} and β = {high:g} differ <small>the brighter, the more</small>"
        _row(title, np.abs(drawn_by[low] - drawn_by[high]), chosen, "what differs")
    if desk.answer is not None:
        desk.tick()


def _row(title: str, images: Pictures, numbers: npt.NDArray[np.int64], words: str) -> None:
    """Pictures in [0, 1], (K, C, H, W), of held-out images of these numbers, under a title."""
    pictures = [
        _bare(decoded_to_html(image, f"Held-out image {i}, {words}"))
        for i, image in zip(numbers, images, strict=True)
    ]
    st.html(f"<h2>{title}</h2>{strip(pictures)}")


def _bare(picture: str) -> str:
    """A picture in a row whose title says what it is."""
    return figure(picture, "")


def exchange(desk: Desk) -> None:
    """Rate and distortion of all models, with the line on which the sum is as the best one's."""
    found = {beta: costs(entry) for beta, entry in family().items()}
    points = [(told.kl, told.reconstruction) for told in found.values()]
    series = [
        Series(
            "models", points, plots.BLUE, "dots", size=12,
            labels=tuple(f"β = {beta:g}" for beta in found),
        )
    ]  # fmt: skip
    rates = np.array(points)[:, 0]
    ends = np.array([rates.min() - 0.5, rates.max() + 0.5])
    if desk.answer is not None:
        lowest = min(told.total for told in found.values())
        series.append(
            Series("same sum as the best", np.c_[ends, lowest - ends], plots.GREY, dash="dashed")
        )
        desk.tick()
    listed = "; ".join(
        f"beta {beta:g}: {told.kl:.1f} and {told.reconstruction:.1f}"
        for beta, told in found.items()
    )
    plots.chart(
        series, key=desk.key("plane"), x="what the code costs: KL (nats)",
        y="what is left out (nats)", height=360,
        alt=f"KL and reconstruction of each model, nats. {listed}.",
    )  # fmt: skip


def samples(desk: Desk) -> None:
    """Pictures drawn by chance, and how many pictures chance can reach; the task: the most."""
    found = family()
    reached = {
        each: float(made.reach((entry.path, entry.mtime), 1.0)) for each, entry in found.items()
    }
    beta = _slider(found, min(reached, key=reached.__getitem__), desk.key("beta"))
    drawn_here = from_prior((found[beta].path, found[beta].mtime), N_SAMPLES, 0)
    st.html(
        f"<h2>Drawn by chance, β = {beta:g}</h2>"
        + strip(
            _bare(decoded_to_html(image / 255, f"Sample {n + 1}, β = {beta:g}"))
            for n, image in enumerate(drawn_here.images)
        )
    )
    told = ", ".join(f"beta {each:g}: {share:.0f}%" for each, share in reached.items())
    plots.bars(
        {f"β = {each:g}": share for each, share in reached.items()},
        key=desk.key("reached"), y="% of pictures that chance can reach", height=240,
        alt=f"Share of the held-out pictures that chance can reach. {told}.",
    )  # fmt: skip
    if reached[beta] == max(reached.values()):
        desk.tick()
