"""What all pages have in common: one step back is the page before, as it was left."""

import re

from playwright.sync_api import expect

from tests.browser.conftest import settle, wait_for_loupe

PAGES = [
    "Compare", "Generate", "Compare", "Interpolate", "Arithmetic", "Draw", "Measure", "Train",
    "Learn",
]  # fmt: skip
BARE = ("Train", "Learn")  # whose address says nothing at first
SLOW = 6  # times; there the address of a page comes long before its path


def test_one_step_back_is_the_page_before_as_it_was_left(server, new_page):
    page = new_page(f"{server}/explore?model=digits-vae-2d&image=7&n=500")
    left = page.url
    processor = page.context.new_cdp_session(page)
    for name, slowdown in [*((name, 1) for name in PAGES), ("Interpolate", SLOW)]:
        processor.send("Emulation.setCPUThrottlingRate", {"rate": slowdown})
        page.get_by_role("link", name=name, exact=True).click()
        expect(page.get_by_role("heading", name=name, exact=True)).to_be_visible()
        page.wait_for_url(re.compile(rf"/{name.lower()}\b" + (r"\?" if name not in BARE else "")))
        settle(page)
        page.go_back()
        wait_for_loupe(page)
        assert page.url == left
        expect(page.locator(".st-key-explore_image_panel")).to_contain_text(re.compile("image 7"))


def test_a_change_within_a_page_adds_no_step(server, new_page):
    page = new_page(f"{server}/explore?model=digits-vae-2d")
    page.get_by_role("link", name="Generate", exact=True).click()
    page.wait_for_url(re.compile("generate.*model="))
    settle(page)
    before = page.evaluate("history.length")
    page.get_by_role("button", name="Another").click()
    page.wait_for_url(re.compile("seed=1"))
    assert page.evaluate("history.length") == before
