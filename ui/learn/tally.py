"""What a class has answered: the votes of all browsers that opened the same class link.

They live in the memory of this server, as long as it runs, and are bounded: the class that was
heard of longest ago gives way. One vote for each browser and question; the first one counts. A
voter is a number made by chance (see `voter.py`): nobody is named, and nothing is written to disk.
"""

from __future__ import annotations

from collections import OrderedDict
from threading import Lock
from typing import TypeVar

import streamlit as st

Kept = TypeVar("Kept")
MAX_CLASSES = 200
MAX_QUESTIONS = 100  # of a class
MAX_VOTERS = 1000  # of a question


class Board:
    """Votes by class, question and voter."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._classes: OrderedDict[str, OrderedDict[str, OrderedDict[str, int]]] = OrderedDict()

    def vote(self, group: str, question: str, voter: str, option: int) -> int:
        """Count a voter's answer, if it is their first; the answer that counts."""
        with self._lock:
            questions = _newest(self._classes, group, OrderedDict(), MAX_CLASSES)
            votes = _newest(questions, question, OrderedDict(), MAX_QUESTIONS)
            return _newest(votes, voter, option, MAX_VOTERS)

    def vote_of(self, group: str, question: str, voter: str) -> int | None:
        """What a voter answered; None before."""
        with self._lock:
            questions = self._classes.get(group)
            votes = questions.get(question) if questions else None
            return votes.get(voter) if votes else None

    def counts(self, group: str, question: str, n_options: int) -> list[int]:
        """How many answered each option."""
        with self._lock:
            questions = self._classes.get(group)
            voters = questions.get(question) if questions else None
            votes = list(voters.values()) if voters else []
        return [votes.count(option) for option in range(n_options)]


def _newest(shelf: OrderedDict[str, Kept], key: str, empty: Kept, most: int) -> Kept:
    """What stands under the key, put last; the first gives way where there are too many."""
    found = shelf.setdefault(key, empty)
    shelf.move_to_end(key)
    if len(shelf) > most:
        shelf.popitem(last=False)
    return found


@st.cache_resource(show_spinner=False, max_entries=1)
def board() -> Board:
    """The one board of this server."""
    return Board()
