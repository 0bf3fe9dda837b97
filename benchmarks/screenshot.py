"""Take the pictures of the documentation from the real app: `python -m benchmarks.screenshot`."""

from __future__ import annotations

import os
import tempfile
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

from playwright.sync_api import Page

from benchmarks._browser import chromium, open_map
from benchmarks._server import Server, running_app

FOLDER = Path(__file__).parents[1] / "docs"
HOVERED = (0.66, 0.42)  # shares of the plot area's width and height
SETTLE_MS = 2500
EPOCHS, TRAINING_MS = 6, 300_000  # of the run


@dataclass(frozen=True)
class State:
    """A page to take a picture of.

    Attributes:
        link: Parameters of its address.
        width: Of the window, pixels.
        is_dark: Which theme.
        is_hovered: Whether the loupe is out.
    """

    link: dict[str, str]
    width: int = 1400
    is_dark: bool = False
    is_hovered: bool = False


STATES = {
    "explore": State({}, is_hovered=True),
    "manifold": State({"layers": "manifold", "at": "0.1,-1.1"}),
    "prior-and-density": State({"layers": "density,holes,prior", "at": "-3.2,3.1"}, is_dark=True),
    "magnification": State(
        {"model": "mnist-dense-512-vae-2d", "layers": "magnification", "image": "61"}
    ),
    "eight-dimensions": State(
        {"model": "mnist-dense-400-vae-8d", "layers": "territories", "at": "-1.2,0.6"}, is_dark=True
    ),
    "phone": State({"data": "fashion-mnist", "layers": "density"}, width=390),
}
# Of the other pages: the parameters of each address.
PAGES = {
    "generate": {"model": "mnist-dense-400-vae-8d"},
    "interpolate": {"model": "mnist-deep-map-vae-2d"},
    "arithmetic": {
        "model": "mnist-deep-map-vae-2d",
        "plus": "box:0.03888,0.5939,-2.439,-1.385",
        "minus": "box:-1.31,-0.4676,-2.439,-1.385",
        "image": "2",
    },
    "draw": {"model": "mnist-deep-map-vae-2d"},
    "compare": {
        "models": "mnist-deep-map-vae-2d,mnist-deep-map-ae-2d,mnist-dense-512-vae-2d",
        "image": "17",
    },
    "measure": {"model": "mnist-deep-map-vae-2d", "part": "posterior", "image": "0"},
    "learn": {"lesson": "holes", "step": "2"},
}
PAGE_HEIGHT, FIRST_LOOK_MS = 1300, 15_000
STROKE = ((0.25, 0.25), (0.72, 0.25), (0.45, 0.85))  # a seven, in shares of the sheet


def main() -> None:
    """Open each state in a browser of its own and keep what is seen."""
    with tempfile.TemporaryDirectory() as runs:
        os.environ["VAE_RUNS_DIR"] = runs
        _take_all()


def _take_all() -> None:
    with running_app(None) as server, chromium() as browser:
        _train(browser.new_page(viewport={"width": 1400, "height": 900}), server)
        for name, link in PAGES.items():
            page = browser.new_page(viewport={"width": 1400, "height": PAGE_HEIGHT})
            page.goto(f"http://{server.host}/{name}?{urlencode(link)}")
            page.wait_for_timeout(FIRST_LOOK_MS)
            if name == "draw":
                _draw(page)
            page.screenshot(path=FOLDER / f"{name}.png")
            page.close()
        for name, state in STATES.items():
            page = browser.new_page(
                viewport={"width": state.width, "height": 900},
                color_scheme="dark" if state.is_dark else "light",
            )
            page.add_init_script(path=Path(__file__).parent / "probe.js")
            open_map(page, server, **state.link)
            page.wait_for_timeout(SETTLE_MS)
            if state.is_hovered:
                _hover(page)
            page.screenshot(path=FOLDER / f"{name}.png")
            page.close()


def _train(page: Page, server: Server) -> None:
    """A run of a few epochs, from the form to its end."""
    page.goto(f"http://{server.host}/train")
    page.get_by_label("Epochs", exact=True).fill(str(EPOCHS))
    page.keyboard.press("Enter")
    page.wait_for_timeout(SETTLE_MS)
    page.get_by_role("button", name="Start training").click()
    page.get_by_text(f"Done: all {EPOCHS} epochs").wait_for(timeout=TRAINING_MS)
    page.wait_for_timeout(SETTLE_MS)
    page.screenshot(path=FOLDER / "train.png")
    page.close()


def _draw(page: Page) -> None:
    """A digit on the sheet."""
    sheet = page.get_by_role("application", name="Sheet to draw on")
    box = sheet.bounding_box()
    assert box
    for i, (x, y) in enumerate(STROKE):
        page.mouse.move(box["x"] + x * box["width"], box["y"] + y * box["height"], steps=12)
        if i == 0:
            page.mouse.down()
    page.mouse.up()
    page.wait_for_timeout(SETTLE_MS)


def _hover(page: Page) -> None:
    area = page.evaluate("latencyProbe.area()")
    x = area["left"] + HOVERED[0] * area["width"]
    y = area["top"] + HOVERED[1] * area["height"]
    page.mouse.move(x - 3, y)
    page.mouse.move(x, y)
    page.wait_for_timeout(500)


if __name__ == "__main__":
    main()
