"""The lessons "Spot the bug": read, see, find, cure; the numbers are those of the core."""

import ast
import inspect
import os
import re
import struct
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from streamlit.testing.v1 import AppTest

from tests.pages.conftest import param, texts, widget
from ui.learn.bugs import numbers, panels, shown
from ui.learn.lessons.bugs import BUGS
from ui.palette import class_colour
from vae_core import elbo
from vae_core.data import ImageSet
from vae_core.flaws import FLAWS, FlawKey, files, load_specimen, reference_images
from vae_core.flaws import symptoms as told
from vae_core.flaws.pictures import N_IMAGES
from vae_core.objectives import negative_elbo

LESSONS = {lesson.key: lesson for lesson in BUGS}
# What the learner sets on the second step, too little first.
EXPERIMENTS: dict[FlawKey, tuple[str, tuple[float, float]]] = {
    "shared-head": ("mu", (1.5, 2.0)),
    "wrong-kl": ("s", (0.6, 0.7)),
    "mismatched-ranges": ("grey", (0.45, 0.5)),
}
SHIPPED = files.FOLDER
every_bug = pytest.mark.parametrize("key", list(FLAWS))


@pytest.fixture
def open_bug(open_app: Callable[..., AppTest]) -> Callable[..., AppTest]:
    """Open a step, from 1, of a lesson."""

    def open_(key: str, step: int) -> AppTest:
        app = open_app()
        app.switch_page("pages/learn.py")
        app.query_params.clear()
        app.query_params["lesson"], app.query_params["step"] = key, str(step)
        return app.run()

    return open_


def tool(app: AppTest, key: str, step: str, name: str) -> Any:
    """A widget of a step's live side."""
    wanted = f"learn_{key}_{step}_{name}"
    found = [w for w in app.radio if w.key == wanted]
    return found[0] if found else widget(app, wanted)


def done(app: AppTest) -> str:
    """The steps that the link says are done, such as "0100"."""
    if "done" not in app.query_params:
        return ""
    return param(app, "done").split(".")[1]


def body(function: Callable[..., Any]) -> str:
    """What a function does, in the form that `ast` gives it."""
    parsed = ast.parse(inspect.cleandoc("\n" + inspect.getsource(function)))
    assert isinstance(parsed.body[0], ast.FunctionDef)
    return "\n".join(ast.unparse(statement) for statement in parsed.body[0].body[1:])


@every_bug
def test_the_flawed_code_is_shown_as_it_runs_without_its_own_description(
    open_bug: Callable[..., AppTest], key: FlawKey
) -> None:
    app = open_bug(key, 1)
    assert not app.exception
    blocks = [block.value for block in app.code if block.language == "python"]
    parsed = [ast.parse(block).body[0] for block in blocks]
    assert all(isinstance(each, ast.FunctionDef) for each in parsed)
    said = ["\n".join(map(ast.unparse, each.body)) for each in parsed]  # type: ignore[attr-defined]
    assert said == [body(code) for code in FLAWS[key].flawed.code]
    assert "Wrong" not in "".join(blocks)


@every_bug
def test_a_guess_ticks_the_first_step_and_is_answered_with_numbers(
    open_bug: Callable[..., AppTest], key: FlawKey
) -> None:
    app = open_bug(key, 1)
    assert done(app) == ""
    question = LESSONS[key].steps[0].question
    assert question is not None
    radio = next(w for w in app.radio if w.key == f"learn_{key}_read_radio")
    radio.set_value(radio.options[question.answer()]).run()
    next(b for b in app.button if b.key == f"learn_{key}_read_answer").click().run()
    assert done(app) == "1"
    assert "Right:" in texts(app)
    assert re.search(r"\d", question.reveal())
    assert question.reveal() in texts(app)


