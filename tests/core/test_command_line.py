"""Tests for vae_core.__main__ and vae_core.commands."""

from __future__ import annotations

import io
import json
import os
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest
import torch
from PIL import Image

from vae_core import commands_train
from vae_core.__main__ import main
from vae_core.checkpoints import load_checkpoint
from vae_core.data import load_images
from vae_core.decoding import decode
from vae_core.encoding import encode
from vae_core.models import PRESETS
from vae_core.training import EpochEnd, Event, fit

ROOT = Path(__file__).parents[2]
QUICK = ["--dataset", "digits", "--preset", "dense-256", "--epochs", "1"]


class Outcome(NamedTuple):
    status: int
    out: str
    err: str

    @property
    def results(self) -> list[dict[str, Any]]:
        """The JSON objects on stdout, one a line, and nothing else."""
        return [json.loads(line, parse_constant=pytest.fail) for line in self.out.splitlines()]

    @property
    def error(self) -> str:
        """The one sentence that says what went wrong."""
        lines = [line for line in self.err.replace("\r", "\n").splitlines() if "error: " in line]
        assert len(lines) == 1, self.err
        return lines[0].split("error: ", 1)[1]


Run = Callable[..., Outcome]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    """Run the command line in this process; whatever happens, nobody sees a traceback."""

    def run(*args: object) -> Outcome:
        try:
            status = main([str(arg) for arg in args])
        except SystemExit as exit_:
            status = exit_.code
        out, err = capsys.readouterr()
        assert "Traceback" not in err
        assert (status == 0) == ("error: " not in err)
        return Outcome(status, out, err)

    return run


