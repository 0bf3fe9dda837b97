"""What a visitor can take home: link, map, picture, codes, and the code that draws the picture."""

from __future__ import annotations

import csv
from collections.abc import Callable
from functools import partial
from io import BytesIO, StringIO
from pathlib import Path
from urllib.parse import urlencode

import numpy as np
import numpy.typing as npt
import streamlit as st

from ui import state
from ui.catalogue import Entry
from ui.exhibit import Exhibit
from ui.explore.map_file import map_file
from ui.images import enlarged, to_png
from ui.keys import Look
from ui.parts import origin
from ui.point import Point
from ui.view import to_params

SCALE = 16  # of the large picture, every pixel a square of so many
SNIPPET = """\
from torchvision.transforms.functional import to_pil_image
from vae_core import decode, load_checkpoint

checkpoint = load_checkpoint({path!r})
z = [{z!r}]  # latent units
image = decode(checkpoint.model, z)[0]  # (C, H, W), from 0 (black) to 1
to_pil_image(image).save("decoded.png")
"""


# Closed, it has to leave the page: the next message would open it again.
@st.dialog("Take it away", width="large", on_dismiss="rerun")
def take_away(exhibit: Exhibit, look: Look, point: Point) -> None:
    """Everything a visitor can keep of what is shown."""
    entry, shown = exhibit.entry, exhibit.shown
    st.markdown("**Link** to exactly this view:")
    st.code(_link(), language=None, wrap_lines=True)
    _offer_map(exhibit, look, point)
    if point.decoded is not None:
        _offer_picture(f"{entry.name}-decoded", point.decoded)
    st.markdown(
        f"**Codes** of the batch of {len(shown.indices):,} images, all classes, in latent units:"
    )
    with st.container(horizontal=True):
        name = f"{entry.name}-codes"
        _save("CSV", lambda: to_csv(exhibit).encode(), f"{name}.csv", "text/csv")
        _save("npz", partial(to_npz, exhibit), f"{name}.npz", "application/zip")
    st.markdown("**Model**, to be added where Latent Loupe runs on another machine:")
    file = Path(entry.path)
    _save("Model file", file.read_bytes, file.name, "application/octet-stream")
    st.markdown("**Python** that draws this picture, for the folder of Latent Loupe:")
    st.code(to_python(entry, point), language="python", wrap_lines=True)


def _offer_map(exhibit: Exhibit, look: Look, point: Point) -> None:
    """Both kinds are drawn when they are asked for: it takes a second."""
    drawing = partial(map_file, exhibit, state.current(), look, point)
    st.markdown("**Map** as it is now, on white paper:")
    with st.container(horizontal=True):
        name = f"{exhibit.entry.name}-map"
        _save("PNG, 200 dpi", partial(drawing, "png"), f"{name}.png", "image/png")
        _save("SVG, to edit", partial(drawing, "svg"), f"{name}.svg", "image/svg+xml")


def _offer_picture(name: str, image: npt.NDArray[np.float32]) -> None:
    _, height, width = image.shape
    st.markdown(f"**Picture** that the decoder draws, {width} × {height} pixels:")
    with st.container(horizontal=True):
        _save("PNG, true size", to_png(image), f"{name}.png", "image/png")
        _save(f"PNG, {SCALE} times", enlarged(image, SCALE), f"{name}-{SCALE}x.png", "image/png")


def to_python(entry: Entry, point: Point) -> str:
    """A script that decodes the pinned code to the last bit."""
    return SNIPPET.format(path=entry.path, z=point.z.tolist())


def to_csv(exhibit: Exhibit) -> str:
    """One line for each image: its number, its class, its code, and sigma if it has one."""
    shown, loaded = exhibit.shown, exhibit.loaded
    latents, classes = shown.latents, loaded.dataset.classes
    n_dims = latents.mu.shape[1]
    columns = [f"mu_{d + 1}" for d in range(n_dims)]
    values = latents.mu.numpy()
    if latents.logvar is not None:
        columns += [f"sigma_{d + 1}" for d in range(n_dims)]
        values = np.concatenate([values, np.exp(0.5 * latents.logvar.numpy())], axis=1)
    text = StringIO()
    writer = csv.writer(text)
    writer.writerow(["image", "split", "class", *columns])
    for index, label, row in zip(shown.indices, latents.labels, values, strict=True):
        split, number = origin(shown.part, int(index), len(loaded.latents))
        writer.writerow([number, split, classes[int(label)], *row.tolist()])
    return text.getvalue()


def to_npz(exhibit: Exhibit) -> bytes:
    """Arrays `split` and `number` of each image, `labels`, `mu` and, for a VAE, `logvar`."""
    shown, latents = exhibit.shown, exhibit.shown.latents
    origins = [origin(shown.part, i, len(exhibit.loaded.latents)) for i in shown.indices.tolist()]
    splits, numbers = map(np.array, zip(*origins, strict=True))
    arrays = {
        "split": splits,
        "number": numbers,
        "labels": latents.labels.numpy(),
        "mu": latents.mu.numpy(),
    }
    if latents.logvar is not None:
        arrays["logvar"] = latents.logvar.numpy()
    buffer = BytesIO()
    np.savez_compressed(buffer, allow_pickle=False, **arrays)
    return buffer.getvalue()


def _link() -> str:
    address = (st.context.url or "").split("?")[0]
    return f"{address}?{urlencode(to_params(state.current()))}"


def _save(label: str, data: str | bytes | Callable[[], bytes], name: str, mime: str) -> None:
    icon, key = ":material/download:", f"explore_save_{name}"
    st.download_button(label, data, name, mime, icon=icon, on_click="ignore", key=key)
