"""How fast the map stays with everything on it: all layers, and all 70,000 images.

    python -m benchmarks.map                 # about four minutes

As `benchmarks.latency`, whose browser and clock it uses. A layer's time is from the release of
the mouse on its switch to its picture under the points: "first" when the server draws it for the
first time, "again" when somebody has seen it before. The time of all images is from choosing
them to a map that has them all and answers, on a server that has not read the training images.
Exit status 1 if a bar is missed.
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import asdict
from pathlib import Path
from statistics import median
from typing import Any

from playwright.sync_api import Page

from benchmarks._browser import chromium, click_places, hover, new_page, open_map
from benchmarks._report import Bar, at_most, close, machine, p95, print_machine, spread
from benchmarks._server import running_app
from ui.layers import LAYERS, PRIOR

POINTS, ALL_POINTS = 10_000, 70_000
PAINT_BAR, CLICK_BAR, SWITCH_BAR = 4.0, 150.0, 400.0  # milliseconds
CHOOSE_BAR = 4.0  # seconds
REST_MS = 2000  # after the map is there
SETTLE_MS = 700
CIRCLES = 3  # of the prior
TITLES = {name: layer.title for name, layer in LAYERS.items()} | {PRIOR: "Prior"}


def parse_args() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(prog="benchmarks.map", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("--clicks", type=int, default=40)
    parser.add_argument("--starts", type=int, default=3, help="times all images are chosen")
    parser.add_argument("--seed", type=int, default=0, help="of the places that are clicked")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write everything here too")
    args = parser.parse_args()
    if min(args.clicks, args.starts) < 1:
        parser.error("--clicks and --starts start at 1")
    return args


def measure_layers(args: argparse.Namespace) -> dict[str, Any]:
    """Each switch twice, then hover and clicks with all of them on."""
    with running_app(None) as server, chromium() as browser:
        with new_page(browser) as page:
            open_map(page, server, n=str(POINTS))
            page.wait_for_timeout(REST_MS)
            first = switch_on(page)
            everything = ",".join(first)
        with new_page(browser) as page:  # another visitor
            open_map(page, server, n=str(POINTS))
            page.wait_for_timeout(SETTLE_MS)
            again = switch_on(page)
        with new_page(browser) as page:
            open_map(page, server, n=str(POINTS), layers=everything)
            page.wait_for_timeout(2 * SETTLE_MS)
            frames = hover(page)["paint_ms"]
            clicks = click_places(page, args.clicks, args.seed)
    clicks["clicks"] = [asdict(click) for click in clicks["clicks"]]
    print(f"\nlayers on {POINTS:,} points, ms from the switch, first / again")
    for name in first:
        print(f"  {TITLES[name]:<16}{first[name]:8.0f} /{again[name]:5.0f}")
    print(f"all {len(first)} on, ms: median / p95 / maximum")
    print(f"  paint of a frame {spread(frames)}")
    print(f"  click, shown     {spread([click['shown'] for click in clicks['clicks']])}")
    return {"first": first, "again": again, "paint_ms": frames, "click": clicks}


def switch_on(page: Page) -> dict[str, float]:
    """Switch on one layer after the other; milliseconds until each is seen."""
    found, pictures = {}, 0
    for name, title in TITLES.items():
        pictures += name != PRIOR
        circles = CIRCLES * (name == PRIOR)
        page.evaluate("([n, m]) => latencyProbe.watchLayers(n, m)", [pictures, circles])
        page.get_by_role("button", name=title, exact=True).click()
        taken = page.evaluate("latencyProbe.laid")
        found[name] = float("inf") if taken is None else taken
        page.wait_for_timeout(SETTLE_MS)
    return found


def judge_layers(found: dict[str, Any]) -> list[Bar]:
    """Quick, and the map stays as it is."""
    click = found["click"]
    shown = [each["shown"] for each in click["clicks"]]
    return [
        at_most("a layer, seen before, slowest, ms", SWITCH_BAR, max(found["again"].values())),
        at_most("a layer, the first time, slowest, ms", SWITCH_BAR, max(found["first"].values())),
        at_most("all layers, paint of a frame, p95, ms", PAINT_BAR, p95(found["paint_ms"])),
        at_most("all layers, click shown, p95, ms", CLICK_BAR, p95(shown)),
        at_most("all layers, clicks without a picture", 0, click["lost"]),
        at_most("all layers, map drawn anew", 0, click["redrawn"]),
        at_most("all layers, zoom lost", 0, click["zoom_lost"]),
    ]


def measure_choose(args: argparse.Namespace) -> dict[str, Any]:
    """Seconds from choosing all images to a map that answers, on fresh servers."""
    seconds = []
    for _ in range(args.starts):
        with running_app(None) as server, chromium() as browser, new_page(browser) as page:
            open_map(page, server)
            page.wait_for_timeout(REST_MS)
            page.get_by_role("button", name="Map settings").click()
            page.get_by_label("Images on the map").click()
            page.evaluate("n => latencyProbe.watchPoints(n)", ALL_POINTS)
            page.get_by_role("option", name=f"all {ALL_POINTS:,}").click()
            seconds.append(page.evaluate("latencyProbe.drawn") / 1000)
    print(f"\n{ALL_POINTS:,} points chosen, seconds: {', '.join(f'{s:.2f}' for s in seconds)}")
    return {"seconds": seconds}


def judge_choose(found: dict[str, Any]) -> list[Bar]:
    """Within a few seconds."""
    name = f"{ALL_POINTS:,} points, map and loupe ready after choosing them, median, s"
    return [at_most(name, CHOOSE_BAR, median(found["seconds"]))]


def main() -> int:
    """Measure, report, judge."""
    args = parse_args()
    about = machine("streamlit", "torch", "playwright")
    print_machine(about, f"streamlit {about['streamlit']}, torch {about['torch']}")
    report: dict[str, Any] = {"machine": about, "layers": measure_layers(args)}
    report["choose"] = measure_choose(args)
    bars = judge_layers(report["layers"]) + judge_choose(report["choose"])
    return close(report, bars, args.json)


if __name__ == "__main__":
    sys.exit(main())
