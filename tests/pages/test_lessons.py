"""Tests for the lessons on maps, ways, strange images, dimension and compression."""

import re

import numpy as np
import pytest

from tests.models import save_again
from tests.pages.conftest import assert_ran, param, texts
from ui import stage
from ui.learn import material, models
from ui.learn.lessons import between, dimension, honest, packing, strange
from ui.learn.live.packing import size
from ui.learn.work import between as ways
from ui.learn.work import dimension as dimensions
from ui.learn.work import honest as maps
from ui.learn.work import packing as bits
from ui.learn.work import strange as scores
from vae_core.errors import DataError
from vae_core.metrics.dimension import Dimension
from vae_core.metrics.flattening import true_neighbours

LESSONS = {each.LESSON.key: each.LESSON for each in (between, dimension, honest, packing, strange)}
STEPS = [
    pytest.param(lesson, number, id=f"{lesson.key}-{step.key}")
    for lesson in LESSONS.values()
    for number, step in enumerate(lesson.steps)
]
FLAT, WIDE = "digits-vae-2d", "digits-vae-8d"


@pytest.fixture
def open_step(open_app):
    """A step of a lesson, from 0."""

    def open_(lesson, number):
        app = open_app()
        app.switch_page("pages/learn.py")
        for name in list(app.query_params):
            del app.query_params[name]
        app.query_params["lesson"], app.query_params["step"] = lesson.key, str(number + 1)
        app.run()
        assert not app.exception
        assert not app.error
        return app

    return open_


def flat():
    return models.exhibit(FLAT)


def wide():
    return models.exhibit(WIDE)


def field(app, name):
    """The widget of the live side whose key ends so."""
    kinds = (app.slider, app.select_slider, app.selectbox, app.get("button_group"))
    return next(w for kind in kinds for w in kind if w.key and re.search(f"_{name}$", w.key))


def put(app, name, value):
    field(app, name).set_value(value).run()
    assert not app.exception
    assert not app.error


def guess(app, lesson, number):
    key = f"learn_{lesson.key}_{lesson.steps[number].key}"
    question = lesson.steps[number].question
    next(r for r in app.radio if r.key == f"{key}_radio").set_value(question.options[0]).run()
    next(b for b in app.button if b.key == f"{key}_answer").click().run()
    assert not app.exception


def answer(app, lesson, number):
    guess(app, lesson, number)
    assert not app.error


def is_done(app, lesson, number):
    if "done" not in app.query_params:
        return False
    bits_ = re.search(rf"{lesson.key}\.([01]+)", param(app, "done"))
    return bits_ is not None and bits_[1][number : number + 1] == "1"


# What a learner does in each step: first something that is not enough, then what is asked for.


def _directions(app):
    n_dims, needed = 8, maps.enough(wide(), 0.9)
    yield put(app, "directions8", n_dims if needed < n_dims else 1)
    yield put(app, "directions8", needed)


def _axes(app):
    far = {(a, b): maps.apart(wide(), (a, b)) for a in range(8) for b in range(a + 1, 8)}
    yield put(app, "axes", min(far, key=far.get))
    yield put(app, "axes", max(far, key=far.get))


def _turn(app):
    held = {angle: maps.horizontal_share(flat(), angle) for angle in range(0, 180, maps.TURN)}
    worst, best = min(held, key=held.get), max(held, key=held.get)
    yield put(app, f"angle{worst}", (best + 45) % 180)
    yield put(app, f"angle{worst}", best)


def _valley(app):
    found = ways.thinnest(flat())
    pair = min(found, key=found.get)
    yield put(app, "to", ways.first_pair(flat())[1])
    put(app, "fr", pair[0])
    yield put(app, "to", pair[1])


def _bend(app):
    pair = max(ways.pairs(flat()), key=lambda each: ways.saved(flat(), each))
    put(app, "fr", pair[0])
    put(app, "to", pair[1])
    lengths, name = ways.bent_ways(flat(), pair).lengths, re.escape(f"bend{pair}")
    assert f"**{lengths[0]:#.4g}** along your path" in texts(app)  # starts straight
    yield put(app, name, 10)
    yield put(app, name, ways.BENDS[int(lengths.argmin())])
    assert f"**{lengths.min():#.4g}** along your path" in texts(app)


def _toy(app):
    yield put(app, "shape", "ball")
    put(app, "shape", "circle")
    yield put(app, "noise", 0.2)


def _classes(app):
    found = {label: each.value for label, each in dimensions.of_classes(flat()).items()}
    yield put(app, "class", min(found, key=found.get))
    yield put(app, "class", max(found, key=found.get))


