"""Tests for pages/learn.py: steps tick when they are done, questions, classes and links."""

import inspect
import json
import re
import shutil
from dataclasses import replace
from math import log
from textwrap import dedent
from types import SimpleNamespace
from urllib.parse import parse_qsl

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.stats import norm
from streamlit.proto.WidgetStates_pb2 import WidgetState

from tests.models import save_again, write_digits_model
from tests.pages.conftest import assert_ran, component, param, texts
from ui import cache, stage
from ui.keys import Look
from ui.learn import address, asked, maps, models, teacher, voter
from ui.learn.address import LINK, Reading
from ui.learn.lessons import GROUPS, LESSONS
from ui.learn.live import bells, betas, noise
from ui.learn.tally import MAX_CLASSES, MAX_VOTERS, Board
from ui.learn.work import basics
from ui.learn.work import beta as work
from vae_core import elbo, load_checkpoint
from vae_core.metrics.holes import drawn_in_holes
from vae_core.metrics.support import Neighbourhood
from vae_core.models.posterior import Posterior
from vae_core.objectives import kl_per_dim

BY_KEY = {lesson.key: lesson for lesson in LESSONS}
LINK_OF_A_CLASS = ("lesson", "step", "done", "answers", "class")
OWN = ("autoencoder", "holes", "reparameterization", "elbo", "beta")


@pytest.fixture
def open_page(open_app):
    """The page at a link with these parameters."""

    def open_(**params):
        app = open_app()
        app.switch_page("pages/learn.py")
        for name in list(app.query_params):
            del app.query_params[name]
        for name, value in params.items():
            app.query_params["class" if name == "group" else name] = value
        return app.run()

    return open_


@pytest.fixture(scope="session")
def beta_dir(tmp_path_factory):
    folder = tmp_path_factory.mktemp("betas")
    for beta in (0.1, 1.0, 10.0):
        write_digits_model(folder / f"digits-beta-{beta:g}-vae-2d.safetensors", 2, beta=beta)
    return folder


@pytest.fixture
def use_betas(beta_dir, monkeypatch):
    monkeypatch.setenv("VAE_CHECKPOINT_DIR", str(beta_dir))


@pytest.fixture
def betas_with_guests(beta_dir, tmp_path, monkeypatch):
    """The same models under the names of those that are shipped, where others may be added."""
    monkeypatch.setattr(work, "MODEL", "digits-dense-512-vae-2d")
    for beta, name in ((0.1, "-beta-0.1"), (1.0, ""), (10.0, "-beta-10")):
        shutil.copy(
            beta_dir / f"digits-beta-{beta:g}-vae-2d.safetensors",
            tmp_path / f"{work.MODEL}{name}.safetensors",
        )
    monkeypatch.setenv("VAE_CHECKPOINT_DIR", str(tmp_path))
    return tmp_path


def assert_defined(app):
    assert not app.exception
    assert not app.error
    charts = [c.proto.spec for c in app.get("plotly_chart")]
    said = re.sub(r'"bdata":"[^"]*"', "", "\n".join([texts(app), *charts]))
    assert not re.search(r"\b(nan|inf|infinity)\b", said, re.IGNORECASE)


def field(app, key):
    kinds = (app.button, app.slider, app.select_slider, app.radio, app.checkbox, app.text_input)
    found = [w for kind in kinds for w in kind if w.key == key]
    assert found, key
    return found[0]


def keys(app):
    return {w.key for w in app.button}


def is_done(app):
    """Whether the open step says so."""
    (task,) = [e.proto.body for e in app.get("html") if "role=status" in e.proto.body]
    assert ("Done." in task) == ('class="task done"' in task) != ("Your turn." in task)
    assert not ("Done." in task and "Answer the question" in task.split("Your task was:")[0])
    return "Done." in task


def source_of(code):
    return dedent(inspect.getsource(inspect.unwrap(code))).strip()


def done_steps(app, lesson):
    """As the address has them, from 1."""
    if "done" not in app.query_params:
        return set()
    found = dict(part.split(".") for part in param(app, "done").split(","))
    return {n for n, bit in enumerate(found.get(lesson, ""), 1) if bit == "1"}


def pick(app, x, y, image=None, map_number=0):
    """A click on a map, as the browser would report it."""
    pin = component(app, "latent_pin")
    chart = json.loads(app.get("plotly_chart")[map_number].proto.spec)
    value = {"map": chart["layout"]["meta"], "x": x, "y": y, "image": image}
    states = app._tree.get_widget_states()
    identity = f"$$STREAMLIT_INTERNAL_KEY_{pin.proto.id}__events"
    events = json.dumps([{"event": "pick", "value": value}])
    states.widgets.append(WidgetState(id=identity, json_trigger_value=events))
    app._run(states)
    return app.run()


def answer(app, option):
    (radio,) = app.radio
    radio.set_value(option).run()
    return field(app, radio.key.replace("_radio", "_answer")).click().run()


