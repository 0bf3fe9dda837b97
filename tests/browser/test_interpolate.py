"""The Interpolate page as a person meets it: click both ends, play, keyboard, link, reload."""

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from tests.browser.conftest import settle

MAP = ".st-key-interpolate_map .js-plotly-plot"
TO_PIXELS = f"""([x, y]) => {{
    const chart = document.querySelector('{MAP}');
    const {{xaxis, yaxis}} = chart._fullLayout, box = chart.getBoundingClientRect();
    return [box.left + xaxis._offset + xaxis.d2p(x), box.top + yaxis._offset + yaxis.d2p(y)];
}}"""
FREE = f"""() => {{                              // a place of the map without a dot near it
    const chart = document.querySelector('{MAP}'), {{xaxis, yaxis}} = chart._fullLayout;
    const [left, right] = xaxis.range, [bottom, top] = yaxis.range;
    for (let i = 1; i < 400; i++) {{
        const x = left + (right - left) * (0.1 + 0.8 * (i * 0.618 % 1));
        const y = bottom + (top - bottom) * (0.1 + 0.8 * (i * 0.755 % 1));
        const far = chart._fullData.every((trace) => trace.x.every((px, n) =>
            Math.hypot(xaxis.d2p(px) - xaxis.d2p(x), yaxis.d2p(trace.y[n]) - yaxis.d2p(y)) > 25));
        if (far) return [x, y];
    }}
}}"""
WATCH = f"""() => {{                             // whether the chart or the film is ever replaced
    const nodes = ['{MAP}', '.latent-player canvas'].map((s) => document.querySelector(s));
    window.faults = [];
    const look = () => {{
        if (!nodes.every((node) => node.isConnected)) faults.push('replaced');
        requestAnimationFrame(look);
    }};
    look();
}}"""
FRAME = "latentPlayer.frame"
PIXELS = """() => {
    const canvas = document.querySelector('.latent-player canvas');
    return Array.from(canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data);
}"""


@pytest.fixture
def open_page(browser, server):
    """Open a link to the page; page errors fail the test."""
    contexts, errors = [], []

    def open_(query="", *, width=1400, dark=False, motion="no-preference"):
        scheme = "dark" if dark else "light"
        size = {"width": width, "height": 900}
        contexts.append(
            browser.new_context(viewport=size, color_scheme=scheme, reduced_motion=motion)
        )
        page = contexts[-1].new_page()
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.goto(f"{server}/interpolate{query}")
        wait(page)
        return page

    yield open_
    for context in contexts:
        context.close()
    assert not errors


def wait(page):
    page.locator(f"{MAP} .main-svg").first.wait_for(timeout=60_000)
    page.wait_for_function(
        "window.latentPlayer?.data && window.latentPin && window.latentLoupe?.atlas"
    )
    page.locator(".latent-shapes polyline").first.wait_for(state="attached")
    settle(page)


def test_two_clicks_set_both_ends_and_a_reload_shows_them(open_page):
    page = open_page("?model=digits-vae-2d")
    page.evaluate(WATCH)
    x, y = page.evaluate(FREE)
    page.mouse.click(*page.evaluate(TO_PIXELS, [x, y]))
    page.wait_for_url(re.compile(r"[?&]a=at%3A"))
    settle(page)
    dot = page.evaluate(
        f"() => {{ const [t] = document.querySelector('{MAP}')._fullData; "
        "return [t.x[0], t.y[0], t.customdata[0]]; }"
    )
    page.mouse.move(*page.evaluate(TO_PIXELS, dot[:2]))
    page.wait_for_timeout(200)
    page.mouse.down()
    page.mouse.up()
    page.wait_for_url(re.compile(r"[?&]b=image%3A"))
    settle(page)
    letters = page.locator(".latent-shapes text").all_text_contents()
    assert letters == ["A", "B"]
    assert page.evaluate("faults") == []
    strip = page.locator(".strip figcaption").all_inner_texts()
    lines = page.locator(".latent-shapes polyline").count()
    page.reload()
    wait(page)
    assert page.locator(".strip figcaption").all_inner_texts() == strip
    assert page.locator(".latent-shapes polyline").count() == lines


def test_the_film_plays_there_and_back_and_the_link_keeps_where_it_halts(open_page):
    page = open_page("?model=digits-vae-2d&over=25")
    page.evaluate(WATCH)
    canvas, slider = page.locator(".latent-player canvas"), page.get_by_label("Step", exact=True)
    assert canvas.get_attribute("aria-label").startswith("A, ")
    first = page.evaluate(PIXELS)
    page.get_by_role("button", name="Play").click()
    page.wait_for_function(f"{FRAME} > 20")
    expect(page.locator(".latent-dot")).to_be_attached()
    page.get_by_role("button", name="Halt").click()
    page.wait_for_url(re.compile(r"[?&]frame=\d+"))
    settle(page)
    frame = page.evaluate(FRAME)
    assert re.search(r"frame=(\d+)", page.url)[1] == str(frame) == slider.input_value()
    assert page.evaluate(PIXELS) != first
    slider.focus()
    page.keyboard.press("PageUp")
    page.wait_for_url(re.compile(f"frame={frame + page.evaluate('latentPlayer.data.between')}"))
    settle(page)
    assert page.evaluate("faults") == []
    shown = canvas.get_attribute("aria-label")
    page.reload()
    wait(page)
    assert page.locator(".latent-player canvas").get_attribute("aria-label") == shown


def test_who_wants_little_motion_sees_one_step_after_the_other(open_page):
    page = open_page("?model=digits-vae-2d&steps=5", motion="reduce")
    page.get_by_role("button", name="Play").click()
    page.wait_for_function(f"{FRAME} > 0")
    assert page.evaluate(FRAME) == page.evaluate("latentPlayer.data.between")
    page.wait_for_timeout(400)
    assert page.evaluate(FRAME) == page.evaluate("latentPlayer.data.between")


def test_the_map_moves_an_end_from_the_keyboard(open_page):
    page = open_page("?model=digits-vae-2d&a=at:0,0&b=at:0.5,0.5")
    page.wait_for_function(f"document.querySelector('{MAP}').tabIndex === 0")
    page.locator(MAP).focus()
    page.keyboard.press("Shift+ArrowLeft")
    page.keyboard.press("Enter")
    page.wait_for_url(lambda url: "a=at%3A0.0%2C0.0" not in url)
    settle(page)
    assert "b=at%3A0.5%2C0.5" in page.url


@pytest.mark.parametrize(("width", "dark"), [(390, False), (1400, True)])
def test_axe_finds_nothing_serious(open_page, width, dark):
    page = open_page("?model=digits-vae-8d&over=25&a=class:3&b=at:1,1", width=width, dark=dark)
    page.get_by_role("button", name="Keep").click()
    page.get_by_role("button", name="GIF, film").wait_for()
    found = Axe().run(page).response["violations"]
    serious = [
        (v["id"], [node["html"][:200] for node in v["nodes"]])
        for v in found
        if v["impact"] in ("critical", "serious")
    ]
    assert serious == []


def test_it_fits_on_a_phone(open_page):
    page = open_page("?model=digits-vae-2d&over=100&steps=25", width=390)
    wide = page.evaluate(
        """() => [...document.querySelectorAll('.stMain *')].filter((e) => {
            const box = e.getBoundingClientRect();
            const own = e.closest('.js-plotly-plot, .stSlider');   // they hide what is too wide
            return box.width && box.right > innerWidth + 1 && !own;
        }).map((e) => e.outerHTML.slice(0, 200))"""
    )
    assert wide == []
