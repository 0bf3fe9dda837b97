"""Every lesson as a learner does it: read, click, slide, answer, go on."""

import re
import shutil
from functools import partial

import numpy as np
import pytest
from playwright.sync_api import expect

from tests.browser.conftest import assert_no_barriers, assert_nothing_too_wide, settle
from tests.models import write_digits_model
from vae_core import load_checkpoint
from vae_core.metrics.support import Neighbourhood

TO_PIXELS = """([key, x, y]) => {
    const chart = document.querySelector(`.st-key-${key} .js-plotly-plot`);
    const {xaxis, yaxis} = chart._fullLayout, box = chart.getBoundingClientRect();
    return [box.left + xaxis._offset + xaxis.d2p(x), box.top + yaxis._offset + yaxis.d2p(y)];
}"""


@pytest.fixture(scope="module")
def models(model_dir, tmp_path_factory):
    """A VAE, a plain autoencoder of the same images, and a VAE with another beta."""
    folder = tmp_path_factory.mktemp("lessons")
    shutil.copy(model_dir / "digits-vae-2d.safetensors", folder)
    write_digits_model(folder / "digits-ae-2d.safetensors", 2, kind="ae")
    write_digits_model(folder / "digits-vae-2d-beta-0.1.safetensors", 2, beta=0.1)
    return folder


@pytest.fixture(scope="module")
def server(start_server, models):
    return start_server(VAE_CHECKPOINT_DIR=str(models))


@pytest.fixture
def open_learn(open_page):
    return partial(open_page, "learn", ready=settle)


def latents(models, name):
    return load_checkpoint(models / f"digits-{name}.safetensors").latents


def click(page, chart, x, y):
    """A click on a place of a map, once its loupe can answer."""
    page.locator(f".st-key-{chart} .js-plotly-plot .main-svg").first.wait_for()
    page.wait_for_function("window.latentLoupe?.atlas && window.latentPin")
    settle(page)
    page.locator(f".st-key-{chart}").scroll_into_view_if_needed()
    page.mouse.click(*page.evaluate(TO_PIXELS, [chart, x, y]))


def click_image(page, chart, mu):
    """A click on the dot of an image, and where another lies over it, on that one."""
    click(page, chart, float(mu[0]), float(mu[1]))


def empty_place(found):
    """A place without data among the data, or near it: the map shows it."""
    data = Neighbourhood(found)
    low, high = data.mu.min(0), data.mu.max(0)
    grid = np.random.default_rng(0).uniform(low, high, (4000, 2))
    return max(grid, key=lambda z: data.distance(z[None])[0]).tolist()


def pull(page, name, *, to):
    """Move a slider by its keys."""
    thumb = page.get_by_role("slider", name=re.compile(name))
    thumb.focus()
    for key in to:
        page.keyboard.press(key)
    settle(page)


def answer(page, option):
    page.locator(".stRadio").get_by_text(option, exact=True).click()
    page.get_by_role("button", name="Answer").click()
    settle(page)


def expect_undone(page):
    expect(page.locator(".task[role=status]")).to_contain_text("Your turn.")


def expect_done(page):
    expect(page.locator(".task[role=status]")).to_contain_text("Done.")


def go_on(page):
    expect_done(page)
    page.get_by_role("button", name="Next", exact=True).click()
    settle(page)
    expect_undone(page)


def assert_learnt(page):
    expect_done(page)
    expect(page.get_by_text("Lesson done.")).to_be_visible()


def test_what_an_autoencoder_is(open_learn, models):
    page = open_learn()
    page.locator(".st-key-learn_card_autoencoder").get_by_role("button").click()
    codes = latents(models, "vae-2d")
    chart = "learn_autoencoder_map"
    click_image(page, chart, codes.mu[0])
    go_on(page)
    answer(page, "About 30 times fewer")
    go_on(page)
    wanted = int(re.search(r"picture of class (\d)", page.inner_text(".stMain"))[1])
    goal = np.median(codes.mu.numpy()[codes.labels.numpy() == wanted], axis=0)
    for number, value in zip(("First", "Second"), goal, strict=True):
        steps = round(float(value) / 0.1)
        pull(page, number, to=["ArrowRight" if steps > 0 else "ArrowLeft"] * abs(steps))
    go_on(page)
    click_worst(page)
    go_on(page)
    answer(page, "About half")
    assert_learnt(page)
    # All of it is in the link.
    page.reload()
    settle(page)
    assert_learnt(page)
    expect(page.get_by_role("button", name=re.compile(r"\(done\)"))).to_have_count(4)
    assert_no_barriers(page)


def click_worst(page):
    """The image that is drawn worst, by its number field: its dot may lie under another."""
    page.locator(".st-key-learn_autoencoder_nats .js-plotly-plot .main-svg").first.wait_for()
    settle(page)
    colours = page.evaluate(
        """() => document.querySelector('.st-key-learn_autoencoder_nats .js-plotly-plot')._fullData
            .flatMap((trace) => Array.from(trace.customdata).map((image, i) =>
                [image, trace.marker.color[i]]))"""
    )
    worst = max(colours, key=lambda pair: pair[1])[0]
    field = page.get_by_label(re.compile("Held-out image"))
    page.wait_for_function("window.latentPin")
    field.fill(str(worst))
    field.press("Enter")


def test_why_some_maps_have_holes(open_learn, models):
    page = open_learn(query="lesson=holes", dark=True)
    ae, vae = latents(models, "ae-2d"), latents(models, "vae-2d")
    click(page, "learn_holes_ae", *empty_place(ae))
    go_on(page)
    answer(page, "A few times as far")
    click(page, "learn_holes_bothb", *vae.mu[3].tolist())  # the second of two maps answers too
    expect(page.locator(".st-key-learn_holes_bothb .latent-pin").first).to_be_attached()
    go_on(page)
    answer(page, "With the VAE")
    go_on(page)
    click_image(page, "learn_holes_vae", vae.mu[5])
    go_on(page)
    click(page, "learn_holes_left", *empty_place(vae))
    assert_learnt(page)
    assert_no_barriers(page)


