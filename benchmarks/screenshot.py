"""Take the README's picture from the real app: `python -m benchmarks.screenshot`."""

from __future__ import annotations

from pathlib import Path

from benchmarks._browser import chromium, new_page, open_map
from benchmarks._server import running_app

TARGET = Path(__file__).parents[1] / "docs" / "explore.png"
HOVERED = (0.66, 0.42)  # shares of the plot area's width and height


def main() -> None:
    """Open the first screen, put the loupe over the map, and keep what is seen."""
    with running_app(None) as server, chromium() as browser, new_page(browser) as page:
        open_map(page, server)
        page.wait_for_timeout(2000)
        area = page.evaluate("latencyProbe.area()")
        x = area["left"] + HOVERED[0] * area["width"]
        y = area["top"] + HOVERED[1] * area["height"]
        page.mouse.move(x - 3, y)
        page.mouse.move(x, y)
        page.wait_for_timeout(500)
        page.screenshot(path=TARGET)


if __name__ == "__main__":
    main()
