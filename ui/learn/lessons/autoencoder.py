"""What an autoencoder is: an image, two numbers, an image again."""

from __future__ import annotations

from math import log, prod

import numpy as np
import streamlit as st

from ui import cache
from ui.facts import facts_of
from ui.images import decoded_to_html, figure, strip
from ui.learn import maps, material, models
from ui.learn.desk import Desk
from ui.learn.lesson import Formula, Lesson, Question, Step
from ui.learn.work import basics
from vae_core import decode
from vae_core.metrics.maps import NEIGHBOURS, nearest_class
from vae_core.models.autoencoder import AutoEncoder

MODEL = "mnist-deep-map-vae-2d"
WITH_IMAGES = (MODEL, "digits-dense-512-vae-2d")  # of the second the images are always here
WORST = 0.9  # of the images on the map, that are drawn better than a badly drawn one
TIMES = (4, 30, 400)  # how many times fewer numbers a code could have
SHARES = (0.1, 0.5, 0.85)  # of images that their neighbours could tell
LIMIT = 4.0  # latent units, of the sliders; more where the class that is wanted is further out
HINTON = "Hinton & Salakhutdinov 2006, Reducing the dimensionality of data with neural networks"


def _times() -> float:
    """Numbers of an image for each number of its code."""
    config = models.exhibit(MODEL).loaded.config
    return prod(config.image_shape) / config.latent_dim


def _nearest(value: float, choices: tuple[float, ...]) -> int:
    """Index of the choice that is fewest times off."""
    return min(range(len(choices)), key=lambda i: abs(log(value / choices[i])))


def _told_times() -> str:
    config = models.exhibit(MODEL).loaded.config
    n_channels, height, width = config.image_shape
    pixels = f"{height} × {width}" + (f" × {n_channels} colours" if n_channels > 1 else "")
    return (
        f"A picture here is {pixels} = {prod(config.image_shape):,} numbers. Its code is "
        f"{config.latent_dim}. That is {_times():,.0f} times fewer."
    )


def _share() -> float:
    entry = models.entry(MODEL)
    share: float = basics.told_by_neighbours((entry.path, entry.mtime))
    return share


def _told_share() -> str:
    classes = len(models.exhibit(MODEL).loaded.dataset.classes)
    return (
        f"Counted over all held-out images: for {_share():.0%} of them, the most frequent class "
        f"among the {NEIGHBOURS} nearest dots is their own. Blind guessing among {classes} "
        f"classes would give about {1 / classes:.0%}. Nobody told the model any class: pictures "
        "that look alike simply get codes that lie close together."
    )


def _dots(desk: Desk) -> None:
    exhibit = desk.exhibit(MODEL)
    point = maps.explore(desk, exhibit)
    if point.is_pinned and point.is_image:
        desk.tick()


def _squeeze(desk: Desk) -> None:
    exhibit = desk.exhibit(MODEL)
    maps.explore(desk, exhibit)
    if desk.answer is not None:
        desk.tick()


def _two_numbers(desk: Desk) -> None:
    """The decoder alone: two sliders, one picture, and a class to reach."""
    exhibit = desk.exhibit(MODEL)
    file = (exhibit.entry.path, exhibit.entry.mtime)
    wanted, goal = basics.far_class(file)
    st.html(f"<h2>The decoder alone {models.in_html(exhibit.entry)}</h2>")
    st.markdown(f"**Wanted: a picture of class {material.class_in_markdown(exhibit, wanted)}.**")
    names = ("First number, z1 (latent units)", "Second number, z2 (latent units)")
    limit = max(LIMIT, float(np.ceil(np.abs(goal).max())))
    z = [
        st.slider(name, -limit, limit, 0.0, 0.1, key=desk.key(f"z{i + 1}"))
        for i, name in enumerate(names)
    ]
    code = f"({z[0]:.1f}, {z[1]:.1f})"
    image = decode(exhibit.loaded.model, [z])[0].numpy()
    picture = decoded_to_html(image, f"Decoded from the code {code}")
    st.html(strip([figure(picture, f"Drawn for the code {code}", "large")]))
    data = cache.neighbourhood(*file)
    around, where = data.class_around([z], NEIGHBOURS), data.support([z]).label[0]
    there = "Few images have codes like this one"
    if where == "inside":
        there = "There are images with codes like this one"
    name = material.class_in_markdown(exhibit, around)
    st.markdown(f"{there}; of the {NEIGHBOURS} nearest the most are of class {name}.")
    if around == wanted and where == "inside":
        desk.tick()


