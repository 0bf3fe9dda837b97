"""How fast the app answers: start, hover, click, and a class of thirty.

    python -m benchmarks.latency                        # all of it, about five minutes
    python -m benchmarks.latency --parts hover,load     # some of it

The real app, started on the loopback address with its own settings, in headless Chromium that
draws in software. A click is timed in the page, from the release of the mouse button to one
frame after the decoded picture is complete. Needs Chromium and ../requirements-dev.txt.
Exit status 1 if a bar is missed.
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import asdict
from pathlib import Path
from statistics import median
from typing import Any
from urllib.parse import urlencode

from benchmarks._browser import chromium, click_places, hover, new_page, open_map
from benchmarks._load import load
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
from benchmarks._server import running_app

PARTS = ("cold", "hover", "click", "load")
STAGES = ("sent", "answered", "changed", "shown")
COLD_BAR = 8.0  # seconds
PAINT_BAR = 2.0  # milliseconds a frame
CLICK_BAR, CLICK_KB_BAR = 120.0, 5.0  # milliseconds, kB
LOAD_BAR = 60.0  # milliseconds
PICTURES_PER_CLICK = 2  # the decoded one and the nearest image


def parse_args() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(prog="benchmarks.latency", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("--parts", default=",".join(PARTS), help="some of %(default)s")
    parser.add_argument("--points", default="10000,60000", help="images on the map, for clicks")
    parser.add_argument("--model", help="file name of the model without suffix; else the first")
    parser.add_argument("--checkpoint-dir", type=Path, help="models; else the shipped ones")
    parser.add_argument("--starts", type=int, default=3, help="cold starts")
    parser.add_argument("--clicks", type=int, default=40, help="for each number of points")
    parser.add_argument("--seed", type=int, default=0, help="of the places that are clicked")
    parser.add_argument("--users", type=int, default=30, help="of the load, 100 at most")
    parser.add_argument("--seconds", type=float, default=20, help="of the load, 120 at most")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write everything here too")
    args = parser.parse_args()
    args.parts = args.parts.split(",")
    if set(args.parts) - set(PARTS):
        parser.error(f"--parts takes some of {','.join(PARTS)}")
    if not all(number.isdecimal() for number in args.points.split(",")):
        parser.error("--points takes numbers, with commas between them")
    args.points = [int(number) for number in args.points.split(",")]
    if min(args.starts, args.clicks) < 1 or not 1 <= args.users <= 100:
        parser.error("--starts and --clicks start at 1, --users go from 1 to 100")
    if not 1 <= args.seconds <= 120:
        parser.error("--seconds go from 1 to 120")
    return args


def measure_cold(args: argparse.Namespace, params: dict[str, str]) -> dict[str, Any]:
    """Seconds from the first HTTP answer of a fresh server to the map and to the loupe."""
    starts = []
    for _ in range(args.starts):
        with chromium() as browser, new_page(browser) as page:
            with running_app(args.checkpoint_dir) as server:
                seen = open_map(page, server, **params)
            starts.append({"server_s": server.started, **seen})
    print("\ncold start, seconds to the server's first answer, and from there to map and loupe")
    for start in starts:
        print(f"  {start['server_s']:.2f}   map {start['map']:.2f}   loupe {start['loupe']:.2f}")
    return {"starts": starts}


def judge_cold(found: dict[str, Any]) -> list[Bar]:
    """Both must be there."""
    ready = median(max(start["map"], start["loupe"]) for start in found["starts"])
    return [at_most("cold start, map and loupe ready, median, s", COLD_BAR, ready)]


def measure_hover(args: argparse.Namespace, params: dict[str, str]) -> dict[str, Any]:
    """What moving the mouse costs."""
    with (
        running_app(args.checkpoint_dir) as server,
        chromium() as browser,
        new_page(browser) as page,
    ):
        open_map(page, server, **params)
        found = hover(page)
    print(f"\nhover, {found['moves_per_second']:.0f} moves a second, ms: median / p95 / maximum")
    print(f"  paint of {len(found['paint_ms'])} frames    {spread(found['paint_ms'])}")
    print(f"  dispatch of {len(found['dispatch_ms'])} moves {spread(found['dispatch_ms'])}")
    return found


def judge_hover(found: dict[str, Any]) -> list[Bar]:
    """Quick, and without the server."""
    frames = found["paint_ms"]
    return [
        at_least("hover, frames painted", 100, len(frames)),
        at_most("hover, paint of a frame, p95, ms", PAINT_BAR, p95(frames)),
        at_most("hover, HTTP requests", 0, found["requests"]),
        at_most("hover, WebSocket messages", 0, found["messages"]),
    ]


def measure_click(args: argparse.Namespace, params: dict[str, str]) -> dict[str, Any]:
    """From click to exact picture, for each number of points on the map."""
    results = {}
    with running_app(args.checkpoint_dir) as server, chromium() as browser:
        for n_points in args.points:
            with new_page(browser) as page:
                open_map(page, server, n=str(n_points), **params)
                results[str(n_points)] = click_places(page, args.clicks, args.seed)
    for name, found in results.items():
        clicks = found["clicks"]
        hits = sum(click.hit == "image" for click in clicks)
        print(f"\n{len(clicks)} clicks at {found['points']:,} points, {hits} of them on a point")
        print("  ms from the button's release: median / p95 / maximum")
        for stage in STAGES:
            print(f"  {stage:<10}{spread([getattr(click, stage) for click in clicks])}")
        print(f"  bytes, WebSocket {spread([click.web_socket for click in clicks], '.0f')}")
        print(f"  bytes, HTTP      {spread([click.http for click in clicks], '.0f')}")
        found["clicks"] = [asdict(click) for click in clicks]
        if found["points"] != int(name):
            print(f"  The map has {found['points']:,} points, not {name}: no verdict.")
    return results


def judge_click(results: dict[str, Any]) -> list[Bar]:
    """Quick, small, and the map stays as it is."""
    bars = []
    for name, found in results.items():
        at = f"click at {int(name):,} points"
        if found["points"] != int(name) or not found["clicks"]:
            bars.append(Bar(f"{at}, shown, p95, ms", f"<= {CLICK_BAR:g}", None, None))
            continue
        shown = [click["shown"] for click in found["clicks"]]
        sizes = [(click["web_socket"] + click["http"]) / 1000 for click in found["clicks"]]
        bars += [
            at_most(f"{at}, shown, p95, ms", CLICK_BAR, p95(shown)),
            at_most(f"{at}, both ways, p95, kB", CLICK_KB_BAR, p95(sizes)),
            at_most(f"{at}, without a picture", 0, found["lost"]),
            at_most(f"{at}, map drawn anew", 0, found["redrawn"]),
            at_most(f"{at}, zoom lost", 0, found["zoom_lost"]),
            at_most(f"{at}, points dimmed", 0, found["dimmed"]),
            at_most(f"{at}, another picture the second time", 0, found["differing"]),
        ]
    return bars


def measure_load(args: argparse.Namespace, params: dict[str, str]) -> dict[str, Any]:
    """Many users at once."""
    with running_app(args.checkpoint_dir) as server:
        found = load(server, args.users, args.seconds, urlencode(params))
    share, memory = found["server_cpu_share"], found["server_mib"]
    print(f"\n{found['users']} users, {len(found['click_ms'])} clicks, ms: median / p95 / maximum")
    print(f"  answered in full {spread(found['click_ms'])}")
    print(f"  {found['bytes_per_click']:.0f} bytes a click over the WebSocket")
    if share is not None and memory is not None:
        print(f"  server: {share:.0%} of one core, {memory:.0f} MiB")
    return found


def judge_load(found: dict[str, Any]) -> list[Bar]:
    """Quick for all of them, and really answered."""
    pictures = found["pictures_per_click"]
    return [
        at_most(f"{found['users']} users, answer, p95, ms", LOAD_BAR, p95(found["click_ms"])),
        at_least(f"{found['users']} users, pictures a click", PICTURES_PER_CLICK, pictures),
    ]


STEPS = {
    "cold": (measure_cold, judge_cold),
    "hover": (measure_hover, judge_hover),
    "click": (measure_click, judge_click),
    "load": (measure_load, judge_load),
}


def main() -> int:
    """Measure, report, judge."""
    args = parse_args()
    params = {"model": args.model} if args.model else {}
    about = machine("streamlit", "torch", "playwright")
    print_machine(about, f"streamlit {about['streamlit']}, torch {about['torch']}")
    report: dict[str, Any] = {"machine": about, "parameters": params}
    bars = []
    for part in args.parts:
        measure, judge = STEPS[part]
        report[part] = measure(args, params)
        bars += judge(report[part])
    return close(report, bars, args.json)


if __name__ == "__main__":
    sys.exit(main())