@pytest.fixture(scope="module")
def digits(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model trained on digits by the command line; look, don't touch."""
    path = tmp_path_factory.mktemp("digits") / "digits.safetensors"
    assert main(["train", *QUICK, "--out", str(path)]) == 0
    return path


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return tmp_path / "new.safetensors"


def nothing_left(folder: Path) -> bool:
    """No file at all: neither a model nor a half-written one."""
    return not [path for path in folder.rglob("*") if path.is_file()]


# --- train


@pytest.mark.parametrize("options", [["--kind", "ae"], ["--kind", "vae"], ["--beta", "4"]], ids=str)
@pytest.mark.parametrize("preset", PRESETS)
def test_every_preset_trains_on_digits(
    preset: str, options: list[str], run: Run, out: Path
) -> None:
    outcome = run(
        "train", "--dataset", "digits", "--preset", preset, "--epochs", 1, "--batch-size", 256,
        *options, "--out", out, "--json",
    )  # fmt: skip
    assert outcome.status == 0
    epoch, saved = outcome.results
    assert (epoch["event"], epoch["epoch"], saved["event"]) == ("epoch", 1, "saved")
    checkpoint = load_checkpoint(out)
    assert saved["metrics"] == checkpoint.metrics
    assert checkpoint.config.preset == preset
    assert checkpoint.config.kind == ("ae" if "ae" in options else "vae")
    assert checkpoint.training.beta == (4 if "--beta" in options else 1)


def test_every_option_arrives_in_the_checkpoint(run: Run, out: Path) -> None:
    outcome = run(
        "train", *QUICK, "--kind", "vae", "--latent-dim", 3, "--likelihood", "bernoulli",
        "--beta", 0.5, "--epochs", 2, "--batch-size", 300, "--learning-rate", 0.002,
        "--schedule", "cosine", "--kl-warmup", 1, "--free-bits", 0.25, "--binarize", "--seed", 7,
        "--device", "cpu",        "--dtype", "float16", "--out", out,
    )  # fmt: skip
    assert outcome.status == 0
    checkpoint = load_checkpoint(out)
    assert checkpoint.config.latent_dim == 3
    assert checkpoint.training.to_json() == {
        "dataset": "digits", "epochs": 2, "batch_size": 300, "learning_rate": 0.002,
        "schedule": "cosine", "beta": 0.5, "kl_warmup": 1, "binarize": True, "seed": 7,
        "free_bits": 0.25, "part": "all",
    }  # fmt: skip
    assert checkpoint.header.dtype == "float16"
    assert [event["epoch"] for event in checkpoint.history] == [1, 2]


def test_the_checkpoint_describes_its_data(digits: Path) -> None:
    checkpoint, images = load_checkpoint(digits), load_images("digits", "test")
    assert checkpoint.dataset.name == "digits"
    assert checkpoint.dataset.sha256 == images.sha256()
    assert checkpoint.dataset.classes == images.classes
    assert checkpoint.config.image_shape == (1, 8, 8)
    torch.testing.assert_close(checkpoint.latents.mu, encode(checkpoint.model, images).mu)


@pytest.mark.parametrize("dtype", ["float32", "float16"])
def test_training_twice_gives_the_same_file(dtype: str, run: Run, tmp_path: Path) -> None:
    paths = [tmp_path / f"{name}.safetensors" for name in "ab"]
    for path in paths:
        torch.rand(3)
        assert run("train", *QUICK, "--dtype", dtype, "--out", path).status == 0
    assert paths[0].read_bytes() == paths[1].read_bytes()


def test_a_model_of_half_precision_has_the_codes_it_says(run: Run, out: Path) -> None:
    run("train", *QUICK, "--dtype", "float16", "--out", out)
    checkpoint = load_checkpoint(out)
    again = encode(checkpoint.model, load_images("digits", "test"))
    torch.testing.assert_close(again.mu, checkpoint.latents.mu)


def test_ones_own_images_can_be_trained_on(run: Run, out: Path, tmp_path: Path) -> None:
    data = tmp_path / "own images.npz"
    np.savez(data, images=np.random.default_rng(0).integers(0, 256, (40, 9, 13), dtype=np.uint8))
    outcome = run("train", *QUICK, "--dataset", data, "--out", out, "--json")
    assert outcome.status == 0
    assert load_checkpoint(out).config.image_shape == (1, 9, 13)
    assert run("evaluate", out).status == 0


def test_two_images_are_enough_to_train(run: Run, out: Path, tmp_path: Path) -> None:
    data = tmp_path / "two.npz"
    np.savez(data, images=np.zeros((2, 8, 8), dtype=np.uint8))
    assert run("train", *QUICK, "--dataset", data, "--out", out, "--json").status == 0


def test_progress_goes_to_stderr_and_results_to_stdout(run: Run, out: Path) -> None:
    outcome = run("train", *QUICK, "--out", out)
    assert "nats/image" in outcome.err
    lines = outcome.out.splitlines()
    assert lines[0].startswith("epoch 1  loss ")
    assert lines[1].startswith(f"path {out}")


NAMES = "dense-512, dense-256, dense-400, dense-3d, conv-flat, conv-strided, deep-map"


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (["--preset", "dense-9"], f"Unknown preset 'dense-9'; choose one of {NAMES}."),
        (["--dataset", "mnits"], "Unknown data set 'mnits'; choose one of mnist, fashion-mnist"),
        (["--dataset", ""], "dataset must be a name or a path"),
        (["--dataset", "x" * 300], "data set"),
        (["--dataset", "~nobody-here/x"], "data set"),
        (["--latent-dim", "0"], "latent dimension must be a whole number from 1 to 512, not 0"),
        (["--latent-dim", "-1"], "latent dimension must be a whole number from 1 to 512"),
        (["--latent-dim", "1000000000"], "from 1 to 512, not 1000000000"),
        (["--latent-dim", "1e9"], "--latent-dim"),
        (["--latent-dim", "two"], "--latent-dim"),
        (["--latent-dim", "2.5"], "--latent-dim"),
        (["--epochs", "0"], "number of epochs must be a whole number from 1 to 1000, not 0"),
        (["--epochs", "-3"], "number of epochs"),
        (["--epochs", "1000000000"], "number of epochs"),
        (["--learning-rate", "nan"], "learning rate must be a number from 1e-08 to 10, not nan"),
        (["--learning-rate", "inf"], "learning rate"),
        (["--learning-rate", "0"], "learning rate"),
        (["--learning-rate", "-1"], "learning rate"),
        (["--beta", "nan"], "beta must be a number from 0 to 1000, not nan"),
        (["--beta", "-1"], "beta"),
        (["--batch-size", "0"], "batch size"),
        (["--kl-warmup", "-1"], "KL warm-up"),
        (["--seed", "-1"], "seed"),
        (["--seed", str(2**64)], "seed"),
        (["--kind", "gan"], "--kind"),
        (["--likelihood", "poisson"], "--likelihood"),
        (["--schedule", "linear"], "--schedule"),
        (["--dtype", "float64"], "--dtype"),
        (["--device", "abacus"], "--device"),
        (["--threads", "0"], "--threads"),
        (["--threads", "99999999999"], "--threads"),
        (["--threads", "²"], "--threads"),
        (["--warp-speed"], "--warp-speed"),
        (["--binarize", "--likelihood", "gaussian"], "Binarised pixels need the bernoulli"),
        (["--out", "model.pth"], "--out must end in .safetensors, unlike 'model.pth'"),
        (["--out", ".safetensors"], "--out must end in .safetensors"),
        (["--out", "~nobody-here/m.safetensors"], "--out"),
    ],
    ids=lambda value: " ".join(value)[:30] if isinstance(value, list) else "",
)
def test_a_wrong_setting_is_said_before_any_work(
    options: list[str], sentence: str, run: Run, out: Path, tmp_path: Path
) -> None:
    outcome = run("train", *QUICK, "--out", out, *options)
    assert outcome.status == 2
    assert sentence in outcome.error
    assert outcome.out == ""
    assert nothing_left(tmp_path)


