"""Below the map: the nearest images, codes the picture could have had, and the compression."""

from __future__ import annotations

from html import escape

import numpy as np
import numpy.typing as npt
import streamlit as st

from ui import cache
from ui.draw import training, words
from ui.draw.shown import DRAWS, Shown
from ui.draw.training import Encoding
from ui.exhibit import Exhibit
from ui.frame import is_strip
from ui.images import figure, strip, to_html, to_png
from ui.parts import TITLES, image_name
from vae_core import decode, nearest_in_codes
from vae_core.data import Split

NEIGHBOURS = 6
FLOAT32 = 4  # bytes


def show(exhibit: Exhibit, shown: Shown) -> None:
    """All of it, as one element."""
    encoding = training.encoding(exhibit.entry)
    is_busy = encoding is not None and encoding.is_alive()  # once: it may end at any moment
    sections = [
        _nearest(exhibit, shown, encoding, is_busy),
        *_draws(exhibit, shown),
        _compression(exhibit, shown),
    ]
    st.html(f"<div class=closer>{''.join(sections)}</div>")
    if encoding is not None and is_busy:
        _wait(encoding)


@st.fragment(run_every=1.0)
def _wait(encoding: Encoding) -> None:
    """Draw the page again once the training images are encoded."""
    if not encoding.is_alive():
        st.rerun()


def _nearest(exhibit: Exhibit, shown: Shown, encoding: Encoding | None, is_busy: bool) -> str:
    loaded = exhibit.loaded
    split: Split = "test"
    latents, own, why = loaded.latents, shown.number, ""
    if is_busy:
        why = " The training images are being encoded, and take their place then."
    elif encoding is not None and encoding.latents is None:
        why = f" The training images could not be encoded. {encoding.problem}"
    elif encoding is not None and encoding.latents is not None:
        split, latents, own = "train", encoding.latents, None
    images = cache.images(loaded.dataset, split)
    near = nearest_in_codes(latents, shown.z, NEIGHBOURS, apart_from=own)
    figures = []
    for index, distance in zip(near.indices.tolist(), near.distances, strict=True):
        name = loaded.dataset.classes[int(latents.labels[index])]
        alt = f"{image_name(split, index)}, class {name}"
        picture = "" if images is None else to_html(images.images[index].numpy(), alt)
        figures.append(figure(picture, f"{escape(name)} · {index}<br>{distance:.3f} away"))
    absent = " Their pictures are not on this machine." if images is None else ""
    text = (
        f"Of {len(latents):,} {TITLES[split]} images those with the nearest codes; distance in "
        f"latent units.{absent}{why}"
    )
    return _section(f"Nearest {TITLES[split]} images", text, strip(figures))


def _draws(exhibit: Exhibit, shown: Shown) -> list[str]:
    title = "Codes it could have had"
    draws = shown.draws()
    if draws is None:
        kind = exhibit.loaded.config.kind
        why = (
            "A plain autoencoder gives one code and no ellipse."
            if kind == "ae"
            else "The link holds the code alone, not its ellipse."
        )
        return [_section(title, why, "")]
    images = decode(exhibit.loaded.model, draws).numpy()
    if not np.isfinite(images).all():
        return [_section(title, "Codes drawn from it are too large for the decoder.", "")]
    figures = [
        figure(to_html(image, f"Draw {i + 1} from the posterior"), f"draw {i + 1}")
        for i, image in enumerate(images)
    ]
    where = "" if is_strip(exhibit.fitted) else " Their numbers are in the enlargement above."
    text = (
        "The encoder gives no single code but a bell curve around the ring. "
        f"{DRAWS} codes drawn from it, decoded.{where}"
    )
    return [_section(title, text, strip(figures))]


def _compression(exhibit: Exhibit, shown: Shown) -> str:
    shape = exhibit.loaded.config.image_shape
    n_pixels, n_codes = int(np.prod(shape)), len(shown.z)
    raw, code = n_pixels, n_codes * FLOAT32
    n_weights = sum(p.numel() for p in exhibit.loaded.model.decoder.parameters())
    figures = []
    png = ""
    if shown.seen is not None:
        packed = len(to_png(shown.seen))
        png = f", {words.size(packed)} as PNG"
        figures.append(
            figure(
                to_html(shown.seen, "The picture, before"),
                f"{n_pixels:,} numbers<br>{words.size(raw)}{png}",
            )
        )
    figures.append(
        f"<figure class=code>{_code(shown.z)}<figcaption>"
        f"{n_codes} number{'s' * (n_codes > 1)}<br>{words.size(code)}</figcaption></figure>"
    )
    if shown.decoded is not None:
        error = shown.mean_difference
        lost = "" if error is None else f"<br>{error:.1%} off"
        figures.append(figure(to_html(shown.decoded, "The picture, after"), f"from the code{lost}"))
    n_bytes = f"{raw / code:.0f} times fewer" if raw > code else "no fewer"
    text = (
        f"{n_codes} number{'s' * (n_codes > 1)} of {FLOAT32} bytes stand for {n_pixels:,} of "
        f"1 byte: {n_bytes} bytes, and details are lost. Not counted: whoever unpacks needs the "
        f"decoder, {n_weights * FLOAT32 / 1e6:.1f} MB of weights."
    )
    if shown.kl is not None and np.isfinite(shown.kl):
        text += (
            f" What the code tells beyond the prior is less still: {words.bits(shown.kl):.1f} bits "
            f"(a KL of {shown.kl:.1f} nats)."
        )
    return _section("Compression", text, strip(figures), "wide compression")


def _code(z: npt.NDArray[np.float64]) -> str:
    numbers = "".join(f"<li>{value:.3f}" for value in z[:8])
    many = " class=many" if len(z) > 4 else ""
    return f"<ul{many}>{numbers}{'<li>…' if len(z) > 8 else ''}</ul>"


def _section(title: str, text: str, row: str, kind: str = "") -> str:
    return f"<section class='{kind}'><h3>{title}</h3><p>{escape(text)}</p>{row}</section>"
