"""Tests for vae_core.evaluation.measured."""

from __future__ import annotations

import json
import multiprocessing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from filelock import FileLock

from vae_core.checkpoint_header import Header
from vae_core.checkpoints import read_header
from vae_core.errors import ResultsError
from vae_core.evaluation import measured
from vae_core.evaluation.figures import FIGURES
from vae_core.evaluation.measured import Measured, Results

FOUND = [
    Measured("kl", 6.25, 0.5, 48, "", 1.5),
    Measured("kl_per_dim", (3.0, 3.25), n=48),
    Measured("exact_nll", None, note="Not for such a model."),
    Measured("anomaly_exact", None, note="No other images are here.", is_lacking=True),
]
OTHER = "f" * 64


@pytest.fixture(autouse=True)
def own_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("VAE_MEASURED_DIR", raising=False)


@pytest.fixture
def path(checkpoint: Path, tmp_path: Path) -> Path:
    """A checkpoint in a folder of its own."""
    copy = tmp_path / "small.safetensors"
    copy.write_bytes(checkpoint.read_bytes())
    return copy


@pytest.fixture
def header(path: Path) -> Header:
    return read_header(path)


def test_figures_survive_being_kept(path: Path, header: Header) -> None:
    kept = measured.save(path, header, FOUND)
    assert kept.parent == path.parent / "measured"
    assert measured.load(path, header).figures == {one.key: one for one in FOUND}
    assert [p.name for p in kept.parent.iterdir() if p.suffix == ".json"] == [kept.name]


def test_nothing_kept_is_no_problem(path: Path, header: Header) -> None:
    assert measured.load(path, header) == Results()


def test_results_are_rounded_before_they_are_kept_or_shown(path: Path, header: Header) -> None:
    exact = Measured("kl", 2 / 3, 1 / 3, 5, seconds=1 / 3)
    measured.save(path, header, [exact])
    found = measured.load(path, header).figures["kl"]
    assert found == exact.rounded() == Measured("kl", 0.666667, 0.333333, 5, "", 0.33)
    assert found.rounded() == found


def test_new_figures_replace_those_of_the_same_name(path: Path, header: Header) -> None:
    measured.save(path, header, FOUND)
    measured.save(path, header, [Measured("kl", 1.0), Measured("continuity", 0.9)])
    found = measured.load(path, header).figures
    assert (found["kl"].value, found["continuity"].value) == (1.0, 0.9)
    assert found["kl_per_dim"] == FOUND[1]


def test_results_belong_to_the_weights_not_to_the_name(path: Path, header: Header) -> None:
    measured.save(path, header, FOUND)
    moved = path.with_name("renamed.safetensors")
    path.rename(moved)
    assert len(measured.load(moved, read_header(moved)).figures) == len(FOUND)
    assert measured.load(moved, replace(header, sha256=OTHER)) == Results()


def test_results_belong_to_the_images(path: Path, header: Header) -> None:
    measured.save(path, header, FOUND, OTHER, dataset="other")
    assert measured.load(path, header) == Results()
    assert len(measured.load(path, header, OTHER).figures) == len(FOUND)


