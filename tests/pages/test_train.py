"""Tests for pages/train.py: the form, the runs, and travel through their moments."""

import base64
import io
import json
import re
import shutil
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from PIL import Image
from streamlit.testing.v1 import AppTest

from tests.pages.conftest import APP, param, texts
from ui.link import MAX_COORDINATE
from ui.train import address, curves, draft, forecast, source, words
from ui.train.album import album, codes, decode_at, drifts, grown, keys_of, mosaic, turned
from ui.train.keep import read
from ui.train.plate import ticks
from vae_core import decode, load_checkpoint, load_images, model_config, train_config
from vae_core.alignment import rotation_onto
from vae_core.errors import CheckpointError, ConfigError, DataError
from vae_core.metrics.bounds import reconstruction_bounds
from vae_core.models import build_model
from vae_core.models.presets import PRESETS
from vae_core.runs import Dispatcher, Run, RunConfig, Status, list_runs, submit, work
from vae_core.runs.records import NAME

DIGITS = (1, 8, 8)


def config(latent_dim=2, kind="vae", epochs=2, **training) -> RunConfig:
    settings = {"dataset": "digits", "epochs": epochs, "batch_size": 256} | training
    return RunConfig(
        model_config("dense-512", DIGITS, latent_dim=latent_dim, kind=kind),
        train_config("dense-512", **settings),
    )


@pytest.fixture(scope="session")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    """A run that was trained to its end, one for each configuration; look, don't touch."""
    made: dict[str, Path] = {}

    def train(**settings) -> Path:
        name = repr(settings)
        if name not in made:
            run = submit(tmp_path_factory.mktemp("trained"), config(**settings))
            for _ in work(run, "cpu"):
                pass
            made[name] = run.path
        return made[name]

    return train


