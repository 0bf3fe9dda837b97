"""The Explore page as a person meets it: hover, click, keyboard, link, reload."""

import random
import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import assert_no_barriers, settle, wait_for_loupe
from ui.facts import BADGES

MAP = ".st-key-explore_map .js-plotly-plot"
DECODED_IMAGE = ".st-key-explore_decoded_panel img"
# Client pixels of a place on the map, and the other way round.
TO_PIXELS = """([x, y]) => {
    const chart = document.querySelector('.st-key-explore_map .js-plotly-plot');
    const {xaxis, yaxis} = chart._fullLayout, box = chart.getBoundingClientRect();
    return [box.left + xaxis._offset + xaxis.d2p(x), box.top + yaxis._offset + yaxis.d2p(y)];
}"""
RING = """() => {
    const box = document.querySelector('.latent-pin > div').getBoundingClientRect();
    return [box.left, box.top];
}"""
RANGES = f"""() => {{
    const {{xaxis, yaxis}} = document.querySelector('{MAP}')._fullLayout;
    return [...xaxis.range, ...yaxis.range];
}}"""
# Pixels of the decoded picture, whatever address it came from.
PIXELS = """async (image) => {
    const bytes = new Uint8Array(await (await fetch(image.src)).arrayBuffer());
    return Array.from(bytes);
}"""


COUNT_SENT = """() => {
    const send = WebSocket.prototype.send;
    window.sent = 0;
    WebSocket.prototype.send = function (...args) { window.sent++; return send.apply(this, args); };
}"""


def pixels(page):
    return page.locator(DECODED_IMAGE).evaluate(PIXELS)


def to_pixels(page, x, y):
    return page.evaluate(TO_PIXELS, [x, y])


def click_place(page, x, y):
    page.mouse.move(*to_pixels(page, x, y))
    page.mouse.click(*to_pixels(page, x, y))
    page.wait_for_url(re.compile(r"[?&](at|image)="))
    settle(page)


def centre(locator):
    box = locator.bounding_box()
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def place_in_link(page):
    found = re.search(r"[?&]at=([^&]+)", page.url)
    assert found, page.url
    return [float(part) for part in found[1].replace("%2C", ",").split(",")]


def zoom_in_link(url):
    found = re.search(r"[?&]zoom=([^&]+)", url)
    return found and [float(edge) for edge in found[1].replace("%2C", ",").split(",")]


def place_and_image(page):
    """What the link pins."""
    return re.findall(r"[?&](?:at|image)=[^&]+", page.url)


def empty_corner(page):
    """A place on the map with no point near it."""
    left, right, bottom, top = page.evaluate(RANGES)
    return left + 0.04 * (right - left), bottom + 0.04 * (top - bottom)


@pytest.mark.parametrize("address", ["/", "/explore", "/explore?model=digits-vae-8d&at=0.2,0.1"])
def test_every_address_works_as_the_first_request(start_server, new_page, address):
    page = new_page(start_server() + address)
    expect(page.get_by_role("heading", name="Latent Loupe")).to_be_visible()
    assert "/explore" in page.url
    if "at=" in address:
        assert place_in_link(page) == [0.2, 0.1]
        expect(page.get_by_text("Decoded place")).to_be_visible()


PREVIEW = """() => {
    const canvas = document.querySelector('.latent-loupe canvas'), pen = canvas.getContext('2d');
    const { data } = pen.getImageData(0, 0, canvas.width, canvas.height);
    return Array.from(data).filter((_, i) => i % 4 === 0);
}"""
DECODED = """(image) => {
    const pen = document.createElement('canvas').getContext('2d');
    pen.imageSmoothingEnabled = false;
    pen.drawImage(image, 0, 0, 8, 8);
    return Array.from(pen.getImageData(0, 0, 8, 8).data).filter((_, i) => i % 4 === 0);
}"""