@pytest.mark.parametrize("key", list(EXPERIMENTS))
def test_the_second_step_is_done_once_the_slider_stands_right(
    open_bug: Callable[..., AppTest], key: FlawKey
) -> None:
    app = open_bug(key, 2)
    name, (too_little, enough) = EXPERIMENTS[key]
    tool(app, key, "see", name).set_value(too_little).run()
    assert done(app) == ""
    tool(app, key, "see", name).set_value(enough).run()
    assert not app.exception
    assert done(app) == "01"
    assert numbers.table(key, has_cure=False) in texts(app)


@pytest.mark.parametrize("grey", [0.55, 1.0])
def test_a_pixel_brighter_than_it_takes_is_not_just_as_bright(
    open_bug: Callable[..., AppTest], grey: float
) -> None:
    app = open_bug("mismatched-ranges", 2)
    tool(app, "mismatched-ranges", "see", "grey").set_value(grey).run()
    assert "squared error is **0.00**" in texts(app)
    assert done(app) == ""


def test_a_shared_head_s_best_place_above_zero_is_still_noise(
    open_bug: Callable[..., AppTest],
) -> None:
    app = open_bug("shared-head", 2)
    tool(app, "shared-head", "see", "mu").set_value(2.0).run()
    assert f"**{told.best_signal(2):.2f}**: the place drowns" in texts(app)
    tool(app, "shared-head", "see", "mu").set_value(-4.0).run()
    assert f"**{told.best_signal(-4):.2f}**: the place stands out" in texts(app)


def test_training_as_written_ends_at_once_and_pytorch_refuses_the_gaussian(
    open_bug: Callable[..., AppTest],
) -> None:
    app = open_bug("raw-spread", 2)
    assert "to satisfy the constraint GreaterThan" in "".join(block.value for block in app.code)
    assert not app.warning
    tool(app, "raw-spread", "see", "train").click().run()
    assert "stopped being a number in epoch 1" in app.warning[0].value
    assert done(app) == "01"


def test_the_wrong_kl_is_told_beside_the_right_one(open_bug: Callable[..., AppTest]) -> None:
    app = open_bug("wrong-kl", 2)
    for sigma in (1.0, 0.5):
        tool(app, "wrong-kl", "see", "s").set_value(sigma).run()
        wrong, right = told.divergences(0.0, sigma)
        assert f"own KL is **{told.torch_kl(0.0, sigma):.4f} nats**" in texts(app)
        assert f"Wrong: the code says {wrong:.4f} nats" in texts(app)
        assert f"Right: the formula with both squares halved says {right:.4f} nats" in texts(app)
        assert "the code is always 0.3466 above that" in texts(app)


@every_bug
def test_only_the_line_with_the_bug_ticks_the_third_step(
    open_bug: Callable[..., AppTest], key: FlawKey
) -> None:
    app = open_bug(key, 3)
    lines = panels.statements(FLAWS[key].flawed)
    assert len(set(lines)) == len(lines)
    for number, line in enumerate(lines):
        if line != FLAWS[key].flawed.line:
            tool(app, key, "find", "line").set_value(number).run()
            assert "Not this one." in app.info[0].value
            assert done(app) == ""
            break
    tool(app, key, "find", "line").set_value(lines.index(FLAWS[key].flawed.line)).run()
    assert app.success[0].value == "That is the line."
    assert done(app) == "001"


@pytest.mark.parametrize(
    ("key", "part", "said"),
    [
        ("raw-spread", "std.square()", "This is the patch"),
        ("mismatched-ranges", "torch.sigmoid", "A fair choice"),
    ],
)
def test_a_line_that_one_may_well_suspect_has_a_hint_of_its_own(
    open_bug: Callable[..., AppTest], key: FlawKey, part: str, said: str
) -> None:
    app = open_bug(key, 3)
    (number,) = [i for i, s in enumerate(panels.statements(FLAWS[key].flawed)) if part in s]
    tool(app, key, "find", "line").set_value(number).run()
    assert said in app.info[0].value
    assert "Not this one." not in app.info[0].value
    assert done(app) == ""


