"""The Measure page: figures, the plane, dimensions, the exact posterior, strange images, files."""

import csv
import html
import io
import json
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
from streamlit.proto.WidgetStates_pb2 import WidgetState
from streamlit.testing.v1 import AppTest

from tests.models import save_again
from tests.pages.conftest import component, param, texts, widget
from tests.pages.readers import array
from ui import cache, catalogue
from ui.facts import Facts, in_numbers
from ui.learn.work import basics
from ui.measure import (
    bars,
    dimensions,
    exact,
    headline,
    jobs,
    plane,
    posterior,
    protocols,
    rate,
    results,
    strange,
    table,
    tags,
    take,
    without,
)
from ui.measure.dots import Dot, best_trades, dots_of
from ui.measure.shown import LINK, Shown
from vae_core import elbo, encode, load_checkpoint, load_images
from vae_core.data import ImageSet
from vae_core.evaluation import measured
from vae_core.evaluation.figures import FIGURES
from vae_core.evaluation.measured import Measured
from vae_core.evaluation.protocol_results import ProtocolResult, save_protocol
from vae_core.evaluation.protocols import Verdict
from vae_core.measuring import Job, Standing, jobs_dir
from vae_core.metrics.anomaly import anomaly_scores
from vae_core.metrics.estimate import Estimate

PAGE = "pages/measure.py"
VAE, AE, LINE = "digits-vae-2d", "digits-ae-2d", "digits-vae-1d"


@pytest.fixture(autouse=True)
def own_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VAE_MEASURED_DIR", str(tmp_path / "measured"))
    monkeypatch.setenv("VAE_RUNS_DIR", str(tmp_path / "runs"))


@pytest.fixture
def open_measure(open_app: Callable[..., AppTest]) -> Callable[..., AppTest]:
    """Open the page at a link with these parameters."""

    def open_(**params: str) -> AppTest:
        app = open_app()
        app.switch_page(PAGE)
        app.query_params.clear()
        for name, value in params.items():
            app.query_params[name] = value
        app.run()
        assert not app.exception
        return app

    return open_


def entry_of(name: str) -> catalogue.Entry:
    return next(e for e in catalogue.find_entries()[0] if e.name == name)


def keep(name: str, *figures: Measured) -> catalogue.Entry:
    """Results of a model, as if they had been measured."""
    entry = entry_of(name)
    measured.save(entry.path, entry.header, figures)
    return entry


def body(app: AppTest, mark: str) -> str:
    return next(e.proto.body for e in app.get("html") if mark in e.proto.body)


def cells(app: AppTest) -> dict[str, list[str]]:
    """Of each figure in the table, its cells."""
    found = {}
    for row in re.split("<tr>|<tr class=about>", body(app, "measure-table")):
        name = re.search("<summary>(.*?)</summary>", row)
        if name:
            parts = re.split("<td>", row)[1:]
            plain = [html.unescape(re.sub("<[^>]*>", " ", p)).strip() for p in parts]
            found[html.unescape(name[1])] = plain
    return found


def is_explore(app: AppTest) -> bool:
    alts = [chart.proto.alt for chart in app.get("plotly_chart")]
    return not app.exception and any("images in latent space" in alt for alt in alts)


def test_it_starts_with_the_model_of_explore_and_what_its_file_says(open_app: Any) -> None:
    app = open_app(model=VAE)
    app.switch_page(PAGE)
    app.query_params.clear()
    app.run()
    assert not app.exception
    assert param(app, "model") == VAE
    assert "packs each image of Small digits, 8×8, 64 values, into 2 numbers" in texts(app)
    scores = entry_of(VAE).header.metrics
    found = cells(app)
    assert found.keys() == {figure.title for figure in FIGURES.values()}
    error = scores["negative_elbo_standard_error"]
    assert found["−ELBO"][0] == f"{scores['negative_elbo']:.1f} ± {error:.1f}  as its file says"
    assert found["Inference gap"][0] == "not measured yet"
    assert f"{scores['negative_elbo']:.1f}" in body(app, "measure-tiles")


