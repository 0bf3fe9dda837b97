"""The app in headless Chromium: opening it, moving over the map, clicking on it.

All times are taken in the page, by `probe.js`; Playwright only moves the mouse.
"""

from __future__ import annotations

import random
import shutil
import time
from base64 import b64decode
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from playwright.sync_api import Browser, Page, ViewportSize, sync_playwright

from benchmarks._server import Server

# As Chromium draws by itself where there is no graphics card: the page in plain software, WebGL
# in SwiftShader. Without the last flag the whole page would go through SwiftShader too.
ARGUMENTS = (
    "--no-sandbox",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--use-gl=angle",
    "--use-angle=swiftshader",
    "--enable-unsafe-swiftshader",
    "--disable-gpu-compositing",
)
PROBE = Path(__file__).parent / "probe.js"
VIEWPORT: ViewportSize = {"width": 1400, "height": 900}
SETTLE_MS = 700  # after a click: its last messages arrive, and the next is no double click
HOVER_MS = 150  # on a place before it is clicked, as a person would
MOVES, MOVES_PER_SECOND = 400, 60
REPEATED = 3  # places that are clicked a second time


@contextmanager
def chromium() -> Iterator[Browser]:
    """Chromium without a window, its pictures drawn in software."""
    executable = shutil.which("chromium") or shutil.which("google-chrome")
    if executable is None:
        raise RuntimeError("Chromium is not installed; its headless shell alone does not do.")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=list(ARGUMENTS))
        try:
            yield browser
        finally:
            browser.close()


@contextmanager
def new_page(browser: Browser) -> Iterator[Page]:
    """A page with an empty cache and the probe in it."""
    context = browser.new_context(viewport=VIEWPORT)
    context.set_default_timeout(60_000)
    try:
        page = context.new_page()
        page.add_init_script(path=PROBE)
        yield page
    finally:
        context.close()


def open_map(page: Page, server: Server, **params: str) -> dict[str, float]:
    """Open a link; seconds from the server's first answer to the map and to the loupe."""
    query = f"explore?{urlencode(params)}" if params else ""
    page.goto(f"http://{server.host}/{query}", wait_until="commit")
    seen = page.evaluate("latencyProbe.started")
    return {name: when / 1000 - server.answered for name, when in seen.items()}


class Traffic:
    """Bytes between page and server: WebSocket payloads, HTTP heads and bodies."""

    def __init__(self, page: Page) -> None:
        self.web_socket = self.http = self.messages = self.requests = 0
        session = page.context.new_cdp_session(page)
        session.on("Network.webSocketFrameSent", self._on_frame)
        session.on("Network.webSocketFrameReceived", self._on_frame)
        session.on("Network.requestWillBeSentExtraInfo", self._on_request)
        session.on("Network.loadingFinished", self._on_response)
        session.send("Network.enable")

    def _on_frame(self, event: dict[str, Any]) -> None:
        data = event["response"]["payloadData"]
        is_binary = event["response"]["opcode"] == 2
        self.web_socket += len(b64decode(data)) if is_binary else len(data.encode())
        self.messages += 1

    def _on_request(self, event: dict[str, Any]) -> None:
        head = event["headers"]
        self.http += sum(len(name) + len(value) + 4 for name, value in head.items())
        self.requests += 1

    def _on_response(self, event: dict[str, Any]) -> None:
        self.http += int(event["encodedDataLength"])


def hover(page: Page) -> dict[str, Any]:
    """Move over the map for some seconds; what it costs in the page, and what leaves it."""
    area = page.evaluate("latencyProbe.area()")
    page.mouse.move(area["left"] + 5, area["top"] + 5)
    page.wait_for_timeout(2 * SETTLE_MS)
    traffic = Traffic(page)
    page.evaluate("latencyProbe.timeMoves(); latentLoupe.frames.length = 0")
    start = time.perf_counter()
    for number in range(MOVES):
        page.mouse.move(*_along(area, number / MOVES))
        page.wait_for_timeout(max(0, 1000 * (start + number / MOVES_PER_SECOND - _now())))
    seconds = time.perf_counter() - start
    page.wait_for_timeout(SETTLE_MS)  # whatever was sent because of it
    frames, moves = page.evaluate("[latentLoupe.frames, latencyProbe.moves]")
    return {
        "paint_ms": frames,
        "dispatch_ms": moves,
        "moves_per_second": MOVES / seconds,
        "messages": traffic.messages,
        "requests": traffic.requests,
    }