def right_option(lesson, step):
    """Of a step from 1, the option that is right for the models that are here."""
    question = BY_KEY[lesson].steps[step - 1].question
    return question.options[question.answer()]


def set_(app, key, value):
    return field(app, key).set_value(value).run()


def test_lessons_are_told_apart_and_say_all_they_should():
    assert len({lesson.key for lesson in LESSONS}) == len(LESSONS)
    assert [key for key in OWN if key in BY_KEY] == list(OWN)
    for lesson in LESSONS:
        assert lesson.group in GROUPS
        assert lesson.idea.endswith((".", "?")) and lesson.learnt.endswith(".")
        assert lesson.minutes > 0
        assert len({step.key for step in lesson.steps}) == len(lesson.steps)
        for step in lesson.steps:
            assert step.task.endswith((".", ".)"))
            assert all(len(formula.words) > 20 for formula in step.formulas)
            if step.question is not None:
                # In a link an option is one digit.
                assert len(set(step.question.options)) == len(step.question.options)
                assert 1 < len(step.question.options) <= 10


def test_the_overview_has_a_card_for_each_lesson(open_page):
    app = open_page()
    assert_defined(app)
    assert {f"learn_open_{key}" for key in BY_KEY} <= keys(app)
    assert "0 of 5 steps done · 6 minutes" in texts(app)


def at_each_step(app, lesson):
    """The page at each step of a lesson, one after the other."""
    for number, step in enumerate(BY_KEY[lesson].steps, 1):
        app.query_params["step"] = str(number)
        yield number, step, app.run()


@pytest.mark.parametrize("lesson", OWN)
def test_every_step_opens_undone_with_all_its_words(open_page, lesson):
    app = open_page(lesson=lesson)
    assert BY_KEY[lesson].title == app.title[0].value
    for number, step, shown in at_each_step(app, lesson):
        assert_defined(shown)
        assert step.task in texts(shown) or is_done(shown)
        for formula in step.formulas:
            assert formula.latex in "".join(e.value for e in shown.latex)
            assert formula.words in texts(shown)
        for code in step.code:
            assert source_of(code) in [e.value for e in shown.code]
        # With models of one beta alone there is nothing to choose.
        assert is_done(shown) == ((lesson, number) in {("beta", 2), ("beta", 5)})


@pytest.mark.parametrize("lesson", OWN)
def test_without_images_a_step_works_from_the_codes_or_says_what_is_missing(
    mnist_like, open_page, lesson
):
    missing = {("reparameterization", 3): "needs images"}
    missing |= {("beta", n): "Nobody can tell here" for n in (1, 3, 4)}
    missing |= {("holes", n): "needs a model that is not here: a plain auto" for n in range(1, 6)}
    for number, step, app in at_each_step(open_page(lesson=lesson), lesson):
        if step.question is not None:
            answer(app, step.question.options[0])
        assert not app.exception
        assert {missing.get((lesson, number), "") in e.value for e in app.error} <= {True}
        assert bool(app.error) == ((lesson, number) in missing)


def test_lesson_1_is_done_by_doing(open_page, saved, held_out):
    app = open_page(lesson="autoencoder")
    pick(app, 0.3, 0.4)  # a place
    assert not is_done(app)
    pick(app, 0.3, 0.4, image=7)
    assert is_done(app)
    assert 'class="task done"' in "".join(e.proto.body for e in app.get("html"))
    field(app, "learn_next").click().run()
    assert not is_done(app)
    answer(app, right_option("autoencoder", 2))
    assert is_done(app)
    assert "64 numbers. Its code is 2. That is 32 times fewer" in texts(app)
    field(app, "learn_next").click().run()
    latents = saved("vae-2d").latents
    wanted = int(re.search(r"Wanted: a picture of class (\d)", texts(app))[1])
    goal = np.median(latents.mu.numpy()[latents.labels.numpy() == wanted], axis=0)
    assert not is_done(app)
    for i, value in enumerate(goal):
        set_(app, f"learn_autoencoder_decoder_z{i + 1}", round(float(value), 1))
    assert is_done(app)
    field(app, "learn_next").click().run()
    nats = elbo(saved("vae-2d").model, held_out).reconstruction.numpy()
    pick(app, 0, 0, image=int(nats.argmin()))
    assert not is_done(app)
    pick(app, 0, 0, image=int(nats.argmax()))
    assert is_done(app)
    field(app, "learn_next").click().run()
    assert "Lesson done" not in "".join(e.value for e in app.success)
    answer(app, right_option("autoencoder", 5))
    assert done_steps(app, "autoencoder") == {1, 2, 3, 4, 5}
    assert BY_KEY["autoencoder"].learnt in app.success[0].value
    field(app, "learn_next_lesson").click().run()
    assert param(app, "lesson") == "holes"


