"""What the ring over a map has to know of a point: where it is, what it is, its ellipse."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from ui.exhibit import Exhibit
from ui.frame import is_strip
from ui.loupe import Pinned
from ui.parts import TITLES
from ui.point import Point
from vae_core.geometry import sigma_ellipse
from vae_core.projection import Plane


def to_pinned(exhibit: Exhibit, point: Point) -> Pinned:
    """What the marker and the fields need to know."""
    part = exhibit.part
    kind = "Image, held-out first" if part == "all" else f"{TITLES[part].capitalize()} image"
    return {
        "x": point.xy[0],
        "y": point.xy[1],
        "image": point.index,
        "imageLabel": kind if point.is_image else f"{kind}, nearest",
        "lastImage": exhibit.part_size - 1,
        "map": exhibit.map_key.name,
        "strip": is_strip(exhibit.fitted),
        "ellipse": None if point.logvar is None else ellipse_on(exhibit.fitted, point.logvar),
        "announcement": describe(point),
    }


def ellipse_on(fitted: Plane, logvar: npt.NDArray[np.float64]) -> tuple[float, float, float] | None:
    """Half axes in plane units and degrees of one sigma of a posterior; None on a strip."""
    if is_strip(fitted):
        return None
    found = sigma_ellipse(fitted, logvar)
    return round(found.radii[0], 6), round(found.radii[1], 6), round(found.angle, 3)


def describe(point: Point) -> str:
    """The pinned point in one sentence, for screen readers."""
    x, y = point.xy
    if point.is_image:
        kind = f"Reconstruction of image {point.number}, class {point.class_name}"
        return f"{kind}, at {x:.2f}, {y:.2f}"
    return (
        f"Image decoded at {x:.2f}, {y:.2f}; the nearest image is {point.number}, "
        f"class {point.class_name}"
    )
