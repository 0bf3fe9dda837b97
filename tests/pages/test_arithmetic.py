"""Tests for pages/arithmetic.py: two groups, their difference, and what it is added to."""

import csv
import json
import re
from dataclasses import replace
from io import StringIO

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from streamlit.testing.v1 import AppTest

from tests.models import save_again
from tests.pages.conftest import APP, chart, component, fire, param, texts
from tests.pages.readers import N_HELD_OUT, alts, assert_defined
from ui import cache, catalogue
from ui.arithmetic import groups, take, trust
from ui.arithmetic.groups import Group
from ui.images import NO_PICTURE
from ui.link import MAX_COORDINATE
from vae_core import fit_plane, load_checkpoint
from vae_core.attributes import attribute_vector
from vae_core.metrics.directions import Reliability, Transfer

PARTS = ("model", "plus", "minus", "image", "times")


def open_arithmetic(**params: str) -> AppTest:
    app = AppTest.from_file(APP, default_timeout=60)
    app.session_state["resume"] = "pages/arithmetic.py"
    app.session_state["resume_query"] = params
    app.run()
    assert not app.exception
    return app


def widget(app, name):
    kinds = (app.button, app.number_input, app.selectbox, app.slider, app.get("button_group"))
    return next((w for kind in kinds for w in kind if w.key == f"arithmetic_{name}"), None)


def markup(app, class_):
    found = [e.proto.body for e in app.get("html") if f"<div class={class_}>" in e.proto.body]
    return found[0] if found else ""


def code(app):
    """The code of the result, as it is told."""
    said = re.search(r"Code of the result: \(([^)]*)\)", texts(app))[1]
    return [float(value) for value in said.split(",") if value != " …"]


def mean(checkpoint, label):
    chosen = checkpoint.latents.labels.numpy() == label
    return checkpoint.latents.mu.double().numpy()[chosen].mean(0)


@pytest.fixture
def one_class(saved, tmp_path, monkeypatch):
    """A model of data without labels."""
    loaded = saved("vae-2d")
    dataset = replace(loaded.dataset, name="mnist", classes=("any",))
    latents = replace(loaded.latents, labels=torch.zeros_like(loaded.latents.labels))
    path = tmp_path / "one" / "one.safetensors"
    save_again(loaded, path, dataset=dataset, latents=latents)
    monkeypatch.setenv("VAE_CHECKPOINT_DIR", str(path.parent))


def test_without_models_it_says_what_to_do(tmp_path, monkeypatch):
    monkeypatch.setenv("VAE_CHECKPOINT_DIR", str(tmp_path))
    app = open_arithmetic()
    assert "There is no model in" in app.info[0].value
    assert not app.get("plotly_chart")


@pytest.mark.parametrize("name", ["vae-1d", "vae-2d", "vae-3d", "vae-8d", "ae-2d"])
def test_it_opens_with_a_sum_that_shows_something(name):
    app = open_arithmetic(model=f"digits-{name}")
    assert_defined(app)
    assert not app.toast
    assert [name for name in PARTS if name in app.query_params] == list(PARTS)
    assert len(alts(markup(app, "sum"))) == 4
    assert len(alts(markup(app, "multiples"))) == 14  # with codes, and with pixels
    assert "Can the direction be trusted?" in texts(app)
    assert len(re.findall("<meter", markup(app, "trust"))) == 6
    assert app.get("plotly_chart")[0].proto.alt


@pytest.mark.parametrize("name", ["vae-1d", "vae-8d", "ae-2d"])
def test_the_result_is_the_start_plus_so_much_of_the_difference(saved, name):
    app = open_arithmetic(
        model=f"digits-{name}", plus="class:3", minus="class:8", image="5", times="-1.5"
    )
    loaded = saved(name)
    wanted = loaded.latents.mu[5].double().numpy() - 1.5 * (mean(loaded, 3) - mean(loaded, 8))
    np.testing.assert_allclose(code(app), wanted, atol=6e-4)
    assert not app.toast


