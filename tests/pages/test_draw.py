"""Tests for pages/draw.py: a picture of one's own, its code, and what is said of it."""

import io
import json
import re
from base64 import b64decode, b64encode
from dataclasses import replace
from threading import Event

import numpy as np
import pytest
from PIL import Image, ImageDraw
from streamlit.proto.WidgetStates_pb2 import WidgetState
from streamlit.testing.v1 import AppTest

from tests.models import save_again
from tests.pages.conftest import APP, component, param, pictures, texts, widget
from ui import cache, catalogue
from ui.draw import shown, training
from ui.draw.address import INKS, LINK, WAYS, Address
from ui.draw.canvas import PREFIX, png_of
from vae_core import decode, encode, fit_plane, load_images
from vae_core.data import ImageSet
from vae_core.data.intake import FRAMINGS, take_in
from vae_core.data.pictures import read_picture
from vae_core.errors import DataError
from vae_core.metrics.support import Neighbourhood


@pytest.fixture
def open_draw():
    """Open the Draw page at a link with these parameters."""

    def open_(**params: str) -> AppTest:
        app = AppTest.from_file(APP, default_timeout=60)
        app.session_state["entered"] = True
        app.session_state["resume"], app.session_state["resume_query"] = "pages/draw.py", params
        return app.run()

    return open_


@pytest.fixture
def mine(open_draw):
    """The page on a model of two dimensions."""
    return open_draw(model="digits-vae-2d")


def drawing(seed: int = 0) -> bytes:
    """A stroke, as the sheet sends it."""
    sheet = Image.new("L", (280, 280))
    points = np.random.default_rng(seed).integers(40, 240, (5, 2))
    ImageDraw.Draw(sheet).line([tuple(p) for p in points.tolist()], fill=255, width=30)
    buffer = io.BytesIO()
    sheet.save(buffer, format="PNG")
    return buffer.getvalue()


def fire(app: AppTest, name: str, event: str, value: object) -> AppTest:
    """Send an event of a component, as the browser would."""
    states = app._tree.get_widget_states()
    events = json.dumps([{"event": event, "value": value}])
    identity = f"$$STREAMLIT_INTERNAL_KEY_{component(app, name).proto.id}__events"
    states.widgets.append(WidgetState(id=identity, json_trigger_value=events))
    app._run(states)
    assert not app.exception
    return app.run()


def draw(app: AppTest, png: bytes | None, *, number: int = 1, done: bool = True) -> AppTest:
    picture = "" if png is None else PREFIX + b64encode(png).decode()
    sent = {"picture": picture, "isDone": done, "number": number}
    return fire(app, "latent_pen", "drawn", sent)


def map_name(app: AppTest) -> str:
    return json.loads(app.get("plotly_chart")[0].proto.spec)["layout"]["meta"]


def pick(app: AppTest, x: float, y: float, image: int | None = None) -> AppTest:
    sent = {"x": x, "y": y, "image": image, "map": map_name(app)}
    return fire(app, "latent_pin", "pick", sent)


def place_of_p(app: AppTest) -> list[float]:
    [p] = json.loads(component(app, "latent_shapes").proto.json)["places"]
    return [p["x"], p["y"]]


def taken(png: bytes) -> ImageSet:
    """What the models of the tests are given."""
    return take_in(read_picture(png), (1, 8, 8), FRAMINGS["digits"]).as_images()


def entry_2d() -> catalogue.Entry:
    return next(e for e in catalogue.find_entries()[0] if e.name == "digits-vae-2d")


def decoder_at_p(app: AppTest) -> str:
    return next(e.proto.body for e in app.get("html") if "The decoder at P" in e.proto.body)


def shown_code(app: AppTest) -> list[float]:
    found = re.search(r"Code z, latent units\s*\(([^)]*?)(?:, …[^)]*)?\)", texts(app))
    return [float(v) for v in found[1].split(",")]


