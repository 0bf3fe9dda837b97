"""The models of the rate-distortion plane, and the best trades among them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ui import choice
from ui.catalogue import Entry
from ui.measure import results
from vae_core.metrics.rate_distortion import frontier


@dataclass(frozen=True)
class Dot:
    """One model.

    Attributes:
        number: On the chart and in the list beside it, from 1.
        entry: The model's file.
        title: What it is called, unlike any other.
        rate: Mean KL, nats per image; None for a plain autoencoder.
        distortion: Mean reconstruction, nats per image.
    """

    number: int
    entry: Entry
    title: str
    rate: float | None
    distortion: float


def dots_of(entries: Sequence[Entry], chosen: Entry) -> list[Dot]:
    """The models of the same images and the same likelihood, whose two numbers are known."""
    found: list[tuple[Entry, float | None, float]] = []
    for entry in entries:
        header, own = entry.header, chosen.header
        is_alike = header.config.likelihood == own.config.likelihood
        if header.dataset.sha256 != own.dataset.sha256 or not is_alike:
            continue
        rate, distortion = map(results.column(entry).number, ("kl", "reconstruction"))
        if distortion is not None and (rate is not None or header.config.kind == "ae"):
            found.append((entry, rate, distortion))
    found.sort(key=lambda row: (row[1] is None, row[1] or 0, row[2]))
    titles = choice.titles(list(entries))
    return [
        Dot(number, entry, titles[entry.name], rate, distortion)
        for number, (entry, rate, distortion) in enumerate(found, start=1)
    ]


def best_trades(dots: Sequence[Dot]) -> list[Dot]:
    """Those that no other dot, nor any mixture of two, is better than; by rate."""
    rated = [dot for dot in dots if dot.rate is not None]
    if not rated:
        return []
    places = [(dot.rate or 0.0, dot.distortion) for dot in rated]
    return [rated[index] for index in frontier(places)]