def test_a_link_opens_what_its_sender_saw():
    sent = {
        "model": "digits-vae-8d", "plus": "lasso:-1.0,-1.0;1.0,-1.0;0.0,1.5",
        "minus": "box:-3.0,-0.5,-3.0,3.0", "at": "0.25,-0.5", "times": "0.7",
    }  # fmt: skip
    app = open_arithmetic(**sent)
    assert_defined(app)
    assert not app.toast
    assert {name: param(app, name) for name in sent} == sent
    again = open_arithmetic(**sent)
    for class_ in ("sum", "multiples", "trust"):
        assert markup(app, class_) == markup(again, class_)


def test_the_slider_says_how_much_is_added():
    app = open_arithmetic(model="digits-vae-2d", plus="class:1", minus="class:0", image="3")
    there = np.array(code(app))
    widget(app, "times").set_value(0.0).run()
    start = np.array(code(app))
    widget(app, "times").set_value(2.0).run()
    np.testing.assert_allclose(np.array(code(app)) - start, 2 * (there - start), atol=4e-3)
    assert param(app, "times") == "2"
    assert "<figure class=now>" in markup(app, "multiples")


def test_a_multiple_between_those_of_the_row_joins_it():
    app = open_arithmetic(model="digits-vae-2d", times="0.7")
    assert len(alts(markup(app, "multiples"))) == 16
    now = markup(app, "multiples").split("<figure class=now>")[1:]
    assert [alts(part)[0].split(":")[0] for part in now[:1]] == ["0.7 ×, chosen"]
    assert len(now) == 2


def test_the_words_tell_the_groups_and_their_sizes(saved):
    app = open_arithmetic(model="digits-vae-2d", plus="class:3", minus="class:8")
    labels = saved("vae-2d").latents.labels.numpy()
    said = re.sub("<[^>]*>", " ", markup(app, "sum"))
    for label in (3, 8):
        assert f"class {label}, {(labels == label).sum()} images" in said


def test_a_class_is_chosen_from_the_list():
    app = open_arithmetic(model="digits-vae-2d", plus="class:3", minus="class:8")
    widget(app, "plus").select("class:5").run()
    assert param(app, "plus") == "class:5"
    assert "class 5" in markup(app, "sum")
    assert param(app, "minus") == "class:8"


def test_a_box_is_chosen_and_moved_by_the_keyboard(saved):
    app = open_arithmetic(model="digits-vae-2d", plus="class:3", minus="class:8")
    assert widget(app, "plus_left") is None
    widget(app, "plus").select("box").run()
    left, right, bottom, top = map(float, param(app, "plus")[4:].split(","))
    xy = saved("vae-2d").latents.mu.numpy()
    inside = (xy >= (left, bottom)).all(1) & (xy <= (right, top)).all(1)
    labels = saved("vae-2d").latents.labels.numpy()
    assert (inside & (labels == 3)).sum() > 0.5 * (labels == 3).sum()  # it holds most of the class
    assert f"the plus box, {inside.sum()} images" in markup(app, "sum")
    widget(app, "plus_right").set_value(left - 1).run()  # over the other edge: they change sides
    assert param(app, "plus") == f"box:{left - 1:.4g},{left},{bottom},{top}"


def test_a_box_on_a_strip_has_two_edges():
    app = open_arithmetic(model="digits-vae-1d", plus="box:-1.0,0.5,-1.0,1.0", minus="class:1")
    assert widget(app, "plus_left").value == -1
    assert widget(app, "plus_bottom") is None
    widget(app, "plus_right").set_value(0.25).run()
    assert param(app, "plus") == "box:-1.0,0.25,-1.0,1.0"


def test_groups_are_swapped():
    app = open_arithmetic(model="digits-vae-2d", plus="class:3", minus="box:-1.0,0.0,-1.0,0.0")
    widget(app, "swap").click().run()
    assert (param(app, "plus"), param(app, "minus")) == ("box:-1.0,0.0,-1.0,0.0", "class:3")


@pytest.mark.parametrize("name", ["vae-1d", "vae-2d", "vae-8d"])
@pytest.mark.parametrize("number", [0, 1, 2])
def test_every_example_is_a_sum(name, number):
    app = open_arithmetic(model=f"digits-{name}", plus="class:3", minus="class:8")
    widget(app, f"example_{number}").click().run()
    assert_defined(app)
    assert len(alts(markup(app, "sum"))) == 4
    if number == 2:
        assert param(app, "plus").startswith("box:")


