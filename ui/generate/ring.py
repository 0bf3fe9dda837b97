"""The ring on the maps of the Generate page: where the code is, and where a click takes it."""

from __future__ import annotations

from functools import partial

import numpy as np
import numpy.typing as npt
import streamlit as st

from ui import stage
from ui.completion import borrowed
from ui.exhibit import Exhibit
from ui.frame import is_strip
from ui.generate.sliders import take
from ui.generate.wish import LINK
from ui.loupe import Pinned
from ui.state import short


def follow(exhibit: Exhibit, chart: str, z: npt.ArrayLike, *, is_own: bool = True) -> None:
    """Mark a code, shape (D,), on the map with this key; a click on it takes the code there.

    Args:
        exhibit: Whose map it is.
        chart: Its key.
        z: The code.
        is_own: Whether the code is what the view is about; else a click opens the view that is.
    """
    pinned = _pinned(exhibit, np.asarray(z, dtype=np.float64))
    stage.mark(chart, pinned, partial(_on_pick, exhibit, chart, is_own=is_own))


def _on_pick(exhibit: Exhibit, chart: str, *, is_own: bool) -> None:
    """On a point its own code, elsewhere that of the place."""
    picked = stage.picked(exhibit, chart)
    if picked is None:
        return
    x, y, image = picked
    shown = exhibit.shown
    if image is None:
        z = exhibit.fitted.to_latent([(x, y)], "nearest")[0]
        take(z)
        if exhibit.fitted.others:
            away = float(exhibit.fitted.off_plane(z[None])[0])
            st.toast(borrowed(int(exhibit.fitted.nearest([(x, y)])[0]), away, len(z)))
    else:
        at = int(np.flatnonzero(shown.indices == image)[0])
        take(shown.latents.mu[at].double().numpy())
    if not is_own:
        LINK.update(mode="code")


def _pinned(exhibit: Exhibit, z: npt.NDArray[np.float64]) -> Pinned:
    x, y = map(short, exhibit.fitted.to_plane(z[None])[0].tolist())
    return {
        "x": x,
        "y": y,
        "image": int(exhibit.shown.indices[0]),
        "imageLabel": "Image",
        "lastImage": exhibit.part_size - 1,
        "map": exhibit.map_key.name,
        "strip": is_strip(exhibit.fitted),
        "ellipse": None,
        "announcement": f"The code is at {x:.2f}, {y:.2f} on the map",
    }
