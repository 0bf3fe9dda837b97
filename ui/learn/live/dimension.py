"""The live side of the lesson on intrinsic dimension."""

from __future__ import annotations

from typing import get_args

import numpy as np
import streamlit as st

from ui import cache
from ui.catalogue import Entry
from ui.images import decoded_to_html, figure, strip, to_html
from ui.learn import graphs, material, models
from ui.learn.desk import Desk
from ui.learn.work import dimension as work
from vae_core import decode
from vae_core.metrics.dimension import Dimension
from vae_core.toys import DIMENSION, Toy

MODELS = material.MAP_2D
NOISES = (0.0, 0.01, 0.02, 0.05, 0.1, 0.2, 0.3)
SHAPES: dict[Toy, str] = {"circle": "Circle", "roll": "Roll", "ball": "Ball"}
BLURRED = 0.5  # dimensions more than the shape has
N_SHOWN, N_DRAWN = 5, 7
SEEN = 3  # dimensions that can be drawn


def said(found: Dimension) -> str:
    """An estimate with its error."""
    error = "" if found.error is None else f" ± {found.error:.1f}"
    return f"**{found.value:.1f}{error}** (from {found.n:,} images)"


def toy(desk: Desk) -> None:
    """A shape in space, with noise."""
    shape = st.segmented_control(
        "Shape", get_args(Toy), default="roll", required=True, key=desk.key("shape"),
        format_func=lambda each: SHAPES[each],
    )  # fmt: skip
    noise = st.select_slider(
        "Noise, its standard deviation (the radius of each shape is 1)", NOISES, 0.0,
        key=desk.key("noise"),
    )  # fmt: skip
    st.plotly_chart(
        graphs.cloud(work.cloud(shape, noise)), key=desk.key("cloud"), config=graphs.CONFIG,
        alt=f"{work.N_TOY} points in space: a {shape} with noise {noise}.",
    )  # fmt: skip
    if not material.has_guessed(desk):
        return
    found = work.of_cloud(shape, noise)
    st.markdown(
        f"Estimated from the points alone: **{found:.2f} numbers** each. A {shape} without noise "
        f"needs {DIMENSION[shape]}."
    )
    if shape != "ball" and found > DIMENSION[shape] + BLURRED:
        desk.tick()


def ratio(desk: Desk) -> None:
    """First and second neighbours in balls of few and many dimensions."""
    n_dims = st.slider("Dimensions of the ball", 1, work.LARGEST, 1, key=desk.key("dims"))
    if not material.has_guessed(desk):
        st.plotly_chart(
            graphs.cloud(work.seen(n_dims)), key=desk.key("cloud"), config=graphs.CONFIG,
            alt=f"{work.N_BALL} points of a ball of {n_dims} dimensions.",
        )  # fmt: skip
        if n_dims > SEEN:
            st.caption(f"Only {SEEN} of the {n_dims} numbers of each point can be drawn.")
        return
    found, usual = work.ratios(n_dims), work.usual_ratio(n_dims)
    share = np.linspace(0.01, 0.9, 90)
    x = np.log(np.quantile(found, share))
    chart = graphs.lines(
        x, {"the points": -np.log1p(-share), f"slope {n_dims}": n_dims * x},
        ("log of (second distance ÷ first distance)", "−log of the share with more"),
    )  # fmt: skip
    alt = f"The points of a ball of {n_dims} dimensions, and the straight line of slope {n_dims}."
    st.plotly_chart(chart, key=desk.key("line"), config=graphs.CONFIG, alt=alt)
    st.markdown(
        f"The second neighbour of the typical point is **{usual:.2f} times** as far as the first. "
        f"The slope of the points: **{work.of_ball(n_dims):.2f}**."
    )
    if n_dims == work.LARGEST:
        desk.tick()