@pytest.fixture(autouse=True)
def runs_dir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Nothing trains here: no process is started."""
    root = tmp_path / "runs"
    monkeypatch.setenv("VAE_RUNS_DIR", str(root))
    monkeypatch.setattr(Dispatcher, "start", lambda self: None)
    monkeypatch.setattr(Dispatcher, "close", lambda self: None)
    return root


@pytest.fixture
def done(trained, runs_dir) -> Run:
    """A run of two epochs in two dimensions, of its own for each test."""
    return placed(trained(), runs_dir)


def placed(path: Path, root: Path) -> Run:
    return Run(Path(shutil.copytree(path, root / path.name)))


def open_train(**params: str) -> AppTest:
    app = AppTest.from_file(APP, default_timeout=60)
    app.session_state["resume"] = "pages/train.py"
    app.session_state["resume_query"] = params
    app.run()
    assert not app.exception
    return app


def widget(app: AppTest, name: str):
    kinds = (app.button, app.number_input, app.selectbox, app.toggle, app.text_input)
    more = (app.select_slider, app.get("button_group"))
    names = re.compile(rf"train_{re.escape(name)}(_[0-9]+)?")
    found = [w for kind in (*kinds, *more) for w in kind if w.key and names.fullmatch(w.key)]
    return found[0] if found else None


def images(app: AppTest) -> dict[str, str]:
    """Drawings by their words, as SVG."""
    found = {}
    for element in app.get("image"):
        (picture,) = element.proto.imgs
        found[picture.alt] = base64.b64decode(picture.url.split(",")[1]).decode()
    return found


def map_of(app: AppTest) -> tuple[str, str]:
    return next((alt, svg) for alt, svg in images(app).items() if alt.startswith("Map of"))


def keys(run: Run):
    return tuple(keys_of(run.frames()).values())


# The form


def test_the_form_begins_with_the_preset_s_own_settings():
    app = open_train()
    own = train_config("dense-512")
    assert widget(app, "preset").value == "dense-512"
    assert widget(app, "dataset").value == "digits"
    for name in ("epochs", "batch_size", "learning_rate", "kl_warmup", "free_bits", "seed"):
        assert widget(app, name).value == getattr(own, name)


def test_another_preset_brings_its_settings_and_a_button_brings_them_back():
    app = open_train()
    widget(app, "epochs").set_value(3).run()
    widget(app, "preset").set_value("deep-map").run()
    own = train_config("deep-map")
    shown = ("epochs", "batch_size", "schedule", "kl_warmup", "binarize")
    assert [widget(app, n).value for n in shown] == [getattr(own, n) for n in shown]
    assert PRESETS["deep-map"].summary in texts(app)
    widget(app, "kl_warmup").set_value(2).run()
    assert widget(app, "kl_warmup").value == 2
    widget(app, "own").click().run()
    assert widget(app, "kl_warmup").value == own.kl_warmup


def test_start_queues_exactly_what_the_form_says_and_shows_it(runs_dir):
    app = open_train()
    widget(app, "kind").set_value("beta-vae").run()
    widget(app, "beta").set_value(2.5).run()
    widget(app, "latent_dim").set_value(5).run()
    widget(app, "epochs").set_value(7).run()
    widget(app, "free_bits").set_value(0.25).run()
    widget(app, "seed").set_value(3).run()
    widget(app, "start").click().run()
    (run,) = list_runs(runs_dir)
    made = run.config()
    assert made.model == model_config("dense-512", DIGITS, latent_dim=5)
    assert made.training == train_config(
        "dense-512", dataset="digits", beta=2.5, epochs=7, free_bits=0.25, seed=3
    )
    assert param(app, "run") == run.id
    assert "First in the queue" in said(app)


def said(app: AppTest) -> str:
    bars = [element.proto.text for element in app.get("progress")]
    return "\n".join([texts(app), *bars])


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("latent_dim", 0, "latent dimension"),
        ("epochs", -1, "epochs"),
        ("learning_rate", 50.0, "10"),
    ],
)
def test_a_bad_value_is_named_and_cannot_start(runs_dir, name, value, told):
    app = open_train()
    widget(app, name).set_value(value).run()
    assert len(app.error) == 1
    assert told in app.error[0].value
    assert widget(app, "start").disabled
    assert not list_runs(runs_dir)


def test_absent_data_sets_are_not_offered_but_can_be_fetched(monkeypatch):
    fetched = []

    def nothing_answers(name: str) -> None:
        fetched.append(name)
        raise DataError("Cannot fetch it: no answer.")

    monkeypatch.setattr("ui.absent.download", nothing_answers)
    app = open_train()
    assert widget(app, "dataset").options == ["Small digits, 8×8"]
    assert widget(app, "fetch_mnist").label == "Fetch MNIST digits (11 MB)"
    widget(app, "fetch_fashion-mnist").click().run()
    assert fetched == ["fashion-mnist"]
    assert app.error[0].value == "Cannot fetch it: no answer."


@pytest.mark.parametrize(
    ("seconds", "epochs", "told"),
    [
        (6.84, 20, "About 2 min on this machine: 20 epochs of 6.8 s, if"),
        (148.2, 1, "About 2 min on this machine: 1 epoch of 148 s"),
        (None, 3, "could not be measured"),
    ],
)
def test_the_form_says_how_long_it_will_take(monkeypatch, seconds, epochs, told):
    class Now:
        """An executor that does at once what it is asked to."""

        def submit(self, do, *args):
            answer = Future()
            answer.set_result(do(*args))
            return answer

    asked = []
    monkeypatch.setattr(forecast, "_pool", Now)
    monkeypatch.setattr(forecast, "CALM_SECONDS", 0.0)
    monkeypatch.setattr(forecast, "measure", lambda config, halt: asked.append(config) or seconds)
    app = open_train()
    widget(app, "epochs").set_value(epochs).run()
    widget(app, "seed").set_value(5).run()
    app.run()
    assert told in texts(app)
    assert len(asked) == 1  # neither the epochs nor the seed change the time of one
    widget(app, "latent_dim").set_value(9).run()
    app.run()
    assert len(asked) == 2


def test_an_earlier_run_tells_how_long_it_takes(done, monkeypatch):
    monkeypatch.setattr(forecast, "measure", lambda *_: pytest.fail("measured"))
    monkeypatch.setattr("ui.train.form.threads_of_worker", lambda: done.config().threads)
    app = open_train()
    widget(app, "batch_size").set_value(256).run()
    assert "as an earlier run took" in texts(app)
    pace = np.median([event["seconds"] for event in done.history()])
    assert f"{pace:.2g} s, as" in texts(app)


def test_nothing_is_measured_while_the_form_is_being_filled(monkeypatch):
    monkeypatch.setattr(forecast, "CALM_SECONDS", 1000.0)
    monkeypatch.setattr(forecast, "measure", lambda *_: pytest.fail("measured"))
    assert forecast.MEASURING in texts(open_train())


def test_no_more_than_so_many_runs_can_wait(runs_dir, monkeypatch):
    monkeypatch.setattr("vae_core.runs.folder.MAX_WAITING", 1)
    submit(runs_dir, config())
    app = open_train()
    widget(app, "start").click().run()
    assert "1 runs wait already" in app.error[0].value
    assert len(list_runs(runs_dir)) == 1


def test_a_runs_folder_that_cannot_be_made_is_one_sentence(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("VAE_RUNS_DIR", str(tmp_path / "file"))
    app = open_train()
    widget(app, "start").click().run()
    assert not app.exception
    assert "No run can be made" in app.error[0].value


@pytest.mark.parametrize("preset", PRESETS)
@pytest.mark.parametrize("kind", ["ae", "vae"])
def test_the_sketch_counts_the_network_that_is_built(preset, kind):
    network = model_config(preset, (3, 16, 12), kind=kind)
    found = source.network(network)
    built = build_model(network)
    assert found.n_parameters == sum(weights.numel() for weights in built.parameters())
    assert [size for what, size in found.encoder if what == "conv"] == list(network.channels)
    assert [size for what, size in found.encoder if what == "dense"] == list(network.hidden)


def test_the_sketch_is_told_in_words():
    (alt,) = images(open_train())
    assert "image of 8 by 8 pixels; encoder: dense layer of 512; code of 2 numbers" in alt


@given(kind=st.sampled_from(list(draft.KINDS)), beta=st.floats(0, 100), warmup=st.integers(0, 9))
def test_a_draft_of_a_run_is_the_run_again(kind, beta, warmup):
    first = draft.own_draft("dense-256", "digits", DIGITS, kind)
    made = draft.to_config(replace(first, beta=beta, kl_warmup=warmup), DIGITS, 2)
    assert draft.to_config(draft.draft_of(made), DIGITS, 2) == made
    assert kind != "ae" or (made.training.kl_warmup, made.training.beta) == (0, 1)


# The link


@pytest.mark.parametrize(
    ("params", "named"),
    [
        ({"run": "../../etc"}, "`run`"),
        ({"run": ".deleted-x", "epoch": "1"}, "`run`"),
        ({"run": "a" * 81}, "`run`"),
        ({"run": "ok", "with": "../x"}, "`with`"),
        ({"run": "ok", "epoch": "nan"}, "`epoch`"),
        ({"run": "ok", "epoch": "-1"}, "`epoch`"),
        ({"run": "ok", "epoch": "1e3"}, "`epoch`"),
    ],
)
def test_garbage_in_a_link_is_named_and_dropped(params, named):
    app = open_train(**params)
    assert named in app.toast[0].value
    assert "run" not in app.query_params
    assert "epoch" not in app.query_params


def test_a_run_that_is_not_here_is_named(runs_dir):
    app = open_train(run="20260101T000000-abcdef")
    assert "There is no run" in app.toast[0].value
    assert widget(app, "start") is not None


NAMES = st.from_regex(NAME, fullmatch=True)


@given(NAMES, st.none() | st.integers(0, 9_999_999), st.just("") | NAMES)
def test_an_address_survives_its_link(run, thousandths, other):
    epoch = None if thousandths is None else thousandths / 1000
    wanted = address.Address(run, epoch, other)
    assert address.parse(address.to_params(wanted)) == (wanted, [])


# The runs


def test_waiting_runs_are_dispatched_whatever_page_is_open(runs_dir, monkeypatch):
    started = []
    monkeypatch.setattr(Dispatcher, "start", lambda self: started.append(self.root))
    AppTest.from_file(APP, default_timeout=60).run()
    assert started == []  # there are no runs
    submit(runs_dir, config())
    app = AppTest.from_file(APP, default_timeout=60).run()
    app.run()
    assert not app.exception
    assert started == [runs_dir]


def test_the_queue_is_told_in_order(runs_dir):
    runs = [submit(runs_dir, config(), name=name) for name in ("a", "b", "c")]
    app = open_train(run=runs[2].id)
    assert "Third in the queue" in said(app)
    runs[0].ask("stop")
    assert "Second in the queue" in said(app.run())


def test_a_waiting_run_can_be_stopped_and_go_on(runs_dir):
    run = submit(runs_dir, config())
    app = open_train(run=run.id)
    assert widget(app, "go").disabled
    widget(app, "stop").click().run()
    assert run.status().state == "stopped"
    assert "Stopped after 0 of 2 epochs" in said(app.run())
    assert "no map" in texts(app)
    widget(app, "go").click().run()
    assert run.status().state == "queued"


def test_a_pause_is_asked_for_once_and_shown(runs_dir):
    run = submit(runs_dir, config())
    with run.lock():
        run.write_status("running", 1)
        app = open_train(run=run.id)
        assert "Training: 1 of 2 epochs" in said(app)
        widget(app, "pause").click().run()
        assert run.wants("pause")
        app.run()
        assert "Pausing after this epoch" in said(app)
        assert widget(app, "pause").disabled
        assert not widget(app, "stop").disabled


@pytest.mark.parametrize(
    ("state", "expected"),
    [("failed", "Failed"), ("interrupted", "“Go on” takes it up"), ("paused", "Paused after 1")],
)
def test_an_ended_run_says_how_and_can_go_on(done, state, expected):
    done.write_status("running" if state == "interrupted" else state, 1, "The disk is full.")
    app = open_train(run=done.id)
    assert expected in said(app)
    assert ("The disk is full." in texts(app)) == (state == "failed")
    assert widget(app, "stop").disabled
    assert not widget(app, "go").disabled


def test_a_run_is_deleted_only_after_it_was_confirmed(done):
    app = open_train(run=done.id)
    assert done.path.is_dir()
    widget(app, "delete_sure").click().run()
    assert not done.path.exists()
    app.run()
    assert "run" not in app.query_params
    assert widget(app, "start") is not None


@pytest.mark.parametrize("button", ["stop", "go", "delete_sure", "branch"])
def test_a_run_that_vanished_meanwhile_is_no_traceback(runs_dir, done, button):
    run = submit(runs_dir, config()) if button == "stop" else done
    if button == "go":
        run.write_status("paused", 1)
    app = open_train(run=run.id)
    shutil.rmtree(run.path)
    widget(app, button).click().run()
    assert not app.exception
    app.run()
    assert not app.exception
    assert not run.path.exists()


def test_a_damaged_status_is_one_sentence(done):
    (done.path / "status.json").write_text("{")
    app = open_train(run=done.id)
    assert not app.exception
    assert "status.json is damaged" in app.error[0].value


def test_the_list_opens_a_run(done):
    app = open_train()
    assert "Done: all 2 epochs" in texts(app)
    widget(app, f"open_{done.id}").click().run()
    assert param(app, "run") == done.id


def test_time_left_is_told_from_the_last_epochs():
    events = [{"event": "epoch", "time": float(t), "images_per_second": 9.0} for t in (0, 10, 20)]
    assert words.seconds_left(0.5, 40, events, None) == 200
    assert words.seconds_left(0.5, 40, events[:1], 90) == 200
    assert words.seconds_left(0.5, 40, [], 90) is None


def test_progress_counts_the_steps_of_the_epoch_at_work():
    step = {"event": "step", "epoch": 3, "step": 5, "steps": 10}
    assert words.share_done(Status("running", 2), 10, [step]) == pytest.approx(0.25)
    assert words.share_done(Status("running", 3), 10, [step]) == pytest.approx(0.3)


# What was learnt


@pytest.mark.parametrize("settings", [{"latent_dim": 1}, {"latent_dim": 3}, {"kind": "ae"}, {}])
def test_every_kind_of_run_has_its_pictures(trained, runs_dir, settings):
    run = placed(trained(**settings), runs_dir)
    app = open_train(run=run.id)
    assert not app.error
    alts = list(images(app))
    assert any("Map of 359 held-out images of Small digits, 8×8 at epoch 2" in a for a in alts)
    assert any("evenly spaced places of the map at epoch 2" in a for a in alts)
    titles = re.findall(r"<h2>(.*?)[< ]", "".join(e.proto.body for e in app.get("html")))
    assert ("KL" in titles) == (settings.get("kind") != "ae")
    assert "Held-out image 0" in "".join(e.proto.body for e in app.get("html"))


def test_dots_stand_at_the_turned_codes(done):
    _, svg = map_of(open_train(run=done.id))
    found = album(keys(done))
    expected = codes(found.keys[-1])
    for before, after in reversed(list(pairwise(found.keys))):
        expected = expected @ rotation_onto(codes(before), codes(after))
    (left, right), (bottom, top) = found.ranges
    drawn = {
        (float(x), float(y)) for x, y in re.findall(r"M([\d.]+) ([\d.]+)h0", svg)
    }  # in the drawing's units: 440 across, from 46 and 8
    wanted = np.array([left, top]) + (np.array(sorted(drawn)) - [46, 8]) / 440 * [
        right - left,
        bottom - top,
    ]
    inside = ((expected >= [left, bottom]) & (expected <= [right, top])).all(1)
    distances = np.linalg.norm(expected[inside][:, None] - wanted[None], axis=2).min(1)
    assert inside.sum() > 300
    assert distances.max() < 0.002 * (right - left)


@pytest.mark.parametrize("settings", [{}, {"latent_dim": 3, "seed": 5}])
def test_a_turned_place_decodes_to_what_its_image_does(trained, settings):
    """Fails if the turn is undone the wrong way round."""
    run = Run(trained(**settings))
    found = album(keys(run))
    for index in (1, len(found.keys) - 1):
        loaded = load_checkpoint(found.keys[index][0])
        places = found.plane.to_plane(turned(found, index))[:5]
        expected = decode(loaded.model, codes(found.keys[index])[:5]).numpy()
        np.testing.assert_allclose(decode_at(found, index, places), expected, atol=1e-4)


def test_runs_of_other_seeds_are_turned_onto_each_other(trained):
    """Moments that differ by more than a little: what is turned is nearer than what is not."""
    paths = [trained(), trained(seed=9)]
    found = album(tuple(keys(Run(path))[-1] for path in paths))
    near, far = drifts(found, 1)
    assert near < far
    before, after = (codes(key) for key in found.keys)
    assert far == pytest.approx(np.linalg.norm(after - before, axis=1).mean(), rel=1e-5)
    assert abs(found.turns[1] - found.turns[1].T).max() > 1e-3 or found.turns[1][0, 0] < 0
    loaded = load_checkpoint(found.keys[1][0])
    places = turned(found, 1)[:4]
    expected = decode(loaded.model, after[:4]).numpy()
    np.testing.assert_allclose(decode_at(found, 1, places), expected, atol=1e-4)


def test_the_decoded_map_has_its_pictures_where_their_places_are(done):
    found = album(keys(done))
    whole = np.asarray(Image.open(io.BytesIO(mosaic(found, 2))).convert("L"))[None] / 255
    (left, right), (bottom, top) = found.ranges
    _, height, width = DIGITS
    cell = (right - left) / 16
    for row, column in ((0, 0), (3, 12)):
        place = (left + (column + 0.5) * cell, top - (row + 0.5) * (top - bottom) / 16)
        patch = whole[:, row * height : (row + 1) * height, column * width : (column + 1) * width]
        np.testing.assert_allclose(patch, decode_at(found, 2, [place])[0], atol=0.51 / 255)


def test_the_slider_goes_back_and_the_link_says_so(done):
    app = open_train(run=done.id)
    epochs = [frame.epoch for frame in done.frames()]
    assert "epoch" not in app.query_params
    widget(app, "epoch").set_value(1.0).run()
    assert param(app, "epoch") == "1"
    assert "at epoch 1, " in map_of(app)[0]
    assert "at epoch 1," in map_of(open_train(run=done.id, epoch="1"))[0]
    widget(app, "epoch").set_value(epochs[-1]).run()
    assert "epoch" not in app.query_params  # the newest is followed


def test_a_late_browser_does_not_hold_the_newest_moment_up(done):
    """It reports where the slider was before the server moved it."""
    late = done.frames()[-1].path
    kept = late.read_bytes()
    late.unlink()
    app = open_train(run=done.id)
    slider = widget(app, "epoch")
    assert "at epoch 1, " in map_of(app)[0]
    late.write_bytes(kept)
    app.run()
    assert "at epoch 2, " in map_of(app)[0]
    assert widget(app, "epoch").key != slider.key
    slider.set_value(1.0)  # of the slider that was
    app.run()
    assert "at epoch 2, " in map_of(app)[0]
    assert "epoch" not in app.query_params


def test_a_moment_that_is_not_there_is_answered_by_the_nearest(done):
    app = open_train(run=done.id, epoch="1.2")
    assert "no moment at epoch 1.2" in app.toast[0].value
    assert param(app, "epoch") == "1"


def test_the_drift_is_told_in_latent_units(done):
    app = open_train(run=done.id)
    found = album(keys(done))
    near, far = drifts(found, len(found.keys) - 1)
    assert f"moved by {near:.2f} latent units" in texts(app)
    assert near <= far + 0.01
    assert "beginning" in texts(open_train(run=done.id, epoch="0"))


def test_a_file_of_a_deleted_run_cannot_be_downloaded(tmp_path):
    with pytest.raises(CheckpointError, match="gone"):
        read(str(tmp_path / "0001.000.safetensors"))


def test_a_new_moment_leaves_the_pictures_of_the_others_alone(done, monkeypatch):
    """Or everything would be drawn again after every epoch."""
    found = album(keys(done))
    before = mosaic(replace(album(found.keys[:-1]), ranges=found.ranges), 1)
    monkeypatch.setattr("ui.train.album.decode", lambda *_: pytest.fail("decoded again"))
    assert mosaic(found, 1) == before


def test_play_shows_all_moments_and_halts_at_the_last(done, monkeypatch):
    monkeypatch.setattr("ui.train.travel.STEP_SECONDS", 0.0)
    app = open_train(run=done.id)
    widget(app, "film").click().run()
    seen = [map_of(app)[0]]
    for _ in range(2 * len(done.frames())):
        if not app.session_state["train_playing"]:
            break
        seen.append(map_of(app.run())[0])
    moments = [words.moment(frame.epoch) for frame in done.frames()]
    shown = [re.search(r" at (.*), coloured", alt)[1] for alt in seen]
    assert list(dict.fromkeys(shown)) == [m for m in moments if m in shown]
    assert len(set(shown)) >= len(moments) - 1
    assert shown[-1] == moments[-1]


def test_a_film_is_of_one_run_only(done, trained, runs_dir, monkeypatch):
    """Its moments may not be those of another."""
    monkeypatch.setattr("ui.train.travel.STEP_SECONDS", 1000.0)
    other = placed(trained(batch_size=64), runs_dir)
    app = open_train(run=done.id)
    widget(app, "film").click().run()
    assert widget(app, "film").label == "Halt"
    app.session_state["train_at"] = 0.0625
    widget(app, "run").set_value(other.id).run()
    assert not app.exception
    assert widget(app, "film").label == "Play"
    assert "at epoch 2, " in map_of(app)[0]


def test_a_browser_that_lags_behind_does_not_halt_the_film(done):
    app = open_train(run=done.id)
    widget(app, "film").click().run()
    assert widget(app, "film").label == "Halt"
    late = next(s for s in app._tree.get_widget_states().widgets if "train_epoch_" in s.id)
    while widget(app, "film").label == "Halt":
        before = map_of(app)[0]
        app.session_state["train_since"] = 0.0  # time for the next moment
        states = app._tree.get_widget_states()
        states.widgets.append(late)
        app._run(states)
        assert not app.exception
        assert map_of(app)[0] != before
    assert "epoch" not in app.query_params
    assert "at epoch 2, " in map_of(app)[0]


def test_a_run_of_an_unknown_network_is_not_taken_into_the_form(done):
    made = json.loads((done.path / "config.json").read_text())
    made["model"]["preset"] = "custom"
    (done.path / "config.json").write_text(json.dumps(made))
    app = open_train(run=done.id)
    widget(app, "new").click().run()
    assert not app.exception
    assert "cannot show the data or the network" in app.toast[0].value
    assert widget(app, "preset").value == "dense-512"


def test_a_failed_run_shows_what_its_process_said(done):
    done.log.write_text("Segmentation fault")
    done.write_status("failed", 1, "It did not start.")
    assert "Segmentation fault" in [code.value for code in open_train(run=done.id).code]


def test_a_link_to_a_moment_that_is_left_out_shows_it(done, monkeypatch):
    monkeypatch.setattr("ui.train.album.MAX_FRAMES", 2)
    kept = list(keys_of(done.frames()))
    left_out = next(frame.epoch for frame in done.frames() if frame.epoch not in kept)
    app = open_train(run=done.id, epoch=f"{left_out:g}")
    assert f"at epoch {left_out:g}, " in map_of(app)[0]


def test_curves_show_the_history(done):
    app = open_train(run=done.id)
    charts = {chart.proto.alt: json.loads(chart.proto.spec) for chart in app.get("echarts_chart")}
    history = done.history()
    for curve in curves.curves_of("vae"):
        (spec,) = [s for alt, s in charts.items() if alt.startswith(f"{curve.title} over")]
        for series, prefix in zip(spec["series"], ("", "held_out_"), strict=False):
            expected = [[e["epoch"], sum(e[prefix + t] for t in curve.terms)] for e in history]
            np.testing.assert_allclose(series["data"], expected, atol=1e-4)
        images, held_out = load_images("digits", "train"), load_images("digits", "test")
        bounds = reconstruction_bounds(held_out, images.mean_image())
        levels = [{value for _, value in series["data"]} for series in spec["series"][2:]]
        is_bounded = curve is curves.RECONSTRUCTION
        assert levels == [{round(bounds.floor, 4)}, {round(bounds.mean_image, 4)}] * is_bounded
        assert spec["yAxis"]["name"] == "nats per image"
        assert spec["xAxis"]["name"] == "epoch"
    (bars,) = [s for alt, s in charts.items() if alt.startswith("KL of each")]
    expected = history[-1]["held_out_kl_per_dim"]
    np.testing.assert_allclose(bars["series"][0]["data"], expected, atol=1e-4)


def test_another_run_is_laid_over_and_what_differs_is_listed(done, trained, runs_dir):
    other = placed(trained(kind="ae", epochs=3), runs_dir)
    app = open_train(run=done.id)
    widget(app, "other").set_value(other.id).run()
    assert param(app, "with") == other.id
    for page in (app, open_train(**{"run": done.id, "with": other.id})):
        charts = {c.proto.alt: json.loads(c.proto.spec) for c in page.get("echarts_chart")}
        (spec,) = [s for alt, s in charts.items() if alt.startswith("Reconstruction")]
        expected = [[e["epoch"], e["held_out_reconstruction"]] for e in other.history()]
        np.testing.assert_allclose(spec["series"][2]["data"], expected, atol=1e-4)
        assert spec["xAxis"]["max"] == 3
        (elbo,) = [s for alt, s in charts.items() if alt.startswith("Negative ELBO")]
        assert len(elbo["series"]) == 2  # an autoencoder has none
        (listed,) = [e.proto.body for e in page.get("html") if "<table" in e.proto.body]
        rows = re.findall(r"<tr><th scope=row>(.*?)<td>(.*?)<td>(.*?)(?=<tr>|</table>)", listed)
        assert rows == [("kind", "vae", "ae"), ("epochs", "2", "3")]


def test_a_run_to_compare_with_that_is_gone_is_named(done, trained, runs_dir):
    app = open_train(**{"run": done.id, "with": "gone"})
    assert "There is no run 'gone'" in app.toast[0].value
    assert "with" not in app.query_params


def test_what_is_followed_can_be_chosen(done):
    app = open_train(run=done.id)
    widget(app, "image").set_value(7).run()
    widget(app, "x").set_value(0.5).run()
    found = album(keys(done))
    markup = "".join(e.proto.body for e in app.get("html"))
    assert "Held-out image 7" in markup
    assert "Decoded at 0.5, 0," in markup
    assert decode_at(found, 1, [(0.5, 0.0)]).shape == (1, *DIGITS)
    assert widget(app, "x").max == MAX_COORDINATE


EDGES = st.floats(-1e6, 1e6, allow_nan=False)


@given(st.lists(st.tuples(EDGES, EDGES, EDGES, EDGES), min_size=1, max_size=5), EDGES)
@example([(0.0, 0.0, 0.0, -5e-324)], 0.0)
def test_ranges_hold_all_moments_and_are_square(corners, more):
    extents = [((min(a, b), max(a, b) + 1), (min(c, d), max(c, d) + 1)) for a, b, c, d in corners]
    (left, right), (bottom, top) = grown(extents, is_square=True)
    slack = 1e-6 * max(1, abs(left), abs(right), abs(bottom), abs(top))
    assert right - left == pytest.approx(top - bottom)
    for (a, b), (c, d) in extents:
        assert left <= a + slack
        assert b <= right + slack
        assert bottom <= c + slack
        assert d <= top + slack


@given(st.floats(-1e4, 1e4), st.floats(1e-3, 1e4))
def test_ticks_are_few_and_inside(low, width):
    found = ticks(low, low + width)
    assert 2 <= len(found) <= 14
    assert all(low - 1e-6 <= t <= low + width + 1e-6 for t in found)


# What is kept


def test_a_moment_becomes_a_model_that_explore_opens(done, model_dir, tmp_path, monkeypatch):
    folder = tmp_path / "models"
    folder.mkdir()
    shutil.copy(model_dir / "digits-vae-3d.safetensors", folder)
    monkeypatch.setenv("VAE_CHECKPOINT_DIR", str(folder))
    app = open_train(run=done.id, epoch="1")
    widget(app, "name").set_value("early").run()
    widget(app, "keep_model").click().run()
    assert "Kept as early." in "".join(e.value for e in app.success)
    kept = folder / "early.safetensors"
    frame = next(frame for frame in done.frames() if frame.epoch == 1)
    assert kept.read_bytes() == frame.path.read_bytes()
    widget(app, "explore").click().run()
    assert not app.exception
    assert param(app, "model") == "early"
    widget_ = next(s for s in app.selectbox if s.key == "explore_model")
    assert widget_.value == "early"


def test_a_branch_starts_with_the_weights_of_the_moment(done, runs_dir):
    app = open_train(run=done.id, epoch="1")
    widget(app, "branch").click().run()
    app.run()
    assert widget(app, "latent_dim") is None
    widget(app, "learning_rate").set_value(0.0005).run()
    widget(app, "start").click().run()
    run = next(run for run in list_runs(runs_dir) if run.id != done.id)
    frame = next(frame for frame in done.frames() if frame.epoch == 1)
    assert run.config().parent == str(frame.path)
    assert run.config().model == done.config().model
    assert run.config().training.learning_rate == 0.0005
    assert run.config().training.part == "all"


def test_a_branch_can_train_the_decoder_alone(done, runs_dir):
    app = open_train(run=done.id, epoch="1")
    assert widget(open_train(), "part") is None
    widget(app, "branch").click().run()
    app.run()
    widget(app, "part").set_value("decoder").run()
    widget(app, "start").click().run()
    run = next(run for run in list_runs(runs_dir) if run.id != done.id)
    assert run.config().training.part == "decoder"


def test_a_branch_to_images_of_another_size_is_refused(done):
    parent = draft.Parent(str(done.frames()[0].path), done.config().model, "start")
    changed = draft.own_draft("dense-512", "mnist", (1, 28, 28))
    with pytest.raises(ConfigError, match="another size"):
        draft.to_config(replace(changed, parent=parent), (1, 28, 28), 1)