@every_bug
def test_the_cure_stands_beside_the_bug_once_it_is_switched_on(
    open_bug: Callable[..., AppTest], key: FlawKey
) -> None:
    app = open_bug(key, 4)
    assert len(app.get("plotly_chart")) == 1
    assert numbers.table(key, has_cure=False) in texts(app)
    tool(app, key, "cure", "cure").set_value(True).run()
    assert not app.exception
    assert len(app.get("plotly_chart")) == 2
    assert numbers.table(key, has_cure=True) in texts(app)
    assert done(app) == "0001"
    tool(app, key, "cure", "cure").set_value(False).run()
    assert len(app.get("plotly_chart")) == 1


def test_the_numbers_beside_the_pictures_are_those_of_the_core() -> None:
    images = reference_images()
    for is_cured in (False, True):
        bound = elbo(load_specimen("shared-head", is_cured=is_cured).model, images).negative_elbo
        assert f"{bound.mean():.1f}" in numbers.rows("shared-head", is_cured).values()
        found = load_specimen("wrong-kl", is_cured=is_cured)
        rows = list(numbers.rows("wrong-kl", is_cured).values())
        assert rows[0] == f"{told.reported_kl(found):.2f}"
        assert rows[3] == f"{told.off_codes(found.latents):.1%}"
    assert rows[0] == rows[1]  # what the cured code reports is the KL
    drawn = numbers.rows("mismatched-ranges", False)
    assert f"{told.error_floor(images):.3f}" in drawn.values()


@every_bug
def test_no_number_of_a_table_is_undefined_and_each_row_has_two(key: FlawKey) -> None:
    lines = numbers.table(key, has_cure=True).splitlines()
    assert all(line.count("|") == 4 for line in lines)
    assert "nan" not in numbers.table(key, has_cure=True)
    assert any("KL" in line for line in lines) == (FLAWS[key].kind == "vae")


