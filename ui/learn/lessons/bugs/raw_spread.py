"""Spot the bug: a width that can be negative."""

from __future__ import annotations

from typing import Final

import streamlit as st

from ui.learn.bugs import shown
from ui.learn.bugs.lesson import Bug, lesson_of
from ui.learn.desk import Desk
from ui.learn.lesson import Formula, Question
from ui.literal import literal
from vae_core.errors import TrainingDivergedError
from vae_core.flaws.specimen import fit_as_written
from vae_core.flaws.symptoms import refusal, signs, widths

KEY: Final = "raw-spread"
FEW = 0.1  # of all "widths"


def _negative() -> float:
    """Share of "widths" below 0 at the end of training."""
    return float((widths(shown.specimen(KEY, is_cured=False)) < 0).mean())


def _answer() -> int:
    share = _negative()
    return 0 if not share else 1 if share < FEW else 2


def _reveal() -> str:
    found = shown.specimen(KEY, is_cured=False).spreads
    assert found is not None
    told = signs(found)
    first, second = told.changed_at_first, told.changed_later
    return (
        f"{_negative():.0%} of all widths are below 0. At 0 the KL is infinite, and that is a "
        f"wall. In the first epoch (pass over all pictures) {first[0]:.0%} on z1 and "
        f"{first[1]:.0%} on z2 still changed their sign, in all later ones {second[0]:.0%} and "
        f"{second[1]:.0%}. The random weights at the start decide the side."
    )


def _experiment(desk: Desk) -> bool:
    found = shown.specimen(KEY, is_cured=False)
    assert found.spreads is not None
    number = st.slider("Held-out image", 0, len(shown.images()) - 1, 0, key=desk.key("image"))
    mu, std = found.latents.mu[number], found.spreads[-1, number]
    st.markdown(
        f"Its place is ({mu[0]:.2f}, {mu[1]:.2f}), and its “widths” are **{std[0]:.3f}** and "
        f"**{std[1]:.3f}** latent units."
    )
    if (said := refusal(mu, std)) is None:
        st.markdown("PyTorch takes that for a bell curve.")
    else:
        st.markdown("PyTorch refuses to make a bell curve of that (a `ValueError`):")
        st.code(said, language=None, wrap_lines=True)
    if st.button("Train it as it is written", key=desk.key("train"), icon=":material/play_arrow:"):
        desk.keep("ended", _ending())
    ended = desk.value("ended")
    if ended is not None:
        st.warning(literal(ended), icon=":material/error:")
    return ended is not None


def _ending() -> str:
    """How training with the logarithm of a negative number ends."""
    try:
        loss = fit_as_written(shown.images())
    except TrainingDivergedError as err:
        return (
            f"The loss stopped being a number in epoch {err.epoch}: the logarithm of a negative "
            "width has no value."
        )
    return f"Training went on; the loss is {loss:.1f} nats per image."


LESSON = lesson_of(
    Bug(
        key=KEY,
        title="Spot the bug 2: a width below zero",
        idea="An encoder whose widths can be negative, and whose KL then has no value.",
        learnt="A network's output can be any number: read it as the logarithm of a width.",
        meant=(
            "Here the encoder has two heads, as it should: the first says where a picture's region "
            "lies (its place μ), the second how wide it is (its width σ, the standard deviation). "
            "After it comes the KL, how far the region is from the prior, the bell curve around 0. "
            "It needs the *logarithm* of the width, and a negative number has none.\n\n"
            "The code here takes the logarithm of the *square*, a patch that keeps it running. "
            "Something in it is still wrong."
        ),
        quoted=Formula(
            r"\begin{aligned} \sigma &= W h + b \\ z &= \mu + \sigma\,\varepsilon \end{aligned}",
            "the second half of what the encoder says is used as the width, just as it is.",
        ),
        question=Question(
            "After training with the patch, how many of these “widths” are below 0?",
            ("None: training gets rid of them", "A few, fewer than 1 in 10", "1 in 10, or more"),
            _answer,
            _reveal,
        ),
        seen=(
            "Go through some images, and see which numbers it gives as their widths. Then train "
            "the code as its source has it, without the patch of the square: a new network, on "
            "a few images.\n\n"
            "Below is the model trained with the patch. Its map looks sound, this bug hides well, "
            "and only the numbers give it away."
        ),
        experiment=_experiment,
        task="Press “Train it as it is written”.",
        hint="Ask of each line: which numbers can come out of it, and which are allowed there?",
        fair=(
            (
                "std.square()",
                "This is the patch: it hides the bug, it did not make it. Where does the negative "
                "width come from?",
            ),
        ),
        cured=(
            "The cure is to read the same output as the logarithm of the squared width. Any number "
            "is a logarithm of something positive."
        ),
        right=Formula(
            r"\begin{aligned} v &= W h + b \\ \sigma &= e^{v / 2} > 0 \end{aligned}",
            "the width is e to the power of half of what the encoder says: always above 0.",
        ),
        papers=("Kingma & Welling 2014, Auto-Encoding Variational Bayes, appendix C.2",),
    )
)