def test_the_loupe_follows_the_mouse_without_the_server_and_shows_nearly_what_a_click_decodes(
    server, new_page
):
    page = new_page(server + "/explore?model=digits-vae-2d")
    traffic = []
    page.on("request", lambda request: traffic.append(request.url))
    page.evaluate(COUNT_SENT)
    for step in range(30):
        page.mouse.move(*to_pixels(page, -1 + step / 15, 0.5))
    loupe = page.locator(".latent-loupe")
    expect(loupe).to_be_visible()
    expect(loupe).to_contain_text("0.5")
    assert page.evaluate("window.latentLoupe.frames.length") > 0
    assert page.evaluate("window.sent") == 0
    assert traffic == []
    page.mouse.move(5, 5)
    expect(loupe).to_be_hidden()
    for x, y in [(0.4, -0.3), (-0.8, 0.6)]:
        page.mouse.move(*to_pixels(page, x, y))
        expect(loupe).to_contain_text(re.compile(rf"preview {'-' if x < 0 else ''}0\."))
        preview = page.evaluate(PREVIEW)
        click_place(page, x, y)
        exact = page.locator(DECODED_IMAGE).evaluate(DECODED)
        error = sum(abs(a - b) for a, b in zip(preview, exact, strict=True)) / len(exact)
        assert error < 6  # of 255; a transposed or mirrored grid is off by dozens


def test_a_click_pins_the_place_leaves_the_map_alone_and_outlives_a_second_one_and_a_reload(
    server, new_page
):
    page = new_page(server + "/explore?model=digits-vae-2d")
    page.mouse.move(*to_pixels(page, 0, 0))
    page.mouse.wheel(0, -300)
    page.wait_for_timeout(800)
    zoomed = page.evaluate(RANGES)
    page.evaluate(f"window.chart = document.querySelector('{MAP}')")
    before = pixels(page)
    x, y = empty_corner(page)
    click_place(page, x, y)
    assert place_in_link(page) == pytest.approx([x, y], abs=0.05)
    assert page.evaluate(RANGES) == pytest.approx(zoomed)
    assert page.evaluate(f"window.chart === document.querySelector('{MAP}')")
    assert page.evaluate(RING) == pytest.approx(to_pixels(page, x, y), abs=2)
    assert pixels(page) != before
    expect(page.locator(f"{MAP} .selectedpoint, {MAP} .select-outline")).to_have_count(0)
    once = page.url, pixels(page)
    page.wait_for_timeout(500)  # sooner it would be a double click
    click_place(page, x, y)
    assert (page.url, pixels(page)) == once
    page.reload()
    wait_for_loupe(page)
    assert (page.url, pixels(page)) == once
    expect(page.locator(".latent-loupe")).to_have_count(1)
    expect(page.locator(".latent-pin")).to_have_count(1)


def test_a_finger_carries_the_loupe_over_the_map_and_a_tap_pins_the_place(server, new_page):
    page = new_page(server + "/explore?model=digits-vae-2d&at=0,0", width=390, touch=True)
    settle(page)
    page.locator(MAP).scroll_into_view_if_needed()
    before = page.evaluate(RANGES)
    finger = page.context.new_cdp_session(page)

    def touch(kind, *places):
        points = [dict(zip("xy", to_pixels(page, *place), strict=True)) for place in places]
        finger.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    loupe = page.locator(".latent-loupe")
    touch("touchStart", (-1, -1))
    for step in range(10):
        touch("touchMove", (-1 + 0.2 * step, -1 + 0.1 * step))
        page.wait_for_timeout(20)
    expect(loupe).to_be_visible()
    expect(loupe).to_contain_text("preview 0.8")
    # Above the finger, which would cover it.
    assert loupe.bounding_box()["y"] + loupe.bounding_box()["height"] < to_pixels(page, 0, -0.1)[1]
    touch("touchEnd")
    expect(loupe).to_be_hidden()
    assert place_in_link(page) == [0, 0]  # a preview pins nothing
    assert page.evaluate(RANGES) == before  # and does not move the map
    x, y = empty_corner(page)
    page.touchscreen.tap(*to_pixels(page, x, y))
    page.wait_for_url(lambda url: "at=0.0%2C0.0" not in url and "at=0%2C0" not in url)
    assert place_in_link(page) == pytest.approx([x, y], abs=0.1)


