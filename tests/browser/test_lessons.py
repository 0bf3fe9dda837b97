"""The lessons on maps, ways, strange images, dimension and compression, done in the browser.

Each is done from its first step to its last, as a learner does it: answer, then do what is asked.
"""

import re

import numpy as np
import pytest
from playwright.sync_api import expect

from tests.browser.conftest import assert_no_barriers, assert_nothing_too_wide, settle
from ui.learn import material, models
from ui.learn.lessons import LESSONS
from ui.learn.work import between as ways
from ui.learn.work import dimension as dimensions
from ui.learn.work import honest as maps
from ui.learn.work import packing as bits
from ui.learn.work import strange as scores


@pytest.fixture(autouse=True)
def same_models(model_dir, tmp_path, monkeypatch):
    """The tests know what the server knows: that is how they tell what is to be found."""
    monkeypatch.setenv("VAE_CHECKPOINT_DIR", str(model_dir))
    monkeypatch.setenv("VAE_DATA_DIR", str(tmp_path / "no-data"))


def flat():
    return models.exhibit("digits-vae-2d")


def wide():
    return models.exhibit("digits-vae-8d")


def class_at(label):
    return material.class_name(flat(), label)


def best(values, pick=min):
    return pick(values, key=values.get)


def slide(name, index):
    """Move a slider to its place of this number, from 0; -1 is the last."""

    def act(page, step):
        page.locator(f'[class*="st-key-{step}_{name}"] input[type=range]').focus()
        page.keyboard.press("End" if index == -1 else "Home")
        for _ in range(index):
            page.keyboard.press("ArrowRight")
        settle(page)

    return act


def choose(name, text):
    """Choose from a list of the step, or of the lesson."""

    def act(page, step):
        keys = (step, step.rpartition("_")[0])
        lists = ", ".join(f'[class*="st-key-{k}_{name}"] input[role=combobox]' for k in keys)
        box = page.locator(lists)
        box.scroll_into_view_if_needed()
        settle(page)  # an open list closes when the page scrolls
        if box.input_value() == text:  # it is chosen already: typing it again would open no list
            return
        box.fill(text)  # typed, since a long list is there only as far as it is seen
        page.get_by_role("option", name=text, exact=True).click()
        settle(page)

    return act


def press(name, text):
    """Press one of several buttons that exclude each other."""

    def act(page, step):
        buttons = page.locator(f'[class*="st-key-{step}_{name}"]')
        buttons.get_by_role("radio", name=text, exact=True).click()
        settle(page)

    return act


def honest():
    n = range(8)
    far = {(a, b): maps.apart(wide(), (a, b)) for a in n for b in range(a + 1, 8)}
    axes = best(far, max)
    held = {angle: maps.horizontal_share(flat(), angle) for angle in range(0, 180, maps.TURN)}
    return [
        [slide("directions", maps.enough(wide(), 0.9) - 1)],
        [choose("axes", f"PC {axes[0] + 1} and PC {axes[1] + 1}")],
        [slide("share", -1)],
        [slide("times", 0)],
        [slide("angle", best(held, max) // maps.TURN)],
    ]


def between():
    exhibit = flat()
    a, b = best(ways.thinnest(exhibit))
    c, d = max(ways.pairs(exhibit), key=lambda pair: ways.saved(exhibit, pair))
    lengths = ways.bent_ways(exhibit, (c, d)).lengths
    return [
        [slide("share", 5)],
        [choose("fr", class_at(a)), choose("to", class_at(b))],
        [
            choose("fr", class_at(c)),
            choose("to", class_at(d)),
            slide("bend", int(lengths.argmin())),
        ],
        [press("even", "picture")],
        [slide("far", -1)],
    ]


def strange():
    entry = flat().entry
    places = scores.alarms(entry, "turned")
    worth = [np.subtract(*scores.caught(entry, "turned", alarm)) for alarm in places]
    strangest = scores.BRIGHTNESS[int(scores.fading(entry).argmax())]
    return [
        [slide("rank", -1)],
        [slide("alarm", int(np.argmax(worth)))],
        [press("method", "−ELBO"), press("method", "Exact −log p")],
        [press("method", "Corrected")],
        [slide("brightness", strangest // 10), slide("brightness", 0)],
    ]


def dimension():
    found = {label: each.value for label, each in dimensions.of_classes(flat()).items()}
    longest = dimensions.models_of(flat())[-1].entry
    return [
        [slide("noise", 5)],
        [slide("dims", -1)],
        [slide("n", -1)],
        [choose("class", class_at(best(found, max)))],
        [choose("model", models.in_words(longest))],
    ]


def compression():
    totals = bits.totals(flat()).sum(1)
    costs = {models.in_words(e): bits.costs(e).by_model.mean() for e in bits.models_of(flat())}
    return [
        [choose("class", class_at(best(bits.by_class(flat()))))],
        [choose("model", best(costs))],
        [slide("step", -1)],
        [slide("step", int(totals.argmin()))],
        [slide("n", -1)],
    ]


DONE_BY = {each.__name__: each for each in (honest, between, strange, dimension, compression)}


@pytest.mark.parametrize("key", DONE_BY)
def test_a_lesson_is_done_from_its_first_step_to_its_last(open_page, key):
    lesson = next(each for each in LESSONS if each.key == key)
    width = 390 if key == "compression" else 1400  # a phone does as well
    page = open_page("learn", query=f"lesson={key}", dark=key == "between", width=width)
    for step, actions in zip(lesson.steps, DONE_BY[key](), strict=True):
        expect(page.locator(".st-key-learn_step h2")).to_contain_text(step.title)
        options = page.locator('[class*="_question"] [role=radiogroup]')
        options.get_by_text(step.question.options[0], exact=True).click()
        page.get_by_role("button", name="Answer", exact=True).click()
        page.get_by_text(re.compile("^(Right|Not quite)")).wait_for()
        settle(page)
        for act in actions:
            act(page, f"learn_{key}_{step.key}")
        expect(page.locator("[role=status].task.done")).to_be_visible()
        settle(page)
        assert_nothing_too_wide(page)
        if step is not lesson.steps[-1]:
            page.get_by_role("button", name="Next", exact=True).click()
    expect(page.get_by_text("Lesson done.")).to_be_visible()
    page.wait_for_url(re.compile(rf"{key}\.1{{5}}"))
    assert_no_barriers(page)


def test_quick_presses_on_a_slider_leave_the_page_alive(open_page):
    page = open_page("learn", query="lesson=honest&step=5")
    page.get_by_role("slider").first.focus()
    for i in range(40):  # to and fro, some faster than the server answers
        page.keyboard.press("ArrowRight" if i % 8 < 5 else "ArrowLeft")
        page.wait_for_timeout((30, 120, 260, 400)[i % 4])
    settle(page)
    app = page.get_by_test_id("stApp")
    expect(app).to_have_attribute("data-test-connection-state", "CONNECTED")
