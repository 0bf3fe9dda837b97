"""Compression: an image as a short code, and what is lost or has to be added."""

from __future__ import annotations

from ui.catalogue import Entry
from ui.exhibit import Exhibit
from ui.learn import models
from ui.learn.lesson import Formula, Lesson, Question, Step
from ui.learn.live import packing as live
from ui.learn.work import packing as work
from vae_core.metrics.bits import binarized
from vae_core.metrics.compression import code_bits, cost, rounded_code, rounded_cost
from vae_core.objectives import kl_per_dim

ALIKE = 0.1  # a tenth more or less is about the same
FEW, MANY = 1_000, 1_000_000


def _exhibit() -> Exhibit:
    return models.exhibit(*live.MODELS, with_images=True)


def _pixels_answer() -> int:
    exhibit = _exhibit()
    times = float(work.png(exhibit.entry).mean() / work.costs(exhibit.entry).plain.mean())
    return 0 if times < 1 - ALIKE else 1 if times <= 1 + ALIKE else 2


def _pixels_reveal() -> str:
    exhibit = _exhibit()
    found = work.costs(exhibit.entry)
    return (
        f"On average a PNG file has {work.png(exhibit.entry).mean():.0f} bits where the image has "
        f"{found.plain.mean():.0f} pixels. A file also has to say that it is a PNG, how large the "
        "image is, and so on: for images so small that is a large part of it. Told pixel by pixel, "
        f"a pixel that is nearly always black costs little: {found.by_pixel.mean():.0f} bits in "
        "all."
    )


def _shortest() -> Entry:
    return work.models_of(_exhibit())[0]


def _codes_answer() -> int:
    found = work.costs(_shortest())
    return 0 if found.code.mean() > found.rest.mean() else 1


def _codes_reveal() -> str:
    entry = _shortest()
    found = work.costs(entry)
    return (
        f"With {models.in_markdown(entry)} the code costs {found.code.mean():.1f} bits and "
        f"the correction {found.rest.mean():.1f}. The code says what is drawn; every pixel that "
        "the decoder gets wrong, or is not sure of, is paid for afterwards."
    )


def _rounding_answer() -> int:
    exhibit = _exhibit()
    each = work.bits_each(exhibit, work.usual_sigma(exhibit))
    return 0 if each > 24 else 1 if each > 12 else 2


def _rounding_reveal() -> str:
    exhibit = _exhibit()
    sigma = work.usual_sigma(exhibit)
    return (
        f"The typical σ is {sigma:.3f} latent units. Rounded to multiples of that, a number costs "
        f"{work.bits_each(exhibit, sigma):.1f} bits on average, instead of {work.FLOAT}."
    )


def _balance_answer() -> int:
    exhibit = _exhibit()
    n_dims = exhibit.loaded.config.latent_dim
    saved = float(-(work.totals(exhibit)[1] - work.totals(exhibit)[0])[0]) / n_dims
    return 0 if saved > 5 else 1 if saved > 0.5 else 2


def _balance_reveal() -> str:
    exhibit = _exhibit()
    fine, twice = work.totals(exhibit)[:2]
    saved = (fine[0] - twice[0]) / exhibit.loaded.config.latent_dim
    return (
        f"From steps of {work.STEPS[0]:g} to {work.STEPS[1]:g} latent units, each number becomes "
        f"{saved:.2f} bits cheaper, and the correction {abs(twice[1] - fine[1]):.2f} bits "
        f"{'dearer' if twice[1] > fine[1] else 'cheaper'}. Twice as coarse is one yes-or-no "
        "question less."
    )


def _decoder_answer() -> int:
    n = work.pays_from(_exhibit())
    return 0 if n < FEW else 1 if n < MANY else 2


def _decoder_reveal() -> str:
    exhibit = _exhibit()
    n, megabytes = work.pays_from(exhibit), work.decoder_bits(exhibit) / live.BYTE / 1e6
    if n == float("inf"):
        return (
            f"Never: the decoder is {megabytes:.1f} MB, and this model does not pack its images "
            "into less than one bit a pixel."
        )
    return (
        f"From about {n:,.0f} images on. The decoder has {megabytes:.1f} MB of weights, and each "
        f"image saves {work.decoder_bits(exhibit) / n / live.BYTE:.0f} bytes. Whoever speaks of "
        "compression has to count the decoder, or say that both sides have it already."
    )