def _alarm(app):
    places = scores.alarms(flat().entry, "turned")
    worth = [np.subtract(*scores.caught(flat().entry, "turned", alarm)) for alarm in places]
    yield put(app, "alarm turned", 100)
    yield put(app, "alarm turned", int(np.argmax(worth)))


def _methods(app):
    yield put(app, "method", "negative_elbo")
    yield put(app, "method", "exact")


def _black(app):
    found = scores.fading(flat().entry)
    yield put(app, "brightness", 10)
    put(app, "brightness", scores.BRIGHTNESS[int(found.argmax())])
    yield put(app, "brightness", 0)


def _pixels(app):
    of_class = bits.by_class(flat())
    yield put(app, "class", max(of_class, key=of_class.get))
    yield put(app, "class", min(of_class, key=of_class.get))


def _best(app, name, values):
    yield put(app, name, max(values, key=values.get))
    yield put(app, name, min(values, key=values.get))


def _balance(app):
    return _best(app, "step", dict(zip(bits.STEPS, bits.totals(flat()).sum(1), strict=True)))


def _models(app):
    costs = [bits.costs(each).by_model.mean() for each in bits.models_of(flat())]
    return _best(app, "model", dict(enumerate(costs)))


def _used(app):
    found = dimensions.models_of(flat())
    yield put(app, "model", 1)
    yield put(app, "model", len(found) - 1)


def _simply(name, little, enough):
    def act(app):
        yield put(app, name, little)
        yield put(app, name, enough)

    return act


def _decoder(app):
    yield put(app, "n", 1)
    yield put(app, "n", 10_000_000)


DONE_BY = {
    ("honest", "shares"): _directions,
    ("honest", "friends"): _axes,
    ("honest", "hidden"): _simply("share", 90, 100),
    ("honest", "sigma"): _simply("times", 2, 1),
    ("honest", "turn"): _turn,
    ("between", "mix"): _simply("share", 20, 50),
    ("between", "valley"): _valley,
    ("between", "bend"): _bend,
    ("between", "even"): _simply("even", "code", "image"),
    ("between", "void"): _simply("far", 0, 40),
    ("strange", "gallery"): _simply("rank", 95, 100),
    ("strange", "alarm"): _alarm,
    ("strange", "methods"): _methods,
    ("strange", "easy"): _simply("method", "reconstruction", "complexity"),
    ("strange", "black"): _black,
    ("dimension", "toy"): _toy,
    ("dimension", "ratio"): _simply("dims", 9, 10),
    ("dimension", "pixels"): _simply("n", 250, 359),
    ("dimension", "classes"): _classes,
    ("dimension", "used"): _used,
    ("compression", "pixels"): _pixels,
    ("compression", "code"): _models,
    ("compression", "rounding"): _simply("step", 0.02, 2.0),
    ("compression", "balance"): _balance,
    ("compression", "decoder"): _decoder,
}


# Steps that cannot do with the codes alone, or with the one model whose images are absent.
REFUSED = {
    "honest": {"shares", "friends", "hidden"},
    "between": {"mix"},
    "strange": {"gallery", "alarm", "methods", "easy", "black"},
    "dimension": {"pixels", "classes", "used"},
    "compression": {"pixels", "code", "balance", "decoder"},
}


@pytest.mark.parametrize(("lesson", "number"), STEPS)
def test_a_step_is_done_by_doing_it_and_by_nothing_less(open_step, lesson, number, ran):
    app = open_step(lesson, number)
    assert not is_done(app, lesson, number)
    answer(app, lesson, number)
    assert not is_done(app, lesson, number)
    attempts = DONE_BY[lesson.key, lesson.steps[number].key](app)
    next(attempts)
    assert not is_done(app, lesson, number)
    next(attempts)
    assert is_done(app, lesson, number)
    assert not re.search(r"\b(nan|inf|infinity)\b", texts(app), re.IGNORECASE)
    assert_ran(lesson.steps[number].code, ran)  # "The code that runs" did


@pytest.mark.parametrize(("lesson", "number"), STEPS)
def test_every_answer_is_computed_and_its_reason_has_numbers(lesson, number):
    question = lesson.steps[number].question
    assert len(set(question.options)) == len(question.options)
    assert 0 <= question.answer() < len(question.options)
    said = question.reveal()
    assert re.search(r"\d", said)
    assert not re.search(r"\b(nan|inf)\b", said, re.IGNORECASE)


