"""Train in front of a class: how soon is there a map, and can the others still explore?

    python -m benchmarks.classroom

In headless Chromium, on the real app: presses Start for `dense-512`, a VAE of two dimensions on
MNIST, and waits for the first map; then clicks on Explore in another tab while it trains; then
asks how good the model was after 20 seconds of training. Needs Chromium and MNIST.
Exit status 1 if a bar is missed.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page

from benchmarks._browser import chromium, click_places, new_page, open_map
from benchmarks._report import Bar, at_least, at_most, close, machine, p95, print_machine, spread
from benchmarks._server import Server, running_app
from vae_core.runs import Run, list_runs
from vae_core.runs.records import ALIVE, WAITING

TRAINED_SECONDS = 20.0
EPOCHS = 300  # it trains for as long as it is watched
MAP = 'img[alt^="Map of"]'
WATCH = f"""() => {{
    window.first = new Promise((resolve) => {{
        let pressed = 0;
        addEventListener('click', () => {{ pressed ||= performance.now(); }}, true);
        const look = () => {{
            const map = document.querySelector('{MAP}');
            if (pressed && map?.complete && map.naturalWidth) resolve(performance.now() - pressed);
            else requestAnimationFrame(look);
        }};
        look();
    }});
}}"""


def press_start(page: Page, server: Server) -> float:
    """Seconds from pressing Start to the first map on the screen."""
    page.goto(f"http://{server.host}/train")
    field = page.get_by_label("Epochs", exact=True)
    field.fill(str(EPOCHS))
    field.press("Enter")
    page.wait_for_timeout(2000)
    page.evaluate(WATCH)
    page.get_by_role("button", name="Start training").click()
    return float(page.evaluate("first")) / 1000


def explore(browser: Browser, server: Server, args: argparse.Namespace) -> dict[str, Any]:
    """Click on Explore in another tab."""
    with new_page(browser) as page:
        open_map(page, server)
        page.wait_for_timeout(3000)
        return click_places(page, args.clicks, args.seed)


def after(run: Run, seconds: float) -> float | None:
    """Held-out negative ELBO, nats per image, of the last epoch within so much training."""
    spent, found = 0.0, None
    for event in run.history():
        spent += event["seconds"]
        if spent <= seconds:
            found = event["held_out_reconstruction"] + event["held_out_kl"]
    return found


def measure(args: argparse.Namespace) -> dict[str, Any]:
    """One run, watched in one tab, while another explores."""
    with tempfile.TemporaryDirectory() as folder:
        os.environ["VAE_RUNS_DIR"] = folder
        with running_app(None) as server, chromium() as browser, new_page(browser) as page:
            first = [press_start(page, server)]
            clicks = explore(browser, server, args)
            (run,) = list_runs(folder)
            while sum(event["seconds"] for event in run.history()) < TRAINED_SECONDS:
                if run.status().state not in (*ALIVE, *WAITING):
                    raise RuntimeError(f"The run ended too early: {run.status()}")
                page.wait_for_timeout(1000)
            run.ask("stop")
            while run.is_locked():
                page.wait_for_timeout(100)
            speed = [event["images_per_second"] for event in run.history()]
            elbo = after(run, TRAINED_SECONDS)
    return {"first": first, "clicks": clicks, "elbo": elbo, "images_per_second": speed}


def main() -> int:
    """Run it; returns the exit status."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.classroom", description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )  # fmt: skip
    parser.add_argument("--clicks", type=int, default=40)
    parser.add_argument("--seed", type=int, default=0, help="of the places that are clicked")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write everything here too")
    args = parser.parse_args()
    about = machine("streamlit", "torch", "playwright")
    print_machine(about, f"streamlit {about['streamlit']}, torch {about['torch']}")
    found = measure(args)
    shown = [click.shown for click in found["clicks"]["clicks"]]
    found["clicks"] = shown
    print(f"\nclicks on Explore while it trains, ms: {spread(shown)}")
    print(f"training, images a second: {spread(found['images_per_second'], '.0f')}")
    bars: list[Bar] = [
        at_most("Start to the first map, s", 6, found["first"][0]),
        at_most(f"-ELBO after {TRAINED_SECONDS:g} s of training, nats", 165, found["elbo"]),
        at_most("click on Explore while it trains, p95, ms", 300, p95(shown)),
        at_least("clicks answered", args.clicks // 2, len(shown)),
    ]
    return close({"machine": about, **found}, bars, args.json)


if __name__ == "__main__":
    sys.exit(main())
