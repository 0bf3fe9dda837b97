"""A closer look at the pinned point: what the decoder misses, how sure the code is, who is near."""

from __future__ import annotations

from html import escape

import numpy as np
import numpy.typing as npt
import streamlit as st

from ui import cache, palette
from ui.exhibit import Exhibit
from ui.images import figure, strip, to_html
from ui.parts import image_name
from ui.point import Point
from vae_core import decode_spread, nearest_in_codes, nearest_in_pixels
from vae_core.checkpoints import Checkpoint
from vae_core.data import ImageSet
from vae_core.errors import VaeCoreError
from vae_core.metrics.similar import Similar

NEIGHBOURS = 5
DRAWS = 9
LARGEST_DEVIATION = 0.5  # of numbers between 0 and 1
MAX_BARS = 32

Figure = tuple[str, str]  # picture, and the words below it


def panel(exhibit: Exhibit, point: Point) -> None:
    """All there is to say of the pinned point, as one element."""
    loaded = exhibit.loaded
    held_out = cache.images(loaded.dataset, "test")
    sections = [
        *_missed(point),
        *_kl(point),
        *_posterior(loaded, point),
        *_neighbours(loaded, held_out, point),
    ]
    if held_out is None:
        sections.append("<p>The images are not on this machine: their pictures are missing.</p>")
    st.html(f"<div class=closer>{''.join(sections)}</div>")


def _missed(point: Point) -> list[str]:
    """Original, reconstruction and their difference."""
    if not point.is_image or point.beside is None or point.decoded is None:
        return []
    original = point.beside.astype(np.float32) / 255
    difference = (point.decoded - original).mean(0)
    mean = " The mean over the colours." if len(original) > 1 else ""
    figures = [
        (to_html(original, f"{point.name}, original"), "original"),
        (to_html(point.decoded, f"{point.name}, reconstruction"), "reconstruction"),
        (
            to_html(coloured(difference, -1, 1, palette.DIFFERENCE), "Signed difference"),
            "difference",
        ),
    ]
    words = (
        f"Blue: darker than the original. Red: lighter.{mean} The scale is always from −1 to 1; "
        f"the largest difference here is {np.abs(difference).max():.2f}."
    )
    return [_section("What the decoder misses", words, figures)]


def _posterior(loaded: Checkpoint, point: Point) -> list[str]:
    """Draws from the posterior, and the deviation of their pixels."""
    if point.logvar is None:
        return []
    # The seed is the image's own: the same picture whenever one looks.
    try:
        spread = decode_spread(loaded.model, point.z, point.logvar, n=DRAWS, seed=point.number)
    except VaeCoreError as err:
        return [f"<section><h3>Codes it could have had</h3><p>{escape(str(err))}</p></section>"]
    deviation = spread.deviation.numpy().mean(0)
    figures = [
        (to_html(image.numpy(), f"Draw {i + 1} from the posterior"), f"draw {i + 1}")
        for i, image in enumerate(spread.images)
    ]
    picture = coloured(deviation, 0, LARGEST_DEVIATION, palette.SCALE)
    figures.append((to_html(picture, "Standard deviation of each pixel"), "deviation"))
    words = (
        f"The encoder does not give one code but a bell curve around it, 1 σ wide as the ellipse "
        f"on the map, which can be smaller than the ring. {DRAWS} codes drawn from it, decoded; "
        "last, the standard deviation of each pixel, from dark, 0, to light, "
        f"{LARGEST_DEVIATION}. The largest here is {deviation.max():.2f}."
    )
    return [_section("Codes it could have had", words, figures, is_wide=True)]


def _kl(point: Point) -> list[str]:
    """KL of each dimension, as bars."""
    if point.kl is None:
        return []
    heading = "<h3>What each dimension says</h3>"
    if not np.isfinite(point.kl).all():
        return [f"<section>{heading}<p>The posterior is too wide for a KL.</p></section>"]
    kl = point.kl.tolist()
    top = max(max(kl), 1e-9)
    rows = "".join(
        f"<dt>z{d + 1}<dd><meter aria-label='z{d + 1}, nats' min=0 max={top:.6g} "
        f"value={value:.6g}></meter> {value:.2f}"
        for d, value in enumerate(kl[:MAX_BARS])
    )
    more = f" The first {MAX_BARS} of {len(kl)} dimensions." if len(kl) > MAX_BARS else ""
    words = f"KL of the posterior from the prior, in nats; {sum(kl):.1f} in all.{more}"
    return [f"<section>{heading}<p>{words}</p><dl>{rows}</dl></section>"]


def _neighbours(loaded: Checkpoint, held_out: ImageSet | None, point: Point) -> list[str]:
    """Held-out images near in code, and near in pixels."""
    own = point.number if point.is_image and point.split == "test" else None
    by_code = nearest_in_codes(loaded.latents, point.z, NEIGHBOURS, apart_from=own)
    what = "this image" if point.is_image else "this place"
    found = [
        _section(
            "Nearest in latent space",
            f"Held-out images whose codes are nearest to that of {what}; distance in latent units.",
            _figures(loaded, held_out, by_code),
        )
    ]
    wanted = _pixels(point)
    if held_out is None or wanted is None:
        return found
    by_pixels = nearest_in_pixels(held_out, wanted, NEIGHBOURS, apart_from=own)
    common = len(set(by_code.indices.tolist()) & set(by_pixels.indices.tolist()))
    whose = "the original" if point.is_image else "the decoded picture"
    words = (
        f"Held-out images whose pixels differ least from {whose}; root of the summed squared "
        f"difference in grey levels. {common} of these {len(by_pixels.indices)} have one of the "
        "nearest codes too."
    )
    figures = _figures(loaded, held_out, by_pixels)
    return [*found, _section("Nearest in pixel space", words, figures)]


def _pixels(point: Point) -> npt.NDArray[np.floating] | None:
    """What is compared: of an image the original, of a place the decoded picture."""
    if not point.is_image:
        return point.decoded
    return None if point.beside is None else point.beside.astype(np.float32) / 255


def _figures(loaded: Checkpoint, held_out: ImageSet | None, similar: Similar) -> list[Figure]:
    figures = []
    for index, distance in zip(similar.indices.tolist(), similar.distances, strict=True):
        name = loaded.dataset.classes[int(loaded.latents.labels[index])]
        alt = f"{image_name('test', index)}, class {name}"
        picture = "" if held_out is None else to_html(held_out.images[index].numpy(), alt)
        figures.append((picture, f"{escape(name)} · image {index}<br>{distance:.2f} away"))
    return figures


def _section(title: str, words: str, figures: list[Figure], *, is_wide: bool = False) -> str:
    """Words in `figures` are markup already."""
    row = strip(figure(picture, text) for picture, text in figures)
    kind = " class=wide" if is_wide else ""
    heading = f"<h3>{title}</h3><p>{escape(words)}</p>"
    return f"<section{kind}>{heading}{row}</section>"


def coloured(
    values: npt.NDArray[np.floating], low: float, high: float, scale: palette.Scale
) -> npt.NDArray[np.uint8]:
    """Values, shape (H, W), as colours of a scale from `low` to `high`, shape (3, H, W)."""
    return palette.along(scale, (values - low) / (high - low)).transpose(2, 0, 1)