def test_a_click_on_a_dot_starts_from_its_image_and_elsewhere_from_the_place(saved):
    app = open_arithmetic(model="digits-vae-2d", plus="class:3", minus="class:8")
    fire(app, "pick", {"x": 9.0, "y": 9.0, "image": 17})
    assert param(app, "image") == "17"
    label = int(saved("vae-2d").latents.labels[17])
    assert f"start: image 17, class {label}" in markup(app, "sum")
    fire(app, "pick", {"x": 0.5, "y": -0.25, "image": None})
    assert param(app, "at") == "0.5,-0.25"
    assert "image" not in app.query_params
    assert "start: the place" in markup(app, "sum")
    assert len(alts(markup(app, "multiples"))) == 7  # a place has no pixels to add to
    wanted = np.array([0.5, -0.25]) + mean(saved("vae-2d"), 3) - mean(saved("vae-2d"), 8)
    np.testing.assert_allclose(code(app), wanted, atol=6e-4)


def test_a_place_says_whose_code_it_borrows_off_the_plane(saved):
    sent = {"plus": "class:3", "minus": "class:8", "at": "0.5,0.25"}
    app = open_arithmetic(model="digits-vae-8d", **sent)
    fitted = fit_plane(saved("vae-8d").latents.mu)
    image = fitted.nearest([(0.5, 0.25)])[0]
    away = fitted.off_plane(fitted.to_latent([(0.5, 0.25)], "nearest"))[0]
    said = f"Off the plane the code is that of held-out image {image}: {away:.2f} latent units"
    assert said in texts(app)
    fire(app, "pick", {"x": 0.0, "y": 0.0, "image": 17})
    assert "Off the plane" not in texts(app)
    assert "Off the plane" not in texts(open_arithmetic(model="digits-vae-2d", **sent))


def test_pictures_that_are_not_numbers_are_said_in_words(saved, tmp_path, monkeypatch):
    """The decoder's first layer overflows away from zero; every weight is finite."""
    loaded = saved("vae-2d")
    weight = loaded.model.decoder[0].weight
    weight.data *= 1e38 / weight.abs().max()
    save_again(loaded, tmp_path / "broken" / "broken.safetensors")
    monkeypatch.setenv("VAE_CHECKPOINT_DIR", str(tmp_path / "broken"))
    app = open_arithmetic(plus="class:3", minus="class:8", at="3000,-3000")
    for class_ in ("sum", "multiples"):
        assert f"<p>{NO_PICTURE}</p>" in markup(app, class_)
    assert f"<figure class=now><p>{NO_PICTURE}</p>" in markup(app, "multiples")


def test_the_map_that_shapes_are_meant_for_is_told():
    app = open_arithmetic(model="digits-vae-2d")
    told = json.loads(component(app, "latent_shapes").proto.json)
    assert told["map"] == chart(app)["layout"]["meta"]


def test_the_next_start_is_the_next_image_of_the_minus_group(saved):
    app = open_arithmetic(model="digits-vae-2d", plus="class:3", minus="class:8")
    members = np.flatnonzero(saved("vae-2d").latents.labels.numpy() == 8)
    seen = [int(param(app, "image"))]
    for _ in range(2):
        widget(app, "next").click().run()
        seen.append(int(param(app, "image")))
    assert seen == members[:3].tolist()
    last = open_arithmetic(
        model="digits-vae-2d", plus="class:3", minus="class:8", image=str(members[-1])
    )
    widget(last, "next").click().run()
    assert param(last, "image") == str(members[0])


