"""Intrinsic dimension: how many numbers a picture really needs."""

from __future__ import annotations

import numpy as np

from ui.exhibit import Exhibit
from ui.learn import material, models
from ui.learn.lesson import Formula, Lesson, Question, Step
from ui.learn.live import dimension as live
from ui.learn.work import dimension as work
from vae_core.metrics.dimension import intrinsic_dimension
from vae_core.metrics.latent import active_units
from vae_core.toys import ball, toy_cloud

SMALL_NOISE = 0.05
LOW, HIGH = 1.2, 1.5  # the most demanding class, as a multiple of the simplest
FULL = 0.75  # of a model's dimensions: nearly all


def _exhibit() -> Exhibit:
    return models.exhibit(*live.MODELS, with_images=True)


def _toy_answer() -> int:
    return min(range(3), key=lambda i: abs(work.of_cloud("roll", 0.0) - (i + 1)))


def _toy_reveal() -> str:
    return (
        f"From its points alone: {work.of_cloud('roll', 0.0):.2f}. To find a place on a roll of "
        "paper it takes two numbers, as on the flat sheet: how far along, and how high up. With "
        f"noise of {SMALL_NOISE}, a twentieth of the roll's radius, the same points seem to need "
        f"{work.of_cloud('roll', SMALL_NOISE):.2f}: seen closely, noise fills all of space."
    )


def _ratio_answer() -> int:
    few, many = work.usual_ratio(1), work.usual_ratio(work.LARGEST)
    return 0 if few > 1.2 * many else 1 if many > 1.2 * few else 2


def _ratio_reveal() -> str:
    few, many = work.usual_ratio(1), work.usual_ratio(work.LARGEST)
    return (
        f"On a line the second neighbour is {few:.2f} times as far as the first, in "
        f"{work.LARGEST} dimensions {many:.2f} times. In many dimensions there is so much room "
        "just a little further out that the next neighbour is nearly as close. That is how the "
        "distances alone give the dimension away."
    )


def _pixels_answer() -> int:
    share = work.needed(_exhibit()).value / _n_pixels(_exhibit())
    return 0 if share > 0.5 else 1 if share > 0.2 else 2


def _pixels_reveal() -> str:
    n_pixels, found = _n_pixels(_exhibit()), work.needed(_exhibit())
    return (
        f"About {found.value:.0f} of {n_pixels}, that is {found.value / n_pixels:.1%}, asked of "
        f"{found.n:,} images. Most pictures that could be made of so many pixels are mere noise; "
        "those that somebody draws differ in a few ways: slant, width, roundness, thickness."
    )


def _n_pixels(exhibit: Exhibit) -> int:
    return int(np.prod(exhibit.loaded.config.image_shape))


def _classes_answer() -> int:
    times = work.times(_exhibit())
    return 0 if times < LOW else 1 if times <= HIGH else 2


def _classes_reveal() -> str:
    exhibit = _exhibit()
    found = work.of_classes(exhibit)
    least, most = (pick(found, key=lambda each: found[each].value) for pick in (min, max))
    names = [material.class_in_markdown(exhibit, label) for label in (least, most)]
    return (
        f"{work.times(exhibit):.1f} times: class {names[0]} seems to need "
        f"{found[least].value:.1f} numbers, and class {names[1]} needs {found[most].value:.1f}. Of "
        f"so few images, {found[least].n} of each class, both are rough."
    )


def _used_answer() -> int:
    found, codes = work.shortest(_exhibit())
    return 0 if codes.value < FULL * found.given else 1 if codes.value <= found.given / FULL else 2


def _used_reveal() -> str:
    found, codes = work.shortest(_exhibit())
    return (
        f"The codes of {models.in_markdown(found.entry)} seem to have {codes.value:.2f} dimensions "
        f"where it has {found.given}, of which {found.active} are in use. That is also a test of "
        "the estimate: codes cannot have more dimensions than there are."
    )


