"""The process that measures one model: `python -m vae_core.measuring CHECKPOINT FOLDER`."""

from __future__ import annotations

import argparse
import os
import sys
from contextlib import suppress
from pathlib import Path

from vae_core.devices import use_threads
from vae_core.measuring.job import Job
from vae_core.measuring.worker import work
from vae_core.runs.process import NICE


def main() -> int:
    """Measure it, and let everybody else go first; returns the exit status."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("checkpoint", type=Path)
    parser.add_argument("folder", type=Path, help="of the job")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--again", action="store_true", help="also what is known already")
    args = parser.parse_args()
    with suppress(OSError, AttributeError):  # Windows has no such thing
        os.nice(NICE)
    use_threads(args.threads)
    return work(Job(args.folder), args.checkpoint, is_again=args.again)


if __name__ == "__main__":
    sys.exit(main())
