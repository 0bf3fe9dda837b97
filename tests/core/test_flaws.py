"""Tests for vae_core.flaws: each flaw has its symptom, and its cure has not."""

from __future__ import annotations

import inspect
import json
import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load as parse_tensors
from safetensors.torch import save as serialize_tensors
from torch.distributions import Normal, kl_divergence

from tests.real_images import real_images
from vae_core.checkpoints import list_checkpoints, load_checkpoint
from vae_core.config import ModelConfig, TrainConfig
from vae_core.data import ImageSet, load_images, to_unit
from vae_core.encoding import LatentSet, encode
from vae_core.errors import CheckpointError, TrainingDivergedError
from vae_core.flaws import FLAWS, FlawKey, Specimen, files, load_specimen, reference_images
from vae_core.flaws import symptoms as told
from vae_core.flaws.__main__ import main as make
from vae_core.flaws.objectives import tutorial_kl_per_dim, undefined_kl
from vae_core.flaws.specimen import fit_as_written, train_specimen
from vae_core.models import Posterior
from vae_core.models.autoencoder import blank_model, initialize
from vae_core.objectives import kl_per_dim
from vae_core.tensor_file import NO_CHECKSUM
from vae_core.training import fit

MAX_SIGNAL = 4 * math.exp(-2)
HALF_LOG_2 = 0.5 * math.log(2)
QUICK = TrainConfig(dataset="digits", epochs=4, batch_size=64, learning_rate=3e-3)
both = pytest.mark.parametrize("is_cured", [False, True], ids=["flawed", "cured"])
every_flaw = pytest.mark.parametrize("key", list(FLAWS))


@pytest.fixture(scope="module")
def digits() -> tuple[ImageSet, ImageSet]:
    return load_images("digits", "train"), load_images("digits", "test")


