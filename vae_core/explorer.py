"""A page of its own for one model: the map, and the decoded picture under the mouse.

One file without a server, for a model that is no checkpoint of this project; see
`vae_core.adapter`. The pictures are decoded beforehand, on a grid.
"""

from __future__ import annotations

import json
from base64 import b64encode
from io import BytesIO
from pathlib import Path

import numpy as np
from PIL import Image
from torch import Tensor

from vae_core.data import ImageSet
from vae_core.decoding import atlas
from vae_core.encoding import encode
from vae_core.errors import ConfigError, DataError
from vae_core.files import write_atomically
from vae_core.models.autoencoder import AutoEncoder
from vae_core.projection import Plane, fit_plane

PAGE = Path(__file__).with_name("explorer.html")
MAX_DOTS = 5000  # more make no map clearer
MAX_SIDE = 100  # decoded places along each side
MAX_PIXELS = 4096  # of all of them along each side; browsers draw no larger picture


def write_explorer(
    model: AutoEncoder, images: ImageSet, path: str | Path, *, n: int = 40, seed: int = 0
) -> Path:
    """Write the page.

    Args:
        model: From `adapt`, or one of this project's.
        images: Become the dots, at most 5,000 of them.
        path: Ends in .html; a file that is there is replaced. In a notebook show it with
            `IPython.display.IFrame(path, 900, 720)`.
        n: Decoded places along each side of the map, 2 to 100, and fewer for large images.
        seed: Of the choice among more images.

    Raises:
        ConfigError: The images are not of the model's shape or too few, no such `n` or path.
        DataError: The file cannot be written.
    """
    target = Path(path)
    if target.suffix != ".html":
        raise ConfigError(f"The page's file must end in .html, unlike {str(path)!r}.")
    if not 2 <= n <= MAX_SIDE:
        raise ConfigError(f"n must be from 2 to {MAX_SIDE}, not {n}.")
    chosen = np.sort(np.random.default_rng(seed).permutation(len(images))[:MAX_DOTS])
    latents = encode(model, images.subset(chosen))
    plane = fit_plane(latents.mu)
    n = min(n, MAX_PIXELS // max(images.image_shape[1:]))
    facts = {
        "extent": plane.extent,
        "names": plane.names,
        "dots": np.round(plane.to_plane(latents.mu), 5).tolist(),
        "labels": latents.labels.tolist(),
        "classes": images.classes,
        "hidden": _hidden(plane),
        "n": n,
        "size": images.image_shape[1:],
        "sprite": _sprite(atlas(model, plane, n)),
    }
    # Names of classes come from anywhere, and none of them may end the script.
    packed = json.dumps(facts).replace("<", "\\u003c")
    page = PAGE.read_text(encoding="utf-8").replace("/*facts*/", packed)
    try:
        write_atomically(target, page.encode())
    except OSError as err:
        raise DataError(f"Cannot write {target}: {err.strerror}.") from err
    return target


def _hidden(plane: Plane) -> str:
    """What a flat map of more than two dimensions leaves out, and how it is filled in."""
    n_dims = len(plane.mean)
    if n_dims <= 2:
        return ""
    share = plane.explained_variance[list(plane.components)].sum()
    return (
        f"The codes have {n_dims} numbers. The two axes hold {share:.0%} of their variance; a "
        "place's other numbers are those of the image nearest to it on the map."
    )


def _sprite(cells: Tensor) -> str:
    """All decoded images, (n, n, C, H, W), as one PNG for an address."""
    rows, columns, channels, height, width = cells.shape
    joined = cells.permute(0, 3, 1, 4, 2).reshape(rows * height, columns * width, channels)
    pixels = joined.mul(255).round().byte().numpy()
    buffer = BytesIO()
    Image.fromarray(pixels.squeeze(2) if channels == 1 else pixels).save(buffer, format="PNG")
    return f"data:image/png;base64,{b64encode(buffer.getvalue()).decode()}"
