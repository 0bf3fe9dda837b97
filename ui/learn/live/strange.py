"""The live side of the lesson on strange images."""

from __future__ import annotations

from html import escape

import numpy as np
import streamlit as st

from ui.catalogue import Entry
from ui.images import decoded_to_html, figure, strip, to_html
from ui.learn import graphs, material, models
from ui.learn.desk import Desk
from ui.learn.work import strange as work
from ui.literal import literal
from vae_core.data.strange import faded
from vae_core.metrics.anomaly import Method

MODELS = material.MAP_2D
N_RANKED, N_SHOWN = 7, 8
N_OF_KIND, N_FADED = 2, 5
NEAR = 0.02  # of a share: as good
KINDS: dict[work.Kind, str] = {
    "turned": "Turned",
    "halves": "Two halves",
    "inverted": "Inverted",
    "shuffled": "Shuffled",
    "blank": "Black",
    "other": "Other data",
}
MEANING = (
    "Turned: by a quarter. Two halves: of two different images. Inverted: light and dark "
    "exchanged. Shuffled: the same pixels in a random order. Other data: of another data set."
)
SCORES: dict[Method, str] = {
    "reconstruction": "Reconstruction", "negative_elbo": "−ELBO", "exact": "Exact −log p",
}  # fmt: skip
PLAIN: dict[Method, str] = {"reconstruction": "As it is", "complexity": "Corrected"}


