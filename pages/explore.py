"""Explore: point at a map of latent space and see what the decoder makes of that place."""

import streamlit as st

from ui import absent, catalogue, drawn, guide, shell, state
from ui.exhibit import exhibit_of
from ui.explore import bring, buttons, closer, controls, dimensions, map_column, panels, planes
from ui.explore.take_away import take_away
from ui.facts import facts_of
from ui.keys import MapKey
from ui.literal import literal
from ui.loupe import loupe, pin
from ui.point import resolve
from ui.ring import to_pinned

LOUPE_KEY, PIN_KEY = "explore_loupe", "explore_pin"

shell.require_entrypoint("pages/explore.py")
shell.apply_style()

entries, problems = catalogue.find_entries()
for problem in problems:
    st.warning(literal(problem))
if not entries:
    st.info(f"There is no model in {catalogue.checkpoint_dir()}. Train one, or add one.")
    bring.offer()
    st.stop()


def on_pick() -> None:
    """Pin what was clicked: on a point the image, elsewhere the place."""
    pick = st.session_state[PIN_KEY]["pick"]
    if pick["map"] == MapKey.of(entry, state.current()).name:  # else of one no longer shown
        buttons.pin(pick["x"], pick["y"], pick["image"])


def on_view() -> None:
    """Keep a new zoom, for the link and since a changed figure starts unzoomed."""
    (left, right), (bottom, top) = (
        map(state.short, e) for e in st.session_state[LOUPE_KEY]["view"]
    )
    state.update(zoom=((left, right), (bottom, top)))
    st.rerun(buttons.FRAGMENT)


with st.container(horizontal=True, vertical_alignment="center"):
    st.title("Latent Loupe", width="content", anchor=False)
    st.markdown(
        "Point at the map: the loupe shows what the decoder makes of that place. "
        "Click, or tap, to keep it."
    )
    bring.offer()
with shell.explained():
    with st.container(horizontal=True, vertical_alignment="bottom"):
        entry = controls.choose_entry(entries)
        controls.choose_batch(entry)
        guide.explain("explore")
        is_taken = st.button("Take it away", icon=":material/ios_share:", key="explore_take")
    view = state.current()
    exhibit = exhibit_of(entry, view)

if not exhibit.shown.is_live:
    absent.offer_download(entry.header.dataset, "explore")

image_column, map_area, decoded_column = st.columns([1.1, 3.6, 1.1])
image_panel = image_column.container(key="explore_image_panel")
image_panel.html("<h2>Image → encoder</h2>")
decoded_panel = decoded_column.container(key="explore_decoded_panel")
decoded_panel.html("<h2>Decoder → image</h2>")
with map_area, shell.explained():
    look = map_column.show(exhibit, view, st.context.theme.type or "light")
closer_panel = st.container(key="explore_closer")
slider_panel = None
if view.space and planes.has_others(entry):
    with shell.explained():
        slider_panel = dimensions.panel(exhibit, view.classes)


@st.fragment(key=buttons.FRAGMENT)
def point() -> None:
    """Everything that depends on the pinned point; a click redraws this and no more."""
    dimensions.rerun_if_turned()
    view = state.current()
    st.session_state["explore_point"] = None
    with shell.explained():
        pinned = resolve(exhibit, view)
        facts = facts_of(exhibit, pinned)
    with image_panel:
        panels.image_panel(pinned)
    with decoded_panel:
        panels.decoded_panel(pinned, facts)
    if view.close:
        with closer_panel:
            closer.panel(exhibit, pinned)
    if slider_panel is not None:
        with slider_panel:
            dimensions.sliders(exhibit, pinned)
    st.session_state["explore_point"] = pinned  # the step buttons go on from here
    pin(drawn.MAP_KEY, to_pinned(exhibit, pinned), key=PIN_KEY, on_pick=on_pick)


with shell.explained():
    if is_taken:
        take_away(exhibit, look, resolve(exhibit, state.current()))
    point()
    payload = drawn.loupe_payload(exhibit.map_key, view.completion)
    loupe(payload, key=LOUPE_KEY, on_view=on_view)