def test_results_say_which_code_measured_them(
    path: Path, header: Header, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each figure for itself: those that were not measured again keep what they said."""
    for commit, figures in (("abc1234", FOUND), ("def5678", [Measured("kl", 1.25)])):
        monkeypatch.setattr(measured, "code_commit", lambda commit=commit: commit)
        measured.save(path, header, figures)
    found = measured.load(path, header).figures
    assert found.pop("kl").commit == "def5678"
    assert {one.commit for one in found.values()} == {"abc1234"}


def test_figures_that_came_out_the_same_leave_the_file_as_it_is(
    path: Path, header: Header, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = measured.save(path, header, FOUND)
    before = kept.read_bytes()
    monkeypatch.setattr(measured, "code_commit", lambda: "abc1234")
    measured.save(path, header, [replace(one, seconds=one.seconds + 7) for one in FOUND])
    assert kept.read_bytes() == before
    measured.save(path, header, [Measured("kl", 1.25)])
    found = measured.load(path, header).figures["kl"]
    assert (found.value, found.commit) == (1.25, "abc1234")


def test_what_only_lacks_data_now_hides_no_value_that_is_kept(path: Path, header: Header) -> None:
    """As where a machine without the other data set measures all again."""
    kept = measured.save(path, header, FOUND)
    before = kept.read_bytes()
    measured.save(path, header, [Measured("kl", None, note="No images.", is_lacking=True)])
    assert kept.read_bytes() == before
    measured.save(path, header, [Measured("kl", None, note="Undefined.")])
    assert measured.load(path, header).figures["kl"].note == "Undefined."


def test_another_folder_is_written_to_and_both_are_read(
    path: Path, header: Header, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    measured.save(path, header, [Measured("kl", 1.0), Measured("continuity", 0.9)])
    monkeypatch.setenv("VAE_MEASURED_DIR", str(tmp_path / "elsewhere"))
    kept = measured.save(path, header, [Measured("kl", 2.0)])
    assert kept.parent == tmp_path / "elsewhere"
    found = measured.load(path, header).figures
    assert (found["kl"].value, found["continuity"].value) == (2.0, 0.9)


def test_what_only_lacked_data_hides_no_value_of_the_other_folder(
    path: Path, header: Header, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    measured.save(path, header, [Measured("kl", 1.0)])
    monkeypatch.setenv("VAE_MEASURED_DIR", str(tmp_path / "elsewhere"))
    measured.save(path, header, [Measured("kl", None, note="No images.", is_lacking=True)])
    assert measured.load(path, header).figures["kl"].value == 1.0


def test_all_figures_make_results_complete() -> None:
    figures = {key: Measured(key, None, note="No.") for key in FIGURES}
    assert measured.is_complete(figures)
    figures.pop("kl")
    assert not measured.is_complete(figures)


def change(kept: Path, **entries: Any) -> None:
    record = json.loads(kept.read_text()) | entries
    kept.write_text(json.dumps(record))


@pytest.mark.parametrize(
    "content",
    [
        "", "{", "[]", "null", "{}", '{"schema": 1}', "NaN", "[" * 10**5, '{"a": 1, "a": 1}',
        "\x00", "\ud83d".encode("utf-8", "surrogatepass").decode("latin-1"),
    ],
    ids=lambda text: repr(text[:12]),
)  # fmt: skip
def test_a_damaged_file_is_left_alone_and_said(content: str, path: Path, header: Header) -> None:
    kept = measured.save(path, header, FOUND)
    kept.write_text(content, encoding="utf-8")
    results = measured.load(path, header)
    assert results.figures == {}
    assert f"{kept.name} are damaged, so they are not used" in results.problem


@pytest.mark.parametrize(
    "figure",
    [
        {"key": "kl"}, {"key": "made_up", "value": 1}, {"key": "kl", "value": "1"},
        {"key": "kl", "value": True}, {"key": "kl", "value": 1, "n": 1.5},
        {"key": "kl", "value": [1, None]}, {"key": "kl", "value": [[1]]},
        {"key": "kl", "value": 1, "is_lacking": 1}, {"key": "kl", "value": 1, "more": 1},
        {"key": "kl", "value": 1, "note": None}, 5,
    ],
    ids=str,
)  # fmt: skip
def test_a_figure_of_another_form_is_damage(figure: Any, path: Path, header: Header) -> None:
    change(measured.save(path, header, FOUND), figures=[figure])
    results = measured.load(path, header)
    assert (results.figures, "are damaged" in results.problem) == ({}, True)


@pytest.mark.parametrize("entry", ["definitions", "schema"])
def test_results_by_other_definitions_are_void(entry: str, path: Path, header: Header) -> None:
    change(measured.save(path, header, FOUND), **{entry: 0})
    results = measured.load(path, header)
    assert (results.figures, "measured by another version" in results.problem) == ({}, True)


def test_a_file_of_another_model_under_this_name_is_not_believed(
    path: Path, header: Header
) -> None:
    change(measured.save(path, header, FOUND), checkpoint=OTHER)
    assert measured.load(path, header).figures == {}


def test_a_file_without_end_is_not_read(path: Path, header: Header) -> None:
    kept = measured.save(path, header, FOUND)
    kept.write_text(kept.read_text() + " " * measured.MAX_BYTES)
    assert measured.load(path, header).figures == {}


def test_measuring_again_mends_a_damaged_file(path: Path, header: Header) -> None:
    measured.save(path, header, FOUND).write_text("{")
    measured.save(path, header, FOUND[:1])
    found = measured.load(path, header)
    assert (list(found.figures), found.problem) == (["kl"], "")


def test_a_folder_that_cannot_be_written_to_is_one_sentence(path: Path, header: Header) -> None:
    (path.parent / "measured").write_text("a file")
    with pytest.raises(ResultsError, match="Set VAE_MEASURED_DIR to a folder"):
        measured.save(path, header, FOUND)
    assert "cannot be read" in measured.load(path, header).problem


def test_a_writer_that_never_ends_is_not_waited_for(
    path: Path, header: Header, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = measured.save(path, header, FOUND)
    monkeypatch.setattr(measured, "LOCK_SECONDS", 0.01)
    with (
        FileLock(kept.with_suffix(".lock")),
        pytest.raises(ResultsError, match="another process is writing there"),
    ):
        measured.save(path, header, FOUND)


def keep(path: Path, key: str) -> None:
    measured.save(path, read_header(path), [Measured(key, 1.0)])


def test_writers_at_the_same_time_lose_nothing(path: Path, header: Header) -> None:
    keys = ["kl", "reconstruction", "continuity", "exact_nll"]
    context = multiprocessing.get_context("fork")
    writers = [context.Process(target=keep, args=(path, key)) for key in keys]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join(60)
    assert [writer.exitcode for writer in writers] == [0] * len(keys)
    assert measured.load(path, header).figures.keys() == set(keys)