@pytest.mark.parametrize("lesson", LESSONS.values(), ids=LESSONS)
def test_a_lesson_says_each_thing_twice_and_shows_the_code_that_runs(lesson):
    assert len({step.key for step in lesson.steps}) == len(lesson.steps) == 5
    for step in lesson.steps:
        assert step.formulas
        assert step.code
        for formula in step.formulas:
            assert not re.search(r"[\\^_{}=]", formula.words)


@pytest.mark.parametrize("lesson", LESSONS.values(), ids=LESSONS)
def test_where_images_are_absent_a_sentence_says_so(open_app, mnist_like, lesson):
    for number in range(len(lesson.steps)):
        app = open_app()
        app.switch_page("pages/learn.py")
        for name in list(app.query_params):
            del app.query_params[name]
        app.query_params["lesson"], app.query_params["step"] = lesson.key, str(number + 1)
        app.run()
        guess(app, lesson, number)
        missing = "a model that is not here" if lesson is honest.LESSON else "not on this machine"
        assert {missing in error.value for error in app.error} <= {True}
        assert bool(app.error) == (lesson.steps[number].key in REFUSED[lesson.key]), number


def test_images_of_one_class_are_refused_in_a_sentence(monkeypatch):
    monkeypatch.setattr(material, "present", lambda exhibit: [0])
    with pytest.raises(DataError, match="images of two classes"):
        ways.first_pair(flat())
    monkeypatch.setattr(dimensions, "of_pixels", lambda *args: None)
    with pytest.raises(DataError, match="images enough"):
        dimensions.of_classes(flat())


ONE_CLASS = {0: Dimension(4.0, 0.5, 20, 2, "twonn")}


def right_answer(lesson, number):
    return lesson.steps[number].question.answer()


def test_where_nothing_can_be_told_no_answer_is_right(monkeypatch):
    one = {3: dimensions.of_classes(flat())[3]}
    monkeypatch.setattr(dimensions, "of_classes", lambda exhibit: one)
    with pytest.raises(DataError, match="only one class"):
        right_answer(dimension.LESSON, 3)
    monkeypatch.setattr(dimensions, "of_pixels", lambda *args: None)
    with pytest.raises(DataError, match="too few, or too alike"):
        right_answer(dimension.LESSON, 2)
    (used, *_) = dimensions.models_of(flat())
    monkeypatch.setattr(dimensions, "models_of", lambda exhibit: [used._replace(codes=None)])
    with pytest.raises(DataError, match=r"codes of Small digits.* too few, or too alike"):
        right_answer(dimension.LESSON, 4)


@pytest.mark.parametrize(
    ("lesson", "number", "owner", "changes", "said"),
    [
        (dimension.LESSON, 2, dimensions, {"counts": (200,)}, "There are only 200 images here"),
        (dimension.LESSON, 3, dimensions, {"of_classes": ONE_CLASS}, "only one class"),
        (between.LESSON, 1, material, {"present": [0, 1]}, "No path here is less lonely"),
        (between.LESSON, 2, material, {"present": [0, 1]}, "finds. You may simply go on."),
    ],
    ids=["one-count", "one-class", "one-path", "no-gain"],
)  # fmt: skip
def test_where_nothing_can_be_found_a_step_says_so_and_is_done_by_the_answer(
    open_step, monkeypatch, lesson, number, owner, changes, said
):
    for name, value in changes.items():
        monkeypatch.setattr(owner, name, lambda *args, value=value: value)
    monkeypatch.setattr(ways, "is_detour_shorter", lambda lengths: False)
    app = open_step(lesson, number)
    guess(app, lesson, number)
    assert said in texts(app)
    assert is_done(app, lesson, number)


def test_images_too_alike_to_tell_are_asked_twice_all_the_same(open_step, monkeypatch):
    monkeypatch.setattr(dimensions, "of_pixels", lambda *args: None)
    app = open_step(dimension.LESSON, 2)
    guess(app, dimension.LESSON, 2)
    assert not is_done(app, dimension.LESSON, 2)
    field(app, "n").set_value(359).run()
    assert texts(app).count(dimensions.TOO_FEW) == 2  # beside the question and on the live side
    assert is_done(app, dimension.LESSON, 2)


