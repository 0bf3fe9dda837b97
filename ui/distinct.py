"""Choices that no two of read the same: Streamlit tells what was chosen by its text."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Mapping
from typing import TypeVar

Choice = TypeVar("Choice", bound=Hashable)


def distinct(titles: Mapping[Choice, str]) -> dict[Choice, str]:
    """The same titles; those that several choices share get the choice itself before them."""
    counts = Counter(titles.values())
    return {
        choice: title if counts[title] == 1 else f"{choice} · {title}"
        for choice, title in titles.items()
    }
