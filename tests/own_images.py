"""Images as visitors bring them, for the tests of pages and browser."""

import io
import zipfile
from pathlib import Path

import numpy as np
from PIL import Image

from vae_core import build_model, encode, fit, load_images, model_config, train_config
from vae_core.checkpoint_header import DatasetInfo
from vae_core.checkpoints import save_checkpoint

KINDS = ("bar", "disc", "pole", "slash", "square")
TINTS = ((220, 40, 40), (40, 180, 60), (50, 80, 220), (220, 200, 40), (180, 60, 200))


def shape(kind: int, side: int, rng: np.random.Generator) -> np.ndarray:
    """Where the shape is, (side, side)."""
    y, x = np.mgrid[0:side, 0:side] / side
    (left, top), size = rng.uniform(0.3, 0.7, 2), rng.uniform(0.15, 0.3)
    dx, dy = np.abs(x - left), np.abs(y - top)
    thin = size / 3
    inside = (
        dy < thin,
        np.hypot(dx, dy) < size,
        dx < thin,
        np.abs(x - left - y + top) < thin,
        np.maximum(dx, dy) < size,
    )
    return inside[kind]


def colour_zip(n: int = 500, side: int = 32) -> bytes:
    """A zip of colour pictures in class folders, with what macOS leaves in one."""
    rng, buffer = np.random.default_rng(0), io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for number in range(n):
            kind = number % len(KINDS)
            pixels = np.full((side, side, 3), rng.integers(200, 256), np.uint8)
            pixels[shape(kind, side, rng)] = TINTS[kind]
            archive.writestr(f"shapes/{KINDS[kind]}/{number}.png", png(pixels))
        archive.writestr("__MACOSX/shapes/bar/._0.png", b"Mac OS X")
        archive.writestr("shapes/notes.txt", "drawn by hand")
    return buffer.getvalue()


def grey_npz(n: int = 120, side: int = 64) -> bytes:
    """Grey images with labels and names of classes, one of them with markup."""
    rng, buffer = np.random.default_rng(0), io.BytesIO()
    images = [shape(i % 3, side, rng) * rng.integers(100, 256) for i in range(n)]
    names = np.array(["bar", "<b>disc</b> **$x$**", "pole"])
    np.savez(
        buffer, images=np.stack(images).astype(np.uint8), labels=np.arange(n) % 3, classes=names
    )
    return buffer.getvalue()


def png(pixels: np.ndarray) -> bytes:
    """A picture's file."""
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "PNG")
    return buffer.getvalue()


def write_own_model(path: Path, name: str, preset: str) -> Path:
    """Train on a data set that was kept, for one epoch, and keep the model at `path`."""
    images, held_out = load_images(name, "train"), load_images(name, "test")
    training = train_config(preset, dataset=name, epochs=1)
    model = build_model(model_config(preset, images.image_shape))
    for _ in fit(model, images, training):
        pass
    save_checkpoint(
        path,
        model,
        training=training,
        dataset=DatasetInfo(name, held_out.sha256(), held_out.classes),
        history=[],
        metrics={},
        latents=encode(model, held_out),
    )
    return path