def _badly_drawn(desk: Desk) -> None:
    exhibit = desk.exhibit(*WITH_IMAGES, with_images=True)
    if not exhibit.shown.is_live:
        st.info(
            "This step needs the pictures themselves, and they are not on this machine. Explore "
            "offers to fetch them; here you may simply go on."
        )
        desk.tick()
        return
    point = maps.explore(desk, exhibit, "nats", "reconstruction")
    if not point.is_image:
        st.markdown("A place has no picture to compare with: click a dot.")
        return
    numbers, nats = exhibit.shown.indices.tolist(), basics.reconstruction(exhibit.batch_key)
    if point.index in numbers:  # as its dot is coloured
        lacks = float(nats[numbers.index(point.index)])
    elif (found := facts_of(exhibit, point).reconstruction) is not None:
        lacks = found
    else:
        st.markdown("Of this picture nothing can be said: what is drawn for it is not a number.")
        return
    worse = float((nats < lacks).mean())
    others = f"Of the pictures on the map, **{worse:.0%}** are drawn better."
    if lacks >= nats.max():
        others = "**All other** pictures on the map are drawn better."
    st.markdown(f"What the drawing lacks: **{lacks:.0f} nats**. {others}")
    if point.is_pinned and worse >= WORST:
        desk.tick()


def _neighbours(desk: Desk) -> None:
    maps.explore(desk, desk.exhibit(MODEL))
    if desk.answer is not None:
        desk.tick()


LESSON = Lesson(
    key="autoencoder",
    title="What an autoencoder is",
    minutes=6,
    group="Foundations",
    idea="A picture is squeezed into two numbers, and drawn again from these two numbers alone.",
    learnt=(
        "An encoder turns a picture into a short code, a decoder draws a picture for a code, and "
        "pictures that look alike get codes that lie close together."
    ),
    steps=(
        Step(
            "dots",
            "A dot is a picture",
            "The map shows many pictures, each of them as a dot. They are *held-out* pictures: "
            "the program never learnt from them.\n\n"
            "A program called **encoder** looks at a picture and writes down two numbers, z1 and "
            "z2, its **code**. They say where the dot stands: so far to the right, so far up. A "
            "second program, the **decoder**, gets the two numbers and nothing else, and draws a "
            "picture. Both together are an **autoencoder**. The space of all codes is called "
            "*latent space*, its unit of length a *latent unit*.\n\n"
            "Move over the map, or drag a finger: the loupe shows what the decoder draws for each "
            "place.",
            live=_dots,
            task="Click a dot. Two pictures show what went in and what came out.",
            papers=(HINTON,),
        ),
        Step(
            "squeeze",
            "How short a code is",
            "To a computer a picture is a list of numbers, one for the brightness of each point. "
            "The code has to do with far fewer. So it cannot keep everything: the encoder has to "
            "find out what matters, and the decoder has to guess the rest.",
            live=_squeeze,
            task="Answer the question.",
            question=Question(
                "How many times fewer numbers does the code have than the picture?",
                tuple(f"About {times} times fewer" for times in TIMES),
                answer=lambda: _nearest(_times(), TIMES),
                reveal=_told_times,
            ),
            formula=Formula(
                r"x \;\xrightarrow{\text{ encoder }}\; z \;\xrightarrow{\text{ decoder }}\; \hat x",
                "a picture becomes a code, and the code becomes a picture that should look like "
                "the first one.",
            ),
            code=(AutoEncoder.encode, AutoEncoder.decode),
        ),
        Step(
            "decoder",
            "Two numbers draw a picture",
            "The decoder needs no picture to start from. Give it any two numbers, and it draws. "
            "Turn the two numbers as you would turn the knobs of a radio, and watch the picture "
            "change little by little.",
            live=_two_numbers,
            task="Turn both numbers until the picture that is wanted appears.",
            code=(decode,),
        ),
        Step(
            "badly",
            "What does not fit into two numbers",
            "Two numbers are not enough for every detail. The dots are now coloured by how well "
            "their picture was drawn: the lighter a dot, the worse. The measure is called "
            "*reconstruction*. It counts, in **nats** (a unit of information), how surprising "
            "the true picture is to somebody who has seen only the drawing. (Grey pixels cost "
            "something even if the drawing is perfect.)",
            live=_badly_drawn,
            task="Find a picture that is drawn badly, among the worst tenth of all on the map.",
            formula=Formula(
                r"-\log p(x \mid z)",
                "minus the logarithm of how probable the drawing makes the true picture; the more "
                "surprising that is, the worse was the drawing.",
            ),
        ),
        Step(
            "neighbours",
            "Nobody told it the classes",
            "The colours of the dots are there for you. While it was trained the model saw "
            "pictures only, never what is on them. Still, dots of one colour lie together.\n\n"
            f"Take any dot and ask its {NEIGHBOURS} nearest neighbours on the map which class they "
            "are of. Believe the class that is named most often.",
            live=_neighbours,
            task="Answer the question.",
            question=Question(
                "For how many of all pictures is that class right?",
                ("About 1 in 10", "About half", "About 17 in 20, or more"),
                answer=lambda: _nearest(_share(), SHARES),
                reveal=_told_share,
            ),
            code=(nearest_class,),
        ),
    ),
)