def test_a_class_further_out_than_the_sliders_once_went_can_be_drawn(
    saved, tmp_path, monkeypatch, open_page
):
    found = saved("vae-2d")
    latents = replace(found.latents, mu=found.latents.mu * 5)
    save_again(found, tmp_path / "far" / "far.safetensors", latents=latents)
    monkeypatch.setenv("VAE_CHECKPOINT_DIR", str(tmp_path / "far"))
    app = open_page(lesson="autoencoder", step="3")
    entry = models.entry("x-vae-2d")
    _, goal = basics.far_class((entry.path, entry.mtime))
    assert np.abs(goal).max() > 4
    for i, value in enumerate(goal):
        slider = field(app, f"learn_autoencoder_decoder_z{i + 1}")
        assert slider.min <= value <= slider.max
        slider.set_value(round(float(value), 1)).run()
    assert is_done(app)


@pytest.mark.parametrize("start", [(0.1, 1.0), (-0.1, 1.0), (0.0, 1.1), (0.0, 0.9)])
def test_a_curve_one_place_beside_the_prior_does_not_lie_on_it(open_page, start):
    app = open_page(lesson="elbo", step="2")
    for name, value in zip(("mu", "sigma"), start, strict=True):
        set_(app, f"learn_elbo_meet_{name}", value)
    assert not is_done(app)
    assert bells.kl_by_integration(*start) > 2 * bells.LEAST


def test_an_image_that_is_not_among_the_dots_can_be_looked_at_by_its_number(
    open_page, saved, held_out, monkeypatch
):
    monkeypatch.setattr(stage, "DEFAULT_BATCH", 20)
    app = open_page(lesson="autoencoder", step="4")
    shown = stage.exhibit_for(models.entry("digits-vae-2d")).shown.indices.tolist()
    nats = elbo(saved("vae-2d").model, held_out).reconstruction.numpy()
    others = [i for i in range(len(nats)) if i not in shown]
    worst = max(others, key=lambda i: nats[i])
    pick(app, 0, 0, image=worst)
    assert f"**{nats[worst]:.0f} nats**" in texts(app)
    assert is_done(app)
    app = open_page(lesson="elbo", step="1")
    pick(app, 0, 0, image=others[0])
    assert "Its code costs" in texts(app)


def test_a_lesson_s_map_has_the_far_dots_in_view_and_can_be_without_numbers(open_page):
    app = open_page(lesson="holes", step="2")
    plots = [json.loads(c.proto.spec) for c in app.get("plotly_chart")]
    assert len(plots) == 2
    for found in plots:
        assert found["layout"]["xaxis"]["showticklabels"] is False
        assert "variance" not in found["layout"]["xaxis"]["title"]["text"]
    heads = [e.proto.body for e in app.get("html") if e.proto.body.startswith("<h2>")]
    assert heads[-2:] == ["<h2>Plain autoencoder</h2>", "<h2>VAE</h2>"]
    answer(app, "A few times as far")
    (first, _) = [json.loads(c.proto.spec) for c in app.get("plotly_chart")]
    assert "showticklabels" not in first["layout"]["xaxis"]
    exhibit = stage.exhibit_for(models.entry("digits-vae-2d"))
    look = Look("class", (), False, "light")
    figure = maps._figure(exhibit.batch_key, exhibit.map_key, look, 440, False, True)
    places = cache.places(exhibit.batch_key, exhibit.map_key)
    for number, axis in enumerate((figure.layout.xaxis, figure.layout.yaxis)):
        assert axis.range[0] < places[:, number].min()
        assert axis.range[1] > places[:, number].max()


def test_the_loneliest_draws_come_first_and_are_of_all_draws(open_page):
    open_page()
    entry = models.entry("digits-vae-2d")
    file = (entry.path, entry.mtime)
    few = basics.loneliest(file, 5, 300, from_prior=True)
    far = cache.neighbourhood(*file).distance(few.pictures.z)
    assert (np.diff(far) <= 0).all()
    every = basics.loneliest(file, 300, 300, from_prior=True)
    assert far[0] == cache.neighbourhood(*file).distance(every.pictures.z).max()
    assert every.n_outside == few.n_outside == (every.pictures.where == "outside").sum()


def far_place(saved, model):
    """A place of a map where no data is, within twice its reach."""
    data = Neighbourhood(saved(model).latents)
    grid = 2 * np.abs(data.mu).max() * np.random.default_rng(0).uniform(-1, 1, (200, 2))
    return grid[data.support(grid).label == "outside"][0].tolist()


