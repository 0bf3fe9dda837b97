"""Tests for pages/explore.py, opened through app.py."""

import re
import shutil
from dataclasses import replace

import pytest

from tests.models import save_again
from tests.pages.conftest import chart, code, fire, param, pictures, pin_place, texts, widget
from vae_core import load_checkpoint


def test_without_a_model_the_page_says_how_to_get_one(open_app, tmp_path, monkeypatch):
    monkeypatch.setenv("VAE_CHECKPOINT_DIR", str(tmp_path))
    app = open_app()
    assert not app.exception
    assert "Train one" in app.info[0].value
    assert not app.get("plotly_chart")


def test_the_first_screen_tells_the_whole_story(open_app):
    app = open_app()
    assert not app.exception
    assert len(app.get("plotly_chart")) == 1
    assert len(pictures(app)) == 2
    prose = texts(app)
    assert "Reconstruction of image" in prose
    assert "Code z = (" in prose
    assert "359 held-out images" in prose


@pytest.mark.parametrize("dims", [1, 2, 3, 8])
def test_every_latent_dimension_makes_sense(open_app, dims):
    app = open_app(model=f"digits-vae-{dims}d", at="0.25,-0.5")
    assert not app.exception
    assert not app.error
    assert len(code(app)) == dims
    assert (f"The map shows 2 of {dims} dimensions" in texts(app)) == (dims > 2)


def test_axis_titles_say_unit_and_variance(open_app):
    layout = chart(open_app(model="digits-vae-8d", axes="2,4"))["layout"]
    assert "PC 2 (latent units, prior σ = 1)" in layout["xaxis"]["title"]["text"]
    assert "PC 4" in layout["yaxis"]["title"]["text"]
    assert "% of variance" in layout["yaxis"]["title"]["text"]
    assert layout["yaxis"]["scaleanchor"] == "x"


def test_a_plain_autoencoder_claims_no_prior(open_app):
    layout = chart(open_app(model="digits-ae-2d"))["layout"]
    assert "prior" not in layout["xaxis"]["title"]["text"]


def test_a_click_on_empty_space_pins_the_place(open_app):
    app = fire(open_app(model="digits-vae-2d"), "pick", {"x": 0.3, "y": -1.2, "image": None})
    assert not app.exception
    assert "Code z = (0.300, -1.200)" in texts(app)
    assert param(app, "at") == "0.3,-1.2"
    assert (pin_place(app)["x"], pin_place(app)["y"]) == (0.3, -1.2)
    assert "You pinned a place, not an image" in texts(app)


def test_a_click_is_pinned_to_nine_digits(open_app):
    pick = {"x": 0.12345678901234, "y": -1234.567890123, "image": None}
    app = fire(open_app(model="digits-vae-2d"), "pick", pick)
    assert param(app, "at") == "0.123456789,-1234.56789"


def test_a_click_on_a_point_pins_the_image(open_app):
    app = fire(open_app(model="digits-vae-2d"), "pick", {"x": 0.3, "y": -1.2, "image": 17})
    assert "Reconstruction of image 17" in texts(app)
    assert param(app, "image") == "17"
    assert "at" not in app.query_params


def test_a_second_click_on_the_same_place_changes_nothing(open_app):
    pick = {"x": 0.3, "y": -1.2, "image": None}
    app = fire(open_app(model="digits-vae-2d"), "pick", pick)
    before = texts(app), pictures(app)[1]
    fire(app, "pick", pick)
    assert (texts(app), pictures(app)[1]) == before


def test_buttons_step_over_the_map_and_through_the_images(open_app):
    app = open_app(model="digits-vae-2d", at="0.5,0.5")
    before = pin_place(app)
    widget(app, "explore_up").click().run()
    assert pin_place(app)["y"] > before["y"]
    assert pin_place(app)["x"] == before["x"]
    app = open_app(model="digits-vae-2d", image="5")
    widget(app, "explore_next").click().run().run()
    assert param(app, "image") == "6"
    widget(app, "explore_previous").click().run().run()
    assert param(app, "image") == "5"


def test_undo_and_redo_go_through_what_was_pinned(open_app):
    app = open_app(model="digits-vae-2d", at="0.5,0.5")
    for x in (0.1, 0.2):
        fire(app, "pick", {"x": x, "y": 0.0, "image": None})
    fire(app, "pick", {"x": 0.2, "y": 0.0, "image": None})  # the same again is no step
    widget(app, "explore_undo").click().run().run()
    assert param(app, "at") == "0.1,0.0"
    widget(app, "explore_undo").click().run().run()
    assert param(app, "at") == "0.5,0.5"
    widget(app, "explore_undo").click().run()
    assert [toast.value for toast in app.toast] == ["There is nothing to undo."]
    assert param(app.run(), "at") == "0.5,0.5"
    widget(app, "explore_redo").click().run().run()
    assert param(app, "at") == "0.1,0.0"
    fire(app, "pick", {"x": 0.7, "y": 0.0, "image": 17})
    widget(app, "explore_redo").click().run().run()
    assert param(app, "image") == "17"