def pixels(desk: Desk) -> None:
    """How many numbers the images need, by how many images are asked."""
    exhibit = desk.exhibit(*MODELS, with_images=True)
    options = work.counts(exhibit)
    n = options[0]
    if len(options) > 1:
        n = st.select_slider("Images", options, n, key=desk.key("n"))
    images = material.images_of(exhibit.entry)
    few = [
        figure(to_html(x, f"Image {i}"), "") for i, x in enumerate(images.images.numpy()[:N_SHOWN])
    ]
    st.html(material.row(few))
    if not material.has_guessed(desk):
        return
    with st.spinner("Looking for neighbours…"):
        found = work.of_pixels(exhibit, n)
    if found is None:
        st.info(work.TOO_FEW)
    else:
        n_pixels = int(np.prod(images.image_shape))
        st.markdown(
            f"{models.in_markdown(exhibit.entry)}: {n_pixels} pixels each; numbers really needed: "
            f"{said(found)}."
        )
    if len(options) == 1:
        st.info(f"There are only {n} images here, and no more to ask. You may simply go on.")
    tried = desk.value("tried", frozenset()) | {n}
    desk.keep("tried", tried)
    if len(tried) > 1 or len(options) == 1:
        desk.tick()


def classes(desk: Desk) -> None:
    """Each class by itself."""
    exhibit = desk.exhibit(*MODELS, with_images=True)
    with st.spinner("Looking for neighbours…"):
        found = work.of_classes(exhibit)
    names = [material.class_name(exhibit, label) for label in found]
    label = st.selectbox(
        "Show images of class", list(found), _simplest(found), key=desk.key("class"),
        format_func=lambda each: material.class_name(exhibit, each),
    )  # fmt: skip
    images = material.images_of(exhibit.entry)
    numbers = np.flatnonzero(images.labels.numpy() == label)[:N_SHOWN]
    st.html(
        material.row([figure(to_html(images.images[i].numpy(), f"Image {i}"), "") for i in numbers])
    )
    if not material.has_guessed(desk):
        return
    st.plotly_chart(
        graphs.bars(
            names, [each.value for each in found.values()], "numbers needed",
            [list(found).index(label)], percent=False,
        ),
        key=desk.key("bars"), config=graphs.CONFIG,
        alt="Numbers needed for the images of each class.",
    )  # fmt: skip
    st.markdown(f"Class {material.class_in_markdown(exhibit, label)}: {said(found[label])}.")
    if len(found) == 1:
        st.info(f"{work.ONE_CLASS} You may simply go on.")
    if found[label].value >= max(each.value for each in found.values()):
        desk.tick()


def _simplest(found: dict[int, Dimension]) -> int:
    """Position of the class that needs the fewest numbers."""
    return int(np.argmin([each.value for each in found.values()]))


def used(desk: Desk) -> None:
    """What models do with the dimensions they are given."""
    exhibit = desk.exhibit(*MODELS, with_images=True)
    options = work.models_of(exhibit)
    chosen = material.choose_model(
        desk, [each.entry for each in options], [each.given for each in options]
    )
    _redrawn(options[chosen].entry)
    if not material.has_guessed(desk):
        return
    found, needed = options[chosen], work.of_pixels(exhibit, work.counts(exhibit)[-1])
    values = {"given": float(found.given), "in use": float(found.active)}
    if found.codes is not None:
        values["codes seem to have"] = found.codes.value
    if needed is not None:
        values["images seem to need"] = needed.value
    st.plotly_chart(
        graphs.bars([*values], [*values.values()], "dimensions", [0, 1], percent=False),
        key=desk.key("bars"), config=graphs.CONFIG,
        alt=", ".join(f"{name}: {value:.1f}" for name, value in values.items()),
    )  # fmt: skip
    missing = "" if needed is None else (
        f" The images seem to need {needed.value:.1f}: a code of {found.given} "
        + ("has room for that." if found.given >= needed.value else "has to leave something out.")
    )  # fmt: skip
    st.markdown(f"This model has {found.given} dimensions and uses {found.active}.{missing}")
    if found.given == max(each.given for each in options):
        desk.tick()


def _redrawn(entry: Entry) -> None:
    """Images, and what a model draws for their codes."""
    images = material.images_of(entry).images[:N_DRAWN].numpy()
    loaded = cache.checkpoint(entry.path, entry.mtime)
    drawn = decode(loaded.model, loaded.latents.mu[: len(images)]).numpy()
    st.html(strip([figure(to_html(x, f"Image {i}"), "image") for i, x in enumerate(images)]))
    figures = [
        figure(decoded_to_html(x, f"Image {i}, drawn"), "drawn") for i, x in enumerate(drawn)
    ]
    st.html(strip(figures))
