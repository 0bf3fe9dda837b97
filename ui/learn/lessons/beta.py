"""What beta does: the price of the code, turned up and down."""

from __future__ import annotations

from ui.learn.lesson import Formula, Lesson, Question, Step
from ui.learn.live import betas
from ui.learn.work import beta as work
from vae_core.objectives import negative_elbo

HIGGINS = "Higgins et al. 2017, beta-VAE: learning basic visual concepts"
ALEMI = "Alemi et al. 2018, Fixing a broken ELBO"

LESSON = Lesson(
    key="beta",
    title="What beta does",
    minutes=8,
    group="Foundations",
    idea="One knob sets the price of the code: cheap codes and good chance pictures, or sharp "
    "drawings.",
    learnt=(
        "Beta is the price of the code. A high price gives wide clouds and codes that chance can "
        "reach, a low one gives drawings that leave out less; no beta has both."
    ),
    steps=(
        Step(
            "predict",
            "The price of the code",
            "A VAE pays for two things: what its drawing leaves out, and what its code tells, the "
            "KL. **Beta** (β) is the price of the second. With β = 4 the code costs four times as "
            "much as the VAE would pay otherwise.\n\n"
            "The models of this lesson were trained alike, but for β. The thin ellipses on the map "
            "are the clouds of some pictures, to scale.",
            live=betas.predicted,
            task="Answer the question; then turn the slider for β below the map.",
            question=Question(
                "What do the clouds do when codes get more expensive?",
                ("They grow", "They shrink", "They stay as they are"),
                answer=work.growth,
                reveal=work.told_growth,
            ),
            formula=Formula(
                r"\text{loss} = \text{reconstruction} + \beta \cdot \mathrm{KL}",
                "what is paid is what the drawing leaves out, plus beta times what the code tells.",
            ),
            code=(negative_elbo,),
            papers=(HIGGINS,),
        ),
        Step(
            "clouds",
            "Turn the knob",
            "Turn β and watch the map, the clouds, and the two costs below the map. Does one of "
            "them go down without the other going up?",
            live=betas.clouds,
            task="See the map for the smallest β and for the largest.",
        ),
        Step(
            "drawings",
            "The same pictures, every β",
            "A wide cloud means the decoder must draw the same thing for many codes. Here are a "
            "few pictures as models of a small, a middle and a large β draw them again.",
            live=betas.drawings,
            task="Answer the question.",
            question=Question(
                "Which model's drawings leave out least?",
                ("That of the smallest β", "One in the middle", "That of the largest β"),
                answer=work.sharpest,
                reveal=work.told_sharpest,
            ),
        ),
        Step(
            "exchange",
            "What one buys with the other",
            "Each model is a dot: the further right, the more its codes cost; the further up, the "
            "more its drawings leave out. Left and low would be best of all; is anybody there? "
            "Now add both costs, each counted once, as with β = 1.",
            live=betas.exchange,
            task="Answer the question.",
            question=Question(
                "Which model has the smallest sum of both?",
                ("That of the smallest β", "One in the middle", "That of the largest β"),
                answer=work.best,
                reveal=work.told_best,
            ),
            formula=Formula(
                r"\begin{aligned} \text{rate} &= \mathrm{KL} \\"
                r" \text{distortion} &= \text{reconstruction} \end{aligned}",
                "in the papers the cost of the code is called rate, and what is left out is called "
                "distortion.",
            ),
            papers=(ALEMI,),
        ),
        Step(
            "samples",
            "What chance can reach",
            "New pictures are drawn for codes by chance, from the bell curve around zero. It "
            "seldom goes far: 99 of 100 chance codes stay within a circle of radius 3 around "
            "zero. A picture whose code lies further out is almost never drawn by chance.",
            live=betas.samples,
            task="Set β to the model of which chance can reach the most pictures.",
        ),
    ),
)
