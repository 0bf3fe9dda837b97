"""Anomaly detection: does a model notice what does not belong?"""

from __future__ import annotations

from ui.exhibit import Exhibit
from ui.learn import material, models
from ui.learn.lesson import Formula, Lesson, Question, Step
from ui.learn.live import strange as live
from ui.learn.work import strange as work
from vae_core.data.strange import faded, strange_images
from vae_core.metrics.anomaly import anomaly_scores, auroc
from vae_core.metrics.elbo import elbo
from vae_core.metrics.quadrature import exact_log_likelihood

TIE = 0.01  # of an AUROC
LOW, HIGH = 0.6, 0.9
STRANGEST = 0.05


def _exhibit() -> Exhibit:
    return models.exhibit(*live.MODELS, with_images=True)


def _gallery_answer() -> int:
    _, share = work.top_share(_exhibit().entry, STRANGEST)
    return 0 if share < 0.2 else 1 if share <= 0.5 else 2


def _gallery_reveal() -> str:
    exhibit = _exhibit()
    label, share = work.top_share(exhibit.entry, STRANGEST)
    n_classes = len(material.present(exhibit))
    return (
        f"Of the strangest {STRANGEST:.0%}, {share:.0%} are of class "
        f"{material.class_in_markdown(exhibit, label)}. If strangeness had nothing to do with the "
        f"class, each of the {n_classes} classes would have about {1 / n_classes:.0%}."
    )


def _alarm_answer() -> int:
    found = work.told_apart(_exhibit().entry, "turned")
    return 0 if found < LOW else 1 if found <= HIGH else 2


def _alarm_reveal() -> str:
    found = work.told_apart(_exhibit().entry, "turned")
    return (
        f"In {found:.0%} of all pairs. This share is called AUROC. It does not depend on where the "
        "alarm is put."
    )


def _methods_answer() -> int:
    found = [work.mean_told_apart(_exhibit().entry, method) for method in live.SCORES]
    best = max(found)
    return 3 if best - min(found) <= TIE else found.index(best)


def _methods_reveal() -> str:
    entry = _exhibit().entry
    found = [
        f"{name}: {work.mean_told_apart(entry, method):.3f}" for method, name in live.SCORES.items()
    ]
    said = f"Mean AUROC over the kinds here but the black one: {', '.join(found)}."
    if _methods_answer() == list(live.SCORES).index("exact"):
        return f"{said} Here it helps to know the exact probability of an image."
    return (
        f"{said} That the exact probability of an image is known does not make it the best alarm: "
        "a probability says how well an image can be told, not whether it belongs."
    )


def _easy_answer() -> int:
    least = min(work.by_class(_exhibit(), "reconstruction").values())
    return 0 if least < 0.15 else 1 if least <= 0.35 else 2


def _easy_reveal() -> str:
    exhibit = _exhibit()
    found = work.by_class(exhibit, "reconstruction")
    label = min(found, key=lambda each: found[each])
    return (
        f"Class {material.class_in_markdown(exhibit, label)}: its typical image is stranger than "
        f"only {found[label]:.0%} of all images. A strange image of so simple a kind need not "
        "stand out: its score may still be low."
    )


def _black_answer() -> int:
    entry = _exhibit().entry
    found = work.stranger_than(entry, float(work.fading(entry)[-1]))
    return 0 if found >= HIGH else 1 if found >= 0.5 else 2


def _black_reveal() -> str:
    entry = _exhibit().entry
    found = work.stranger_than(entry, float(work.fading(entry)[-1]))
    plain, corrected = (
        work.told_apart(entry, "blank", each) for each in ("reconstruction", "complexity")
    )
    return (
        f"A black image is found stranger than {found:.0%} of the real ones, though "
        "there is nothing on it. As a detector of black images the score has an AUROC of "
        f"{plain:.2f}; corrected for how simple an image is, {corrected:.2f}."
    )