def test_another_model_of_the_data_keeps_classes_and_image_but_no_places():
    app = open_arithmetic(model="digits-vae-2d", plus="class:3", minus="class:8", image="5")
    widget(app, "model").select("digits-vae-8d").run()
    kept = {name: param(app, name) for name in ("model", "plus", "minus", "image")}
    assert kept == {
        "model": "digits-vae-8d", "plus": "class:3", "minus": "class:8", "image": "5",
    }  # fmt: skip
    widget(app, "plus").select("box").run()
    widget(app, "model").select("digits-vae-2d").run()
    assert param(app, "plus").startswith("class:")
    assert_defined(app)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("plus", "class"), ("plus", "class:x"), ("plus", "class:-1"), ("plus", "3"),
        ("plus", "box:1,0,0,1"), ("plus", "box:0,1,1,0"), ("plus", "box:0,1,0"),
        ("plus", "box:nan,1,0,1"), ("minus", "box:0,1e9,0,1"), ("minus", "lasso:0,0;1,1"),
        ("minus", "lasso:0,0;1,1;2"), ("minus", "lasso:0,0;1,1;inf,0"),
        ("minus", "lasso:" + ";".join(["0,0"] * 61)), ("image", "-1"), ("image", "1.5"),
        ("at", "1"), ("at", "nan,0"), ("times", "2.1"), ("times", "nan"), ("times", "much"),
    ],
)  # fmt: skip
def test_garbage_in_a_link_is_named_and_left_out(name, value):
    app = open_arithmetic(model="digits-vae-2d", **{name: value})
    assert_defined(app)
    assert app.toast[0].value.endswith(f"was left out: `{name}`.")
    assert app.query_params.get(name) not in (value, [value])
    assert len(alts(markup(app, "sum"))) == 4


@pytest.mark.parametrize(
    ("params", "words"),
    [
        ({"plus": "class:10"}, "There is no class number 10 here"),
        ({"image": "9999"}, f"There is no held-out image 9,999; this is {N_HELD_OUT - 1}"),
        ({"model": "other"}, "There is no model"),
    ],
)
def test_what_a_model_does_not_have_is_changed_and_said(params, words):
    app = open_arithmetic(**{"model": "digits-vae-2d"} | params)
    assert_defined(app)
    assert words in app.toast[0].value
    assert not app.run().toast
    assert len(alts(markup(app, "sum"))) == 4


def test_an_empty_group_is_said_and_the_map_stays():
    app = open_arithmetic(model="digits-vae-2d", plus="box:90.0,91.0,90.0,91.0", minus="class:8")
    assert [e.value for e in app.error] == ["The plus group has no image. Choose one that has."]
    assert len(app.get("plotly_chart")) == 1
    assert component(app, "latent_pin")
    widget(app, "plus").select("class:3").run()
    assert_defined(app)
    assert len(alts(markup(app, "sum"))) == 4


def test_equal_groups_have_no_difference():
    app = open_arithmetic(model="digits-vae-2d", plus="class:3", minus="class:3")
    assert [e.value[:35] for e in app.error] == ["Both groups are the same images: no"]
    assert component(app, "latent_pin")


def test_groups_that_overlap_are_parted_and_it_is_said(saved):
    app = open_arithmetic(model="digits-vae-2d", plus="class:3", minus="box:-9.0,9.0,-9.0,9.0")
    n_threes = int((saved("vae-2d").latents.labels == 3).sum())
    assert not app.error
    assert f"{n_threes} images in both groups count in the smaller only." in texts(app)
    assert f"the minus box, {N_HELD_OUT - n_threes} images" in markup(app, "sum")


def test_a_group_of_one_image_has_a_mean_but_is_too_small_to_tell(saved):
    x, y = saved("vae-2d").latents.mu[0].tolist()
    box = f"box:{x - 1e-4!r},{x + 1e-4!r},{y - 1e-4!r},{y + 1e-4!r}"
    app = open_arithmetic(model="digits-vae-2d", plus=box, minus="class:8")
    assert_defined(app)
    assert "the plus box, 1 image<" in markup(app, "sum")
    assert "A group of fewer than 4 images is too small to tell." in app.info[0].value


def test_data_of_one_class_starts_with_two_halves_of_the_map(one_class):
    app = open_arithmetic()
    assert_defined(app)
    assert param(app, "plus").startswith("box:")
    assert param(app, "minus").startswith("box:")
    assert len(alts(markup(app, "sum"))) == 4
    assert not markup(app, "pairs")
    assert "no classes to subtract" in texts(app)
    assert widget(app, "example_0") is None