def test_a_name_too_long_for_a_file_is_said_before_any_work(run: Run, tmp_path: Path) -> None:
    outcome = run("train", *QUICK, "--out", tmp_path / f"{'x' * 300}.safetensors")
    assert outcome.status in (1, 2)
    assert "images/s" not in outcome.err


@pytest.mark.parametrize("device", ["cuda", "mps"])
def test_a_processor_that_is_not_there_is_said_to_be(device: str, run: Run, out: Path) -> None:
    if getattr(torch, device).is_available():
        pytest.skip(f"this machine has {device}")
    outcome = run("train", *QUICK, "--device", device, "--out", out)
    assert outcome.status in (1, 2)
    assert device in outcome.error


@pytest.mark.parametrize("args", [[], ["fly"], ["train"], ["train", "--out"], ["encode"]], ids=str)
def test_wrong_usage_ends_with_status_2(args: list[str], run: Run) -> None:
    assert run(*args).status == 2


def test_the_help_names_every_verb(run: Run) -> None:
    text = run("--help").out
    verbs = ("train", "evaluate", "encode", "decode", "list")
    assert all(f"\n    {verb} " in text for verb in verbs)


def test_an_existing_model_is_not_replaced(run: Run, out: Path) -> None:
    out.write_bytes(b"precious")
    outcome = run("train", *QUICK, "--out", out)
    assert outcome.status == 2
    assert outcome.error.startswith(f"{out} is there already; choose another name or add --force")
    assert out.read_bytes() == b"precious"


def test_force_replaces_an_existing_model(run: Run, out: Path) -> None:
    out.write_bytes(b"precious")
    assert run("train", *QUICK, "--out", out, "--force").status == 0
    load_checkpoint(out)


def test_even_with_force_a_failure_leaves_the_old_model(run: Run, out: Path) -> None:
    out.write_bytes(b"precious")
    outcome = run("train", *QUICK, "--out", out, "--force", "--epochs", 0)
    assert outcome.status == 2
    assert out.read_bytes() == b"precious"


