"""The real app in headless Chromium, on tiny models made for the purpose."""

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Playwright, sync_playwright

from benchmarks._browser import ARGUMENTS
from tests.models import write_digits_model

ROOT = Path(__file__).parents[2]
REQUIRED = "LATENT_LOUPE_REQUIRE_BROWSER"  # set: a missing browser is a failure, not a skip
START_SECONDS = 60
Server = Callable[..., str]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    with sync_playwright() as running:
        yield running


@pytest.fixture(scope="session")
def browser(playwright: Playwright) -> Iterator[Browser]:
    found = shutil.which("chromium") or shutil.which("google-chrome")
    path = found or playwright.chromium.executable_path
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


@pytest.fixture(scope="module")
def start_server(model_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Start a fresh server; returns its address. All are stopped at the end of the module."""
    running: list[subprocess.Popen[bytes]] = []

    def start(**changes: str) -> str:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        environment = os.environ | {
            "VAE_CHECKPOINT_DIR": str(model_dir),
            "VAE_DATA_DIR": str(tmp_path_factory.mktemp("no-data")),
            "VAE_RUNS_DIR": str(tmp_path_factory.mktemp("runs")),
            **changes,
        }
        options = ["--server.headless", "true", "--server.port", str(port)]
        log = (tmp_path_factory.mktemp("server") / "log.txt").open("wb")
        running.append(
            subprocess.Popen(
                [sys.executable, "-m", "streamlit", "run", "app.py", *options],
                cwd=ROOT, env=environment, stdout=log, stderr=subprocess.STDOUT,
            )
        )  # fmt: skip
        log.close()
        _wait_until_up(f"http://localhost:{port}/_stcore/health")
        return f"http://localhost:{port}"

    yield start
    for process in running:
        process.terminate()
        process.wait(30)


@pytest.fixture(scope="module")
def server(start_server: Server) -> str:
    return start_server()


@pytest.fixture
def new_page(browser: Browser) -> Iterator[Callable[..., Page]]:
    """Open an address in a new browser context; page errors fail the test."""
    contexts = []
    errors: list[str] = []

    def open_(url: str, *, width: int = 1400, dark: bool = False) -> Page:
        context = browser.new_context(
            viewport={"width": width, "height": 900}, color_scheme="dark" if dark else "light"
        )
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.goto(url)
        wait_for_loupe(page)
        return page

    yield open_
    for context in contexts:
        context.close()
    assert not errors


def wait_for_loupe(page: Page) -> None:
    page.wait_for_selector(".st-key-explore_map .js-plotly-plot .main-svg", timeout=60_000)
    page.wait_for_function("window.latentLoupe?.atlas && window.latentPin", timeout=60_000)
    page.wait_for_selector(".latent-pin", state="attached")
    settle(page)


def settle(page: Page) -> None:
    """Wait until no script runs on the server and nothing moves on the page."""
    page.wait_for_function(
        "document.querySelector('[data-testid=stApp]')"
        "?.getAttribute('data-test-script-state') === 'notRunning'",
        timeout=30_000,
    )
    page.wait_for_timeout(200)


def _wait_until_up(url: str) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(url, timeout=1):
                return
        except OSError:
            time.sleep(0.1)
    pytest.fail(f"The server did not answer at {url} within {START_SECONDS} s.")
