"""Images of one's own: from an upload to a map that can be explored."""

import re
import zipfile
from functools import partial
from io import BytesIO

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from tests.browser.conftest import assert_no_barriers, settle, wait_for_loupe
from tests.core.test_adapter import IMAGES, SHAPE, Textbook
from tests.own_images import colour_zip, grey_npz
from vae_core import adapt, write_explorer

WAIT = 150_000  # milliseconds: a worker lets everyone else go first, and tests run side by side
BRING, KEEP = "Bring your own images", "Keep these images"


@pytest.fixture(scope="module")
def server(start_server, tmp_path_factory):
    """Models and data sets of its own, none to begin with."""
    names = ("VAE_CHECKPOINT_DIR", "VAE_OWN_DIR")
    return start_server(**{name: str(tmp_path_factory.mktemp("empty")) for name in names})


@pytest.fixture
def open_dialog(open_page):
    """Open the Train page, and the dialog there."""
    return partial(open_page, "train", ready=wait_for_dialog)


def wait_for_dialog(page):
    page.get_by_role("button", name=BRING).click(timeout=WAIT)
    page.get_by_role("dialog").wait_for(timeout=WAIT)
    settle(page)


def upload(page, name, data):
    """Put a file into the field."""
    file = {"name": name, "mimeType": "application/octet-stream", "buffer": data}
    page.locator("input[type=file]").set_input_files(file)


def bring(page, file, data, size, classes):
    """Upload a file, look at its classes, and keep it."""
    upload(page, file, data)
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_text(size)).to_be_visible(timeout=WAIT)
    for name in classes:
        expect(dialog.get_by_alt_text(f"Example of class {name}", exact=True)).to_have_count(10)
    page.get_by_role("button", name=KEEP).click()
    dialog.wait_for(state="detached", timeout=WAIT)
    settle(page)
    stem = file.split(".")[0]
    expect(page.get_by_role("combobox", name=re.compile("Data set"))).to_have_value(stem)


ONES_OWN = {
    "colour pictures in folders": (
        "shapes.zip", colour_zip, "500 images, 5 classes", ("bar", "disc", "slash"),
    ),
    "a grey array": (
        "blobs.npz", grey_npz, "120 images, 3 classes", ("bar", "<b>disc</b> **$x$**", "pole"),
    ),
}  # fmt: skip


@pytest.mark.parametrize("own", ONES_OWN)
def test_from_an_upload_to_a_map_that_can_be_explored(open_dialog, own):
    file, make, size, classes = ONES_OWN[own]
    page = open_dialog()
    bring(page, file, make(), size, classes)
    train(page)
    page.get_by_role("button", name="Keep this moment").click()
    page.get_by_role("button", name="Keep it as a model").click()
    page.get_by_role("button", name="Open it in Explore").click()
    wait_for_loupe(page)
    explore(page, classes)


def train(page):
    """One epoch of the quickest network."""
    preset = page.get_by_role("combobox", name=re.compile("Preset"))
    preset.fill("dense-512")
    preset.press("Enter")
    settle(page)
    expect(preset).to_have_value("dense-512")
    epochs = page.get_by_label("Epochs", exact=True)
    epochs.fill("1")
    epochs.press("Enter")
    settle(page)
    page.get_by_role("button", name="Start training").click()
    page.get_by_text("Done: the one epoch.").wait_for(timeout=WAIT)
    settle(page)


def explore(page, classes):
    """Point, click, look closer, lay pictures under the points."""
    chart = page.locator(".st-key-explore_map .js-plotly-plot")
    for name in classes:
        expect(chart.get_by_text(name, exact=True)).to_be_visible()
    box = chart.bounding_box()
    page.mouse.move(box["x"] + 0.6 * box["width"], box["y"] + 0.4 * box["height"])
    page.locator(".latent-loupe canvas").wait_for()
    page.mouse.click(box["x"] + 0.6 * box["width"], box["y"] + 0.4 * box["height"])
    settle(page)
    decoded = page.locator(".st-key-explore_decoded_panel img")
    expect(decoded).to_have_attribute("alt", re.compile("[Dd]ecoded"))
    assert decoded.evaluate("e => e.naturalWidth") in (32, 64)
    original = page.locator(".st-key-explore_image_panel img")
    assert original.evaluate("e => e.naturalWidth") == decoded.evaluate("e => e.naturalWidth")
    page.get_by_text("Decoded images", exact=True).click()
    settle(page)
    expect(page.get_by_test_id("stAlert")).to_have_count(0)


def test_a_folder_keeps_its_classes(open_dialog, tmp_path):
    with zipfile.ZipFile(BytesIO(colour_zip(20))) as archive:
        archive.extractall(tmp_path)
    page = open_dialog()
    page.get_by_text("A folder", exact=True).click()
    settle(page)
    page.locator("input[webkitdirectory]").set_input_files(tmp_path / "shapes")
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_text("20 images, 5 classes")).to_be_visible(timeout=WAIT)
    expect(dialog.get_by_label("Name")).to_have_value("shapes")


def test_a_bad_file_is_one_sentence_and_another_can_follow(open_dialog):
    page = open_dialog()
    upload(page, "evil.zip", colour_zip(20)[:-100])
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_role("alert")).to_have_text(re.compile(r"evil\.zip is not a readable zip"))
    expect(dialog.get_by_role("button", name=KEEP)).to_have_count(0)
    dialog.get_by_role("button", name=re.compile("Remove")).click()
    settle(page)
    upload(page, "good.zip", colour_zip(20))
    expect(dialog.get_by_role("button", name=KEEP)).to_be_visible(timeout=WAIT)
    expect(dialog.get_by_role("alert")).to_have_count(0)


def test_it_is_accessible_and_fits_a_phone(open_dialog):
    page = open_dialog(dark=True)
    upload(page, "shapes.zip", colour_zip(20))
    page.get_by_role("button", name=KEEP).wait_for(timeout=WAIT)
    for scheme in ("dark", "light"):
        page.emulate_media(color_scheme=scheme)
        settle(page)
        assert_no_barriers(page)
    page.set_viewport_size({"width": 390, "height": 900})
    settle(page)
    wide = page.get_by_role("dialog").evaluate(
        "d => [...d.querySelectorAll('*:not(input)')].filter("
        "e => e.offsetParent && e.getBoundingClientRect().right > innerWidth + 1)"
        ".map(e => e.outerHTML.slice(0, 120))"
    )
    assert wide == []


def test_an_adapted_model_s_page_decodes_under_the_mouse_and_from_the_keyboard(open_url, tmp_path):
    model = adapt(Textbook(), SHAPE)
    path = write_explorer(model, IMAGES, tmp_path / "map.html", n=20)
    page = open_url(path.as_uri())
    told = page.locator("#told")
    expect(told).to_have_text(re.compile(r"z1 = .*, z2 = .* latent units"))
    pixels = "e => Array.from(e.getContext('2d').getImageData(0, 0, 8, 8).data)"
    seen = [page.locator("#picture").evaluate(pixels)]
    page.locator("#map").hover(position={"x": 20, "y": 20})
    seen.append(page.locator("#picture").evaluate(pixels))
    for _ in range(9):
        page.locator("#map").press("ArrowRight")
    seen.append(page.locator("#picture").evaluate(pixels))
    assert seen[0] != seen[1] != seen[2]
    found = Axe().run(page, options={"resultTypes": ["violations"]}).response["violations"]
    assert [v["id"] for v in found if v["impact"] in ("serious", "critical")] == []