def test_lesson_2_is_done_by_doing(open_page, saved):
    app = open_page(lesson="holes")
    middle = saved("ae-2d").latents.mu[0].tolist()
    pick(app, *middle)
    assert not is_done(app)
    pick(app, *far_place(saved, "ae-2d"))
    assert is_done(app)
    field(app, "learn_next").click().run()
    assert len(app.get("plotly_chart")) == 2
    spreads = [float(saved(m).latents.mu.double().std(0).mean()) for m in ("ae-2d", "vae-2d")]
    answer(app, right_option("holes", 2))
    assert f"spread by {spreads[0]:.1f} latent units" in texts(app)
    assert f"{spreads[0] / spreads[1]:.1f} times as far" in texts(app)
    pick(app, 0.0, 0.0, image=3, map_number=1)  # the ring goes to the other map
    assert "VAE" in json.loads(component(app, "latent_pin").proto.json)["map"].upper()
    field(app, "learn_next").click().run()
    assert "Sample 1" not in "".join(e.proto.body for e in app.get("html"))
    answer(app, "With the VAE")
    assert is_done(app)
    for model, from_prior in (("ae-2d", False), ("vae-2d", True)):
        file = (models.entry(f"x-{model}").path, models.entry(f"x-{model}").mtime)
        found = basics.loneliest(file, 21, 1000, from_prior=from_prior)
        assert f"**{found.n_outside} of 1,000** lie where no picture lives" in texts(app)
    field(app, "learn_next").click().run()
    pick(app, 0.0, 0.0)
    assert not is_done(app)
    pick(app, 0.0, 0.0, image=5)
    assert is_done(app)
    sigma = np.exp(0.5 * saved("vae-2d").latents.logvar[5].numpy())
    assert " and ".join(f"{s:.2f}" for s in sigma) in texts(app)
    field(app, "learn_next").click().run()
    pick(app, 0.0, 0.0, image=5)
    assert not is_done(app)
    data = Neighbourhood(saved("vae-2d").latents)
    n_holes, draws = drawn_in_holes(data).sum(), np.random.default_rng(0).normal(size=(4000, 2))
    n_empty = (data.support(draws).label == "outside").sum()
    assert f"that fall in holes is **{n_holes}**" in texts(app)
    assert f"Further out, **{n_empty - n_holes}** more have no image near" in texts(app)
    pick(app, *far_place(saved, "vae-2d"))
    assert done_steps(app, "holes") == {1, 2, 3, 4, 5}


def test_the_code_of_lesson_2_is_the_code_that_runs(open_page, ran):
    for number, step in enumerate(BY_KEY["holes"].steps, 1):
        ran.clear()
        app = open_page(lesson="holes", step=str(number))
        if step.question is not None:
            answer(app, step.question.options[0])
        assert_ran(step.code, ran)


def test_lesson_3_is_done_by_doing(open_page):
    app = open_page(lesson="reparameterization")
    set_(app, "learn_reparameterization_mu", 1.5)
    assert not is_done(app)
    before = texts(app)
    field(app, "learn_reparameterization_glide_roll").click().run()
    assert texts(app) != before  # other noise
    set_(app, "learn_reparameterization_sigma", 0.5)
    assert is_done(app)
    field(app, "learn_next").click().run()
    assert right_option("reparameterization", 2) == "It rises by 0.1"
    answer(app, "Nobody can know, it is chance")
    assert is_done(app)
    assert "It moved by 0.10." in texts(app)
    field(app, "learn_next").click().run()
    assert not app.get("echarts_chart")
    answer(app, right_option("reparameterization", 3))
    assert is_done(app)
    field(app, "learn_next").click().run()
    assert not is_done(app)
    set_(app, "learn_reparameterization_means_n", noise.N_DRAWS)
    assert len(re.findall(r"± [\d.,]+\*\* nats per latent unit", texts(app))) == 2
    assert is_done(app)
    field(app, "learn_next").click().run()
    set_(app, "learn_reparameterization_quiet_times", 2.0)
    assert not is_done(app)
    set_(app, "learn_reparameterization_quiet_times", 0.0)
    assert done_steps(app, "reparameterization") == {1, 2, 3, 4, 5}


def test_the_question_on_the_trick_knows_that_it_scatters_less(open_page):
    open_page()
    assert right_option("reparameterization", 3) == "Those with the trick"
    scatter = [
        float(x.replace(",", "")) for x in re.findall(r"about ([\d,]+)", noise.told_scatter())
    ]
    assert scatter[0] < scatter[1]