def _along(area: dict[str, float], share: float) -> tuple[float, float]:
    """A way over the whole plot area, back and forth and slowly down, in client pixels."""
    sweep = abs(share * 8 % 2 - 1)
    return (
        area["left"] + area["width"] * (0.03 + 0.94 * sweep),
        area["top"] + area["height"] * (0.03 + 0.94 * share),
    )


def _now() -> float:
    return time.perf_counter()


@dataclass(frozen=True)
class Click:
    """One click, times in milliseconds from the mouse button's release.

    Attributes:
        hit: "image" if the app took it for a point, else "at".
        sent: The message to the server is handed to the browser.
        answered: The server's first message is here.
        changed: The page has the new picture's address.
        shown: The new picture is on the screen.
        web_socket: Bytes both ways, messages of the app.
        http: Bytes both ways, heads and bodies, of pictures.
    """

    hit: str
    sent: float
    answered: float
    changed: float
    shown: float
    web_socket: int
    http: int


def click_places(page: Page, n_clicks: int, seed: int) -> dict[str, Any]:
    """Zoom in, click on empty places and points in turn, and see that the map stays."""
    area = page.evaluate("latencyProbe.area()")
    page.mouse.move(area["left"] + area["width"] / 2, area["top"] + area["height"] / 2)
    page.mouse.wheel(0, -200)
    page.wait_for_timeout(3 * SETTLE_MS)
    numbers = random.Random(seed)
    pairs = [(numbers.random(), numbers.random()) for _ in range(40 * n_clicks)]
    found = page.evaluate("([n, pairs]) => latencyProbe.targets(n, pairs)", [n_clicks, pairs])
    n_empty = min(n_clicks // 2, len(found["empty"]))
    targets = found["empty"][:n_empty] + found["points"][: n_clicks - n_empty]
    numbers.shuffle(targets)
    before = page.evaluate("latencyProbe.map()")
    traffic = Traffic(page)
    clicks, maps, differing = [], [], 0
    for number, place in enumerate(targets):
        clicks.append(_click(page, place, traffic))
        maps.append(page.evaluate("latencyProbe.map()"))
        if number < REPEATED:
            first = page.evaluate("latencyProbe.picture().src")
            page.mouse.click(*place)
            page.wait_for_timeout(2 * SETTLE_MS)
            differing += page.evaluate("latencyProbe.picture().src") != first
    return {
        "points": before["points"],
        "clicks": [click for click in clicks if click is not None],
        "lost": clicks.count(None),
        "redrawn": sum(not after["nodeKept"] for after in maps),
        "zoom_lost": sum(after["zoom"] != before["zoom"] for after in maps),
        "dimmed": sum(after["dimmed"] for after in maps),
        "differing": differing,
    }


def _click(page: Page, place: tuple[float, float], traffic: Traffic) -> Click | None:
    """None if no new picture appeared."""
    page.mouse.move(*place)
    page.wait_for_timeout(HOVER_MS)
    page.evaluate("latencyProbe.watch()")
    web_socket, http = traffic.web_socket, traffic.http
    page.mouse.down()
    page.mouse.up()
    marks = page.evaluate("latencyProbe.shown")
    page.wait_for_timeout(SETTLE_MS)
    if marks is None:
        return None
    up = marks.pop("up")
    hit = "image" if "image=" in page.url else "at"
    times = {name: value - up for name, value in marks.items()}
    return Click(
        hit=hit,
        web_socket=traffic.web_socket - web_socket,
        http=traffic.http - http,
        **times,
    )
