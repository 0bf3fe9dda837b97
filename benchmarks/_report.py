"""What the benchmarks share: the machine they ran on, and bars with a verdict."""

from __future__ import annotations

import json
import os
import platform
import subprocess
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from statistics import mean, median
from typing import Any

ROOT = Path(__file__).parent.parent


@dataclass(frozen=True)
class Bar:
    """One thing a benchmark asks for; `passed` is None if it was not measured.

    Attributes:
        name: What is measured, with its unit.
        wanted: The limit, such as "<= 120".
        found: What came out.
        passed: Whether that is within the limit.
    """

    name: str
    wanted: str
    found: float | None
    passed: bool | None

    def __str__(self) -> str:
        verdict = {True: "PASS", False: "FAIL", None: "NOT MEASURED"}[self.passed]
        found = "" if self.found is None else f": {self.found:.4g}"
        return f"{verdict}  {self.name} {self.wanted}{found}"

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return asdict(self)


def at_most(name: str, limit: float, found: float | None) -> Bar:
    """A bar that wants `found` to be `limit` or less."""
    return Bar(name, f"<= {limit:g}", found, None if found is None else found <= limit)


def at_least(name: str, limit: float, found: float | None) -> Bar:
    """A bar that wants `found` to be `limit` or more."""
    return Bar(name, f">= {limit:g}", found, None if found is None else found >= limit)


def p95(values: list[float]) -> float:
    """The value that 95 % of these do not exceed."""
    return sorted(values)[max(0, -(-95 * len(values) // 100) - 1)]


def spread(values: list[float], form: str = ".1f") -> str:
    """Median, p95 and maximum as text."""
    numbers = (median(values), p95(values), max(values))
    return " / ".join(f"{number:{form}}" for number in numbers) + f"   (mean {mean(values):{form}})"


def close(report: dict[str, Any], bars: list[Bar], file: Path | None) -> int:
    """Print the bars, keep everything in `file` if there is one; the exit status."""
    print()
    print(*bars, sep="\n")
    if file:
        report["bars"] = [bar.to_json() for bar in bars]
        file.write_text(json.dumps(report, indent=2) + "\n")
    return exit_status(bars)


def exit_status(bars: list[Bar]) -> int:
    """1 if a bar is missed."""
    return 1 if any(bar.passed is False for bar in bars) else 0


def machine(*packages: str) -> dict[str, Any]:
    """What the figures depend on besides the code, with the versions of `packages`."""
    cpu_info = Path("/proc/cpuinfo")
    lines = cpu_info.read_text().splitlines() if cpu_info.exists() else []
    names = [line for line in lines if line.startswith("model name")]
    affinity = getattr(os, "sched_getaffinity", None)
    return {
        "cpu": names[0].partition(": ")[2] if names else platform.processor(),
        "cores": len(affinity(0)) if affinity else os.cpu_count(),
        "load_before": os.getloadavg()[0],
        "python": platform.python_version(),
        **{name: version(name) for name in packages},
        "commit": _git("rev-parse", "--short", "HEAD"),
        "modified": bool(_git("status", "--porcelain")),
    }


def _git(*command: str) -> str:
    result = subprocess.run(["git", *command], cwd=ROOT, capture_output=True, text=True)
    return result.stdout.strip()


def print_machine(about: dict[str, Any], packages: str) -> None:
    """Two lines on `machine()`, and a warning if others use it; `packages` is shown as it is."""
    changed = " (modified)" if about["modified"] else ""
    print(f"{about['cpu']}, {about['cores']} cores, load {about['load_before']:.1f} before")
    print(f"{packages}, Python {about['python']}, commit {about['commit']}{changed}")
    if about["load_before"] > about["cores"] / 2:
        print("The machine is busy: its processes wait for each other, the times mean little.")
