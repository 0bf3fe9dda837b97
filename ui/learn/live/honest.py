"""The live side of the lesson on honest maps."""

from __future__ import annotations

from itertools import combinations

import streamlit as st

from ui import palette, stage
from ui.learn import graphs, material, models
from ui.learn.desk import Desk
from ui.learn.work import honest as work
from ui.loupe import shapes

WIDE, FLAT = "mnist-dense-400-vae-8d", "mnist-deep-map-vae-2d"
ENOUGH = 0.9  # of the spread, and of the distance
INK = "#111111"
N_OVALS = 40
TIMES = (1, 2, 5, 10, 20)


def shares(desk: Desk) -> None:
    """How many directions it takes to hold most of the spread."""
    exhibit = desk.exhibit(WIDE)
    if not material.has_guessed(desk):
        st.plotly_chart(
            work.widest_map(exhibit, st.context.theme.type or "light"),
            key=desk.key("map"), config=graphs.CONFIG,
            alt="Map of the codes along their two widest directions.",
        )  # fmt: skip
        return
    found, needed = work.shares(exhibit), work.enough(exhibit, ENOUGH)
    n_dims = len(found)
    first = 2 if needed != 2 else 1
    n = st.slider("Directions", 1, n_dims, first, key=desk.key(f"directions{n_dims}"))
    names = [f"PC {i + 1}" for i in range(n_dims)]
    st.html(f"<h2>Spread along each direction {models.in_html(exhibit.entry)}</h2>")
    st.plotly_chart(
        graphs.bars(names, found.tolist(), "share of the spread", [*range(n)], percent=True),
        key=desk.key("bars"), config=graphs.CONFIG,
        alt=f"A bar for each of {n_dims} directions; the first {n} hold {found[:n].sum():.0%}.",
    )  # fmt: skip
    st.markdown(f"**{n} of {n_dims} directions hold {found[:n].sum():.0%} of the spread.**")
    if n == needed:
        desk.tick()


def friends(desk: Desk) -> None:
    """Two dots at one place of the map, and the axes that part them."""
    exhibit, pair = desk.exhibit(WIDE), work.friends(desk.exhibit(WIDE))
    options = list(combinations(range(len(exhibit.fitted.basis)), 2))
    axes = st.selectbox(
        "Axes of the map", options, key=desk.key("axes"),
        format_func=lambda two: f"PC {two[0] + 1} and PC {two[1] + 1}",
    )  # fmt: skip
    shown = material.with_axes(exhibit, axes)
    chart = desk.key("map")
    now, best = work.apart(exhibit, axes), work.furthest(exhibit)
    steps = work.steps_apart(exhibit)
    names = [f"PC {i + 1}" for i in range(len(steps))]
    st.html("<h2>How far apart A and B are <small>along each direction</small></h2>")
    st.plotly_chart(
        graphs.bars(names, steps.round(2).tolist(), "latent units", axes, percent=False),
        key=desk.key("bars"), config=graphs.CONFIG,
        alt=", ".join(f"{n}: {step:.2f}" for n, step in zip(names, steps, strict=True)),
    )  # fmt: skip
    st.markdown(
        f"On this map A and B are **{now:.2f}** apart; in the whole code {pair.in_code:.2f}. Goal: "
        f"{ENOUGH * best:.2f}. A map shows only the two directions whose bars are blue. (All in "
        "latent units.)"
    )
    stage.draw(shown, chart, f"Map with two marked dots, A and B, {now:.2f} apart on it.")
    codes = [material.code_of(exhibit, number) for number in (pair.first, pair.second)]
    places = [
        shapes.Place(float(x), float(y), letter, INK)
        for (x, y), letter in zip(shown.fitted.to_plane(codes), "AB", strict=True)
    ]
    shapes.draw(chart, map_name=shown.map_key.name, key=desk.key("pair"), places=places)
    figures = [
        material.drawn(exhibit, z, f"Drawn for {letter}", f"Drawn for {letter}")
        for z, letter in zip(codes, "AB", strict=True)
    ]
    st.html(material.row(figures))
    if now >= ENOUGH * best:
        desk.tick()


