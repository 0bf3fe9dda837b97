"""How fast one cursor updates all maps of the Compare page.

    python -m benchmarks.compare             # about a minute

Three MNIST models side by side. The mouse moves over each of their maps in turn; a frame is the
time from its start to the last of the canvases and marks of all three, taken in the page. No
move may reach the server. As `benchmarks.latency`, whose browser it uses.
Exit status 1 if a bar is missed.
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from playwright.sync_api import Page

from benchmarks._browser import Traffic, chromium, new_page
from benchmarks._report import (
    Bar,
    at_least,
    at_most,
    close,
    machine,
    p95,
    print_machine,
    spread,
)
from benchmarks._server import Server, running_app

MODELS = ("mnist-deep-map-vae-2d", "mnist-deep-map-ae-2d", "mnist-dense-512-vae-2d")
PAINT_BAR = 4.0  # milliseconds a frame, all models together
MOVES, MOVES_PER_SECOND = 150, 60  # over each map
ROWS = 6  # ways across each map
LEAST_FRAMES = 300
SETTLE_MS = 1500
READY = """async (n) => {
    const now = () => window.latentCursor?.screens ?? [];
    while (now().length < n || !now().every(({ key }) => window.latentAtlases?.get(key)))
        await new Promise((resume) => setTimeout(resume, 50));
}"""
AREA = """(key) => {
    const chart = document.querySelector(`.st-key-${key} .js-plotly-plot`);
    const box = chart.getBoundingClientRect(), { xaxis, yaxis } = chart._fullLayout;
    return { left: box.left + xaxis._offset, top: box.top + yaxis._offset,
             width: xaxis._length, height: yaxis._length };
}"""
# Did the canvases and the marks of all maps change with the last move?
SEEN = """() => latentCursor.screens.map((screen) => [
    screen.canvas.toDataURL(), screen.marks.cursor.style.transform,
])"""


def parse_args() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(prog="benchmarks.compare", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("--models", default=",".join(MODELS), help="default %(default)s")
    parser.add_argument("--points", type=int, default=2000, help="images on each map")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write everything here too")
    return parser.parse_args()


def open_page(page: Page, server: Server, args: argparse.Namespace) -> None:
    """Open the page, and wait until every map has its grid of pictures."""
    query = urlencode({"models": args.models, "n": args.points})
    page.goto(f"http://{server.host}/compare?{query}", wait_until="commit")
    page.evaluate(READY, len(args.models.split(",")))
    page.wait_for_function(
        "document.querySelector('[data-testid=stApp]')"
        "?.getAttribute('data-test-script-state') === 'notRunning'"
    )
    page.wait_for_timeout(SETTLE_MS)


def sweep(page: Page) -> dict[str, Any]:
    """Move over one map after the other; what it costs in the page, and what leaves it."""
    keys = page.evaluate("latentCursor.screens.map((screen) => screen.key)")
    page.mouse.move(5, 5)
    page.wait_for_timeout(SETTLE_MS)
    traffic = Traffic(page)
    found: dict[str, Any] = {"paint_ms": [], "maps": {}, "left_behind": 0}
    for key in keys:
        area = page.evaluate(AREA, key)
        page.evaluate("latentCursor.frames.length = 0")
        before = page.evaluate(SEEN)
        start = time.perf_counter()
        for number in range(MOVES):
            page.mouse.move(*_along(area, number / MOVES))
            wait = start + number / MOVES_PER_SECOND - time.perf_counter()
            page.wait_for_timeout(max(0, 1000 * wait))
        page.wait_for_timeout(100)
        found["maps"][key] = page.evaluate("latentCursor.frames")
        found["paint_ms"] += found["maps"][key]
        after = page.evaluate(SEEN)
        found["left_behind"] += sum(old == new for old, new in zip(before, after, strict=True))
    page.wait_for_timeout(SETTLE_MS)  # whatever was sent because of it
    found |= {"messages": traffic.messages, "requests": traffic.requests}
    return found


def _along(area: dict[str, float], share: float) -> tuple[float, float]:
    """Back and forth over the plot area, and slowly down, in client pixels."""
    across = abs(share * ROWS % 2 - 1)
    return (
        area["left"] + area["width"] * (0.03 + 0.94 * across),
        area["top"] + area["height"] * (0.03 + 0.94 * share),
    )


def main() -> int:
    """Measure, report, judge."""
    args = parse_args()
    about = machine("streamlit", "torch", "playwright")
    print_machine(about, f"streamlit {about['streamlit']}, torch {about['torch']}")
    with running_app(None) as server, chromium() as browser, new_page(browser) as page:
        open_page(page, server, args)
        found = sweep(page)
    n_models, frames = len(found["maps"]), found["paint_ms"]
    print(f"\n{n_models} models, {args.points:,} points on each map, ms: median / p95 / maximum")
    for key, own in found["maps"].items():
        print(f"  over {key}, {len(own)} frames {spread(own, '.2f')}")
    print(f"  all {len(frames)} frames {spread(frames, '.2f')}")
    bars: list[Bar] = [
        at_least("frames painted", LEAST_FRAMES, len(frames)),
        at_most(f"a frame of all {n_models} models, p95, ms", PAINT_BAR, p95(frames)),
        at_most("canvases or marks that did not move along", 0, found["left_behind"]),
        at_most("WebSocket messages while the mouse moves", 0, found["messages"]),
        at_most("HTTP requests while the mouse moves", 0, found["requests"]),
    ]
    return close({"machine": about, "compare": found}, bars, args.json)


if __name__ == "__main__":
    sys.exit(main())
