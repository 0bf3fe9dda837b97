"""Tests for vae_core.commands_evaluate and vae_core.commands_anomaly."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.models import save_again, write_digits_model
from vae_core.__main__ import main
from vae_core.checkpoints import load_checkpoint, read_header
from vae_core.evaluation import measured
from vae_core.evaluation.figures import FIGURES
from vae_core.evaluation.protocol_results import load_protocols
from vae_core.metrics.anomaly import METHODS

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture(scope="module")
def shipped(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A VAE of digits; look, don't touch."""
    return write_digits_model(tmp_path_factory.mktemp("models") / "vae.safetensors", 2, epochs=1)


@pytest.fixture
def folder(shipped: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of that one model, where no other data set is."""
    monkeypatch.setenv("VAE_DATA_DIR", str(tmp_path / "none"))
    monkeypatch.delenv("VAE_MEASURED_DIR", raising=False)
    (tmp_path / "models").mkdir()
    (tmp_path / "models" / "vae.safetensors").write_bytes(shipped.read_bytes())
    return tmp_path / "models"


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    def run(*args: object) -> tuple[int, str, str]:
        try:
            status = main([str(arg) for arg in args])
        except SystemExit as exit_:
            status = exit_.code
        out, err = capsys.readouterr()
        assert "Traceback" not in err
        assert (status == 0) == ("error: " not in err)
        return status, out, err

    return run


def objects(out: str) -> list[dict[str, Any]]:
    return [json.loads(line, parse_constant=pytest.fail) for line in out.splitlines()]


def test_all_figures_of_a_folder_are_one_object_a_model(folder: Path, run: Run) -> None:
    status, out, err = run("evaluate", folder, "--all", "--json")
    (found,) = objects(out)
    assert status == 0
    assert FIGURES.keys() <= found.keys()
    assert (found["checkpoint"], found["dataset"]) == (str(folder / "vae.safetensors"), "digits")
    assert (found["nll"], found["nll_method"]) == (found["exact_nll"], "quadrature")
    for key in FIGURES:
        assert (found[key] is None) <= (key in found["notes"])
        assert (found[key] is None) == (key not in found["n"])
    assert "the exact likelihood" in err
    assert "s left" in err


def test_the_same_numbers_are_kept_for_pages(folder: Path, run: Run) -> None:
    (found,) = objects(run("evaluate", folder, "--all", "--json")[1])
    path = folder / "vae.safetensors"
    kept = measured.load(path, read_header(path)).figures
    assert {
        key: list(one.value) if isinstance(one.value, tuple) else one.value
        for key, one in kept.items()
    } == {key: found[key] for key in FIGURES}
    (again,) = objects(run("evaluate", path, "--all", "--json")[1])
    assert again == found


def test_fresh_measures_what_is_kept_again(folder: Path, run: Run) -> None:
    path = folder / "vae.safetensors"
    figures = [measured.Measured(key, -1.0, n=1) for key in FIGURES]
    measured.save(path, read_header(path), figures)
    (kept,) = objects(run("evaluate", path, "--all", "--json")[1])
    (fresh,) = objects(run("evaluate", path, "--all", "--fresh", "--json")[1])
    assert kept["kl"] == -1
    assert fresh["kl"] > 0


def test_text_has_a_line_for_each_figure_with_its_unit(folder: Path, run: Run) -> None:
    _, out, _ = run("evaluate", folder / "vae.safetensors", "--all")
    lines = out.splitlines()
    assert len(lines) == len(FIGURES)
    (exact,) = [line for line in lines if "exact_nll" in line]
    assert "nats/image (n = " in exact
    (strange,) = [line for line in lines if "anomaly_exact" in line]
    assert "undefined: No other data set" in strange


def test_without_a_name_the_folder_of_models_is_meant(
    folder: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(folder.parent)
    folder.rename("checkpoints")
    (result,) = objects(run("evaluate", "--all", "--json")[1])
    assert result["checkpoint"] == str(Path("checkpoints", "vae.safetensors"))
    assert result["exact_nll"] > 0


def test_several_models_are_scored_in_brief_too(folder: Path, run: Run) -> None:
    second = folder / "second.safetensors"
    second.write_bytes((folder / "vae.safetensors").read_bytes())
    _, out, _ = run("evaluate", second, folder, "--json")
    assert [Path(one["checkpoint"]).stem for one in objects(out)] == ["second", "second", "vae"]
    assert len({one["negative_elbo"] for one in objects(out)}) == 1


def test_a_broken_file_of_a_folder_does_not_hide_the_others(folder: Path, run: Run) -> None:
    (folder / "broken.safetensors").write_bytes(b"broken")
    status, out, _ = run("evaluate", folder, "--json")
    broken, good = objects(out)
    assert status == 0
    assert "is not a .safetensors file" in broken["error"]
    assert good["negative_elbo"] > 0


def test_a_model_whose_images_are_not_here_does_not_hide_the_others(folder: Path, run: Run) -> None:
    saved = load_checkpoint(folder / "vae.safetensors")
    dataset = replace(saved.dataset, name="mnist")
    other = save_again(saved, folder / "mnist.safetensors", dataset=dataset)
    status, out, _ = run("evaluate", folder, "--all", "--json")
    lacking, good = objects(out)
    assert status == 0
    assert "MNIST is not" in lacking["error"] or "mnist is not" in lacking["error"]
    assert good["negative_elbo"] > 0
    status, _, err = run("evaluate", other, "--all")
    assert (status, lacking["error"].split(".")[0] in err) == (1, True)


def test_results_that_cannot_be_kept_are_printed_all_the_same(folder: Path, run: Run) -> None:
    (folder / "measured").write_text("in the way")
    status, out, err = run("evaluate", folder / "vae.safetensors", "--all", "--json")
    assert status == 0
    assert objects(out)[0]["kl"] > 0
    assert "note: The results cannot be kept in" in err


def test_other_images_are_measured_apart(folder: Path, run: Run, tmp_path: Path) -> None:
    own = tmp_path / "own.npz"
    pixels = np.random.default_rng(0).integers(0, 256, (60, 8, 8), dtype=np.uint8)
    np.savez(own, images=pixels)
    (grey,) = objects(run("evaluate", folder, "--all", "--json")[1])
    (other,) = objects(run("evaluate", folder, "--all", "--dataset", own, "--json")[1])
    assert other["dataset"] == str(own)
    assert other["reconstruction"] > grey["reconstruction"]


@pytest.mark.parametrize(
    ("options", "status", "sentence"),
    [
        (["--all", "--binarize"], 2, "leave out --binarize"),
        (["--all", "--draws", "5"], 2, "leave out --binarize, --draws"),
        (["--fresh"], 2, "add --all"),
        (["--all", "--dataset", "mnits"], 2, "Unknown data set"),
        (["--all", "--dataset", "mnist"], 1, "not on this machine"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_what_cannot_be_evaluated_is_one_sentence(
    options: list[str], status: int, sentence: str, folder: Path, run: Run
) -> None:
    found, out, err = run("evaluate", folder, *options)
    assert (found, out) == (status, "")
    assert sentence in err.split("error: ", 1)[1]


def test_an_empty_folder_is_one_sentence(tmp_path: Path, run: Run) -> None:
    status, _, err = run("evaluate", tmp_path, "--all")
    assert (status, "There is no checkpoint in the folder" in err) == (1, True)


def test_a_list_of_models_has_none_of_their_results(folder: Path, run: Run) -> None:
    run("evaluate", folder, "--all")
    assert (folder / "measured").is_dir()
    assert len(objects(run("list", folder, "--json")[1])) == 1


def test_a_protocol_prints_its_trials_and_keeps_its_verdicts(tmp_path: Path, run: Run) -> None:
    status, out, err = run(
        "anomaly", "one-class", "--dataset", "digits", "--preset", "dense-256", "--epochs", 1,
        "--images", 50, "--out", tmp_path / "kept", "--json",
    )  # fmt: skip
    *trials, saved = objects(out)
    verdicts = [one for one in trials if one["event"] == "verdict"]
    assert status == 0
    assert len(trials) == (10 + 1) * len(METHODS)
    assert [one["method"] for one in verdicts] == list(METHODS)
    (kept,) = load_protocols(tmp_path / "kept")
    assert saved["path"] == str(tmp_path / "kept" / "anomaly-one-class-digits.json")
    assert [one.value for one in kept.verdicts] == [one["auroc"] for one in verdicts]
    assert kept.classes == tuple("0123456789")
    assert "1 epoch on at most 50 of the training images" in kept.recipe
    assert "class 9" in err


def test_a_folder_that_cannot_be_written_to_is_said_before_models_are_trained(
    tmp_path: Path, run: Run
) -> None:
    (tmp_path / "file").write_text("in the way")
    status, out, err = run("anomaly", "one-class", "--out", tmp_path / "file")
    assert (status, out) == (1, "")
    assert "error: The results cannot be kept in" in err