def test_a_button_of_the_chart_pins_nothing_nothing_to_undo_is_said_and_a_dialog_stays_closed(
    server, new_page
):
    page = new_page(server + "/explore?model=digits-vae-2d")
    before = place_and_image(page)
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_text("There is nothing to undo.")).to_be_visible()
    page.mouse.move(*to_pixels(page, 0, 0))
    page.locator(f"{MAP} .modebar-btn[data-title='Zoom in']").click()
    page.wait_for_url(re.compile("zoom="))
    settle(page)
    assert place_and_image(page) == before
    page.get_by_role("button", name="Take it away").click()
    page.get_by_role("dialog").wait_for()
    page.keyboard.press("Escape")
    page.get_by_role("dialog").wait_for(state="hidden")
    zoomed = page.url
    page.mouse.move(*to_pixels(page, 0, 0))
    page.mouse.wheel(0, -300)
    page.wait_for_url(lambda url: url != zoomed)
    click_place(page, *empty_corner(page))
    assert page.get_by_role("dialog").count() == 0


def test_a_zoom_or_a_drag_right_after_another_click_is_kept_in_the_link(server, new_page):
    page = new_page(server + "/explore?model=digits-vae-2d")
    heading = centre(page.get_by_role("heading", name="Latent Loupe"))
    page.mouse.move(*to_pixels(page, 0, 0))
    zoom_in = page.locator(f"{MAP} .modebar-btn[data-title='Zoom in']")
    zoom_in.hover()
    button = centre(zoom_in)
    # No waiting between the two: a click elsewhere and the zoom, as a quick hand does it.
    page.mouse.click(*heading)
    page.mouse.click(*button)
    page.wait_for_url(re.compile("zoom="))
    settle(page)
    x, y = to_pixels(page, 0, 0)
    page.mouse.click(*heading)
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 30, y, steps=3)
    page.wait_for_timeout(500)  # longer than the map waits before it tells of a view
    page.mouse.move(x + 60, y, steps=3)
    page.mouse.up()
    dragged = pytest.approx(page.evaluate(RANGES), abs=0.01)
    page.wait_for_url(lambda url: zoom_in_link(url) == dragged)
    settle(page)
    page.mouse.wheel(0, -300)  # and a zoom right before one
    page.mouse.click(*to_pixels(page, 0, 0))
    page.wait_for_url(lambda url: zoom_in_link(url) != dragged)
    assert zoom_in_link(page.url) == pytest.approx(page.evaluate(RANGES), abs=0.01)


def test_a_double_click_shows_the_whole_map_whatever_the_link_showed(server, new_page):
    page = new_page(server + "/explore?model=digits-vae-2d&zoom=0.0,0.5,0.0,0.5")
    page.mouse.dblclick(*to_pixels(page, 0.25, 0.25))
    page.wait_for_function(
        """selector => {
            const { _fullLayout: { xaxis, yaxis }, _fullData } = document.querySelector(selector);
            const holds = (range, values) => values.every((v) => v >= range[0] && v <= range[1]);
            return _fullData.every(({ x, y }) => holds(xaxis.range, x) && holds(yaxis.range, y));
        }""",
        arg=MAP,
    )
    assert page.get_by_title("Reset axes").count() == 0


def test_a_click_on_a_point_pins_its_image(server, new_page):
    page = new_page(server + "/explore?model=digits-vae-2d")
    x, y, index = page.evaluate(
        f"() => {{ const t = document.querySelector('{MAP}')._fullData[0];"
        " return [t.x[0], t.y[0], t.customdata[0]]; }"
    )
    before = page.evaluate("window.latentPin.data.x")
    page.mouse.move(*to_pixels(page, x, y))
    page.wait_for_timeout(300)
    page.mouse.click(*to_pixels(page, x, y))
    page.wait_for_url(re.compile(r"image=\d+"))
    page.wait_for_function(f"window.latentPin.data.x !== {before}")
    settle(page)
    pinned = int(re.search(r"image=(\d+)", page.url)[1])
    ring = page.evaluate(RING)
    assert ring == pytest.approx(to_pixels(page, x, y), abs=7)
    assert pinned == index or ring != pytest.approx(to_pixels(page, x, y), abs=0.5)
    expect(page.get_by_text(f"Reconstruction of image {pinned}", exact=True)).to_be_visible()


