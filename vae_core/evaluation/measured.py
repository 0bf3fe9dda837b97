"""Figures that were measured, and where they are kept so that nobody measures them twice.

Results belong to a file of weights, to the images they were measured on and to the definitions
of the figures: one JSON file for each pair of checksums, void once the definitions change. They
lie in `measured/` beside the checkpoint, or in `VAE_MEASURED_DIR`.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from filelock import FileLock

from vae_core import strict_json
from vae_core.checkpoint_header import Header
from vae_core.errors import ResultsError
from vae_core.evaluation.commit import code_commit
from vae_core.evaluation.figures import DEFINITIONS, FIGURES
from vae_core.files import write_atomically

SCHEMA = 2
FOLDER = "measured"
MAX_BYTES = 2**20
DIGITS = 6  # kept of a value, far below its error
SHORT = 16  # digits of each checksum in a file's name; the whole of it is inside
ENTRIES = {"schema", "definitions", "checkpoint", "dataset", "model", "images", "figures"}
LOCK_SECONDS = 10.0

Value = float | tuple[float, ...] | None


@dataclass(frozen=True)
class Measured:
    """One figure of one model.

    Attributes:
        key: Of `FIGURES`, which says unit and direction.
        value: One number, or one for each dimension; None where it is undefined.
        error: Standard error over images, in the same unit; None where it is not known.
        n: How many images (or draws) it rests on; None where it is undefined.
        note: How it was measured if that is not plain; why it is undefined if it is.
        seconds: That measuring it took; figures measured together share theirs evenly.
        is_lacking: Undefined only because some data is not on this machine.
        commit: Of the code that measured it; "" until it is kept, or if that is not known;
            two results are equal whoever measured them.
    """

    key: str
    value: Value
    error: float | None = None
    n: int | None = None
    note: str = ""
    seconds: float = 0.0
    is_lacking: bool = False
    commit: str = field(default="", compare=False)

    def rounded(self) -> Measured:
        """With the digits that are kept, so that kept and fresh results are equal."""
        value = tuple(map(_round, self.value)) if isinstance(self.value, tuple) else self.value
        return replace(
            self,
            value=_round(value) if isinstance(value, int | float) else value,
            error=None if self.error is None else _round(self.error),
            seconds=round(self.seconds, 2),
        )

    def to_json(self) -> dict[str, Any]:
        """Plain values; what is empty is left out."""
        values = asdict(self)
        fields = {k: list(v) if isinstance(v, tuple) else v for k, v in values.items()}
        return {
            k: v
            for k, v in fields.items()
            if k == "value" or not (v is None or v is False or v == "")
        }

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> Measured:
        """Rebuild from `to_json`; raises TypeError or ValueError."""
        given: dict[str, Any] = {
            k: tuple(v) if isinstance(v, list) else v for k, v in values.items()
        }
        found = cls(**given)
        numbers = found.value if isinstance(found.value, tuple) else (found.value,)
        checks = [
            (found.key, str), (found.note, str), (found.is_lacking, bool), (found.commit, str),
            (found.n, int | None), (found.error, float | int | None), (found.seconds, float | int),
            *((number, float | int | None) for number in numbers),
        ]  # fmt: skip
        is_wrong = any(
            not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool)
            for value, kind in checks
        )
        if is_wrong or (isinstance(found.value, tuple) and None in numbers):
            raise TypeError("a field has another type")
        if found.key not in FIGURES:
            raise ValueError("there is no such figure")
        return found


@dataclass(frozen=True)
class Results:
    """What is kept of one model on one set of images.

    Attributes:
        figures: By key; empty if nothing is kept.
        problem: Why kept results are not used, in a sentence; else "".
    """

    figures: dict[str, Measured] = field(default_factory=dict)
    problem: str = ""


def is_complete(figures: Mapping[str, Measured]) -> bool:
    """Whether every figure there is has been measured, or is known to be undefined."""
    return FIGURES.keys() <= figures.keys()


def load(checkpoint: str | Path, header: Header, dataset_sha256: str | None = None) -> Results:
    """What is kept of a checkpoint; damaged or outdated files are left alone, and said.

    Args:
        checkpoint: Its path, which says where its results lie.
        header: What it says about itself.
        dataset_sha256: `ImageSet.sha256` of the images; default: those it was made with.
    """
    found = [
        _read(folder / _name(header, dataset_sha256), header, dataset_sha256)
        for folder in dict.fromkeys((results_dir(checkpoint), _beside(checkpoint)))
    ]
    figures: dict[str, Measured] = {}
    for results in reversed(found):
        for key, one in results.figures.items():
            if key not in figures or not one.is_lacking:
                figures[key] = one
    problem = next((results.problem for results in found if results.problem), "")
    return Results(figures, problem)


def save(
    checkpoint: str | Path,
    header: Header,
    figures: Iterable[Measured],
    dataset_sha256: str | None = None,
    *,
    dataset: str | None = None,
) -> Path:
    """Keep figures beside those already kept, whoever else does the same now; returns the file.

    What came out the same stays as it was noted then, and what only lacked data hides no value.

    Args:
        checkpoint: Path of the checkpoint.
        header: What it says about itself.
        figures: To be kept; they replace older ones of the same key, and get today's commit.
        dataset_sha256: As in `load`.
        dataset: Name of the images, for people; default: that of those it was made with.

    Raises:
        ResultsError: The folder cannot be written to.
    """
    path = results_dir(checkpoint) / _name(header, dataset_sha256)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(path.with_suffix(".lock"), timeout=LOCK_SECONDS):
            kept = _read(path, header, dataset_sha256).figures
            new = (replace(figure.rounded(), commit=code_commit()) for figure in figures)
            merged = kept | {one.key: one for one in new if not _is_known(one, kept.get(one.key))}
            if merged and merged == kept:
                return path
            record = {
                "schema": SCHEMA,
                "definitions": DEFINITIONS,
                "checkpoint": header.sha256,
                "dataset": dataset_sha256 or header.dataset.sha256,
                "model": Path(checkpoint).stem,
                "images": dataset or header.dataset.name,
                "figures": [merged[key].to_json() for key in FIGURES if key in merged],
            }
            write_atomically(path, (json.dumps(record, allow_nan=False, indent=1) + "\n").encode())
    except OSError as err:  # also a lock that is not got in time
        reason = err.strerror or "another process is writing there"
        raise ResultsError(
            f"The results cannot be kept in {path.parent}: {reason}. Set VAE_MEASURED_DIR to a "
            "folder that can be written to."
        ) from err
    return path


def _is_known(new: Measured, kept: Measured | None) -> bool:
    """Whether what is kept says the same already, or more."""
    if kept is None:
        return False
    is_same = replace(new, seconds=kept.seconds) == kept
    return is_same or (new.is_lacking and not kept.is_lacking)


def results_dir(checkpoint: str | Path) -> Path:
    """Where the results of a checkpoint are kept: `VAE_MEASURED_DIR`, else `measured` beside it."""
    named = os.environ.get("VAE_MEASURED_DIR")
    return Path(named) if named else _beside(checkpoint)


def _beside(checkpoint: str | Path) -> Path:
    return Path(checkpoint).parent / FOLDER


def _name(header: Header, dataset_sha256: str | None) -> str:
    return f"{header.sha256[:SHORT]}-{(dataset_sha256 or header.dataset.sha256)[:SHORT]}.json"


def _read(path: Path, header: Header, dataset_sha256: str | None) -> Results:
    try:
        with path.open("rb") as file:
            raw = file.read(MAX_BYTES + 1)
    except FileNotFoundError:
        return Results()
    except OSError as err:
        return Results(problem=f"The kept results {path.name} cannot be read: {err.strerror}.")
    try:
        if len(raw) > MAX_BYTES:
            raise ValueError("too long")
        record = strict_json.loads(raw)
        if (record["schema"], record["definitions"]) != (SCHEMA, DEFINITIONS):
            return Results(
                problem=f"The kept results {path.name} were measured by another version of this "
                "app, so they are not used; measure again."
            )
        if set(record) != ENTRIES:
            raise ValueError("other entries")
        belongs = (header.sha256, dataset_sha256 or header.dataset.sha256)
        if (record["checkpoint"], record["dataset"]) != belongs:
            raise ValueError("of another model")
        figures = [Measured.from_json(entry) for entry in record["figures"]]
    except (ValueError, TypeError, AttributeError, KeyError):
        return Results(
            problem=f"The kept results {path.name} are damaged, so they are not used; "
            "measure again."
        )
    return Results({figure.key: figure for figure in figures})


def _round(number: float) -> float:
    return float(f"{number:.{DIGITS}g}")
