"""The map as a file: what the page shows of it, drawn once more, on white paper.

On the page the browser draws the points, and layers and ring lie beside that chart, not in it:
nowhere is there a picture of it all.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from ui import colours, drawn, layers
from ui.catalogue import dataset_title
from ui.exhibit import Exhibit
from ui.explore import controls, ink
from ui.explore.paper import WIDTH, Kind, Sheet, print_sheet
from ui.frame import STRIP_RANGE, Ranges, is_strip, visible_ranges
from ui.keys import Look
from ui.point import Point
from ui.view import View
from vae_core.geometry import sigma_ellipse

if TYPE_CHECKING:  # see `paper`
    from matplotlib.axes import Axes

WIDEST, NARROWEST = 2.5, 0.75  # width of the map over its height
STRIP_HEIGHT = 220  # pixels
BOLD = "**"  # in the page's captions
FADED = "Points are the fainter, the less of their code lies in the plane of the map."
ELLIPSE = "; ellipse: 1 σ of its posterior, to scale"


def map_file(exhibit: Exhibit, view: View, look: Look, point: Point, kind: Kind) -> bytes:
    """A PNG, or an SVG whose text is text; the same input gives the same bytes.

    Args:
        exhibit: The model, its images and their map.
        view: What the map shows: its zoom and its layers.
        look: How its points are drawn; the theme does not matter.
        point: What is pinned.
        kind: Of the file.
    """
    ranges, height = _frame(exhibit, view)
    sheet = Sheet(
        title=f"{dataset_title(exhibit.entry.header.dataset.name)} · {exhibit.entry.title}",
        subtitle=controls.batch_caption(exhibit, look.classes),
        notes=(
            *_of_points(exhibit, look),
            *_of_layers(exhibit, view),
            _of_ring(exhibit, point, ranges),
        ),
        height=height,
        has_bar=look.colour != "class",
    )
    return print_sheet(sheet, kind, partial(_draw, exhibit, view, look, point))


def _draw(exhibit: Exhibit, view: View, look: Look, point: Point, axes: Axes) -> None:
    """All of the map, from its layers up."""
    fitted, (ranges, height) = exhibit.fitted, _frame(exhibit, view)
    contents = drawn.contents(exhibit.batch_key, exhibit.map_key, look)
    ink.draw_axes(axes, contents.texts, ranges, height)
    for picture in _pictures(exhibit, view):
        ink.draw_layer(axes, picture)
    if layers.PRIOR in _layers(exhibit, view):
        x, y = fitted.to_plane(np.zeros((1, len(fitted.mean))))[0]
        ink.draw_prior(axes, (float(x), float(y)), ranges)
    ink.draw_points(axes, contents)
    ink.write_names(axes, contents, ranges, height)
    if point.logvar is not None and not is_strip(fitted):
        ink.draw_ellipse(axes, point.xy, sigma_ellipse(fitted, point.logvar), ranges)
    ink.draw_ring(axes, point.xy, ranges, height)


def _frame(exhibit: Exhibit, view: View) -> tuple[Ranges, float]:
    """What is visible, and the height of the plot, pixels; a thin slice shows what is beside it."""
    (left, right), (bottom, top) = view.zoom or visible_ranges(exhibit.fitted)
    if is_strip(exhibit.fitted):
        return ((left, right), STRIP_RANGE), STRIP_HEIGHT
    across = max(right - left, (top - bottom) * NARROWEST)
    up = max(top - bottom, across / WIDEST)
    x, y = (left + right) / 2, (bottom + top) / 2
    visible = (x - across / 2, x + across / 2), (y - up / 2, y + up / 2)
    return visible, WIDTH * up / across


def _layers(exhibit: Exhibit, view: View) -> list[str]:
    return [name for name in view.layers if name in layers.offered(exhibit.entry.header.config)]


def _pictures(exhibit: Exhibit, view: View) -> list[layers.Picture]:
    names = [name for name in _layers(exhibit, view) if name != layers.PRIOR]
    return [drawn.layer(exhibit.map_key, view.completion, name) for name in names]


def _of_points(exhibit: Exhibit, look: Look) -> list[str]:
    """What is not plain about the points."""
    classes = exhibit.loaded.dataset.classes
    notes = []
    if look.classes:
        notes.append(f"Classes on the map: {', '.join(classes[c] for c in look.classes)}.")
    if look.colour != "class":
        notes.append(colours.SCALES[look.colour].meaning.replace(BOLD, ""))
    return [*notes, FADED] if look.fade else notes


def _of_layers(exhibit: Exhibit, view: View) -> list[str]:
    captions = [picture.caption for picture in _pictures(exhibit, view)]
    captions += [layers.PRIOR_MEANING] * (layers.PRIOR in _layers(exhibit, view))
    return [caption.replace(BOLD, "") for caption in captions]


def _of_ring(exhibit: Exhibit, point: Point, ranges: Ranges) -> str:
    """What is pinned."""
    strip = is_strip(exhibit.fitted)
    xy = f"{point.xy[0]:.2f}" if strip else f"({point.xy[0]:.2f}, {point.xy[1]:.2f})"
    xy = xy.replace("-", "−")  # as on the axes
    what = f"{point.name.lower()}, class {point.class_name}," if point.is_image else "the place"
    ellipse = ELLIPSE if point.logvar is not None and not strip else ""
    beyond = "; it lies beyond the edge, that way" if ink.is_beyond(point.xy, ranges) else ""
    return f"Ring: {what} at {xy}{beyond}{ellipse}."
