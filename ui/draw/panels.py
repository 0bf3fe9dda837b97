"""The panels beside the map: what the model sees, and what the decoder makes of it.

Each is one element: a stroke redraws them, and every element is a message to the browser.
"""

from __future__ import annotations

from html import escape
from typing import cast

import numpy as np
import streamlit as st

from ui import cache
from ui.catalogue import dataset_title
from ui.draw import words
from ui.draw.address import Address
from ui.draw.shown import Code, Picked, Shown, framing_of, picture_of
from ui.exhibit import Exhibit
from ui.frame import is_strip
from ui.images import to_html
from ui.literal import literal
from ui.loupe import Pinned
from ui.ring import ellipse_on
from vae_core.metrics.maps import NEIGHBOURS
from vae_core.metrics.support import Where


def to_pinned(exhibit: Exhibit, shown: Shown) -> Pinned:
    """What the marker has to know."""
    x, y = shown.xy
    return {
        "x": x,
        "y": y,
        "image": shown.number or 0,
        "imageLabel": "Held-out image",
        "lastImage": len(exhibit.loaded.latents) - 1,
        "map": exhibit.map_key.name,
        "strip": is_strip(exhibit.fitted),
        "ellipse": None if shown.logvar is None else ellipse_on(exhibit.fitted, shown.logvar),
        "announcement": f"{shown.title}, at {x:.2f}, {y:.2f} on the map",
    }


def seen_panel(exhibit: Exhibit, here: Address, shown: Shown) -> None:
    """What goes into the encoder."""
    if shown.problem:
        st.error(literal(shown.problem))
    title = dataset_title(exhibit.loaded.dataset.name)
    text = words.of_intake(shown, framing_of(exhibit), here.whole, title)
    if shown.seen is None:
        text = (
            "The drawing itself is not in the link, only its code. Draw, and yours takes its place."
            if shown.is_own
            else "The original is not on this machine."
        )
        st.html(f"<h2>What the model sees</h2><p><b>{escape(shown.title)}</b></p><p>{text}</p>")
        return
    picture = to_html(shown.seen, f"{shown.title}, as the model sees it")
    heading = f"<h2>What the model sees</h2><p><b>{escape(shown.title)}</b></p>"
    begin = "" if shown.is_own or here.image is not None else "<p>To begin with. Draw your own.</p>"
    st.html(f"{heading}<div class=seen>{picture}<p>{escape(text)}</p></div>{begin}")


def decoded_panel(exhibit: Exhibit, shown: Shown) -> None:
    """What comes out of the decoder, and whether data lives there."""
    where, density, around = _judged(exhibit, shown.z, shown.number)
    picture = "<p>No picture: the decoder's answer is not a number here.</p>"
    if shown.decoded is not None:
        picture = to_html(shown.decoded, f"Reconstruction of {shown.title}")
    rows = [("Code z, latent units", words.code(shown.z))]
    if shown.mean_difference is not None:
        rows.append(
            ("Mean difference of a pixel", f"{shown.mean_difference:.1%} of the grey scale")
        )
    digits = 1 if density < 10 else 0
    rows.append(("Codes here", f"denser than at {density:.{digits}f}% of the images"))
    if len(shown.z) > 2:
        off = float(exhibit.fitted.off_plane(shown.z[None])[0])
        rows.append(("Off the map", f"{off:.2f} latent units; it shows 2 of {len(shown.z)}"))
    listed = "".join(f"<dt>{name}<dd>{value}" for name, value in rows)
    text = escape(words.of_place(where, around, shown.is_own))
    st.html(f"<h2>Reconstruction</h2>{picture}{words.badge(where)}<p>{text}</p><dl>{listed}</dl>")


def picked_panel(exhibit: Exhibit, p: Picked | None, shown: Shown, is_enlarged: bool) -> None:
    """The code at P, decoded."""
    if p is None:
        text = "Click on the map to decode another place, or a dot's code, beside the picture's."
        if is_enlarged:
            text = (
                "The encoder is not sure of the code: here is its ellipse, enlarged, at 1 σ, 2 σ "
                "and 3 σ. Drag P, or click on the map, to decode another code."
            )
        if len(shown.z) > 2:
            text += " Off the map a place stays as the picture's; a dot has its image's code."
        st.html(f"<h2>Around the ring</h2><p>{text}</p>")
        return
    where, _, around = _judged(exhibit, p.z, p.number)
    decoded = picture_of(exhibit, p.z)
    picture = "No picture: the decoder's answer is not a number here."
    if decoded is not None:
        picture = to_html(decoded, f"Decoded at P, {words.code(p.z)}")
    lines = [
        f"z = {words.code(p.z)}",
        f"{_distance(shown, p.z)} from the ring",
        f"around: {around}",
    ]
    said = "<br>".join(map(escape, [p.name, *lines] if p.name else lines))
    st.html(
        f"<h2>The decoder at P</h2><div class=seen>{picture}<p>{said}</p></div>{words.badge(where)}"
    )


def _distance(shown: Shown, z: Code) -> str:
    """From the shown code: in its posterior's sigmas, or in latent units without one."""
    if shown.logvar is None:
        return f"{np.linalg.norm(z - shown.z):.2f} latent units"
    sigmas = np.linalg.norm((z - shown.z) * np.exp(-0.5 * shown.logvar))
    return f"{sigmas:.1f} σ"


def _judged(exhibit: Exhibit, z: Code, own: int | None) -> tuple[Where, float, str]:
    """Whether data lives at a code, the percentile of its density, and the class around it.

    The code of the held-out image of the number `own` is judged by the others, not by itself.
    """
    data = cache.neighbourhood(exhibit.entry.path, exhibit.entry.mtime)
    support = data.support(z[None], None if own is None else [own])
    label = data.class_around(z[None], NEIGHBOURS, apart_from=own)
    around = exhibit.loaded.dataset.classes[label]
    return cast("Where", str(support.label[0])), float(support.percentile[0]), around
