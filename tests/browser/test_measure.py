"""The Measure page as a person meets it: measuring, clicks, keys, links, and a phone."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import assert_no_barriers, settle, wait_for_loupe

MODEL = "digits-vae-2d"
PARTS = {
    "plane": "Rate and distortion",
    "dimensions": "Dimensions",
    "posterior": "Exact posterior",
    "anomalies": "Strange images",
    "figures": "All figures",
}
MEASURING_MS = 180_000
# Where a dot stands in client pixels, by what it reports; the first dot without.
DOT = """([key, reported]) => {
    const chart = document.querySelector(`.st-key-${key} .js-plotly-plot`);
    const { xaxis, yaxis } = chart._fullLayout, box = chart.getBoundingClientRect();
    for (const { x, y, customdata } of chart._fullData) {
        const i = customdata ? customdata.indexOf(reported ?? customdata[0]) : -1;
        if (i >= 0) return [box.left + xaxis._offset + xaxis.d2p(x[i]),
                            box.top + yaxis._offset + yaxis.d2p(y[i]), customdata[i]];
    }
}"""


@pytest.fixture(scope="module")
def server(start_server, tmp_path_factory):
    """One of its own: it keeps what is measured."""
    return start_server(VAE_MEASURED_DIR=str(tmp_path_factory.mktemp("measured")))


@pytest.fixture
def open_measure(open_page):
    """Open a part of the page."""

    def open_(part="figures", more="", **visitor):
        page = open_page("measure", query=f"model={MODEL}&part={part}{more}", **visitor)
        expect(page.get_by_role("heading", name="Measure", exact=True)).to_be_visible()
        settle(page)
        return page

    return open_


def cell(page, title):
    """The value of a figure, of the first model."""
    row = page.locator(".measure-table tr", has=page.locator("summary", has_text=title))
    return row.first.locator("td").first


def test_what_is_missing_is_measured_while_one_looks_on(open_measure):
    page = open_measure()
    expect(cell(page, "Exact −log p")).to_have_text("not measured yet")
    page.get_by_role("button", name=re.compile("Measure .* missing figures")).click()
    expect(page.get_by_role("progressbar")).to_be_visible()
    page.reload()  # whoever comes back finds it going on, or done
    expect(page.get_by_role("button", name="Measure again")).to_be_visible(timeout=MEASURING_MS)
    settle(page)
    expect(cell(page, "Exact −log p")).to_have_text(re.compile(r"^\d+\.\d ± \d"))
    expect(page.locator(".measure-tiles")).to_contain_text("exactly")
    definition = page.get_by_text("with nothing left to chance")
    expect(definition).to_be_hidden()
    page.locator("summary", has_text="Exact −log p").first.press("Enter")
    expect(definition).to_be_visible()
    with page.expect_download() as download:
        page.get_by_role("button", name="CSV").click()
    assert "exact_nll" in download.value.path().read_text()


def test_a_dot_of_the_plane_and_its_button_open_a_model(open_measure):
    page = open_measure("plane")
    page.wait_for_selector(".st-key-measure_plane .js-plotly-plot .main-svg")
    button = page.get_by_role("button", name=re.compile("dense-512 · VAE · 8 dimensions"))
    number = int(button.text_content().split(" · ")[0])
    x, y, _ = page.evaluate(DOT, ["measure_plane", number])
    page.mouse.click(x, y)
    page.wait_for_url(re.compile("explore.*model=digits-vae-8d"))
    wait_for_loupe(page)
    page.go_back()
    expect(button).to_be_visible()
    settle(page)
    assert "part=plane" in page.url
    button.press("Enter")
    page.wait_for_url(re.compile("explore.*model=digits-vae-8d"))


def test_an_image_of_the_map_shows_its_exact_posterior_and_a_link_brings_it_back(open_measure):
    page = open_measure("posterior")
    page.wait_for_function("window.latentPin && window.latentLoupe?.atlas")
    settle(page)
    x, y, _ = page.evaluate(DOT, ["measure_map", None])
    page.mouse.click(x, y)
    page.wait_for_url("**image=*")
    number = page.url.split("image=")[1].split("&")[0]
    judged = page.locator(".measure-judged")
    expect(judged).to_contain_text(f"Held-out image {number}, class")
    settle(page)
    expect(page.locator(".st-key-measure_map .latent-shapes ellipse")).to_have_count(2)
    chart = "document.querySelector('.st-key-measure_posterior .js-plotly-plot')"
    assert page.evaluate(f"{chart}._fullData.map(({{ type }}) => type)")[0] == "heatmap"
    said = judged.text_content()
    page.reload()
    expect(judged).to_have_text(said)
    settle(page)
    field = page.get_by_label("Held-out image", exact=True)
    field.fill("12")
    field.press("Enter")
    page.wait_for_url("**image=12*")
    expect(judged).to_contain_text("Held-out image 12, class")


def test_a_picture_of_the_ranking_opens_in_explore(open_measure):
    page = open_measure("anomalies")
    tile = page.locator(".st-key-measure_tile_0")
    number = tile.get_by_role("button").text_content().rpartition(" ")[2]
    box = tile.locator("img").last.bounding_box()
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.wait_for_url(re.compile(f"explore.*image={number}"))
    wait_for_loupe(page)
    expect(page.locator(".st-key-explore_image_panel")).to_contain_text(f"image {number}")


def test_nothing_shuts_anyone_out_and_a_phone_has_room(open_measure):
    page = open_measure(dark=True)
    main = page.get_by_test_id("stMain")
    for part, title in PARTS.items():
        page.set_viewport_size({"width": 1400, "height": 900})
        page.get_by_role("radio", name=title).click()
        page.wait_for_url(f"**part={part}*")
        for scheme in ("dark", "light"):
            page.emulate_media(color_scheme=scheme)
            settle(page)
            assert_no_barriers(page)
        page.set_viewport_size({"width": 390, "height": 800})
        settle(page)
        assert main.evaluate("e => e.scrollWidth - e.clientWidth") <= 0, part
