"""What the live side of a step works with: its memory, its models, and the tick."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import streamlit as st

from ui.exhibit import Exhibit
from ui.learn import models


class Desk:
    """The desk at which a learner does one step.

    Attributes:
        lesson: Key of the lesson.
        step: Key of the step.
        answer: Index of what was answered to the step's question; None before.
        is_done: Whether the step is ticked.
    """

    def __init__(
        self,
        lesson: str,
        step: str,
        answer: int | None,
        on_tick: Callable[[], None],
        *,
        is_done: bool,
    ) -> None:
        self.lesson, self.step, self.answer, self.is_done = lesson, step, answer, is_done
        self._on_tick, self._has_page = on_tick, False

    def tick(self) -> None:
        """The learner has done what the step asks for."""
        if self.is_done:
            return
        self.is_done = True
        self._on_tick()
        if self._has_page:  # the text beside it was drawn before
            st.rerun()

    def leave(self) -> None:
        """The page around the live side is drawn; from now on a tick has to redraw it."""
        self._has_page = True

    def key(self, name: str) -> str:
        """A key of this step's own, for a widget or a chart."""
        return f"learn_{self.lesson}_{self.step}_{name}"

    def lesson_key(self, name: str) -> str:
        """A key that all steps of the lesson share."""
        return f"learn_{self.lesson}_{name}"

    def keep(self, name: str, value: object) -> None:
        """Remember something for all steps of the lesson, until the browser leaves."""
        self._memory()[name] = value

    def value(self, name: str, default: Any = None) -> Any:  # noqa: ANN401 - whatever was kept
        """What was kept under this name."""
        return self._memory().get(name, default)

    def _memory(self) -> dict[str, Any]:
        memory: dict[str, Any] = st.session_state.setdefault(f"learn_memory_{self.lesson}", {})
        return memory

    def exhibit(self, *names: str, with_images: bool = False) -> Exhibit:
        """A shipped model with its map, or the most like it that is here; see `models.entry`."""
        return models.exhibit(*names, with_images=with_images)
