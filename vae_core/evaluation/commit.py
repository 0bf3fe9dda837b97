"""Which version of this code measured something, where that can be told."""

from __future__ import annotations

import subprocess
from pathlib import Path

ROOT = Path(__file__).parents[2]
SECONDS = 5.0


def code_commit() -> str:
    """The short hash of the checkout's commit; "" if it is none, or has no git."""
    if not (ROOT / ".git").exists():
        return ""
    command = ["git", "rev-parse", "--short", "HEAD"]
    try:
        found = subprocess.run(
            command, cwd=ROOT, capture_output=True, text=True, timeout=SECONDS, check=True
        )
    except (OSError, subprocess.SubprocessError):
        return ""
    return found.stdout.strip()
