"""Figures of more than two dimensions: a map to turn, and how much each component varies."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

import numpy as np
import numpy.typing as npt
import plotly.graph_objects as go

from ui import palette
from vae_core.projection import Plane

MAX_POINTS = 5000  # more are slow to turn on a laptop
MAX_BARS = 32
HEIGHT, BAR_HEIGHT = 460, 160  # pixels


def space_components(fitted: Plane) -> list[int]:
    """The two components of the map and the next one."""
    return [*fitted.components, fitted.others[0]]


def space_map(
    fitted: Plane,
    codes: npt.NDArray[np.float64],
    labels: npt.NDArray[np.int64],
    indices: npt.NDArray[np.int64],
    classes: Sequence[str],
    name: str,
) -> go.Figure:
    """Codes, shape (N, D), along three components, to scale; no more than `MAX_POINTS` of them.

    Args:
        fitted: The plane of the map, whose axes are the first two.
        codes: Of the images.
        labels: Class of each, shape (N,).
        indices: What a click on a point reports, shape (N,).
        classes: Their names.
        name: Of the map, kept in `layout.meta`.
    """
    codes, labels, indices = codes[:MAX_POINTS], labels[:MAX_POINTS], indices[:MAX_POINTS]
    components = space_components(fitted)
    places = ((codes - fitted.mean) @ fitted.basis[components].T).astype(np.float32)
    figure = go.Figure(
        [
            go.Scatter3d(
                x=places[labels == label, 0],
                y=places[labels == label, 1],
                z=places[labels == label, 2],
                customdata=indices[labels == label],
                name=escape(class_name),
                mode="markers",
                marker={"size": 2.5, "color": palette.class_colour(label)},
                hovertemplate="%{fullData.name}, image %{customdata}<extra></extra>",
            )
            for label, class_name in enumerate(classes)
            if (labels == label).any()
        ]
    )
    axes = {
        f"{axis}axis": {"title": {"text": f"{fitted.name_of(component)} (latent units)"}}
        for axis, component in zip("xyz", components, strict=True)
    }
    figure.update_layout(
        scene={**axes, "aspectmode": "data"},
        meta=name,
        height=HEIGHT,
        margin={"l": 0, "r": 0, "t": 30, "b": 30},
        legend={"itemsizing": "constant"},
    )
    return figure


def spectrum(fitted: Plane) -> go.Figure:
    """Share of the codes' variance along each component, those of the map filled."""
    share = fitted.explained_variance[: len(fitted.basis)][:MAX_BARS] * 100
    shown = [component in fitted.components for component in range(len(share))]
    figure = go.Figure(
        go.Bar(
            x=[fitted.name_of(c) for c in range(len(share))],
            y=share,
            marker={
                "color": [palette.SHOWN if s else palette.HIDDEN for s in shown],
                "pattern": {"shape": ["" if s else "/" for s in shown]},
            },
        )
    )
    figure.update_layout(height=BAR_HEIGHT, margin={"l": 8, "r": 8, "t": 8, "b": 8})
    figure.update_yaxes(title="% of variance", automargin=True)
    return figure
