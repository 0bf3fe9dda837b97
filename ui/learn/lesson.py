"""What a lesson is: steps with text, perhaps a formula and a question, and a live side."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from ui.learn.desk import Desk

Group = Literal["Foundations", "Reading maps", "Using it", "Spot the bug"]
Code = Callable[..., Any] | type
Text = str | Callable[[], str]


@dataclass(frozen=True)
class Formula:
    """A formula and its twin.

    Attributes:
        latex: For KaTeX.
        words: The same without a symbol; Markdown.
    """

    latex: str
    words: str


@dataclass(frozen=True)
class Question:
    """To be answered before the answer is shown.

    Attributes:
        prompt: The question; Markdown.
        options: What can be answered, all different.
        answer: Finds the index of the right one, live.
        reveal: Says why, with numbers computed live; Markdown.
    """

    prompt: str
    options: tuple[str, ...]
    answer: Callable[[], int]
    reveal: Callable[[], str]


@dataclass(frozen=True)
class Step:
    """One step of a lesson.

    Attributes:
        key: Within the lesson, for keys of widgets and votes.
        title: A few words.
        text: Markdown, or what writes it; plain language first.
        live: Draws the live side and calls `desk.tick()` once the learner has done the task.
        task: What the learner has to do, in one sentence.
        formula: After the text, if any; several are possible.
        question: Of this step, if any.
        code: Functions and classes of the product whose source is shown beside the text.
        papers: Author, year and title of each.
    """

    key: str
    title: str
    text: Text
    live: Callable[[Desk], None]
    task: str
    formula: Formula | tuple[Formula, ...] | None = None
    question: Question | None = None
    code: tuple[Code, ...] = ()
    papers: tuple[str, ...] = ()

    @property
    def formulas(self) -> tuple[Formula, ...]:
        """As many as there are."""
        if self.formula is None:
            return ()
        return self.formula if isinstance(self.formula, tuple) else (self.formula,)

    def written(self) -> str:
        """The text, computed if it has to be."""
        return self.text if isinstance(self.text, str) else self.text()


@dataclass(frozen=True)
class Lesson:
    """A lesson.

    Attributes:
        key: In addresses.
        title: A few words.
        minutes: That it takes.
        group: Where it is listed.
        idea: What it is about, in one sentence.
        learnt: What one knows after it, in a sentence.
        steps: One at least.
    """

    key: str
    title: str
    minutes: int
    group: Group
    idea: str
    learnt: str
    steps: tuple[Step, ...]
