"""The ELBO, and the closed form of its KL, part by part and checked live."""

from __future__ import annotations

from math import log

from ui.learn.lesson import Formula, Lesson, Question, Step
from ui.learn.live import bells, snippet
from vae_core.metrics.divergence import kl_by_draws, kl_by_integration
from vae_core.objectives import kl_per_dim, negative_elbo

KINGMA = "Kingma & Welling 2014, Auto-encoding variational Bayes, appendix B"
KULLBACK = "Kullback & Leibler 1951, On information and sufficiency"

LESSON = Lesson(
    key="elbo",
    title="The ELBO and its KL",
    minutes=12,
    group="Foundations",
    idea="What a VAE is trained for: two costs, one of which has a formula that is easy to get "
    "wrong.",
    learnt=(
        "A VAE pays for what its drawing leaves out and for what its code tells. The second cost "
        "is the KL, ½(σ² + μ² − 2 log σ − 1) for each number of the code, and a formula can be "
        "checked against its definition."
    ),
    steps=(
        Step(
            "jobs",
            "Two costs, one sum",
            "Imagine you send a picture to a friend. First you send its code, then whatever the "
            "drawing made from the code still lacks. Both cost **nats**, a unit of "
            "information.\n\n"
            "- **KL**: what the code costs. The encoder of a VAE names no single code, but a small "
            "cloud of them, with a centre μ and a width σ. The code is cheap if that cloud lies "
            "near zero and is about one unit wide.\n"
            "- **Reconstruction**: what the drawing leaves out.\n\n"
            "A VAE is trained to make the sum small. The sum with a minus sign is called "
            "**ELBO**.",
            live=bells.two_jobs,
            task="Click a picture whose code costs more than the mean of all pictures.",
            formula=Formula(
                r"\begin{aligned} -\text{ELBO} ={} "
                r"&\underbrace{-\mathbb E_{q}\log p(x\mid z)}_{\text{reconstruction}} \\"
                r" &+ \underbrace{\mathrm{KL}(q(z\mid x)\,\|\,p(z))}_{\text{code}} \end{aligned}",
                "the cost of a picture is what its drawing leaves out, on average over its cloud, "
                "plus what its code tells.",
            ),
            code=(negative_elbo,),
            papers=(KINGMA,),
        ),
        Step(
            "meet",
            "Two bell curves",
            "The KL compares two bell curves: **q**, the cloud of one picture, and **p**, the "
            "prior, which is always around zero and one unit wide.\n\n"
            "The codes come from q. Two people guess them: one knows q, the other knows only p. "
            "The KL is how much more the second one is surprised, on average. If both curves are "
            "the same, it is zero.",
            live=bells.meet,
            task="Move both sliders until the KL is zero.",
            papers=(KULLBACK,),
        ),
        Step(
            "areas",
            "The KL is an area",
            "Go along the line from left to right, and compare the two curves. Where q is twice as "
            f"high as p, the place counts log 2, which is {log(2):.2f}. Where q is half as high, "
            f"it counts −{log(2):.2f}. Places where codes often come count more: multiply by the "
            "height of q. The KL is the whole area under the curve that comes out.",
            live=bells.areas,
            task="Answer the question.",
            formula=Formula(
                r"\mathrm{KL}(q\|p) = \int q(z)\,\log\frac{q(z)}{p(z)}\,dz",
                "draw codes from the cloud q; for each of them take the logarithm of how many "
                "times higher q is there than p; the KL is the mean of these numbers.",
            ),
            question=Question(
                "Parts of the area are below zero. Can the whole KL be below zero?",
                ("No, never", "Yes, for some μ and σ"),
                answer=bells.sign,
                reveal=bells.told_sign,
            ),
        ),
        Step(
            "terms",
            "From the area to a formula",
            "For bell curves the area has a formula, and three parts of it can be found one by "
            "one. The table shows each part twice: from its formula, and summed up as an area by "
            "the computer. Use the sliders to see what each part does.",
            live=bells.terms,
            task="Reach all three goals below the table.",
            formula=(
                Formula(
                    r"\log\tfrac{q}{p} = -\log\sigma"
                    r" - \tfrac12\bigl(\tfrac{z-\mu}{\sigma}\bigr)^2 + \tfrac12 z^2",
                    "the logarithm for one code has three parts. The first is minus the logarithm "
                    "of the width. The second is how far the code is from the centre, counted in "
                    "widths, squared and halved; it is taken off. The third is how far the code "
                    "is from zero, squared and halved; it is added.",
                ),
                Formula(
                    r"\begin{aligned} \mathrm{KL} &= -\log\sigma - \tfrac12"
                    r" + \tfrac12(\mu^2+\sigma^2) \\"
                    r" &= \tfrac12(\sigma^2+\mu^2-2\log\sigma-1) \end{aligned}",
                    "take the mean of each part over the cloud, and add up. Square the width and "
                    "the centre and add them; take off twice the logarithm of the width, and one; "
                    "half of that is the KL.",
                ),
            ),
            code=(kl_per_dim,),
            papers=(KINGMA,),
        ),
        Step(
            "roads",
            "Three roads to one number",
            "A formula can be trusted when another road leads to the same number. Here are three: "
            "the formula that training uses; the area, summed up by the computer; and chance, the "
            "mean over codes drawn from q. Chance comes close slowly: for one more digit it needs "
            "about a hundred times as many draws.",
            live=bells.roads,
            task="Raise the number of draws to the largest.",
            code=(kl_by_integration, kl_by_draws),
        ),
        Step(
            "wrong",
            "Spot the wrong formula",
            "This line is meant as the KL of one number of a code:\n\n"
            "`sigma**2 + mu**2 - log(sigma) - 1/2`\n\n"
            "It looks almost like the formula you know. Is it the KL?",
            live=snippet.wrong,
            task="Answer, then set μ = 0 and σ = 1, where the true KL is zero.",
            question=Question(
                "Is the line above the KL?",
                (
                    "Yes",
                    "No: it is too large by an amount that is always the same",
                    "No: how far it is off depends on μ and σ",
                ),
                answer=snippet.verdict,
                reveal=snippet.told_verdict,
            ),
            code=(kl_per_dim,),
        ),
    ),
)
