"""All codes that could have made an image, beside the one answer that the encoder gives."""

from __future__ import annotations

from html import escape

import numpy as np
import streamlit as st

from ui import cache, stage
from ui.catalogue import Entry
from ui.exhibit import Exhibit
from ui.frame import is_strip
from ui.images import to_html
from ui.loupe import Pinned, lay_under
from ui.loupe.shapes import Oval, draw
from ui.measure import posterior_chart, take
from ui.measure.exact import SEED, Posterior, posterior
from ui.measure.shown import LINK
from ui.point import Point, resolve
from ui.ring import to_pinned
from ui.view import View
from ui.widgets import put

CHART = "measure_map"
CLOSE = "measure_posterior"
CONFIG = {"displayModeBar": False}
IDEAL = {1: 0.954, 2: 0.865}  # of a Gaussian, within two sigma
HIT = 0.9  # of what a perfect answer would hold
WELL = 0.6  # share within two sigma, from which the encoder's answer is a fair one
MANY = (
    "Only one or two latent dimensions can be tried out on a grid: this model has {}, and so many "
    "places there are that no machine could try them all. Its −log p can only be estimated; see "
    "“Estimated −log p” among all figures."
)
PLAIN = (
    "A plain AE has no probabilities: it gives each image one code, and nothing says how likely "
    "another one would be."
)
ABSENT = "The exact posterior of an image needs the image, which is not on this machine."


def show(entry: Entry) -> None:
    """The map, on which a click chooses an image, and its posterior; or why there is none."""
    config = entry.header.config
    if config.kind == "ae":
        st.info(PLAIN)
        return
    if config.latent_dim not in IDEAL:
        st.info(MANY.format(config.latent_dim))
        return
    st.markdown(
        "For each image the **encoder** names one oval region of codes. The **exact posterior** "
        "is the truth it tries to hit: how likely each code is to be the one this image was drawn "
        "from. Click an image's dot on the map."
    )
    exhibit = stage.exhibit_for(entry)
    left, right = st.columns([1, 1], gap="large")
    with left:
        st.html(f"<h2>Map of latent space <small>{stage.dots(exhibit)}</small></h2>")
        stage.draw(
            exhibit, CHART, "Map of the held-out images; the field beside it chooses one by number."
        )

    @st.fragment
    def one() -> None:
        """What a click changes."""
        _one(entry, exhibit)

    with right:
        one()
    stage.attach(exhibit, CHART)


def _one(entry: Entry, exhibit: Exhibit) -> None:
    point = resolve(exhibit, View(image=LINK.current().image or 0))
    with st.container(horizontal=True, vertical_alignment="bottom", key="measure_posterior_head"):
        _field(exhibit, point)
        beside = st.container()
    with st.spinner("Trying out all codes, which takes a moment…"):
        found = posterior(entry.path, entry.mtime, point.index)
    if found is None:
        st.info(ABSENT)
    else:
        beside.markdown(f"**{in_words(found)}**")
        st.plotly_chart(
            posterior_chart.closely(found, st.context.theme.type or "light"),
            key=CLOSE, config=CONFIG, alt=f"The exact posterior, closely. {in_words(found)}",
        )  # fmt: skip
        _caption(found)
        _tell(found, point)
        _offer(entry, point, found)
        if not is_strip(exhibit.fitted):
            _over_the_map(exhibit, found)
    pinned = Pinned(**(to_pinned(exhibit, point) | {"ellipse": None}))
    stage.mark(CHART, pinned, lambda: _on_pick(exhibit))


def _field(exhibit: Exhibit, point: Point) -> None:
    """The image's number: the way without a mouse."""
    put("measure_image", point.index)
    st.number_input(
        "Held-out image", 0, exhibit.part_size - 1, step=1, key="measure_image",
        on_change=_on_image, width=180,
    )  # fmt: skip


def _on_image() -> None:
    LINK.update(image=st.session_state["measure_image"])


def _on_pick(exhibit: Exhibit) -> None:
    """A click: the image of the dot, elsewhere the one whose code is nearest."""
    if (picked := stage.picked(exhibit, CHART)) is None:
        return
    x, y, image = picked
    if image is None:
        z = exhibit.fitted.to_latent([(x, y)], "nearest")
        data = cache.neighbourhood(exhibit.entry.path, exhibit.entry.mtime)
        image = int(data.nearest(z)[0])
    LINK.update(image=image)


