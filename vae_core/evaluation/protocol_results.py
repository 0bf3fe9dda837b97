"""Results of the anomaly protocols, kept beside the measured figures: one JSON file for each."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from vae_core import strict_json
from vae_core.errors import ResultsError
from vae_core.evaluation.protocols import PROTOCOLS, Verdict
from vae_core.evaluation.references import PROTOCOL_REFERENCES, Reference
from vae_core.files import write_atomically
from vae_core.metrics.anomaly import METHODS

SCHEMA = 1
PREFIX = "anomaly-"
MAX_BYTES = 2**20


@dataclass(frozen=True)
class ProtocolResult:
    """What one protocol came to on one data set.

    Attributes:
        protocol: "one-class" or "leave-one-out".
        dataset: Name of the images.
        recipe: How the models were made, in a sentence.
        classes: That took their turn, in the order of `Verdict.per_class`.
        seeds: Of the models.
        verdicts: One for each score.
        commit: Of the code; "" if unknown.
    """

    protocol: str
    dataset: str
    recipe: str
    classes: tuple[str, ...]
    seeds: tuple[int, ...]
    verdicts: tuple[Verdict, ...]
    commit: str = ""

    @property
    def references(self) -> tuple[Reference, ...]:
        """What the literature reports of this protocol and data set."""
        listed = PROTOCOL_REFERENCES.get(self.protocol, ())
        return tuple(reference for reference in listed if reference.dataset == self.dataset)

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return {"schema": SCHEMA, **asdict(self)}

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> ProtocolResult:
        """Rebuild from `to_json`; raises KeyError, TypeError or ValueError."""
        fields = {**values}
        if fields.pop("schema") != SCHEMA or fields["protocol"] not in PROTOCOLS:
            raise ValueError("another format")
        for name in ("dataset", "recipe", "commit"):
            if not isinstance(fields[name], str):
                raise TypeError(f"{name} is no text")
        classes, n = tuple(map(str, fields.pop("classes"))), len(values["classes"])
        verdicts = tuple(_verdict(entry, n) for entry in fields.pop("verdicts"))
        seeds = tuple(map(int, fields.pop("seeds")))
        return cls(**fields, classes=classes, seeds=seeds, verdicts=verdicts)


def require_writable(folder: str | Path) -> None:
    """Make the folder, and see that a file can be made in it; raises ResultsError.

    Training the models takes long, so that this is better known before.
    """
    try:
        Path(folder).mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as err:
        raise _refused(folder, err) from err


def save_protocol(folder: str | Path, result: ProtocolResult) -> Path:
    """Keep a result in a folder, in place of an older one; raises ResultsError."""
    name = "".join(c if c.isalnum() or c in "._-" else "-" for c in result.dataset)
    path = Path(folder) / f"{PREFIX}{result.protocol}-{name}.json"
    try:
        text = json.dumps(result.to_json(), allow_nan=False, indent=1)
        write_atomically(path, (text + "\n").encode())
    except OSError as err:
        raise _refused(folder, err) from err
    return path


def _refused(folder: str | Path, err: OSError) -> ResultsError:
    return ResultsError(f"The results cannot be kept in {folder}: {err.strerror}.")


def load_protocols(folder: str | Path) -> list[ProtocolResult]:
    """The results kept in a folder, by name; damaged files are left out."""
    found = []
    for path in sorted(Path(folder).glob(f"{PREFIX}*.json")):
        try:
            if path.stat().st_size <= MAX_BYTES:
                found.append(ProtocolResult.from_json(strict_json.loads(path.read_bytes())))
        except (OSError, ValueError, TypeError, KeyError, AttributeError):
            continue
    return found


def _verdict(values: Mapping[str, Any], n_classes: int) -> Verdict:
    if set(values) != {"method", "per_class", "value", "spread"}:
        raise ValueError("other entries")
    if values["method"] not in METHODS or len(values["per_class"]) != n_classes:
        raise ValueError("no such score, or not a number for each class")
    per_class = tuple(map(_share, values["per_class"]))
    spread = None if values["spread"] is None else _share(values["spread"])
    return Verdict(values["method"], per_class, _share(values["value"]), spread)


def _share(number: object) -> float:
    if not isinstance(number, int | float) or not 0 <= number <= 1:
        raise ValueError("not from 0 to 1")
    return float(number)
