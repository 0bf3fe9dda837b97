"""The exact posterior as a picture under the map, and as a chart of its own, looked at closely."""

from __future__ import annotations

from io import BytesIO

import numpy as np
import numpy.typing as npt
import plotly.graph_objects as go
from PIL import Image

from ui import palette
from ui.measure.exact import Posterior
from vae_core.decoding import Extent

HEIGHT = 420  # pixels
ELLIPSE = {"light": "#c2187a", "dark": "#ff7ac0"}
TURN = np.linspace(0, 2 * np.pi, 120)
WIDTHS = (1.0, 2.0)  # sigmas of the encoder's ellipses
CAUGHT = 0.35  # of the highest density, from which a pixel of the map is fully coloured
FloatArray = npt.NDArray[np.float64]


def picture(found: Posterior) -> tuple[bytes, Extent]:
    """A PNG to lay under the map, clear where the image cannot be, and where it belongs."""
    density = found.exact.density[::-1]
    share = np.clip(density / (CAUGHT * density.max()), 0, 1)
    pixels = np.zeros((*share.shape, 4), np.uint8)
    pixels[..., :3] = palette.DENSITY
    pixels[..., 3] = np.rint(255 * np.sqrt(share))
    buffer = BytesIO()
    Image.fromarray(pixels).save(buffer, format="PNG")
    return buffer.getvalue(), found.extent


def closely(found: Posterior, theme: str) -> go.Figure:
    """The exact posterior with the encoder's ellipses over it; in one dimension two curves."""
    return _curves(found, theme) if found.is_line else _heat_map(found)


def _heat_map(found: Posterior) -> go.Figure:
    exact, scale = found.exact, [f"rgb{colour}" for colour in palette.SCALE]
    made = go.Figure(
        go.Heatmap(
            z=np.sqrt(exact.density / exact.density.max()).astype(np.float32),  # or one peak hides
            x=exact.x,
            y=exact.y,
            colorscale=scale,
            showscale=False,
            zsmooth="best",
            hoverinfo="skip",
        )
    )
    for width, dash in zip(WIDTHS, ("solid", "dash"), strict=True):
        x, y = (
            float(m) + width * float(s) * wave
            for m, s, wave in zip(found.mu, found.sigma, (np.cos(TURN), np.sin(TURN)), strict=True)
        )
        line = {"color": "#fff", "width": 2, "dash": dash}
        made.add_trace(go.Scatter(x=x, y=y, mode="lines", line=line, hoverinfo="skip"))
    _dress(made)
    across, up = _square(found.extent)
    # What lies beyond the grid is as dark as what is nearly impossible.
    made.update_layout(showlegend=False, plot_bgcolor=scale[0])
    made.update_xaxes(range=across, title="z1 (latent units)", constrain="domain", showgrid=False)
    made.update_yaxes(range=up, title="z2 (latent units)", constrain="domain", showgrid=False)
    made.update_yaxes(scaleanchor="x")
    return made


def _square(extent: Extent) -> tuple[tuple[float, float], tuple[float, float]]:
    """Ranges of both axes, equally long, around the middle of a window."""
    left, right, bottom, top = extent
    half = max(right - left, top - bottom) / 2
    x, y = (left + right) / 2, (bottom + top) / 2
    return (x - half, x + half), (y - half, y + half)


def _curves(found: Posterior, theme: str) -> go.Figure:
    x, mu, sigma = found.exact.x, float(found.mu[0]), float(found.sigma[0])
    gaussian = np.exp(-0.5 * np.square((x - mu) / sigma)) / (sigma * np.sqrt(2 * np.pi))
    curves = (
        ("exact", found.exact.density, {"color": palette.SHOWN, "width": 3}),
        ("encoder", gaussian, {"color": ELLIPSE[theme], "width": 2, "dash": "dash"}),
    )
    made = go.Figure(
        [go.Scatter(x=x, y=y, mode="lines", name=name, line=line) for name, y, line in curves]
    )
    _dress(made)
    made.update_xaxes(range=found.exact.extent, title="z1 (latent units)")
    made.update_yaxes(title="density (per latent unit)", rangemode="tozero")
    return made


def _dress(made: go.Figure) -> None:
    made.update_layout(
        height=HEIGHT, margin={"l": 8, "r": 8, "t": 8, "b": 8}, dragmode=False,
        legend={"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0},
    )  # fmt: skip
    made.update_xaxes(automargin=True, zeroline=False)
    made.update_yaxes(automargin=True, zeroline=False)