def test_the_first_image_steps_back_to_the_last(open_app):
    app = open_app(model="digits-vae-2d", image="0")
    widget(app, "explore_previous").click().run().run()
    assert param(app, "image") == "358"


def test_off_the_plane_the_page_says_which_completion_was_used(open_app):
    nearest = open_app(model="digits-vae-8d", at="0.25,-0.5")
    assert "Off the plane the code is that of held-out image" in texts(nearest)
    zero = open_app(model="digits-vae-8d", at="0.25,-0.5", off="zero")
    assert "Off the plane the code is zero: 0.00 latent units" in texts(zero)
    assert code(nearest) != code(zero)


@pytest.mark.parametrize(
    ("place", "badge"), [("0,0", "Inside the data"), ("40,-40", "No data here")]
)
def test_the_page_says_whether_data_lives_at_the_place(open_app, place, badge):
    assert badge in texts(open_app(model="digits-vae-2d", at=place))


def test_facts_carry_their_units(open_app):
    prose = texts(open_app(model="digits-vae-8d", at="0.5,0.5"))
    units = ("% of the images", "posterior σ away", "% of the prior's draws", "squared distance")
    for words in units:
        assert words in prose
    plain = texts(open_app(model="digits-ae-2d", at="0.5,0.5"))
    assert "latent units away" in plain
    assert "prior's draws" not in plain
    assert "squared distance" not in plain


def test_a_link_brings_back_the_same_picture(open_app):
    first = fire(open_app(model="digits-vae-8d"), "pick", {"x": 0.1, "y": 0.2, "image": None})
    link = {name: param(first, name) for name in first.query_params}
    second = open_app(**link)
    assert texts(second) == texts(first)
    assert chart(second) == chart(first)


def test_the_zoom_is_carried_into_a_new_figure(open_app):
    app = open_app(model="digits-vae-8d")
    fire(app, "view", [[-1, 1], [-2, 2]])
    assert chart(app)["layout"]["xaxis"]["range"] != [-1, 1]
    widget(app, "explore_batch_size").set_value(1438).run()
    assert chart(app)["layout"]["xaxis"]["range"] == [-1, 1]
    assert chart(app)["layout"]["yaxis"]["range"] == [-2, 2]
    assert "1,438 training images" in texts(app)


def test_equal_axes_swap(open_app):
    app = open_app(model="digits-vae-8d", axes="1,2")
    widget(app, "explore_axis_x").set_value(1).run()
    assert param(app, "axes") == "2,1"


def test_a_link_brings_back_the_zoom(open_app):
    app = open_app(model="digits-vae-2d", zoom="-1.5,0.5,-1.0,1.0")
    assert chart(app)["layout"]["xaxis"]["range"] == [-1.5, 0.5]
    assert chart(app)["layout"]["yaxis"]["range"] == [-1.0, 1.0]
    widget(app, "explore_model").select("digits-vae-3d").run()
    assert "zoom" not in app.query_params


def test_the_posterior_s_sigma_is_drawn_to_scale_for_images_only(open_app):
    image = pin_place(open_app(model="digits-vae-2d", image="5"))["ellipse"]
    assert len(image) == 3
    assert 0 < image[1] <= image[0] < 3
    assert pin_place(open_app(model="digits-vae-2d", at="0,0"))["ellipse"] is None
    assert pin_place(open_app(model="digits-ae-2d", image="5"))["ellipse"] is None


def test_another_model_of_the_same_data_keeps_the_pinned_image(open_app):
    app = open_app(model="digits-vae-2d", image="17")
    widget(app, "explore_model").set_value("digits-ae-2d").run()
    assert param(app, "model") == "digits-ae-2d"
    assert "Reconstruction of image 17" in texts(app)


GARBAGE = [
    "",
    ",",
    "abc",
    "nan,1",
    "1e309,0",
    "-1",
    "1e9",
    "2.5",
    "<script>",
    "../../etc",
    "9" * 400,
]


@pytest.mark.parametrize("value", GARBAGE)
@pytest.mark.parametrize("name", ["data", "model", "n", "seed", "axes", "off", "at", "image", "x"])
def test_garbage_in_a_link_is_left_out(open_app, name, value):
    app = open_app(**{name: value})
    assert not app.exception
    assert not app.error
    assert len(pictures(app)) == 2


def test_a_link_to_an_absent_model_says_what_is_shown_instead(open_app):
    app = open_app(model="nobody", data="digits")
    assert "no model 'nobody' here" in app.toast[0].value
    assert "Shown instead: Small digits, 8×8" in app.toast[0].value
    assert not open_app(model="digits-vae-2d", data="digits").toast


def test_a_link_that_does_not_fit_the_model_says_what_changed(open_app):
    app = open_app(model="digits-vae-2d", n="1", axes="9,400")
    assert "was changed: 359 images; axes 1 and 2" in app.toast[0].value
    assert not open_app(model="digits-vae-2d", n="359", axes="2,1").toast


