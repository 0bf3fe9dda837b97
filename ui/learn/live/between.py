"""The live side of the lesson on ways between two codes."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import streamlit as st

from ui import stage
from ui.exhibit import Exhibit
from ui.images import decoded_to_html, figure, strip
from ui.interpolate.picture import COLOURS, DASHES, INK
from ui.learn import graphs, material, models
from ui.learn.desk import Desk
from ui.learn.work import between as work
from ui.loupe import shapes
from vae_core import decode
from vae_core.decoding import interpolate, picture_of
from vae_core.geodesics import length
from vae_core.paths import Even, walk

MODELS = material.MAP_2D
N_STEPS = 9
MIX_STEP = 10  # per cent
FloatArray = npt.NDArray[np.float64]
GEODESIC = work.BENDS.index(100)
COUNTED = "One pixel from black to white counts 1."
Pair = tuple[int, int]


def opened(desk: Desk) -> tuple[Exhibit, Pair | None]:
    """The lesson's model, and the two classes that are chosen; None if they are the same one."""
    exhibit = desk.exhibit(*MODELS, with_images=True)
    first, columns, chosen = work.first_pair(exhibit), st.columns(2), []
    present = material.present(exhibit)
    for column, name, label in zip(columns, ("From class", "To class"), first, strict=True):
        with column:
            chosen.append(
                st.selectbox(
                    name, present, present.index(label), key=desk.lesson_key(name[:2].lower()),
                    format_func=lambda each: material.class_name(exhibit, each),
                )
            )  # fmt: skip
    if chosen[0] == chosen[1]:
        st.info("Choose two different classes.")
        return exhibit, None
    return exhibit, (chosen[0], chosen[1])


def _map(desk: Desk, exhibit: Exhibit, pair: Pair, paths: list[shapes.Path]) -> None:
    chart = desk.lesson_key("map")
    names = [material.class_name(exhibit, label) for label in pair]
    alt = f"Map with A, a {names[0]}, and B, a {names[1]}, and paths between them."
    st.html(f"<h2>Map {models.in_html(exhibit.entry)}</h2>")
    stage.draw(exhibit, chart, alt)
    places = [
        shapes.Place(float(x), float(y), letter, INK)
        for (x, y), letter in zip(_ends(exhibit, pair), "AB", strict=True)
    ]
    shapes.draw(
        chart, map_name=exhibit.map_key.name, key=desk.key("paths"), paths=paths, places=places
    )


def _close_map(desk: Desk, exhibit: Exhibit, pair: Pair, bent: work.Bent, at: int) -> None:
    """The same from nearby: the bent path, the straight one and the geodesic lie within it."""
    theme, chart, ends = st.context.theme.type or "light", desk.key("close"), _ends(exhibit, pair)
    figure = work.close_map(exhibit, pair, theme)
    alt = "Map from nearby: your path between A and B, the straight one and the geodesic."
    st.plotly_chart(figure, key=chart, config=graphs.CONFIG, alt=alt)
    places = [shapes.Place(x, y, s, INK) for (x, y), s in zip(ends.tolist(), "AB", strict=True)]
    paths = [
        shapes.Path(bent.codes[at], INK, shapes.SOLID, True),
        shapes.Path(ends, COLOURS["straight"], DASHES["straight"]),
        shapes.Path(bent.codes[GEODESIC], COLOURS["geodesic"], DASHES["geodesic"]),
    ]
    shapes.draw(
        chart, map_name=figure.layout.meta, key=desk.key("bent"), paths=paths, places=places
    )


def _ends(exhibit: Exhibit, pair: Pair) -> FloatArray:
    return np.stack([work.code(exhibit, label) for label in pair])


