"""Samples from the prior, beside samples from where the codes are: the lesson on holes."""

from __future__ import annotations

import numpy as np
import streamlit as st

from ui import stage
from ui.exhibit import Exhibit
from ui.frame import is_strip
from ui.generate import made, ring, save, sliders
from ui.generate.made import Chances, Source
from ui.generate.sheet import Sheet
from ui.generate.wish import HOTTEST, LINK, SIDES, Wish, keep
from ui.generate.wish import show as show_wish
from ui.link import MAX_SEED
from ui.loupe import shapes
from ui.samples import File, Pictures

CHART = "generate_samples_map"
COLOURS: dict[Source, str] = {"prior": "#c2187a", "codes": "#0a7f6f"}
SIGMAS = (1, 2, 3)  # circles of the prior on the map
HOLES = 3.0  # per cent of the prior's draws outside the data, from which they are called so
MOST_NAMED = 12  # samples outside the data that a screen reader is told one by one
NARROW = 90.0  # per cent of the images; a prior that reaches fewer draws a part of them only
TEMPERATURE_HELP = (
    "How far draws go from the middle: the spread of what is drawn from is multiplied by it. "
    "1 is the distribution itself; less is safer and more alike, more is bolder and stranger."
)


def show(exhibit: Exhibit) -> None:
    """Draw the view."""
    wish = LINK.update()
    file = exhibit.entry.path, exhibit.entry.mtime
    is_vae = exhibit.loaded.config.kind == "vae"
    drawn = {source: _square(file, source, wish) for source in COLOURS}
    _controls()
    st.markdown(f"**What to see:** {lesson(file, wish.temperature, is_vae=is_vae)}")
    left, middle, right = st.columns([1, 1, 1.5], gap="medium")
    with left:
        times = "" if wish.temperature == 1 else f" × {wish.temperature:g}"
        detail = f"N(0, I){times}" + ("" if is_vae else ", though this model has none")
        st.html(f'<h2 class="from-prior">From the prior <small>{detail}</small></h2>')
        _sheet(drawn["prior"], "the prior")
        if not is_vae:
            st.caption(
                "A plain autoencoder has no prior: nothing told it to put its codes near zero. "
                "This is what a standard normal would give."
            )
    with middle:
        size = len(made.mixture(file))
        st.html(
            '<h2 class="from-codes">From where the codes are '
            f"<small>{size} Gaussians{times}</small></h2>"
        )
        _sheet(drawn["codes"], "where the codes are")
        st.caption(f"The mixture is fitted to {_fitted_to(exhibit, is_vae=is_vae)}.")
    with right:
        _map(exhibit, is_vae=is_vae)
    names = {"prior": "Samples from the prior", "codes": "Samples from the codes"}
    with st.container(horizontal=True):
        save.take_away(exhibit.entry.name, {names[s]: pictures for s, pictures in drawn.items()})
    _draw_places(exhibit, drawn, wish.temperature)
    ring.follow(exhibit, CHART, sliders.code_of(exhibit, wish), is_own=False)
    stage.attach(exhibit, CHART)


def _square(file: File, source: Source, wish: Wish) -> Pictures:
    """As many samples as asked for, in rows and columns."""
    found = made.samples(file, source, wish.side**2, wish.seed, wish.temperature)
    side = (wish.side, wish.side)
    return Pictures(*(np.reshape(part, (*side, *part.shape[1:])) for part in found))


def _controls() -> None:
    with st.container(horizontal=True, vertical_alignment="bottom"):
        show_wish("temperature")
        st.slider(
            "Temperature", 0.0, HOTTEST, step=0.05, format="%.2f", key="generate_temperature",
            help=TEMPERATURE_HELP, on_change=keep, args=("temperature",), width=260,
        )  # fmt: skip
        show_wish("side")
        st.selectbox(
            "Size", range(SIDES[0], SIDES[1] + 1), format_func=lambda n: f"{n} × {n}",
            key="generate_side", on_change=keep, args=("side",), width=120,
        )  # fmt: skip
        show_wish("seed")
        st.number_input(
            "Seed", 0, MAX_SEED, step=1, key="generate_seed", on_change=keep,
            args=("seed",), width=150, help="The same seed draws the same samples again.",
        )  # fmt: skip
        st.button(
            "Another", icon=":material/casino:", key="generate_another", type="primary",
            on_click=_on_another, help="The samples of the next seed.",
        )  # fmt: skip


