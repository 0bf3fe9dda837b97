"""The Generate page as a person meets it: another draw, a slider, a click, a file to keep."""

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from PIL import Image
from playwright.sync_api import expect

from tests.browser.conftest import settle

WAIT = 30_000  # milliseconds: tests run side by side
CODE = re.compile(r"[?&]z=([^&]+)")
PICTURE = 'img[alt^="The decoder\'s picture"]'
MODES = {
    "samples": "generate_samples_map",
    "code": "generate_code_map",
    "map": "generate_decoded_map",
}


@pytest.fixture
def open_generate(server, browser):
    """Open a link to the page; page errors fail the test."""
    contexts, errors = [], []

    def open_(query, *, width=1400, dark=False):
        scheme = "dark" if dark else "light"
        size = {"width": width, "height": 900}
        contexts.append(browser.new_context(viewport=size, color_scheme=scheme))
        page = contexts[-1].new_page()
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.goto(f"{server}/generate?{query}")
        chart = MODES[re.search(r"show=(\w+)", query)[1]]
        page.locator(f".st-key-{chart} .js-plotly-plot .main-svg").first.wait_for(timeout=60_000)
        page.wait_for_function("window.latentLoupe?.atlas && window.latentPin", timeout=60_000)
        settle(page)
        return page

    yield open_
    for context in contexts:
        context.close()
    assert not errors


def ring(page):
    return page.locator(".latent-pin > div").bounding_box()


def test_another_by_keyboard_and_the_same_again_after_a_reload(open_generate):
    page = open_generate("model=digits-vae-2d&show=samples&seed=4")
    pictures = page.locator('img[alt^="36 pictures"]')
    before = pictures.first.get_attribute("src")
    page.get_by_role("button", name="Another").focus()
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("seed=5"))
    expect(pictures.first).not_to_have_attribute("src", before, timeout=WAIT)
    settle(page)
    alts = [pictures.nth(i).get_attribute("alt") for i in range(2)]
    page.reload()
    expect(pictures.first).to_have_attribute("alt", alts[0], timeout=WAIT)
    assert pictures.nth(1).get_attribute("alt") == alts[1]
    expect(page.locator(".latent-shapes rect")).to_have_count(36, timeout=WAIT)


def test_a_slider_by_keyboard_moves_the_ring_and_the_picture_not_the_map(open_generate):
    page = open_generate("model=digits-vae-2d&show=code")
    page.evaluate(
        "window.map = document.querySelector('.st-key-generate_code_map .js-plotly-plot')"
    )
    start, picture = ring(page), page.locator(PICTURE).get_attribute("src")
    page.get_by_role("slider", name="z1").focus()
    for _ in range(5):
        page.keyboard.press("ArrowRight")
    page.wait_for_url(CODE)
    expect(page.locator(PICTURE)).not_to_have_attribute("src", picture, timeout=WAIT)
    settle(page)
    page.wait_for_function(
        "x => document.querySelector('.latent-pin > div').getBoundingClientRect().x > x + 5",
        arg=start["x"],
    )
    assert ring(page)["y"] == pytest.approx(start["y"], abs=1)
    assert page.evaluate(
        "map === document.querySelector('.st-key-generate_code_map .js-plotly-plot')"
    )


@pytest.mark.parametrize("mode", ["samples", "code"])
def test_a_click_on_a_map_takes_the_code_there(open_generate, mode):
    page = open_generate(f"model=digits-vae-2d&show={mode}")
    area = page.locator(f".st-key-{MODES[mode]} .nsewdrag").bounding_box()
    page.mouse.click(area["x"] + 12, area["y"] + 12)
    page.wait_for_url(CODE)
    page.wait_for_url(re.compile("show=code"))
    expect(page.get_by_role("heading", name="Its picture")).to_be_visible(timeout=WAIT)
    settle(page)
    x, y = map(float, CODE.search(page.url)[1].replace("%2C", ",").split(","))
    assert x < 0 < y
    expect(page.locator(PICTURE)).to_have_attribute(
        "alt", re.compile("No data here|Edge"), timeout=WAIT
    )


def test_the_decoded_map_is_taken_home_at_its_true_size(open_generate):
    page = open_generate("model=digits-vae-2d&show=map&cells=9")
    page.get_by_role("button", name="Take it away").click()
    with page.expect_download() as download:
        page.get_by_role("button", name="PNG, true size").click()
    assert download.value.suggested_filename == "digits-vae-2d-decoded-map.png"
    with Image.open(download.value.path()) as picture:
        assert picture.size == (72, 72)


@pytest.mark.parametrize(("mode", "dark"), [("samples", False), ("code", True), ("map", False)])
def test_axe_finds_nothing_serious(open_generate, mode, dark):
    page = open_generate(f"model=digits-vae-8d&show={mode}", dark=dark)
    page.wait_for_timeout(1000)  # fields fade in
    found = Axe().run(page, options={"resultTypes": ["violations"]}).response["violations"]
    own = [v for v in found if v["impact"] in ("serious", "critical")]
    assert [(v["id"], v["nodes"][0]["html"][:200]) for v in own] == []


@pytest.mark.parametrize("mode", ["samples", "code"])
def test_it_fits_a_phone(open_generate, mode):
    page = open_generate(f"model=digits-vae-8d&show={mode}", width=390)
    main = page.get_by_test_id("stMain")
    assert main.evaluate("e => e.scrollWidth - e.clientWidth") <= 0
