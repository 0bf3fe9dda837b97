"""What a run has learnt at one moment: its map, its decoded map, pictures, and the curves."""

from __future__ import annotations

import numpy as np
import streamlit as st

from ui import cache
from ui.catalogue import dataset_title
from ui.frame import axis_titles, place_on_map
from ui.images import figure, to_html
from ui.train import address, course, keep, travel
from ui.train.album import Album, album, checkpoint, decode_at, drifts, keys_of, mosaic, plane_at
from ui.train.plate import Plate
from ui.train.words import moment
from vae_core import decode
from vae_core.runs import Run, RunConfig, Status
from vae_core.runs.records import ALIVE, WAITING

SOON = "The first map appears as soon as the network and the images are loaded."
LEAST = 0.005  # latent units that are told
NEVER = "There is no map: this run ended before it was drawn."


def learnt(run: Run, config: RunConfig, status: Status) -> None:
    """Draw all of it, for the moment that is chosen; raises VaeCoreError."""
    keys = keys_of(run.frames(), address.current().epoch)
    if not keys:
        st.info(SOON if status.state in (*ALIVE, *WAITING) else NEVER)
        return
    epochs = list(keys)
    shown = travel.choose(epochs)
    index = epochs.index(shown)
    found: Album = album(tuple(keys.values()))
    _pictures(found, index, shown, config)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        travel.controls(epochs, shown)
        travel.follow(found)
        keep.panel(run, config, found.keys[index][0], shown)
    st.caption(_drift(found, index))
    kl = checkpoint(found.keys[index]).metrics.get("kl_per_dim", [])
    course.show(run, config, shown, kl)


def _pictures(found: Album, index: int, shown: float, config: RunConfig) -> None:
    theme = st.context.theme.type or "light"
    left, middle, right = st.columns([3, 3, 1.15], gap="medium")
    marks = travel.Marks.current(found)
    with left:
        _map(found, index, shown, config, theme, marks)
    with middle:
        _decoded(found, index, shown, config, theme, marks)
    with right:
        st.html(_samples(found, index, shown, marks))


def _map(
    found: Album, index: int, shown: float, config: RunConfig, theme: str, marks: travel.Marks
) -> None:
    plane = plane_at(found, index)
    xy = place_on_map(plane, plane.codes, found.numbers)
    plate = Plate(found.ranges, _titles(found, config), theme)
    plate.add_dots(xy, found.labels)
    classes = checkpoint(found.keys[index]).dataset.classes
    plate.add_names(xy, found.labels, classes)
    plate.add_ring(_place_of(found, index, marks.image))
    plate.add_cross(marks.place)
    n = len(found.labels)
    alt = (
        f"Map of {n:,} held-out images of {dataset_title(config.training.dataset)} at "
        f"{moment(shown)}, coloured by class."
    )
    st.html(f"<h2>Map <small>{moment(shown)}, {n:,} held-out images</small></h2>")
    st.image(plate.to_svg(), alt=alt, width="stretch")


def _decoded(
    found: Album, index: int, shown: float, config: RunConfig, theme: str, marks: travel.Marks
) -> None:
    plate = Plate(found.ranges, _titles(found, config), theme)
    plate.add_picture(mosaic(found, index))
    plate.add_cross(marks.place)
    alt = f"What the decoder draws at evenly spaced places of the map at {moment(shown)}."
    st.html(f"<h2>Decoded map <small>{moment(shown)}</small></h2>")
    st.image(plate.to_svg(), alt=alt, width="stretch")


def _titles(found: Album, config: RunConfig) -> tuple[str, str]:
    return axis_titles(found.plane, config.model.kind)


def _place_of(found: Album, index: int, image: int) -> tuple[float, float]:
    """Where a held-out image stands on the map."""
    mu = checkpoint(found.keys[index]).latents.mu.numpy()[image : image + 1]
    x, y = place_on_map(found.plane, mu @ found.turns[index], np.array([image]))[0].tolist()
    return x, y


def _samples(found: Album, index: int, shown: float, marks: travel.Marks) -> str:
    """One image and one place through the epochs."""
    loaded = checkpoint(found.keys[index])
    label = loaded.dataset.classes[int(loaded.latents.labels[marks.image])]
    again = decode(loaded.model, loaded.latents.mu[marks.image : marks.image + 1].numpy())[0]
    name = f"Held-out image {marks.image}, class {label}"
    held_out = cache.images(loaded.dataset, "test")
    original = ""
    if held_out is not None:
        original = figure(
            to_html(held_out.images[marks.image].numpy(), f"{name}, original"), "original"
        )
    at = f"{marks.place[0]:g}, {marks.place[1]:g}"
    picture = decode_at(found, index, [marks.place])[0]
    return (
        f"<h2>One image <small>○ no. {marks.image}</small></h2><div class=strip>{original}"
        + figure(to_html(again.numpy(), f"{name}, decoded at {moment(shown)}"), "decoded")
        + f"</div><h2>One place <small>+ at ({at})</small></h2><div class=strip>"
        + figure(to_html(picture, f"Decoded at {at}, {moment(shown)}"), moment(shown))
        + "</div>"
    )


def _drift(found: Album, index: int) -> str:
    moved = drifts(found, index)
    if moved is None:
        return "The beginning: random weights. Later maps are turned to follow on this one."
    turned, raw = moved
    said = f"Since the moment before, a code has moved by {turned:.2f} latent units on average"
    if abs(raw - turned) < LEAST:
        return f"{said}."
    return (
        f"{said}. Without turning this map to follow on the one before it would be {raw:.2f}; "
        "a turn changes nothing of what a model knows."
    )