def test_a_bent_way_leads_from_the_straight_one_to_the_geodesic_and_beyond():
    straight = np.stack([np.linspace(0.1, 0.7, 5), np.zeros(5)], axis=1)
    geodesic = straight + np.array([[0, 0], [0, 1], [0, 2], [0, 1], [0, 0]])
    np.testing.assert_array_equal(ways.bent(straight, geodesic, 0), straight)
    np.testing.assert_allclose(ways.bent(straight, geodesic, 100), geodesic)
    np.testing.assert_allclose(ways.bent(straight, geodesic, 150)[:, 1], [0, 1.5, 3, 1.5, 0])
    np.testing.assert_array_equal(ways.bent(straight, geodesic, 130)[[0, -1]], straight[[0, -1]])


def test_the_bent_ways_of_a_model_are_measured_from_straight_to_geodesic():
    pair = max(ways.pairs(flat()), key=lambda each: ways.saved(flat(), each))
    found, whole = ways.bent_ways(flat(), pair), ways.ways_between(flat(), pair)
    assert found.lengths[0] == pytest.approx(whole["straight"].in_images, rel=0.02)
    assert found.lengths[ways.BENDS.index(100)] == pytest.approx(whole["geodesic"].in_images)
    assert ways.is_detour_shorter(found.lengths)


@pytest.mark.parametrize(
    ("lengths", "shortest"),
    [
        ([10, 8, 6, 7], [2]),
        ([10, 6.3, 6, 12], [1, 2]),  # as good as the shortest
        ([10, 9.995, 9.99, 9.995], []),  # a detour that gains nothing
        ([10, 11, 12, 13], []),  # no bending is not bending
    ],
)
def test_a_path_is_the_shortest_only_if_it_beats_the_straight_one(lengths, shortest):
    found = np.array(lengths, float)
    assert [at for at in range(4) if ways.is_shortest(found, at)] == shortest
    assert ways.is_detour_shorter(found) == bool(shortest)


CHOICES = [
    pytest.param(packing.LESSON, 1, id="cheapest"),
    pytest.param(dimension.LESSON, 4, id="longest"),
]


@pytest.fixture
def use_models(saved, tmp_path, monkeypatch):
    """Only these models, by name; of each the end of the name of the one that is copied."""

    def use(**copies):
        for name, copied in copies.items():
            save_again(saved(copied), tmp_path / "few" / f"{name}.safetensors")
        monkeypatch.setenv("VAE_CHECKPOINT_DIR", str(tmp_path / "few"))

    return use


@pytest.mark.parametrize(("lesson", "number"), CHOICES)
@pytest.mark.parametrize(
    ("copies", "said"),
    [
        ({"only": "vae-2d"}, "There is only one such model here"),
        ({"one": "vae-2d", "same": "vae-2d"}, "In this all such models here are equal"),
    ],
)
def test_where_no_model_is_to_be_found_a_step_says_so_and_is_done_by_the_answer(
    open_step, use_models, lesson, number, copies, said
):
    use_models(**copies)
    app = open_step(lesson, number)
    assert said in texts(app)
    assert not is_done(app, lesson, number)
    answer(app, lesson, number)
    assert is_done(app, lesson, number)


@pytest.mark.parametrize(("lesson", "number"), CHOICES)
def test_models_that_are_called_the_same_can_be_chosen_one_by_one(
    open_step, use_models, lesson, number
):
    use_models(one="vae-2d", same="vae-2d", long="vae-8d")
    app = open_step(lesson, number)
    assert "go on" not in texts(app)
    options = field(app, "model").options
    assert len(set(options)) == 3
    assert "one · " in "".join(options) and "long" not in "".join(options)


def test_a_step_compares_few_models_and_the_shipped_ones_first(saved, use_models, monkeypatch):
    monkeypatch.setattr(models, "MOST", 3)
    use_models(**{"a": "vae-2d", "b": "vae-8d", "digits-dense-512-vae-8d": "vae-8d", "c": "vae-3d"})
    entry = models.entry("x-vae-3d")
    names = [each.name for each in models.of_same_images(entry, lambda each: True)]
    assert names == ["a", "c", "digits-dense-512-vae-8d"]


def test_no_two_models_of_a_step_drive_each_other_out_of_memory(use_models, monkeypatch):
    use_models(**{f"m{i}": "vae-2d" for i in range(models.MOST + 5)})
    costs = [bits.costs(each) for each in bits.models_of(flat())]
    monkeypatch.setattr(bits, "cost", None)  # nothing is computed again
    assert [bits.costs(each) for each in bits.models_of(flat())] == costs