def test_the_table_sets_models_side_by_side_with_errors_units_and_reasons(open_measure) -> None:
    keep(VAE, Measured("kl", 2.5, 0.25, 359), Measured("exact_nll", 20.0, 0.0004, 359))
    reason = "A plain autoencoder has no posteriors."
    keep(AE, *(Measured(key, None, note=reason) for key in ("kl", "kl_per_dim")))
    app = open_measure(model=VAE, beside=AE)
    found = cells(app)
    assert found["KL divergence"][:2] == [
        "2.50 ± 0.25",
        "none 1",
    ]
    assert found["KL of each dimension"][1] == "none 1"
    assert body(app, "measure-table").count(reason) == 1
    assert found["Exact −log p"][0] == "20.0000 ± 0.0004"
    markup = body(app, "measure-table")
    assert "nats per image · ↓ less is better" in markup
    assert all(html.escape(figure.definition) in markup for figure in FIGURES.values())
    assert re.findall("<th scope=col>([^<]*)", markup)[1:3] == [
        entry_of(VAE).title,
        entry_of(AE).title,
    ]


def test_the_literature_stands_beside_models_it_fits(mnist_like, open_measure) -> None:
    app = open_measure()
    others = cells(app)["−ELBO, black-or-white"][-1]
    assert others.startswith("137.1 ")
    assert "Davidson et al. 2018" in others
    assert "is not on this machine" in texts(app)
    assert not [b for b in app.button if b.key == "measure_start"]


def test_models_beside_it_are_chosen_and_kept_in_the_link(open_measure) -> None:
    app = open_measure(model=VAE)
    widget(app, "measure_beside").set_value(["digits-vae-8d", LINE]).run()
    assert param(app, "beside") == f"digits-vae-8d,{LINE}"
    assert len(re.findall("<th scope=col>", body(app, "measure-table"))) == 5
    widget(app, "measure_model").set_value("digits-vae-8d").run()
    assert param(app, "model") == "digits-vae-8d"
    assert len(re.findall("<th scope=col>", body(app, "measure-table"))) == 4


@pytest.mark.parametrize(
    "shown",
    [
        Shown("a", ("b", "c, d%"), "posterior", 7, "density", "ordinary"),
        Shown("a", part="anomalies"),
        Shown("a"),
    ],
)
def test_a_link_gives_back_what_it_was_made_of(shown: Shown) -> None:
    assert LINK.parse(LINK.to_params(shown)) == (shown, [])


@pytest.mark.parametrize(
    ("name", "value"),
    [("part", "cellar"), ("image", "-1"), ("beside", "a,a"), ("end", "x"), ("score", "<b>")],
)
def test_a_parameter_that_cannot_be_read_is_left_out_and_told(open_measure, name, value) -> None:
    app = open_measure(model=VAE, **{name: value})
    assert f"`{name}`" in app.toast[0].value


