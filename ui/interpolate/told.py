"""What the page says of the ways and of the steps: a table, a strip of pictures, sentences."""

from __future__ import annotations

from html import escape
from typing import cast

import numpy as np

from ui import cache
from ui.exhibit import Exhibit
from ui.facts import BADGES
from ui.images import NO_PICTURE, decoded_to_html, figure, strip, to_html
from ui.interpolate.cached import Film, Way
from ui.interpolate.ends import Shown, to_map
from ui.interpolate.trip import Trip
from ui.interpolate.way import PATHS
from ui.loupe.player import Frame
from vae_core.metrics.support import Where
from vae_core.paths import Kind

SAME = 0.005  # of a length, below which two are called equally long
UNIT = "1 = one pixel from black to white"
WHERE = {"inside": "inside the data", "edge": "edge of the data", "outside": "no data here"}


def step_name(found: Film, index: int) -> str:
    """Such as "A", "step 3", "step 3.5", "2 before A" or "2 beyond B"."""
    walked = found.walked
    if index == walked.first:
        return "A"
    if index == walked.last:
        return "B"
    if index < walked.first:
        return f"{(walked.first - index) / walked.between:.3g} before A"
    if index > walked.last:
        return f"{(index - walked.last) / walked.between:.3g} beyond B"
    return f"step {(index - walked.first) / walked.between + 1:.3g}"


def film_strip(found: Film, ends: tuple[Shown, Shown]) -> str:
    """All steps as small pictures; beside A and B the images that they are the codes of."""
    originals = [
        [
            figure(
                to_html(end.original, f"Original of {end.letter}: {end.name}"),
                f"original of {end.letter}",
            )
        ]
        if end.original is not None
        else []
        for end in ends
    ]
    figures = []
    for index in found.steps:
        name, where = step_name(found, index), str(found.where[index])
        words = f"<b>{escape(name)}</b><br>{found.near[index]:,} near<br>{WHERE[where]}"
        shown = decoded_to_html(found.images[index], f"Decoded at {name}: {WHERE[where]}")
        if index == found.walked.first:
            figures += originals[0]
        figures.append(f'<div class="{where}">{figure(shown, words)}</div>')
        if index == found.walked.last:
            figures += originals[1]
    return strip(figures)


def radius_words(exhibit: Exhibit) -> str:
    """What counts as near."""
    radius = cache.neighbourhood(exhibit.entry.path, exhibit.entry.mtime).near
    n_images = len(exhibit.loaded.latents)
    return (
        f"Near: how many of the {n_images:,} held-out images have their code within {radius:.3g} "
        "latent units, the distance within which nine of ten of these images have 15 others."
    )


def frames(exhibit: Exhibit, found: Film, n_steps: int) -> list[Frame]:
    """What the player says of each picture."""
    places = to_map(exhibit, found.walked.codes)
    said: list[Frame] = []
    for index, (x, y) in enumerate(np.round(places, 6).tolist()):
        name, where = step_name(found, index), cast("Where", str(found.where[index]))
        if name.startswith("step"):
            name = f"{name} of {n_steps}"
        name = name[0].upper() + name[1:]
        text = f"{name} · {found.near[index]:,} held-out images near · {BADGES[where]}"
        if not np.isfinite(found.images[index]).all():
            text = f"{name} · {NO_PICTURE}"
        spoken = text.replace(" · ", ", ")
        is_end = index in (found.walked.first, found.walked.last)
        said.append({"x": x, "y": y, "isLettered": is_end, "text": text, "spoken": spoken})
    return said


def frame_of(found: Film, trip: Trip) -> int:
    """The frame that is shown large: as the link says, else A."""
    if trip.frame is None:
        return found.walked.first
    return min(trip.frame, len(found.images) - 1)


def aloud(a: Shown, b: Shown) -> str:
    """Both ends, for screen readers."""
    return f"A is {a.name}; B is {b.name}."


def lengths(exhibit: Exhibit, ways: dict[Kind, Way], trip: Trip) -> str:
    """How long the ways are, what that means, and what counts as near."""
    return (
        f"<section><h3>How long the paths are</h3><p>{escape(verdict(ways, trip.path))}</p>"
        f"{table(ways, trip.path)}<p>{escape(radius_words(exhibit))}</p></section>"
    )


def table(ways: dict[Kind, Way], chosen: Kind) -> str:
    """The length of each way, as one table."""
    straight = ways["straight"]
    rows = []
    for kind, found in ways.items():
        ratio = _ratio(found, straight)
        cells = [
            "undefined" if found.in_images is None else f"{found.in_images:.2f}",
            "–" if ratio is None else f"{ratio:.1%}",
            f"{found.in_code:.2f}",
            f"{found.lonely:.0%}",
        ]
        mark = " class=chosen" if kind == chosen else ""
        name = f"<span class='line {kind}{' thick' * (kind == chosen)}'></span>{PATHS[kind]}"
        numbers = "".join(f"<td>{cell}</td>" for cell in cells)
        rows.append(f"<tr{mark}><th scope=row>{name}</th>{numbers}</tr>")
    heads = (
        "Path",
        f"Change of the picture<br><small>{UNIT}</small>",
        "of the straight<br>path's change",
        "Length in code<br><small>latent units</small>",
        "Where no data is<br><small>share of the path</small>",
    )
    head = "".join(f"<th scope=col>{name}</th>" for name in heads)
    body = "".join(rows)
    rows_of = f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody>"
    return f"<table class='settings lengths'>{rows_of}</table>"


def _ratio(found: Way, straight: Way) -> float | None:
    if found.in_images is None or not straight.in_images:
        return None
    return found.in_images / straight.in_images


def verdict(ways: dict[Kind, Way], chosen: Kind) -> str:
    """What the table means, in a sentence or two."""
    straight, found = ways["straight"], ways[chosen]
    said = []
    geodesic = ways.get("geodesic")
    ratio = None if geodesic is None else _ratio(geodesic, straight)
    if straight.in_images is None:
        said.append("Some pictures on the way are not numbers: lengths in pictures are undefined.")
    elif straight.in_images == 0:
        said.append("A and B look the same all the way.")
    elif ratio is not None and ratio < 1 - SAME:
        said.append(
            f"Along the geodesic the picture changes {1 - ratio:.0%} less than along the straight "
            "path: it goes around places where pictures change fast."
        )
    elif ratio is not None:
        said.append("No way was found along which the picture changes less than straight ahead.")
    if found.lonely:
        said.append(
            f"{found.lonely:.0%} of the path leads where no image has its code: "
            "what is drawn there is the decoder's guess."
        )
    else:
        said.append("All of the path leads where images have their codes.")
    return " ".join(said)
