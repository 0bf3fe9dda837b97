"""Interpolation and geodesics: from one picture to another, by way of their codes."""

from __future__ import annotations

from ui.exhibit import Exhibit
from ui.learn import material, models
from ui.learn.lesson import Formula, Lesson, Question, Step
from ui.learn.live import between as live
from ui.learn.live import void
from ui.learn.work import between as work
from vae_core.decoding import interpolate
from vae_core.geodesics import distances, equal_steps, geodesic, length
from vae_core.metrics.similar import nearest_in_pixels
from vae_core.metrics.support import Neighbourhood

EVEN, UNEVEN = 1.5, 3.0  # largest change divided by smallest: nearly even, clearly not
SAVED = 0.1
SAME = 0.01
NOTABLE = 1.5  # times, within which two changes count as the same


def _exhibit() -> Exhibit:
    return models.exhibit(*live.MODELS, with_images=True)


def _mix_answer() -> int:
    found = work.halfway(_exhibit())
    return 0 if found.mixed < found.decoded else 1


def _mix_reveal() -> str:
    found = work.halfway(_exhibit())
    return (
        f"For the typical pair of classes, the mixed pixels are {found.mixed:.2f} away from the "
        f"nearest real image, and the picture of the mixed code {found.decoded:.2f}. (The root of "
        "the summed squared differences of all pixels; one pixel from black to white is 1.)"
    )


def _valley_answer() -> int:
    worst = min(work.thinnest(_exhibit()).values())
    return 0 if worst >= 50 else 1 if worst >= 20 else 2


def _valley_reveal() -> str:
    exhibit = _exhibit()
    found = work.thinnest(exhibit)
    pair = min(found, key=lambda each: found[each])
    names = [material.class_in_markdown(exhibit, label) for label in pair]
    return (
        f"From {names[0]} to {names[1]} the path crosses the emptiest spot of all "
        f"{len(found)} pairs of classes: {found[pair]:.1f} % of the images live in a spot "
        "that is as empty."
    )


def _bend_answer() -> int:
    exhibit = _exhibit()
    less = work.saved(exhibit, work.first_pair(exhibit))
    return 0 if less < SAME else 1 if less < SAVED else 2


def _bend_reveal() -> str:
    exhibit = _exhibit()
    pair = work.first_pair(exhibit)
    less = work.saved(exhibit, pair)
    names = " to ".join(material.class_in_markdown(exhibit, label) for label in pair)
    return (
        f"From {names} the geodesic changes the picture {less:.1%} less than the straight path. "
        "(The name comes from the globe: there, too, the shortest way looks bent on a map.)"
    )


def _even_answer() -> int:
    found = _changes()
    return 0 if found < EVEN else 1 if found <= UNEVEN else 2


def _even_reveal() -> str:
    said = f"The largest change is {_changes():.1f} times the smallest."
    if _changes() < EVEN:
        return f"{said} Along this path the decoder treats all places nearly alike."
    return (
        f"{said} The decoder does not treat all places alike: here it changes its mind fast, "
        "there it draws nearly the same."
    )


def _changes() -> float:
    exhibit = _exhibit()
    found = work.unevenness(exhibit, work.first_pair(exhibit), live.N_STEPS - 1)
    return float(found.max() / max(found.min(), 1e-9))


def _void_answer() -> int:
    near, far = _near_and_far()
    return 0 if far > NOTABLE * near else 1 if far >= near / NOTABLE else 2


def _void_reveal() -> str:
    near, far = _near_and_far()
    said = (
        f"Within the data one latent unit changes the picture by up to {near:.2f}, and {work.FAR} "
        f"units out by {far:.3f}. {live.COUNTED}"
    )
    if far >= near / NOTABLE:
        return f"{said} So with this model a way through the void is no short cut for the picture."
    return (
        f"{said} So a path through the void is short for the picture, though nobody lives there: "
        "the shortest way is not always an honest one. That is why Interpolate says for each path "
        "how much of it lies where no data is."
    )


def _near_and_far() -> tuple[float, float]:
    exhibit = _exhibit()
    return work.near_and_far(exhibit, material.present(exhibit)[0])