def test_lesson_4_is_done_by_doing(open_page, saved):
    app = open_page(lesson="elbo")
    kl = kl_per_dim_of(saved("vae-2d"))
    pick(app, 0, 0, image=int(kl.argmin()))
    assert not is_done(app)
    pick(app, 0, 0, image=int(kl.argmax()))
    assert is_done(app)
    assert f"costs **{kl.max():.2f} nats**; the mean of all pictures is {kl.mean():.2f}" in texts(
        app
    )
    field(app, "learn_next").click().run()
    assert not is_done(app)
    set_(app, "learn_elbo_meet_mu", 0.0)
    assert not is_done(app)
    set_(app, "learn_elbo_meet_sigma", 1.0)
    assert is_done(app)
    assert "KL = **0.000 nats**" in texts(app)
    field(app, "learn_next").click().run()
    answer(app, "Yes, for some μ and σ")
    assert "Not quite" in texts(app)
    assert is_done(app)
    field(app, "learn_next").click().run()  # each step begins anew: nothing is reached by itself
    assert "(done)" not in "".join(e.proto.body for e in app.get("html") if "goals" in e.proto.body)
    set_(app, "learn_elbo_terms_mu", 0.0)
    set_(app, "learn_elbo_terms_sigma", 1.0)
    assert "all parts cancel (done)" in texts(app)
    set_(app, "learn_elbo_terms_mu", 2.0)
    assert not is_done(app)
    set_(app, "learn_elbo_terms_mu", 0.0)
    set_(app, "learn_elbo_terms_sigma", 0.2)
    assert is_done(app)
    field(app, "learn_next").click().run()
    set_(app, "learn_elbo_roads_mu", 0.0)
    set_(app, "learn_elbo_roads_sigma", 1.0)
    set_(app, "learn_elbo_roads_n", bells.DRAWS[-1])
    assert "every road gives 0" in texts(app)
    assert not is_done(app)
    set_(app, "learn_elbo_roads_mu", 1.5)
    assert len(re.findall(r"(Formula|Area|draws): \*\*[\d.± ]+ nats\*\*", texts(app))) == 3
    assert is_done(app)
    field(app, "learn_next").click().run()
    set_(app, "learn_elbo_wrong_mu", 0.0)
    set_(app, "learn_elbo_wrong_sigma", 1.0)
    assert not is_done(app)
    answer(app, right_option("elbo", 6))
    assert done_steps(app, "elbo") == {1, 2, 3, 4, 5, 6}


def kl_per_dim_of(found):
    return kl_per_dim(Posterior(found.latents.mu, found.latents.logvar)).sum(1).numpy()


def test_the_copied_formula_is_shown_wrong_and_the_right_one_right(open_page, ran):
    app = open_page(lesson="elbo", step="6")
    assert "wrong</b>" not in "".join(e.proto.body for e in app.get("html"))  # guess first
    app = answer(app, "Yes")
    assert "Not quite" in texts(app)
    mu, sigma = 1.5, 0.5  # where the sliders stand

    def summand(z):
        return norm.pdf(z, mu, sigma) * (norm.logpdf(z, mu, sigma) - norm.logpdf(z))

    truth, _ = quad(summand, mu - 10 * sigma, mu + 10 * sigma)
    copied = sigma**2 + mu**2 - log(sigma) - 0.5
    (rows,) = [e.proto.body for e in app.get("html") if "as written" in e.proto.body]
    assert f"as written: <b>wrong</b> by {copied - truth:+.3f} nats" in rows
    assert "½(σ² + μ² − 2 log σ − 1): <b>right</b>" in rows
    assert source_of(kl_per_dim) in [e.value for e in app.code]
    assert f"smallest value is {0.5 * log(2):.3f}, at σ = {2**-0.5:.3f}" in texts(app)
    assert_ran(BY_KEY["elbo"].steps[5].code, ran)


def test_lesson_5_is_done_by_doing(use_betas, open_page):
    app = open_page(lesson="beta")
    assert not app.select_slider  # guess first
    assert "below the map" in texts(app)
    answer(app, right_option("beta", 1))
    assert app.select_slider[0].value == 1.0
    assert not is_done(app)
    set_(app, "learn_beta_beta", 10.0)
    assert is_done(app)
    field(app, "learn_next").click().run()
    assert not is_done(app)
    set_(app, "learn_beta_beta", 1.0)
    assert not is_done(app)
    set_(app, "learn_beta_beta", 0.1)
    assert is_done(app)
    field(app, "learn_next").click().run()
    answer(app, right_option("beta", 3))
    assert is_done(app)
    field(app, "learn_next").click().run()
    answer(app, right_option("beta", 4))
    assert is_done(app)
    field(app, "learn_next").click().run()
    reached = {beta: betas.made.reach((e.path, e.mtime), 1.0) for beta, e in work.family().items()}
    assert not is_done(app)
    set_(app, "learn_beta_samples_beta", max(reached, key=reached.get))
    assert done_steps(app, "beta") == {1, 2, 3, 4, 5}


def test_beta_makes_clouds_grow_and_drawings_worse(use_betas, open_page):
    open_page()
    assert list(work.family()) == [0.1, 1.0, 10.0]
    assert right_option("beta", 1) == "They grow"
    assert right_option("beta", 3) == "That of the smallest β"
    costs = [work.costs(entry) for entry in work.family().values()]
    assert costs[0].kl > costs[1].kl > costs[2].kl


@pytest.mark.parametrize(
    ("changes", "belongs"),
    [
        ({"beta": 3.0}, True),
        ({"beta": 3.0, "epochs": 9}, False),
        ({"beta": 3.0, "seed": 1}, False),
        ({"beta": 3.0, "schedule": "cosine"}, False),
        ({"beta": 3.0, "kl_warmup": 1}, False),
        ({"beta": 3.0, "binarize": True}, False),
        ({"beta": 3.0, "free_bits": 0.1}, False),
        ({"beta": 3.0, "part": "decoder"}, False),
    ],
)
def test_only_models_trained_alike_but_for_beta_are_compared(
    betas_with_guests, beta_dir, changes, belongs
):
    found = load_checkpoint(beta_dir / "digits-beta-1-vae-2d.safetensors")
    training = replace(found.training, **changes)
    save_again(found, betas_with_guests / "guest.safetensors", training=training)
    assert list(work.family()) == ([0.1, 1.0, 3.0, 10.0] if belongs else [0.1, 1.0, 10.0])