def test_missing_data_are_said_with_the_way_to_get_them(
    run: Run, out: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VAE_DATA_DIR", str(tmp_path))
    outcome = run("train", *QUICK, "--dataset", "mnist", "--out", out)
    assert outcome.status == 1
    assert "mnist is not on this machine" in outcome.error
    assert "--download" in outcome.error
    assert nothing_left(tmp_path)


def test_a_download_without_network_is_one_sentence(
    run: Run, out: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*args: object, **kwargs: object) -> None:
        raise urllib.error.URLError("Network is unreachable")

    monkeypatch.setattr(urllib.request, "urlopen", refuse)
    monkeypatch.setenv("VAE_DATA_DIR", str(tmp_path))
    outcome = run("train", *QUICK, "--dataset", "mnist", "--download", "--out", out)
    assert outcome.status == 1
    assert outcome.error.startswith("Cannot fetch mnist: no answer from")


def test_training_that_diverges_keeps_nothing(run: Run, out: Path, tmp_path: Path) -> None:
    outcome = run(
        "train", *QUICK, "--learning-rate", 10, "--epochs", 9, "--likelihood", "gaussian",
        "--out", out, "--json",
    )  # fmt: skip
    assert outcome.status == 1
    assert "loss stopped being a finite number" in outcome.error
    assert nothing_left(tmp_path)


def test_a_model_whose_scores_are_infinite_is_not_kept(
    run: Run, out: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The weights may be finite and the loss not: the last step is never looked at."""

    def ruin(model: Any, *args: Any, **kwargs: Any) -> Iterator[Event]:
        yield from fit(model, *args, **kwargs)
        torch.nn.init.constant_(model.logvar_head.bias, 1000.0)

    monkeypatch.setattr(commands_train, "fit", ruin)
    outcome = run("train", *QUICK, "--out", out, "--json")
    assert outcome.status == 1
    assert len(outcome.results) == 1
    assert nothing_left(tmp_path)


@pytest.fixture
def interrupt(monkeypatch: pytest.MonkeyPatch) -> None:
    """Press Ctrl-C at the end of the first epoch."""

    def interrupted(*args: Any, **kwargs: Any) -> Iterator[Event]:
        for event in fit(*args, **kwargs):
            yield event
            if isinstance(event, EpochEnd):
                raise KeyboardInterrupt

    monkeypatch.setattr(commands_train, "fit", interrupted)


@pytest.mark.usefixtures("interrupt")
def test_an_interrupted_training_keeps_what_was_learnt(run: Run, out: Path) -> None:
    outcome = run("train", *QUICK, "--epochs", 5, "--out", out, "--json")
    assert outcome.status == 1
    assert outcome.error == f"interrupted after 1 of 5 epochs; the model so far is in {out}."
    assert [result["event"] for result in outcome.results] == ["epoch", "saved"]
    checkpoint = load_checkpoint(out)
    assert len(checkpoint.history) == 1
    assert checkpoint.metrics["reconstruction"] < 40


def test_ctrl_c_while_a_line_is_printed_keeps_what_was_learnt(
    out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As with `train ... | less`, where most of the time goes into waiting for the reader."""

    class Terminal(io.StringIO):
        def write(self, text: str) -> int:
            if '"epoch": 1' in text:
                raise KeyboardInterrupt
            return super().write(text)

    monkeypatch.setattr(sys, "stdout", Terminal())
    assert main(["train", *QUICK, "--epochs", "5", "--out", str(out), "--json"]) == 1
    assert len(load_checkpoint(out).history) == 1


# --- evaluate, encode, decode, list


def test_evaluating_repeats_the_scores_of_training(run: Run, digits: Path) -> None:
    (scores,) = run("evaluate", digits, "--json").results
    stored = load_checkpoint(digits).metrics
    assert {name: scores[name] for name in stored} == {
        name: pytest.approx(value) for name, value in stored.items()
    }
    assert scores["dataset"] == "digits"


def test_evaluating_can_binarise(run: Run, digits: Path) -> None:
    (grey,) = run("evaluate", digits, "--json").results
    (bits,) = run("evaluate", digits, "--binarize", "--draws", 1, "--json").results
    assert bits["binarized"] is True
    assert bits["negative_elbo"] != grey["negative_elbo"]


def test_a_text_result_leaves_out_what_is_undefined(run: Run, out: Path) -> None:
    run("train", *QUICK, "--kind", "ae", "--out", out)
    text = run("evaluate", out).out
    assert "reconstruction " in text
    assert "negative_elbo" not in text
    assert "None" not in text


@pytest.mark.parametrize("split", ["train", "test"])
def test_codes_are_written_as_plain_arrays(
    split: str, run: Run, digits: Path, tmp_path: Path
) -> None:
    path = tmp_path / "codes.npz"
    outcome = run("encode", digits, "--split", split, "--out", path, "--json")
    images = load_images("digits", split)
    expected = encode(load_checkpoint(digits).model, images)
    assert outcome.results == [{"path": str(path), "images": len(images), "latent_dim": 2}]
    with np.load(path, allow_pickle=False) as arrays:
        np.testing.assert_allclose(arrays["mu"], expected.mu, atol=1e-6)
        np.testing.assert_allclose(arrays["logvar"], expected.logvar, atol=1e-6)
        np.testing.assert_array_equal(arrays["labels"], images.labels)


@pytest.mark.parametrize("scale", [1, 3])
def test_a_code_becomes_a_picture(scale: int, run: Run, digits: Path, tmp_path: Path) -> None:
    path = tmp_path / "image.png"
    outcome = run("decode", digits, "--z", "-0.3,1.2", "--scale", scale, "--out", path, "--json")
    side = 8 * scale
    assert outcome.results == [
        {"path": str(path), "z": [-0.3, 1.2], "width": side, "height": side}
    ]  # fmt: skip
    expected = decode(load_checkpoint(digits).model, [[-0.3, 1.2]])[0, 0].mul(255).round()
    with Image.open(path) as picture:
        pixels = np.asarray(picture)
    np.testing.assert_array_equal(pixels[::scale, ::scale], expected)
    np.testing.assert_array_equal(pixels[scale - 1 :: scale, scale - 1 :: scale], expected)


def test_colour_stays_colour(run: Run, out: Path, tmp_path: Path) -> None:
    data, path = tmp_path / "own.npz", tmp_path / "image.png"
    red = np.zeros((40, 8, 8, 3), dtype=np.uint8)
    red[..., 0] = 255
    np.savez(data, images=red)
    run("train", *QUICK, "--dataset", data, "--out", out)
    assert run("decode", out, "--z", "0,0", "--out", path).status == 0
    with Image.open(path) as picture:
        assert picture.mode == "RGB"
        red_part, green_part, _ = np.asarray(picture).transpose(2, 0, 1)
    assert red_part.min() > 200 > 50 > green_part.max()


def test_a_folder_is_listed_one_model_a_line(run: Run, digits: Path, tmp_path: Path) -> None:
    (tmp_path / "digits.safetensors").write_bytes(digits.read_bytes())
    (tmp_path / "broken.safetensors").write_bytes(b"broken")
    broken, good = run("list", tmp_path, "--json").results
    assert "is not a .safetensors file" in broken["error"]
    metrics = load_checkpoint(digits).metrics
    assert good == {
        "path": str(tmp_path / "digits.safetensors"), "dataset": "digits", "preset": "dense-256",
        "kind": "vae", "latent_dim": 2, "epochs": 1, "negative_elbo": metrics["negative_elbo"],
        "reconstruction": metrics["reconstruction"], "knn_accuracy": metrics["knn_accuracy"],
    }  # fmt: skip


def test_an_empty_folder_lists_nothing(run: Run, tmp_path: Path) -> None:
    assert run("list", tmp_path) == Outcome(0, "", "")


@pytest.mark.parametrize(
    ("args", "status", "sentence"),
    [
        (["decode", "MODEL", "--z", "0,nan", "--out", "NEW.png"], 2, "finite numbers"),
        (["decode", "MODEL", "--z", "0,1e309", "--out", "NEW.png"], 2, "finite numbers"),
        (
            ["decode", "MODEL", "--z", "0,1,2", "--out", "NEW.png"],
            2,
            "codes have 2 numbers, but --z gives 3",
        ),
        (["decode", "MODEL", "--z", "a,b", "--out", "NEW.png"], 2, "expected numbers like"),
        (["decode", "MODEL", "--z", "", "--out", "NEW.png"], 2, "expected numbers like"),
        (["decode", "MODEL", "--z", "0,0", "--scale", "0", "--out", "NEW.png"], 2, "--scale"),
        (["decode", "MODEL", "--z", "0,0", "--scale", str(10**9), "--out", "NEW.png"], 2, "scale"),
        (["decode", "MODEL", "--z", "0,0", "--out", "NEW.gif"], 2, "--out must end in .png"),
        (["decode", "MODEL", "--z", "0,0", "--out", "MODEL/x.png"], None, "Cannot write"),
        (["encode", "MODEL", "--out", "NEW.csv"], 2, "--out must end in .npz"),
        (["encode", "MODEL", "--dataset", "OTHER", "--out", "NEW.npz"], 2, "(1, 8, 8), but"),
        (["evaluate", "MODEL", "--dataset", "OTHER"], 2, "(1, 8, 8), but"),
        (["evaluate", "MODEL", "--dataset", "mnits"], 2, "Unknown data set"),
        (["evaluate", "MODEL", "--draws", "0"], 2, "--draws"),
        (["evaluate", "MODEL", "--seed", str(2**64)], 2, "seed"),
        (["evaluate", "MODEL", "--seed", "-1"], 2, "seed"),
        (["evaluate", "MISSING"], 1, "There is no checkpoint"),
        (["evaluate", "BROKEN"], 1, "is damaged: its checksum does not match"),
        (["encode", "BROKEN", "--out", "NEW.npz"], 1, "is damaged"),
        (["decode", "BROKEN", "--z", "0,0", "--out", "NEW.png"], 1, "is damaged"),
        (["list", "MISSING"], 1, "There is no folder"),
    ],
    ids=lambda value: " ".join(value)[:60] if isinstance(value, list) else "",
)
def test_what_cannot_be_done_is_one_sentence(
    args: list[str], status: int | None, sentence: str, run: Run, digits: Path, tmp_path: Path
) -> None:
    broken = bytearray(digits.read_bytes())
    broken[-1] ^= 1
    names = {
        "MODEL": digits,
        "MISSING": tmp_path / "missing.safetensors",
        "BROKEN": tmp_path / "broken.safetensors",
        "OTHER": tmp_path / "other.npz",
        "NEW": tmp_path / "new",
    }
    names["BROKEN"].write_bytes(broken)
    np.savez(names["OTHER"], images=np.zeros((40, 16, 16), dtype=np.uint8))
    for name, path in names.items():
        args = [arg.replace(name, str(path)) for arg in args]
    outcome = run(*args)
    assert outcome.status == status or (status is None and outcome.status in (1, 2))
    assert sentence in outcome.error
    assert outcome.out == ""
    assert {path.name for path in tmp_path.iterdir()} == {"broken.safetensors", "other.npz"}


# --- in a process of its own


def in_process(*args: object, **options: Any) -> subprocess.Popen[str]:
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONWARNINGS": "error::UserWarning"}
    # A test run in the background ignores Ctrl-C, and so would its children.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    return subprocess.Popen(
        [sys.executable, "-m", "vae_core", *map(str, args)],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        **options,
    )


def test_a_process_reports_its_failure_by_its_status(tmp_path: Path) -> None:
    process = in_process("evaluate", tmp_path / "none.safetensors", "--threads", 1)
    out, err = process.communicate(timeout=60)
    assert (process.returncode, out) == (1, "")
    assert err == f"error: There is no checkpoint {tmp_path / 'none.safetensors'}.\n"


def test_a_reader_that_has_seen_enough_is_no_error(checkpoint: Path) -> None:
    process = in_process("list", checkpoint.parent, "--json")
    process.stdout.close()
    err = process.stderr.read()
    process.stderr.close()
    assert process.wait(timeout=60) == 1
    assert err == ""


def test_ctrl_c_ends_a_process_with_its_model_kept(out: Path) -> None:
    process = in_process(
        "train", *QUICK, "--epochs", 1000, "--threads", 1, "--out", out, "--json"
    )  # fmt: skip
    first = json.loads(process.stdout.readline())
    process.send_signal(signal.SIGINT)
    rest, err = process.communicate(timeout=60)
    assert process.returncode == 1
    assert "error: interrupted after " in err
    assert "Traceback" not in err
    saved = json.loads(rest.splitlines()[-1])
    assert (first["epoch"], saved["event"]) == (1, "saved")
    assert len(load_checkpoint(out).history) >= 1