def test_the_keyboard_does_what_the_mouse_does(server, new_page):
    page = new_page(server + "/explore?model=digits-vae-2d&at=0.5,0.5")
    before = pixels(page)
    field = page.get_by_label("Place x")
    field.focus()
    page.keyboard.press("Control+A")
    page.keyboard.type("-1.25")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("at=-1.25"))
    settle(page)
    assert pixels(page) != before
    assert page.evaluate(RING) == pytest.approx(to_pixels(page, -1.25, 0.5), abs=2)
    up = page.get_by_role("button", name="Up", exact=True).first
    up.focus()
    page.keyboard.press("Enter")
    page.wait_for_url(lambda url: "at=-1.25%2C0.5&" not in url + "&")
    assert place_in_link(page)[1] > 0.5


def test_a_number_that_cannot_be_pinned_is_answered(server, new_page):
    page = new_page(server + "/explore?model=digits-vae-2d&image=3")
    page.get_by_role("spinbutton", name="Held-out image").fill("100000")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("image=358"))
    answer = "Held-out image: only whole numbers from 0 to 358, so 358 was taken."
    expect(page.get_by_text(answer)).to_be_visible()
    page.get_by_role("spinbutton", name="Held-out image").fill("100000")
    page.keyboard.press("Enter")
    expect(page.get_by_role("spinbutton", name="Held-out image")).to_have_value("358")
    click_place(page, *empty_corner(page))
    page.wait_for_url(re.compile("at="))
    expect(page.get_by_text(answer)).to_be_hidden()


def test_arrows_move_the_loupe_enter_pins_and_escape_puts_it_away(server, new_page):
    page = new_page(server + "/explore?model=digits-vae-2d&at=0.5,0.5")
    left, right, *_ = page.evaluate(RANGES)
    step = (right - left) / 40
    page.wait_for_function(f"document.querySelector('{MAP}').tabIndex === 0")
    page.locator(MAP).focus()
    expect(page.locator(".latent-loupe")).to_be_hidden()
    for key in ("ArrowRight", "ArrowRight", "Shift+ArrowDown"):
        page.keyboard.press(key)
    expect(page.locator(".latent-loupe")).to_be_visible()
    assert place_in_link(page) == [0.5, 0.5]  # a preview until Enter
    page.keyboard.press("Escape")
    expect(page.locator(".latent-loupe")).to_be_hidden()
    for key in ("ArrowLeft", "Shift+ArrowLeft", "Shift+ArrowLeft", "Shift+ArrowLeft", "ArrowUp"):
        page.keyboard.press(key)
    page.keyboard.press("Enter")
    settle(page)
    assert page.url.count("at=") + page.url.count("image=") == 1
    x, y = page.evaluate("[window.latentPin.data.x, window.latentPin.data.y]")
    assert x == pytest.approx(0.5 - 16 * step, abs=step)
    assert y == pytest.approx(0.5 + step, abs=step)


def test_a_place_beyond_the_map_is_marked_at_its_edge(server, new_page):
    page = new_page(server + "/explore?model=digits-vae-2d&at=300,0")
    ring = page.locator(".latent-pin > div")
    expect(ring).to_have_class("beyond")
    left, right, *_ = page.evaluate(RANGES)
    edge = to_pixels(page, right, 0)
    x, y = page.evaluate(RING)
    assert edge[0] - 20 < x < edge[0]
    assert y == pytest.approx(edge[1], abs=2)
    click_place(page, (left + right) / 2, 0)
    expect(ring).not_to_have_class("beyond")


