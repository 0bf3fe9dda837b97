"""Interpolate: walk from one code to another, and see what the decoder draws on the way."""

import streamlit as st

from ui import absent, choice, guide, shell, stage
from ui.images import decoded_to_html
from ui.interpolate import ends, keep, picture, terms, told, way
from ui.interpolate.cached import WayKey, film_of, ways
from ui.interpolate.editors import end_panel
from ui.interpolate.trip import LINK, End
from ui.loupe.player import play

shell.require_entrypoint("pages/interpolate.py")
shell.apply_style()


def on_pick() -> None:
    """Move an end to what was clicked: on a dot to its image, else to the place."""
    if (pick := stage.picked(exhibit, picture.CHART)) is None:
        return
    x, y, image = pick
    letter = way.next_end()
    ends.set_end(letter, ends.at(exhibit, x, y) if image is None else End("image", image))
    way.alternate(letter)


def on_frame() -> None:
    """Keep where the film stands, for the link."""
    LINK.update(frame=st.session_state["interpolate_player"]["frame"])


@st.fragment
def journey() -> None:
    """Everything that a click changes."""
    with shell.explained():
        trip = ends.settle(exhibit, LINK.current())
        a, b = (ends.show_of(exhibit, end) for end in ends.of(trip))
        key = WayKey(entry.path, entry.mtime, a.code, b.code)
        with st.spinner("Looking for the way along which the picture changes least…"):
            found, film = ways(key), film_of(key, trip)
    way.choose_next(trip)
    ends_area, player_area = st.columns([2, 1])
    with ends_area:
        walked = film.walked
        for column, end, index in zip(
            st.columns(2), (a, b), (walked.first, walked.last), strict=True
        ):
            with column:
                decoded = decoded_to_html(film.images[index], f"{end.letter}, decoded")
                end_panel(exhibit, end, decoded)
        way.choose(trip, exhibit)
    with player_area:
        st.html("<h2>On the way</h2>")
        play(
            film.images, told.frames(exhibit, film, trip.steps), chart=picture.CHART,
            map_name=exhibit.map_key.name, between=film.walked.between,
            frame=told.frame_of(film, trip), key="interpolate_player", on_frame=on_frame,
        )  # fmt: skip
        keep.offer(exhibit, film, trip.path)
    legend_panel.html(picture.legend(exhibit, found, trip))
    strip_panel.html(told.film_strip(film, (a, b)))
    table_panel.html(told.lengths(exhibit, found, trip))
    picture.draw(exhibit, found, film, trip.path, (a, b))
    moving = a if way.next_end() == "A" else b
    stage.mark(picture.CHART, picture.ring(exhibit, moving, told.aloud(a, b)), on_pick)


entries = choice.entries_or_say_so()
with st.container(horizontal=True, vertical_alignment="bottom", key="interpolate_head"):
    st.title("Interpolate", width="content", anchor=False)
    st.markdown("Walk from A to B: click the map to move A, then B.", width="content")
    if entries:
        entry = choice.opened(entries, LINK, ends.move_to)
        choice.choose(entries, entry, "interpolate", ends.move_to)
        guide.explain("interpolate", terms.GUIDE)
if entries:
    with shell.explained():
        exhibit = stage.exhibit_for(entry)
    if not exhibit.shown.is_live:
        absent.offer_download(entry.header.dataset, "interpolate")
    left, right = st.columns([1, 1.4], gap="medium")
    with left, shell.explained():
        st.html(f"<h2>Map of latent space <small>{stage.dots(exhibit)}</small></h2>")
        stage.draw(exhibit, picture.CHART, picture.ALT)
        legend_panel = st.empty()
    strip_panel, table_panel = st.empty(), st.empty()
    with right:
        journey()
    stage.attach(exhibit, picture.CHART)
