"""The map in three dimensions, as a person meets it."""

import re

import pytest

from tests.browser.conftest import settle

CHART = ".st-key-explore_space_map .js-plotly-plot"
LISTEN = """selector => {
    const chart = document.querySelector(selector);
    chart.on('plotly_hover', ({ points: [point] }) => { window.under = point.customdata; });
    chart.on('plotly_unhover', () => { window.under = null; });
}"""
PINNED = re.compile(r"[?&]image=(\d+)")


@pytest.fixture
def space(server, new_page):
    """A page with the map in three dimensions."""
    page = new_page(server + "/explore?model=digits-vae-3d&space=1")
    page.locator(CHART).scroll_into_view_if_needed()
    page.locator(f"{CHART} canvas").first.wait_for()
    settle(page)
    page.evaluate(LISTEN, CHART)
    return page


def find_dot(page):
    """Move the mouse until there is a dot under it; where, and which."""
    box = page.locator(CHART).bounding_box()
    for row in range(3, 18):
        for column in range(3, 18):
            x, y = box["x"] + box["width"] * column / 21, box["y"] + box["height"] * row / 21
            page.mouse.move(x, y)
            page.wait_for_timeout(60)
            if (image := page.evaluate("window.under ?? null")) is not None:
                return x, y, image
    raise AssertionError("There is no dot under the mouse anywhere.")


def test_a_click_on_a_dot_pins_its_image(space):
    x, y, image = find_dot(space)
    space.mouse.click(x, y)
    space.wait_for_url(PINNED)
    assert PINNED.search(space.url)[1] == str(image)


def test_turning_pins_nothing(space):
    x, y, _ = find_dot(space)
    space.mouse.down()
    space.mouse.move(x + 80, y + 30, steps=5)
    space.mouse.up()
    settle(space)
    space.wait_for_timeout(500)
    assert not PINNED.search(space.url)
