"""What the Compare page shows, and its link."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import unquote

from ui import link
from ui.layers import LAYERS
from ui.link import MAX_INDEX, MAX_SEED, Link
from ui.view import DEFAULT_BATCH

MAX_MODELS = 3


@dataclass(frozen=True)
class Shown:
    """What is compared.

    Attributes:
        models: File names without suffix, two or three; () picks them.
        batch_size: Images on each map.
        seed: Of the choice of images, and of the draws from the prior.
        image: Index of the pinned held-out image; None while a place is pinned, or nothing.
        place: Pinned place, the same coordinates in all maps; None while an image is pinned.
        under: Name of the layer under the maps' points; "" for none.
        turn: Whether the maps are turned to lie as the first one does.
        ends: Held-out images at the ends of the path; None picks them.
    """

    models: tuple[str, ...] = ()
    batch_size: int = DEFAULT_BATCH
    seed: int = 0
    image: int | None = None
    place: tuple[float, float] | None = None
    under: str = ""
    turn: bool = True
    ends: tuple[int, int] | None = None


def _models(text: str) -> tuple[str, ...]:
    names = tuple(link.name(unquote(part)) for part in text.split(","))
    if len(names) > MAX_MODELS or len(set(names)) < len(names):
        raise ValueError(text)
    return names


def _ends(text: str) -> tuple[int, int]:
    first, last = map(link.whole(0, MAX_INDEX), text.split(","))
    return first, last


def _to_params(shown: Shown) -> dict[str, str]:
    # A file name can hold a comma, and then a sign of percent has to be told from it too.
    names = (name.replace("%", "%25").replace(",", "%2C") for name in shown.models)
    params = {
        "models": ",".join(names),
        "n": str(shown.batch_size),
        "seed": str(shown.seed),
        "turn": str(int(shown.turn)),
    }
    if not shown.models:
        del params["models"]
    if shown.under:
        params["under"] = shown.under
    if shown.ends:
        params["ends"] = ",".join(map(str, shown.ends))
    if shown.image is not None:
        params["image"] = str(shown.image)
    elif shown.place is not None:
        params["at"] = link.written(shown.place)
    return params


LINK = Link(
    "compare",
    Shown(),
    {
        "models": ("models", _models),
        "n": ("batch_size", link.whole(1, MAX_INDEX)),
        "seed": ("seed", link.whole(0, MAX_SEED)),
        "image": ("image", link.whole(0, MAX_INDEX)),
        "at": ("place", link.place),
        "under": ("under", link.one_of(*LAYERS)),
        "turn": ("turn", link.switch),
        "ends": ("ends", _ends),
    },
    _to_params,
)
