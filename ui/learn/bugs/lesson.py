"""The four steps that every lesson "Spot the bug" has: read, see, find, cure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from ui.learn.bugs import panels
from ui.learn.desk import Desk
from ui.learn.lesson import Formula, Lesson, Question, Step, Text
from vae_core.flaws import FLAWS, FlawKey

SAME = (
    "Both models are the same tiny network: the same pictures, the same first weights, the same "
    "number of epochs (passes over the pictures). One thing is different."
)


@dataclass(frozen=True)
class Bug:
    """What is particular to one of the lessons.

    Attributes:
        key: Of the flaw.
        title: Of the lesson.
        idea: What it is about, in one sentence.
        learnt: What one knows after it.
        meant: What the code is meant to do; Markdown.
        quoted: The wrong line as a formula, shown once it is found.
        question: To be answered before anything is shown.
        seen: What to look at; Markdown.
        experiment: Draws something to try; whether the task is done.
        task: Of the experiment.
        hint: For who looks at the wrong line.
        fair: Other lines that one may well suspect, by a part of them, each with a hint of its own.
        cured: What the cure does; Markdown.
        right: The right line, as a formula.
        papers: To read.
    """

    key: FlawKey
    title: str
    idea: str
    learnt: str
    meant: str
    quoted: Formula
    question: Question
    seen: Text
    experiment: Callable[[Desk], bool]
    task: str
    hint: str
    cured: str
    right: Formula
    fair: tuple[tuple[str, str], ...] = ()
    papers: tuple[str, ...] = ()


def _called(name: str, formula: Formula) -> Formula:
    return Formula(formula.latex, f"{name}, {formula.words}")


def lesson_of(bug: Bug) -> Lesson:
    """The lesson about one bug."""
    flaw = FLAWS[bug.key]

    def read(desk: Desk) -> None:
        panels.code(flaw.flawed)
        if desk.answer is not None:
            desk.tick()

    def see(desk: Desk) -> None:
        is_done = bug.experiment(desk)
        panels.model(desk, bug.key, is_cured=False)
        panels.measured(bug.key, has_cure=False)
        if is_done:
            desk.tick()

    def find(desk: Desk) -> None:
        if panels.find_line(desk, bug.key, bug.hint, bug.fair):
            desk.tick()

    def mend(desk: Desk) -> None:
        if panels.cure(desk, bug.key):
            desk.tick()

    return Lesson(
        key=bug.key,
        title=bug.title,
        minutes=6,
        group="Spot the bug",
        idea=bug.idea,
        learnt=bug.learnt,
        steps=(
            Step(
                "read", "Read the code", bug.meant, live=read,
                question=bug.question, task="Read the code, then answer.",
            ),
            Step("see", "See what it does", bug.seen, live=see, task=bug.task),
            Step(
                "find", "Find the line",
                "You have seen what goes wrong. Every line below runs; one of them is the bug.",
                live=find, task="Choose the line that is wrong.",
            ),
            Step(
                "cure", "Cure it", f"{bug.cured} {SAME}", live=mend,
                formula=(_called("with the bug", bug.quoted), _called("cured", bug.right)),
                task="Switch on the cure, and compare the maps, the pictures and the numbers.",
                code=flaw.cured.code, papers=bug.papers,
            ),
        ),
    )  # fmt: skip