def test_a_kept_moment_of_a_training_is_no_model_to_compare(betas_with_guests, beta_dir):
    found = load_checkpoint(beta_dir / "digits-beta-1-vae-2d.safetensors")
    training, path = replace(found.training, beta=3.0), betas_with_guests / "moment.safetensors"
    save_again(found, path, training=training, history=found.history[:1])
    assert list(work.family()) == [0.1, 1.0, 10.0]


def test_of_two_models_with_the_same_beta_the_shipped_one_is_compared(betas_with_guests, beta_dir):
    for beta in ("0.1", "1", "10"):
        found = load_checkpoint(beta_dir / f"digits-beta-{beta}-vae-2d.safetensors")
        for name in ("a-guest", "z-guest"):
            save_again(found, betas_with_guests / f"{name}-{beta}.safetensors")
    names = [entry.name for entry in work.family().values()]
    assert names == [f"{work.MODEL}-beta-0.1", work.MODEL, f"{work.MODEL}-beta-10"]


def test_fewer_images_than_clouds_are_shown_have_a_map_too(open_page, monkeypatch):
    monkeypatch.setattr(betas, "N_CLOUDS", 10**6)
    assert_defined(open_page(lesson="beta"))


def test_with_one_beta_the_lesson_says_so(open_page):
    app = open_page(lesson="beta", step="2")
    assert "only one such model here, with β = 1" in app.info[0].value
    for number, step in enumerate(BY_KEY["beta"].steps, start=1):
        if step.question is not None:  # nothing is right, as nothing can be compared
            app = answer(open_page(lesson="beta", step=str(number)), step.question.options[0])
            assert "Nobody can tell here" in app.error[0].value
            assert "Right:" not in texts(app)


@pytest.mark.parametrize(
    "metrics",
    [
        {},
        {"reconstruction": 30.0, "kl": None},
        {"reconstruction": 30.0, "kl": 4.0, "binarized": True},  # of other images
    ],
)
def test_without_images_and_scores_a_sentence_says_so(
    saved, tmp_path, monkeypatch, open_page, metrics
):
    found = saved("vae-2d")
    dataset = replace(found.dataset, name="mnist")
    save_again(found, tmp_path / "bare" / "bare.safetensors", dataset=dataset, metrics=metrics)
    monkeypatch.setenv("VAE_CHECKPOINT_DIR", str(tmp_path / "bare"))
    app = open_page(lesson="beta", step="2")
    assert not app.exception
    assert "the file bare.safetensors does not say it" in app.error[0].value


def test_with_one_beta_there_is_nothing_to_turn_and_the_step_is_done_all_the_same(open_page):
    app = answer(open_page(lesson="beta"), "They grow")
    assert "only one such model here" in texts(app)
    assert is_done(app)


def test_steps_and_lessons_can_be_left_and_come_back_to(open_page):
    app = open_page(lesson="elbo", step="2")
    field(app, "learn_to_elbo_4").click().run()
    assert param(app, "step") == "5"
    field(app, "learn_back").click().run()
    assert param(app, "step") == "4"
    field(app, "learn_to_elbo_1").click().run()
    field(app, "learn_all").click().run()
    assert "lesson" not in app.query_params
    assert field(app, "learn_open_elbo").label == "Start"
    assert field(app, "learn_resume").label == "Go on where you were: The ELBO and its KL, step 2"
    field(app, "learn_resume").click().run()
    assert (param(app, "lesson"), param(app, "step")) == ("elbo", "2")
    set_(app, "learn_elbo_meet_sigma", 1.0)
    set_(app, "learn_elbo_meet_mu", 0.0)
    assert is_done(app)


def test_the_last_step_leads_to_the_first_that_is_not_done(open_page):
    app = open_page(lesson="elbo", step="6", done="elbo.101111")
    field(app, "learn_still_open").click().run()
    assert (param(app, "lesson"), param(app, "step")) == ("elbo", "2")
    assert all(button.key != "learn_still_open" for button in app.button)


def test_what_is_done_is_in_the_link_and_the_session(open_page):
    app = open_page(lesson="elbo", step="1", done="elbo.0101,holes.1")
    assert done_steps(app, "elbo") == {2, 4}
    labels = [b.label for b in app.button]
    assert "2. Two bell curves (done)" in labels
    assert "3. The KL is an area" in labels
    for name in ("lesson", "step", "done"):
        del app.query_params[name]
    app.query_params["lesson"] = "beta"  # another link, in the same session
    app.run()
    assert done_steps(app, "elbo") == {2, 4}
    field(app, "learn_all").click().run()
    assert field(app, "learn_open_elbo").label == "Go on"
    field(app, "learn_open_elbo").click().run()
    assert param(app, "step") == "1"


