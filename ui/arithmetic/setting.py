"""What is shown, made to fit a model: every part of the sum has a value that the model has."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import streamlit as st

from ui.arithmetic import groups
from ui.arithmetic.address import LINK, Sum
from ui.arithmetic.found import example, members, places
from ui.arithmetic.groups import Group
from ui.exhibit import Exhibit
from ui.frame import STRIP_RANGE, is_strip, visible_ranges

MIDDLE = (0.1, 0.9)  # of a group's images, in the box that replaces it
ENDS = ((0.65, 0.95), (0.05, 0.35))  # of a class, along its longer side


@dataclass(frozen=True, eq=False)
class Setting:
    """A model and a sum that it can work out; both groups are there."""

    exhibit: Exhibit
    shown: Sum
    plus: Group
    minus: Group


def setting_for(exhibit: Exhibit) -> Setting:
    """What the link asks for, as far as this model has it, completed."""
    shown = LINK.current()
    plus, minus = (_known(exhibit, group) for group in (shown.plus, shown.minus))
    if plus is None or minus is None:
        plus, minus = _completed(exhibit, plus, minus)
    image, last = shown.image, len(exhibit.loaded.latents) - 1
    if image is not None and image > last:
        st.toast(f"There is no held-out image {image:,}; this is {last:,}, the last one.")
        image = last
    if image is None and shown.place is None:
        found = np.flatnonzero(members(exhibit.map_key, minus))
        image = int(found[0]) if len(found) else 0
    shown = LINK.update(
        model=exhibit.entry.name, plus=plus, minus=minus, image=image,
        place=None if image is not None else shown.place,
    )  # fmt: skip
    return Setting(exhibit, shown, plus, minus)


def _known(exhibit: Exhibit, group: Group | None) -> Group | None:
    """The group, unless it is a class that the data set does not have."""
    n_classes = len(exhibit.loaded.dataset.classes)
    if group is not None and group.kind == "class" and group.values[0] >= n_classes:
        st.toast(f"There is no class number {group.values[0]:g} here; its group is another.")
        return None
    return group


def _completed(exhibit: Exhibit, plus: Group | None, minus: Group | None) -> tuple[Group, Group]:
    """Both groups: the best pair of classes, or one that goes with the group there is."""
    best = example(exhibit, is_best=True) or halves(exhibit)
    if plus is None and minus is None:
        return best
    there = plus or minus
    other = best[0] if there != best[0] else best[1]
    return (plus or other), (minus or other)


def halves(exhibit: Exhibit) -> tuple[Group, Group]:
    """The right and the left half of the map, for data of one class."""
    (left, right), height = visible_ranges(exhibit.fitted)
    middle = (left + right) / 2
    return groups.box((middle, right), height), groups.box((left, middle), height)


def box_around(exhibit: Exhibit, group: Group) -> Group:
    """A box that holds the middle of a group."""
    xy = places(exhibit.map_key)[members(exhibit.map_key, group)]
    if not len(xy):
        return halves(exhibit)[0]
    x, y = np.quantile(xy, MIDDLE, axis=0).T.tolist()
    return groups.box(x, STRIP_RANGE if is_strip(exhibit.fitted) else y)


def clearest_ends(exhibit: Exhibit) -> tuple[int, tuple[Group, Group]]:
    """The class both ends of which hold the fewest images of others, and the ends."""
    xy, labels = places(exhibit.map_key), exhibit.loaded.latents.labels.numpy()
    ends = {int(label): _ends_of(exhibit, xy[labels == label]) for label in np.unique(labels)}

    def purity(label: int) -> float:
        held = [labels[group.holds(xy, labels)] for group in ends[label]]
        return min(float((inside == label).mean()) if len(inside) else 0.0 for inside in held)

    clearest = max(ends, key=purity)
    return clearest, ends[clearest]


def _ends_of(exhibit: Exhibit, xy: npt.NDArray[np.float64]) -> tuple[Group, Group]:
    """Boxes around both ends of some places, (N, 2), along their longer side."""
    spread = np.ptp(np.quantile(xy, MIDDLE, axis=0), axis=0)
    axis = 0 if is_strip(exhibit.fitted) else int(spread.argmax())
    across = (
        STRIP_RANGE if is_strip(exhibit.fitted) else np.quantile(xy[:, 1 - axis], MIDDLE).tolist()
    )
    found = []
    for shares in ENDS:
        sides = [np.quantile(xy[:, axis], shares).tolist(), across]
        found.append(groups.box(*(sides if axis == 0 else sides[::-1])))
    return found[0], found[1]
