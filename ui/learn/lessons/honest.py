"""Reading a map honestly: what two dimensions show of many, and what they cannot."""

from __future__ import annotations

import math

from ui.exhibit import Exhibit
from ui.learn import models
from ui.learn.lesson import Formula, Lesson, Question, Step
from ui.learn.live import honest as live
from ui.learn.live.honest import ENOUGH, FLAT, WIDE
from ui.learn.work import honest as work
from vae_core.metrics.flattening import MOST, false_friends, true_neighbours
from vae_core.models.posterior import Posterior
from vae_core.projection import Plane, fit_plane

FEW, SOME = 0.2, 0.5  # of the prior's width: a thin ellipse, a middling one
ANGLE = 37  # degrees
ORDINALS = {1: "1st", 2: "2nd", 3: "3rd"}


def _wide() -> Exhibit:
    return models.exhibit(WIDE)


def _flat() -> Exhibit:
    return models.exhibit(FLAT)


def _shares_answer() -> int:
    held = work.shares(_wide())[:2].sum()
    return 0 if held > ENOUGH else 1 if held > 0.5 else 2


def _shares_reveal() -> str:
    found = work.shares(_wide())
    return (
        f"The two widest directions hold {found[:2].sum():.0%} of the spread. The other "
        f"{len(found) - 2} hold {found[2:].sum():.0%}, and the map shows nothing of them."
    )


def _friends_answer() -> int:
    kept = work.kept(_wide())
    return 0 if kept > ENOUGH else 1 if kept >= 0.5 else 2


def _friends_reveal() -> str:
    return (
        f"For {work.kept(_wide()):.0%} of up to {MOST:,} dots, judged among "
        "themselves. So a neighbour on the map may be a neighbour in truth, or merely stand in "
        "front of another, as stars in the sky do."
    )


def _hidden_answer() -> int:
    off, within = work.off_and_in(_wide())
    return 0 if off < 0.5 * within else 1 if off <= within else 2


def _hidden_reveal() -> str:
    off, within = work.off_and_in(_wide())
    return (
        f"The typical dot is {off:.2f} latent units off the plane, and {within:.2f} from the "
        "middle of the map within it."
    )


def _sigma_answer() -> int:
    wide = work.usual_sigma(_flat())
    return 0 if wide > SOME else 1 if wide > FEW else 2


def _sigma_reveal() -> str:
    wide = work.usual_sigma(_flat())
    return (
        f"The typical ellipse has a radius of {wide:.3f}, the prior's circle one of 1: true to "
        f"scale, {1 / wide:.0f} such ellipses stand side by side across it. A picture that shows "
        "them larger should say so."
    )


def _turn_answer() -> int:
    found = work.after_turn(_flat(), ANGLE)
    return max(range(3), key=lambda i: found[i])


def _turn_reveal() -> str:
    found = work.after_turn(_flat(), ANGLE)
    return (
        f"Checked on {work.CHECKED} dots: the pictures {_tiny(found.pictures)}, and the distances "
        f"{_tiny(found.distances)}: that is rounding. The numbers changed by up to "
        f"{found.numbers:.1f}. So the prior and the pictures do not say where the axes should "
        "point. (The ellipses do: they lie along the axes, and so training prefers some turns.)"
    )


def _tiny(change: float) -> str:
    """What a change, less than 1, is in words: the decimal place of its first digit."""
    if not change:
        return "did not change at all"
    place = -math.floor(math.log10(change))
    return f"changed only in the {ORDINALS.get(place, f'{place}th')} decimal place"