def link_code(app: AppTest) -> list[float]:
    return [float(v) for v in param(app, "code").split(",")]


def ring(app: AppTest) -> dict:
    return json.loads(component(app, "latent_pin").proto.json)


def picture_beside(app: AppTest, alt: str) -> np.ndarray:
    """The pixels of the picture with this alt text, (H, W)."""
    html = "".join(pictures(app))
    found = re.search(rf'alt="{re.escape(alt)}[^"]*" src="data:image/png;base64,([^"]*)"', html)
    assert found, alt
    return np.asarray(Image.open(io.BytesIO(b64decode(found[1]))))


class TestDrawing:
    """From the sheet to the map."""

    def test_it_begins_with_a_held_out_image(self, mine, saved):
        assert not mine.exception
        assert "To begin with" in texts(mine)
        held_out = load_images("digits", "test")
        mu = encode(saved("vae-2d").model, held_out.subset([0])).mu[0]
        np.testing.assert_allclose(shown_code(mine), mu, atol=1e-3)

    @pytest.mark.parametrize("name", ["vae-2d", "vae-8d", "vae-1d", "ae-2d"])
    def test_a_drawing_is_encoded_as_the_core_does(self, open_draw, saved, name):
        app = draw(open_draw(model=f"digits-{name}"), drawing())
        assert not app.exception
        posterior = encode(saved(name).model, taken(drawing()))
        np.testing.assert_allclose(link_code(app), posterior.mu[0], atol=1e-5)
        np.testing.assert_allclose(shown_code(app), posterior.mu[0][:8], atol=1e-3)
        seen = picture_beside(app, "Your drawing, as the model sees it")
        np.testing.assert_array_equal(seen, taken(drawing()).images[0, 0])
        again = decode(saved(name).model, posterior.mu)[0, 0]
        found = picture_beside(app, "Reconstruction of Your drawing") / 255
        np.testing.assert_allclose(found, again, atol=0.003)

    def test_the_ring_and_the_ellipse_are_the_posterior_s(self, mine, saved):
        app = draw(mine, drawing())
        posterior = encode(saved("vae-2d").model, taken(drawing()))
        found = ring(app)
        np.testing.assert_allclose([found["x"], found["y"]], posterior.mu[0], atol=1e-5)
        sigma = np.sort(np.exp(0.5 * posterior.logvar[0].numpy()))[::-1]
        np.testing.assert_allclose(found["ellipse"][:2], sigma, atol=1e-5)

    def test_an_unfinished_stroke_is_shown_too_and_answered(self, mine):
        before = ring(mine)
        app = draw(mine, drawing(), number=7, done=False)
        assert ring(app) != before
        assert json.loads(component(app, "latent_pen").proto.json) == {"seen": 7}

    def test_only_a_finished_stroke_changes_the_address(self, open_draw):
        app = open_draw(model="digits-vae-2d", image="17", at="0.5,0.25")
        before = app.query_params.copy()
        app = draw(app, drawing(), done=False)
        assert app.query_params == before
        assert "Your drawing" in texts(app) and "The decoder at P" not in texts(app)
        app = draw(app, drawing(), number=2)
        assert set(app.query_params) == {"model", "code", "sigma"}

    def test_an_empty_sheet_goes_back_to_the_beginning(self, mine):
        before = ring(mine)
        app = draw(draw(mine, drawing()), None, number=2)
        assert ring(app) == before
        assert "code" not in app.query_params

    def test_a_broken_message_is_said_and_nothing_lost(self, mine):
        before = ring(draw(mine, drawing()))
        sent = {"picture": "data:text/html,no", "isDone": True, "number": 2}
        app = fire(mine, "latent_pen", "drawn", sent)
        assert "did not arrive as a PNG" in app.error[0].value
        assert ring(app) == before

    def test_another_model_reads_the_same_drawing(self, mine, saved):
        app = draw(mine, drawing())
        widget(app, "draw_model").set_value("digits-ae-2d").run()
        mu = encode(saved("ae-2d").model, taken(drawing())).mu[0]
        np.testing.assert_allclose(link_code(app), mu, atol=1e-5)
        assert "A plain autoencoder gives one code and no ellipse" in texts(app)


