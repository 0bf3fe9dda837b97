"""The Train page as a person meets it: start a run, watch it, go back, keep a moment."""

import re
import shutil
from functools import partial

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import assert_no_barriers, settle, wait_for_loupe

WAIT = 150_000  # milliseconds: a worker lets everyone else go first, and tests run side by side
MAP = 'img[alt^="Map of"]'
DECODED = 'img[alt^="What the decoder draws"]'
# Notes every picture the map has shown, and whether it was ever replaced, blank or moved.
WATCH = f"""() => {{
    const first = document.querySelector('{MAP}'), top = first.getBoundingClientRect().top;
    window.watched = {{moments: [], faults: []}};
    const told = () => document.querySelector('.stProgress')?.innerText ?? document.body.innerText;
    const look = () => {{
        const now = document.querySelector('{MAP}');
        const at = now?.alt.match(/ at (.*), coloured/)[1];
        if (watched.moments.at(-1) !== at) watched.moments.push(at);
        if (now !== first) watched.faults.push(`replaced at ${{told()}}`);
        else if (!now.complete || !now.naturalWidth) watched.faults.push('blank');
        else if (Math.abs(now.getBoundingClientRect().top - top) > 1) watched.faults.push('moved');
        requestAnimationFrame(look);
    }};
    look();
}}"""


@pytest.fixture(scope="module")
def server(start_server, model_dir, tmp_path_factory):
    """Its own models, since one is added."""
    models = tmp_path_factory.mktemp("own-models")
    shutil.copy(model_dir / "digits-vae-3d.safetensors", models)
    return start_server(VAE_CHECKPOINT_DIR=str(models))


@pytest.fixture
def open_train(open_url):
    """Open an address of the page."""
    return partial(open_url, ready=wait_for_form)


def wait_for_form(page):
    page.get_by_role("heading", name="Train", exact=True).wait_for(timeout=WAIT)
    settle(page)


def start(page, epochs):
    field = page.get_by_label("Epochs", exact=True)
    field.fill(str(epochs))
    field.press("Enter")
    settle(page)
    page.get_by_role("button", name="Start training").click()
    page.locator(MAP).wait_for(timeout=WAIT)


@pytest.fixture(scope="module")
def done(server, browser):
    """The address of a run of three epochs that was trained to its end."""
    page = browser.new_context().new_page()
    page.goto(f"{server}/train")
    page.get_by_role("button", name="Start training").wait_for(timeout=WAIT)
    settle(page)
    start(page, 3)
    page.get_by_text("Done: all 3 epochs.").wait_for(timeout=WAIT)
    address = page.url
    page.context.close()
    return address


def test_a_run_is_watched_without_a_flicker_and_paused_and_goes_on(server, open_train):
    page = open_train(f"{server}/train")
    start(page, 300)
    page.evaluate(WATCH)
    page.wait_for_function("watched.moments.length >= 4", timeout=WAIT)
    page.get_by_role("button", name="Pause after this epoch").click()
    page.get_by_text(re.compile("Paused after")).wait_for(timeout=WAIT)
    page.get_by_role("button", name="Go on").click()
    page.get_by_text(re.compile("Training: ")).wait_for(timeout=WAIT)
    page.get_by_role("button", name="Stop", exact=True).click()
    page.get_by_text(re.compile("Stopped after")).wait_for(timeout=WAIT)
    assert page.evaluate("watched.faults.slice(0, 3)") == []
    page.reload()
    page.get_by_text(re.compile("Stopped after")).wait_for(timeout=WAIT)


def test_play_goes_through_all_moments_in_place(done, open_train):
    page = open_train(done)
    page.locator(MAP).wait_for()
    settle(page)  # what stands above the map may come after it
    page.evaluate(WATCH)
    for _ in range(3):  # on a machine at its limit a moment can pass before a browser paints it
        page.evaluate("watched.moments = [watched.moments.at(-1)]")
        page.get_by_role("button", name="Play").click()
        page.get_by_role("button", name="Halt").wait_for(timeout=WAIT)
        page.get_by_role("button", name="Play").wait_for(timeout=WAIT)
        page.wait_for_function("watched.moments.at(-1) === 'epoch 3'", timeout=WAIT)
        moments = page.evaluate("watched.moments")
        if len(moments) > 4:
            break
    assert page.evaluate("watched.faults.slice(0, 3)") == []
    assert moments[:2] == ["epoch 3", "start"]
    assert moments[-3:] == ["epoch 1", "epoch 2", "epoch 3"]


def test_the_keyboard_goes_back_in_time(done, open_train):
    page = open_train(done)
    slider = page.get_by_role("slider", name="Moment")
    slider.focus()
    page.keyboard.press("ArrowLeft")
    expect(page.locator(MAP)).to_have_attribute("alt", re.compile("at epoch 2,"))
    expect(page.locator(DECODED)).to_have_attribute("alt", re.compile("at epoch 2"))
    page.wait_for_url(re.compile("epoch=2"))
    page.reload()
    expect(page.locator(MAP)).to_have_attribute("alt", re.compile("at epoch 2,"))


def test_a_moment_is_downloaded_as_a_file_and_kept_as_a_model_that_opens_in_explore(
    done, open_train, tmp_path
):
    page = open_train(done)
    page.get_by_role("button", name="Keep this moment").click()
    with page.expect_download() as download:
        page.get_by_role("button", name="Download its file").click()
    assert download.value.suggested_filename == "digits-dense-512-vae-2d-e3.safetensors"
    download.value.save_as(tmp_path / "moment.safetensors")
    assert (tmp_path / "moment.safetensors").stat().st_size > 100_000
    page.get_by_role("textbox", name="Name of the model").fill("my-own")
    page.keyboard.press("Enter")
    settle(page)
    page.get_by_role("button", name="Keep it as a model").click()
    page.get_by_role("button", name="Open it in Explore").click()
    wait_for_loupe(page)
    assert "model=my-own" in page.url


def test_a_run_that_is_done_can_be_trained_on_from(done, open_train):
    """The button redraws a part of the page; the form is another."""
    page = open_train(done)
    page.get_by_role("button", name="Train longer").click()
    page.get_by_text("The weights and the network are those of epoch 3").wait_for(timeout=WAIT)
    page.get_by_text("the decoder only").wait_for(timeout=WAIT)


@pytest.mark.parametrize("what", ["form", "run"])
def test_it_is_accessible_and_fits_a_phone(server, done, open_train, what):
    page = open_train(f"{server}/train" if what == "form" else done)
    if what == "form":
        page.get_by_text("More settings").click()
    else:
        page.locator(MAP).wait_for()
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        settle(page)
        assert_no_barriers(page)
    page.set_viewport_size({"width": 390, "height": 900})
    settle(page)
    main = page.get_by_test_id("stMain")
    assert main.evaluate("e => e.scrollWidth - e.clientWidth") <= 0
    wide = page.evaluate(
        "[...document.querySelectorAll('[data-testid=stMain] *:not(input)')].filter("
        "e => e.offsetParent && e.getBoundingClientRect().right > innerWidth + 1)"
        ".map(e => e.outerHTML.slice(0, 120))"
    )
    assert wide == []
