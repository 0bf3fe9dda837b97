"""Does a drawing land where it should, and how fast.

    python -m benchmarks.drawing                       # both, about two minutes
    python -m benchmarks.drawing --parts place         # where: needs MNIST in VAE_DATA_DIR
    python -m benchmarks.drawing --parts stroke        # how fast: needs Chromium

*place*: held-out images of MNIST, saved as PNG as a visitor would upload them, white on black and
black on white, at their own size and enlarged tenfold, off the centre of a larger sheet, go through
the Draw page's intake and are encoded; how far from the code of the image itself, in latent units,
which are sigmas of the prior. *stroke*: in the real app, milliseconds from the end of a stroke to
one frame after its place has arrived on the map, and how often the map follows an unfinished one.
Exit status 1 if a bar is missed.
"""

from __future__ import annotations

import argparse
import sys
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image
from playwright.sync_api import Page

from benchmarks._browser import chromium, new_page
from benchmarks._report import (
    ROOT,
    Bar,
    at_least,
    at_most,
    close,
    machine,
    p95,
    print_machine,
    spread,
)
from benchmarks._server import running_app
from vae_core import ImageSet, encode, load_checkpoint, load_images
from vae_core.data.intake import FRAMINGS, take_in
from vae_core.data.pictures import read_picture

PARTS = ("place", "stroke")
MODELS = ("mnist-deep-map-vae-2d", "mnist-dense-512-vae-2d")
PLACE_BAR = 0.25  # prior sigmas, of the median
STROKE_BAR = 250.0  # milliseconds, of p95
SHEET = 1.5  # side of the sheet, in sides of the image that lies somewhere on it
ENLARGED = 10
WAYS = {
    "as it is": None,
    "nearest": Image.Resampling.NEAREST,
    "bilinear": Image.Resampling.BILINEAR,
    "bicubic": Image.Resampling.BICUBIC,
    "Lanczos": Image.Resampling.LANCZOS,
}
MOVES, MOVE_MS = 16, 30  # of a stroke, as a person draws it
TIME = """() => new Promise((resolve) => {
    const canvas = document.querySelector('.latent-canvas canvas');
    const ring = () => document.querySelector('.latent-pin div')?.style.transform;
    const before = ring();
    let moved = 0, last = before;
    const follow = () => { if (ring() !== last) { moved += 1; last = ring(); } };
    const every = setInterval(follow, 5);
    addEventListener('pointerup', (event) => setTimeout(() => {
        const wanted = Number(canvas.dataset.sent), live = moved;
        const look = () => {
            if (window.latentPen.data.seen < wanted) return requestAnimationFrame(look);
            requestAnimationFrame(() => {
                clearInterval(every);
                const ms = performance.now() - event.timeStamp;
                resolve({ ms, live, moved: ring() !== before });
            });
        };
        look();
    }), { capture: true, once: true });
})"""