@pytest.fixture(scope="module", params=["real", "drawn"])
def shown(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> ImageSet:
    """The images that the models are shown, with MNIST on this machine and without."""
    if request.param == "real":
        real_images("mnist")
    with pytest.MonkeyPatch.context() as changed:
        if request.param == "drawn":
            changed.setenv("VAE_DATA_DIR", str(tmp_path_factory.mktemp("no-data")))
        return reference_images()


def quick(key: FlawKey, digits: tuple[ImageSet, ImageSet], *, is_cured: bool) -> Specimen:
    return train_specimen(key, *digits, is_cured=is_cured, config=QUICK)


def correlation(latents: LatentSet) -> float:
    assert latents.logvar is not None
    return float(np.corrcoef(latents.mu.flatten(), latents.logvar.flatten())[0, 1])


def test_a_shared_head_moves_the_width_with_the_place(shown: ImageSet) -> None:
    flawed, cured = (
        encode(load_specimen("shared-head", is_cured=v).model, shown) for v in (False, True)
    )
    assert flawed.logvar is not None
    assert cured.logvar is not None
    assert torch.equal(flawed.logvar, flawed.mu)
    assert correlation(flawed) == pytest.approx(1)
    assert correlation(cured) < 0.8
    model = load_specimen("shared-head", is_cured=True).model.requires_grad_()
    model.encode(to_unit(shown.images)).mu.sum().backward()
    assert model.logvar_head is not None
    assert model.logvar_head.weight.grad is None  # the place knows nothing of the width


def test_a_shared_head_says_little_above_zero_and_crowds_below() -> None:
    flawed, cured = (load_specimen("shared-head", is_cured=v).latents for v in (False, True))
    ratio = {name: told.signal_to_noise(c) for name, c in (("flawed", flawed), ("cured", cured))}
    assert ratio["flawed"][flawed.mu.numpy() > 0].max() <= MAX_SIGNAL + 1e-3  # float16
    assert ratio["cured"][cured.mu.numpy() > 0].max() > 100
    assert flawed.mu.mean(0).max() < -1
    assert cured.mu.mean(0).abs().max() < 0.5
    assert told.off_codes(flawed) > 0.05
    assert told.off_codes(cured) < 0.03


def test_no_place_above_zero_has_more_signal_than_two() -> None:
    places = np.linspace(0, 50, 50_001)
    assert told.best_signal(places).max() == pytest.approx(MAX_SIGNAL)
    assert places[told.best_signal(places).argmax()] == pytest.approx(2)
    assert told.best_signal(-3) == pytest.approx(180.77, abs=0.01)


def test_a_raw_spread_is_negative_and_its_side_is_settled_in_the_first_epoch() -> None:
    flawed, cured = (load_specimen("raw-spread", is_cured=v) for v in (False, True))
    assert (told.widths(flawed) < 0).mean(0).tolist() == [0, 1]
    assert told.widths(cured).min() > 0
    assert flawed.spreads is not None
    signs = told.signs(flawed.spreads)
    assert signs.changed_at_first.min() > 0
    assert signs.changed_later.tolist() == [0, 0]
    assert cured.spreads is None


def test_a_negative_spread_is_no_gaussian_and_has_no_kl(shown: ImageSet) -> None:
    found = load_specimen("raw-spread", is_cured=False)
    assert found.spreads is not None
    mu, std = found.latents.mu[0], found.spreads[-1, 0]
    with pytest.raises(ValueError, match="GreaterThan"):
        Normal(mu, std)
    assert "GreaterThan" in (told.refusal(mu, std) or "")
    assert told.refusal(mu, std.abs()) is None
    x = to_unit(shown.images)
    with torch.no_grad():
        kl = undefined_kl(found.model, x, noise=torch.zeros(len(x), 2)).kl
        is_negative = (found.model.spread(x) < 0).any(1)  # type: ignore[operator]
    assert torch.equal(kl.isnan(), is_negative)


def test_a_raw_spread_cannot_be_trained_as_written_and_its_cure_can(
    shown: ImageSet, digits: tuple[ImageSet, ImageSet]
) -> None:
    with pytest.raises(TrainingDivergedError, match="epoch 1"):
        fit_as_written(shown)
    cured = quick("raw-spread", digits, is_cured=True)
    assert cured.losses[-1] < cured.losses[0]


def test_the_wrong_kl_is_one_to_half_the_variance_and_a_constant() -> None:
    mu, logvar = torch.randn(2, 64, 3, dtype=torch.float64)
    narrow = Normal(torch.zeros((), dtype=torch.float64), math.sqrt(0.5))
    right = kl_divergence(Normal(mu, torch.exp(0.5 * logvar)), narrow) + HALF_LOG_2
    torch.testing.assert_close(
        tutorial_kl_per_dim(Posterior(mu, logvar)), right, rtol=0, atol=1e-12
    )
    wrong, kl = told.divergences(0.3, 0.9)
    assert wrong == pytest.approx(told.torch_kl(0.3, 0.9, 0.5) + HALF_LOG_2)
    assert kl == pytest.approx(told.torch_kl(0.3, 0.9))


def test_the_wrong_kl_is_never_zero_and_the_right_one_is() -> None:
    least = told.least_wrong_kl()
    assert least.value == pytest.approx(HALF_LOG_2, abs=1e-9)
    assert least.sigma == pytest.approx(math.sqrt(0.5), abs=1e-4)
    posterior = Posterior(torch.randn(1000, 2), torch.randn(1000, 2))
    assert tutorial_kl_per_dim(posterior).min() >= HALF_LOG_2 - 1e-6
    assert told.divergences(0.0, 1.0)[1] == 0


def test_the_wrong_kl_shrinks_the_codes_and_draws_fall_beside_them() -> None:
    flawed, cured = (load_specimen("wrong-kl", is_cured=v) for v in (False, True))
    assert told.code_spread(flawed.latents) == pytest.approx(0.71, abs=0.08)
    assert told.code_spread(cured.latents) == pytest.approx(1, abs=0.08)
    narrow = math.sqrt(0.5)
    assert told.off_codes(flawed.latents) > 4 * told.off_codes(flawed.latents, narrow)
    assert told.off_codes(flawed.latents) > 4 * told.off_codes(cured.latents)
    assert told.reported_kl(flawed) > 2 * HALF_LOG_2
    assert told.reported_kl(flawed) > told.reported_kl(replace(flawed, is_cured=True)) + 0.5
    assert told.reported_kl(cured) == pytest.approx(
        float(kl_per_dim(Posterior(cured.latents.mu, cured.latents.logvar)).sum(1).mean())
    )


def test_mismatched_ranges_cost_more_than_the_mean_image_and_draw_darkness(
    shown: ImageSet,
) -> None:
    flawed, cured = (load_specimen("mismatched-ranges", is_cured=v).model for v in (False, True))
    floor, bar = told.error_floor(shown), told.mean_image_error(shown)
    assert floor > 3 * bar
    assert told.drawing_error(flawed, shown, is_signed=True) > floor
    assert told.drawing_error(cured, shown, is_signed=False) < 0.75 * bar
    of_images, drawn_dark = told.brightness(flawed, shown)
    assert drawn_dark < 0.25 * of_images
    assert told.brightness(cured, shown)[1] == pytest.approx(of_images, rel=0.1)


@pytest.mark.parametrize(("grey", "error"), [(0.0, 1.0), (0.25, 0.25), (0.5, 0.0), (1.0, 0.0)])
def test_only_what_is_darker_than_mid_grey_cannot_be_drawn(grey: float, error: float) -> None:
    assert told.least_error(grey) == pytest.approx(error)


def test_on_mnist_no_drawing_in_the_wrong_range_comes_near_the_mean_image() -> None:
    images = real_images("mnist")
    assert told.error_floor(images) == pytest.approx(0.831, abs=0.001)
    assert told.mean_image_error(images) == pytest.approx(0.269, abs=0.001)


@every_flaw
@both
def test_the_shipped_codes_are_what_the_shipped_models_say_of_mnist(
    key: FlawKey, is_cured: bool
) -> None:
    found, images = load_specimen(key, is_cured=is_cured), real_images("mnist")
    kept = images.subset(range(len(found.latents)))
    assert torch.equal(kept.labels, found.latents.labels)
    encoded = encode(found.model, kept)
    torch.testing.assert_close(encoded.mu, found.latents.mu, rtol=1e-3, atol=1e-3)


@every_flaw
def test_a_quick_training_differs_by_the_flaw_alone(
    key: FlawKey, digits: tuple[ImageSet, ImageSet]
) -> None:
    flawed, cured = (quick(key, digits, is_cured=v) for v in (False, True))
    assert flawed.model.config == cured.model.config
    assert flawed.losses[-1] < flawed.losses[0]
    assert cured.losses[-1] < cured.losses[0]
    shown = digits[1]
    if key == "shared-head":
        assert correlation(flawed.latents) == pytest.approx(1)
    elif key == "raw-spread":
        assert told.widths(flawed).min() < 0 < told.widths(cured).min()
    elif key == "wrong-kl":
        assert (told.code_spread(flawed.latents) < told.code_spread(cured.latents)).all()
    else:
        bar = told.mean_image_error(shown)
        assert told.drawing_error(flawed.model, shown, is_signed=True) > bar
        assert told.drawing_error(cured.model, shown, is_signed=False) < bar


@every_flaw
@both
def test_the_line_that_is_named_is_one_that_runs(key: FlawKey, is_cured: bool) -> None:
    version = FLAWS[key].version(is_cured=is_cured)
    lines = [line.strip() for code in version.code for line in inspect.getsource(code).splitlines()]
    assert lines.count(version.line) == 1
    other = FLAWS[key].version(is_cured=not is_cured)
    assert not any(version.line in inspect.getsource(code) for code in other.code)


@every_flaw
def test_both_models_of_a_flaw_start_from_the_same_weights(key: FlawKey, images: ImageSet) -> None:
    flaw = FLAWS[key]
    weights = [
        initialize(
            blank_model(flaw.network_config(images.image_shape), version.network), seed=0
        ).state_dict()
        for version in (flaw.flawed, flaw.cured)
    ]
    assert all(torch.equal(value, weights[1][name]) for name, value in weights[0].items())


@every_flaw
@both
def test_a_shipped_file_is_small_and_no_checkpoint(key: FlawKey, is_cured: bool) -> None:
    path = files.specimen_path(key, is_cured=is_cured)
    assert path.stat().st_size <= 250_000
    with pytest.raises(CheckpointError, match="not made by this app"):
        load_checkpoint(path)


def test_the_models_of_the_flaws_are_not_listed_among_the_others() -> None:
    assert not any("flaws" in path.parts for path in list_checkpoints(files.FOLDER.parent))


def test_a_specimen_comes_back_from_its_file(
    tmp_path: Path, digits: tuple[ImageSet, ImageSet]
) -> None:
    made = quick("raw-spread", digits, is_cured=False)
    files.save_specimen(tmp_path / "small.safetensors", made)
    found = load_specimen("raw-spread", is_cured=False, path=tmp_path / "small.safetensors")
    for name, value in made.model.state_dict().items():
        assert torch.equal(found.model.state_dict()[name], value)
    torch.testing.assert_close(found.latents.mu, made.latents.mu, rtol=1e-3, atol=1e-3)
    assert found.losses == made.losses
    assert not found.model.training


PATH = files.specimen_path("wrong-kl", is_cured=True)


def rewritten(tmp_path: Path, tensors: dict[str, torch.Tensor], **entry: object) -> Path:
    """The file with these tensors and entries in place of its own, and a right checksum."""
    data = PATH.read_bytes()
    header = json.loads(data[8 : 8 + int.from_bytes(data[:8], "little")])
    said = json.loads(header["__metadata__"]["vae_flaw"]) | entry
    kept = {k: v for k, v in (parse_tensors(data) | tensors).items() if v.numel()}
    kwargs = {k: v for k, v in said.items() if k not in ("schema", "sha256")}
    path = tmp_path / "changed.safetensors"
    if said["schema"] == files.SCHEMA:
        files._save(path, kept, kwargs)
    else:
        text = json.dumps(said | {"sha256": NO_CHECKSUM})
        path.write_bytes(serialize_tensors(kept, {"vae_flaw": text}))
    return path


@pytest.mark.parametrize(
    ("tensors", "entry", "sentence"),
    [
        ({"model.mu_head.bias": torch.zeros(3).half()}, {}, "should be F16 of shape \\[2\\]"),
        ({"model.mu_head.bias": torch.zeros(2)}, {}, "but is F32"),
        ({"model.extra": torch.ones(1).half()}, {}, "has an unknown tensor"),
        ({"latents.logvar": torch.zeros(0)}, {}, "lacks tensor 'latents.logvar'"),
        ({}, {"flaw": "shared-head"}, "wrong-kl-cured, but is of 'shared-head'"),
        ({}, {"is_cured": False}, "cured: False"),
        ({}, {"losses": ["much"]}, "describes no model"),
        ({}, {"model": {}}, "describes no model"),
        ({}, {"model": FLAWS["wrong-kl"].network_config((1, 8, 8)).to_json()}, "should be F16"),
        ({}, {"model": ModelConfig((1, 28, 28), hidden=(8192,)).to_json()}, "another network"),
        ({}, {"more": 1}, "another format"),
        ({}, {"schema": 2}, "another format; this app reads format 1"),
    ],
)  # fmt: skip
def test_a_file_that_is_not_as_it_should_be_is_a_sentence(
    tmp_path: Path, tensors: dict[str, torch.Tensor], entry: dict[str, object], sentence: str
) -> None:
    with pytest.raises(CheckpointError, match=sentence):
        load_specimen("wrong-kl", is_cured=True, path=rewritten(tmp_path, tensors, **entry))


def broken(data: bytes) -> dict[str, tuple[bytes, str]]:
    middle = len(data) // 2
    flipped = data[:middle] + bytes([data[middle] ^ 1]) + data[middle + 1 :]
    return {
        "flipped": (flipped, "checksum does not match"),
        "cut": (data[:middle], "checksum does not match"),
        "empty": (b"", "is empty"),
        "pickle": (b"\x80\x04" + bytes([255]) * 20, "pickle"),
        "long": (data + bytes(files.MAX_BYTES), "is longer than"),
    }


@pytest.mark.parametrize("name", ["flipped", "cut", "empty", "pickle", "long"])
def test_a_damaged_file_is_a_sentence(tmp_path: Path, name: str) -> None:
    path = tmp_path / "damaged.safetensors"
    data, sentence = broken(PATH.read_bytes())[name]
    path.write_bytes(data)
    with pytest.raises(CheckpointError, match=sentence):
        load_specimen("wrong-kl", is_cured=True, path=path)


def test_a_file_that_is_not_there_and_numbers_that_are_none_are_sentences(
    tmp_path: Path, digits: tuple[ImageSet, ImageSet]
) -> None:
    with pytest.raises(CheckpointError, match=r"Cannot read gone\.safetensors.*Fetch it again"):
        load_specimen("wrong-kl", is_cured=True, path=tmp_path / "gone.safetensors")
    made = quick("mismatched-ranges", digits, is_cured=True)
    with torch.no_grad():
        made.model.pixel_bias[0, 0, 0] = torch.nan
    with pytest.raises(CheckpointError, match="undefined or infinite numbers in model"):
        files.save_specimen(tmp_path / "none.safetensors", made)
    assert not (tmp_path / "none.safetensors").exists()


def test_one_command_makes_every_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    asked = ["--dataset", "digits", "--epochs", "1", "--out", str(tmp_path)]
    assert make(asked) == 0
    for key in FLAWS:
        for is_cured in (False, True):
            path = tmp_path / files.specimen_path(key, is_cured=is_cured).name
            assert len(load_specimen(key, is_cured=is_cured, path=path).losses) == 1
    assert make(["--dataset", "no-such"]) == 1
    assert capsys.readouterr().err.startswith("error: ")


def test_fit_takes_another_objective(images: ImageSet) -> None:
    """The default is `negative_elbo`; see tests of the training for it."""
    flaw = FLAWS["wrong-kl"]
    ends = []
    for version in (flaw.flawed, flaw.cured):
        model = initialize(blank_model(flaw.network_config(images.image_shape)), seed=0)
        *_, last = fit(model, images, QUICK, objective=version.objective)
        ends.append(last.loss)
    assert ends[0] > ends[1] + HALF_LOG_2


def test_without_the_data_set_a_sound_model_draws_its_images_in_their_order(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real_images("mnist")
    real = reference_images()
    monkeypatch.setenv("VAE_DATA_DIR", str(tmp_path))
    drawn = reference_images()
    assert drawn.name == "drawn by mnist-deep-map-vae-2d"
    assert torch.equal(drawn.labels, real.labels)
    assert drawn.classes == real.classes
    off = to_unit(real.images) - to_unit(drawn.images)
    others = to_unit(real.images) - to_unit(drawn.images.roll(1, 0))
    assert off.square().mean() < 0.5 * others.square().mean()
