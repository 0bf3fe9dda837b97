"""Images of the core as pictures for the screen."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterable
from html import escape
from io import BytesIO

import numpy as np
import numpy.typing as npt
from PIL import Image

NO_PICTURE = "No picture: the decoder's answer is not a number here."


def to_png(image: npt.ArrayLike) -> bytes:
    """One image, (C, H, W), uint8 or floats in [0, 1], as PNG of its true size."""
    pixels = to_bytes(np.asarray(image)).transpose(1, 2, 0)
    picture = Image.fromarray(pixels.squeeze(-1) if pixels.shape[2] == 1 else pixels)
    buffer = BytesIO()
    picture.save(buffer, format="PNG")
    return buffer.getvalue()


def to_html(image: npt.ArrayLike, alt: str) -> str:
    """One image, as `to_png`, as an element as wide as its panel, every pixel a sharp square.

    The picture travels within the element: it is shown with the words beside it, not a
    request later, and no server has to keep it.
    """
    return (
        f'<img alt="{escape(alt)}" src="data:image/png;base64,{b64encode(to_png(image)).decode()}">'
    )


def figure(picture: str, words: str, kind: str = "") -> str:
    """A picture's element with a caption below it; the words are markup, `kind` a class."""
    head = f"<figure class={kind}>" if kind else "<figure>"
    return f"{head}{picture}<figcaption>{words}</figcaption></figure>"


def strip(figures: Iterable[str]) -> str:
    """Figures in a row that breaks where it must; see `figure`."""
    return f"<div class=strip>{''.join(figures)}</div>"


def tiled(images: npt.NDArray[np.floating] | npt.NDArray[np.uint8]) -> npt.NDArray[np.generic]:
    """A grid of images, (rows, columns, C, H, W), as one image, (C, rows * H, columns * W)."""
    rows, columns, channels, height, width = images.shape
    joined = images.transpose(2, 0, 3, 1, 4)
    return joined.reshape(channels, rows * height, columns * width)


def enlarged(image: npt.ArrayLike, scale: int) -> bytes:
    """A PNG of one image, every pixel a square of `scale` pixels."""
    small = Image.open(BytesIO(to_png(image)))
    buffer = BytesIO()
    size = (small.width * scale, small.height * scale)
    small.resize(size, Image.Resampling.NEAREST).save(buffer, format="PNG")
    return buffer.getvalue()


def to_gif(frames: npt.NDArray[np.floating], scale: int, milliseconds: int) -> bytes:
    """Images, (N, C, H, W), as a film that goes there and back for ever.

    Args:
        frames: In [0, 1].
        scale: Every pixel is a square of so many.
        milliseconds: Of each frame; the first and the last stay ten times as long.
    """
    pictures = [Image.open(BytesIO(enlarged(frame, scale))) for frame in frames]
    last = len(pictures) - 1
    order = [*range(last + 1), *range(last - 1, 0, -1)]
    stay = [milliseconds * (10 if n in (0, last) else 1) for n in order]
    buffer = BytesIO()
    pictures[0].save(
        buffer, format="GIF", save_all=True, append_images=[pictures[n] for n in order[1:]],
        duration=stay, loop=0,
    )  # fmt: skip
    return buffer.getvalue()


def to_bytes(images: npt.NDArray[np.generic]) -> npt.NDArray[np.uint8]:
    """Images in [0, 1] as uint8, same shape; uint8 stays as it is, and what is no number is 0."""
    if images.dtype == np.uint8:
        return images.astype(np.uint8, copy=False)
    levels = np.nan_to_num(images.astype(np.float32) * 255)
    rounded: npt.NDArray[np.uint8] = np.rint(levels).clip(0, 255).astype(np.uint8)
    return rounded


def decoded_to_html(image: npt.NDArray[np.floating] | None, alt: str) -> str:
    """A decoded image, as `to_html`; words where it is none or not finite."""
    if image is None or not np.isfinite(image).all():
        return f"<p>{NO_PICTURE}</p>"
    return to_html(image, alt)
