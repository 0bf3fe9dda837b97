"""The Arithmetic page as a person meets it: draw groups, choose a start, add more or less."""

import math
import re
from functools import partial

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import assert_no_barriers, settle

CHART = ".st-key-arithmetic_map .js-plotly-plot"
FREE = """selector => {                            // a place of the map without a dot near it
    const chart = document.querySelector(selector), { xaxis, yaxis } = chart._fullLayout;
    const { left, top } = chart.getBoundingClientRect();
    for (let i = 1; i < 400; i++) {
        const x = xaxis._length * (0.05 + 0.9 * (i * 0.618 % 1));
        const y = yaxis._length * (0.05 + 0.9 * (i * 0.755 % 1));
        const far = chart._fullData.every((trace) => trace.x.every((px, n) =>
            Math.hypot(xaxis.d2p(px) - x, yaxis.d2p(trace.y[n]) - y) > 25));
        if (far) return [left + xaxis._offset + x, top + yaxis._offset + y];
    }
}"""
COUNT_RUNS = """() => {
    window.runs = 0;
    const app = document.querySelector('[data-testid=stApp]');
    const changes = { attributeFilter: ['data-test-script-state'] };
    new MutationObserver(() => runs++).observe(app, changes);
}"""
LINK = "model=digits-vae-2d&plus=class:3&minus=class:8&image=5"


@pytest.fixture
def open_sum(open_page):
    """Open the page at `LINK`."""
    return partial(open_page, "arithmetic", query=LINK, ready=wait_for_sum, height=1000)


def wait_for_sum(page):
    page.wait_for_selector(f"{CHART} .main-svg")
    page.wait_for_function("window.latentLoupe?.atlas && window.latentPin")
    page.get_by_text("It tells the groups apart", exact=True).wait_for()
    settle(page)


def area(page):
    """The plot area in client pixels."""
    return page.evaluate(
        """selector => {
            const chart = document.querySelector(selector), { xaxis, yaxis } = chart._fullLayout;
            const { left, top } = chart.getBoundingClientRect();
            return [left + xaxis._offset, top + yaxis._offset, xaxis._length, yaxis._length];
        }""",
        CHART,
    )


def loop(page):
    """Draw a circle in the middle of the map."""
    left, top, width, height = area(page)
    x, y, radius = left + width / 2, top + height / 2, min(width, height) / 4
    page.mouse.move(x + radius, y)
    page.mouse.down()
    for step in range(1, 24):
        angle = 2 * math.pi * step / 24
        page.mouse.move(x + radius * math.cos(angle), y + radius * math.sin(angle))
    page.mouse.up()
    settle(page)


def test_groups_are_drawn_on_a_zoomed_map_a_click_starts_and_a_link_opens_the_same(open_sum):
    page = open_sum(dark=True)
    zoom = f"document.querySelector('{CHART}')._fullLayout.xaxis.range"
    everything = page.evaluate(zoom)
    left, top, width, height = area(page)
    page.mouse.move(left + width / 2, top + height / 2)
    page.evaluate(COUNT_RUNS)
    for _ in range(6):
        page.mouse.wheel(0, -300)
    wide = 0.8 * (everything[1] - everything[0])
    page.wait_for_function(f"{zoom}[1] - {zoom}[0] < {wide}")
    page.wait_for_function("runs > 0")  # the view was told
    settle(page)
    zoomed = page.evaluate(zoom)
    page.get_by_role("radio", name="draws plus").click()
    page.wait_for_function(f"document.querySelector('{CHART}')?._fullLayout.dragmode === 'lasso'")
    settle(page)
    # Another figure, the same view, but for what room its numbers take beside it.
    assert page.evaluate(zoom) == pytest.approx(zoomed, abs=0.03 * (zoomed[1] - zoomed[0]))
    loop(page)
    page.wait_for_url(re.compile("plus=lasso"))
    expect(page.get_by_role("radio", name="moves it")).to_be_checked()
    expect(page.get_by_text(re.compile(r"mean code of the plus lasso, \d+ images"))).to_be_visible()
    outline = page.locator(".latent-shapes polyline:not(.halo)").first
    expect(outline).to_have_attribute("points", re.compile(r"^(\S+ ){10,}"))
    settle(page)
    dimmed = page.evaluate(
        f"document.querySelector('{CHART}')._fullData.map(t => t.selectedpoints)"
    )
    assert not any(dimmed)
    page.get_by_role("radio", name="draws minus").click()
    page.wait_for_function(f"document.querySelector('{CHART}')?._fullLayout.dragmode === 'lasso'")
    settle(page)
    left, top, width, height = area(page)
    page.mouse.move(left + width / 4, top + height / 4)
    page.locator(".st-key-arithmetic_map .modebar-btn[data-val=select]").click()
    page.mouse.move(left + width / 4, top + height / 4)
    page.mouse.down()
    page.mouse.move(left + width * 0.6, top + height * 0.7, steps=6)
    page.mouse.up()
    page.wait_for_url(re.compile("minus=box"))
    edge = page.get_by_role("spinbutton", name="Minus box, left, latent units")
    expect(edge).to_be_visible()
    settle(page)
    page.mouse.click(*page.evaluate(FREE, CHART))
    page.wait_for_url(re.compile(r"[?&]at="))
    expect(page.get_by_text("start: the place")).to_be_visible()
    settle(page)
    result = page.get_by_role("img", name=re.compile("^Result:"))
    picture = result.get_attribute("src")
    page.reload()
    wait_for_sum(page)
    expect(result).to_have_attribute("src", picture)
    assert_no_barriers(page)


def test_all_of_it_is_done_by_keyboard_and_fits_a_phone(open_sum):
    page = open_sum()
    slider = page.get_by_role("slider", name="How much of the difference is added")
    slider.focus()
    page.keyboard.press("ArrowRight")
    page.wait_for_url(re.compile("times=1.1"))
    settle(page)
    expect(page.get_by_role("img", name=re.compile("^1.1 ×, chosen"))).to_be_visible()
    image = page.get_by_role("spinbutton", name="Held-out image")
    image.fill("9")
    image.press("Tab")
    page.wait_for_url(re.compile("image=9"))
    settle(page)
    page.get_by_role("combobox", name="Plus: towards").focus()
    page.keyboard.type("A box")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("plus=box"))
    settle(page)
    edge = page.get_by_role("spinbutton", name="Plus box, left, latent units")
    edge.fill("-0.5")
    edge.press("Enter")
    page.wait_for_url(re.compile("plus=box%3A-0.5"))
    settle(page)
    assert_no_barriers(page)
    page.set_viewport_size({"width": 390, "height": 900})
    page.wait_for_function(
        "() => { const main = document.querySelector('[data-testid=stMain]');"
        " return main.scrollWidth <= main.clientWidth; }"
    )
    places = [page.locator(selector).bounding_box()["y"] for selector in (CHART, ".sum", ".pairs")]
    assert places == sorted(places)
