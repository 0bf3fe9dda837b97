"""One picture from outside, made to look like those a model has learnt from.

MNIST's digits were scaled so that the longer side of the ink is 20 of 28 pixels, antialiased,
and moved by whole pixels until their centre of mass lies in the middle (LeCun et al. 1998). A
picture that is prepared otherwise lands elsewhere on the map, however good the drawing. Other
data sets were prepared in other ways; of most it is not known, and there a picture is only made
to fit.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
import torch
from PIL import Image, ImageOps

from vae_core.data.image_set import ImageSet
from vae_core.errors import DataError

Ink = Literal["auto", "light", "dark"]
Grey = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Framing:
    """How the images of a data set were cut.

    Attributes:
        share: Longer side of what is drawn, of the frame's side, 0 to 1.
        centre: What lies in the middle: its centre of mass, or its bounding box.
        source: Who says so.
    """

    share: float
    centre: Literal["mass", "box"]
    source: str


FRAMINGS = {
    "mnist": Framing(20 / 28, "mass", "LeCun et al. 1998"),
    "emnist-letters": Framing(24 / 28, "box", "Cohen et al. 2017"),
    "fashion-mnist": Framing(1.0, "box", "Xiao et al. 2017"),
    "digits": Framing(1.0, "box", "Alpaydin and Kaynak 1998"),
}
MIN_CONTRAST = 0.06  # grey levels, 0 to 1, between paper and ink: less is an empty page
FAINT = 0.2  # of the darkest ink: what is fainter does not count for the size of a large picture
LARGE = 2  # times the size it is to have: see `_cut`
NOISE = 90  # per cent of the border's pixels that are taken for ground; ink may cross the rest


@dataclass(frozen=True, eq=False)
class Intake:
    """A picture as a model takes it.

    Attributes:
        image: uint8, shape (C, H, W).
        is_inverted: Whether light and dark were exchanged.
        is_framed: Whether it was cut out, scaled and centred; else it was only made to fit.
    """

    image: npt.NDArray[np.uint8]
    is_inverted: bool
    is_framed: bool

    def as_images(self) -> ImageSet:
        """The one image as a data set, of no class that is known."""
        return ImageSet(torch.from_numpy(self.image[None]), torch.zeros(1, dtype=torch.long), ("",))


def take_in(
    picture: Image.Image,
    image_shape: tuple[int, int, int],
    framing: Framing | None = None,
    ink: Ink = "auto",
) -> Intake:
    """Make a picture into an image for a model.

    Args:
        picture: "L" or "RGB".
        image_shape: (C, H, W) of the model.
        framing: How the data set's images were cut; None makes the whole picture fit, its sides
            filled up with the colour of its border.
        ink: Whether what is drawn is lighter or darker than the ground; "auto" looks at the
            border, which is taken for ground. Without framing, "auto" leaves it as it is.

    Raises:
        DataError: With framing, the picture shows nothing: all of it has one brightness.
    """
    channels, height, width = image_shape
    if framing is None or channels > 1:
        fitted = _fit(picture.convert("L" if channels == 1 else "RGB"), (width, height))
        if ink == "dark":
            fitted = ImageOps.invert(fitted)
        pixels = np.asarray(fitted).reshape(height, width, channels).transpose(2, 0, 1)
        return Intake(pixels.copy(), ink == "dark", is_framed=False)
    grey = np.asarray(picture.convert("L"), dtype=np.float64) / 255
    is_dark = ink == "dark" or (ink == "auto" and float(np.median(_border(grey))) > 0.5)
    drawn = _ink(1 - grey if is_dark else grey)
    image = _frame(drawn, (height, width), framing)
    return Intake(np.rint(image * 255).astype(np.uint8)[None], is_dark, is_framed=True)


def _border(grey: Grey) -> Grey:
    """The outermost pixels, shape (N,)."""
    return np.concatenate([grey[0], grey[-1], grey[:, 0], grey[:, -1]])


def _ink(grey: Grey) -> Grey:
    """How much ink each pixel holds, 0 to 1; the ground and its noise hold none.

    The border tells what the ground is like, unless somebody said that it is ink. Where it is
    even, as in MNIST's own images, no grey level changes but for the stretch to white.
    """
    border = _border(grey)
    ground = float(np.median(border))
    noise = float(np.percentile(border, NOISE)) - ground
    if ground > 0.5:
        ground, noise = float(grey.min()), 0.0
    top = float(grey.max())
    floor = ground + min(noise, (top - ground) / 2)
    if top - floor < MIN_CONTRAST:
        raise DataError(
            "There is nothing to see in this picture: all of it is about equally bright. Draw "
            "something, or choose a picture with more contrast."
        )
    return np.clip(grey - floor, 0, None) / (top - floor)


def _frame(drawn: Grey, size: tuple[int, int], framing: Framing) -> Grey:
    """Cut out, scale, and move to the middle by whole pixels; (H, W) of `size`, in [0, 1]."""
    height, width = size
    target = max(1, round(framing.share * min(size)))
    cut = _cut(drawn, target)
    scale = target / max(cut.shape)
    if scale != 1:
        rows, columns = (max(1, round(scale * side)) for side in cut.shape)
        resized = Image.fromarray(cut.astype(np.float32)).resize(
            (columns, rows), Image.Resampling.BOX
        )
        cut = np.clip(np.asarray(resized, dtype=np.float64), 0, 1)
    if framing.centre == "mass":
        top, left = (
            _start(cut.sum(1 - axis), length) for axis, length in enumerate((height, width))
        )
    else:
        top, left = (height - cut.shape[0]) // 2, (width - cut.shape[1]) // 2
    framed = np.zeros(size)
    framed[top : top + cut.shape[0], left : left + cut.shape[1]] = cut
    return framed


def _cut(drawn: Grey, target: int) -> Grey:
    """The bounding box of what is drawn.

    Something large gets its edges blurred or ringed when it is drawn, enlarged or packed; of
    something that has its size already, every pixel counts.
    """
    cut = drawn[_box(drawn > 0)]
    return cut if max(cut.shape) <= LARGE * target else drawn[_box(drawn > FAINT)]


def _box(inside: npt.NDArray[np.bool_]) -> tuple[slice, slice]:
    """The rows and the columns between the outermost of these pixels."""
    rows, columns = np.flatnonzero(inside.any(1)), np.flatnonzero(inside.any(0))
    return slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1)


def _start(profile: Grey, length: int) -> int:
    """Where a cut starts so that its centre of mass falls into the pixel after the middle line.

    That is where it lies in every image of MNIST: from 13.5 to 14.5, counted from 0.
    """
    mass = float(profile @ np.arange(len(profile)) / profile.sum())
    return min(max(int(np.floor(length // 2 - mass + 0.5)), 0), length - len(profile))


def _fit(picture: Image.Image, size: tuple[int, int]) -> Image.Image:
    """All of the picture, as large as it fits, on the median colour of its border."""
    shrunk = ImageOps.contain(picture, size, Image.Resampling.LANCZOS)
    pixels = np.asarray(picture)
    border = np.concatenate([pixels[0], pixels[-1], pixels[:, 0], pixels[:, -1]])
    ground = np.median(border, axis=0).astype(int)
    colour = tuple(ground.tolist()) if ground.ndim else int(ground)
    fitted = Image.new(picture.mode, size, colour)
    fitted.paste(shrunk, ((size[0] - shrunk.width) // 2, (size[1] - shrunk.height) // 2))
    return fitted