def test_a_link_to_a_model_of_other_data_says_so(open_app, mnist_like, model_dir, tmp_path):
    shutil.copy(model_dir / "digits-vae-2d.safetensors", tmp_path / "absent")
    app = open_app(model="digits-vae-2d", data="mnist")
    assert "no model 'digits-vae-2d' of MNIST digits here" in app.toast[0].value


def test_a_damaged_model_is_named_and_the_rest_works(open_app, model_dir, tmp_path, monkeypatch):
    for path in model_dir.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    (tmp_path / "bad.safetensors").write_bytes(b"\x80\x04pickle")
    monkeypatch.setenv("VAE_CHECKPOINT_DIR", str(tmp_path))
    app = open_app()
    assert "bad.safetensors is a pickle" in app.warning[0].value
    assert len(pictures(app)) == 2


def test_every_picture_and_chart_has_a_text(open_app):
    app = open_app(model="digits-vae-2d")
    assert all(re.search('alt="[^"]+"', picture) for picture in pictures(app))
    assert app.get("plotly_chart")[0].proto.alt


def test_a_click_on_a_map_that_is_no_longer_shown_is_ignored(open_app):
    app = open_app(model="digits-vae-2d", at="0.5,0.5")
    fire(app, "pick", {"x": 3.0, "y": 3.0, "image": None, "map": "another"})
    assert param(app, "at") == "0.5,0.5"


def test_axes_a_model_does_not_have_fall_back_to_the_first(open_app):
    app = open_app(model="digits-vae-2d", axes="3,4")
    assert not app.error
    assert param(app, "axes") == "1,2"


def test_places_and_images_are_of_the_split_on_the_map(open_app):
    app = open_app(model="digits-vae-2d", n="1438", at="0.5,0.5")
    assert "Training image" in texts(app)
    assert "Held-out image" not in texts(app)
    assert pin_place(app)["imageLabel"] == "Training image, nearest"
    assert pin_place(app)["lastImage"] == 1437


def test_without_its_data_set_the_stored_encoding_is_shown(open_app, mnist_like):
    app = open_app()
    assert not app.exception
    assert "MNIST digits is not on this machine" in texts(app)
    assert "359 held-out images, from the stored encoding" in texts(app)
    assert "The original is not on this machine" in texts(app)
    assert len(pictures(app)) == 1


def test_a_dead_network_is_said_in_one_sentence(open_app, mnist_like, monkeypatch):
    monkeypatch.setattr("vae_core.data.idx._any_answers", lambda urls: False)
    app = open_app()
    widget(app, "explore_fetch").click().run()
    assert "Cannot fetch mnist: no answer from" in app.error[0].value
    assert len(app.get("plotly_chart")) == 1


def test_a_data_set_that_has_changed_is_not_shown(open_app, mnist_like, tmp_path, monkeypatch):
    raw = tmp_path / "data" / "MNIST" / "raw"
    raw.mkdir(parents=True)
    for part, n in (("train", 20), ("t10k", 10)):
        header = b"".join(v.to_bytes(4, "big") for v in (0x803, n, 28, 28))
        (raw / f"{part}-images-idx3-ubyte").write_bytes(header + bytes(n * 28 * 28))
        header = b"".join(v.to_bytes(4, "big") for v in (0x801, n))
        (raw / f"{part}-labels-idx1-ubyte").write_bytes(header + bytes(n))
    monkeypatch.setenv("VAE_DATA_DIR", str(tmp_path / "data"))
    app = open_app(at="0,0")
    assert "MNIST digits is not what this model was trained on" in app.error[0].value
    assert "from the stored encoding" in texts(app)


@pytest.mark.parametrize("kind", ["vae", "ae"])
def test_a_collapsed_model_is_shown_without_undefined_numbers(
    open_app, model_dir, tmp_path, monkeypatch, kind
):
    source = load_checkpoint(model_dir / f"digits-{kind}-2d.safetensors")
    for name, weight in source.model.named_parameters():
        if "mu_head" in name:
            weight.data.zero_()
    latents = replace(source.latents, mu=source.latents.mu.zero_())
    save_again(source, tmp_path / "collapsed.safetensors", latents=latents)
    monkeypatch.setenv("VAE_CHECKPOINT_DIR", str(tmp_path))
    layers = "manifold,territories,magnification,density" + (",holes,prior" * (kind == "vae"))
    for pinned in ({"image": "3"}, {"at": "0,0"}, {"at": "2,-1"}):
        app = open_app(model="collapsed", layers=layers, **pinned)
        assert not app.exception
        assert not app.error
        assert not re.search(r"\b(nan|inf)\b", texts(app), re.IGNORECASE)


def test_two_models_of_one_kind_are_told_apart(open_app, model_dir, tmp_path, monkeypatch):
    for name in ("one", "two"):
        shutil.copy(model_dir / "digits-vae-2d.safetensors", tmp_path / f"{name}.safetensors")
    monkeypatch.setenv("VAE_CHECKPOINT_DIR", str(tmp_path))
    app = open_app()
    options = widget(app, "explore_model").options
    assert options == [f"{name} · dense-512 · VAE · 2 dimensions" for name in ("one", "two")]
    widget(app, "explore_model").set_value("two").run()
    assert param(app, "model") == "two"