def gallery(desk: Desk) -> None:
    """Images from the least to the most strange."""
    entry = desk.exhibit(*MODELS, with_images=True).entry
    rank = st.slider("Stranger than", 0, 100, 50, 5, format="%d %%", key=desk.key("rank"))
    found, images = work.scores(entry), work.images(entry)
    order = np.argsort(found)
    middle = round(rank / 100 * (len(order) - 1))
    start = min(max(middle - N_RANKED // 2, 0), len(order) - N_RANKED)
    shown = order[start : start + N_RANKED]
    figures = [
        figure(
            to_html(images.images[i].numpy(), f"Image {i}, score {found[i]:.0f} nats")
            + decoded_to_html(drawing, f"As the model draws image {i}"),
            f"{escape(images.classes[int(images.labels[i])])}: {found[i]:.0f} nats",
        )
        for i, drawing in zip(shown, work.redrawn(entry, shown), strict=True)
    ]
    st.html(strip(figures))
    which = {0: "The least strange", 100: "The strangest"}.get(rank, f"Stranger than {rank} %:")
    st.markdown(
        f"{which} {len(shown)} of {len(order)} images of {models.in_markdown(entry)}, each above "
        "what the model draws for it, with its class and its score. A nat is a unit of "
        "surprise, 1.44 yes-or-no questions."
    )
    if rank == 100:
        desk.tick()


def alarm(desk: Desk) -> None:
    """An alarm on the score."""
    entry = desk.exhibit(*MODELS, with_images=True).entry
    kind = _kind(desk)
    places = work.alarms(entry, kind)
    at: int = st.select_slider(
        "Alarm above a score of", range(len(places)), 0, key=desk.key(f"alarm {kind}"),
        format_func=lambda i: f"{places[i]:.0f} nats",
    )  # fmt: skip
    usual, odd = work.scores(entry), work.scores(entry, kind)
    chart = graphs.counts({"usual": usual, "strange": odd}, "score, nats", (places[0], places[-1]))
    caught, false = work.caught(entry, kind, places[at])
    alt = f"Scores of usual and strange images, and the alarm at {places[at]:.0f} nats."
    st.plotly_chart(
        graphs.marked(chart, float(places[at]), "alarm"), key=desk.key("counts"),
        config=graphs.CONFIG, alt=alt,
    )  # fmt: skip
    _shown(entry, kind)
    st.markdown(
        f"Alarm above {places[at]:.0f} nats: **{caught:.0%}** of the strange images are caught, "
        f"**{false:.0%}** of the usual ones are false alarms. Caught less false: "
        f"**{100 * (caught - false):.0f} points** of 100."
    )
    if caught - false >= work.best_alarm(entry, kind) - NEAR:
        desk.tick()


def methods(desk: Desk) -> None:
    """Three scores on all kinds of strange images."""
    entry = desk.exhibit(*MODELS, with_images=True).entry
    kinds = work.kinds(entry)
    figures = [
        figure(to_html(x, f"Strange: {KINDS[kind].lower()}"), KINDS[kind].lower())
        for kind in kinds
        for x in work.images(entry, kind).images[:N_OF_KIND].numpy()
    ]
    st.html(strip(figures))
    if not material.has_guessed(desk):
        return
    method = st.segmented_control(
        "Score", list(SCORES), default="reconstruction", required=True, key=desk.key("method"),
        format_func=lambda each: SCORES[each],
    )  # fmt: skip
    with st.spinner("Scoring…"):
        values = [work.told_apart(entry, kind, method) for kind in kinds]
    worst = int(np.argmin(values))
    chart = graphs.bars([KINDS[k] for k in kinds], values, "AUROC", [worst], percent=False)
    st.plotly_chart(
        chart, key=desk.key("bars"), config=graphs.CONFIG,
        alt=", ".join(f"{KINDS[k]}: {v:.2f}" for k, v in zip(kinds, values, strict=True)),
    )  # fmt: skip
    st.markdown(
        f"{SCORES[method]}: hardest to find is the kind “{KINDS[kinds[worst]].lower()}”, with "
        f"**{values[worst]:.2f}**. 1 is always right, 0.5 is as good as guessing, and less is "
        "worse than guessing."
    )
    st.caption(MEANING)
    tried = desk.value("methods", frozenset()) | {method}
    desk.keep("methods", tried)
    if len(tried) == len(SCORES):
        desk.tick()


def easy(desk: Desk) -> None:
    """How strange each class is found, plainly and corrected for how simple it is."""
    exhibit = desk.exhibit(*MODELS, with_images=True)
    images = work.images(exhibit.entry)
    figures = [
        figure(
            to_html(images.images[i].numpy(), f"Image {i}"), material.class_in_html(exhibit, label)
        )
        for label, i in work.middle_of_class(exhibit).items()
    ]
    st.html(material.row(figures))
    if not material.has_guessed(desk):
        return
    method = st.segmented_control(
        "Score", list(PLAIN), default="reconstruction", required=True, key=desk.key("method"),
        format_func=lambda each: PLAIN[each],
    )  # fmt: skip
    found = work.by_class(exhibit, method)
    names = [material.class_name(exhibit, label) for label in found]
    values = [*found.values()]
    low, high = int(np.argmin(values)), int(np.argmax(values))
    st.plotly_chart(
        graphs.bars(names, values, "stranger than, of all images", [low], percent=True),
        key=desk.key("bars"), config=graphs.CONFIG,
        alt=", ".join(f"{n}: {v:.0%}" for n, v in zip(names, values, strict=True)),
    )  # fmt: skip
    st.markdown(
        f"The typical image of class {literal(names[low])} is stranger than **{values[low]:.0%}** "
        f"of all images, that of class {literal(names[high])} than {values[high]:.0%}. A score "
        "that is fair to all classes would give each of them 50 %."
    )
    if method == "complexity":
        desk.tick()


def black(desk: Desk) -> None:
    """Images faded to black."""
    entry = desk.exhibit(*MODELS, with_images=True).entry
    at = st.slider("Brightness", 0, 100, 100, 10, format="%d %%", key=desk.key("brightness"))
    shown = faded(work.images(entry), at / 100).images[:N_FADED].numpy()
    st.html(
        material.row([figure(to_html(x, f"Image {i}, {at} %"), "") for i, x in enumerate(shown)])
    )
    if not material.has_guessed(desk):
        return
    found = work.fading(entry)
    score = float(found[work.BRIGHTNESS.index(at)])
    chart = graphs.lines(
        np.array(work.BRIGHTNESS), {"": found}, ("brightness, %", "median score, nats")
    )
    st.plotly_chart(
        graphs.marked(chart, at, "here"), key=desk.key("line"), config=graphs.CONFIG,
        alt=f"The score at each brightness; at {at} % it is {score:.0f} nats.",
    )  # fmt: skip
    st.markdown(
        f"At {at} % brightness the typical score is **{score:.0f} nats**: stranger than "
        f"{work.stranger_than(entry, score):.0%} of the images as they are."
    )
    tried = desk.value("faded", frozenset()) | {at}
    desk.keep("faded", tried)
    if at == 0 and work.BRIGHTNESS[int(found.argmax())] in tried:
        desk.tick()


def _kind(desk: Desk) -> work.Kind:
    entry = desk.exhibit(*MODELS, with_images=True).entry
    there = work.kinds(entry)
    return st.selectbox(
        "Strange images", [kind for kind in KINDS if kind in there], key=desk.key("kind"),
        format_func=lambda each: KINDS[each], help=MEANING,
    )  # fmt: skip


def _shown(entry: Entry, kind: work.Kind) -> None:
    images = work.images(entry, kind).images[:N_SHOWN].numpy()
    name = KINDS[kind].lower()
    st.html(material.row([figure(to_html(x, f"Strange: {name}"), "") for x in images]))