LESSON = Lesson(
    key="strange",
    title="What does not belong?",
    minutes=8,
    group="Using it",
    idea="A model that has learnt usual images can say how strange another one is. Find out when "
    "to trust it.",
    learnt="A score finds many strange images, but it also rises and falls with how simple an "
    "image is: look at what it finds, for each kind, before trusting it.",
    steps=(
        Step(
            "gallery",
            "Strange is what costs much",
            "The model squeezes an image into a code and draws it again. If the drawing is far "
            "off, the image was a surprise. How much it takes to correct the drawing is the "
            "simplest *score* of strangeness. These are images that the model has not learnt from, "
            "in the order of their scores.",
            live=live.gallery,
            task="Go to the strangest images of all.",
            formula=Formula(
                r"s(x) = -\log p\bigl(x \mid z = \mu(x)\bigr)",
                "the score of an image is the surprise at it, when the decoder's drawing for its "
                "code is all that is known.",
            ),
            question=Question(
                f"Take the strangest {STRANGEST:.0%} of the images. One class is the most frequent "
                "there: what share does it have?",
                ("Less than a fifth", "A fifth to a half", "More than half"),
                _gallery_answer,
                _gallery_reveal,
            ),
            code=(anomaly_scores,),
            papers=("Ruff et al. 2021, A unifying review of deep and shallow anomaly detection",),
        ),
        Step(
            "alarm",
            "Where to put the alarm",
            "Now mix in images that do not belong, and ring an alarm when a score is too high. Put "
            "it low, and many usual images are false alarms. Put it high, and strange ones slip "
            "through.",
            live=live.alarm,
            task="Move the alarm to where you get the most points: many strange images caught, few "
            "false alarms.",
            formula=Formula(
                r"\text{AUROC} = P\bigl(s(\text{strange}) > s(\text{usual})\bigr)",
                "take one strange and one usual image at random: how often does the strange one "
                "have the higher score? 1 is always, 0.5 is guessing.",
            ),
            question=Question(
                "Images turned by a quarter: take one of them and one usual image. How often does "
                "the turned one have the higher score?",
                ("In less than 60 % of all pairs", "In 60 % to 90 %", "In more than 90 %"),
                _alarm_answer,
                _alarm_reveal,
            ),
            code=(auroc, strange_images),
            papers=("Fawcett 2006, An introduction to ROC analysis",),
        ),
        Step(
            "methods",
            "Three scores",
            "*Reconstruction* asks only how far off the drawing is. *−ELBO* adds what the code "
            "tells beyond the prior. With two dimensions the computer can also sum over a fine "
            "grid of codes, and find the probability of an image *exact* to within rounding. (For "
            "that each grey pixel is drawn black or white first; the other scores take it as it "
            "is.)",
            live=live.methods,
            task="Answer; then look at all three scores, and at what each finds hard.",
            formula=Formula(
                r"\begin{aligned} -\log p(x) &\le -\text{ELBO}(x) \\ &= "
                r"\mathbb{E}\,[-\log p(x|z)] \\ &\quad + \mathrm{KL}(q\,\|\,p) \end{aligned}",
                "the exact surprise is at most the −ELBO, which is the cost of the drawing plus "
                "the cost of the code.",
            ),
            question=Question(
                "Which score tells strange images from usual ones best, on average over all kinds "
                "but the black one?",
                (*live.SCORES.values(), "All the same, to within 0.01"),
                _methods_answer,
                _methods_reveal,
            ),
            code=(elbo, exact_log_likelihood),
            papers=("Nalisnick et al. 2019, Do deep generative models know what they don't know?",),
        ),
        Step(
            "easy",
            "Too easy",
            "An image with little in it is easy to draw, so its score is low. That is not fair to "
            "the others. One can subtract what it would cost to draw the image as one plain grey. "
            "The more the model explains *besides* the brightness, the lower is what is left.",
            live=live.easy,
            task="Answer; then correct the score for how simple an image is.",
            formula=Formula(
                r"s'(x) = s(x) - \bigl(-\log p(x \mid \text{plain grey})\bigr)",
                "the corrected score is the score less the cost of the image if its mean grey is "
                "all that is known.",
            ),
            question=Question(
                "All classes are equally real. Take the typical image of the class with the lowest "
                "scores: it is stranger than what share of all images?",
                ("Less than 15 %", "15 % to 35 %", "More than 35 %: it is about fair"),
                _easy_answer,
                _easy_reveal,
            ),
            code=(anomaly_scores,),
            papers=("Serrà et al. 2020, Input complexity and out-of-distribution detection",),
        ),
        Step(
            "black",
            "How strange is nothing?",
            "Fade the images to black. A black image is no image of the data at all: there is "
            "nothing on it. What does the score say?",
            live=live.black,
            task="Answer; then fade the images to where the score finds them strangest, and from "
            "there to black.",
            formula=Formula(
                r"s(\alpha\,x), \qquad 0 \le \alpha \le 1",
                "the score of an image whose pixels all have a share α of their brightness: 1 is "
                "the image, 0 is black.",
            ),
            question=Question(
                "How strange does the score find a wholly black image?",
                (
                    "Stranger than 9 in 10 real images",
                    "Stranger than half of them, but not than 9 in 10",
                    "Less strange than most real images",
                ),
                _black_answer,
                _black_reveal,
            ),
            code=(faded,),
        ),
    ),
)