def test_a_finished_lesson_can_be_looked_at_again(open_page):
    app = open_page(done="elbo.111111")
    assert field(app, "learn_open_elbo").label == "Look again"
    assert "6 of 6 steps done" in texts(app)


@pytest.mark.parametrize(
    "shown",
    [
        Reading(),
        Reading("elbo", 3, {"elbo": frozenset({0, 2}), "holes": frozenset({4})}),
        Reading("beta", 1, {}, controls=False, group="blue-7"),
        Reading("elbo", 3, {"elbo": frozenset({2})}, {"elbo": {2: 1}, "autoencoder": {1: 0, 4: 2}}),
    ],
)
def test_a_link_gives_back_what_was_shown(shown):
    assert LINK.parse(address.to_params(shown)) == (shown, [])


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("lesson", "poetry"),
        ("step", "0"),
        ("step", "one"),
        ("done", "elbo.12"),
        ("done", "poetry.1"),
        ("done", ""),
        ("answers", "poetry.1"),
        ("answers", "elbo.x"),
        ("answers", ""),
        ("controls", "yes"),
        ("class", "<b>"),
        ("class", "x" * 41),
    ],
)
def test_what_cannot_be_read_is_left_out_and_named(name, value):
    shown, unread = LINK.parse({"lesson": "elbo", name: value})
    assert unread == [name]
    assert shown == (Reading() if name == "lesson" else Reading("elbo"))


def test_a_link_to_a_step_that_is_not_there_opens_the_last(open_page):
    app = open_page(lesson="elbo", step="99")
    assert param(app, "step") == "6"


def test_a_bad_link_opens_the_overview_and_says_so(open_page):
    app = open_page(lesson="poetry", group="<b>")
    assert not app.exception
    assert "learn_open_elbo" in keys(app)
    assert "`lesson`, `class`" in app.toast[0].value


def test_a_teachers_link_shows_the_step_alone(open_page):
    app = open_page(lesson="elbo", step="3")
    set_(app, "learn_teacher_class", "blue-7")
    link = next(e.value for e in app.code if "lesson=" in e.value)
    query = dict(parse_qsl(link.split("?")[1]))
    assert query == {"lesson": "elbo", "step": "3", "controls": "0", "class": "blue-7"}
    field(app, "learn_teacher_hides").uncheck().run()
    assert not any("controls" in e.value for e in app.code)
    alone = open_page(lesson="elbo", step="3", controls="0", group="blue-7")
    assert keys(alone) == {"learn_elbo_areas_answer"}
    assert_defined(alone)
    for name in ("lesson", "step", "controls", "class"):
        del alone.query_params[name]
    alone.run()  # back through the navigation: controls are there again
    assert "learn_all" in keys(alone)


def test_a_class_name_that_no_link_takes_is_refused_where_it_is_typed(open_page):
    app = open_page(lesson="elbo")
    set_(app, "learn_teacher_class", "blue & seven")
    assert "only letters, digits" in app.warning[0].value
    (link,) = [e.value for e in app.code if "lesson=" in e.value]
    assert "class=" not in link
    set_(app, "learn_teacher_class", " 10b  physics ")
    assert not app.warning
    (link,) = [e.value for e in app.code if "lesson=" in e.value]
    assert "class=10b-physics" in link


@pytest.mark.parametrize(
    ("url", "is_only_here"),
    [
        ("http://localhost:8501/learn", True),
        ("http://127.0.0.1:8501/learn?step=2", True),
        ("http://[::1]:8501/learn", True),
        ("http://192.168.0.7:8501/learn", False),
        ("https://localhost.school.org/learn", False),
        ("", False),
    ],
)
def test_a_link_that_only_this_computer_can_open_is_known(url, is_only_here):
    assert teacher.is_only_here(url) == is_only_here


def votes(app):
    (found,) = [e.proto.body for e in app.get("html") if "<meter" in e.proto.body]
    return [int(n) for n in re.findall(r"</meter>(\d+) of", found)]


def test_a_class_sees_its_answers_after_its_own(open_page):
    link = {"lesson": "elbo", "step": "3", "group": "blue-7"}
    first, second, other = (
        open_page(**link),
        open_page(**link),
        open_page(**link | {"group": "red"}),
    )
    answer(first, "No, never")
    assert votes(first) == [1, 0]
    assert "1 answer so far. Answer to see them." in texts(second.run())
    answer(second, "Yes, for some μ and σ")
    assert votes(second) == [1, 1]
    assert votes(first.run()) == [1, 1]
    assert "“No, never” is counted. You may try others; they are not." in texts(first)
    assert "Right: No, never" in texts(first)
    (radio,) = first.radio
    radio.set_value("Yes, for some μ and σ").run()
    assert "Not quite" in texts(first)
    assert field(first, "learn_elbo_areas_answer").disabled
    assert votes(second.run()) == [1, 1]
    answer(other, "No, never")
    assert votes(other) == [1, 0]


