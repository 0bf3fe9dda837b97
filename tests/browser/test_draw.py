"""The Draw page, as a person meets it: pen, finger, keys, and a link to it."""

import re
from functools import partial

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import assert_no_barriers, settle

SHEET = ".latent-canvas canvas"
SEEN = 'img[alt$="as the model sees it"]'
AGAIN = 'img[alt^="Reconstruction of Your drawing"]'
LINES = [[(0.3, 0.25), (0.7, 0.25), (0.45, 0.85)], [(0.5, 0.2), (0.5, 0.8)]]


@pytest.fixture
def open_draw(open_page):
    """Open a link to the page."""
    return partial(open_page, "draw", query="model=digits-vae-2d", ready=wait_for_sheet)


def wait_for_sheet(page):
    page.locator(".st-key-draw_map .js-plotly-plot .main-svg").first.wait_for()
    page.wait_for_function("window.latentLoupe?.atlas && window.latentPin")
    settle(page)


def stroke(page, points, *, lift=True):
    box = page.locator(SHEET).bounding_box()
    at = [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in points]
    page.mouse.move(*at[0])
    page.mouse.down()
    for place in at[1:]:
        page.mouse.move(*place, steps=8)
    if lift:
        page.mouse.up()


def ring(page):
    return page.evaluate("document.querySelector('.latent-pin div').style.transform")


def ring_is(page, where):
    """Wait until the ring is where it was on another page, to a pixel."""
    page.wait_for_function(
        """where => {
            const numbers = (transform) => transform.match(/-?[\\d.]+/g).map(Number);
            const now = document.querySelector('.latent-pin div')?.style.transform;
            const wanted = numbers(where);
            return now && numbers(now).every((value, i) => Math.abs(value - wanted[i]) <= 1);
        }""",
        arg=where,
    )


def ink(page):
    """Share of the sheet that is white."""
    return page.evaluate(
        """() => {
            const canvas = document.querySelector('.latent-canvas canvas');
            const pen = canvas.getContext('2d');
            const { data } = pen.getImageData(0, 0, canvas.width, canvas.height);
            return data.filter((v, i) => i % 4 === 0 && v > 127).length / data.length * 4;
        }"""
    )


def changed(page, old):
    """Wait until the model sees another picture; returns it."""
    page.wait_for_function(
        "([selector, old]) => ![old, undefined].includes(document.querySelector(selector)?.src)",
        arg=[SEEN, old],
    )
    return page.locator(SEEN).get_attribute("src")


def steps(page):
    """Length of the browser's history."""
    return page.evaluate("history.length")


def test_a_stroke_is_followed_taken_back_shared_and_kept(open_draw):
    page = open_draw()
    start, before = ring(page), steps(page)
    first = page.locator(SEEN).get_attribute("src")
    stroke(page, LINES[0], lift=False)
    page.locator(AGAIN).wait_for()  # the pen is still down
    assert ring(page) != start
    assert "code=" not in page.url and steps(page) == before
    page.mouse.up()
    page.wait_for_url(re.compile(r"code=[-\d.]+%2C[-\d.]+&sigma="))
    settle(page)
    assert steps(page) == before
    one = page.locator(SEEN).get_attribute("src"), ring(page), ink(page)
    stroke(page, LINES[1])
    changed(page, one[0])
    page.get_by_role("button", name="Undo").click()
    page.wait_for_function(
        "([selector, old]) => document.querySelector(selector).src === old", arg=[SEEN, one[0]]
    )
    settle(page)
    assert (ring(page), ink(page)) == one[1:]
    assert_no_barriers(page)
    expect(page.locator("img:not([alt])")).to_have_count(0)

    other = open_draw(query=page.url.split("?")[1], dark=True)
    ring_is(other, one[1])
    other.get_by_text("The drawing itself is not in the link").wait_for()
    stroke(other, LINES[1])
    other.locator(AGAIN).wait_for()
    settle(other)
    assert_no_barriers(other)

    page.locator(".st-key-draw_way").get_by_text("Data set").click()
    page.get_by_text("Held-out image 0").first.wait_for()
    page.locator(".st-key-draw_way").get_by_text("Draw").click()
    page.locator(AGAIN).wait_for()
    page.get_by_role("link", name="Train").click()
    page.get_by_role("heading", name="Train", exact=True).wait_for()
    page.get_by_role("link", name="Draw").click()
    page.locator(AGAIN).wait_for()
    settle(page)
    assert (ring(page), ink(page)) == one[1:]
    page.get_by_role("button", name="Clear").click()
    page.get_by_text("To begin with. Draw your own.").wait_for()
    expect(page.locator(SEEN)).to_have_attribute("src", first)
    assert ink(page) == 0 and ring(page) == start


def test_a_finger_the_keys_and_the_mouse(open_draw):
    page = open_draw(width=390, touch=True)
    page.locator(SHEET).scroll_into_view_if_needed()
    box = page.locator(SHEET).bounding_box()
    session = page.context.new_cdp_session(page)

    def touch(kind, *points):
        at = [
            {"x": box["x"] + x * box["width"], "y": box["y"] + y * box["height"]} for x, y in points
        ]
        session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": at})

    touch("touchStart", (0.5, 0.2))
    for step in range(1, 9):
        touch("touchMove", (0.5, 0.2 + 0.07 * step))
    touch("touchEnd")
    page.wait_for_url(re.compile("code="))
    inked = ink(page)
    assert inked > 0.03
    assert page.locator(SHEET).bounding_box() == box  # it did not scroll
    main = page.get_by_test_id("stMain")
    assert main.evaluate("e => e.scrollWidth - e.clientWidth") <= 0

    old = changed(page, None)
    page.locator(SHEET).focus()
    page.keyboard.press("Shift+ArrowLeft")
    page.keyboard.press("Space")
    for _ in range(4):
        page.keyboard.press("Shift+ArrowDown")
    page.keyboard.press("Space")
    changed(page, old)
    assert ink(page) > inked
    page.keyboard.press("Control+z")
    page.keyboard.press("Delete")
    page.get_by_text("To begin with. Draw your own.").wait_for()
    assert ink(page) == 0
    settle(page)

    before = steps(page)
    page.locator(".latent-inset").focus()
    page.keyboard.down("Shift")
    page.keyboard.down("ArrowRight")
    page.keyboard.down("ArrowRight")  # as a key that is held repeats it
    page.get_by_text("1.0 σ from the ring").wait_for()
    assert "at=" not in page.url and steps(page) == before
    page.keyboard.up("ArrowRight")
    page.keyboard.up("Shift")
    page.wait_for_url(re.compile("at="))
    settle(page)
    assert steps(page) == before

    near = page.url
    page.locator(".latent-inset").scroll_into_view_if_needed()
    box = page.locator(".latent-inset").bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 40, y - 30, steps=6)
    page.get_by_text("1.0 σ from the ring").wait_for(state="detached")  # still held
    assert page.url == near
    page.mouse.up()
    page.wait_for_function("old => location.href !== old", arg=near)
    settle(page)
    assert steps(page) == before

    page.get_by_label("P: image").fill("3")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("dot=3"))
    page.get_by_text("Held-out image 3, class").wait_for()
    plot = page.locator(".st-key-draw_map .nsewdrag").first
    plot.scroll_into_view_if_needed()
    box = plot.bounding_box()
    near = page.url
    page.mouse.click(box["x"] + box["width"] * 0.2, box["y"] + box["height"] * 0.4)
    page.wait_for_function("old => location.href !== old", arg=near)
    assert page.locator(".latent-shapes text").inner_html() == "P"
