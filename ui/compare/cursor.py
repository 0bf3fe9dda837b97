"""The one cursor over all maps, and the pin: their scripts, and what they have to know."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import streamlit as st

from ui import drawn
from ui.compare.cached import ORIGINALS, decoded_images, originals
from ui.compare.models import Contender
from ui.loupe import files

PIN_KEY = "compare_pin"
_FOLDER = Path(__file__).parent


def _own(*names: str) -> str:
    return files.read(*names, folder=_FOLDER)


_ATLAS = st.components.v2.component(
    "compare_atlas", js=files.read("dom.js", "chart.js", "atlas.js") + _own("atlas_store.js")
)
_CURSOR = st.components.v2.component(
    "compare_cursor",
    js=files.read("dom.js", "chart.js", "follow.js", "atlas.js", "keys.js")
    + _own("screen.js", "cursor.js"),
    css=files.read("loupe.css") + _own("cursor.css"),
    isolate_styles=False,
)
# It only leaves what is pinned, and the way to report a pick, where the cursor finds them.
_PIN = st.components.v2.component("compare_pin", js=files.read("pin.js"))


def screens(contenders: Sequence[Contender]) -> None:
    """What all models decode under the cursor, side by side."""
    batch = originals(contenders[0].exhibit.batch_key)
    charts = [
        {
            "key": c.chart,
            "title": f"{c.letter} · {short(c)}",
            "album": None if _album(c) is None else f"{c.chart}_album",
            "strip": c.is_strip,
            "flat": c.exhibit.loaded.config.latent_dim > 2,
        }
        for c in contenders
    ]
    data = {"charts": charts, "originals": ORIGINALS if batch is not None else None}
    _CURSOR(data=data, key="compare_cursor", width="stretch", height="content")


def _album(contender: Contender) -> bytes | None:
    album: bytes | None = decoded_images(contender.exhibit.batch_key, f"{contender.chart}_album")
    return album


def short(contender: Contender) -> str:
    """Such as "AE deep-map" or "VAE β = 4 dense-512"."""
    config, beta = contender.exhibit.loaded.config, contender.exhibit.loaded.training.beta
    shown = f" β = {beta:g}" if contender.is_vae and beta != 1 else ""
    return f"{config.kind.upper()}{shown} {config.preset}"


def attach(contenders: Sequence[Contender]) -> None:
    """The grids that the cursor blends; outside fragments, since they are large."""
    payloads = {
        c.chart: drawn.loupe_payload(c.exhibit.map_key, "nearest", c.chart) for c in contenders
    }
    albums = {f"{c.chart}_album": _album(c) for c in contenders}
    albums[ORIGINALS] = originals(contenders[0].exhibit.batch_key)
    for name, payload in (payloads | albums).items():
        if payload is not None:
            _ATLAS(data=payload, key=f"{name}_atlas", width="content", height="content")


def pin(data: Mapping[str, object], on_pick: Callable[[], None]) -> None:
    """Tell the cursor what is pinned, and listen for clicks; in the fragment a click redraws."""
    _PIN(data=data, key=PIN_KEY, on_pick_change=on_pick, width="content", height="content")