def test_a_link_shows_the_same_picture_in_another_browser(server, new_page):
    page = new_page(server + "/explore?model=digits-vae-8d&axes=2,3")
    click_place(page, *empty_corner(page))
    other = new_page(page.url)
    assert pixels(other) == pixels(page)
    assert other.url == page.url
    expect(other.get_by_text("Off the plane the code is that of held-out image")).to_be_visible()


def panels(page):
    """What stands beside the map, and what it is drawn with."""
    sides = (".st-key-explore_image_panel", ".st-key-explore_decoded_panel")
    words = [page.locator(side).inner_text() for side in sides]
    return [*words, page.locator(".closer").all_inner_texts(), *page.evaluate(RANGES)]


def test_after_many_clicks_and_choices_the_link_still_shows_the_same(server, new_page):
    page = new_page(server + "/explore?model=digits-vae-8d")
    draw = random.Random(0)
    buttons = ["Decoded images", "Density", "Prior", "Territories", "Up", "Left", "Undo",
               "Next image", "Previous image", "Redo"]  # fmt: skip
    switches = ["Look closer at the pinned point", "All 8 dimensions"]
    for _ in range(20):
        chance = draw.random()
        if chance < 0.15:
            page.get_by_text(draw.choice(switches), exact=True).click()
        elif chance < 0.5:
            left, right, bottom, top = page.evaluate(RANGES)
            x, y = draw.uniform(left, right), draw.uniform(bottom, top)
            page.mouse.click(*to_pixels(page, 0.8 * x, 0.8 * y))
        else:
            page.get_by_role("button", name=draw.choice(buttons), exact=True).first.click()
        page.wait_for_timeout(400)  # two clicks within 300 ms are a double click
        settle(page)
    page.wait_for_timeout(1000)
    other = new_page(page.url)
    page.wait_for_timeout(1000)
    assert pixels(other) == pixels(page)
    assert panels(other)[:3] == panels(page)[:3]
    assert panels(other)[3:] == pytest.approx(panels(page)[3:], abs=1e-3)
    layers = page.locator(".latent-layers img").count()
    expect(other.locator(".latent-layers img")).to_have_count(layers)


def test_another_batch_changes_the_points_and_keeps_the_zoom(server, new_page):
    page = new_page(server + "/explore?model=digits-vae-2d")
    page.mouse.move(*to_pixels(page, 0, 0))
    page.mouse.wheel(0, -300)
    page.wait_for_timeout(1000)
    settle(page)
    zoomed = page.evaluate(RANGES)
    page.get_by_role("button", name="Map settings").click()
    page.get_by_label("Images on the map").click()
    page.get_by_role("option", name="1,438").click()
    page.wait_for_url(re.compile("n=1438"))
    settle(page)
    page.wait_for_timeout(1000)
    assert page.evaluate(RANGES) == pytest.approx(zoomed, rel=0.05, abs=0.1)


@pytest.mark.parametrize("dims", [1, 3])
def test_other_dimensions_draw_and_pin(server, new_page, dims):
    page = new_page(f"{server}/explore?model=digits-vae-{dims}d")
    page.mouse.move(*to_pixels(page, 0.2, 0.1))
    expect(page.locator(".latent-loupe")).to_be_visible()
    click_place(page, *empty_corner(page))
    expect(page.get_by_text("Code z = (")).to_be_visible()


# Client pixels of the first circle: where its centre is, and its radius.
CIRCLE = """() => {
    const area = document.querySelector('.latent-layers').getBoundingClientRect();
    const circle = document.querySelector('.latent-layers circle');
    const [x, y, radius] = ['cx', 'cy', 'r'].map((name) => Number(circle.getAttribute(name)));
    return [area.left + x, area.top + y, radius];
}"""


