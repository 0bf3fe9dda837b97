"""Why the map of a plain autoencoder has holes, and how a VAE fills them."""

from __future__ import annotations

import numpy as np
import streamlit as st

from ui.catalogue import Entry
from ui.images import decoded_to_html, figure, strip
from ui.learn import maps, models
from ui.learn.desk import Desk
from ui.learn.lesson import Formula, Lesson, Question, Step
from ui.learn.work import basics
from ui.samples import File
from vae_core.decoding import sample_prior
from vae_core.metrics.holes import DRAWS, WITHIN, drawn_in_holes, holes
from vae_core.metrics.support import EDGE as EMPTIEST
from vae_core.metrics.support import Neighbourhood
from vae_core.models.posterior import Posterior
from vae_core.spread import decode_spread

AE, VAE = "mnist-dense-512-ae-2d", "mnist-dense-512-vae-2d"
N_SAMPLES, N_TRIED, N_DRAWS = 21, 1000, 7
RATIOS = (1.0, 4.0)  # of the spreads of both maps
SIGNS = {"inside": "data here", "edge": "edge of the data", "outside": "no data here"}
KINGMA = "Kingma & Welling 2014, Auto-encoding variational Bayes"
REZENDE = "Rezende & Viola 2018, Taming VAEs"
GHOSH = "Ghosh et al. 2020, From variational to deterministic autoencoders"


def _pair() -> tuple[Entry, Entry]:
    """An AE and a VAE of the same images."""
    ae = models.entry(AE)
    return ae, models.entry(VAE, like=ae)


def _files() -> tuple[File, File]:
    ae, vae = ((entry.path, entry.mtime) for entry in _pair())
    return ae, vae


def _ratio() -> float:
    ae, vae = map(basics.spread, _files())
    return float(ae / vae)


def _wider() -> int:
    """Which of the options holds: narrower or about as wide, a few times, many times as wide."""
    return sum(_ratio() > limit * 1.5 for limit in RATIOS)


def _told_spread() -> str:
    ae, vae = map(basics.spread, _files())
    return (
        f"The codes of the plain autoencoder spread by {ae:.1f} latent units (one standard "
        f"deviation), those of the VAE by {vae:.1f}: {_ratio():.1f} times as far. Look at the "
        "numbers on the axes. Nothing told the plain autoencoder where to put its codes; the VAE "
        "pays for every code that is far from zero."
    )


def _tried() -> tuple[basics.Loneliest, basics.Loneliest]:
    """The loneliest of the draws: AE, VAE."""
    ae, vae = _files()
    return (
        basics.loneliest(ae, N_SAMPLES, N_TRIED, from_prior=False),
        basics.loneliest(vae, N_SAMPLES, N_TRIED, from_prior=True),
    )


def _emptier() -> int:
    ae, vae = (found.n_outside for found in _tried())
    return 0 if ae > 1.5 * vae else 1 if vae > 1.5 * ae else 2


def _told_shares() -> str:
    ae, vae = (found.n_outside / N_TRIED for found in _tried())
    return (
        f"Of {N_TRIED:,} draws, {ae:.1%} fall where no image is on the plain autoencoder's "
        f"map, and {vae:.1%} on the VAE's. There the decoder was never taught what to draw. "
        f"(By the same measure {EMPTIEST:g} of 100 pictures themselves live in empty land.)"
    )


def _gap(desk: Desk) -> None:
    exhibit = models.exhibit_of(_pair()[0])
    point = maps.explore(desk, exhibit, "ae")
    if point.is_pinned and not point.is_image and maps.where_is(exhibit, point) == "outside":
        desk.tick()


def _both(desk: Desk) -> None:
    exhibits = [models.exhibit_of(entry) for entry in _pair()]
    index, point = maps.either(desk, exhibits, "both", has_numbers=desk.answer is not None)
    maps.pictures(exhibits[index], point)
    if desk.answer is not None:
        desk.tick()


def _samples(desk: Desk) -> None:
    if desk.answer is None:
        st.info("The samples appear here after your answer.")
        return
    ae, vae = _tried()
    st.markdown(
        f"From each bell curve {N_TRIED:,} codes were drawn. Here are the {N_SAMPLES} of them that "
        "are furthest from all pictures' codes, the loneliest first."
    )
    _sheet("Plain autoencoder", "a bell curve as wide as its codes", ae)
    _sheet("VAE", "its prior, the bell curve it was trained for", vae)
    desk.tick()


def _sheet(title: str, source: str, found: basics.Loneliest) -> None:
    st.html(f"<h2>{title} <small>codes from {source}</small></h2>")
    st.markdown(f"**{found.n_outside} of {N_TRIED:,}** lie where no picture lives.")
    pictures = zip(found.pictures.images, found.pictures.where.tolist(), strict=True)
    st.html(
        strip(
            figure(decoded_to_html(image / 255, f"Sample {n + 1}, {SIGNS[where]}"), SIGNS[where])
            for n, (image, where) in enumerate(pictures)
            if where in SIGNS
        )
    )


