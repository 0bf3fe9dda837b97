"""How much of the processor one visitor takes."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

THREADS = Path("/proc/self/task")
COUNT = f"""
import os, threading
import ui
import torch

torch.set_num_threads(1)  # says nothing to the MKL of other threads
numbers = torch.rand(1000)

def work():
    before = len(os.listdir("{THREADS}"))
    numbers.log()
    print(len(os.listdir("{THREADS}")) - before)

thread = threading.Thread(target=work)
thread.start()
thread.join()
"""


@pytest.mark.skipif(not THREADS.is_dir(), reason="needs /proc")
def test_a_rerun_starts_no_threads_of_its_own() -> None:
    environment = {name: value for name, value in os.environ.items() if name != "OMP_NUM_THREADS"}
    command = [sys.executable, "-W", "ignore", "-c", COUNT]
    run = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    assert run.stdout.split() == ["0"]


def test_pandas_is_loaded_before_anything_is_drawn() -> None:
    """Loaded later, by one visitor's thread, it is found half loaded by Plotly in another's."""
    look = "import sys, ui; print(sys.modules['pandas'].Series.__name__)"
    command = [sys.executable, "-W", "ignore", "-c", look]
    run = subprocess.run(command, capture_output=True, text=True, check=True)
    assert run.stdout.split() == ["Series"]
