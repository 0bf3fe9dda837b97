"""The Generate page as a person meets it: another draw, a slider, a click, a file to keep."""

import re

import pytest
from PIL import Image
from playwright.sync_api import expect

from tests.browser.conftest import assert_no_barriers, settle

CODE = re.compile(r"[?&]z=([^&]+)")
STEP = 0.05  # of a slider, in spreads
PICTURE = 'img[alt^="The decoder\'s picture"]'
CHARTS = {
    "Samples": "generate_samples_map",
    "One code": "generate_code_map",
    "Decoded map": "generate_decoded_map",
}
RING = """() => {
    const chart = document.querySelector('.st-key-generate_code_map .js-plotly-plot');
    const { x, y } = document.querySelector('.latent-pin > div').getBoundingClientRect();
    const { xaxis, yaxis } = chart._fullLayout, box = chart.getBoundingClientRect();
    return [xaxis.p2d(x - box.left - xaxis._offset), yaxis.p2d(y - box.top - yaxis._offset)];
}"""
SPREAD = re.compile(r"z1 · spread ([\d.]+)")


@pytest.fixture
def open_generate(open_page):
    """Open a link to the page at one of its views."""
    return lambda query, chart: open_page(
        "generate", query=query, ready=lambda page: wait_for_map(page, chart)
    )


def wait_for_map(page, chart):
    page.locator(f".st-key-{CHARTS[chart]} .js-plotly-plot .main-svg").first.wait_for()
    page.wait_for_function("window.latentLoupe?.atlas && window.latentPin")
    settle(page)


def look_at(page, view):
    """Choose another view."""
    page.get_by_role("radio", name=view).or_(page.get_by_role("button", name=view)).first.click()
    wait_for_map(page, view)


def click_map(page, view):
    """A click near the corner, where the code then is."""
    area = page.locator(f".st-key-{CHARTS[view]} .nsewdrag").bounding_box()
    before = page.url
    page.mouse.click(area["x"] + 12, area["y"] + 12)
    page.wait_for_url(lambda url: url != before and "z=" in url and "show=code" in url)
    expect(page.get_by_role("heading", name="Its picture")).to_be_visible()
    x, y = map(float, CODE.search(page.url)[1].replace("%2C", ",").split(","))
    assert x < 0 < y
    expect(page.locator(PICTURE)).to_have_attribute("alt", re.compile("No data here|Edge"))


def test_samples_another_by_keyboard_the_same_after_a_reload_and_a_click(open_generate):
    page = open_generate("model=digits-vae-2d&show=samples&seed=4", "Samples")
    pictures = page.locator('img[alt^="36 pictures"]')
    before = pictures.first.get_attribute("src")
    page.get_by_role("button", name="Another").focus()
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("seed=5"))
    expect(pictures.first).not_to_have_attribute("src", before)
    settle(page)
    alts = [pictures.nth(i).get_attribute("alt") for i in range(2)]
    page.reload()
    expect(pictures.first).to_have_attribute("alt", alts[0])
    expect(pictures.nth(1)).to_have_attribute("alt", alts[1])
    expect(page.locator(".latent-shapes rect")).to_have_count(36)
    wait_for_map(page, "Samples")
    click_map(page, "Samples")


def test_quick_presses_on_a_slider_all_move_the_ring_and_the_picture_not_the_map(open_generate):
    page = open_generate("model=digits-vae-2d&show=code", "One code")
    page.evaluate(
        "window.map = document.querySelector('.st-key-generate_code_map .js-plotly-plot')"
    )
    start, picture = page.evaluate(RING), page.locator(PICTURE).get_attribute("src")
    slider = page.get_by_role("slider", name="z1")
    spread = float(SPREAD.search(page.locator(".stSlider", has_text="z1 ·").inner_text())[1])
    slider.focus()
    for _ in range(10):  # without a pause: more come while the first is answered
        page.keyboard.press("ArrowRight")
    page.wait_for_function(
        f"([x, far]) => ({RING})()[0] > x + far", arg=[start[0], 9.5 * STEP * spread]
    )
    expect(page.locator(PICTURE)).not_to_have_attribute("src", picture)
    settle(page)
    x, y = page.evaluate(RING)
    assert x - start[0] == pytest.approx(10 * STEP * spread, rel=0.05, abs=0.02)
    expect(slider).to_have_value(f"{10 * STEP:g}")
    assert y == pytest.approx(start[1], abs=0.02)
    assert page.evaluate(
        "map === document.querySelector('.st-key-generate_code_map .js-plotly-plot')"
    )
    click_map(page, "One code")


def test_the_decoded_map_is_taken_home_at_its_true_size(open_generate):
    page = open_generate("model=digits-vae-2d&show=map&cells=9", "Decoded map")
    page.get_by_role("button", name="Take it away").click()
    with page.expect_download() as download:
        page.get_by_role("button", name="PNG, true size").click()
    assert download.value.suggested_filename == "digits-vae-2d-decoded-map.png"
    with Image.open(download.value.path()) as picture:
        assert picture.size == (72, 72)


def test_axe_finds_nothing_serious_and_every_view_fits_a_phone(open_generate):
    page = open_generate("model=digits-vae-8d&show=samples", "Samples")
    main = page.get_by_test_id("stMain")
    for view, scheme in (("Samples", "dark"), ("One code", "dark"), ("Decoded map", "light")):
        if view != "Samples":
            look_at(page, view)
        page.emulate_media(color_scheme=scheme)
        settle(page)
        assert_no_barriers(page)
        page.set_viewport_size({"width": 390, "height": 900})
        settle(page)
        assert main.evaluate("e => e.scrollWidth - e.clientWidth") <= 0
        page.set_viewport_size({"width": 1400, "height": 900})
