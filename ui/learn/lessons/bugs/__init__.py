"""The lessons "Spot the bug", in order."""

from ui.learn.lesson import Lesson
from ui.learn.lessons.bugs import mismatched_ranges, raw_spread, shared_head, wrong_kl

BUGS: tuple[Lesson, ...] = (
    shared_head.LESSON,
    raw_spread.LESSON,
    wrong_kl.LESSON,
    mismatched_ranges.LESSON,
)
