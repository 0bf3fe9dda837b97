"""What is said of the picture: in words and in numbers."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from ui.draw.shown import Shown
from ui.facts import BADGES
from vae_core.data.intake import Framing
from vae_core.metrics.support import Where


def of_intake(shown: Shown, framing: Framing | None, whole: bool, title: str) -> str:
    """How the picture became what the model sees."""
    if shown.intake is None:
        return "One of the images that the model was not trained on, as it is in the data set."
    _, height, width = shown.intake.image.shape
    said = ["Light and dark exchanged."] if shown.intake.is_inverted else []
    if shown.intake.is_framed and framing is not None:
        side = round(framing.share * min(height, width))
        middle = {"mass": "centre of mass", "box": "middle"}[framing.centre]
        said.append(
            f"Cut out, scaled to {side} of {min(height, width)} pixels, its {middle} moved to the "
            f"middle, as the images of {title} were ({framing.source})."
        )
    else:
        said.append(f"All of it, made to fit into {width} × {height} pixels.")
        if framing is None and not whole:
            said.append(f"How the images of {title} were cut is not known.")
    return " ".join(said)


def of_place(where: Where, around: str, is_own: bool) -> str:
    """What lives around the code."""
    whose = "your picture's" if is_own else "this one"
    return {
        "inside": f"Most images with codes like {whose} are: {around}.",
        "edge": f"Few images have a code like {whose}; most of the nearest are: {around}.",
        "outside": "No image has a code like this: the model has seen nothing of the kind, and "
        f"draws what it knows. The nearest are mostly: {around}.",
    }[where]


def badge(where: Where) -> str:
    """Whether data lives at a code, as markup."""
    return f'<p class="where {where}">{BADGES[where]}</p>'


def code(z: Sequence[float] | np.ndarray[tuple[int, ...], np.dtype[np.float64]]) -> str:
    """A code's numbers; of a long one, the first."""
    numbers = [f"{value:.3f}" for value in z]
    more = f", … {len(numbers)} numbers" if len(numbers) > 8 else ""
    return f"({', '.join(numbers[:8])}{more})"


def size(n_bytes: int) -> str:
    """A number of bytes."""
    return "1 byte" if n_bytes == 1 else f"{n_bytes:,} bytes"


def bits(nats: float) -> float:
    """Nats as bits."""
    return nats / math.log(2)