def test_without_its_images_a_model_still_adds_codes(mnist_like):
    app = open_arithmetic()
    assert_defined(app)
    assert "is not on this machine" in texts(app)
    assert len(alts(markup(app, "sum"))) == 4
    assert len(alts(markup(app, "multiples"))) == 7  # no pixels


def test_the_map_says_how_much_of_a_vector_it_hides(saved):
    app = open_arithmetic(model="digits-vae-8d", plus="class:3", minus="class:8")
    loaded = saved("vae-8d")
    vector = mean(loaded, 3) - mean(loaded, 8)
    share = np.linalg.norm(fit_plane(loaded.latents.mu).axes @ vector) / np.linalg.norm(vector)
    assert f"in which {share:.0%} of the vector’s length can be seen" in texts(app)
    flat = open_arithmetic(model="digits-vae-2d")
    assert "shadows" not in texts(flat)


def test_all_pairs_of_classes_are_in_the_table():
    app = open_arithmetic(model="digits-vae-2d", plus="class:3", minus="class:8")
    (table,) = [e.proto.body for e in app.get("html") if "<div class=pairs" in e.proto.body]
    assert len(re.findall("<td", table)) == 1 + 10 * 10
    row = re.search(r"<th scope=row>3</th>(.*?)</tr>", table)[1]
    assert "class=chosen" in re.findall("<td[^>]*>", row)[8]
    assert table.count("class=chosen") == 1


ANY = Reliability(0.9, 0.98, 0.0, 0.5, 0.56)


@pytest.mark.parametrize(
    ("parted", "moved", "words"),
    [
        (replace(ANY, auc=0.55), Transfer(50, 0.9, 0.1, 0.0), "No: random groups are told apart"),
        (ANY, Transfer(50, 0.05, 0.1, 0.0), "no more often from one to the other than a random"),
        (ANY, Transfer(50, 0.3, 0.1, 0.0), "Only in part: .* leads 30% of the images"),
        (ANY, Transfer(50, 0.8, 0.1, 0.0), "Yes: .* leads 80% of the images"),
    ],
)
def test_the_verdict_follows_the_figures(parted, moved, words):
    assert re.search(words, trust.verdict(parted, moved))


def test_a_picture_that_stays_the_same_is_told():
    moved = Transfer(50, 0.8, 0.1, 0.0)
    assert "hardly changes" in trust.verdict(ANY, moved, 0.01)
    assert "hardly changes" not in trust.verdict(ANY, moved, 0.03)


coordinates = st.floats(-MAX_COORDINATE, MAX_COORDINATE).map(float)


@given(st.lists(st.tuples(coordinates, coordinates), min_size=3, max_size=100))
def test_a_drawn_lasso_survives_its_link(corners):
    x, y = zip(*corners, strict=True)
    drawn = groups.lasso(x, y)
    assert groups.read(drawn.text) == drawn
    assert len(drawn.outline()) <= groups.MAX_VERTICES


@given(st.tuples(coordinates, coordinates), st.tuples(coordinates, coordinates))
def test_a_drawn_box_survives_its_link_whichever_corner_came_first(x, y):
    drawn = groups.box(x, y)
    assert drawn == groups.box(x[::-1], y[::-1])
    assert groups.read(drawn.text) == drawn


def test_a_lasso_around_a_box_holds_what_the_box_holds():
    xy = np.random.default_rng(0).uniform(-2, 2, (500, 2))
    labels = np.zeros(500, int)
    box = groups.box((-1, 0.5), (-0.5, 1.5))
    lasso = Group("lasso", tuple(box.outline().ravel()))
    np.testing.assert_array_equal(lasso.holds(xy, labels), box.holds(xy, labels))
    assert 0 < box.holds(xy, labels).sum() < 500


def test_a_lasso_that_is_not_convex_holds_no_image_of_its_bay():
    horseshoe = groups.lasso((0, 3, 3, 2, 2, 1, 1, 0), (0, 0, 3, 3, 1, 1, 3, 3))
    xy = np.array([[0.5, 2.0], [1.5, 2.0], [2.5, 2.0], [1.5, 0.5], [4.0, 0.5]])
    assert horseshoe.holds(xy, np.zeros(5, int)).tolist() == [True, False, True, True, False]


