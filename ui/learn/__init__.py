"""The Learn page: short lessons, text on one side, the live app on the other.

    lessons/   the lessons: their words, questions and answers, in order
    live/      what is drawn on their live side, where that is long
    work/      what they compute, cached; numbers in, numbers out
    bugs/      what the four lessons "Spot the bug" share
    lesson.py, desk.py                     what a lesson is, and what its live side works with
    address.py, reading.py, overview.py    the page: link, text side, list of lessons
    asked.py, tally.py, teacher.py         questions, a class's answers, a teacher's link
    voter.py, voter.js                     who answers: a number that the browser keeps
    scroll.js                              another step is read from its beginning
    models.py, material.py, maps.py        which model, its images, its map with the pin
    plots.py, graphs.py                    curves that glide with a slider; bars and histograms

How to write a lesson: a module of `ui/learn/lessons` with a `LESSON`, listed in `LESSONS` there.

    def _draw(desk: Desk) -> None:                        # the live side of a step
        exhibit = desk.exhibit("mnist-deep-map-vae-2d")   # or the most like it that is here
        point = maps.pinned(desk, exhibit)                # the map, and what is pinned on it
        maps.pictures(exhibit, point)
        if point.is_pinned and not point.is_image:        # what the learner has to do
            desk.tick()

    LESSON = Lesson(
        key="drawing", title="…", minutes=4, group="Foundations", idea="One sentence.",
        learnt="What one knows now, in a sentence.",
        steps=(Step("draw", "Draw", "Plain text.", live=_draw, task="Click between two clouds."),),
    )

- Only `desk.tick()` ticks a step, on the run in which its condition holds: never in a callback.
- The live side is a fragment: what happens on it redraws it alone. `desk.keep` and `desk.value` are
  the lesson's own memory; `desk.key` and `desk.lesson_key` make the keys of its widgets.
- `desk.answer` is what was answered first to the step's question, None before; whoever should
  predict first shows the result only then, and ticks on it.
- Numbers in sentences are computed: on the live side, in `Question.reveal` or in a step's `text` if
  that is a function. `models.exhibit` finds models outside of a desk.
- The text says a thing in plain language first; `Formula` says it twice, in symbols and in words.
  `code` names functions of this product, whose source is shown.
"""
