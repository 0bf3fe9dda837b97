"""A model in one sentence and a handful of numbers, for the first look."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from html import escape

from ui.catalogue import dataset_title
from ui.literal import literal
from ui.measure.results import Column
from vae_core.evaluation.figures import FIGURES

MOST = 6
# From what on a model is called good at something, and up to what weak; shares, 0 to 1.
APART, MIXED = 0.85, 0.7
FAITHFUL, TORN = 0.92, 0.85
SHARP_EYED, BLIND = 0.9, 0.7
FILLED, HOLED = 0.1, 0.3
AGAINST = re.compile("images against [0-9]+ of (.+)$")  # a note of how it was measured
SCORES = tuple(key for key in FIGURES if key.startswith("anomaly_"))


@dataclass(frozen=True)
class Tile:
    """One number: what it is about, the number, and what it says."""

    title: str
    number: str
    words: str


def sentence(column: Column) -> str:
    """What the model does, and what it is good at, as Markdown."""
    header = column.entry.header
    config, data = header.config, literal(dataset_title(header.dataset.name))
    channels, height, width = config.image_shape
    n_pixels, n_dims = channels * height * width, config.latent_dim
    numbers = "1 number" if n_dims == 1 else f"{n_dims} numbers"
    said = f"This model packs each image of {data}, {n_pixels:,} values, into {numbers}."
    good, weak = judged(column)
    if good:
        said += f" It is **good at** {_listed(good)}."
    if weak:
        said += f" It is **weak at** {_listed(weak)}."
    return said


def judged(column: Column) -> tuple[list[str], list[str]]:
    """What a model is good at, and what it is weak at, as Markdown."""
    best = max((v for key in SCORES if (v := column.number(key)) is not None), default=None)
    holes = column.number("hole_share")
    scales = (
        (column.number("knn_accuracy"), APART, MIXED, "keeping the classes apart"),
        (column.number("trustworthiness"), FAITHFUL, TORN, "keeping alike images together"),
        (best, SHARP_EYED, BLIND, f"noticing images of {literal(_strange_images(column))}"),
        (None if holes is None else 1 - holes, 1 - FILLED, 1 - HOLED, "filling its map"),
    )
    good = [words for value, high, _, words in scales if value is not None and value >= high]
    weak = [words for value, _, low, words in scales if value is not None and value < low]
    return good, weak


def _listed(words: list[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"


def tiles(column: Column) -> list[Tile]:
    """The most telling numbers that are known, at most `MOST`."""
    found = [make(column) for make in _TILES]
    return [tile for tile in found if tile is not None][:MOST]


def to_html(column: Column) -> str:
    """The tiles side by side."""
    parts = [
        f"<div><dt>{escape(tile.title)}<dd><b>{escape(tile.number)}</b> {escape(tile.words)}</div>"
        for tile in tiles(column)
    ]
    return f"<dl class=measure-tiles>{''.join(parts)}</dl>"


def in_brief(column: Column) -> str:
    """The same in one line, which opens to all of it."""
    parts = [f"<span>{escape(t.title)} <b>{escape(t.number)}</b></span>" for t in tiles(column)]
    return (
        f"<details class=measure-brief><summary>{' '.join(parts)}</summary>{to_html(column)}"
        "</details>"
    )


def in_percent(share: float) -> str:
    """A share that is not all and not none never reads as if it were."""
    written = f"{share:.0%}"
    if not 0 < share < 1 or written not in ("0%", "100%"):
        return written
    written = f"{share:.1%}"
    return {"0.0%": "under 0.1%", "100.0%": "over 99.9%"}.get(written, written)


def _share(key: str, title: str, words: str) -> Callable[[Column], Tile | None]:
    def make(column: Column) -> Tile | None:
        value = column.number(key)
        return None if value is None else Tile(title, in_percent(value), words)

    return make


def _cost(column: Column) -> Tile | None:
    """The exact price if there is one, else its bound, else the reconstruction."""
    for key, words in (
        ("exact_nll", "per image, exactly; less is better"),
        ("importance_nll", "per image, estimated; less is better"),
        ("negative_elbo", "per image at most (−ELBO); less is better"),
        ("reconstruction", "per image are lost on the way; less is better"),
    ):
        if (value := column.number(key)) is not None:
            title = "Lost in the picture" if key == "reconstruction" else "An image costs"
            return Tile(title, f"{value:.1f} nats", words)
    return None


def _used(column: Column) -> Tile | None:
    value, n_dims = column.number("active_units"), column.entry.header.config.latent_dim
    if value is None:
        return None
    return Tile("In use", f"{value:.0f} of {n_dims}", "numbers of the code change with the image")


def _strange(column: Column) -> Tile | None:
    known = {key: v for key in SCORES if (v := column.number(key)) is not None}
    if not known:
        return None
    words = "is how often its best score finds the strange one of two"
    title = f"Notices {_strange_images(column)}"
    return Tile(title, in_percent(max(known.values())), words)


def _strange_images(column: Column) -> str:
    """The data set that strange images were taken from."""
    notes = {column.figures[key].note for key in SCORES if column.number(key) is not None}
    names = {found[1] for note in notes if (found := AGAINST.search(note))}
    return dataset_title(names.pop()) if len(names) == 1 else "another data set"


def _gap(column: Column) -> Tile | None:
    value = column.number("inference_gap")
    if value is None:
        return None
    return Tile("The encoder wastes", f"{value:.1f} nats", "per image (inference gap)")


def _holes(column: Column) -> Tile | None:
    value = column.number("hole_share")
    if value is None:
        return None
    return Tile(
        "Prior covered", in_percent(1 - value), "of the prior's usual codes fall into no hole"
    )


_TILES = (
    _share("knn_accuracy", "Classes apart", "of images have the class most frequent around them"),
    _cost,
    _share("trustworthiness", "Map to be trusted", "on a scale from chance, 50%, to perfect"),
    _strange,
    _holes,
    _used,
    _gap,
)