LESSON = Lesson(
    key="between",
    title="Between two pictures",
    minutes=8,
    group="Reading maps",
    idea="From one picture to another there are many ways, and the shortest one on the map is not "
    "the shortest for the eye.",
    learnt="What is straight for the code is not straight for the picture, and a short way can "
    "lead where the model knows nothing.",
    steps=(
        Step(
            "mix",
            "Mix pixels, or mix codes?",
            "Halfway between two pictures can mean two things. Mix the *pixels*: each is the "
            "average of both. Or mix the *codes*: take the average of both codes, and let the "
            "decoder draw a picture for it. That is called interpolation.",
            live=live.mix,
            task="Move the slider to halfway, and compare the two pictures in the middle.",
            formula=Formula(
                r"\begin{aligned} z(t) &= (1 - t)\,z_A + t\,z_B \\"
                r" \hat x(t) &= \text{decoder}(z(t)) \end{aligned}",
                "at a share t of the way, take that share of code B and the rest of code A. The "
                "picture is what the decoder draws for this mixed code.",
            ),
            question=Question(
                "Which of the two pictures halfway is nearer to a real image of the data?",
                ("The mixed pixels", "The picture of the mixed code"),
                _mix_answer,
                _mix_reveal,
            ),
            code=(interpolate, nearest_in_pixels),
            papers=("Kingma and Welling 2014, Auto-encoding variational Bayes",),
        ),
        Step(
            "valley",
            "Through no-man's-land",
            "The straight path between two clouds of dots may cross a place where few images "
            "live. The decoder has practised little there. The curve says for each place of the "
            "path how crowded it is, compared with where the images themselves live.",
            live=live.valley,
            task="Find two classes whose straight path is among the loneliest fifth of all pairs.",
            formula=Formula(
                r"c(z) = \frac{\#\{\,i : d_5(z_i) \ge d_5(z)\,\}}{N}",
                "measure how far the fifth nearest code is away. The figure is the share of images "
                "whose own fifth neighbour is at least that far away.",
            ),
            question=Question(
                "Walk the loneliest of all these paths. At its emptiest spot, how many of the "
                "images live in an even emptier spot?",
                ("Half or more", "A fifth to a half", "Less than a fifth"),
                _valley_answer,
                _valley_reveal,
            ),
            code=(Neighbourhood,),
            papers=("Loftsgaarden and Quesenberry 1965, on density from nearest neighbours",),
        ),
        Step(
            "bend",
            "The shortest way for the picture",
            "Walk along a path and add up how much the picture changes from step to step. That is "
            "the length of the path *for the picture*. A detour on the map can be a short cut for "
            "the picture, as a road around a mountain is. The computer looks for the shortest "
            "path of all; it is called the *geodesic*.",
            live=live.bend,
            task="Answer; then bend the path until its picture changes as little as it can: less "
            "than on the straight one.",
            formula=Formula(
                r"L = \sum_i \bigl\lVert \hat x(z_{i+1}) - \hat x(z_i) \bigr\rVert",
                "the length of a path is the sum of how far the picture moves in each small step: "
                "the root of the summed squared changes of its pixels.",
            ),
            question=Question(
                "Look at the two classes that this lesson starts with. Which way between them "
                "changes the picture least?",
                (
                    "The straight one, or one that is hardly better",
                    "A bent one, with 1 % to 10 % less change",
                    "A bent one, with at least 10 % less change",
                ),
                _bend_answer,
                _bend_reveal,
            ),
            code=(geodesic, length, work.bent),
            papers=("Arvanitidis et al. 2018, Latent space oddity",),
        ),
        Step(
            "even",
            "Equal steps, for whom?",
            "Cut the straight path into equal pieces. They are equal on the map; are they equal "
            "for the eye? A film with even motion needs steps that change the *picture* evenly.",
            live=live.even,
            task="Answer; then make the steps equal in picture.",
            formula=Formula(
                r"\bigl\lVert \hat x(z_{i+1}) - \hat x(z_i) \bigr\rVert = \frac{L}{n}",
                "put the steps so that each of them holds the same part of the whole change of the "
                "picture.",
            ),
            question=Question(
                "Go straight between the classes this lesson starts with, in 8 equal steps of "
                "code. The largest change of the picture is how many times the smallest one?",
                ("Less than 1.5 times", "1.5 to 3 times", "More than 3 times"),
                _even_answer,
                _even_reveal,
            ),
            code=(equal_steps, distances),
        ),
        Step(
            "void",
            "Short, but not honest",
            "Now leave the data. Far out the decoder was never taught anything. What does it draw "
            "there, and how much does a step change it?",
            live=void.outwards,
            task="Answer; then go so far out that a step hardly changes the picture any more.",
            formula=Formula(
                r"\frac{\partial \hat x}{\partial z} = 0 \text{ all along} \;\Rightarrow\; L = 0",
                "where the picture does not change at all with the code, a path costs nothing, "
                "however long it is on the map.",
            ),
            question=Question(
                "Far outside of all data, does one step of code change the picture more than "
                "within the data, or less?",
                ("More", "About as much", "Less"),
                _void_answer,
                _void_reveal,
            ),
            code=(length,),
            papers=("Syrota et al. 2024, Decoder ensembling for learned latent geometries",),
        ),
    ),
)