def test_the_reparameterization_trick(open_learn):
    page = open_learn(query="lesson=reparameterization")
    pull(page, "Centre", to=["End"])
    pull(page, "Width", to=["Home"])
    go_on(page)
    answer(page, "It rises by 0.1")
    go_on(page)
    answer(page, "Those with the trick")
    expect(page.get_by_text(re.compile("Right: "))).to_be_visible()
    go_on(page)
    pull(page, "Number of draws", to=["End"])
    go_on(page)
    pull(page, "How many times", to=["Home"])
    assert_learnt(page)


def test_the_elbo_and_its_kl(open_learn, models):
    page = open_learn(query="lesson=elbo&class=blue-7")
    assert_no_barriers(page)  # its formula fills the column
    codes = latents(models, "vae-2d")
    far = int(np.argmax(np.square(codes.mu.numpy()).sum(1)))
    click_image(page, "learn_elbo_map", codes.mu[far])
    go_on(page)
    pull(page, "Centre", to=["ArrowLeft"] * 15)
    pull(page, "Width", to=["ArrowRight"] * 5)
    expect(page.get_by_text("KL = 0.000 nats")).to_be_visible()
    go_on(page)
    answer(page, "No, never")
    expect(page.locator("meter").first).to_have_attribute("value", "1")
    go_on(page)
    pull(page, "Width", to=["ArrowRight"] * 5)
    pull(page, "Centre", to=["ArrowLeft"] * 15)
    pull(page, "Width", to=["Home"])
    go_on(page)
    pull(page, "Number of draws", to=["End"])
    go_on(page)
    answer(page, "Yes")
    expect(page.get_by_text(re.compile("Not quite"))).to_be_visible()
    pull(page, "Centre", to=["ArrowLeft"] * 15)
    pull(page, "Width", to=["ArrowRight"] * 5)
    expect(page.locator(".goals")).to_contain_text("as written: wrong by")
    assert_learnt(page)
    assert_no_barriers(page)


def test_what_beta_does(open_learn):
    page = open_learn(query="lesson=beta", width=390)
    assert top_of(page, "learn_step") < top_of(page, "learn_beta_map") < top_of(page, "learn_later")
    answer(page, "They grow")
    expect_undone(page)
    pull(page, "beta", to=["Home"])
    go_on(page)
    pull(page, "beta", to=["End"])
    go_on(page)
    answer(page, "That of the smallest β")
    go_on(page)
    answer(page, "That of the smallest β")
    go_on(page)
    pull(page, "beta", to=["End"])
    assert_learnt(page)
    assert_nothing_too_wide(page)
    assert_no_barriers(page)


def test_a_teachers_link_shows_one_step_to_a_class(open_learn, open_url):
    page = open_learn(query="lesson=elbo&step=3")
    page.get_by_role("button", name="Teacher").click()
    page.get_by_role("textbox", name="Name of the class").fill("blue-8")
    page.keyboard.press("Enter")
    code = page.get_by_test_id("stPopoverBody").get_by_test_id("stCode").locator("code")
    expect(code).to_contain_text("class=blue-8")
    expect(page.get_by_text("This link works on this computer only.")).to_be_visible()
    link = code.inner_text().strip()
    pupil = open_url(link, ready=settle)
    expect(pupil.get_by_role("button", name="Next")).to_have_count(0)
    expect(pupil.get_by_test_id("stHeader")).to_be_hidden()
    answer(pupil, "No, never")
    # The teacher's own page hears of it without a click.
    page.goto(link)
    settle(page)
    answer(page, "No, never")
    expect(page.locator("meter").first).to_have_attribute("value", "2")
    # Loaded again, the page knows what was answered, and asks for no second vote.
    pupil.reload()
    settle(pupil)
    expect(pupil.get_by_text("“No, never” is counted.")).to_be_visible()
    expect(pupil.get_by_role("radio", name="No, never")).to_be_checked()
    expect(pupil.get_by_role("button", name="Answer")).to_be_disabled()
    pupil.locator(".stRadio").get_by_text("Yes, for some μ and σ", exact=True).click()
    expect(pupil.get_by_text("Not quite.")).to_be_visible()
    expect(pupil.locator("meter").first).to_have_attribute("value", "2")
    expect(pupil.locator("meter").last).to_have_attribute("value", "0")
    # Nor does the teacher's link, opened afresh in the same browser.
    pupil.goto(link)
    settle(pupil)
    expect(pupil.get_by_text("“No, never” is counted.")).to_be_visible()
    expect(pupil.get_by_role("button", name="Answer")).to_be_disabled()


def top_of(page, key):
    return page.locator(f".st-key-{key}").bounding_box()["y"]


@pytest.mark.parametrize(("width", "first"), [(1400, "learn_head"), (390, "learn_step")])
def test_another_step_is_read_from_its_beginning(open_learn, width, first):
    """On a phone from its card; beside its live side from the head of both."""
    page = open_learn(query="lesson=elbo&step=4", width=width, height=600)
    page.get_by_role("button", name="Next", exact=True).scroll_into_view_if_needed()
    assert top_of(page, "learn_step") < 0
    page.get_by_role("button", name="Next", exact=True).click()
    expect(page.locator(".st-key-learn_step h2")).to_contain_text("Three roads")
    page.wait_for_function(
        """key => {
            const { top } = document.querySelector(`.st-key-${key}`).getBoundingClientRect();
            return 0 < top && top < 300;
        }""",
        arg=first,
    )
