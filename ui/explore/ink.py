"""Ink: what a map on paper is drawn with, from its layers at the bottom to the ring on top.

Everything as the page has it in `charts` and in the browser's layers and marker; always light.
Lengths are in pixels, 96 to the inch.
"""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
from PIL import Image

from ui import charts, palette
from ui.drawn import Contents
from ui.explore import paper
from ui.explore.paper import POINT, WIDTH
from ui.frame import Ranges
from ui.layers import Picture
from vae_core.geometry import Ellipse

if TYPE_CHECKING:
    from matplotlib.axes import Axes

OUTLINE_POINTS = 721
TOO_LARGE = 1e9  # times what is visible: float64 would not place its line any more
MANY = 5000  # points from which an SVG holds a picture of them, not each
SIGMAS = (1, 2, 3)  # circles of the prior
RING, RING_REACH = 19, 14  # across the middle of its line; from its centre to its outer edge
RING_LINE, ELLIPSE_LINE = (7, 3), (3.5, 1.5)  # widths of the black line and the white one in it
GRID, ZERO = "#1414141a", "#14141459"  # seen on paper, and hardly on a picture
INK = palette.INK["light"]
LETTER, LETTER_OF_TITLE = 10, 7.4  # widths of an average letter: of a class name, of an axis title
LAYERS, GRID_ORDER, CIRCLES, POINTS, NAMES, PINNED = 0.2, 0.6, 1, 2, 3, 4  # from the paper up


def draw_axes(axes: Axes, texts: charts.MapLabels, ranges: Ranges, height: float) -> None:
    """Titles, grid and zero lines; equal steps on both axes, unless there is only one."""
    fits = len(texts.y) * LETTER_OF_TITLE <= height
    y_title = texts.y if fits else texts.y.replace(" · ", "\n")
    axes.set(xlim=ranges[0], ylim=ranges[1], xlabel=texts.x, ylabel=y_title)
    axes.spines[:].set(edgecolor=GRID, linewidth=POINT)  # dots are cut off here
    axes.tick_params(length=0, labelsize=paper.NOTE_FONT * POINT)
    axes.grid(color=GRID, linewidth=POINT)
    axes.axvline(0, color=ZERO, linewidth=POINT, zorder=GRID_ORDER)
    if texts.y:
        axes.set_aspect("equal")
        axes.axhline(0, color=ZERO, linewidth=POINT, zorder=GRID_ORDER)
    else:
        axes.set_yticks([])


def draw_layer(axes: Axes, picture: Picture) -> None:
    """A layer, where it stands on the map."""
    axes.imshow(
        np.asarray(Image.open(BytesIO(picture.png)).convert("RGBA")),
        extent=picture.extent,
        interpolation="bilinear" if picture.smooth else "nearest",
        zorder=LAYERS,
    )


def draw_prior(axes: Axes, centre: tuple[float, float], ranges: Ranges) -> None:
    """Circles around the origin of latent space, each with its name on top."""
    from matplotlib.patheffects import withStroke

    x, y = centre
    box = {"facecolor": _rgba(palette.PAPER["light"]), "edgecolor": "none", "pad": 1}
    dashes = (0, (4, 2.7))  # in line widths
    halo = withStroke(linewidth=3.5 * POINT, foreground="white", alpha=0.6)  # for dark pictures
    for sigma in SIGMAS:
        (circle,) = axes.plot(*outline(centre, (sigma, sigma), 0.0, ranges).T, color=INK)
        circle.set(linestyle=dashes, linewidth=1.5 * POINT, zorder=CIRCLES, path_effects=[halo])
        axes.annotate(
            f"{sigma} σ",
            (x, y + sigma),
            (0, 3),
            textcoords="offset points",
            ha="center",
            size=paper.NOTE_FONT * POINT,
            bbox=box,
            zorder=CIRCLES,
        )


def draw_points(axes: Axes, contents: Contents) -> None:
    """One group for each class, `class-0` and so on in an SVG; later ones cover earlier ones."""
    dots = contents.dots
    if contents.values is None:
        rgb = np.array([palette.class_rgb(label) for label in dots.labels.tolist()])
        face = np.insert(rgb.reshape(-1, 3) / 255, 3, 1, axis=1)
    else:
        face = _shade(axes, contents.values)
    edge = np.tile(_rgba(palette.OUTLINE["light"]), (len(face), 1))
    if contents.opacity is not None:
        visible = contents.opacity.clip(charts.FAINTEST, 1)
        face[:, 3] *= visible
        edge[:, 3] *= visible
    is_dense = len(dots.xy) >= charts.DENSE
    size = charts.DENSE_POINT_PIXELS if is_dense else charts.POINT_PIXELS
    for label in np.unique(dots.labels).tolist():
        chosen = dots.labels == label
        axes.scatter(
            dots.xy[chosen, 0],
            dots.xy[chosen, 1],
            s=(size * POINT) ** 2,
            facecolors=face[chosen],
            edgecolors=edge[chosen],
            linewidths=(0.2 if is_dense else 0.6) * POINT,
            rasterized=len(dots.xy) > MANY,
            gid=f"class-{label}",
            zorder=POINTS,
        )