def parse_args() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(prog="benchmarks.drawing", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("--parts", default=",".join(PARTS), help="some of %(default)s")
    parser.add_argument("--images", type=int, default=200, help="of MNIST, for place")
    parser.add_argument("--strokes", type=int, default=40, help="for stroke")
    parser.add_argument("--seed", type=int, default=0, help="of images, places and strokes")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write everything here too")
    args = parser.parse_args()
    args.parts = args.parts.split(",")
    if set(args.parts) - set(PARTS):
        parser.error(f"--parts takes some of {','.join(PARTS)}")
    return args


def measure_place(args: argparse.Namespace) -> dict[str, Any]:
    """Distances of the codes, for each model and way."""
    rng = np.random.default_rng(args.seed)
    held_out = load_images("mnist", "test")
    images = held_out.subset(rng.permutation(len(held_out))[: args.images])
    models = {
        name: load_checkpoint(ROOT / "checkpoints" / f"{name}.safetensors").model for name in MODELS
    }
    found: dict[str, Any] = {name: {} for name in MODELS}
    for way in WAYS:
        for is_dark in (False, True):
            uploads = [_upload(image[0].numpy(), way, is_dark, rng) for image in images.images]
            taken = _taken(uploads, images)
            case = f"{'black on white' if is_dark else 'white on black'}, {_size(way, images)}"
            for name, model in models.items():
                offsets = encode(model, taken).mu - encode(model, images).mu
                found[name][case] = offsets.norm(dim=1).tolist()
    for name, cases in found.items():
        print(f"\n{name}: distance from the image's own code, σ of the prior: median / p95 / max")
        for case, distances in cases.items():
            print(f"  {case:<42}{spread(distances, '.3f')}")
    return found


def _upload(
    pixels: np.ndarray[Any, np.dtype[np.uint8]], way: str, is_dark: bool, rng: np.random.Generator
) -> bytes:
    """An image somewhere on a larger sheet, as a PNG."""
    picture = Image.fromarray(pixels)
    resampling = WAYS[way]
    if resampling is not None:
        size = (ENLARGED * picture.width, ENLARGED * picture.height)
        picture = picture.resize(size, resampling)
    sheet = Image.new("L", (int(SHEET * picture.width), int(SHEET * picture.height)), 0)
    room = sheet.width - picture.width, sheet.height - picture.height
    sheet.paste(picture, (int(rng.integers(room[0] + 1)), int(rng.integers(room[1] + 1))))
    if is_dark:
        sheet = sheet.point(lambda level: 255 - level)
    buffer = BytesIO()
    sheet.save(buffer, format="PNG")
    return buffer.getvalue()


def _taken(uploads: list[bytes], like: ImageSet) -> ImageSet:
    """What the model is given."""
    parts = [
        take_in(read_picture(upload), like.image_shape, FRAMINGS["mnist"]).as_images()
        for upload in uploads
    ]
    joined = parts[0]
    for part in parts[1:]:
        joined = joined.joined(part)
    return joined


def _size(way: str, images: ImageSet) -> str:
    side = images.image_shape[1]
    return f"{side} px" if WAYS[way] is None else f"{ENLARGED * side} px, {way}"


def judge_place(found: dict[str, Any]) -> list[Bar]:
    """All cases of a model together, and the worst of them."""
    bars = []
    for name, cases in found.items():
        everything = [d for distances in cases.values() for d in distances]
        worst = max(float(np.median(distances)) for distances in cases.values())
        bars += [
            at_most(f"{name}, median, σ", PLACE_BAR, float(np.median(everything))),
            at_most(f"{name}, worst case's median, σ", PLACE_BAR, worst),
        ]
    return bars


def measure_stroke(args: argparse.Namespace) -> dict[str, Any]:
    """Strokes in the real app."""
    rng = np.random.default_rng(args.seed)
    with running_app(None) as server, chromium() as browser, new_page(browser) as page:
        page.goto(f"http://{server.host}/draw?model={MODELS[0]}")
        page.wait_for_selector(".latent-canvas canvas")
        page.wait_for_selector(".latent-pin", state="attached")
        page.wait_for_function("window.latentPen")
        page.wait_for_timeout(20_000)  # the training images are encoded in the background
        strokes = [_stroke(page, rng) for _ in range(args.strokes)]
    times, live = [s["ms"] for s in strokes], [s["live"] for s in strokes]
    print(f"\n{len(strokes)} strokes of {MOVES * MOVE_MS} ms")
    print(f"  ms from the pen's lifting to its place on the map: {spread(times)}")
    print(f"  moves of the ring while it is drawn: {spread(live)}")
    return {"strokes": strokes}


def _stroke(page: Page, rng: np.random.Generator) -> dict[str, Any]:
    """One stroke on an empty sheet."""
    clear = page.get_by_role("button", name="Clear")
    if clear.is_enabled():
        clear.click()
        page.wait_for_timeout(700)
    box = page.locator(".latent-canvas canvas").bounding_box()
    assert box is not None
    points = np.cumsum(rng.normal(0, 0.09, (MOVES, 2)), axis=0)
    points = 0.15 + 0.7 * (points - points.min(0)) / (np.ptp(points, axis=0).max() + 1e-9)
    places = [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in points]
    done = page.evaluate_handle(f"window.timed = ({TIME})(); null")
    done.dispose()
    page.mouse.move(*places[0])
    page.mouse.down()
    for place in places[1:]:
        page.mouse.move(*place)
        page.wait_for_timeout(MOVE_MS)
    page.mouse.up()
    result: dict[str, Any] = page.evaluate("window.timed")
    page.wait_for_timeout(300)
    return result


def judge_stroke(found: dict[str, Any]) -> list[Bar]:
    """Quick, and live."""
    times = [stroke["ms"] for stroke in found["strokes"]]
    moved = float(np.mean([stroke["moved"] for stroke in found["strokes"]]))
    return [
        at_most("stroke, new place on the map, p95, ms", STROKE_BAR, p95(times)),
        at_least("strokes that moved the ring, share", 0.95, moved),
    ]


STEPS = {"place": (measure_place, judge_place), "stroke": (measure_stroke, judge_stroke)}


def main() -> int:
    """Measure, report, judge."""
    args = parse_args()
    about = machine("streamlit", "torch", "playwright", "pillow")
    print_machine(about, f"streamlit {about['streamlit']}, torch {about['torch']}")
    report: dict[str, Any] = {"machine": about}
    bars = []
    for part in args.parts:
        measure, judge = STEPS[part]
        report[part] = measure(args)
        bars += judge(report[part])
    return close(report, bars, args.json)


if __name__ == "__main__":
    sys.exit(main())