class TestFiles:
    """Uploads and photographs."""

    def upload(self, app: AppTest, data: bytes) -> AppTest:
        app.get("file_uploader")[0].set_value(("any.png", data, "image/png"))
        return app.run()

    def test_an_upload_is_encoded(self, open_draw, saved):
        app = self.upload(open_draw(model="digits-vae-2d", way="upload"), drawing())
        assert "Your file" in texts(app)
        mu = encode(saved("vae-2d").model, taken(drawing())).mu[0]
        np.testing.assert_allclose(link_code(app), mu, atol=1e-5)

    def test_what_is_no_picture_is_said_in_one_sentence(self, open_draw):
        app = open_draw(model="digits-vae-2d", way="upload")
        before = ring(app)
        app = self.upload(app, b"no picture")
        assert [e.value for e in app.error] == [
            "Your file is not a readable PNG, JPEG or WebP picture; save it anew, or leave it out."
        ]
        assert ring(app) == before and not app.exception
        app.get("button_group")[0].set_value("image").run()
        assert not app.error
        widget(app, "draw_another").click().run()
        assert not app.error

    def test_a_sentence_about_a_picture_is_shown_as_it_is(self, mine, monkeypatch):
        def refuse(*_: object) -> None:
            raise DataError("Not *this* one.")

        monkeypatch.setattr(shown, "take_in", refuse)
        assert draw(mine, drawing()).error[0].value == r"Not \*this\* one."

    def test_an_empty_picture_is_said_in_one_sentence(self, open_draw):
        blank = io.BytesIO()
        Image.new("L", (30, 30), 255).save(blank, format="PNG")
        app = self.upload(open_draw(model="digits-vae-2d", way="upload"), blank.getvalue())
        assert len(app.error) == 1 and "nothing to see in this picture" in app.error[0].value

    def test_the_switches_say_how_it_is_taken(self, open_draw, saved):
        app = self.upload(open_draw(model="digits-vae-2d", way="upload"), drawing())
        widget(app, "draw_whole").set_value(True).run()
        assert param(app, "whole") == "1"
        whole = take_in(read_picture(drawing()), (1, 8, 8)).image[0]
        seen = picture_beside(app, "Your file, as the model sees it")
        np.testing.assert_array_equal(seen, whole)
        app.get("button_group")[1].set_value("dark").run()
        assert param(app, "ink") == "dark"
        seen = picture_beside(app, "Your file, as the model sees it")
        np.testing.assert_array_equal(seen, 255 - whole)

    def test_the_camera_can_be_asked_for(self, open_draw):
        app = open_draw(model="digits-vae-2d", way="camera")
        assert not app.exception and len(app.get("camera_input")) == 1


class TestHeldOut:
    """Images of the data set."""

    def test_a_link_names_one(self, open_draw, saved):
        app = open_draw(model="digits-vae-2d", way="image", image="17")
        mu = encode(saved("vae-2d").model, load_images("digits", "test").subset([17])).mu[0]
        np.testing.assert_allclose(shown_code(app), mu, atol=1e-3)
        next(f for f in app.number_input if f.key == "draw_image").set_value(3).run()
        assert param(app, "image") == "3" and "Held-out image 3" in texts(app)
        widget(app, "draw_another").click().run()
        assert int(param(app, "image")) != 3

    def test_an_image_is_judged_by_the_others(self, open_draw, saved):
        latents = saved("vae-2d").latents
        data = Neighbourhood(latents)
        alone, others = (
            data.support(latents.mu, own).percentile for own in (None, np.arange(len(latents)))
        )
        number = int(np.abs(alone - others).argmax())
        assert round(alone[number]) != round(others[number])
        app = open_draw(model="digits-vae-2d", way="image", image=str(number))
        share = others[number]
        assert f"denser than at {share:.{1 if share < 10 else 0}f}% of the images" in texts(app)
        app = open_draw(model="digits-vae-2d", dot=str(number))
        where = data.support(latents.mu[[number]], [number]).label[0]
        assert f'class="where {where}"' in decoder_at_p(app)

    def test_choosing_this_way_shows_one(self, mine):
        app = draw(mine, drawing())
        app.get("button_group")[0].set_value("image").run()
        assert "Held-out image 0" in texts(app) and "code" not in app.query_params
        assert param(app, "way") == "image"

    def test_a_number_beyond_the_last_is_the_last(self, open_draw):
        app = open_draw(model="digits-vae-2d", way="image", image="999999")
        assert not app.exception and "Held-out image 358" in texts(app)


