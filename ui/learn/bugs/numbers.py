"""The symptoms of each flaw as rows of a table: what is measured, its unit, its value."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np
import streamlit as st

from ui.learn.bugs import shown
from vae_core import elbo
from vae_core.flaws import FlawKey, Specimen
from vae_core.flaws import symptoms as core
from vae_core.metrics.latent import prior_kl

CODES = "Computed here, from the codes of {n_codes:,} MNIST images that were not trained on"
PIXELS = "the pixels of {n_images} {of_images}"
NAT = "A nat is a unit of information, 1.44 bits."
# Under the table: what its numbers are computed from, and what training makes small.
SOURCES: dict[FlawKey, str] = {
    "shared-head": f"{CODES}; the negative ELBO also from {PIXELS}. {NAT} The negative ELBO is "
    "what training makes small: what the drawings miss, plus the KL.",
    "raw-spread": f"{CODES}. {NAT} What training makes small is what the drawings miss, plus the "
    "KL; with the bug, that of the square’s logarithm.",
    "wrong-kl": f"{CODES}. {NAT} What training makes small is the squared error of the drawings, "
    "plus the KL as the code reports it.",
    "mismatched-ranges": f"Computed here, from {PIXELS}. What training makes small is the squared "
    "error.",
}
_shared = partial(st.cache_resource, show_spinner=False)
Rows = dict[str, str]


def rows(key: FlawKey, is_cured: bool) -> Rows:
    """The numbers of one model, the symptom first."""
    found: Rows = _rows(shown.state_of(key, is_cured=is_cured))
    return found


@_shared(max_entries=8)
def _rows(state: shown.State) -> Rows:
    return ROWS[state.key](shown.specimen(state.key, is_cured=state.is_cured))


def table(key: FlawKey, *, has_cure: bool) -> str:
    """Markdown: the flawed model's numbers, and the cured one's beside them."""
    flawed = rows(key, False)
    cured = rows(key, True) if has_cure else {}
    names = [*flawed, *(name for name in cured if name not in flawed)]
    lines = [f"| What is measured | With the bug |{' Cured |' * has_cure}"]
    lines.append("|:--|--:|" + "--:|" * has_cure)
    for name in names:
        cells = [flawed.get(name, "does not apply")]
        if has_cure:
            cells.append(cured.get(name, "does not apply"))
        lines.append(f"| {name} | {' | '.join(cells)} |")
    return "\n".join(lines)


def source(key: FlawKey) -> str:
    """Where the numbers are from, and what the models of this flaw were trained on."""
    return SOURCES[key].format(
        n_codes=len(shown.specimen(key, is_cured=False).latents),
        n_images=len(shown.images()),
        of_images=shown.of_images(),
    )


def _kl(found: Specimen) -> str:
    return f"{prior_kl(found.latents).sum(1).mean():.2f}"


def _shared_head(found: Specimen) -> Rows:
    latents, parts = found.latents, elbo(found.model, shown.images())
    mu, ratio = latents.mu.numpy(), core.signal_to_noise(latents)
    assert latents.logvar is not None
    related = np.corrcoef(mu.ravel(), latents.logvar.numpy().ravel())[0, 1]
    first, second = mu.mean(0)
    return {
        "Correlation of place and log-width (1 = the same)": f"{related:.2f}",
        "Most signal to noise of a code above 0": f"{ratio[mu > 0].max():.2f}",
        "Mean place on z1 and z2, latent units": f"{first:.2f}, {second:.2f}",
        "Draws from the prior that land near no code": f"{core.off_codes(latents):.1%}",
        "KL, nats per image": _kl(found),
        "Negative ELBO, nats per image (lower is better)": f"{parts.negative_elbo.mean():.1f}",
    }


def _raw_spread(found: Specimen) -> Rows:
    widths = core.widths(found)
    negative = widths < 0
    rows = {
        "“Widths” below 0, on z1 and z2": _shares(negative.mean(0)),
        "Images with one, whose KL has no value": f"{negative.any(1).mean():.0%}",
        "Smallest “width”, latent units": f"{widths.min():.3f}",
    }
    if found.spreads is None:
        return rows | {"KL, nats per image": _kl(found)}
    told = core.signs(found.spreads)
    return rows | {
        "KL, nats per image": f"{_kl(found)} (of the square’s logarithm)",
        "“Widths” that changed sign in the first epoch": _shares(told.changed_at_first),
        "and in all later epochs": _shares(told.changed_later),
    }


def _shares(values: core.FloatArray) -> str:
    return ", ".join(f"{value:.0%}" for value in values)


def _wrong_kl(found: Specimen) -> Rows:
    latents = found.latents
    reported = core.reported_kl(found)
    first, second = core.code_spread(latents)
    half = core.off_codes(latents, temperature=0.5**0.5)
    return {
        "KL as the code reports it, nats per image": f"{reported:.2f}",
        "KL, nats per image": _kl(found),
        "Spread of the codes on z1 and z2 (prior: 1)": f"{first:.2f}, {second:.2f}",
        "Draws from the prior that land near no code": f"{core.off_codes(latents):.1%}",
        "Draws from a prior of half the variance that do": f"{half:.1%}",
    }


def _mismatched_ranges(found: Specimen) -> Rows:
    images = shown.images()
    error = core.drawing_error(found.model, images, is_signed=not found.is_cured)
    of_images, of_drawings = core.brightness(found.model, images)
    floor = core.error_floor(images, is_signed=not found.is_cured)
    return {
        "Squared error per pixel, range −1 to 1": f"{error:.3f}",
        "The least this network can reach (it cannot draw below 0)": f"{floor:.3f}",
        "For comparison: error of always drawing the mean picture": (
            f"{core.mean_image_error(images):.3f}"
        ),
        "Mean brightness of the images (0 black, 1 white)": f"{of_images:.3f}",
        "Mean brightness of what is drawn": f"{of_drawings:.3f}",
    }


ROWS: dict[FlawKey, Callable[[Specimen], Rows]] = {
    "shared-head": _shared_head,
    "raw-spread": _raw_spread,
    "wrong-kl": _wrong_kl,
    "mismatched-ranges": _mismatched_ranges,
}
