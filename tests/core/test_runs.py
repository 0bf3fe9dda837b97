"""Tests for vae_core.runs: what a run leaves on disk, whatever happens to its worker."""

from __future__ import annotations

import errno
import json
import os
import shutil
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

from vae_core import build_model, fit, load_checkpoint, load_images, model_config, train_config
from vae_core.errors import CheckpointError, RunError, TrainingDivergedError, VaeCoreError
from vae_core.runs import Run, RunConfig, list_runs, store, submit, work
from vae_core.runs.estimate import measure, seconds_per_epoch
from vae_core.runs.latest import restore
from vae_core.training import EpochEnd, StepEnd, make_optimizer

EPOCHS = 4
Weights = dict[str, torch.Tensor]


def a_config(**changes: Any) -> RunConfig:
    """Of a small network on the small digits; changes are settings of the training."""
    training = train_config("dense-256", dataset="digits", epochs=EPOCHS, batch_size=128)
    network = model_config("dense-256", (1, 8, 8))
    return RunConfig(network, replace(training, **changes))


@pytest.fixture
def run(tmp_path: Path) -> Run:
    return submit(tmp_path / "runs", a_config())


@pytest.fixture(scope="module")
def uninterrupted() -> Weights:
    """The weights that a run must end with: those of `fit`, in one go."""
    return trained(a_config())


def trained(config: RunConfig) -> Weights:
    images = load_images("digits", "train")
    model = build_model(config.model, mean_image=images.mean_image())
    for _ in fit(model, images, config.training):
        pass
    return model.state_dict()


def last_weights(run: Run) -> Weights:
    return load_checkpoint(run.frames()[-1].path).model.state_dict()


def assert_same(one: Weights, other: Weights) -> None:
    assert one.keys() == other.keys()
    for name in one:
        assert torch.equal(one[name], other[name]), name


def train_until(run: Run, epoch: int) -> None:
    """Stop as the page does, within the epoch after this one."""
    for event in work(run):
        if isinstance(event, EpochEnd) and event.epoch >= epoch:
            run.ask("stop")


# --- a run that nothing happens to


def test_a_new_run_waits(run: Run) -> None:
    assert run.status().state == "queued"
    assert run.config() == a_config()
    assert run.history() == run.frames() == []
    assert list_runs(run.path.parent) == [run]


def test_a_run_ends_where_fit_ends(run: Run, uninterrupted: Weights) -> None:
    epochs = [event.epoch for event in work(run) if isinstance(event, EpochEnd)]
    assert epochs == list(range(1, EPOCHS + 1))
    assert (run.status().state, run.status().epoch) == ("done", EPOCHS)
    assert not run.is_locked()
    assert_same(last_weights(run), uninterrupted)


def test_frames_are_checkpoints_of_whole_epochs_and_of_the_start(run: Run) -> None:
    list(work(run))
    frames = run.frames()
    whole = [frame.epoch for frame in frames if frame.epoch.is_integer()]
    assert whole == [float(epoch) for epoch in range(EPOCHS + 1)]
    first, last = (load_checkpoint(frame.path) for frame in (frames[0], frames[-1]))
    assert_same(first.model.state_dict(), build_model_of(run).state_dict())
    assert len(last.history) == EPOCHS
    assert len(last.latents) == len(load_images("digits", "test"))
    history = run.history()[-1]
    assert last.metrics["reconstruction"] == history["held_out_reconstruction"]
    assert last.metrics["kl_per_dim"] == history["held_out_kl_per_dim"]


def build_model_of(run: Run) -> torch.nn.Module:
    images = load_images("digits", "train")
    config = run.config()
    return build_model(config.model, seed=config.training.seed, mean_image=images.mean_image())


@pytest.mark.parametrize("seconds", [0.0, 99.0])
def test_the_first_epoch_has_the_same_frames_at_any_speed(
    run: Run, monkeypatch: pytest.MonkeyPatch, seconds: float
) -> None:
    monkeypatch.setattr("vae_core.training.STEP_EVENT_SECONDS", seconds)
    list(work(run))
    early = [frame.epoch for frame in run.frames() if 0 < frame.epoch < 1]
    assert early == [0.083, 0.167, 0.25, 0.5]  # of twelve steps the first, second, third, sixth


