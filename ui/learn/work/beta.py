"""The models of the lesson on beta, what they cost, and the answers to its questions."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ui import cache
from ui.catalogue import Entry, find_entries
from ui.learn import models
from ui.learn.work import basics
from ui.learn.work.basics import Costs
from vae_core.checkpoint_header import Header
from vae_core.errors import DataError

MODEL = "mnist-dense-256-vae-2d"
N_SCORED = 2000  # images, at most
ALIKE = 1.1  # times, within which two widths count as the same


def family() -> dict[float, Entry]:
    """At most `models.MOST` that differ in beta alone, by beta, the smallest first.

    Anybody may add a model: of two with the same beta, the shipped one is here.
    """
    first = models.entry(MODEL)
    entries, _ = find_entries()
    alike = [each for each in entries if _but_beta(each.header) == _but_beta(first.header)]
    alike.sort(key=lambda each: (each != first, not models.is_shipped(each)))
    found: dict[float, Entry] = {}
    for each in alike:
        found.setdefault(each.header.training.beta, each)
    return dict(sorted([*found.items()][: models.MOST]))


def _but_beta(header: Header) -> tuple[object, ...]:
    """All that a model and its training are, but for beta; a moment has fewer epochs behind it."""
    training = replace(header.training, beta=0.0)
    return header.dataset, header.config, training, len(header.history)


def _compared() -> dict[float, Entry]:
    """The same; raises DataError where there is nothing to compare, and so no right answer."""
    found = family()
    if len(found) == 1:
        raise DataError(
            "Nobody can tell here: there is only one such model, and it takes two that differ in "
            "beta alone. Train another on the Train page."
        )
    return found


def costs(entry: Entry) -> Costs:
    """From the first held-out images if they are here, else as the checkpoint has them."""
    found: Costs = basics.costs((entry.path, entry.mtime), N_SCORED)
    return found


def width(entry: Entry) -> float:
    """Mean sigma of all held-out images' clouds, latent units."""
    logvar = cache.checkpoint(entry.path, entry.mtime).latents.logvar
    assert logvar is not None
    return float(np.exp(0.5 * logvar.double().numpy()).mean())


def growth() -> int:
    """What the clouds do as beta rises: 0 they grow, 1 they shrink, 2 neither; see `_compared`."""
    found = _compared()
    ratio = width(found[max(found)]) / width(found[min(found)])
    return 0 if ratio > ALIKE else 1 if ratio < 1 / ALIKE else 2


def told_growth() -> str:
    """The widths themselves."""
    listed = ", ".join(f"{width(each):.2f} for β = {beta:g}" for beta, each in family().items())
    return (
        f"Mean σ of all clouds, in latent units: {listed}. The nearer to 1, the cheaper is a code "
        "at the same place."
    )


def _third(values: list[float]) -> int:
    """Where the smallest value stands: 0 first, 1 between, 2 last."""
    lowest = int(np.argmin(values))
    return 0 if lowest == 0 else 2 if lowest == len(values) - 1 else 1


def sharpest() -> int:
    """Which beta leaves out least: 0 the smallest, 1 one between, 2 the largest."""
    return _third([costs(entry).reconstruction for entry in _compared().values()])


def told_sharpest() -> str:
    """What each leaves out."""
    return "What the drawings leave out, in nats: " + _listed("reconstruction")


def best() -> int:
    """Which beta has the smallest sum: 0 the smallest, 1 one between, 2 the largest."""
    return _third([costs(entry).total for entry in _compared().values()])


def told_best() -> str:
    """The sums."""
    return "Both costs together, each counted once, in nats: " + _listed("total")


def _listed(name: str) -> str:
    found = {beta: costs(entry) for beta, entry in family().items()}
    listed = ", ".join(
        f"{getattr(told, name):.1f} for β = {beta:g}" for beta, told in found.items()
    )
    return f"{listed}.{source(next(iter(found.values())))}"


def source(told: Costs) -> str:
    """Where the numbers are from, in a sentence."""
    if told.n_images:
        return f" Computed on {told.n_images:,} held-out pictures."
    return " As measured after training; the pictures are not on this machine."
