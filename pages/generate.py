"""Generate: samples, one code and its dimensions, and the decoded map."""

import streamlit as st

from ui import absent, choice, guide, shell, stage
from ui.generate import decoded_map, one_code, samples, terms
from ui.generate.wish import LINK, MODES, keep, show
from ui.link import say_unread

VIEWS = {"samples": samples.show, "code": one_code.show, "map": decoded_map.show}

shell.require_entrypoint("pages/generate.py")
shell.apply_style()


def on_model(name: str) -> None:
    """A code belongs to one model."""
    LINK.update(model=name, z=(), page=0)


with st.container(horizontal=True, vertical_alignment="center"):
    st.title("Generate", width="content", anchor=False)
    st.markdown("Pictures nobody drew: the decoder makes them from codes that you choose.")
# No st.stop() where the page ends: it also forgets a click that came while it was drawn.
entries = choice.entries_or_say_so()
if entries:
    entry = choice.opened(entries, LINK, on_model)
    wish = LINK.current()
    with shell.explained():
        with st.container(horizontal=True, vertical_alignment="bottom"):
            choice.choose(entries, entry, "generate", on_model)
            show("mode")
            st.segmented_control(
                "View", list(MODES), format_func=MODES.__getitem__, key="generate_mode",
                required=True, on_change=keep, args=("mode",),
            )  # fmt: skip
            guide.explain("generate", terms.GUIDE, ("code", "prior", "axes"))
        exhibit = stage.exhibit_for(entry)
        if not exhibit.shown.is_live:
            absent.offer_download(entry.header.dataset, "generate")
        exhibit = stage.exhibit_for(entry)
        if wish.z and len(wish.z) != exhibit.loaded.config.latent_dim:
            say_unread(["z"])  # of another model
            wish = LINK.update(z=())
        VIEWS[wish.mode](exhibit)