def test_a_turn_changes_the_numbers_and_nothing_else():
    found = maps.after_turn(flat(), 37)
    assert found.pictures < 1e-4
    assert found.distances < 1e-9
    assert found.numbers > 0.1
    np.testing.assert_allclose(maps.turned(np.array([[1.0, 0.0]]), 90), [[0, 1]], atol=1e-12)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (0.0, "did not change at all"),
        (9e-16, "changed only in the 16th decimal place"),
        (1e-6, "changed only in the 6th decimal place"),
        (0.02, "changed only in the 2nd decimal place"),
    ],
)
def test_a_change_by_rounding_is_said_in_words(change, said):
    assert honest._tiny(change) == said


@pytest.mark.parametrize(
    ("bits_", "said"),
    [(98 * 8, "98 bytes"), (9_800 * 8, "9.8 kB"), (5_650_000 * 8, "5.7 MB"), (8e9, "1,000.0 MB")],
)
def test_a_size_is_said_in_the_unit_that_fits(bits_, said):
    assert size(bits_) == said


def test_the_goal_of_the_two_dots_is_where_the_bars_are_longest():
    steps = maps.steps_apart(wide())
    longest = tuple(sorted(np.argsort(-steps)[:2].tolist()))
    assert maps.apart(wide(), longest) == pytest.approx(maps.furthest(wide()))
    assert np.hypot.reduce(steps) == pytest.approx(maps.friends(wide()).in_code, rel=1e-3)


@pytest.mark.parametrize(("lesson", "number"), STEPS)
def test_before_the_guess_there_is_something_to_look_at(open_step, lesson, number):
    app = open_step(lesson, number)
    pictures = [each for each in app.get("html") if "<img" in each.proto.body]
    assert pictures or app.get("plotly_chart")


def test_the_dots_that_are_looked_through_are_those_that_the_map_draws(monkeypatch):
    monkeypatch.setattr(stage, "DEFAULT_BATCH", 20)
    exhibit, pair = wide(), maps.friends(wide())
    shown = exhibit.shown.indices
    assert {pair.first, pair.second} <= set(shown.tolist())
    codes = exhibit.loaded.latents.mu.double().numpy()
    assert pair.in_code == pytest.approx(np.linalg.norm(codes[pair.first] - codes[pair.second]))
    assert maps.kept(exhibit) == true_neighbours(exhibit.fitted, codes[shown])


def test_the_map_before_the_guess_does_not_tell_the_shares():
    titles = maps.widest_map(wide(), "light").layout
    assert "%" not in f"{titles.xaxis.title.text} {titles.yaxis.title.text}"


@pytest.mark.parametrize(
    ("width", "option"),
    [
        (0.51, "More than half as wide"),
        (0.49, "A fifth to a half"),
        (0.21, "A fifth to a half"),
        (0.19, "Less than a fifth"),
    ],
)
def test_the_right_answer_on_the_ellipses_is_as_wide_as_it_says(monkeypatch, width, option):
    question = next(s for s in honest.LESSON.steps if s.key == "sigma").question
    monkeypatch.setattr(maps, "usual_sigma", lambda exhibit: width)
    assert question.options[question.answer()] == option


def test_the_middle_image_of_a_class_is_of_it_and_has_the_middle_score():
    found, labels = scores.scores(flat().entry), scores.images(flat().entry).labels.numpy()
    for label, number in scores.middle_of_class(flat()).items():
        of_class = found[labels == label]
        assert labels[number] == label
        assert (of_class < found[number]).sum() == len(of_class) // 2


def test_what_the_map_hides_of_a_code_is_put_back_step_by_step():
    z = wide().loaded.latents.mu[3].double().numpy()
    off = [wide().fitted.off_plane(maps.partly_hidden(wide(), z, s)[None])[0] for s in (0, 0.5, 1)]
    assert off[0] == pytest.approx(0, abs=1e-9)
    assert off[1] == pytest.approx(off[2] / 2)
    np.testing.assert_allclose(maps.partly_hidden(wide(), z, 1.0), z)


def test_the_better_the_alarm_the_more_it_catches_less_false_alarms():
    entry = flat().entry
    low, high = scores.alarms(entry, "turned")[[0, -1]]
    assert scores.caught(entry, "turned", low - 1) == (1, 1)
    caught, false = scores.caught(entry, "turned", high)
    assert false < caught < 1
    assert scores.best_alarm(entry, "turned") >= caught - false


def test_an_image_told_by_its_code_costs_what_both_parts_cost():
    found = bits.costs(flat().entry)
    np.testing.assert_allclose(found.by_model, found.code + found.rest)
    saved = found.plain.mean() - found.by_model.mean()
    assert bits.pays_from(flat()) == pytest.approx(bits.decoder_bits(flat()) / saved)