def test_looking_at_a_run_does_not_change_it(
    run: Run, uninterrupted: Weights, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("vae_core.training.STEP_EVENT_SECONDS", 0.0)
    list(work(run))
    assert_same(last_weights(run), uninterrupted)


# --- stop, pause, go on


@pytest.mark.parametrize("epoch", [1, 2, EPOCHS - 1])
def test_a_stopped_run_goes_on_to_the_last_bit(
    run: Run, uninterrupted: Weights, epoch: int
) -> None:
    train_until(run, epoch)
    status = run.status()
    assert status.state == "stopped"
    assert status.epoch == epoch
    run.resume()
    assert run.status().state == "queued"
    list(work(run))
    assert run.status().state == "done"
    assert_same(last_weights(run), uninterrupted)
    assert [event["epoch"] for event in run.history()] == list(range(1, EPOCHS + 1))


def test_a_stop_within_an_epoch_is_heeded_at_once(
    run: Run, uninterrupted: Weights, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("vae_core.training.STEP_EVENT_SECONDS", 0.0)
    seen = []
    for event in work(run):
        seen.append(event)
        if isinstance(event, StepEnd) and (event.epoch, event.step) == (2, 3):
            run.ask("stop")
    assert (seen[-1].epoch, seen[-1].step) == (2, 3)
    assert (run.status().state, run.status().epoch) == ("stopped", 1)
    run.resume()
    list(work(run))
    assert_same(last_weights(run), uninterrupted)


def test_a_pause_waits_for_the_end_of_the_epoch(run: Run) -> None:
    for event in work(run):
        if event.epoch == 2:
            run.ask("pause")
    assert (run.status().state, run.status().epoch) == ("paused", 2)
    run.resume()
    list(work(run))
    assert run.status().state == "done"


def test_a_closed_iterator_stops_the_run(run: Run) -> None:
    events = work(run)
    next(events)
    assert run.status().state == "running"
    assert run.is_locked()
    events.close()
    assert run.status().state == "stopped"
    assert not run.is_locked()


def test_a_waiting_run_is_stopped_at_once_and_can_go_on(run: Run) -> None:
    run.ask("stop")
    assert run.status().state == "stopped"
    assert list(work(run)) == []
    assert run.status().state == "stopped"
    run.resume()
    assert list(work(run))
    assert run.status().state == "done"


def test_what_is_done_cannot_go_on(run: Run) -> None:
    list(work(run))
    with pytest.raises(RunError, match="cannot go on: it is done"):
        run.resume()


def test_other_settings_train_on_from_another_run_s_frame(run: Run, tmp_path: Path) -> None:
    list(work(run))
    frame = run.frames()[2]
    config = replace(a_config(learning_rate=1e-4, epochs=1), parent=str(frame.path))
    branch = submit(tmp_path / "runs", config)
    list(work(branch))
    first, last = (load_checkpoint(branch.frames()[at].path) for at in (0, -1))
    assert_same(first.model.state_dict(), load_checkpoint(frame.path).model.state_dict())
    for name, weight in first.model.state_dict().items():
        assert not torch.equal(weight, last.model.state_dict()[name]), name
    assert branch.status().state == "done"


def test_the_decoder_alone_leaves_the_codes_where_they_are(run: Run, tmp_path: Path) -> None:
    list(work(run))
    config = replace(a_config(part="decoder"), parent=str(run.frames()[-1].path))
    branch = submit(tmp_path / "runs", config)
    list(work(branch))
    first, last = (load_checkpoint(branch.frames()[at].path) for at in (0, -1))
    assert torch.equal(first.latents.mu, last.latents.mu)
    assert last.metrics["reconstruction"] < first.metrics["reconstruction"]


def test_a_branch_outlives_the_run_it_came_from(run: Run, tmp_path: Path) -> None:
    list(work(run))
    config = replace(a_config(), parent=str(run.frames()[2].path))
    waiting, begun = (submit(tmp_path / "runs", config) for _ in range(2))
    train_until(begun, 1)
    run.delete()
    begun.resume()
    list(work(begun))
    list(work(waiting))
    assert_same(last_weights(begun), last_weights(waiting))


def test_a_parent_of_another_network_is_refused(run: Run, tmp_path: Path) -> None:
    list(work(run))
    network = model_config("dense-256", (1, 8, 8), latent_dim=3)
    config = RunConfig(network, a_config().training, parent=str(run.frames()[0].path))
    branch = submit(tmp_path / "runs", config)
    with pytest.raises(CheckpointError, match="not of the network of this run"):
        list(work(branch))
    assert branch.status().state == "failed"


# --- workers that die


def test_a_run_that_ends_while_it_is_looked_at_is_done(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its last words and the release of its lock may come between two looks."""
    run.write_status("running", 1)

    def just_ended(self: Run) -> bool:
        self.write_status("done", EPOCHS)
        return False

    monkeypatch.setattr(Run, "is_locked", just_ended)
    assert run.status().state == "done"


def test_a_run_whose_worker_is_gone_is_interrupted(run: Run) -> None:
    run.write_status("running", 2)
    status = run.status()
    assert (status.state, status.epoch) == ("interrupted", 2)
    with run.lock():
        assert run.status().state == "running"


def test_a_worker_that_never_comes_is_waited_for_a_minute(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    run.write_status("starting")
    assert run.status().state == "starting"
    monkeypatch.setattr(store, "STARTING_SECONDS", -1.0)
    assert run.status().state == "interrupted"


@pytest.mark.parametrize("name", ["LATEST.safetensors", "frames/0003.000.safetensors"])
def test_a_death_between_two_files_loses_nothing(
    run: Run, uninterrupted: Weights, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """The machine stops at the moment when this file of the third epoch is written."""
    from vae_core import checkpoints

    class PowerCutError(BaseException):
        pass

    written = store.write_atomically
    counts = {"LATEST.safetensors": 0}

    def cut(path: Path, data: bytes, **_: Any) -> None:
        counts[path.name] = counts.get(path.name, 0) + 1
        if str(path).endswith(name) and (counts[path.name] == 3 or "frames" in name):
            raise PowerCutError
        written(path, data)

    monkeypatch.setattr(store, "write_atomically", cut)
    monkeypatch.setattr(checkpoints, "write_atomically", cut)
    with pytest.raises(PowerCutError):
        list(work(run))
    monkeypatch.undo()
    assert run.status().state == "interrupted"
    run.resume()
    list(work(run))
    assert_same(last_weights(run), uninterrupted)
    assert [frame.epoch for frame in run.frames() if frame.epoch.is_integer()][-1] == EPOCHS


def test_the_latest_state_is_that_of_its_epoch(run: Run) -> None:
    train_until(run, 2)
    model = build_model(run.config().model)
    optimizer = make_optimizer(model, run.config().training)
    assert restore(run.latest, model, optimizer) == 2
    frame = next(frame for frame in run.frames() if frame.epoch == 2)
    assert_same(model.state_dict(), load_checkpoint(frame.path).model.state_dict())


@pytest.mark.parametrize("damage", [lambda data: data[:-50], lambda _: b"", lambda _: b"x" * 99])
def test_a_damaged_state_is_said_and_not_trained_on(run: Run, damage: Any) -> None:
    train_until(run, 1)
    run.latest.write_bytes(damage(run.latest.read_bytes()))
    run.resume()
    with pytest.raises(RunError, match="is damaged: it does not hold this model's training"):
        list(work(run))
    assert run.status().state == "failed"
    assert "damaged" in run.status().message


def test_a_flipped_bit_is_noticed_and_the_state_before_it_is_gone_on_from(
    run: Run, uninterrupted: Weights, capsys: pytest.CaptureFixture[str]
) -> None:
    train_until(run, 3)
    data = bytearray(run.latest.read_bytes())
    data[len(data) // 2] ^= 1
    run.latest.write_bytes(data)
    run.resume()
    list(work(run))
    assert "Going on from the state before it" in capsys.readouterr().err
    assert_same(last_weights(run), uninterrupted)


def test_a_state_that_is_not_finite_does_not_replace_a_good_one(
    run: Run, uninterrupted: Weights, monkeypatch: pytest.MonkeyPatch
) -> None:
    for event in work(run):
        if isinstance(event, EpochEnd) and event.epoch == 2:
            break
    monkeypatch.setattr("vae_core.training.learning_rate", lambda *_: float("nan"))
    run.resume()
    with pytest.raises(TrainingDivergedError):
        list(work(run))
    assert run.status().state == "failed"
    monkeypatch.undo()
    run.resume()
    list(work(run))
    assert_same(last_weights(run), uninterrupted)


@pytest.mark.parametrize(
    ("error", "told"), [(MemoryError(), "not enough memory"), (KeyError("x"), "KeyError: 'x'")]
)
def test_any_other_failure_is_told_too(
    run: Run, monkeypatch: pytest.MonkeyPatch, error: Exception, told: str
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr("vae_core.runs.worker.make_optimizer", fail)
    with pytest.raises(RunError, match=told):
        list(work(run))
    assert run.status().state == "failed"
    assert told in run.status().message


@pytest.mark.parametrize("name", ["my run", "é", ".hidden", "x" * 81])
def test_a_name_that_no_link_can_hold_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(RunError, match="is no name for a run"):
        submit(tmp_path, a_config(), name=name)
    assert not list(tmp_path.iterdir())


# --- what goes wrong


def test_a_second_worker_is_refused_and_disturbs_nothing(run: Run) -> None:
    events = work(run)
    next(events)
    with pytest.raises(RunError, match="is being trained already"):
        list(work(run))
    with pytest.raises(RunError, match="stop it first"):
        run.delete()
    with pytest.raises(RunError, match="it is running"):
        run.resume()
    list(events)
    assert run.status().state == "done"


def test_a_loss_that_is_no_number_ends_the_run_with_a_sentence(tmp_path: Path) -> None:
    run = submit(tmp_path, a_config(learning_rate=10.0, epochs=50))
    with pytest.raises(TrainingDivergedError):
        list(work(run))
    status = run.status()
    assert status.state == "failed"
    assert status.message.startswith("The loss stopped being a finite number in epoch")
    load_checkpoint(run.frames()[0].path)


def test_a_full_disk_ends_the_run_and_keeps_what_there_is(
    run: Run, uninterrupted: Weights, monkeypatch: pytest.MonkeyPatch
) -> None:
    written, writes = store.write_atomically, []

    def full(path: Path, data: bytes) -> None:
        writes.append(path.name)
        if writes.count("LATEST.safetensors") == 2:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        written(path, data)

    monkeypatch.setattr(store, "write_atomically", full)
    with pytest.raises(RunError, match="No space left on device"):
        list(work(run))
    monkeypatch.undo()
    assert run.status().state == "interrupted"  # there was no room for a last word either
    run.resume()
    list(work(run))
    assert_same(last_weights(run), uninterrupted)


def test_a_full_disk_while_a_line_is_written_is_said(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = Path.open

    def full(path: Path, mode: str = "r", *args: Any, **more: Any) -> Any:
        if mode == "ab":
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return opened(path, mode, *args, **more)

    monkeypatch.setattr(Path, "open", full)
    with pytest.raises(RunError, match="could not be written: the disk is full"):
        list(work(run))
    monkeypatch.undo()
    assert run.status().state == "failed"
    assert run.status().message == "The run could not be written: the disk is full."


def test_a_folder_deleted_while_it_is_watched_stays_deleted(run: Run) -> None:
    with pytest.raises(RunError, match="somebody deleted its folder"):
        for event in work(run):
            if event.epoch == 2:  # several events say so, until the worker sees its loss
                shutil.rmtree(run.path, ignore_errors=True)
    assert not run.path.exists()
    with pytest.raises(RunError, match="cannot be read"):
        run.status()
    assert run.history() == run.frames() == []


def test_a_torn_last_line_is_left_out(run: Run) -> None:
    train_until(run, 2)
    with (run.path / "metrics.jsonl").open("ab") as file:
        file.write(b'{"event": "epoch", "epoch": 3, "lo')
    assert [event["epoch"] for event in run.history()] == [1, 2]
    run.resume()
    list(work(run))
    assert [event["epoch"] for event in run.history()] == list(range(1, EPOCHS + 1))


@pytest.mark.parametrize("name", ["config.json", "status.json"])
@pytest.mark.parametrize("content", [None, b"", b"{", b"[]", b"{}", b'{"schema": 9}', b"\xff"])
def test_a_damaged_record_is_said(run: Run, name: str, content: bytes | None) -> None:
    path = run.path / name
    path.unlink() if content is None else path.write_bytes(content)
    with pytest.raises(RunError, match=f"Run {run.id} cannot be read"):
        run.config() if name == "config.json" else run.status()


def test_a_state_that_does_not_exist_is_no_status(run: Run) -> None:
    record = {"state": "asleep", "epoch": 1, "message": "", "since": 0.0}
    (run.path / "status.json").write_text(json.dumps(record))
    with pytest.raises(RunError, match="its status is damaged"):
        run.status()


def test_a_folder_that_cannot_be_made_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(RunError, match="No run can be made in"):
        submit(tmp_path / "file", a_config())
    submit(tmp_path, a_config(), name="mine")
    with pytest.raises(RunError, match="is there already"):
        submit(tmp_path, a_config(), name="mine")


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="root may write everywhere")
def test_a_read_only_folder_is_said(run: Run) -> None:
    run.path.chmod(0o500)
    with pytest.raises(RunError, match="cannot be written"):
        run.ask("stop")


def test_a_deleted_run_is_gone(run: Run) -> None:
    list(work(run))
    run.delete()
    assert list_runs(run.path.parent) == []
    assert list(run.path.parent.iterdir()) == []
    with pytest.raises(RunError, match="cannot be deleted"):
        run.delete()


def test_a_run_that_cannot_be_trained_here_says_why(tmp_path: Path) -> None:
    run = submit(tmp_path, a_config(dataset=str(tmp_path / "nothing.npz")))
    with pytest.raises(VaeCoreError):
        list(work(run))
    assert run.status().state == "failed"
    assert run.status().message


def test_a_nearly_full_disk_takes_no_new_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(folder: Path, n_bytes: int) -> None:
        raise OSError(errno.ENOSPC, "the disk is nearly full")

    monkeypatch.setattr("vae_core.runs.folder.require_space", full)
    with pytest.raises(RunError, match="the disk is nearly full"):
        submit(tmp_path, a_config())
    assert not list(tmp_path.iterdir())


def test_a_measurement_in_another_process_trains_no_run() -> None:
    found = measure(a_config())
    assert found is not None
    assert 0 < found < 60
    assert measure(a_config(dataset="nothing-of-this-name")) is None


def test_a_measurement_can_be_ended() -> None:
    halt = threading.Event()
    halt.set()
    assert measure(a_config(), halt) is None


def test_the_estimate_is_the_best_pace(monkeypatch: pytest.MonkeyPatch) -> None:
    """120 steps of 10 images; the first 20 take 0.5 s each, the later ones 0.1 s."""

    def steps(*_: object) -> Iterator[StepEnd]:
        for step in (10, 20, 40, 60, 80):
            elapsed = 0.5 * min(step, 20) + 0.1 * max(0, step - 20)
            yield StepEnd(1, step, 120, 0.0, 10 * step / elapsed)

    monkeypatch.setattr("vae_core.runs.estimate.fit", steps)
    images = load_images("digits", "train")
    found = seconds_per_epoch(a_config(batch_size=10), images)
    assert found == pytest.approx(0.1 * 120)


def test_the_estimate_of_a_small_data_set_is_that_of_an_epoch() -> None:
    images = load_images("digits", "train").subset(range(32))
    assert 0 < seconds_per_epoch(a_config(), images) < 60