@pytest.mark.parametrize(
    ("selection", "is_strip", "wanted"),
    [
        ({"points": [], "box": [], "lasso": []}, False, None),
        ({"box": [{"x": [2.0, 1.0], "y": [0.0, 4.0]}]}, False, "box:1.0,2.0,0.0,4.0"),
        ({"box": [{"x": [2.0, 1.0], "y": [0.0, 0.1]}]}, True, "box:1.0,2.0,-1.0,1.0"),
        (
            {"lasso": [{"x": [0.123456, 1, 1], "y": [0, 0, 1]}]},
            False,
            "lasso:0.1235,0.0;1.0,0.0;1.0,1.0",
        ),
        ({"lasso": [{"x": [0, 1, 2], "y": [0, 0, 1]}]}, True, "box:0.0,2.0,-1.0,1.0"),
        ({"lasso": [{"x": [0, 1], "y": [0, 0]}]}, False, None),
    ],
)
def test_what_is_drawn_becomes_a_group(selection, is_strip, wanted):
    found = groups.selected(selection, is_strip=is_strip)
    assert (found and found.text) == wanted


def test_a_mean_that_lies_among_another_class_says_so(saved, tmp_path, monkeypatch):
    """Class 1 all around class 0: their means are the same place."""
    loaded = saved("vae-2d")
    angles = torch.linspace(0, 6.28, N_HELD_OUT)
    labels = torch.arange(N_HELD_OUT) % 2
    circle = torch.stack([angles.cos(), angles.sin()], dim=1)
    latents = replace(loaded.latents, mu=(0.05 + 4 * labels[:, None]) * circle, labels=labels)
    path = tmp_path / "ring" / "ring.safetensors"
    dataset = replace(loaded.dataset, name="mnist", classes=("hub", "ring"))
    save_again(loaded, path, dataset=dataset, latents=latents)
    monkeypatch.setenv("VAE_CHECKPOINT_DIR", str(path.parent))
    app = open_arithmetic(plus="class:1", minus="class:0")
    assert_defined(app)
    plus, minus = re.findall(r"<figcaption>(mean.*?)</figcaption>", markup(app, "sum"))
    assert "the images around it are: <b>hub</b>" in plus
    assert "around" not in minus


def test_codes_that_are_all_equal_have_a_difference_of_zero(saved, tmp_path, monkeypatch):
    loaded = saved("vae-2d")
    latents = replace(loaded.latents, mu=torch.zeros_like(loaded.latents.mu))
    path = tmp_path / "flat" / "flat.safetensors"
    save_again(loaded, path, dataset=replace(loaded.dataset, name="mnist"), latents=latents)
    monkeypatch.setenv("VAE_CHECKPOINT_DIR", str(path.parent))
    app = open_arithmetic(plus="class:1", minus="class:0")
    assert_defined(app)
    assert code(app) == [0, 0]
    assert "No: random groups are told apart as well as these." in texts(app)
    widget(app, "example_2").click().run()
    assert not app.exception


def test_adding_to_codes_changes_nothing_of_it(model_dir):
    """Models are shared by all visitors."""
    before = load_checkpoint(model_dir / "digits-vae-2d.safetensors").latents.mu
    app = open_arithmetic(model="digits-vae-2d")
    widget(app, "times").set_value(-2.0).run()
    entry = next(e for e in catalogue.find_entries()[0] if e.name == "digits-vae-2d")
    assert torch.equal(cache.checkpoint(entry.path, entry.mtime).latents.mu, before)


def test_the_vector_is_taken_home_to_the_last_digit(saved):
    loaded = saved("vae-8d")
    labels = loaded.latents.labels.numpy()
    found = attribute_vector(loaded.latents, labels == 3, labels == 8)
    rows = list(csv.DictReader(StringIO(take.to_csv(found))))
    assert [row["dimension"] for row in rows] == [f"z{d}" for d in range(1, 9)]
    assert [float(row["vector"]) for row in rows] == found.vector.tolist()
    assert [float(row["standard_error"]) for row in rows] == found.standard_error.tolist()
    one = attribute_vector(loaded.latents, np.arange(len(labels)) == 0, labels == 8)
    assert "nan" not in take.to_csv(one)