def mix(desk: Desk) -> None:
    """Pixels mixed, and codes mixed."""
    exhibit, pair = opened(desk)
    if pair is None:
        return
    share = st.slider("Share of B", 0, 100, 0, MIX_STEP, format="%d %%", key=desk.key("share"))
    model, (first, last) = exhibit.loaded.model, _ends(exhibit, pair)
    codes = interpolate(model, first, last, steps=100 // MIX_STEP + 1)
    a, b = decode(model, codes[[0, -1]]).numpy()
    mixed = (1 - share / 100) * a + share / 100 * b
    figures = [
        figure(decoded_to_html(a, "A"), "A"),
        figure(decoded_to_html(mixed, f"Pixels mixed, {share} % B"), "pixels mixed"),
        material.drawn(
            exhibit, codes[share // MIX_STEP], "codes mixed", f"Codes mixed, {share} % B"
        ),
        figure(decoded_to_html(b, "B"), "B"),
    ]
    st.html(material.row(figures))
    if share == 50:
        desk.tick()


def valley(desk: Desk) -> None:
    """How crowded the straight path is, and what is drawn at its loneliest place."""
    exhibit, pair = opened(desk)
    if pair is None:
        return
    ends, found, limit = _ends(exhibit, pair), work.crowd(exhibit, pair), work.thin(exhibit)
    st.markdown(
        f"At the emptiest spot of this path: **{found.min():.1f} %** of all images live in a spot "
        f"that is as empty. For one pair in five that figure is {limit:.1f} % or less."
    )
    _map(desk, exhibit, pair, [shapes.Path(ends, COLOURS["straight"], shapes.SOLID, True)])
    at = np.linspace(0, 100, len(found))
    low = float(at[found.argmin()])
    chart = graphs.lines(at, {"": found}, ("of the way from A to B, %", "images as lonely, %"))
    alt = f"How crowded the path is; it is loneliest at {low:.0f} % of the way."
    st.plotly_chart(
        graphs.marked(chart, low, "loneliest"), key=desk.key("crowd"), config=graphs.CONFIG, alt=alt
    )
    z = ends[0] + low / 100 * (ends[1] - ends[0])
    words = f"drawn at {low:.0f} % of the way"
    st.html(material.row([material.drawn(exhibit, z, words, words.capitalize())]))
    if max(work.thinnest(exhibit).values()) <= limit:
        st.info("No path here is less lonely than another. You may simply go on.")
        desk.tick()
    elif found.min() <= limit:
        desk.tick()


def bend(desk: Desk) -> None:
    """A path that is bent by hand towards the geodesic and beyond, and its length in pictures."""
    exhibit, pair = opened(desk)
    if pair is None:
        return
    if not material.has_guessed(desk):
        straight = shapes.Path(_ends(exhibit, pair), COLOURS["straight"], DASHES["straight"])
        _map(desk, exhibit, pair, [straight])
        return
    with st.spinner("Looking for the shortest way…"):
        bent = work.bent_ways(exhibit, pair)
    per_cent = st.slider(
        "Bend", 0, work.BENDS[-1], 0, 10, format="%d %%", key=desk.key(f"bend{pair}"),
        help="0 % is the straight path, 100 % the geodesic: the path that the computer finds to "
        "be the shortest for the picture. 150 % is bent too far.",
    )  # fmt: skip
    at, lengths = work.BENDS.index(per_cent), bent.lengths
    st.markdown(
        f"The picture changes by **{lengths[at]:#.4g}** along your path (solid). Straight "
        f"(dashed, green) it is {lengths[0]:#.4g}, on the geodesic (red) "
        f"{lengths[GEODESIC]:#.4g}. {COUNTED}"
    )
    has_choice, is_shorter = len(work.pairs(exhibit)) > 1, work.is_detour_shorter(lengths)
    if not is_shorter:
        st.info(
            "Here nothing can be gained: the straight path is as short as any that the computer "
            f"finds. {'Choose two other classes.' if has_choice else 'You may simply go on.'}"
        )
    _along(exhibit, bent.codes[at][::5])
    _close_map(desk, exhibit, pair, bent, at)
    if work.is_shortest(lengths, at) or not (is_shorter or has_choice):
        desk.tick()


def _along(exhibit: Exhibit, codes: FloatArray) -> None:
    """What is drawn at five places of a path, each a quarter of it further on."""
    words = zip(codes, ("A", "", "", "", "B"), strict=True)
    st.html(
        strip(
            material.drawn(exhibit, z, name, f"Drawn at {25 * i} % of your path")
            for i, (z, name) in enumerate(words)
        )
    )


def even(desk: Desk) -> None:
    """Steps that are equal in code, and steps that are equal in picture."""
    exhibit, pair = opened(desk)
    if pair is None:
        return
    kinds: dict[Even, str] = {"code": "code", "image": "picture"}
    has_guessed = material.has_guessed(desk)
    kind: Even = "code"
    if has_guessed:
        kind = st.segmented_control(
            "Equal steps in", list(kinds), default="code", required=True,
            key=desk.key("even"), format_func=lambda each: kinds[each],
        )  # fmt: skip
    picture, ends = picture_of(exhibit.loaded.model), _ends(exhibit, pair)
    codes = walk(picture, ends, "straight", steps=N_STEPS, even=kind).codes
    changes = [length(picture, codes[i : i + 2]) for i in range(N_STEPS - 1)]
    figures = [
        material.drawn(exhibit, z, str(i + 1), f"Step {i + 1} of {N_STEPS}")
        for i, z in enumerate(codes)
    ]
    st.html(material.row(figures))
    if not has_guessed:
        return
    names = [f"{i + 1} to {i + 2}" for i in range(len(changes))]
    most = int(np.argmax(changes))
    st.plotly_chart(
        graphs.bars(names, changes, "change of the picture", [most], percent=False),
        key=desk.key("bars"), config=graphs.CONFIG,
        alt=f"Change from picture to picture; the largest is from {names[most]}.",
    )  # fmt: skip
    st.markdown(
        f"The largest change is **{max(changes) / max(min(changes), 1e-9):.1f} times** the "
        f"smallest one. {COUNTED}"
    )
    if kind == "image":
        desk.tick()
