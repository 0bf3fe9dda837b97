"""The controls of the two groups: a class, or a box or a lasso on the map."""

from __future__ import annotations

import streamlit as st

from ui.arithmetic import groups
from ui.arithmetic.address import LINK
from ui.arithmetic.found import example
from ui.arithmetic.groups import Group
from ui.arithmetic.setting import Setting, box_around, clearest_ends
from ui.distinct import distinct
from ui.exhibit import Exhibit
from ui.frame import is_strip
from ui.link import MAX_COORDINATE
from ui.literal import literal

SIDES = {"plus": "Plus: towards", "minus": "Minus: away from"}
EDGES = ("left", "right", "bottom", "top")
ON_MAP = {"box": "A box on the map", "lasso": "A lasso on the map"}
MOVE, DRAGS = "move", {"move": "moves it", "plus": "draws plus", "minus": "draws minus"}
DRAG_KEY = "arithmetic_drag"


def name_of(setting: Setting, side: str) -> str:
    """Of a group, such as "class 4" or "the plus box"."""
    group: Group = getattr(setting, side)
    if group.kind == "class":
        return f"class {setting.exhibit.loaded.dataset.classes[int(group.values[0])]}"
    return f"the {side} {group.kind}"


def two_groups(setting: Setting) -> None:
    """Both pickers."""
    for side in SIDES:
        _group(setting, side)


def boxes(setting: Setting) -> None:
    """Number fields for the edges of the groups that are boxes."""
    for side in SIDES:
        group: Group = getattr(setting, side)
        if group.kind == "box":
            _edges(setting, side, group)


def _group(setting: Setting, side: str) -> None:
    exhibit = setting.exhibit
    group: Group = getattr(setting, side)
    classes = exhibit.loaded.dataset.classes
    titles = {groups.of_class(i).text: f"Class {name}" for i, name in enumerate(classes)}
    titles["box"] = ON_MAP["box"]
    if group.kind == "lasso":  # it can be drawn, not chosen
        titles["lasso"] = ON_MAP["lasso"]
    key = f"arithmetic_{side}"
    st.session_state[key] = group.text if group.kind == "class" else group.kind
    st.selectbox(
        SIDES[side], list(titles), format_func=distinct(titles).__getitem__, key=key,
        on_change=_on_group, args=(setting, side), width=190,
    )  # fmt: skip


def _on_group(setting: Setting, side: str) -> None:
    chosen: str = st.session_state[f"arithmetic_{side}"]
    if chosen == "box":
        group = box_around(setting.exhibit, getattr(setting, side))
    elif chosen == "lasso":
        return
    else:
        group = groups.read(chosen)
    LINK.update(**{side: group})


def _edges(setting: Setting, side: str, group: Group) -> None:
    """The edges of a box, as number fields."""
    shown = EDGES[:2] if is_strip(setting.exhibit.fitted) else EDGES
    for edge, value in zip(EDGES, group.values, strict=True):
        st.session_state[f"arithmetic_{side}_{edge}"] = value
    with st.container(horizontal=True):
        for edge in shown:
            st.number_input(
                f"{side.capitalize()} box, {edge}, latent units",
                key=f"arithmetic_{side}_{edge}", step=0.1, format="%.3f", min_value=-MAX_COORDINATE,
                max_value=MAX_COORDINATE, on_change=_on_edge, args=(side, group), width=258,
            )  # fmt: skip


def _on_edge(side: str, group: Group) -> None:
    left, right, bottom, top = (
        st.session_state.get(f"arithmetic_{side}_{edge}", value)
        for edge, value in zip(EDGES, group.values, strict=True)
    )
    LINK.update(**{side: groups.box((left, right), (bottom, top))})


def drag() -> str:
    """What a drag over the map does."""
    st.session_state.setdefault(DRAG_KEY, MOVE)
    chosen = st.segmented_control(
        "A drag over the map", list(DRAGS), format_func=DRAGS.__getitem__, key=DRAG_KEY,
        required=True,
        help="Draw around the images that make up a group. The button ▭ in the chart's corner "
        "draws boxes instead. Without a mouse: choose “A box on the map” as a group and "
        "type its edges.",
    )  # fmt: skip
    return chosen or MOVE


def on_drawn(chart: str, exhibit: Exhibit) -> None:
    """What was drawn is the group that the drag was for; the next drag moves the map again."""
    side = st.session_state[DRAG_KEY]
    group = groups.selected(st.session_state[chart]["selection"], is_strip=is_strip(exhibit.fitted))
    if group is None:
        return
    LINK.update(**{side if side in SIDES else "plus": group})
    st.session_state[DRAG_KEY] = MOVE


def swap_and_examples(setting: Setting) -> None:
    """Buttons: the groups swapped, and sums that are worth a look."""
    exhibit, found = setting.exhibit, {}
    classes = exhibit.loaded.dataset.classes
    for title, is_best in (("Works well", True), ("Works worse", False)):
        if pair := example(exhibit, is_best=is_best):
            plus, minus = (classes[int(group.values[0])] for group in pair)
            found[f"{title}: {plus} − {minus}"] = pair
    if found:
        label, ends = clearest_ends(exhibit)
        found[f"Two ends of {classes[label]}"] = ends
    with st.container(horizontal=True, vertical_alignment="center", key="arithmetic_examples"):
        st.button(
            "Swap plus and minus", icon=":material/swap_horiz:", key="arithmetic_swap",
            on_click=_go, args=((setting.minus, setting.plus),),
        )  # fmt: skip
        for number, (title, groups_) in enumerate(found.items()):
            st.button(
                literal(title), key=f"arithmetic_example_{number}", on_click=_go, args=(groups_,)
            )


def _go(pair: tuple[Group, Group]) -> None:
    LINK.update(plus=pair[0], minus=pair[1], image=None, place=None, times=1.0)
