"""Colours of the classes: the same class has the same colour everywhere."""

from __future__ import annotations

# petroff10 (Petroff 2021): distinguishable with every common form of colour blindness.
PETROFF10 = (
    "#3f90da", "#ffa90e", "#bd1f01", "#94a4a2", "#832db6",
    "#a96b59", "#e76300", "#b9ac70", "#717581", "#92dadd",
)  # fmt: skip
OUTLINE = {"light": "rgba(20,20,20,.75)", "dark": "rgba(250,250,250,.75)"}
PAPER = {"light": "rgba(255,255,255,.82)", "dark": "rgba(14,17,23,.82)"}
INK = {"light": "#141414", "dark": "#fafafa"}


def class_colour(label: int) -> str:
    """Hex colour of class `label`; repeats after ten, so the class name stands beside it."""
    return PETROFF10[label % len(PETROFF10)]