def lesson(file: File, temperature: float, *, is_vae: bool) -> str:
    """What the two sets of samples tell about this model, in a sentence or two."""
    prior, codes = (made.chances(file, source, temperature) for source in COLOURS)
    reached = made.reach(file, temperature)
    first = "the prior" if is_vae else "N(0, I)"
    told = (
        f"Of {made.MANY:,} draws from {first} {_per_cent(prior.outside)} fall where no data is, "
        f"of as many from where the codes are {_per_cent(codes.outside)}."
    )
    if temperature > 1 and _is_too_hot(file, prior, codes):
        return f"{told} So hot, both leave the data: there the decoder invents."
    if prior.outside >= HOLES and prior.outside > codes.outside:
        what = "holes in the prior" if is_vae else "places that no image was encoded to"
        return f"{told} These are {what}: there the decoder invents."
    if reached < NARROW:
        why = "it is too cold" if is_vae and temperature < 1 else "it is too narrow"
        return (
            f"Only {_per_cent(reached)} of the images have codes where {first} draws from: "
            f"{why}, and its samples are more alike than the images are."
        )
    if prior.outside >= HOLES:
        return f"{told} Neither keeps to the data: outside it the decoder invents."
    return (
        f"{told} Few holes: both draw from nearly the same places. "
        "A higher temperature leaves them."
    )


def _is_too_hot(file: File, *hot: Chances) -> bool:
    """Whether it is the temperature that takes both outside the data, and not the model."""
    return all(
        chances.outside >= HOLES and chances.outside > made.chances(file, source, 1.0).outside
        for source, chances in zip(COLOURS, hot, strict=True)
    )


def _per_cent(share: float) -> str:
    return f"{share:.1f}%" if share < 10 else f"{share:.0f}%"


def _sheet(pictures: Pictures, source: str) -> None:
    n = pictures.where.size
    count = {word: int((pictures.where == word).sum()) for word in ("inside", "edge", "outside")}
    alt = (
        f"{n} pictures decoded from codes drawn from {source}: {count['inside']} inside the data, "
        f"{count['edge']} at its edge, {count['outside']} where no data is."
    )
    sheet = Sheet(pictures, st.context.theme.type or "light", has_marks=True)
    outside = [f"row {row + 1} column {column + 1}" for row, column in sheet.cells("outside")]
    if 0 < len(outside) <= MOST_NAMED:
        alt += f" Those without data are in {', '.join(outside)}."
    st.image(sheet.to_svg(), alt=alt, width="stretch")
    st.html(
        f'<p class="tally"><span class="where">{count["inside"]} of {n} inside the data</span>'
        f'<span class="where edge">{count["edge"]} at its edge, dashed</span>'
        f'<span class="where outside">{count["outside"]} where no data is, framed</span></p>'
    )


def _fitted_to(exhibit: Exhibit, *, is_vae: bool) -> str:
    what = "one draw from each posterior" if is_vae else "the codes"
    return f"{what} of the {len(exhibit.loaded.latents):,} held-out images"


def _map(exhibit: Exhibit, *, is_vae: bool) -> None:
    st.html(
        '<h2>Where they are <small><span class="from-prior">prior</span>'
        '<span class="from-codes">codes; hollow: no data there</span></small></h2>'
    )
    stage.draw(
        exhibit,
        CHART,
        "Map of latent space: images as dots coloured by class, the samples from the prior as "
        "squares and those from where the codes are as discs over them; the counts beside the "
        "map say how many lie where no data is.",
    )
    circles = ""
    if not is_strip(exhibit.fitted):
        whose = "the prior" if is_vae else "N(0, I)"
        circles = f"Circles: 1, 2 and 3 σ of {whose}, times the temperature. "
    st.caption(f"{circles}Ring: the code of *One code*; a click takes it there.")


def _draw_places(exhibit: Exhibit, drawn: dict[Source, Pictures], temperature: float) -> None:
    places, fitted = [], exhibit.fitted
    for source, pictures in drawn.items():
        xy = fitted.to_plane(pictures.z.reshape(-1, pictures.z.shape[-1])).tolist()
        places += [
            shapes.Place(
                x, y, "", COLOURS[source], small=True, square=source == "prior",
                hollow=where == "outside",
            )
            for (x, y), where in zip(xy, pictures.where.ravel(), strict=True)
        ]  # fmt: skip
    circles = []
    if not is_strip(fitted):
        x, y = fitted.to_plane(np.zeros((1, len(fitted.mean))))[0].tolist()
        radii = [temperature * sigma for sigma in SIGMAS if temperature > 0]
        circles = [shapes.Oval(x, y, (r, r), 0.0, "#8a8f98") for r in radii]
    map_name = exhibit.map_key.name
    shapes.draw(CHART, map_name=map_name, key="generate_places", places=places, ellipses=circles)


def _on_another() -> None:
    LINK.update(seed=(LINK.update().seed + 1) % (MAX_SEED + 1))
