"""Tests for vae_core.distributed: several processes train what one would."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from tests.core.test_dispatcher import until
from tests.core.test_runs import a_config, trained
from vae_core import build_model, fit, load_checkpoint, load_images
from vae_core.distributed import World
from vae_core.errors import ConfigError
from vae_core.runs import Run

COMMAND = ["--preset", "dense-256", "--dataset", "digits", "--batch-size", "101"]
MAX_SECONDS = 120


def two_processes(run: Run, epochs: int) -> subprocess.Popen[bytes]:
    """Start torchrun with two ranks on this machine, which begin again when one is lost."""
    torchrun = [sys.executable, "-m", "torch.distributed.run", "--standalone"]
    torchrun += ["--nproc-per-node=2", "--max-restarts=5"]
    train = ["-m", "vae_core", "train", *COMMAND, "--epochs", str(epochs), "--out", str(run.path)]
    environment = os.environ | {"OMP_NUM_THREADS": "1", "GLOO_SOCKET_IFNAME": "lo"}
    with (run.path.parent / "log.txt").open("wb") as log:
        return subprocess.Popen([*torchrun, *train], env=environment, stdout=log, stderr=log)


@pytest.mark.parametrize("size", [1, 2, 3, 7])
@pytest.mark.parametrize("n_images", [0, 1, 5, 128])
def test_the_shares_of_a_batch_are_the_batch(size: int, n_images: int) -> None:
    batch = list(range(n_images))
    shares = [batch[World(rank, size).share(n_images)] for rank in range(size)]
    assert [image for share in shares for image in share] == batch
    assert max(map(len, shares)) - min(map(len, shares)) <= 1


def test_free_bits_are_refused_where_no_process_has_all_of_a_batch() -> None:
    config = a_config(free_bits=0.5)
    images = load_images("digits", "test")
    with pytest.raises(ConfigError, match="Free bits need all of a batch"):
        next(iter(fit(build_model(config.model), images, config.training, world=World(0, 2))))


@pytest.mark.skipif(sys.platform != "linux", reason="finds processes in /proc")
def test_two_processes_train_what_one_does_and_survive_the_loss_of_one(tmp_path: Path) -> None:
    run = Run(tmp_path / "two")
    processes = two_processes(run, epochs=40)
    until(lambda: bool(run.history()) and run.status().epoch >= 3)
    expected = trained(a_config(epochs=2, batch_size=101))
    found = load_checkpoint(run.frame_path(2)).model.state_dict()
    for name, weight in expected.items():
        torch.testing.assert_close(found[name], weight, rtol=0, atol=1e-5)
    os.kill(rank(1, run), signal.SIGKILL)
    assert processes.wait(MAX_SECONDS) == 0
    assert (run.status().state, run.status().epoch) == ("done", 40)
    assert [event["epoch"] for event in run.history()] == list(range(1, 41))


def rank(number: int, run: Run) -> int:
    """Process number of one of the processes that train a run."""
    for folder in Path("/proc").iterdir():
        if not folder.name.isdigit():
            continue
        try:
            environment = (folder / "environ").read_bytes().split(b"\0")
            command = (folder / "cmdline").read_bytes()
        except OSError:
            continue
        if f"RANK={number}".encode() in environment and str(run.path).encode() in command:
            return int(folder.name)
    raise AssertionError(f"There is no rank {number}.")