def _tell(found: Posterior, point: Point) -> None:
    """The image, and its numbers."""
    exact = found.exact
    facts = (
        ("Exact −log p(x)", f"{-exact.log_likelihood:.1f} nats"),
        ("−ELBO", f"{found.negative_elbo:.1f} nats"),
        ("Inference gap", f"{found.gap:.1f} nats"),
        ("Exact mass within the encoder's 2 σ", f"{exact.within_q:.0%}"),
    )
    listed = "".join(f"<dt>{name}<dd>{value}" for name, value in facts).replace("-", "−")
    words = "<p>As the model judged it.</p>"
    if found.is_binarized:
        words = "<p>Each pixel drawn black or white once: only so it has a probability.</p>"
    name = f"{point.name}, class {point.class_name}"
    picture = to_html(found.image, f"{name}, as it is judged")
    st.html(
        f"<div class=measure-judged><figure>{picture}<figcaption>{escape(name)}{words}"
        f"</figcaption></figure><dl>{listed}</dl></div>"
    )


def in_words(found: Posterior) -> str:
    """What the picture means, in a sentence or two."""
    ideal = IDEAL[len(found.mu)]
    caught = f"{found.exact.within_q:.0%}"
    if len(found.places) > 1:
        shares = " and ".join(f"{share:.0%}" for share in found.places[:3])
        return (
            f"The codes that explain this image lie in {len(found.places)} separate places "
            f"({shares}), but the encoder can name only one: its 2 σ region holds {caught} of the "
            "truth, and the rest is lost to it."
        )
    if found.exact.within_q < WELL:
        return (
            f"There is one place, but the encoder misses much of it: its 2 σ region holds {caught} "
            f"of the truth, where a perfect answer would hold {ideal:.0%}."
        )
    hits = "hits it" if found.exact.within_q > HIT * ideal else "hits most of it"
    return (
        f"There is one place, and the encoder {hits}: its 2 σ region holds {caught} of the truth; "
        f"a perfect answer would hold {ideal:.0%}."
    )


def _caption(found: Posterior) -> None:
    shape = "Both curves are"
    if not found.is_line:
        shape = "Bright is likely. The encoder's ellipses, 1 σ solid and 2 σ dashed, are"
    st.caption(
        f"{shape} to scale. The inference gap is what the encoder's answer costs beyond the exact "
        "one: the −ELBO is that much above −log p(x)."
    )


def _offer(entry: Entry, point: Point, found: Posterior) -> None:
    """The numbers, and the density cell by cell."""
    about = {
        "image": point.number, "class": point.class_name, "seed_of_the_pixels": SEED,
        "is_binarized": found.is_binarized, "log_likelihood_nats": found.exact.log_likelihood,
        "negative_elbo_nats": found.negative_elbo, "inference_gap_nats": found.gap,
        "mass_within_two_sigma": found.exact.within_q, "mass_of_places": found.places,
        "encoder_mean": found.mu.tolist(), "encoder_sigma": found.sigma.tolist(),
        "unit_of_density": "per latent unit, squared in two dimensions",
    }  # fmt: skip

    def make() -> take.Rows:
        exact = found.exact
        axes = [exact.x] if exact.y is None else [exact.x, exact.y]
        codes = np.stack(np.meshgrid(*axes), -1).reshape(-1, len(axes))
        return [
            {f"z{d + 1}": round(value, 6) for d, value in enumerate(code)} | {"density": density}
            for code, density in zip(codes.tolist(), exact.density.ravel().tolist(), strict=True)
        ]

    take.offer_rows(entry, f"posterior-{point.number}", about, make)


def _over_the_map(exhibit: Exhibit, found: Posterior) -> None:
    """The same on the map, where it is small."""
    png, extent = posterior_chart.picture(found)
    name = exhibit.map_key.name
    lay_under(CHART, name, [(png, extent, True)], None, key=f"{CHART}_under")
    colour = posterior_chart.ELLIPSE[st.context.theme.type or "light"]
    x, y = (float(value) for value in found.mu)
    radii = [(w * float(found.sigma[0]), w * float(found.sigma[1])) for w in posterior_chart.WIDTHS]
    ovals = [Oval(x, y, pair, 0.0, colour) for pair in radii]
    draw(CHART, map_name=name, key=f"{CHART}_shapes", ellipses=ovals)
