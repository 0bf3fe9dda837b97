"""The reparameterization trick: chance is drawn first, and then held fixed."""

from __future__ import annotations

from ui.learn.lesson import Formula, Lesson, Question, Step
from ui.learn.live import noise
from ui.learn.live.noise import NUDGE
from vae_core.metrics.gradients import gradient_draws
from vae_core.models.posterior import Posterior

KINGMA = "Kingma & Welling 2014, Auto-encoding variational Bayes, section 2.4"
REZENDE = "Rezende, Mohamed & Wierstra 2014, Stochastic backpropagation"
WILLIAMS = "Williams 1992, Simple statistical gradient-following algorithms (REINFORCE)"

LESSON = Lesson(
    key="reparameterization",
    title="The reparameterization trick",
    minutes=8,
    group="Foundations",
    idea="How a program can learn although its code is drawn by chance.",
    learnt=(
        "The chance is put into noise that is drawn first and then held fixed; the code is "
        "computed from it, so one can say how every number has to change for a better picture."
    ),
    steps=(
        Step(
            "glide",
            "Draw the noise first",
            "A VAE draws the code of a picture by chance from a cloud with centre **mu** (μ) and "
            "width **sigma** (σ). But how can it learn a better μ if chance decides?\n\n"
            "The trick: draw the chance part first, from a bell curve that never changes. Call it "
            "**noise**, ε (say *epsilon*). Then *compute* the code from it. Move the sliders: the "
            "noise stays where it is, and the codes glide.",
            live=noise.glide,
            task="Set μ to 1.5 or more and σ to 0.5 or less.",
            formula=Formula(
                r"z = \mu + \sigma \cdot \varepsilon, \qquad \varepsilon \sim \mathcal N(0, 1)",
                "the code is the centre plus the width times the noise, and the noise comes from a "
                "bell curve around zero that is one unit wide.",
            ),
            code=(Posterior.reparameterize,),
            papers=(KINGMA, REZENDE),
        ),
        Step(
            "nudge",
            "Now one can ask: what if?",
            "To learn is to ask: *if I change this number a little, does the result get better?* "
            "With the noise held fixed, that question has an answer.",
            live=noise.nudge,
            task="Answer the question.",
            question=Question(
                f"The noise stays as it is, and μ is raised by {NUDGE}. What does the code do?",
                (
                    f"It rises by {NUDGE}",
                    f"It rises by {NUDGE} times σ",
                    "Nobody can know, it is chance",
                ),
                answer=noise.how_it_moves,
                reveal=noise.told_move,
            ),
            formula=Formula(
                r"\frac{\partial z}{\partial \mu} = 1, \qquad "
                r"\frac{\partial z}{\partial \sigma} = \varepsilon",
                "when the centre moves a little, the code moves as much; when the width grows a "
                "little, the code moves by that much times the noise: downwards if the noise is "
                "negative.",
            ),
        ),
        Step(
            "strips",
            "With the trick and without it",
            "There is another way to learn from chance: draw codes, see how bad each picture is, "
            "and make the good draws likelier. It needs no trick, but it never asks *in which "
            "direction* the picture would get better.\n\n"
            "Both ways estimate the same **slope**: at what rate, in nats per unit, the cost of "
            "the drawing (its *loss*) rises when the first μ rises a little.",
            live=noise.strips,
            task="Answer the question, then compare both rows of dots.",
            question=Question(
                "Which estimates scatter less from draw to draw?",
                ("Those with the trick", "Those without it", "Both about the same"),
                answer=noise.steadier,
                reveal=noise.told_scatter,
            ),
            formula=(
                Formula(
                    r"\nabla_\mu f(\mu + \sigma\varepsilon)",
                    "with the trick: how the loss of this very draw changes when the centre moves.",
                ),
                Formula(
                    r"f(z)\, \nabla_\mu \log q(z)",
                    "without it: the loss of the draw, times how fast its likelihood (in "
                    "logarithms) rises when the centre moves.",
                ),
            ),
            code=(gradient_draws,),
            papers=(WILLIAMS,),
        ),
        Step(
            "means",
            "Both are right, one is fast",
            "Neither way is wrong: with very many draws both means come to the same slope. "
            "The question is how long one has to wait.",
            live=noise.means_of_draws,
            task="Raise the number of draws to the largest, and compare the two means.",
        ),
        Step(
            "quiet",
            "Turn the noise down",
            "The noise is a knob like any other. Here are drawings of one picture with different "
            "noise values, decoded as the VAE would. More noise, and they differ more; with no "
            "noise at all a VAE answers like a plain autoencoder.",
            live=noise.quiet,
            task="Turn the noise down to 0, and see what happens to the drawings.",
        ),
    ),
)
