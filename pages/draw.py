"""Draw: put a picture of your own on the map, and see what the model makes of it."""

import streamlit as st

from ui import absent, choice, guide, shell, stage
from ui.catalogue import dataset_title
from ui.draw import below, canvas, marks, own_picture, panels, source, terms
from ui.draw.address import LINK, NO_CODE, rounded
from ui.draw.shown import picked, resolve

CHART, POINT, MORE = "draw_map", "draw_point", "draw_more"

shell.require_entrypoint("pages/draw.py")
shell.apply_style()

with st.container(horizontal=True, vertical_alignment="center"):
    st.title("Draw", width="content", anchor=False)
    st.markdown(
        "Draw a picture, or bring one: the model finds its place on the map, and draws it again "
        "from there."
    )


def on_model(name: str) -> None:
    """The picture stays; its code is another in another model."""
    LINK.update(model=name, **NO_CODE)


def on_pick() -> None:
    """Decode a place, or the code of an image, beside the picture's."""
    if pick := stage.picked(exhibit, CHART):
        x, y, image = pick
        LINK.update(place=(x, y) if image is None else None, dot=image)


def on_drawn() -> None:
    """Show a drawing; below the map only once a stroke is finished."""
    if own_picture.take_drawing():
        st.rerun([POINT, MORE])


@st.fragment(key=POINT)
def point() -> None:
    """All that depends on the picture; a stroke redraws this and no more."""
    here = LINK.current()
    with shell.explained():
        own = own_picture.current()
        shown = resolve(exhibit, here, own)
        p = picked(exhibit, here, shown)
        stage.mark(CHART, panels.to_pinned(exhibit, shown), on_pick)
        canvas.pen(own_picture.seen(), key=own_picture.PEN_KEY, on_drawn=on_drawn)
        marks.show(exhibit, CHART, p)
        with decoded_area:
            panels.decoded_panel(exhibit, shown)
        with seen_area:
            panels.seen_panel(exhibit, here, shown)
        with around_area:
            marks.around(exhibit, p, shown)
        with go_on_area:
            marks.buttons(exhibit, shown)
    code = rounded(shown.z.tolist())
    is_new = (code, shown.sigma) != (here.code, here.sigma)
    if own is not None and own.is_done and shown.is_own and is_new:
        LINK.update(code=code, sigma=shown.sigma)


@st.fragment(key=MORE)
def more() -> None:
    """What a stroke changes only when it is finished."""
    with shell.explained(), more_area:
        below.show(exhibit, resolve(exhibit, LINK.current(), own_picture.current()))


if entries := choice.entries_or_say_so():
    entry = choice.opened(entries, LINK, on_model)
    here = LINK.current()
    with shell.explained():
        with st.container(horizontal=True, vertical_alignment="bottom"):
            choice.choose(entries, entry, "draw", on_model)
            guide.explain("draw", terms.GUIDE, ("code", "prior", "axes", "density", "nats"))
        exhibit = stage.exhibit_for(entry)
        if not exhibit.shown.is_live:
            absent.offer_download(entry.header.dataset, "draw")
        left, middle, right = st.columns([1.5, 2.6, 1.1], gap="medium")
        with left:
            source.show(exhibit, here)
            seen_area = st.container(key="draw_seen")
            source.settings(exhibit, here)
        with middle:
            title = dataset_title(exhibit.loaded.dataset.name)
            st.html(f"<h2>Its place on the map <small>{stage.dots(exhibit)}</small></h2>")
            stage.draw(
                exhibit, CHART, f"Map of images of {title}, coloured by class. A click sets P; "
                "from the keyboard, the fields under the map do.",
            )  # fmt: skip
            around_area = st.container(key="draw_around")
            go_on_area = st.container(key="draw_go_on", horizontal=True)
        decoded_area = right.container(key="draw_decoded")
        more_area = st.container(key="draw_below")
        point()
        more()
        stage.attach(exhibit, CHART)
