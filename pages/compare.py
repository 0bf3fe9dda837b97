"""Compare: two or three models of the same images, under one cursor."""

import streamlit as st

from ui import absent, choice, guide, shell
from ui.compare import below, cursor, maps, models, pinned, settings, table, terms
from ui.compare.shown import LINK
from ui.loupe import fields

shell.require_entrypoint("pages/compare.py")
shell.apply_style()


def compared() -> None:
    """Everything below the models' fields."""
    shown = LINK.update(models=tuple(entry.name for entry in chosen))
    contenders = models.contenders(chosen, shown)
    if not contenders[0].exhibit.shown.is_live:
        absent.offer_download(chosen[0].header.dataset, "compare")
    left, right = st.columns(2, gap="medium")
    with left:
        cursor.screens(contenders)
    with st.container(horizontal=True, vertical_alignment="center", key="compare_over_maps"):
        under = maps.choose_under(contenders, shown.under)
    maps.show(contenders, under)
    axes = ("x",) if all(each.is_strip for each in contenders) else ("x", "y")
    fields(axes, key="compare_fields")

    @st.fragment
    def point() -> None:
        """What is pinned; a click redraws this and no more."""
        with shell.explained():
            pinned.panel(contenders, LINK.current())

    with right:
        point()
    rest = st.container()
    cursor.attach(contenders)  # the cursor should not wait for what stands below the maps
    with rest:
        below.show(contenders, shown)
        table.show(contenders)


entries = choice.entries_or_say_so()
with st.container(horizontal=True, vertical_alignment="center", key="compare_head"):
    st.title("Compare", width="content", anchor=False)
    st.markdown("Two or three models of the same images: point at one map, and all of them answer.")
    guide.explain("compare", terms.GUIDE, ("code", "prior", "axes", "nats"))
# No st.stop() here: it also forgets a click that came while the page was drawn.
with shell.explained():
    if entries:
        chosen = models.opened(entries)
        with st.container(horizontal=True, vertical_alignment="bottom"):
            models.choose(entries, chosen)
            if len(chosen) > 1:
                settings.button(chosen[0])
        if len(chosen) > 1:
            compared()
        else:
            st.info(
                "There is only one model of these images. Train another, or choose other images."
            )