def hidden(desk: Desk) -> None:
    """A code without what the map hides of it, and with more and more of it."""
    exhibit = desk.exhibit(WIDE)
    label = st.selectbox(
        "A typical image of class", material.present(exhibit), key=desk.key("class"),
        format_func=lambda each: material.class_name(exhibit, each),
    )  # fmt: skip
    share = st.slider(
        "Of what the map hides, put back", 0, 100, 0, 10, format="%d %%", key=desk.key("share")
    )
    z = material.code_of(exhibit, material.typical(exhibit, label))
    name = material.class_name(exhibit, label)
    figures = [
        material.drawn(exhibit, work.partly_hidden(exhibit, z, part), words, f"{name}, {words}")
        for part, words in (
            (0.0, "what the map knows"), (share / 100, f"with {share} % put back"),
            (1.0, "the whole code"),
        )
    ]  # fmt: skip
    st.html(material.row(figures))
    off = float(exhibit.fitted.off_plane(z[None])[0])
    st.markdown(f"This code lies **{off:.2f} latent units** off the plane of the map.")
    if share == 100:
        desk.tick()


def sigma(desk: Desk) -> None:
    """Ellipses on the map, enlarged or true to scale."""
    exhibit = desk.exhibit(FLAT)
    times = st.select_slider(
        "Ellipses enlarged", TIMES, 10, key=desk.key("times"), format_func=lambda n: f"{n} ×"
    )
    chart = desk.key("map")
    stage.draw(
        exhibit, chart, f"Map with the prior's circle of one σ and {N_OVALS} images' ellipses, "
        f"enlarged {times} times.",
    )  # fmt: skip
    mu, sigma = exhibit.shown.latents.mu.double().numpy(), work.sigmas(exhibit)
    numbers = exhibit.shown.indices[:N_OVALS]
    ink = palette.INK[st.context.theme.type or "light"]
    ovals = [
        shapes.Oval(x, y, (times * float(a), times * float(b)), 0, ink)
        for (x, y), (a, b) in zip(mu[:N_OVALS].tolist(), sigma[numbers], strict=True)
    ]
    circle = shapes.Oval(0, 0, (1, 1), 0, graphs.STRANGE)
    shapes.draw(
        chart, map_name=exhibit.map_key.name, key=desk.key("ovals"), ellipses=[*ovals, circle]
    )
    held = work.within_ellipse(exhibit, times)
    wide = "as wide as they really are" if times == 1 else f"{times} times as wide as they are"
    st.markdown(
        f"Small: the ellipses of {len(ovals)} images, {wide}. Red: the "
        f"prior's circle, one σ, true to scale. At this size a typical ellipse holds the codes of "
        f"**{held:.1%}** of all other images."
    )
    if times == 1:
        desk.tick()


def turn(desk: Desk) -> None:
    """The map turned, until its horizontal axis is the widest direction."""
    exhibit = desk.exhibit(FLAT)
    angles = range(0, 180, work.TURN)
    held = {angle: work.horizontal_share(exhibit, angle) for angle in angles}
    worst, best = min(held, key=lambda a: held[a]), max(held.values())
    angle = st.slider(
        "Turn", 0, angles[-1], worst, work.TURN, format="%d°", key=desk.key(f"angle{worst}")
    )
    theme = st.context.theme.type or "light"
    st.plotly_chart(
        work.turned_map(exhibit.entry.path, exhibit.entry.mtime, angle, theme),
        key=desk.key("map"), config=graphs.CONFIG, alt=f"The map, turned by {angle} degrees.",
    )  # fmt: skip
    st.markdown(f"The horizontal axis holds **{held[angle]:.1%}** of the spread now.")
    if held[angle] >= best - 1e-9:
        desk.tick()
