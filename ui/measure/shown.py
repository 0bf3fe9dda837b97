"""What the Measure page shows, and its link."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args
from urllib.parse import unquote

from ui import link
from ui.link import MAX_INDEX, Link

MAX_BESIDE = 7
Part = Literal["figures", "plane", "dimensions", "posterior", "anomalies"]
End = Literal["strangest", "ordinary"]
SCORE = "reconstruction"


@dataclass(frozen=True)
class Shown:
    """What is measured.

    Attributes:
        model: File name without suffix; "" picks the one that Explore shows.
        beside: Other models in the table, of whatever data set.
        part: Of the page, that is open.
        image: Held-out image whose exact posterior is shown; None picks image 0.
        score: By which the images are ranked.
        end: Of that ranking, which is shown.
    """

    model: str = ""
    beside: tuple[str, ...] = ()
    part: Part = "figures"
    image: int | None = None
    score: str = SCORE
    end: End = "strangest"


def _models(text: str) -> tuple[str, ...]:
    """Of each name the percent signs and commas are written as in an address."""
    names = tuple(link.name(unquote(part)) for part in text.split(","))
    if len(set(names)) != len(names) or len(names) > MAX_BESIDE:
        raise ValueError(text)
    return names


def _score(text: str) -> str:
    if not (text.isascii() and text.isidentifier() and len(text) <= 40):
        raise ValueError(text)
    return text


def _to_params(shown: Shown) -> dict[str, str]:
    names = (name.replace("%", "%25").replace(",", "%2C") for name in shown.beside)
    found = {
        "model": shown.model,
        "beside": ",".join(names),
        "part": shown.part,
        "image": "" if shown.image is None else str(shown.image),
        "score": shown.score,
        "end": shown.end,
    }
    empty = {"score": SCORE, "end": "strangest"}
    return {key: text for key, text in found.items() if text and text != empty.get(key)}


LINK = Link(
    "measure",
    Shown(),
    {
        "model": ("model", link.name),
        "beside": ("beside", _models),
        "part": ("part", link.one_of(*get_args(Part))),
        "image": ("image", link.whole(0, MAX_INDEX)),
        "score": ("score", _score),
        "end": ("end", link.one_of(*get_args(End))),
    },
    _to_params,
)
