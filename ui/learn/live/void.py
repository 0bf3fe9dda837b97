"""The live side of the lesson on ways between two codes: out to where no data is."""

from __future__ import annotations

import numpy as np
import streamlit as st

from ui import cache
from ui.learn import graphs, material
from ui.learn.desk import Desk
from ui.learn.live.between import COUNTED, MODELS
from ui.learn.work import between as work

WHERE = {"inside": "within the data", "edge": "at its edge", "outside": "where no data is"}


def outwards(desk: Desk) -> None:
    """Out into the void, where a step changes the picture less and less."""
    exhibit = desk.exhibit(*MODELS, with_images=True)
    present = material.present(exhibit)
    label = st.selectbox(
        "Through the middle of class", present, key=desk.key("class"),
        format_func=lambda each: material.class_name(exhibit, each),
    )  # fmt: skip
    far = st.slider("Distance from zero (latent units)", 0, work.FAR, 1, key=desk.key("far"))
    z = work.direction_of(exhibit, label) * far
    data = cache.neighbourhood(exhibit.entry.path, exhibit.entry.mtime)
    where = WHERE[str(data.support(z[None]).label[0])]
    st.html(
        material.row([material.drawn(exhibit, z, f"drawn {far} out", f"Drawn {far} units out")])
    )
    if not material.has_guessed(desk):
        return
    found = work.changes_outwards(exhibit, label)
    chart = graphs.lines(
        np.arange(len(found)), {"": found},
        ("distance from zero (latent units)", "change of the picture per latent unit"),
    )  # fmt: skip
    alt = f"How much one latent unit changes the picture; {found[far]:.2f} at {far} units out."
    st.plotly_chart(
        graphs.marked(chart, far, "here"), key=desk.key("chart"), config=graphs.CONFIG, alt=alt
    )
    st.markdown(
        f"Here one latent unit changes the picture by **{found[far]:.2f}**; the most on this way "
        f"is {found.max():.2f}. {COUNTED} This place lies {where}."
    )
    if found[far] <= work.least(exhibit, label):
        desk.tick()