def test_layers_lie_under_the_points_and_move_with_the_map(server, new_page):
    page = new_page(server + "/explore?model=digits-vae-2d&layers=density,prior")
    expect(page.locator(".latent-layers circle")).to_have_count(3)
    drawn = page.evaluate("document.querySelector('.st-key-explore_map .js-plotly-plot').id = 'x'")
    settle(page)
    before = page.evaluate(RANGES)
    for _ in ("as drawn", "zoomed"):
        x, y = to_pixels(page, 0, 0)
        one_sigma = to_pixels(page, 1, 0)[0] - x
        assert page.evaluate(CIRCLE) == pytest.approx([x, y, one_sigma], abs=1)
        page.mouse.move(x + 20, y)
        page.mouse.wheel(0, -300)
        page.wait_for_timeout(1500)
    assert page.evaluate(RANGES) != before
    page.get_by_role("button", name="Decoded images").click()
    expect(page.locator(".latent-layers img")).to_have_count(2)
    # The map itself was neither sent nor drawn anew.
    assert page.locator(f"#{drawn}").count() == 1


OPENED = "&close=1&space=1&colour=kl&layers=density,prior&fade=1"


@pytest.mark.parametrize("opened", ["", OPENED], ids=["at rest", "opened"])
def test_it_is_accessible_fits_a_phone_and_there_the_map_comes_first(server, new_page, opened):
    page = new_page(f"{server}/explore?model=digits-vae-8d{opened}", dark=True)
    assert_no_barriers(page)
    page.set_viewport_size({"width": 390, "height": 900})
    settle(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    picture = page.locator(".st-key-explore_image_panel img")
    assert page.locator(MAP).bounding_box()["y"] < picture.bounding_box()["y"]
    if not opened:
        assert_no_barriers(page)
    page.emulate_media(color_scheme="light")
    assert_no_barriers(page)
    if not opened:
        page.set_viewport_size({"width": 1400, "height": 900})
        assert_no_barriers(page)


def tab_to(page, selector, *, backwards=False):
    """Press Tab until what has the focus is, or is in, what `selector` names."""
    for _ in range(80):
        page.keyboard.press("Shift+Tab" if backwards else "Tab")
        if page.evaluate("s => !!document.activeElement?.closest(s)", selector):
            return
    raise AssertionError(f"Tab does not lead to {selector}")


def test_everything_can_be_done_from_the_keyboard(server, new_page):
    """Choose a model, move, pin, read, look closer, share: without a mouse."""
    page = new_page(server + "/explore?model=digits-vae-8d")
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.wait_for_function(f"document.querySelector('{MAP}').tabIndex === 0")
    settle(page)
    tab_to(page, ".st-key-explore_model [role=combobox], .st-key-explore_model input")
    page.keyboard.type("3 dim")
    expect(page.get_by_role("option")).to_have_count(1)
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("digits-vae-3d"))
    page.wait_for_function("window.latentLoupe.atlas.map.includes('digits-vae-3d')")
    page.wait_for_function(f"document.querySelector('{MAP}').tabIndex === 0")
    settle(page)
    before = page.locator(".latent-announcement").inner_text()
    tab_to(page, MAP)
    assert page.locator(MAP).evaluate("chart => getComputedStyle(chart).outlineStyle") == "solid"
    for key in ("Shift+ArrowLeft", "Shift+ArrowLeft", "ArrowUp", "Enter"):
        page.keyboard.press(key)
    page.wait_for_url(re.compile("[?&](at|image)="))
    settle(page)
    expect(page.locator(".latent-announcement")).not_to_have_text(before)
    assert page.locator(".where").inner_text() in BADGES.values()
    tab_to(page, ".st-key-explore_close")
    page.keyboard.press("Space")
    page.get_by_text("Nearest in latent space").wait_for()
    tab_to(page, ".st-key-explore_take", backwards=True)
    page.keyboard.press("Enter")
    page.get_by_role("dialog").wait_for()
    tab_to(page, "[data-testid='stCode']:has(.language-plaintext) button")
    page.keyboard.press("Enter")
    page.wait_for_function("async () => (await navigator.clipboard.readText()).startsWith('http')")
    link = page.evaluate("navigator.clipboard.readText()")
    page.keyboard.press("Escape")
    page.get_by_role("dialog").wait_for(state="hidden")
    other = new_page(link)
    assert pixels(other) == pixels(page)
    assert panels(other)[:3] == panels(page)[:3]
    other.get_by_text("Nearest in latent space").wait_for()
