"""The live side of the lesson on compression."""

from __future__ import annotations

import numpy as np
import streamlit as st

from ui.catalogue import Entry
from ui.exhibit import Exhibit
from ui.images import decoded_to_html, figure, strip, to_html
from ui.learn import graphs, material
from ui.learn.desk import Desk
from ui.learn.work import packing as work

MODELS = material.MAP_2D
BYTE = 8  # bits
N_SENT = (1, 10, 100, 1_000, 10_000, 100_000, 1_000_000, 10_000_000)
N_SHOWN, N_COMPARED = 5, 2
VISIBLE = 0.05  # mean change of a pixel, or nearly the most that any step makes


def pixels(desk: Desk) -> None:
    """What images cost as they are, as a file, and by the chance of each pixel."""
    exhibit = desk.exhibit(*MODELS, with_images=True)
    of_class, images = work.by_class(exhibit), work.packed(exhibit.entry)
    dearest = max(of_class, key=lambda each: of_class[each])
    present = list(of_class)
    label = st.selectbox(
        "Class", present, present.index(dearest), key=desk.key("class"),
        format_func=lambda each: material.class_name(exhibit, each),
    )  # fmt: skip
    is_class = images.labels.numpy() == label
    figures = [
        figure(to_html(images.images[i].numpy(), f"Image {i}"), "")
        for i in np.flatnonzero(is_class)[:N_SHOWN]
    ]
    st.html(material.row(figures))
    if not material.has_guessed(desk):
        return
    found = work.costs(exhibit.entry)
    values = {
        "one bit a pixel": float(found.plain[is_class].mean()),
        "PNG file": float(work.png(exhibit.entry)[is_class].mean()),
        "pixel by pixel": of_class[label],
    }
    _bars(desk, values)
    st.markdown(
        f"Class {material.class_in_markdown(exhibit, label)}: **{of_class[label]:.0f} bits** for "
        "an image, if each pixel is told by how often it is white."
    )
    if of_class[label] <= min(of_class.values()):
        desk.tick()


def codes(desk: Desk) -> None:
    """Code and correction, by model."""
    exhibit = desk.exhibit(*MODELS, with_images=True)
    options = work.models_of(exhibit)
    totals = [float(work.costs(each).by_model.mean()) for each in options]
    chosen = material.choose_model(desk, options, [-total for total in totals])
    _corrections(options[chosen])
    if not material.has_guessed(desk):
        return
    found, least = work.costs(options[chosen]), min(totals)
    values = {
        "pixel by pixel": float(found.by_pixel.mean()),
        "code": float(found.code.mean()),
        "correction": float(found.rest.mean()),
        "code + correction": float(found.by_model.mean()),
        "goal: the least of all": least,
    }
    _bars(desk, values, last=3)
    st.markdown(
        f"**{values['code']:.1f} bits** for the code and **{values['correction']:.1f}** to correct "
        f"the decoder's picture: {values['code + correction']:.1f} in all, where one bit a pixel "
        f"costs {found.plain.mean():.0f}. Mean of {len(found.code)} images; nothing is lost."
    )
    if totals[chosen] > least:
        st.markdown(
            f"That is {totals[chosen] - least:.1f} bits above the least. A longer code, of more "
            "dimensions, costs more itself; does it save more than that on the correction?"
        )
    if totals[chosen] <= least:
        desk.tick()


def rounding(desk: Desk) -> None:
    """A code rounded, and the picture drawn from it."""
    exhibit = desk.exhibit(*MODELS, with_images=True)
    label = st.selectbox(
        "A typical image of class", material.present(exhibit), key=desk.key("class"),
        format_func=lambda each: material.class_name(exhibit, each),
    )  # fmt: skip
    step = st.select_slider(
        "Round to multiples of (latent units)", work.STEPS, work.STEPS[0], key=desk.key("step")
    )
    found = work.rounded(exhibit, label, step)
    figures = [
        figure(decoded_to_html(image, f"Drawn for {written}"), f"drawn for<br>{written}")
        for image, written in (
            (found.before, _written(found.code)), (found.after, _written(found.rounded)),
        )
    ]  # fmt: skip
    st.html(material.row(figures))
    n = len(found.code)
    st.markdown(
        f"{n} numbers as the computer holds them: {n * work.FLOAT} bits. Rounded: "
        f"**{found.bits:.1f} bits**. A pixel changes by **{found.change:.1%}** on average, of the "
        "way from black to white."
    )
    most = max(work.rounded(exhibit, label, each).change for each in work.STEPS)
    if found.change >= min(VISIBLE, 0.9 * most):
        desk.tick()