LESSON = Lesson(
    key="dimension",
    title="How many numbers does a picture need?",
    minutes=7,
    group="Using it",
    idea="Pictures have hundreds of pixels, but differ in few ways. The distances between them "
    "tell in how many.",
    learnt="Intrinsic dimension is how many numbers it takes to say where a point is among its "
    "neighbours. It is far less than the number of pixels, and a code shorter than that has to "
    "leave something out.",
    steps=(
        Step(
            "toy",
            "Points in space that need less",
            "Each of these points has three numbers: its place in space. But those on a circle "
            "need only one, how far around. How many numbers a cloud of points really needs is "
            "called its *intrinsic dimension*. The computer estimates it here from the distances "
            "between the points, and is told nothing of the shape.",
            live=live.toy,
            task="Answer; then add noise to the circle or the roll until it seems to need a number "
            "more.",
            formula=Formula(
                r"x = f(u_1, \dots, u_d) + \text{noise}",
                "a point in space that follows from d numbers, plus noise. The smallest such d is "
                "the intrinsic dimension.",
            ),
            question=Question(
                "A sheet of paper is rolled up. How many numbers does it take to say where a point "
                "on it is?",
                ("One", "Two", "Three"),
                _toy_answer,
                _toy_reveal,
            ),
            code=(toy_cloud,),
        ),
        Step(
            "ratio",
            "Two neighbours give it away",
            "Take a point, and the two that are nearest to it. Divide the second distance by the "
            "first. On a line this ratio is often large. In many dimensions it hardly exceeds 1. "
            "Plotted in the right way, the ratios of all points lie on a straight line, and how "
            "steep it is *is* the dimension.",
            live=live.ratio,
            task=f"Answer; then go up to {work.LARGEST} dimensions.",
            formula=Formula(
                r"-\log\bigl(1 - F(r_2 / r_1)\bigr) = d \cdot \log(r_2 / r_1)",
                "the logarithm of the share of points with a larger ratio, with a minus, grows in "
                "proportion to the logarithm of the ratio. The factor is the dimension.",
            ),
            question=Question(
                f"Where is the second neighbour, compared with the first, relatively further away: "
                f"on a line, or in {work.LARGEST} dimensions?",
                ("On a line", f"In {work.LARGEST} dimensions", "It is about the same"),
                _ratio_answer,
                _ratio_reveal,
            ),
            code=(intrinsic_dimension, ball),
            papers=("Facco et al. 2017, Estimating the intrinsic dimension of datasets",),
        ),
        Step(
            "pixels",
            "Now real images",
            "An image is a point too: each pixel is one of its numbers. So the same estimate can "
            "be asked how many numbers these images really need. Mind how many images it is asked "
            "of: few points see only the coarse shape.",
            live=live.pixels,
            task="Answer; then ask with more images, and see whether the estimate stays the same.",
            question=Question(
                "Of all the numbers that the pixels of an image are, how many does it really need?",
                ("More than half", "A fifth to a half", "Less than a fifth"),
                _pixels_answer,
                _pixels_reveal,
            ),
            formula=Formula(
                r"d \ll C \cdot H \cdot W",
                "the intrinsic dimension of images is far less than the number of their pixels.",
            ),
            code=(intrinsic_dimension,),
            papers=("Pope et al. 2021, The intrinsic dimension of images and its impact",),
        ),
        Step(
            "classes",
            "Not all classes are alike",
            "Some shapes leave more freedom than others. The estimate can be made for each class "
            "by itself, from the same number of images of each.",
            live=live.classes,
            task="Answer; then look at images of the class that needs the most numbers.",
            formula=Formula(
                r"d_{\max} \,/\, d_{\min}",
                "the largest intrinsic dimension of a class divided by the smallest.",
            ),
            question=Question(
                "The class that needs most numbers: how many times as many does it need as the "
                "simplest one?",
                ("Less than 1.2 times", "1.2 to 1.5 times", "More than 1.5 times"),
                _classes_answer,
                _classes_reveal,
            ),
            code=(intrinsic_dimension,),
            papers=("Hein and Audibert 2005, Intrinsic dimensionality estimation",),
        ),
        Step(
            "used",
            "How long should a code be?",
            "A code shorter than the images need has to leave something out: such pictures are "
            "blurred. A longer one has room to spare, and a VAE may leave spare dimensions "
            "*unused*: their number hardly moves from image to image.",
            live=live.used,
            task="Answer; then choose the model with the longest code.",
            formula=Formula(
                r"\text{active} = \#\{\, j : \operatorname{Var}_x\,\mu_j(x) > 0.01 \,\}",
                "a dimension is in use if its centre μ differs from image to image: if its squared "
                "distance from the average μ is more than 0.01 on average.",
            ),
            question=Question(
                "Take the model with the shortest code. How many dimensions do its codes seem to "
                "have?",
                ("Clearly fewer than it has", "About as many as it has", "Clearly more"),
                _used_answer,
                _used_reveal,
            ),
            code=(active_units,),
            papers=(
                "Burda et al. 2016, Importance weighted autoencoders",
                "Levina and Bickel 2005, Maximum likelihood estimation of intrinsic dimension",
            ),
        ),
    ),
)
