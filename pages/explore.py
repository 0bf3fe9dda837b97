"""Explore: point at a map of latent space and see what the decoder makes of that place."""

import streamlit as st

from ui import absent, cache, catalogue, controls, guide, layer_panel, panels, shell, state
from ui.facts import facts_of
from ui.frame import is_strip
from ui.literal import literal
from ui.loupe import fields, loupe, pin
from ui.point import resolve
from ui.take_away import take_away
from vae_core.errors import VaeCoreError

LOUPE_KEY, PIN_KEY = "explore_loupe", "explore_pin"

shell.require_entrypoint("pages/explore.py")
shell.apply_style()

entries, problems = catalogue.find_entries()
for problem in problems:
    st.warning(literal(problem))
if not entries:
    st.info(f"There is no model in {catalogue.checkpoint_dir()}. Train one: see the README.")
    st.stop()


def on_pick() -> None:
    """Pin what was clicked: on a point the image, elsewhere the place."""
    pick = st.session_state[PIN_KEY]["pick"]
    if pick["map"] == cache.map_name(*file, state.current().axes):  # else of one no longer shown
        panels.pin(pick["x"], pick["y"], pick["image"])


def on_view() -> None:
    """Keep a new zoom, for the link and since a changed figure starts unzoomed."""
    (left, right), (bottom, top) = (
        map(state.short, e) for e in st.session_state[LOUPE_KEY]["view"]
    )
    state.update(zoom=((left, right), (bottom, top)))
    st.rerun(panels.FRAGMENT)


with st.container(horizontal=True, vertical_alignment="bottom"):
    st.title("Latent Loupe", width="content", anchor=False)
    st.markdown(
        "Point at the map: the loupe shows what the decoder makes of that place. "
        "Click, or tap, to keep it."
    )
try:
    with st.container(horizontal=True, vertical_alignment="bottom"):
        entry = controls.choose_entry(entries)
        controls.choose_batch(entry)
        guide.explain()
        is_taken = st.button("Take it away", icon=":material/ios_share:", key="explore_take")
    view = state.current()
    file = (entry.path, entry.mtime)
    is_live = cache.images(entry.header.dataset, "test") is not None
    batch_key = (*file, view.batch_size, view.seed, is_live)
    shown = cache.batch(*batch_key)
    fitted = cache.plane(*file, view.axes)
except VaeCoreError as err:
    st.error(literal(err))
    st.stop()

if not is_live:
    absent.offer_download(entry.header.dataset)

theme = st.context.theme.type or "light"
image_column, map_column, decoded_column = st.columns([1.1, 3.6, 1.1])
image_panel = image_column.container(key="explore_image_panel")
image_panel.html("<h2>Image → encoder</h2>")
decoded_panel = decoded_column.container(key="explore_decoded_panel")
decoded_panel.html("<h2>Decoder → image</h2>")
with map_column:
    caption = controls.batch_caption(shown, view)
    st.html(f"<h2>Map of latent space <small>{caption}</small></h2>")
    shown_layers = layer_panel.choose(entry)
    st.plotly_chart(
        cache.map_figure(*batch_key, view.axes, state.zoom_for((*batch_key, view.axes)), theme),
        key=cache.MAP_KEY,
        config={"scrollZoom": True, "displaylogo": False, "showAxisRangeEntryBoxes": False},
        alt=f"Map of {len(shown.indices)} images in latent space, coloured by class. "
        "The fields below it pin a place or an image without a mouse.",
    )
    layer_panel.lay((*file, view.axes), view.completion, shown_layers, fitted)
    fields(("x",) if is_strip(fitted) else ("x", "y"), key="explore_fields")
    panels.point_buttons(fitted, cache.split_size(*file, shown.split))


@st.fragment(key=panels.FRAGMENT)
def point() -> None:
    """Everything that depends on the pinned point; a click redraws this and no more."""
    view = state.current()
    pinned = resolve(entry, view, shown, fitted)
    with image_panel:
        panels.image_panel(pinned)
    with decoded_panel:
        panels.decoded_panel(pinned, facts_of(entry, pinned, fitted))
    st.session_state["explore_point"] = pinned  # the step buttons go on from here
    split_size = cache.split_size(*file, pinned.split)
    data = panels.to_pinned(pinned, fitted, cache.map_name(*file, view.axes), split_size)
    pin(cache.MAP_KEY, data, key=PIN_KEY, on_pick=on_pick)


if is_taken:
    take_away(entry, resolve(entry, state.current(), shown, fitted), shown)
try:
    point()
    loupe(cache.loupe_payload(*file, view.axes, view.completion), key=LOUPE_KEY, on_view=on_view)
except VaeCoreError as err:
    st.error(literal(err))