@every_bug
def test_below_the_table_stands_what_it_is_from_and_what_training_made_small(
    open_bug: Callable[..., AppTest], key: FlawKey, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = open_bug(key, 2)
    (said,) = [c.value for c in app.caption if c.value.startswith("Computed here")]
    assert ("negative ELBO" in said) == ("egative ELBO" in numbers.table(key, has_cure=True))
    objectives = {v.objective for v in (FLAWS[key].flawed, FLAWS[key].cured)}
    assert ("squared error" in said) == (negative_elbo not in objectives)
    n_codes = f"{len(load_specimen(key, is_cured=False).latents):,}"
    assert (f"codes of {n_codes} MNIST" in said) == (FLAWS[key].kind == "vae")
    used: list[ImageSet] = []
    monkeypatch.setattr(shown, "images", lambda: used.append(reference_images()) or used[0])
    numbers.ROWS[key](load_specimen(key, is_cured=True))
    assert (f"pixels of {N_IMAGES} drawings of held-out" in said) == bool(used)


def test_the_share_of_widths_below_zero_is_told_with_what_changed_its_sign() -> None:
    question = LESSONS["raw-spread"].steps[0].question
    found = load_specimen("raw-spread", is_cured=False)
    assert question is not None
    assert found.spreads is not None
    share, signs = (told.widths(found) < 0).mean(), told.signs(found.spreads)
    assert question.reveal().startswith(f"{share:.0%} of all widths are below 0.")
    first, second = signs.changed_at_first
    assert f"{first:.0%} on z1 and {second:.0%} on z2 still changed their sign" in question.reveal()


def test_an_ellipse_is_as_wide_as_the_posterior_it_stands_for() -> None:
    latents = load_specimen("shared-head", is_cured=False).latents
    first = int((latents.labels == 1).nonzero()[0, 0])
    assert latents.logvar is not None
    mu, sigma = latents.mu[first].numpy(), np.exp(0.5 * latents.logvar[first].numpy())
    lines = [t for t in shown.map_figure("shared-head", False, "dark").data if t.mode == "lines"]
    traces = [t for t in lines if t.line.color == class_colour(1)]
    x, y = (np.asarray(values)[: shown.CORNERS] for values in (traces[0].x, traces[0].y))
    assert [x.min(), x.max()] == pytest.approx([mu[0] - sigma[0], mu[0] + sigma[0]], abs=0.01)
    assert [y.min(), y.max()] == pytest.approx([mu[1] - sigma[1], mu[1] + sigma[1]], abs=0.01)


def test_the_maps_of_a_vae_can_be_compared_and_show_where_the_prior_is() -> None:
    for key in ("shared-head", "raw-spread", "wrong-kl"):
        flawed, cured = (shown.map_figure(key, v, "light").layout for v in (False, True))
        assert flawed.xaxis.range == cured.xaxis.range
        assert flawed.yaxis.range == cured.yaxis.range
        assert (shown.draws(key, False).z == shown.draws(key, True).z).all()
    assert (
        "prior" not in shown.map_figure("mismatched-ranges", False, "light").layout.xaxis.title.text
    )


def test_a_missing_file_is_a_sentence_on_the_page(
    open_bug: Callable[..., AppTest], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "FOLDER", tmp_path)
    app = open_bug("wrong-kl", 2)
    assert not app.exception
    assert "Cannot read wrong-kl-flawed.safetensors" in app.error[0].value


def write_mnist(folder: Path) -> npt.NDArray[np.uint8]:
    """Held-out images of nothing, where MNIST is looked for; shape (N, 28, 28)."""
    raw = folder / "MNIST" / "raw"
    raw.mkdir(parents=True)
    pixels = np.random.default_rng(0).integers(0, 256, (N_IMAGES, 28, 28), np.uint8)
    head = struct.pack(">4I", 0x803, *pixels.shape)
    (raw / "t10k-images-idx3-ubyte").write_bytes(head + pixels.tobytes())
    (raw / "t10k-labels-idx1-ubyte").write_bytes(
        struct.pack(">2I", 0x801, N_IMAGES) + bytes(N_IMAGES)
    )
    return pixels


def test_images_that_come_later_are_used_at_once(
    open_bug: Callable[..., AppTest], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VAE_DATA_DIR", str(tmp_path))
    key: FlawKey = "mismatched-ranges"
    app = open_bug(key, 2)
    assert f"{N_IMAGES} drawings of held-out MNIST images" in texts(app)
    before = numbers.table(key, has_cure=False)
    bound = numbers.rows("shared-head", False)
    pixels = write_mnist(tmp_path)
    app.run()
    assert "drawings of held-out" not in texts(app)
    assert f"{N_IMAGES} held-out MNIST images" in texts(app)
    assert (shown.drawn_again(key, False)[0, :, 0] == pixels[: shown.N_DRAWN]).all()
    assert numbers.table(key, has_cure=False) != before
    assert numbers.table(key, has_cure=False) in texts(app)
    assert numbers.rows("shared-head", False) != bound


def test_a_model_that_is_written_anew_is_drawn_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    key: FlawKey = "wrong-kl"
    monkeypatch.setattr(files, "FOLDER", tmp_path)
    model = load_specimen(key, is_cured=False, path=SHIPPED / f"{key}-flawed.safetensors")
    cured = load_specimen(key, is_cured=True, path=SHIPPED / f"{key}-cured.safetensors")
    files.save_specimen(files.specimen_path(key, is_cured=False), model)
    files.save_specimen(files.specimen_path(key, is_cured=True), cured)

    def seen() -> tuple[Any, ...]:
        figure = shown.map_figure(key, False, "light")
        pictures = shown.draws(key, False).images
        return figure.to_json(), pictures.tobytes(), numbers.rows(key, False)

    before = seen()
    new = replace(cured, is_cured=False)  # the same network, other weights and codes
    files.save_specimen(path := files.specimen_path(key, is_cured=False), new)
    os.utime(path, ns=(0, 0))
    assert all(now != then for now, then in zip(seen(), before, strict=True))
    assert seen()[1] == shown.draws(key, True).images.tobytes()