def test_a_page_that_is_loaded_again_knows_the_answer_and_does_not_vote_again(open_page):
    first = open_page(lesson="elbo", step="3", group="green")
    answer(first, "Yes, for some μ and σ")
    assert param(first, "answers") == "elbo.--1"
    again = open_page(
        **{("group" if k == "class" else k): param(first, k) for k in LINK_OF_A_CLASS}
    )
    (radio,) = again.radio
    assert radio.value == "Yes, for some μ and σ"
    assert "Not quite" in texts(again)
    assert is_done(again)
    assert field(again, "learn_elbo_areas_answer").disabled
    assert votes(again) == [0, 1]
    field(again, "learn_next").click().run()
    field(again, "learn_back").click().run()
    assert again.radio[0].value == "Yes, for some μ and σ"


def test_answers_in_a_link_that_no_question_has_are_left_out():
    shown, unread = LINK.parse({"lesson": "elbo", "answers": "elbo.0-9,holes.-1"})
    assert unread == []
    assert shown.answers == {"elbo": {}, "holes": {1: 1}}


def test_a_teacher_sees_the_answers_of_a_class_without_one_of_their_own(open_page):
    pupil = open_page(lesson="elbo", step="3", controls="0", group="gold")
    answer(pupil, "No, never")
    app = open_page(lesson="elbo", step="3")
    assert field(app, "learn_teacher_watches").disabled
    set_(app, "learn_teacher_class", "gold")
    assert not any("<meter" in e.proto.body for e in app.get("html"))
    field(app, "learn_teacher_watches").check().run()
    assert votes(app) == [1, 0]
    assert not is_done(app)
    assert "Right:" not in texts(app)


def test_without_a_class_nothing_is_counted(open_page):
    app = open_page(lesson="elbo", step="3")
    answer(app, "No, never")
    assert "Right: No, never" in texts(app)
    assert not any("<meter" in e.proto.body for e in app.get("html"))


def test_an_answer_can_be_thought_over_before_it_is_given(open_page):
    app = open_page(lesson="elbo", step="3")
    assert field(app, "learn_elbo_areas_answer").disabled
    app.radio[0].set_value("No, never").run()
    assert not is_done(app)
    assert "Right" not in texts(app)


@pytest.mark.parametrize(
    ("cookie", "is_kept"), [("ab" * 16, True), ("AB" * 16, False), ("<b>", False), (None, False)]
)
def test_a_browser_keeps_the_number_it_votes_as(monkeypatch, cookie, is_kept):
    cookies = {} if cookie is None else {voter.COOKIE: cookie}
    visitor = SimpleNamespace(context=SimpleNamespace(cookies=cookies), session_state={})
    monkeypatch.setattr(voter, "st", visitor)
    found = voter.voter()
    assert re.fullmatch("[0-9a-f]{32}", found)
    assert (found == cookie) is is_kept
    assert voter.voter() == found


def test_a_link_opened_again_knows_what_its_browser_answered(open_page, monkeypatch):
    monkeypatch.setattr(asked, "voter", lambda: "one browser")
    first = open_page(lesson="elbo", step="3", controls="0", group="silver")
    answer(first, "Yes, for some μ and σ")
    again = open_page(lesson="elbo", step="3", controls="0", group="silver")
    assert again.radio[0].value == "Yes, for some μ and σ"
    assert "Not quite" in texts(again)
    assert is_done(again)
    assert votes(again) == [0, 1]


def test_the_board_forgets_the_oldest_class_and_voter():
    board = Board()
    for n in range(MAX_CLASSES + 1):
        board.vote(f"class {n}", "why", "me", 0)
    assert board.counts("class 0", "why", 1) == [0]
    assert board.counts("class 1", "why", 1) == [1]
    board.vote("class 9", "how", "me", 0)
    board.vote("class 9", "how", "me", 1)
    assert board.counts("class 9", "how", 2) == [1, 0]  # the first one counts
    assert board.vote_of("class 9", "how", "me") == 0
    assert board.vote_of("class 9", "how", "you") is None
    for n in range(MAX_VOTERS + 5):
        board.vote("class 9", "why", f"voter {n}", n % 2)
    assert sum(board.counts("class 9", "why", 2)) == MAX_VOTERS


def test_a_model_that_is_not_here_is_replaced_by_the_most_like_it(open_page, model_dir):
    open_page()
    assert models.entry("mnist-deep-map-vae-2d").name == "digits-vae-2d"
    assert models.entry("mnist-dense-512-ae-2d").name == "digits-ae-2d"
    assert models.entry("nowhere-vae-8d", "digits-vae-2d").name == "digits-vae-2d"
    assert load_checkpoint(model_dir / "digits-vae-2d.safetensors").config.kind == "vae"
    assert cache.images(models.entry("x-vae-2d").header.dataset, "test") is not None
