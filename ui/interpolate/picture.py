"""The paths over the map, and the legend that names them."""

from __future__ import annotations

from ui.exhibit import Exhibit
from ui.frame import is_strip
from ui.interpolate.cached import Film, Way
from ui.interpolate.ends import Shown, to_map
from ui.interpolate.trip import Trip
from ui.interpolate.way import PATHS
from ui.interpolate.way import notes as notes_of
from ui.loupe import Pinned, shapes
from vae_core.paths import Kind

CHART = "interpolate_map"
# Told apart by their dashes too; page.css has the same colours for the legend.
COLOURS: dict[Kind, str] = {"straight": "#2a7f4f", "spherical": "#1f6fd0", "geodesic": "#c2185b"}
DASHES: dict[Kind, str] = {
    "straight": "12 7", "spherical": "2 7", "geodesic": "14 6 2 6"
}  # fmt: skip
INK = "#111111"
ALT = (
    "Map of latent space with A, B and the paths between them. The fields beside it choose both "
    "ends without a mouse; the table below tells how long the paths are."
)


def draw(
    exhibit: Exhibit, ways: dict[Kind, Way], found: Film, chosen: Kind, ends: tuple[Shown, Shown]
) -> None:
    """All ways, the chosen one solid and thick with what lies beyond its ends; A and B."""
    paths = [
        shapes.Path(to_map(exhibit, way.codes), COLOURS[kind], DASHES[kind])
        for kind, way in ways.items()
        if kind != chosen
    ]
    codes = found.walked.codes
    first, last = found.walked.first, found.walked.last
    for part in (codes[: first + 1], codes[last:]):
        if len(part) > 1:
            paths.append(shapes.Path(to_map(exhibit, part), COLOURS[chosen], shapes.DOTTED, True))
    way = to_map(exhibit, ways[chosen].codes)
    paths.append(shapes.Path(way, COLOURS[chosen], shapes.SOLID, True))
    places = [shapes.Place(*end.xy, end.letter, INK) for end in ends]
    shapes.draw(
        CHART, map_name=exhibit.map_key.name, key="interpolate_shapes", paths=paths, places=places
    )


def legend(exhibit: Exhibit, ways: dict[Kind, Way], trip: Trip) -> str:
    """Which line is which way, and what this model cannot do."""
    chosen = trip.path
    lines = [
        f"<span><span class='line {kind}{' thick' * (kind == chosen)}'></span>{PATHS[kind]}"
        f"{' (chosen)' * (kind == chosen)}</span>"
        for kind in ways
    ]
    if trip.over:
        lines.append(f"<span><span class='line {chosen} thick over'></span>beyond its ends</span>")
    lines.append("<span>Ring: the end that the next click moves</span>")
    notes = "".join(f"<p class=note>{note}</p>" for note in notes_of(exhibit))
    return f"<p class=legend>{''.join(lines)}</p>{notes}"


def ring(exhibit: Exhibit, end: Shown, words: str) -> Pinned:
    """The ring around the end that the next click moves, and what is read aloud."""
    return {
        "x": end.xy[0],
        "y": end.xy[1],
        "image": end.end.number if end.end.kind == "image" else 0,
        "imageLabel": "Held-out image",
        "lastImage": len(exhibit.loaded.latents) - 1,
        "map": exhibit.map_key.name,
        "strip": is_strip(exhibit.fitted),
        "ellipse": None,
        "announcement": words,
    }
