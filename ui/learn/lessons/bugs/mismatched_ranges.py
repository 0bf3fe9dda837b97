"""Spot the bug: pictures in one range, drawings in another."""

from __future__ import annotations

from typing import Final

import numpy as np
import streamlit as st

from ui.learn.bugs import shown
from ui.learn.bugs.lesson import Bug, lesson_of
from ui.learn.desk import Desk
from ui.learn.lesson import Formula, Question
from vae_core.flaws.symptoms import error_floor, least_error, mean_image_error

KEY: Final = "mismatched-ranges"
BLACK, WHITE = 0.0, 1.0  # grey levels
STEP = 0.05


def _answer() -> int:
    dark, bright = least_error(BLACK), least_error(WHITE)
    return 3 if dark == bright == 0 else 2 if dark and bright else 1 if dark else 0


def _reveal() -> str:
    images = shown.images()
    return (
        f"A black pixel is −1 here, and the nearest that can be drawn is 0: an error of "
        f"{least_error(BLACK):.2f} at least; for a white one it is {least_error(WHITE):.2f}. Over "
        f"the {len(images)} images of this lesson that makes {error_floor(images):.3f} per pixel, "
        "however well the network is trained. To draw the mean of all images every time would "
        f"cost {mean_image_error(images):.3f}, were both in the same range."
    )


def _experiment(desk: Desk) -> bool:
    grey = st.slider(
        "Brightness of a pixel, 0 (black) to 1 (white)", BLACK, WHITE, BLACK, STEP,
        key=desk.key("grey"),
    )  # fmt: skip
    target, error = 2 * grey - 1, least_error(grey)
    darker = float((shown.images().images.numpy() < grey * 255).mean())
    st.markdown(
        f"The code asks for **{target:.2f}**. The nearest that a number from 0 to 1 can be is "
        f"**{max(target, 0.0):.2f}**, so that the squared error is **{error:.2f}** or more. "
        f"{darker:.0%} of the pixels of this lesson's images are darker than this one."
    )
    levels = np.arange(BLACK, WHITE + STEP / 2, STEP)
    darkest = next(level for level in levels if least_error(float(level)) == 0)
    return bool(abs(grey - darkest) < STEP / 2)


LESSON = lesson_of(
    Bug(
        key=KEY,
        title="Spot the bug 4: darker than black",
        idea="Pictures that go from −1 to 1, and a network that can only draw from 0 to 1.",
        learnt="What a network can draw has to reach as far as what it is shown.",
        meant=(
            "A plain autoencoder draws a picture again, and its loss is the squared difference, "
            "pixel by pixel. The last step of its decoder is a *sigmoid*, which turns any number "
            "into one between 0 (black) and 1 (white).\n\n"
            "The code here runs, and its loss goes down while it trains. Something in it "
            "is wrong."
        ),
        quoted=Formula(
            r"\begin{aligned} x &\in [-1, 1] \\ "
            r"\hat{x} &= \operatorname{sigmoid}(a) \in (0, 1) \end{aligned}",
            "the picture goes from minus one to one; what is drawn lies between zero and one.",
        ),
        question=Question(
            "Which pixels can this network never draw right, however long it trains?",
            ("The bright ones", "The dark ones", "None of them", "It can draw all of them right"),
            _answer,
            _reveal,
        ),
        seen=(
            "The slider sets the brightness of one pixel. See what the code makes of it, and how "
            "near a sigmoid can get.\n\n"
            "Below is the model trained so. The upper row of pictures shows images, the lower one "
            "what is drawn of them. Wherever the network expects a pixel darker than mid-grey, "
            "black costs it least."
        ),
        experiment=_experiment,
        task="Make the pixel just as bright as it takes for the error to reach 0.",
        hint="Ask of each line: from which number to which can its result go?",
        fair=(
            (
                "torch.sigmoid",
                "A fair choice: tanh here would be a cure too. The cure used here changes another "
                "line. Where does −1 come into the code?",
            ),
        ),
        cured=(
            "The cure is one range on both ends: images and drawings from 0 to 1. The error is "
            "told on the wider range for both models, so that the numbers can be compared."
        ),
        right=Formula(
            r"\begin{aligned} x &\in [0, 1] \\ "
            r"\hat{x} &= \operatorname{sigmoid}(a) \in (0, 1) \end{aligned}",
            "the picture and what is drawn of it both lie between zero and one.",
        ),
    )
)
