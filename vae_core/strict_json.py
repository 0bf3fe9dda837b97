"""JSON from strangers: no NaN, no duplicate keys, no bottomless nesting."""

from __future__ import annotations

import json
import math
from typing import Any


def loads(text: str | bytes) -> Any:  # noqa: ANN401 - that is what JSON is
    """Parse strictly; raises ValueError for anything that RFC 8259 would not promise."""
    try:
        return json.loads(
            text, parse_constant=_refuse_constant, parse_float=_finite, object_pairs_hook=_unique
        )
    except RecursionError as err:
        raise ValueError("nested too deeply") from err


def dumps(value: object) -> str:
    """Compact JSON with a fixed key order; raises ValueError for NaN and infinity."""
    return json.dumps(value, allow_nan=False, sort_keys=True, separators=(",", ":"))


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


def _finite(text: str) -> float:
    value = float(text)
    if math.isinf(value):
        raise ValueError(f"{text} is out of range")
    return value


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    unique = dict(pairs)
    if len(unique) != len(pairs):
        raise ValueError("a key appears twice")
    return unique
