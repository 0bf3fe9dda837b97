"""The Draw page, as a person meets it: pen, finger, keys, and a link to it."""

import re

import pytest
from axe_playwright_python.sync_playwright import Axe

from tests.browser.conftest import settle

SHEET = ".latent-canvas canvas"
SEEN = 'img[alt$="as the model sees it"]'
AGAIN = 'img[alt^="Reconstruction of Your drawing"]'
LINES = [[(0.3, 0.25), (0.7, 0.25), (0.45, 0.85)], [(0.5, 0.2), (0.5, 0.8)]]


@pytest.fixture
def open_draw(browser, server):
    """Open the page; page errors fail the test."""
    contexts, errors = [], []

    def open_(link="?model=digits-vae-2d", *, width=1400, dark=False, touch=False):
        contexts.append(
            browser.new_context(
                viewport={"width": width, "height": 900}, has_touch=touch,
                color_scheme="dark" if dark else "light",
            )
        )  # fmt: skip
        page = contexts[-1].new_page()
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.goto(link if link.startswith("http") else f"{server}/draw{link}")
        page.locator(".st-key-draw_map .js-plotly-plot .main-svg").first.wait_for(timeout=60_000)
        page.wait_for_function("window.latentLoupe?.atlas && window.latentPin")
        settle(page)
        return page

    yield open_
    for context in contexts:
        context.close()
    assert not errors


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


def test_a_stroke_is_followed_while_it_is_drawn_and_taken_back(open_draw):
    page = open_draw()
    start = ring(page)
    stroke(page, LINES[0], lift=False)
    page.locator(AGAIN).wait_for()  # the pen is still down
    assert "code=" not in page.url or ring(page) != start
    page.mouse.up()
    page.wait_for_url(re.compile(r"code=[-\d.]+%2C[-\d.]+&sigma="))
    settle(page)
    one = page.locator(SEEN).get_attribute("src"), ring(page), ink(page)
    stroke(page, LINES[1])
    page.wait_for_function(
        "([selector, old]) => document.querySelector(selector).src !== old", arg=[SEEN, one[0]]
    )
    page.get_by_role("button", name="Undo").click()
    page.wait_for_function(
        "([selector, old]) => document.querySelector(selector).src === old", arg=[SEEN, one[0]]
    )
    settle(page)
    assert (ring(page), ink(page)) == one[1:]
    page.get_by_role("button", name="Clear").click()
    page.get_by_text("To begin with. Draw your own.").wait_for()
    assert ink(page) == 0 and ring(page) == start


def test_a_finger_draws_and_does_not_scroll(open_draw):
    page = open_draw(width=390, touch=True)
    page.locator(SHEET).scroll_into_view_if_needed()
    box = page.locator(SHEET).bounding_box()
    session = page.context.new_cdp_session(page)
    before = page.locator(SHEET).evaluate("e => e.getBoundingClientRect().top")

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
    assert ink(page) > 0.03
    assert page.locator(SHEET).evaluate("e => e.getBoundingClientRect().top") == before
    main = page.get_by_test_id("stMain")
    assert main.evaluate("e => e.scrollWidth - e.clientWidth") <= 0


def test_everything_from_the_keyboard(open_draw):
    page = open_draw()
    page.locator(SHEET).focus()
    page.keyboard.press("Space")
    for _ in range(4):
        page.keyboard.press("Shift+ArrowDown")
    page.keyboard.press("Space")
    page.wait_for_url(re.compile("code="))
    page.locator(AGAIN).wait_for()
    assert ink(page) > 0.02
    page.keyboard.press("Control+z")
    page.get_by_text("To begin with. Draw your own.").wait_for()
    page.locator(".latent-inset").focus()
    page.keyboard.press("Shift+ArrowRight")
    page.keyboard.press("Shift+ArrowRight")
    page.wait_for_url(re.compile("at="))
    page.get_by_text("1.0 σ from the ring").wait_for()


def test_p_is_dragged_and_a_click_on_the_map_sets_it(open_draw):
    page = open_draw()
    box = page.locator(".latent-inset").bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 40, y - 30, steps=6)
    page.locator('img[alt^="Decoded at P"]').wait_for()  # still held
    page.mouse.up()
    page.wait_for_url(re.compile("at="))
    settle(page)
    near = page.url
    plot = page.locator(".st-key-draw_map .nsewdrag").first.bounding_box()
    page.mouse.click(plot["x"] + plot["width"] * 0.25, plot["y"] + plot["height"] * 0.3)
    page.wait_for_function("old => location.href !== old", arg=near)
    assert page.locator(".latent-shapes text").inner_html() == "P"


def test_a_shared_link_and_a_way_back(open_draw):
    page = open_draw()
    stroke(page, LINES[0])
    page.wait_for_url(re.compile("code="))
    settle(page)
    where, inked = ring(page), ink(page)
    other = open_draw(page.url)
    assert ring(other) == where
    other.get_by_text("The drawing itself is not in the link").wait_for()
    page.locator(".st-key-draw_way").get_by_text("Data set").click()
    page.get_by_text("Held-out image 0").first.wait_for()
    page.locator(".st-key-draw_way").get_by_text("Draw").click()
    page.locator(AGAIN).wait_for()
    settle(page)
    assert ring(page) == where
    page.get_by_role("link", name="Train").click()
    page.get_by_role("heading", name="Train", exact=True).wait_for()
    page.get_by_role("link", name="Draw").click()
    page.locator(AGAIN).wait_for()
    settle(page)
    assert (ring(page), ink(page)) == (where, inked)


@pytest.mark.parametrize("dark", [False, True])
def test_axe_finds_nothing_serious(open_draw, dark):
    page = open_draw(dark=dark)
    stroke(page, LINES[0])
    page.locator(AGAIN).wait_for()
    settle(page)
    found = Axe().run(page, options={"resultTypes": ["violations"]}).response["violations"]
    own = [v for v in found if v["impact"] in ("serious", "critical")]
    assert [(v["id"], v["nodes"][0]["html"][:200]) for v in own] == []
    assert page.locator("img:not([alt])").count() == 0