def _cloud(desk: Desk) -> None:
    exhibit = models.exhibit_of(_pair()[1])
    point = maps.explore(desk, exhibit, "vae", height=maps.LOW)
    if not point.is_image or point.logvar is None:
        st.markdown("A place has no cloud, only a picture has one: click a dot.")
        return
    made = decode_spread(exhibit.loaded.model, point.z, point.logvar, n=N_DRAWS).images.numpy()
    sigma = " and ".join(f"{value:.2f}" for value in np.exp(0.5 * point.logvar))
    st.html(
        f"<h2>Drawn for {N_DRAWS} codes out of this cloud <small>σ = {sigma} latent units</small>"
        "</h2>"
        + strip(
            figure(decoded_to_html(image, f"Draw {n + 1}"), f"draw {n + 1}")
            for n, image in enumerate(made)
        )
    )
    if point.is_pinned:
        desk.tick()


def _left(desk: Desk) -> None:
    exhibit = models.exhibit_of(_pair()[1])
    point = maps.explore(desk, exhibit, "left")
    n_holes, n_empty = basics.in_holes((exhibit.entry.path, exhibit.entry.mtime))
    st.markdown(
        f"Of {DRAWS:,} codes drawn from the VAE's bell curve, the number that fall in holes is "
        f"**{n_holes:,}**. A hole is a place where no image is, though it is no further out than "
        f"{WITHIN:g} of 100 such codes. Further out, **{n_empty - n_holes:,}** more have no image "
        "near."
    )
    if point.is_pinned and not point.is_image and maps.where_is(exhibit, point) == "outside":
        desk.tick()


LESSON = Lesson(
    key="holes",
    title="Why some maps have holes",
    minutes=8,
    group="Foundations",
    idea="A plain autoencoder leaves empty land between its dots; a VAE has a reason to fill it.",
    learnt=(
        "A plain autoencoder only cares for the dots. A VAE gives every picture a cloud and pulls "
        "all clouds together, so that new codes mostly land where the decoder knows what to draw."
    ),
    steps=(
        Step(
            "gap",
            "A place nobody lives",
            "This map is of a **plain autoencoder**, AE for short. It was trained for one thing: "
            "the picture that comes out should be like the one that went in. Nobody asked it what "
            "to draw *between* the dots.",
            live=_gap,
            task="Click a place far from all dots, and look at what is drawn for it.",
            code=(Neighbourhood.support,),
        ),
        Step(
            "both",
            "The same pictures, two maps",
            "The second map is of a **VAE**, a *variational* autoencoder, of the same pictures. "
            "The axes get their numbers once you have guessed.",
            live=_both,
            task="Answer the question.",
            question=Question(
                "How far do the codes of the AE spread, compared with those of the VAE?",
                ("About as far, or less", "A few times as far", "Many times as far"),
                answer=_wider,
                reveal=_told_spread,
            ),
        ),
        Step(
            "samples",
            "New pictures from chance",
            "To draw a new picture one needs a new code. Take one by chance from a **bell curve**: "
            "most codes near its middle, few far out. A VAE was trained with one particular bell "
            "curve in mind, its **prior**. The AE has none, so it gets one with the middle and the "
            "widths of its own dots.",
            live=_samples,
            task="Answer the question, then compare both rows of pictures.",
            question=Question(
                "With which model do more of the chance codes land where no picture lives?",
                ("With the plain autoencoder", "With the VAE", "It makes little difference"),
                answer=_emptier,
                reveal=_told_shares,
            ),
            formula=Formula(
                r"z \sim \mathcal N(0, I)",
                "every number of the code is drawn from a bell curve around zero; two of three "
                "fall between −1 and 1.",
            ),
            code=(sample_prior, basics.sample_like_codes),
            papers=(GHOSH,),
        ),
        Step(
            "cloud",
            "A cloud instead of a dot",
            "Here is what the VAE does differently. Its encoder does not say *here*; it says "
            "*about here*: a centre **mu** (μ) and a width **sigma** (σ): along each axis two "
            "draws of three fall within σ of the centre. While it is trained, the code is drawn "
            "by chance from this cloud, so the decoder has to draw the same picture for the "
            "whole cloud. And there is a price for clouds that are far from the middle or very "
            "small. So the clouds grow wide, draw together and fill the gaps.",
            live=_cloud,
            task="Click a dot: the ellipse around it is its cloud, drawn to scale.",
            formula=Formula(
                r"q(z \mid x) = \mathcal N(\mu(x), \sigma(x)^2)",
                "the picture's code is drawn from a bell curve that the encoder chooses for it.",
            ),
            code=(Posterior,),
            papers=(KINGMA,),
        ),
        Step(
            "left",
            "Not every hole is gone",
            "A VAE's map is not perfect either. Far out there are no clouds, and sometimes thin "
            "gaps stay between them. This is why Explore says for every place you click whether "
            "data lives there: a picture from an empty place may mean nothing.",
            live=_left,
            task="Find an empty place on the VAE's map and click it.",
            code=(drawn_in_holes, holes),
            papers=(REZENDE,),
        ),
    ),
)