LESSON = Lesson(
    key="compression",
    title="A picture in a few bits",
    minutes=8,
    group="Using it",
    idea="A code of a few numbers stands for a whole picture: find out what it really costs.",
    learnt="A VAE's loss is a bill: bits for the code, and bits to correct the picture. σ says how "
    "exactly the code has to be told, and the decoder has to be paid for, too.",
    steps=(
        Step(
            "pixels",
            "What a picture costs as it is",
            "A bit is the answer to one yes-or-no question. An image of black or white pixels, as "
            "in this lesson, needs no more than one bit for each. It can do with less: what is "
            "nearly always the same need not be told each time. The rarer something is, the more "
            "bits it takes to tell it.",
            live=live.pixels,
            task="Answer; then find the class that is cheapest to tell pixel by pixel.",
            formula=Formula(
                r"\text{bits}(x) = -\log_2 p(x)",
                "something that happens half of the time costs one bit, once in four times two "
                "bits, once in eight times three bits.",
            ),
            question=Question(
                "Saved as a PNG file, is such an image smaller than one bit for each pixel?",
                ("Smaller", "About the same, within a tenth", "Larger"),
                _pixels_answer,
                _pixels_reveal,
            ),
            code=(binarized,),
            papers=("Shannon 1948, A mathematical theory of communication",),
        ),
        Step(
            "code",
            "Code and correction",
            "Now send the *code* first, and then only what the decoder's picture gets wrong. The "
            "receiver draws the picture from the code and corrects it: nothing is lost. Both parts "
            "are exactly the two parts of a VAE's loss, counted in bits instead of nats: one nat "
            "is 1.44 bits.",
            live=live.codes,
            task="Answer; then find the model with which an image costs least in all.",
            formula=Formula(
                r"\begin{aligned} -\text{ELBO} "
                r"= &\underbrace{\mathrm{KL}(q\,\|\,p)}_{\text{code}} \\"
                r" &+ \underbrace{\mathbb{E}\,[-\log p(x|z)]}_{\text{correction}} \end{aligned}",
                "what the code tells beyond what the prior expects, plus what it then still takes "
                "to tell the image. The training makes just this sum small. (To really reach it, "
                "many images are sent in a row, by a trick called bits-back.)",
            ),
            question=Question(
                "With the shortest codes, which part costs more?",
                ("The code", "The correction"),
                _codes_answer,
                _codes_reveal,
            ),
            code=(cost, kl_per_dim),
            papers=(
                "Hinton and van Camp 1993, Keeping neural networks simple",
                "Townsend et al. 2019, Practical lossless compression with latent variables",
            ),
        ),
        Step(
            "rounding",
            "Round the code",
            "A computer holds each number of a code with 32 bits. Does the picture need so many? "
            "Round the numbers more and more coarsely, and watch when the picture changes.",
            live=live.rounding,
            task="Round so coarsely that the picture visibly changes.",
            formula=Formula(
                r"\text{bits}(\hat z_j) = -\log_2 \int_{\hat z_j - s/2}^{\hat z_j + s/2} p(z)\,dz",
                "a rounded number costs by how rare it is: by the share of the prior's bell curve "
                "that lies within half a step s of it.",
            ),
            question=Question(
                "The encoder itself is only sure of a code to within σ. Rounded to steps of the "
                "typical σ, how many bits does each number cost?",
                ("More than 24", "12 to 24", "Less than 12"),
                _rounding_answer,
                _rounding_reveal,
            ),
            code=(rounded_code, code_bits),
        ),
        Step(
            "balance",
            "How exactly is best?",
            "Coarse codes are cheap, but draw worse pictures, which take more correction. Fine "
            "ones cost more and gain next to nothing. Somewhere between is the best step.",
            live=live.balance,
            task="Answer; then find the step at which code and correction together cost least.",
            formula=Formula(
                r"s^\star = \arg\min_s\; \text{code}(s) + \text{correction}(s)",
                "the best step is the one at which the sum of both parts is smallest.",
            ),
            question=Question(
                "Round twice as coarsely: how many bits does that save on each number of a code?",
                ("More than 5", "About 1", "Hardly any"),
                _balance_answer,
                _balance_reveal,
            ),
            code=(rounded_cost,),
        ),
        Step(
            "decoder",
            "The honest bill",
            "Whoever unpacks needs the decoder, and the decoder is large. If it has to be sent "
            "too, packing pays only from some number of images on.",
            live=live.decoder,
            task="Answer; then send so many images that packing pays.",
            formula=Formula(
                r"n > \frac{\text{bits of the decoder}}{\text{bits saved on each image}}",
                "divide the size of the decoder by what one image saves: from so many images on, "
                "packing pays.",
            ),
            question=Question(
                "From how many images on does the model pay, decoder included, compared with one "
                "bit for each pixel?",
                ("Fewer than 1,000", "1,000 to 1,000,000", "More than that, or never"),
                _decoder_answer,
                _decoder_reveal,
            ),
            code=(work.decoder_bits, work.pays_from),
        ),
    ),
)