def balance(desk: Desk) -> None:
    """Bits saved on the code against bits lost on the correction."""
    exhibit = desk.exhibit(*MODELS, with_images=True)
    totals, sigma = work.totals(exhibit), work.usual_sigma(exhibit)
    both = totals.sum(1)
    step = st.select_slider(
        "Round to multiples of (latent units)", work.STEPS, work.STEPS[int(both.argmax())],
        key=desk.key("step"),
    )  # fmt: skip
    _rounded_row(exhibit, step)
    if not material.has_guessed(desk):
        return
    at = work.STEPS.index(step)
    values = {
        "code": float(totals[at, 0]), "correction": float(totals[at, 1]), "both": float(both[at])
    }  # fmt: skip
    _bars(desk, values)
    text = (
        f"Rounded to multiples of {step:g} latent units: **{both[at]:.1f} bits** for an image in "
        "all."
    )
    if both[at] <= both.min():
        text += (
            f" That is the least of all steps here, and {step / sigma:.1f} times the typical σ of "
            f"this model, {sigma:.3f}: it is σ that says how exactly a code has to be told."
        )
    st.markdown(text)
    if both[at] <= both.min():
        desk.tick()


def decoder(desk: Desk) -> None:
    """How many images it takes to pay for the decoder."""
    exhibit = desk.exhibit(*MODELS, with_images=True)
    n = st.select_slider(
        "Images to send", N_SENT, N_SENT[0], key=desk.key("n"), format_func=lambda each: f"{each:,}"
    )
    images = work.packed(exhibit.entry).images[: min(n, N_SHOWN)].numpy()
    st.html(material.row([figure(to_html(x, f"Image {i}"), "") for i, x in enumerate(images)]))
    if n > len(images):
        st.caption(f"… and {n - len(images):,} more")
    if not material.has_guessed(desk):
        return
    found = work.costs(exhibit.entry)
    plain = n * float(found.plain.mean())
    packed = n * float(found.by_model.mean())
    weights = work.decoder_bits(exhibit)
    bits = {"one bit a pixel": plain, "packed": packed, "packed, with decoder": packed + weights}
    chart = graphs.bars(
        [*bits], [each / BYTE / 1e6 for each in bits.values()], "megabytes", [2], percent=False
    )
    chart.update_traces(text=[size(each) for each in bits.values()], texttemplate="%{text}")
    alt = ", ".join(f"{name}: {size(each)}" for name, each in bits.items())
    st.plotly_chart(chart, key=desk.key("bars"), config=graphs.CONFIG, alt=alt)
    cheaper = "cheaper" if packed + weights < plain else "not cheaper yet"
    st.markdown(
        f"{n:,} image{'s' * (n > 1)}: **{size(packed + weights)}** packed, with the "
        f"decoder, and **{size(plain)}** at one bit a pixel: {cheaper}."
    )
    if packed + weights < plain or n == N_SENT[-1]:
        desk.tick()


def size(bits: float) -> str:
    """Bits in the unit that fits: bytes, kB or MB."""
    n = bits / BYTE
    for unit, each in (("MB", 1e6), ("kB", 1e3)):
        if n >= each:
            return f"{n / each:,.1f} {unit}"
    return f"{n:.0f} bytes"


def _corrections(entry: Entry) -> None:
    """A few images, what the model draws for their codes, and where the two differ."""
    figures = [
        figure(decoded_to_html(x, f"{words} {i}"), words)
        for i, (image, drawn) in enumerate(zip(*work.redrawn(entry, N_COMPARED), strict=True))
        for x, words in (
            (image, "image"), (drawn, "drawn"), (np.abs(image - drawn), "correction")
        )
    ]  # fmt: skip
    st.html(strip(figures))


def _rounded_row(exhibit: Exhibit, step: float) -> None:
    """What is drawn for the rounded codes of typical images."""
    figures = [
        figure(
            decoded_to_html(work.rounded(exhibit, label, step).after, f"Rounded to {step:g}"),
            material.class_in_html(exhibit, label),
        )
        for label in material.present(exhibit)[:N_SHOWN]
    ]
    st.html(material.row(figures))


def _bars(desk: Desk, values: dict[str, float], last: int | None = None) -> None:
    """Bars of bits for an image, of which one is strong, the last if not told."""
    unit = "bits for an image"
    alt = ", ".join(f"{name}: {value:,.4g} {unit}" for name, value in values.items())
    strong = len(values) - 1 if last is None else last
    chart = graphs.bars([*values], [*values.values()], unit, [strong], percent=False)
    st.plotly_chart(chart, key=desk.key("bars"), config=graphs.CONFIG, alt=alt)


def _written(code: np.ndarray[tuple[int, ...], np.dtype[np.float64]]) -> str:
    return ", ".join(f"{value:.3g}" for value in code + 0.0)
