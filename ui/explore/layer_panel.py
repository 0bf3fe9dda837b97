"""The layers under the map's points: their switches, and what each shows."""

from __future__ import annotations

import numpy as np
import streamlit as st

from ui import drawn, layers, state
from ui.catalogue import Entry
from ui.exhibit import Exhibit
from ui.loupe import lay_under
from vae_core.projection import Completion


def choose(entry: Entry) -> tuple[str, ...]:
    """Switches of the layers under the points; the ones that are on."""
    titles = layers.offered(entry.header.config)
    if not titles:
        return ()
    view = state.current()
    known = tuple(n for n in view.layers if n in (*layers.LAYERS, layers.PRIOR))
    if known != view.layers:
        view = state.update(layers=known)
        st.toast("A layer that the link asks for does not exist.", icon=":material/link_off:")
    chosen = [name for name in view.layers if name in titles]
    st.session_state["explore_layers"] = chosen
    st.pills(
        "Layers under the points",
        list(titles),
        format_func=titles.__getitem__,
        selection_mode="multi",
        key="explore_layers",
        on_change=_on_layers,
        label_visibility="collapsed",
    )
    return tuple(chosen)


def lay(exhibit: Exhibit, completion: Completion, names: tuple[str, ...]) -> None:
    """The chosen layers under the points, and what each shows."""
    fitted, map_key = exhibit.fitted, exhibit.map_key
    with st.spinner("Drawing…"):  # seconds, the first time, for a convolutional decoder
        pictures = [drawn.layer(map_key, completion, n) for n in names if n != layers.PRIOR]
    captions = [picture.caption for picture in pictures]
    centre = None
    if layers.PRIOR in names:
        x, y = fitted.to_plane(np.zeros((1, len(fitted.mean))))[0]
        centre = float(x), float(y)
        captions.append(layers.PRIOR_MEANING)
    parts = [(picture.png, picture.extent, picture.smooth) for picture in pictures]
    lay_under(drawn.MAP_KEY, map_key.name, parts, centre, key="explore_under")
    for caption in captions:
        st.caption(caption)


def _on_layers() -> None:
    state.update(layers=tuple(st.session_state["explore_layers"]))