def _shade(axes: Axes, values: charts.Values) -> npt.NDArray[np.float64]:
    """Colours of a quantity, 0 to 1, shape (N, 4), and their bar beside the map."""
    from matplotlib.cm import ScalarMappable
    from matplotlib.colors import LinearSegmentedColormap, Normalize

    steps = [(red / 255, green / 255, blue / 255) for red, green, blue in palette.SCALE]
    scale = LinearSegmentedColormap.from_list("scale", steps)
    shades = ScalarMappable(Normalize(*charts.ends_of_scale(values)), scale)
    place = paper.beside(axes)
    bar = place.figure.colorbar(shades, cax=place)
    bar.outline.set_visible(False)
    place.tick_params(length=0, labelsize=paper.NOTE_FONT * POINT)
    place.set_title(values.unit, size=paper.FONT * POINT)
    return np.array(shades.to_rgba(values.of_points), np.float64)


def write_names(axes: Axes, contents: Contents, ranges: Ranges, height: float) -> None:
    """Each visible class name at the median of its points, or as near as the others allow."""
    (left, right), (bottom, top) = ranges
    xy, labels = contents.dots.xy, contents.dots.labels
    medians = {label: np.median(xy[labels == label], axis=0) for label in np.unique(labels)}
    within = {n: p for n, p in medians.items() if left <= p[0] <= right and bottom <= p[1] <= top}
    names = [paper.plain(contents.texts.classes[label]) for label in within]
    centres = np.array(list(within.values())).reshape(-1, 2)
    widths = [charts.LABEL_PAD + LETTER * len(name) for name in names]
    pixels = (centres - (left, bottom)) * (WIDTH / (right - left), height / (top - bottom))
    reach = np.minimum(np.array(widths) / 2, WIDTH / 2)
    shifts = pixels[:, 0].clip(reach, WIDTH - reach) - pixels[:, 0]  # none sticks out at a side
    pixels[:, 0] += shifts
    rises = charts.spread_labels(pixels, np.array(widths))
    box = {"facecolor": _rgba(palette.PAPER["light"]), "boxstyle": "square,pad=.25"}
    for label, name, (x, y), shift, rise in zip(within, names, centres, shifts, rises, strict=True):
        axes.annotate(
            name,
            (x, y),
            (shift * POINT, rise * POINT),
            textcoords="offset points",
            ha="center",
            va="center",
            size=charts.LABEL_FONT * POINT,
            weight="bold",
            bbox=box | {"edgecolor": palette.class_colour(label), "linewidth": 2 * POINT},
            # A name that had to move keeps a line to where it belongs.
            arrowprops={"arrowstyle": "-", "color": INK, "linewidth": POINT} if rise else None,
            zorder=NAMES,
        )


def draw_ring(axes: Axes, place: tuple[float, float], ranges: Ranges, height: float) -> None:
    """The ring around what is pinned; dashed, inside the edge, if that lies beyond it."""
    beyond, where = is_beyond(place, ranges), []
    for value, (low, high), pixels in zip(place, ranges, (WIDTH, height), strict=True):
        margin = RING_REACH * (high - low) / pixels if beyond else 0
        where.append(min(max(value, low + margin), high - margin))
    x, y = where
    for colour, width in zip(("black", "white"), RING_LINE, strict=True):
        axes.scatter(
            x,
            y,
            s=(RING * POINT) ** 2,
            facecolors="none",
            edgecolors=colour,
            linewidths=width * POINT,
            linestyles=(0, (1.5, 1)) if beyond and colour == "white" else "-",
            alpha=0.7 if beyond else 1,
            gid=f"ring-{colour}",
            zorder=PINNED,
        )


def draw_ellipse(axes: Axes, centre: tuple[float, float], spread: Ellipse, ranges: Ranges) -> None:
    """Where a posterior is one sigma from its mean, to scale."""
    line = outline(centre, spread.radii, spread.angle, ranges)
    for colour, width in zip(("black", "white"), ELLIPSE_LINE, strict=True):
        (drawn,) = axes.plot(*line.T, color=colour, gid=f"sigma-{colour}")
        drawn.set(linewidth=width * POINT, zorder=PINNED)


def outline(
    centre: tuple[float, float], radii: tuple[float, float], angle: float, ranges: Ranges
) -> npt.NDArray[np.float64]:
    """The part of an ellipse's line that can be seen, as points, shape (N, 2).

    A whole one that is millions of times as large as what is visible would be drawn for hours.

    Args:
        centre: Of the ellipse.
        radii: Its half axes.
        angle: Of the first of them, degrees.
        ranges: What is visible, in the same units.
    """
    turn = np.radians(angle)
    axes = np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]])
    low, high = np.array(ranges).T
    across = float(np.linalg.norm(high - low))
    smaller = max(min(radii), np.finfo(float).tiny)
    if smaller > TOO_LARGE * across:
        return np.empty((0, 2))
    x, y = axes @ ((low + high) / 2 - centre) / np.maximum(radii, np.finfo(float).tiny)
    width = min(np.pi, 4 * across / smaller)  # to both sides of what is visible
    angles = np.arctan2(y, x) + np.linspace(-width, width, OUTLINE_POINTS)
    line = np.stack([np.cos(angles), np.sin(angles)], axis=1) * radii @ axes + centre
    seen: npt.NDArray[np.float64] = line[(np.abs(line - (low + high) / 2) < 9 * across).all(1)]
    return seen


def is_beyond(place: tuple[float, float], ranges: Ranges) -> bool:
    """Whether a place lies beyond the edge of the map."""
    return any(not low <= value <= high for value, (low, high) in zip(place, ranges, strict=True))


def _rgba(css: str) -> tuple[float, float, float, float]:
    """A colour such as "rgba(255,0,0,.5)" as numbers from 0 to 1."""
    red, green, blue, alpha = map(float, css.removeprefix("rgba(").removesuffix(")").split(","))
    return red / 255, green / 255, blue / 255, alpha