LESSON = Lesson(
    key="honest",
    title="Reading a map honestly",
    minutes=8,
    group="Reading maps",
    idea="A map of many dimensions is a shadow of them. It shows something, and hides more.",
    learnt="A flat map hides most of a long code, near on it need not be near, and the prior does "
    "not say where its axes point.",
    steps=(
        Step(
            "shares",
            "How much the map shows",
            "A longer code is a list of more numbers, and each number needs a direction of its "
            "own. A screen has two. So the map looks for the two directions along which the codes "
            "are *spread* the widest, and shows those. They are called principal components: PC 1 "
            "is the widest, PC 2 the widest at a right angle to it, and so on.",
            live=live.shares,
            task="Answer; then find the smallest number of directions that hold 90 % of the "
            "spread.",
            formula=Formula(
                r"\text{shown} = \frac{\lambda_1 + \lambda_2}{\lambda_1 + \dots + \lambda_D}",
                "the share that a map shows is the spread along its two directions, divided by the "
                "spread along all of them. (Spread is measured as variance: the mean squared "
                "distance from the middle.)",
            ),
            question=Question(
                "How much of the spread of these codes do the two widest directions hold?",
                ("More than 90 %", "50 % to 90 %", "Less than half"),
                _shares_answer,
                _shares_reveal,
            ),
            code=(fit_plane,),
            papers=("Pearson 1901, On lines and planes of closest fit",),
        ),
        Step(
            "friends",
            "Two dots at one place",
            "A shadow can lay two things on one another that are far apart. A and B are two "
            "dots that this map draws at nearly the same place. The computer looked through all "
            f"pairs of up to {MOST:,} dots for the two that deceive the most. Look "
            "at their pictures, too.",
            live=live.friends,
            task="Choose other axes, until A and B come apart as far as they can: the bars say "
            "along which directions they are far apart.",
            formula=Formula(
                r"d^2 = d_{\text{map}}^2 + d_{\text{hidden}}^2",
                "the true distance is never less than the distance on the map: what the map hides "
                "comes on top, as in the theorem of Pythagoras.",
            ),
            question=Question(
                "Take any dot, and its nearest dot on the map. How often is that one really near: "
                "one of the 15 nearest in the whole code?",
                ("More than 9 times in 10", "At least every other time", "Less often than that"),
                _friends_answer,
                _friends_reveal,
            ),
            code=(false_friends, true_neighbours),
            papers=("Venna and Kaski 2006, Local multidimensional scaling",),
        ),
        Step(
            "hidden",
            "What the map leaves out of a code",
            "To draw a picture, the decoder needs the whole code. The two numbers on the map are "
            "not enough. The left picture is drawn from them alone, with zero for all that the map "
            "hides. The right one is drawn from the whole code.",
            live=live.hidden,
            task="Put all of the hidden part back, and watch the picture in the middle.",
            formula=Formula(
                r"z = \underbrace{m + x\,v_1 + y\,v_2}_{\text{on the map}} + "
                r"\underbrace{r}_{\text{hidden}}",
                "a code is the middle of all codes, plus a step along each of the two directions "
                "of the map, plus the rest that the map does not show.",
            ),
            question=Question(
                "How far off the map does the typical code lie, compared with its distance from "
                "the middle of the map?",
                ("Less than half as far", "At least half as far, but no further", "Further"),
                _hidden_answer,
                _hidden_reveal,
            ),
            code=(Plane,),
        ),
        Step(
            "sigma",
            "Ellipses to scale",
            "A VAE gives each image not one code but a small region of codes, drawn as an "
            "ellipse. Its half width is called σ (sigma), and it is on the map in the same unit "
            "as everything else. This step uses a model with two dimensions: here the map hides "
            "nothing.",
            live=live.sigma,
            task="Draw the ellipses as large as they really are.",
            formula=Formula(
                r"\frac{(z_1 - \mu_1)^2}{\sigma_1^2} + \frac{(z_2 - \mu_2)^2}{\sigma_2^2} = 1",
                "on the ellipse are all codes whose steps from the middle, counted in σ, have "
                "squares that add up to one.",
            ),
            question=Question(
                "The prior is the bell curve around zero that all codes together should fill; its "
                "σ is 1. How wide is the typical ellipse of one image beside it?",
                ("More than half as wide", "A fifth to a half", "Less than a fifth"),
                _sigma_answer,
                _sigma_reveal,
            ),
            code=(Posterior,),
            papers=("Kingma and Welling 2014, Auto-encoding variational Bayes",),
        ),
        Step(
            "turn",
            "A map may be turned",
            "The prior is round: it looks the same from all sides. So a map may be turned. If the "
            "decoder turns with it, it draws the same pictures at the same dots.",
            live=live.turn,
            task="Turn the map until its horizontal axis holds as much of the spread as it can: "
            "that is how PC 1 is found.",
            formula=Formula(
                r"\lVert R\,z \rVert = \lVert z \rVert \;\Rightarrow\; p(R\,z) = p(z)",
                "a turn leaves every code as far from zero as it was, and the round prior asks for "
                "nothing else: the turned code is as likely as before.",
            ),
            question=Question(
                f"The map is turned by {ANGLE}°, and the decoder with it. What changes?",
                (
                    "The pictures at the dots",
                    "The distances between dots",
                    "The numbers of the codes",
                ),
                _turn_answer,
                _turn_reveal,
            ),
            code=(work.after_turn,),
            papers=(
                "Rolínek et al. 2019, Variational autoencoders pursue PCA directions",
                "Locatello et al. 2019, Challenging common assumptions in disentanglement",
            ),
        ),
    ),
)