class TestPlace:
    """P, beside the picture."""

    @pytest.mark.parametrize("name", ["vae-2d", "vae-3d", "vae-8d"])
    def test_a_place_keeps_what_the_map_does_not_show(self, open_draw, saved, name):
        app = pick(draw(open_draw(model=f"digits-{name}"), drawing()), 0.5, -0.25)
        assert param(app, "at") == "0.5,-0.25"
        mu = encode(saved(name).model, taken(drawing())).mu[0].double().numpy()
        plane = fit_plane(saved(name).latents.mu)
        z = mu + ([0.5, -0.25] - plane.to_plane(mu[None])[0]) @ plane.axes
        found = picture_beside(app, "Decoded at P") / 255
        np.testing.assert_allclose(found, decode(saved(name).model, z[None])[0, 0], atol=0.003)

    def test_dragging_it_moves_it(self, mine):
        app = draw(mine, drawing())
        sent = {"x": 0.125, "y": 0.5, "dot": None, "map": map_name(app)}
        sent["isDone"] = False
        app = fire(app, "latent_inset", "moved", sent)
        assert place_of_p(app) == [0.125, 0.5] and "at" not in app.query_params
        app = fire(app, "latent_inset", "moved", sent | {"isDone": True})
        assert param(app, "at") == "0.125,0.5" and place_of_p(app) == [0.125, 0.5]
        app = fire(app, "latent_inset", "moved", sent | {"x": 1.0, "map": "another"})
        assert place_of_p(app) == [0.125, 0.5]
        widget(app, "draw_away").click().run()
        assert "at" not in app.query_params

    @pytest.mark.parametrize("name", ["vae-2d", "vae-8d", "vae-1d"])
    def test_a_dot_is_its_image(self, open_draw, saved, name):
        app = pick(draw(open_draw(model=f"digits-{name}"), drawing()), 9.0, 9.0, image=17)
        assert param(app, "dot") == "17" and "at" not in app.query_params
        images = load_images("digits", "test").subset([17])
        mu = encode(saved(name).model, images).mu
        found = picture_beside(app, "Decoded at P") / 255
        np.testing.assert_allclose(found, decode(saved(name).model, mu)[0, 0], atol=0.003)
        assert "Held-out image 17, class " in texts(app)
        if name != "vae-1d":
            plane = fit_plane(saved(name).latents.mu)
            np.testing.assert_allclose(place_of_p(app), plane.to_plane(mu.numpy())[0], atol=1e-4)
        assert "dot" not in pick(app, 0.5, 0.25).query_params

    @pytest.mark.parametrize("name", ["ae-2d", "vae-1d", "vae-8d"])
    def test_it_has_fields_on_every_map(self, open_draw, name):
        app = draw(open_draw(model=f"digits-{name}"), drawing())
        sent = {"x": 0.5, "y": 0.0, "dot": None, "map": map_name(app), "isDone": True}
        app = fire(app, "latent_inset", "moved", sent)
        assert param(app, "at") == "0.5,0.0" and place_of_p(app) == [0.5, 0.0]
        app = fire(app, "latent_inset", "moved", sent | {"dot": 3})
        assert param(app, "dot") == "3" and "at" not in app.query_params
        fields = json.loads(component(app, "latent_inset").proto.json)
        assert (fields["dot"], fields["strip"]) == (3, name == "vae-1d")
        assert fields["place"] == place_of_p(app)
        assert (fields["ellipse"] is None) == (name != "vae-8d")
        assert "fields under the map" in app.get("plotly_chart")[0].proto.alt

    def test_its_distance_is_in_sigmas(self, mine, saved):
        app = draw(mine, drawing())
        posterior = encode(saved("vae-2d").model, taken(drawing()))
        sigma = float(np.exp(0.5 * float(posterior.logvar[0, 0])))
        x, y = posterior.mu[0].tolist()
        app = pick(app, x + 2 * sigma, y)
        assert "2.0 σ from the ring" in texts(app)

    def test_a_strip_has_no_ellipse_to_enlarge(self, open_draw):
        app = draw(open_draw(model="digits-vae-1d"), drawing())
        assert json.loads(component(app, "latent_inset").proto.json)["ellipse"] is None
        assert not pick(app, 0.3, 0.7).exception


