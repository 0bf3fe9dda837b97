"""The Compare page as a person meets it: one cursor, clicks, keys, links, and a phone."""

from functools import partial

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import assert_no_barriers, settle

TWO = "digits-vae-2d,digits-vae-8d"
THREE = f"{TWO},digits-vae-1d"
READY = """n => window.latentCursor?.screens.length === n && window.latentPin?.data?.places
    && latentCursor.screens.every(({ seen, marks }) => seen && marks)"""
# Where image `number` stands in a chart, in client pixels.
DOT = """([key, number]) => {
    const chart = document.querySelector(`.st-key-${key} .js-plotly-plot`);
    const { xaxis, yaxis } = chart._fullLayout, box = chart.getBoundingClientRect();
    for (const { x, y, customdata } of chart._fullData) {
        const i = customdata.indexOf(number);
        if (i >= 0) return [box.left + xaxis._offset + xaxis.d2p(x[i]),
                            box.top + yaxis._offset + yaxis.d2p(y[i])];
    }
}"""
PLACE = """([key, x, y]) => {
    const chart = document.querySelector(`.st-key-${key} .js-plotly-plot`);
    const { xaxis, yaxis } = chart._fullLayout, box = chart.getBoundingClientRect();
    return [box.left + xaxis._offset + xaxis.d2p(x), box.top + yaxis._offset + yaxis.d2p(y)];
}"""
SCREENS = "latentCursor.screens.map(({ canvas }) => canvas.toDataURL())"
MARKS = """latentCursor.screens.map(({ key, marks }) => {
    const chart = document.querySelector(`.st-key-${key} .js-plotly-plot`);
    const { xaxis, yaxis } = chart._fullLayout;
    const [x, y] = marks.cursor.style.transform.match(/[-0-9.e]+(?=px)/g).map(Number);
    return [marks.cursor.className, marks.cursor.style.display, xaxis.p2d(x), yaxis.p2d(y)];
})"""


@pytest.fixture
def open_compare(open_page):
    """Open the page at a link to `n` models."""

    def open_(query, *, n=2, dark=False):
        ready = partial(wait_for_screens, n=n)
        return open_page("compare", query=query, ready=ready, height=1100, dark=dark)

    return open_


def wait_for_screens(page, n=2):
    page.wait_for_function(READY, arg=n)
    settle(page)


def hover(page, key, number):
    page.mouse.move(*page.evaluate(DOT, [key, number]))
    wait_for_words(page, "Same image: held-out image ")


def wait_for_words(page, words):
    expect(page.locator(".compare-said")).to_contain_text(words)


def test_all_models_show_the_same_image_over_a_dot_the_same_place_elsewhere(open_compare):
    page = open_compare(f"models={THREE}&n=40", n=3)
    number = page.evaluate("latentCursor.screens[0].images[5]")
    rest = page.evaluate(SCREENS)
    hover(page, "compare_map_a", number)
    found = page.locator(".compare-said").text_content()
    number = int(found.split("held-out image ")[1].split(",")[0])  # it may be one that lies over it
    marks = page.evaluate(MARKS)
    assert [mark[:2] for mark in marks] == [["dot", "block"]] * 3
    for key, mark in zip("abc", marks, strict=True):
        x, y = page.evaluate(DOT, [f"compare_map_{key}", number])
        there = page.evaluate(PLACE, [f"compare_map_{key}", *mark[2:]])
        assert there == pytest.approx([x, y], abs=0.5)
    shown = page.evaluate(SCREENS)
    assert all(new != old for new, old in zip(shown, rest, strict=True))
    page.mouse.move(5, 5)
    wait_for_words(page, "At the ring")


def test_a_click_pins_for_all_a_link_brings_it_back_and_keys_do_the_same(open_compare):
    page = open_compare(f"models={TWO}&n=1")
    page.mouse.move(*page.evaluate(PLACE, ["compare_map_b", 0.5, -0.75]))
    wait_for_words(page, "Same place (0.5")
    marks = page.evaluate(MARKS)
    assert [mark[0] for mark in marks] == ["place", "place"]
    assert marks[0][2:] == pytest.approx(marks[1][2:], abs=1e-3)  # pixels
    assert marks[0][2:] == pytest.approx([0.5, -0.75], abs=0.02)
    page.goto(page.url.replace("n=1", "n=500"))
    wait_for_screens(page)
    page.evaluate("document.querySelectorAll('.js-plotly-plot').forEach((c) => c.mine = true)")
    hover(page, "compare_map_b", page.evaluate("latentCursor.screens[1].images[9]"))
    page.mouse.down()
    page.mouse.up()
    page.wait_for_url("**image=*")
    settle(page)
    number = page.url.split("image=")[1].split("&")[0]
    heading = page.locator(".st-key-compare_pinned h2")
    expect(heading).to_contain_text(f"Held-out image {number}, class")
    pictures = page.locator(".compare-pinned img")
    expect(pictures).to_have_count(3)
    charts = "[...document.querySelectorAll('.js-plotly-plot')].map((chart) => chart.mine)"
    assert page.evaluate(charts) == [True] * 2  # no map is drawn anew
    assert page.evaluate("Object.keys(latentPin.data.places).length") == 2
    before = [picture.get_attribute("src") for picture in pictures.all()]
    page.reload()
    page.wait_for_function(READY, arg=2)
    expect(heading).to_contain_text(f"Held-out image {number}, class")
    for picture, src in zip(pictures.all(), before, strict=True):
        expect(picture).to_have_attribute("src", src)
    settle(page)
    keys_and_fields(page, heading)


def keys_and_fields(page, heading):
    """They do what the mouse does."""
    before = page.url
    page.wait_for_function("document.querySelector('.st-key-compare_map_b [role=application]')")
    page.locator(".st-key-compare_map_b .js-plotly-plot").focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowUp")
    wait_for_words(page, "Same ")
    page.keyboard.press("Enter")
    page.wait_for_url(lambda url: url != before)
    settle(page)  # what is pinned is shown in the fields, over what is typed meanwhile
    field = page.locator(".st-key-compare_fields input").nth(2)
    field.fill("12")
    field.press("Enter")
    page.wait_for_url("**image=12*")
    expect(heading).to_contain_text("Held-out image 12, class")


def test_nothing_shuts_anyone_out_and_on_a_phone_the_screens_come_along(open_compare):
    page = open_compare(f"models={TWO}&under=density", dark=True)
    for scheme in ("dark", "light"):
        page.emulate_media(color_scheme=scheme)
        settle(page)
        assert_no_barriers(page)
    page.set_viewport_size({"width": 390, "height": 800})
    settle(page)
    main = page.get_by_test_id("stMain")
    assert main.evaluate("e => e.scrollWidth - e.clientWidth") <= 0
    page.locator(".st-key-compare_map_b").scroll_into_view_if_needed()
    settle(page)
    hover(page, "compare_map_b", page.evaluate("latentCursor.screens[1].images[5]"))
    box = page.locator(".compare-screens").bounding_box()
    assert box["y"] >= 0 and box["y"] + box["height"] <= 800
    expect(page.locator(".compare-screens canvas")).to_have_count(3)
