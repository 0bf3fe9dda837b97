"""Colours of the classes: the same class has the same colour everywhere."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

# petroff10 (Petroff 2021): distinguishable with every common form of colour blindness.
PETROFF10 = (
    "#3f90da", "#ffa90e", "#bd1f01", "#94a4a2", "#832db6",
    "#a96b59", "#e76300", "#b9ac70", "#717581", "#92dadd",
)  # fmt: skip
OUTLINE = {"light": "rgba(20,20,20,.75)", "dark": "rgba(250,250,250,.75)"}
PAPER = {"light": "rgba(255,255,255,.82)", "dark": "rgba(14,17,23,.82)"}
DENSITY, HOLE = (150, 95, 215), (225, 55, 85)  # red, green, blue
Scale = tuple[tuple[int, int, int], ...]
# Cividis (Nuñez et al. 2018): even steps of lightness, for every kind of colour vision.
SCALE: Scale = ((0, 34, 78), (65, 77, 107), (124, 123, 120), (188, 175, 111), (254, 232, 56))
# ColorBrewer's RdBu (Harrower & Brewer 2003): blue below zero, white at it, red above.
DIFFERENCE: Scale = ((33, 102, 172), (247, 247, 247), (178, 24, 43))
SHOWN, HIDDEN = "#3f7fb5", "#9aa0a8"  # of a bar: on the map, or not
INK = {"light": "#141414", "dark": "#fafafa"}


def class_colour(label: int) -> str:
    """Hex colour of class `label`; repeats after ten, so the class name stands beside it."""
    return PETROFF10[label % len(PETROFF10)]


def along(scale: Scale, level: npt.NDArray[np.floating[Any]]) -> npt.NDArray[np.uint8]:
    """Colours of levels from 0 to 1, any shape: (..., 3), red, green, blue."""
    steps = np.linspace(0, 1, len(scale))
    channels = [np.interp(level, steps, channel) for channel in np.array(scale, np.float64).T]
    colours: npt.NDArray[np.uint8] = np.rint(np.stack(channels, axis=-1)).astype(np.uint8)
    return colours


def class_rgb(label: int) -> tuple[int, int, int]:
    """The same as red, green and blue, 0 to 255."""
    red, green, blue = bytes.fromhex(class_colour(label)[1:])
    return red, green, blue