class TestBelow:
    """Neighbours and compression."""

    def test_the_nearest_training_images(self, mine, saved):
        app = draw(mine, drawing())
        training.encoding(entry_2d()).join()
        app.run()
        images = load_images("digits", "train")
        mu = encode(saved("vae-2d").model, images).mu
        z = encode(saved("vae-2d").model, taken(drawing())).mu
        order = (mu - z).norm(dim=1).argsort(stable=True)[:6].tolist()
        found = [int(n) for n in re.findall(r"· (\d+)\s+[\d.]+ away", texts(app))]
        assert found == order
        assert f"Of {len(images):,} training images" in texts(app)

    def test_while_they_are_encoded_held_out_ones_serve(self, mine, monkeypatch):
        go = Event()
        monkeypatch.setattr(training, "encode", lambda *args: go.wait(60) and encode(*args))
        training._encoding.clear()
        app = mine.run()
        assert "images are being encoded, and take their place" in texts(app)
        assert "Nearest held-out images" in texts(app)
        go.set()
        training.encoding(entry_2d()).join()
        assert "Nearest training images" in texts(app.run())

    def test_images_that_cannot_be_encoded_are_said(self, mine, monkeypatch):
        def fail(*_: object) -> None:
            raise DataError("They are of another size.")

        monkeypatch.setattr(training, "encode", fail)
        training._encoding.clear()
        words = texts(mine.run())
        assert "could not be encoded. They are of another size." in words
        assert "Nearest held-out images" in words and "being encoded" not in words

    def test_images_that_changed_are_encoded_anew(self, monkeypatch):
        before = training.encoding(entry_2d())
        assert training.encoding(entry_2d()) is before
        monkeypatch.setattr(cache, "stamp", lambda name: 1)
        assert training.encoding(entry_2d()) is not before

    def test_bytes_before_and_after(self, mine):
        words = texts(draw(mine, drawing()))
        assert "64 numbers" in words and "64 bytes" in words
        assert "2 numbers of 4 bytes stand for 64 of 1 byte: 8 times fewer bytes" in words
        assert re.search(r"\d+\.\d bits \(a KL of \d+\.\d nats\)", words)

    def test_eight_numbers_of_four_bytes_are_no_great_saving(self, open_draw):
        app = draw(open_draw(model="digits-vae-8d"), drawing())
        assert "2 times fewer" in texts(app)
        assert "it shows 2 of 8" in texts(app)


