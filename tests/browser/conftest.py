"""The real app in headless Chromium, on tiny models made for the purpose."""

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import (
    Browser,
    BrowserContext,
    Page,
    Playwright,
    expect,
    sync_playwright,
)

from benchmarks._browser import ARGUMENTS
from tests.models import write_digits_model

ROOT = Path(__file__).parents[2]
REQUIRED = "LATENT_LOUPE_REQUIRE_BROWSER"  # set: a missing browser is a failure, not a skip
# The first is Chromium without its windows, menus and profiles: pages open in half the time.
BROWSERS = ("chromium-headless-shell", "chromium", "google-chrome")
START_SECONDS, STOP_SECONDS = 60, 5
PATIENCE_SECONDS = 60  # a machine may be busy; what does not come at all is still told
Server = Callable[..., str]
Ready = Callable[[Page], object]
QUIET = """() => new Promise((done) => {
    const look = (left) => {
        const app = document.querySelector('[data-testid=stApp]');
        const rests = app?.getAttribute('data-test-script-state') === 'notRunning';
        if (!left) done(true);
        else requestAnimationFrame(() => look(rests ? left - 1 : 12));
    };
    look(12);                                    // 200 ms on an idle machine, longer on a busy one
})"""


TOO_WIDE = """() => [...document.querySelectorAll('.stMain *')].filter((e) => {
    const box = e.getBoundingClientRect();
    // These scroll or hide it.
    const own = e.closest('.js-plotly-plot, .stSlider, .katex, .stCode, .stTable');
    return box.width && box.right > innerWidth + 1 && !own;
}).map((e) => e.outerHTML.slice(0, 200))"""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    expect.set_options(timeout=1000 * PATIENCE_SECONDS)
    with sync_playwright() as running:
        yield running


@pytest.fixture(scope="session")
def browser(playwright: Playwright) -> Iterator[Browser]:
    path = next(filter(None, map(shutil.which, BROWSERS)), playwright.chromium.executable_path)
    if not Path(path).exists():
        if os.environ.get(REQUIRED):
            pytest.fail("There is no Chromium on this machine, and the browser tests are required.")
        pytest.skip("There is no Chromium on this machine.")
    browser = playwright.chromium.launch(executable_path=path, args=list(ARGUMENTS))
    yield browser
    browser.close()


@pytest.fixture(scope="session")
def model_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("models")
    for latent_dim in (1, 2, 3, 8):
        write_digits_model(folder / f"digits-vae-{latent_dim}d.safetensors", latent_dim)
    return folder


@pytest.fixture(scope="session")
def server(model_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of the one server of this worker; its folders stay as they are.

    A module whose tests write (train, keep a model, bring images) has a `server` of its own.
    """
    with _servers(model_dir, tmp_path_factory) as start:
        yield start()


@pytest.fixture(scope="module")
def start_server(model_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Start a fresh server; returns its address. All are stopped at the end of the module."""
    with _servers(model_dir, tmp_path_factory) as start:
        yield start


@pytest.fixture
def open_url(browser: Browser) -> Iterator[Callable[..., Page]]:
    """Open any address in a browser context of its own; page errors fail the test."""
    contexts: list[BrowserContext] = []
    errors: list[str] = []

    def open_(
        url: str, *, ready: Ready | None = None, width: int = 1400, height: int = 900,
        dark: bool = False, touch: bool = False, calm: bool = False,
    ) -> Page:  # fmt: skip
        context = browser.new_context(
            viewport={"width": width, "height": height},
            color_scheme="dark" if dark else "light",
            has_touch=touch,
            is_mobile=touch,
            reduced_motion="reduce" if calm else "no-preference",
        )
        context.set_default_timeout(1000 * PATIENCE_SECONDS)
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.goto(url)
        if ready is not None:
            ready(page)
        return page

    yield open_
    for context in contexts:
        context.close()
    assert not errors


@pytest.fixture
def open_page(server: str, open_url: Callable[..., Page]) -> Callable[..., Page]:
    """Open a page of the app: `open_page("draw", query="model=a", ready=wait_for_sheet)`.

    `ready` waits until the page can be used; without it a page is used when its script has run.
    Width and height in pixels; `dark`, `touch` and `calm` (little motion) are the visitor's.
    """

    def open_(path: str, *, query: str = "", ready: Ready | None = None, **visitor: Any) -> Page:
        address = f"{server}/{path.removeprefix('/')}{'?' if query else ''}{query}"
        return open_url(address, ready=ready or settle, **visitor)

    return open_


@pytest.fixture
def new_page(open_url: Callable[..., Page]) -> Callable[..., Page]:
    """Open an address of the Explore page."""
    return partial(open_url, ready=wait_for_loupe)


def wait_for_loupe(page: Page) -> None:
    page.wait_for_selector(".st-key-explore_map .js-plotly-plot .main-svg")
    page.wait_for_function("window.latentLoupe?.atlas && window.latentPin")
    page.wait_for_selector(".latent-pin", state="attached")
    settle(page)


def settle(page: Page) -> None:
    """Wait until no script has run on the server for some frames of the page."""
    page.wait_for_function(QUIET, timeout=1000 * PATIENCE_SECONDS)


def assert_nothing_too_wide(page: Page) -> None:
    """Nothing sticks out of the page on the right."""
    assert page.evaluate(TOO_WIDE) == []


def assert_no_barriers(page: Page) -> None:
    """Nothing that axe calls serious or critical shuts anyone out, once nothing moves any more."""
    settle(page)
    page.wait_for_function("document.getAnimations().every((a) => a.playState !== 'running')")
    # Streamlit's own notice that comes and goes has no name.
    context = {"exclude": [["[data-testid=stToast]"]]}
    found = Axe().run(page, context, {"resultTypes": ["violations"]}).response["violations"]
    serious = [v for v in found if v["impact"] in ("serious", "critical")]
    assert [(v["id"], [node["html"][:200] for node in v["nodes"]]) for v in serious] == []


@contextmanager
def _servers(model_dir: Path, folders: pytest.TempPathFactory) -> Iterator[Server]:
    running: list[subprocess.Popen[bytes]] = []

    def start(**changes: str) -> str:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        environment = os.environ | {
            "VAE_CHECKPOINT_DIR": str(model_dir),
            "VAE_DATA_DIR": str(folders.mktemp("no-data")),
            "VAE_RUNS_DIR": str(folders.mktemp("runs")),
            **changes,
        }
        options = ["--server.headless", "true", "--server.port", str(port)]
        with (folders.mktemp("server") / "log.txt").open("wb") as log:
            running.append(
                subprocess.Popen(
                    [sys.executable, "-m", "streamlit", "run", "app.py", *options],
                    cwd=ROOT, env=environment, stdout=log, stderr=subprocess.STDOUT,
                )
            )  # fmt: skip
        _wait_until_up(f"http://localhost:{port}/_stcore/health")
        return f"http://localhost:{port}"

    try:
        yield start
    finally:
        for process in running:
            process.terminate()
        for process in running:
            try:
                process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:  # one that still waits for a page that is gone
                process.kill()
                process.wait()


def _wait_until_up(url: str) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(url, timeout=1):
                return
        except OSError:
            time.sleep(0.1)
    pytest.fail(f"The server did not answer at {url} within {START_SECONDS} s.")
