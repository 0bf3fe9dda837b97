"""The lessons "Spot the bug" as a person meets them: each done by performing its steps."""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import assert_no_barriers, settle
from ui.learn.lessons.bugs import BUGS
from vae_core.flaws import FLAWS

MAPS = "document.querySelectorAll('.js-plotly-plot').length"
# Keys that bring the slider of the second step to where it should be.
PRESSES = {
    "shared-head": ["End", *["ArrowLeft"] * 4],
    "wrong-kl": ["ArrowLeft"] * 6,
    "mismatched-ranges": ["ArrowRight"] * 10,
}


def is_done(page):
    expect(page.locator(".task.done[role=status]")).to_be_visible()
    settle(page)


def go_on(page):
    page.get_by_role("button", name="Next", exact=True).click()
    expect(page.locator(".task.done")).to_have_count(0)
    settle(page)


def see(page, key):
    if key == "raw-spread":
        page.get_by_role("button", name="Train it as it is written").click()
        expect(page.get_by_text("stopped being a number")).to_be_visible()
        return
    slider = page.get_by_role("slider").first
    for press in PRESSES[key]:
        slider.press(press)
        settle(page)


@pytest.mark.parametrize("lesson", BUGS, ids=lambda lesson: lesson.key)
def test_a_lesson_is_done_by_doing_its_steps(open_page, lesson):
    page = open_page("learn", query=f"lesson={lesson.key}&step=1", height=1400)
    page.get_by_role("radio").first.check(force=True)
    settle(page)
    page.get_by_role("button", name="Answer", exact=True).click()
    is_done(page)
    go_on(page)
    see(page, lesson.key)
    is_done(page)
    go_on(page)
    page.get_by_role("radiogroup").get_by_text(FLAWS[lesson.key].flawed.line, exact=True).click()
    expect(page.get_by_text("That is the line.")).to_be_visible()
    is_done(page)
    go_on(page)
    page.get_by_text("Use the cure").click()
    is_done(page)
    page.wait_for_function(f"{MAPS} === 2")
    expect(page.get_by_text("Lesson done.")).to_be_visible()
    assert f"{lesson.key}.1111" in page.url


def test_the_cure_shuts_nobody_out_and_fits_on_a_phone(open_page):
    page = open_page("learn", query="lesson=shared-head&step=4", dark=True)
    page.get_by_text("Use the cure").click()
    page.wait_for_function(f"{MAPS} === 2")
    settle(page)
    page.get_by_text("The code that runs").click()
    page.get_by_text("The cured code").click()
    settle(page)
    for scheme in ("dark", "light"):
        page.emulate_media(color_scheme=scheme)
        settle(page)
        assert_no_barriers(page)
    page.set_viewport_size({"width": 390, "height": 800})
    settle(page)
    main = page.get_by_test_id("stMain")
    assert main.evaluate("e => e.scrollWidth - e.clientWidth") <= 0