class TestLink:
    """What a link holds."""

    def test_a_shared_code_shows_all_but_the_drawing(self, mine, open_draw):
        app = draw(mine, drawing())
        sent = {name: param(app, name) for name in app.query_params}
        other = open_draw(**sent)
        assert "The drawing itself is not in the link" in texts(other)
        assert ring(other)["ellipse"] == pytest.approx(ring(app)["ellipse"], rel=1e-4)
        np.testing.assert_allclose(shown_code(other), shown_code(app), atol=1e-3)
        assert "Nearest" in texts(other) and "draw 8" in texts(other)

    def test_a_code_alone_has_no_ellipse(self, open_draw):
        app = open_draw(model="digits-vae-2d", code="0.5,-1")
        assert shown_code(app) == [0.5, -1.0] and ring(app)["ellipse"] is None
        assert "The link holds the code alone" in texts(app)

    @pytest.mark.parametrize(
        "params",
        [
            {"code": "1,2,3"}, {"code": "nan,1"}, {"code": "1e9,0"}, {"code": ""},
            {"code": "1,2", "sigma": "1"}, {"code": "1,2", "sigma": "0,1"}, {"code": "x"},
            {"at": "1"}, {"at": "inf,0"}, {"dot": "-1"}, {"dot": "999999"},
            {"image": "-1"}, {"way": "post"}, {"ink": "red"},
            {"whole": "yes"}, {"model": "none"}, {"other": "1"},
            {"code": "999999,999999", "at": "-1000000,1000000"},
        ],
    )  # fmt: skip
    def test_bad_links_open_all_the_same(self, open_draw, params):
        app = open_draw(**({"model": "digits-vae-2d"} | params))
        assert not app.exception and not app.error
        assert "nan" not in texts(app).lower()

    @pytest.mark.parametrize(
        "address",
        [
            Address(),
            Address("m", "upload", None, (1.5, -2.0), (0.1, 1e-7), (0.1, 0.2), None, "dark", True),
            Address("m", "image", 3, dot=7),
        ],
    )
    def test_a_link_is_read_as_it_was_written(self, address):
        assert LINK.parse(LINK.to_params(address)) == (address, [])
        assert set(WAYS) == {"draw", "upload", "camera", "image"} and len(INKS) == 3


class TestAbsence:
    """What is not there."""

    def test_without_models_the_page_says_so(self, open_draw, tmp_path, monkeypatch):
        monkeypatch.setenv("VAE_CHECKPOINT_DIR", str(tmp_path))
        app = open_draw()
        assert not app.exception and "There is no model" in app.info[0].value

    def test_without_the_data_set_the_codes_of_the_model_serve(self, mnist_like, open_draw):
        app = open_draw()
        assert not app.exception
        assert "not on this machine" in texts(app) and "Nearest held-out images" in texts(app)
        assert not draw(app, drawing()).exception

    def test_a_data_set_of_unknown_making_is_only_made_to_fit(
        self, open_draw, saved, tmp_path, monkeypatch
    ):
        images = load_images("digits", "test")
        np.savez(tmp_path / "own.npz", images=images.images.numpy(), labels=images.labels.numpy())
        own = load_images(str(tmp_path / "own.npz"), "test")
        model = saved("vae-2d")
        dataset = replace(model.dataset, name=str(tmp_path / "own.npz"), sha256=own.sha256())
        save_again(
            model, tmp_path / "own" / "own.safetensors", dataset=dataset,
            latents=encode(model.model, own),
        )  # fmt: skip
        monkeypatch.setenv("VAE_CHECKPOINT_DIR", str(tmp_path / "own"))
        app = draw(open_draw(), drawing())
        assert not app.exception
        assert "made to fit into 8 × 8 pixels" in texts(app) and "is not known" in texts(app)


@pytest.mark.parametrize("picture", ["", "data:image/png;base64,*", "data:image/gif;base64,AAAA"])
def test_only_png_addresses_are_decoded(picture):
    with pytest.raises(DataError, match="draw it again"):
        png_of(picture)


def test_a_path_can_go_on_from_here(mine):
    assert {"draw_as_a", "draw_as_b"} <= {b.key for b in mine.button}