def test_what_is_missing_is_measured_at_the_press_of_a_button(
    open_measure, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    asked = []

    def submit(root: Path, path: Path, header: Any, *, is_again: bool) -> None:
        asked.append((path.stem, is_again))
        job = Job.of(root, header)
        job.path.mkdir(parents=True, exist_ok=True)
        job.write(Standing("waiting"))

    monkeypatch.setattr(jobs, "submit", submit)
    app = open_measure(model=VAE)
    button = widget(app, "measure_start")
    assert button.label == f"Measure {len(FIGURES)} missing figures"
    button.click().run()
    assert asked == [(VAE, False)]
    assert not [b for b in app.button if b.key == "measure_start"]
    job = Job.of(jobs_dir(tmp_path / "runs"), entry_of(VAE).header)
    with job.lock():
        job.write(Standing("running", 0.25, 40.0, "the map", step=8, n_steps=13))
        app.run()
        bar = app.get("progress")[0].proto
        assert bar.value == 25
        assert "step 8 of 13, the map, about 40 s left in all" in bar.text
        widget(app, "measure_cancel_0").click().run()
        assert job.is_unwanted
        keep(VAE, Measured("kl", 2.5, 0.25, 359))
        app.run()
        assert cells(app)["KL divergence"][0] == "2.50 ± 0.25"  # as it is found
    job.write(Standing("failed", message="The disk is full."))
    app.run()
    assert "The disk is full." in app.error[0].value
    everything = [Measured(key, 1.0) for key in FIGURES if not key.endswith(("per_dim", "_kl"))]
    rest = [Measured(key, None, note="No.") for key in FIGURES]
    keep(VAE, *{one.key: one for one in (*rest, *everything)}.values())
    app.run()
    assert not app.error  # what is known is known; that measuring it again failed is said
    assert "The disk is full. The figures below are from another time." in texts(app)
    widget(app, "measure_again").click().run()
    assert asked[-1] == (VAE, True)


def test_headlines_are_the_best_known_numbers_and_say_what_the_model_is_good_at() -> None:
    entry = keep(
        VAE,
        Measured("knn_accuracy", 0.93, 0.01, 359),
        Measured("trustworthiness", 0.8, n=359),
        Measured("anomaly_density", 0.6, 0.1, 700),
        Measured("anomaly_complexity", 0.95, 0.1, 700, "2 held-out images against 9 of mnist"),
        Measured("exact_nll", 21.5, 0.1, 359),
        Measured("hole_share", 0.02, 0.01, 4000),
    )
    column = results.column(entry)
    found = {tile.title: tile.number for tile in headline.tiles(column)}
    assert found == {
        "Classes apart": "93%",
        "An image costs": "21.5 nats",
        "Map to be trusted": "80%",
        "Notices MNIST digits": "95%",
        "Prior covered": "98%",
        "In use": "2 of 2",
    }
    good, weak = headline.judged(column)
    assert good == [
        "keeping the classes apart",
        "noticing images of MNIST digits",
        "filling its map",
    ]
    assert weak == ["keeping alike images together"]
    assert "**good at** keeping the classes apart, noticing" in headline.sentence(column)


@pytest.mark.parametrize(
    ("share", "written"),
    [(0.98, "98%"), (0.996, "99.6%"), (0.9999, "over 99.9%"), (1.0, "100%"), (0.0, "0%"),
     (0.003, "0.3%"), (0.0001, "under 0.1%")],
)  # fmt: skip
def test_a_share_that_is_not_all_never_reads_as_all(share: float, written: str) -> None:
    assert headline.in_percent(share) == written


def dot(number: int, rate: float | None, distortion: float) -> Dot:
    return Dot(number, entry_of(VAE), "a model", rate, distortion)


def test_the_frontier_joins_the_best_trades_and_nothing_dominated() -> None:
    dots = [
        dot(1, 0.0, 100.0), dot(2, 1.0, 99.0), dot(3, 2.0, 60.0), dot(4, 4.0, 55.0),
        dot(5, 6.0, 40.0), dot(6, 8.0, 41.0), dot(7, None, 10.0),
    ]  # fmt: skip
    assert [d.number for d in best_trades(dots)] == [1, 3, 5]
    assert best_trades([dots[-1]]) == []


def test_models_without_a_rate_that_are_nearly_as_good_stand_side_by_side() -> None:
    dots = [dot(1, 2.0, 60.0), *(dot(2 + i, None, y) for i, y in enumerate((70.0, 70.1, 90.0)))]
    made = plane.figure(dots, entry_of(VAE), None, "light", [])
    left, right, alone = next(t for t in made.data if t.marker.symbol == "square").x
    assert left == alone < right


@pytest.mark.parametrize(
    "rates", [(2.0, 4.0), (2.0,), (2.0, None), (None,)], ids=["two", "one", "with AE", "AE"]
)
def test_the_words_speak_of_the_lines_that_are_drawn(rates: tuple[float | None, ...]) -> None:
    dots = [dot(i, rate, 60.0 - 10 * i) for i, rate in enumerate(rates, 1)]
    best = best_trades(dots)
    lines = plane.figure(dots, entry_of(VAE), 50.0, "light", best).data
    said = rate._meaning(dots, best)
    assert ("violet line" in said) == any(t.line.color == plane.FRONTIER["light"] for t in lines)
    assert ("dotted lines" in said) == any(t.line.dash == "dot" for t in lines)


def boxes_apart(a: np.ndarray, b: np.ndarray) -> bool:
    return bool((np.abs(a - b) >= 2 * tags.HALF).any())


def test_numbers_of_dots_lie_on_no_dot_no_number_and_no_line() -> None:
    dots = np.array(
        [[60.0, 340], [75, 335], [90, 330], [93, 327], [95, 322], [250, 200], [250, 203]]
    )
    line = ((60.0, 340.0), (250.0, 200.0))
    offsets = tags.place(dots, [line], (300, 400))
    middles = dots + offsets
    along = np.linspace(*map(np.array, line), 500)
    for i, middle in enumerate(middles):
        assert not (np.abs(dots - middle) < tags.HALF + 5).all(axis=1).any()
        assert not (np.abs(along - middle) < tags.HALF - 1).all(axis=1).any()
        assert all(boxes_apart(middle, other) for other in np.delete(middles, i, axis=0))
        assert (middle > 0).all()
        assert (middle < [300, 400]).all()


def test_a_number_with_room_stands_right_beside_its_dot_without_a_line() -> None:
    (offset,) = tags.place(np.array([[100.0, 100.0]]), [], (300, 400))
    assert offset.tolist() == [tags.NEAR, 0]
    assert not tags.needs_line(offset)
    assert tags.place(np.empty((0, 2)), [], (300, 400)).shape == (0, 2)


def test_models_of_one_preset_are_called_the_same_everywhere(
    saved, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, open_measure
) -> None:
    for name in ("mine", "yours"):
        save_again(saved("vae-2d"), tmp_path / "twins" / f"{name}.safetensors")
    monkeypatch.setenv("VAE_CHECKPOINT_DIR", str(tmp_path / "twins"))
    names = [f"{name} · {entry_of('mine').title}" for name in ("mine", "yours")]
    app = open_measure(model="mine")
    assert widget(app, "measure_model").options == names
    assert re.findall("<th scope=col>([^<]*)", body(app, "measure-table"))[1] == names[0]
    field = widget(app, "measure_beside")
    assert field.options == [f"Small digits, 8×8 · {names[1]}"]
    assert field.label == "Other models beside it (up to 7)"
    app = open_measure(model="mine", part="plane")
    labels = [b.label.partition(" · ")[2] for b in app.button if b.key.startswith("measure_open_")]
    assert sorted(labels) == names


def test_a_model_whose_file_has_no_scores_is_a_dot_once_it_is_measured(
    saved, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, open_measure
) -> None:
    save_again(saved("vae-2d"), tmp_path / "bare" / "bare.safetensors", metrics={})
    monkeypatch.setenv("VAE_CHECKPOINT_DIR", str(tmp_path / "bare"))
    assert "not known yet" in open_measure(part="plane").info[0].value
    entry = keep("bare", Measured("kl", 2.5, n=9), Measured("reconstruction", 20.0, n=9))
    (dot,) = dots_of([entry], entry)
    assert (dot.rate, dot.distortion) == (2.5, 20.0)


def test_every_model_of_the_images_is_a_dot_and_a_button_that_opens_it(open_measure) -> None:
    app = open_measure(model=VAE, part="plane")
    spec = json.loads(app.get("plotly_chart")[0].proto.spec)
    dots = [trace for trace in spec["data"] if trace.get("customdata") is not None]
    assert [trace["marker"]["symbol"] for trace in dots] == ["circle", "square"]
    assert sum(len(trace["y"]) for trace in dots) == 5
    lines = [t for t in spec["data"] if t["mode"] == "lines" and t["line"]["dash"] == "dot"]
    assert lines
    for line in lines:
        (x0, x1), (y0, y1) = line["x"], line["y"]
        assert (y1 - y0) / (x1 - x0) == pytest.approx(-1)
    assert "what grey pixels cost at least" in json.dumps(spec["layout"])
    numbers = [a["text"] for a in spec["layout"]["annotations"] if a["text"].startswith("<b>")]
    assert sorted(numbers) == [f"<b>{number}</b>" for number in range(1, 6)]
    assert "An image costs" in body(app, "measure-brief")  # above it, in one line
    scores = entry_of(VAE).header.metrics
    assert f"rate {scores['kl']:.1f}, distortion {scores['reconstruction']:.1f}" in texts(app)
    assert "no rate, distortion" in texts(app)
    widget(app, f"measure_open_{AE}").click().run()
    assert is_explore(app)
    assert param(app, "model") == AE


def test_a_click_on_a_dot_opens_its_model(open_measure) -> None:
    app = open_measure(model=VAE, part="plane")
    number = next(
        d.number
        for d in dots_of(catalogue.find_entries()[0], entry_of(VAE))
        if d.entry.name == "digits-vae-8d"
    )
    app.session_state["measure_plane"] = {
        "selection": {
            "points": [{"customdata": number}],
            "point_indices": [0],
            "box": [],
            "lasso": [],
        }
    }
    app.run()
    assert is_explore(app)
    assert param(app, "model") == "digits-vae-8d"


def test_a_dimension_that_is_not_used_is_told(
    open_measure, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    saved = load_checkpoint(entry_of("digits-vae-3d").path)
    mu, logvar = saved.latents.mu.clone(), saved.latents.logvar.clone()
    mu[:, 1] = logvar[:, 1] = 0
    logvar[:, 2] = 0
    latents = replace(saved.latents, mu=mu, logvar=logvar)
    save_again(saved, tmp_path / "own" / "collapsed.safetensors", latents=latents)
    monkeypatch.setenv("VAE_CHECKPOINT_DIR", str(tmp_path / "own"))
    app = open_measure(part="dimensions")
    assert "2 of 3 dimensions are in use" in texts(app)
    assert "z2 has collapsed" in texts(app)
    # Only the codes in the file say so: to this decoder z2 still matters, which is measured.
    loss = without.losses_of(entry_of("collapsed"))[1].value
    assert loss > 1
    assert f"Without it the cost of a picture changes by {loss:.2f} nats" in texts(app)
    with monkeypatch.context() as absent:
        absent.setattr(cache, "images", lambda *_: None)
        absent_app = open_measure(part="dimensions")
    assert "z2 has collapsed" in texts(absent_app)
    assert "the cost of a picture changes" not in texts(absent_app)
    assert "do not agree about z3" in texts(app)
    specs = [json.loads(c.proto.spec) for c in app.get("plotly_chart")]
    hatched = specs[0]["data"][0]["marker"]["pattern"]["shape"]
    assert hatched == ["", "", "/"]
    assert len(specs) == 5
    told = array(specs[3]["data"][0]["y"])
    assert told[1] < 1 < told.max() <= 100  # percent; a dimension that says nothing tells nothing
    assert f"z{int(told.argmax()) + 1} alone tells {told.max():.0f} % of the class" in texts(app)
    assert "Without z" in texts(app)


def test_of_images_of_one_class_there_is_nothing_to_tell(
    open_measure, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    saved = load_checkpoint(entry_of("digits-vae-3d").path)
    alike = replace(saved.latents, labels=torch.zeros_like(saved.latents.labels))
    save_again(saved, tmp_path / "own" / "alike.safetensors", latents=alike)
    monkeypatch.setenv("VAE_CHECKPOINT_DIR", str(tmp_path / "own"))
    app = open_measure(part="dimensions")
    assert "all held-out images are of one class" in texts(app)
    assert len(app.get("plotly_chart")) == 4


def test_dimensions_without_a_bar_and_without_a_number_are_told(
    open_measure, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (bars, dimensions):
        monkeypatch.setattr(module, "MAX_BARS", 4)
    losses = [Estimate(2.0 * d, 0.1) for d in range(8)]
    losses[7] = Estimate(None, None)
    monkeypatch.setattr(without, "losses_of", lambda _: losses)
    app = open_measure(model="digits-vae-8d", part="dimensions")
    assert "bars for the first 4 of 8 dimensions" in texts(app)
    specs = [json.loads(c.proto.spec) for c in app.get("plotly_chart")]
    assert [len(spec["data"][0]["x"]) for spec in specs] == [4] * 5
    assert "Without z7 the pictures get worst: 12.0 ± 0.1 nats more each." in texts(app)
    assert "Without z1 they change least: by 0.00 nats, next to nothing." in texts(app)
    assert "Without z8 the cost is not a finite number: no bar." in texts(app)


@pytest.mark.parametrize(
    ("value", "error", "written"),
    [(141.24, 4.9, "141"), (118.62, 0.47, "118.6"), (0.8361, 0.0121, "0.84"), (-2.5, 0.3, "−2.5"),
     (7.25, None, "7.2"), (7.25, 12.0, "7")],
)  # fmt: skip
def test_a_value_has_no_digits_that_its_error_does_not_leave_it(value, error, written) -> None:
    assert bars.rounded(value, error) == written


def test_a_plain_autoencoder_has_nothing_to_collapse_and_no_exact_posterior(open_measure) -> None:
    app = open_measure(model=AE, part="dimensions")
    assert "none can collapse" in texts(app)
    assert len(app.get("plotly_chart")) == 2
    app = open_measure(model=AE, part="posterior")
    assert "A plain AE has no probabilities" in app.info[0].value
    app = open_measure(model="digits-vae-8d", part="posterior")
    assert "this model has 8" in app.info[0].value


def test_the_exact_posterior_of_an_image_is_shown_with_its_numbers(
    open_measure, held_out: ImageSet
) -> None:
    app = open_measure(model=VAE, part="posterior", image="7")
    entry = entry_of(VAE)
    found = exact.posterior(entry.path, entry.mtime, 7)
    assert found is not None
    judged = re.sub("<[^>]*>", " ", body(app, "measure-judged"))
    for name, number in (
        ("Exact −log p(x)", -found.exact.log_likelihood),
        ("−ELBO", found.negative_elbo),
        ("Inference gap", found.gap),
    ):
        assert re.search(rf"{re.escape(name)}\s+{number:.1f} nats", judged)
    assert f"{found.exact.within_q:.0%}" in judged
    # What it costs to code by the encoder is no less than the exact cost, but for chance.
    assert found.negative_elbo + found.exact.log_likelihood > -0.1
    left, right, bottom, top = found.extent
    area = (right - left) * (top - bottom) / found.exact.density.size
    assert found.exact.density.sum() * area == pytest.approx(1, abs=0.02)
    assert set(np.unique(found.image)) <= {0, 255}
    spec = json.loads(app.get("plotly_chart")[1].proto.spec)
    assert [trace["type"] for trace in spec["data"]] == ["heatmap", "scatter", "scatter"]
    widget_field = next(n for n in app.number_input if n.key == "measure_image")
    widget_field.set_value(9).run()
    assert param(app, "image") == "9"
    assert "Held-out image 9" in body(app, "measure-judged")


def test_a_click_on_the_map_chooses_the_image(open_measure) -> None:
    app = open_measure(model=VAE, part="posterior")
    states = app._tree.get_widget_states()
    pin = component(app, "latent_pin").proto
    name = json.loads(pin.json)["map"]
    for value, image in (({"image": 5}, 5), ({"image": None, "x": 90.0, "y": 0.0}, None)):
        pick = json.dumps([{"event": "pick", "value": {"x": 0.0, "y": 0.0, "map": name, **value}}])
        identity = f"$$STREAMLIT_INTERNAL_KEY_{pin.id}__events"
        states.widgets.append(WidgetState(id=identity, json_trigger_value=pick))
        app._run(states)
        app.run()
        assert image is None or param(app, "image") == str(image)
        states = app._tree.get_widget_states()
    mu = entry_of(VAE)
    codes = load_checkpoint(mu.path).latents.mu.double().numpy()
    nearest = int(np.square(codes - [90.0, 0.0]).sum(1).argmin())
    assert param(app, "image") == str(nearest)


@pytest.mark.parametrize(
    ("share", "said"), [(0.4, "misses much of it"), (0.7, "hits most of it"), (0.85, "hits it:")]
)
def test_how_well_the_encoder_answers_is_told_by_what_its_region_holds(share, said) -> None:
    names = dict.fromkeys(("image", "is_binarized", "negative_elbo", "sigma"))
    found = exact.Posterior(
        **names, exact=SimpleNamespace(within_q=share), mu=np.zeros(2), places=(1.0,)
    )
    assert said in posterior.in_words(found)


def test_in_one_dimension_the_posteriors_are_curves_over_equal_areas(open_measure) -> None:
    app = open_measure(model=LINE, part="posterior", image="3")
    spec = json.loads(app.get("plotly_chart")[1].proto.spec)
    assert [trace["name"] for trace in spec["data"]] == ["exact", "encoder"]
    entry = entry_of(LINE)
    found = exact.posterior(entry.path, entry.mtime, 3)
    assert found is not None
    x, curves = found.exact.x, spec["data"]
    assert [np.trapezoid(array(c["y"]), x) for c in curves] == pytest.approx([1, 1], abs=0.02)


def test_separate_places_are_counted_by_their_mass() -> None:
    axis = np.linspace(-3, 3, 61)

    def bump(x: float, y: float, share: float) -> np.ndarray:
        square = np.square(axis - x)[None] + np.square(axis - y)[:, None]
        return share * np.exp(-0.5 * square / 0.04) / (2 * np.pi * 0.04)

    density = bump(-2, 0, 0.7) + bump(2, 1, 0.28) + bump(0, -2, 0.02)
    assert exact.places_of(density) == pytest.approx((0.7, 0.28), abs=0.02)
    assert exact.places_of(density[30] + density[40]) == pytest.approx((0.71, 0.28), abs=0.05)


@pytest.mark.parametrize("method", ["reconstruction", "complexity"])
def test_the_strangest_images_come_first_and_open_in_explore(
    open_measure, held_out: ImageSet, method: str
) -> None:
    app = open_measure(model=VAE, part="anomalies", score=method)
    found = anomaly_scores(load_checkpoint(entry_of(VAE).path).model, held_out, method).numpy()
    order = np.argsort(-found, kind="stable")
    labels = [b.label for b in app.button if b.key and b.key.startswith("measure_tile_open_")]
    assert [int(label.rpartition(" ")[2]) for label in labels] == order[: strange.TILES].tolist()
    score = f"Rank 1: {found[order[0]]:.1f} nats".replace("-", "−")
    assert score in texts(app)
    assert ("mean over a few draws" in texts(app)) == (method == "reconstruction")
    widget(app, "measure_end").set_value("ordinary").run()
    assert param(app, "end") == "ordinary"
    assert f"Rank {len(held_out)}: " in texts(app)
    widget(app, "measure_tile_open_0").click().run()
    assert is_explore(app)
    assert param(app, "image") == str(order[-1])


def test_explore_says_how_often_a_code_was_drawn_for_its_reconstruction() -> None:
    known = Facts("inside", 50.0, None, None, None, 488.5, 5.9, "3", None)
    assert ("Reconstruction", "488.5 nats, mean over 4 draws of the code") in in_numbers(known)
    assert ("Reconstruction", "488.5 nats") in in_numbers(replace(known, kl=None))


def test_an_autoencoder_is_offered_the_scores_it_has(open_measure) -> None:
    app = open_measure(model=AE, part="anomalies", score="exact")
    assert widget(app, "measure_score").value == "reconstruction"
    assert len(widget(app, "measure_score").options) == 3
    assert "A plain autoencoder gives images no probabilities." in texts(app)


def test_without_the_images_their_codes_are_all_there_is(mnist_like, open_measure) -> None:
    for part, words in (
        ("anomalies", "The images themselves are not on this machine"),
        ("posterior", "needs the image, which is not on this machine"),
        ("dimensions", "What is lost without a dimension cannot be told"),
        ("plane", "The line of what grey pixels cost"),
    ):
        assert words in texts(open_measure(part=part))


def test_images_that_come_later_are_used_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    entry = entry_of(VAE)
    file = entry.path, entry.mtime
    with monkeypatch.context() as absent:
        absent.setattr(cache, "images", lambda *_: None)
        assert strange.scores(*file, "reconstruction") is None
        assert exact.posterior(*file, 0) is None
        assert basics.gradients(file, 0, 2) is None
        assert basics.costs(file, 5).n_images == 0
    assert strange.scores(*file, "reconstruction") is not None
    assert exact.posterior(*file, 0) is not None
    assert basics.gradients(file, 0, 2) is not None
    assert basics.costs(file, 5).n_images == 5


def test_the_crowd_of_codes_is_that_of_training_images_or_there_is_no_score(
    open_measure, monkeypatch: pytest.MonkeyPatch
) -> None:
    entry = entry_of(VAE)
    file = entry.path, entry.mtime
    images = cache.images
    with monkeypatch.context() as absent:
        absent.setattr(cache, "images", lambda d, part: images(d, part) if part == "test" else None)
        app = open_measure(model=VAE, part="anomalies", score="density")
        assert "compares the codes with those of training images" in app.info[0].value
        assert strange.scores(*file, "density") is None
        assert strange.scores(*file, "reconstruction") is not None
    found, model = strange.scores(*file, "density"), load_checkpoint(entry.path).model
    usual = encode(model, load_images("digits", "train"))
    expected = anomaly_scores(model, load_images("digits", "test"), "density", usual)
    assert found == pytest.approx(expected.numpy())


def test_without_a_model_the_page_says_what_to_do(
    open_measure, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VAE_CHECKPOINT_DIR", str(tmp_path))
    assert "There is no model in" in open_measure().info[0].value


def test_files_hold_what_is_shown_and_what_it_means() -> None:
    entry = keep(
        VAE,
        Measured("kl_per_dim", (1.5, 0.25), n=359),
        Measured("exact_nll", 21.5, 0.1, 359, "note"),
        Measured("hole_share", None, note="No prior."),
    )
    columns = results.columns([entry, entry_of(AE)])
    records = json.loads(take.to_json(columns))
    one = next(r for r in records if r["key"] == "exact_nll")
    assert (one["value"], one["standard_error"], one["n"]) == (21.5, 0.1, 359)
    assert (one["unit"], one["better"], one["note"]) == ("nats/image", "less", "note")
    assert one["definition"] == FIGURES["exact_nll"].definition
    assert one["checkpoint_sha256"] == entry.header.sha256
    lines = list(csv.DictReader(io.StringIO(take.to_csv(columns).decode())))
    assert len(lines) == len(records)
    assert tuple(lines[0]) == take.FIELDS
    by_key = {(line["model"], line["key"]): line["value"] for line in lines}
    assert by_key[VAE, "kl_per_dim"] == "1.5 0.25"
    assert by_key[VAE, "hole_share"] == ""


def test_a_file_of_several_models_says_how_many() -> None:
    columns = results.columns([entry_of(VAE), entry_of(AE)])
    assert take.file_name(columns[:1]) == VAE
    assert take.file_name(columns) == "digits-2-models"
    header = replace(
        columns[1].entry.header, dataset=replace(columns[1].entry.header.dataset, name="mnist")
    )
    other = replace(columns[1], entry=replace(columns[1].entry, header=header))
    assert take.file_name([columns[0], other]) == "2-models"


def test_many_dimensions_are_cut_short_in_the_table_not_in_the_files() -> None:
    values = tuple(float(i) for i in range(12))
    found = table.written(FIGURES["kl_per_dim"], Measured("kl_per_dim", values))
    assert found.endswith("7.00 and 4 more")


def test_damaged_results_are_told_and_can_be_measured_again(open_measure) -> None:
    entry = keep(VAE, Measured("kl", 2.5))
    (path,) = measured.results_dir(entry.path).glob("*.json")
    path.write_text("{")
    app = open_measure(model=VAE)
    assert "measure again" in app.warning[0].value
    assert widget(app, "measure_start")


def test_the_bound_of_an_image_is_above_its_exact_cost(held_out: ImageSet) -> None:
    entry = entry_of(VAE)
    model = load_checkpoint(entry.path).model
    found = [exact.posterior(entry.path, entry.mtime, i) for i in range(4)]
    for one in found:
        assert one is not None
        image = replace(
            held_out,
            images=held_out.images[:1].new_tensor(one.image[None]),
            labels=held_out.labels[:1],
        )
        bound = float(elbo(model, image, draws=500).negative_elbo)
        assert bound > -one.exact.log_likelihood - 0.05


def test_protocols_are_shown_class_by_class_with_what_others_report(open_measure) -> None:
    classes = tuple(map(str, range(10)))
    verdicts = (
        Verdict("reconstruction", tuple(0.5 + i / 20 for i in range(10)), 0.725, 0.01),
        Verdict("density", (0.9,) * 10, 0.9, None),
    )
    result = ProtocolResult("leave-one-out", "digits", "Small models.", classes, (0, 1), verdicts)
    save_protocol(measured.results_dir(entry_of(VAE).path), result)
    app = open_measure(model=VAE, part="anomalies")
    markup = next(e.proto.body for e in app.get("html") if "is that one strange?" in e.proto.body)
    plain = html.unescape(re.sub("<[^>]*>", " ", markup))
    assert "0.725 ± 0.010" in plain
    assert "Small models. 2 models were trained for each class, with other" in plain
    once = protocols.to_html(replace(result, seeds=(0,)), {})
    assert "random numbers" not in once
    assert len(re.findall("<th scope=row>", markup)) == 11
    other = protocols.to_html(replace(result, dataset="mnist"), {})
    assert "Others report a mean of 0.855" in other
