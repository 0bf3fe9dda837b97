"""A small drawing of a network: its layers as bars, as high as they are wide."""

from __future__ import annotations

from html import escape
from itertools import pairwise
from math import log, prod

from ui.train.source import Network

WIDTH, HEIGHT = 640, 190  # of the drawing, in its own units
BAR, LOWEST, HIGHEST = 22, 16, 120
MIDDLE = 86
STYLE = """
text { font: 13px sans-serif; text-anchor: middle }
.name { fill-opacity: .75 }
path { fill-opacity: .08 }
rect { fill: #3f90da } .image { fill: #717581 } .code { fill: #832db6 } .conv { fill: #e76300 }
.light text, .light path { fill: #141414 } .dark text, .dark path { fill: #fafafa }
"""
Box = tuple[str, str, int, str]  # kind, words below, number of values, what the words mean


def sketch(
    found: Network, shape: tuple[int, int, int], latent_dim: int, kind: str, theme: str
) -> str:
    """The drawing as an SVG file: image, encoder, code, decoder, image."""
    boxes = _boxes(found, shape, latent_dim, kind)
    step = WIDTH / len(boxes)
    most = log(max(size for _, _, size, _ in boxes) + 1)
    parts, tops = [], []
    for number, (name, text, size, _) in enumerate(boxes):
        x, height = (number + 0.5) * step, LOWEST + (HIGHEST - LOWEST) * log(size + 1) / most
        tops.append((x, height))
        parts.append(
            f'<rect class="{name}" x="{x - BAR / 2:.1f}" y="{MIDDLE - height / 2:.1f}" '
            f'width="{BAR}" height="{height:.1f}" rx="3"/>'
            f'<text x="{x:.1f}" y="{HEIGHT - 28}">{escape(text)}</text>'
        )
        if name == "image" and shape[0] > 1:  # beside the size it would not fit
            parts.append(f'<text x="{x:.1f}" y="{HEIGHT - 12}">colour</text>')
    wires = "".join(
        f'<path d="M{a + BAR / 2:.1f} {MIDDLE - h / 2:.1f}L{b - BAR / 2:.1f} {MIDDLE - k / 2:.1f}'
        f'V{MIDDLE + k / 2:.1f}L{a + BAR / 2:.1f} {MIDDLE + h / 2:.1f}Z"/>'
        for (a, h), (b, k) in pairwise(tops)
    )
    half = WIDTH / 4
    names = "".join(
        f'<text class="name" x="{x:.0f}" y="{HEIGHT - 6}">{name}</text>'
        for x, name in ((half, "encoder →"), (2 * half, "code"), (3 * half, "→ decoder"))
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" '
        f'width="{WIDTH}" height="{HEIGHT}"><style>{STYLE}</style>'
        f"<g class='{theme}'>{wires}{''.join(parts)}{names}</g></svg>"
    )


def _boxes(found: Network, shape: tuple[int, int, int], latent_dim: int, kind: str) -> list[Box]:
    _, height, width = shape
    code = str(latent_dim) if kind == "ae" else f"{latent_dim} ± σ"
    image: Box = ("image", f"{height}×{width}", prod(shape), "pixels")
    return [
        image,
        *(_layer(layer) for layer in found.encoder),
        ("code", code, latent_dim, "numbers"),
        *(_layer(layer) for layer in found.decoder),
        image,
    ]


def _layer(layer: tuple[str, int]) -> Box:
    kind, size = layer
    if kind == "dense":
        return (kind, f"{size}", size, "units")
    return (kind, f"{size} maps", size, "maps of a convolution")


def describe(found: Network, shape: tuple[int, int, int], latent_dim: int, kind: str) -> str:
    """The same in one sentence, for screen readers."""

    def listed(layers: tuple[tuple[str, int], ...]) -> str:
        words = {"dense": "dense layer of {}", "conv": "convolution with {} maps"}
        return ", ".join(words[name].format(size) for name, size in layers) or "no layer between"

    channels, height, width = shape
    colour = " in colour" if channels > 1 else ""
    code = f"{latent_dim} numbers" + ("" if kind == "ae" else ", each with a spread")
    return (
        f"Network: image of {height} by {width} pixels{colour}; encoder: {listed(found.encoder)}; "
        f"code of {code}; decoder: {listed(found.decoder)}; image. "
        f"{found.n_parameters:,} parameters."
    )
