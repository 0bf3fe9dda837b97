"""The Interpolate page as a person meets it: click both ends, play, keyboard, link, reload."""

import re
from base64 import b64encode
from functools import partial

import numpy as np
import pytest
from playwright.sync_api import expect

from tests.browser.conftest import assert_no_barriers, settle
from ui.images import to_png
from ui.loupe.files import read

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
CHART = f"document.querySelector('{MAP}')"
FRAME = "latentPlayer.frame"
SEEN = f"""() => {{                              // all frames that are shown from now on
    window.seen = new Set();
    const look = () => {{ seen.add({FRAME}); requestAnimationFrame(look); }};
    look();
}}"""
LOOKS = """() => [
    document.querySelector('.latent-player canvas').getAttribute('aria-label'),
    document.querySelectorAll('.latent-shapes polyline').length,
    ...[...document.querySelectorAll('.strip figcaption')].map((words) => words.innerText),
]"""
CLOSED = """async ([script, sheet]) => {
    const { default: open } = await import(`data:text/javascript,${encodeURIComponent(script)}`);
    const chart = document.querySelector('.js-plotly-plot'), host = document.querySelector('p');
    const axis = { p2d: (p) => p, d2p: (d) => d, _offset: 0, _length: 9 };
    chart._fullLayout = { xaxis: axis, yaxis: axis, meta: 'here' };
    const frame = { x: 1, y: 1, isLettered: false, text: 'step 2', spoken: 'step 2' };
    const data = { film: '1', sheet, chart: 'map', map: 'here', width: 2, height: 2, between: 1,
        frame: 0, frames: [frame, frame] };
    const dots = async (closes) => {
        const close = open({ data, parentElement: host, setTriggerValue: () => {} });
        if (closes) close();
        const picture = new Image();               // it is decoded after the film's own
        picture.src = sheet;
        await picture.decode();
        await new Promise(requestAnimationFrame);
        return document.querySelectorAll('.latent-dot').length;
    };
    return { 'closed at once': await dots(true), 'left open': await dots(false) };
}"""
PIXELS = """() => {
    const canvas = document.querySelector('.latent-player canvas');
    return Array.from(canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data);
}"""


@pytest.fixture
def open_path(open_page):
    """Open a link to the page."""
    return partial(open_page, "interpolate", ready=wait)


def wait(page):
    page.locator(f"{MAP} .main-svg").first.wait_for()
    page.wait_for_function(
        "window.latentPlayer?.data && window.latentPin && window.latentLoupe?.atlas"
    )
    page.locator(".latent-shapes polyline").first.wait_for(state="attached")
    settle(page)


def assert_no_barriers_while_keeping(page):
    page.get_by_role("button", name="Keep").click()
    page.get_by_role("button", name="GIF, film").wait_for()
    assert_no_barriers(page)


def test_clicks_keys_and_the_film_all_stand_in_the_link(open_path):
    page = open_path(query="model=digits-vae-2d&over=25", dark=True)
    page.evaluate(WATCH)
    canvas, slider = page.locator(".latent-player canvas"), page.get_by_label("Step", exact=True)
    # Both ends: a place, and a dot's image.
    page.mouse.click(*page.evaluate(TO_PIXELS, page.evaluate(FREE)))
    page.wait_for_url(re.compile(r"[?&]a=at%3A"))
    settle(page)
    dot = page.evaluate(f"[0, 1].map((i) => 'xy'[i]).map((n) => {CHART}._fullData[0][n][0])")
    page.mouse.click(*page.evaluate(TO_PIXELS, dot))
    page.wait_for_url(re.compile(r"[?&]b=image%3A"))
    settle(page)
    expect(page.locator(".latent-shapes text")).to_have_text(["A", "B"])
    # From the keyboard too.
    before = page.url
    page.wait_for_function(f"{CHART}.tabIndex === 0")
    page.locator(MAP).focus()
    page.keyboard.press("Shift+ArrowLeft")
    page.keyboard.press("Enter")
    page.wait_for_url(lambda url: url != before)
    settle(page)
    assert re.findall("[?&](b=[^&]*)", page.url) == re.findall("[?&](b=[^&]*)", before)
    # The film.
    expect(canvas).to_have_attribute("aria-label", re.compile("^A, "))
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
    # All of it again from the link.
    looks = page.evaluate(LOOKS)
    page.reload()
    wait(page)
    assert page.evaluate(LOOKS) == looks
    # Over another map nothing is drawn.
    page.evaluate(f"() => {{ {CHART}._fullLayout.meta = 'another' }}")
    expect(page.locator(".latent-shapes")).to_have_count(0)
    expect(page.locator(".latent-dot")).to_have_count(0)
    assert_no_barriers_while_keeping(page)


def test_on_a_phone_it_fits_and_who_wants_little_motion_sees_one_step_after_the_other(open_path):
    query = "model=digits-vae-8d&over=100&steps=25&a=class:3&b=at:1,1"
    page = open_path(query=query, width=390, calm=True)
    wide = page.evaluate(
        """() => [...document.querySelectorAll('.stMain *')].filter((e) => {
            const box = e.getBoundingClientRect();
            const own = e.closest('.js-plotly-plot, .stSlider');   // they hide what is too wide
            return box.width && box.right > innerWidth + 1 && !own;
        }).map((e) => e.outerHTML.slice(0, 200))"""
    )
    assert wide == []
    first, between = page.evaluate(f"[{FRAME}, latentPlayer.data.between]")
    page.evaluate(SEEN)
    page.get_by_role("button", name="Play").click()
    page.wait_for_function("seen.size === 3")
    assert page.evaluate("[...seen]") == [first, first + between, first + 2 * between]
    assert_no_barriers_while_keeping(page)


def test_a_film_that_is_closed_before_its_picture_is_there_draws_no_dot(browser):
    """As when the visitor goes to another page at once."""
    page = browser.new_page()
    page.set_content('<div class="st-key-map"><div class="js-plotly-plot"></div></div><p></p>')
    script = read("chart.js", "follow.js", "player.js")
    sheet = b64encode(to_png(np.zeros((1, 2, 4), np.uint8))).decode()
    dots = page.evaluate(CLOSED, [script, f"data:image/png;base64,{sheet}"])
    page.close()
    assert dots == {"closed at once": 0, "left open": 1}
