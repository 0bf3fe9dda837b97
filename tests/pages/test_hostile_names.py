"""Names from outside, of presets, data sets and classes, are words and never markup."""

import json
import re
from dataclasses import replace

import numpy as np
import pytest

from tests.models import save_again
from ui.catalogue import find_entries
from ui.learn.lessons import GROUPS, LESSONS
from ui.literal import literal
from ui.measure import headline, results
from vae_core import encode, load_checkpoint, load_images
from vae_core.checkpoint_header import DatasetInfo
from vae_core.evaluation.measured import Measured

PRESET = "![p](https://a.bc/d.png) <i>preset"
CLASSES = tuple(f"![c](https://a.bc/d.png) <i>{n}" for n in range(10))
DATA = "![d](d.png) <i>data.npz"
MARKDOWN = re.compile(r"(?<!\\)(!\[|<i>)")
LESSON_KEYS = [lesson.key for lesson in LESSONS if lesson.group != GROUPS[-1]]
# What each lesson says: the name of its model, those of classes, or both.
NAMING = {
    "autoencoder": ("class",),
    "between": ("class",),
    "strange": ("model", "class"),
    "dimension": ("model", "class"),
    "compression": ("model", "class"),
}


@pytest.fixture(scope="module")
def hostile_dir(model_dir, tmp_path_factory):
    """The tiny models, as if they were of an own data set and a preset with such names."""
    folder = tmp_path_factory.mktemp("hostile")
    digits = load_images("digits", "test").joined(load_images("digits", "train"))
    np.savez(folder / DATA, images=digits.images, labels=digits.labels, classes=np.array(CLASSES))
    held_out = load_images(str(folder / DATA), "test")
    dataset = DatasetInfo(held_out.name, held_out.sha256(), held_out.classes)
    for path in model_dir.glob("*.safetensors"):
        saved = load_checkpoint(path)
        saved.model.config = replace(saved.model.config, preset=PRESET)
        latents = encode(saved.model, held_out)
        save_again(saved, folder / path.name, dataset=dataset, latents=latents)
    return folder


@pytest.fixture(autouse=True)
def use_hostile(hostile_dir, monkeypatch):
    monkeypatch.setenv("VAE_CHECKPOINT_DIR", str(hostile_dir))


@pytest.mark.parametrize("key", LESSON_KEYS)
def test_a_lesson_shows_names_as_they_are(open_app, key):
    app = open_app()
    app.switch_page("pages/learn.py")
    app.query_params.clear()
    app.query_params["lesson"], app.query_params["answers"] = key, f"{key}.00000"
    shown = ""
    for step in range(1, 6):
        app.query_params["step"] = str(step)
        app.run()
        assert not app.exception
        markdown = [e.value for e in (*app.markdown, *app.caption, *app.info, *app.error)]
        assert [words for words in markdown if MARKDOWN.search(words)] == []
        for element in app.get("html"):
            assert "<i>" not in element.proto.body
        for chart in app.get("plotly_chart"):
            spec = json.loads(chart.proto.spec)
            traces = [{**trace, "name": ""} for trace in spec["data"]]  # which is not shown
            assert "<i>" not in json.dumps([traces, spec["layout"]])
        shown += "\n".join(markdown)
    assert ((literal(PRESET) in shown), (literal(CLASSES[0][:-1]) in shown)) == tuple(
        name in NAMING.get(key, ()) for name in ("model", "class")
    )


def test_a_headline_shows_the_names_of_data_sets_as_they_are():
    column = results.columns(find_entries()[0])[0]
    note = f"359 images against 359 of {DATA}"
    figures = {"anomaly_reconstruction": Measured("anomaly_reconstruction", 0.99, note=note)}
    said = headline.sentence(replace(column, figures=figures))
    assert said.count(literal(DATA)) == 2
    assert not MARKDOWN.search(said)
