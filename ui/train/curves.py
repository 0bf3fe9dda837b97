"""Curves over epochs, as specifications for ECharts, which changes a chart in place."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

TRAIN = {"light": "#832db6", "dark": "#c58ae6"}
HELD_OUT, OTHER = "#e76300", "#3f90da"
LEVELS = ("#717581", "#a96b59")
HEIGHT = 230
GRID = {"left": 4, "right": 16, "top": 34, "bottom": 4}
SECOND_LINE = 56  # pixels: below a legend of two lines
FIRST_END = 10  # epochs, of the axis at first
MAX_BARS = 64  # dimensions with a bar of their own
History = Sequence[dict[str, Any]]


@dataclass(frozen=True)
class Curve:
    """A quantity over epochs, in nats per image, on both kinds of images."""

    title: str
    meaning: str
    terms: tuple[str, ...]


ELBO = Curve(
    "Negative ELBO",
    "What it takes to tell an image: reconstruction and KL together. Lower is better.",
    ("reconstruction", "kl"),
)
RECONSTRUCTION = Curve(
    "Reconstruction",
    "What is still missing once the code is known. Lower is better.",
    ("reconstruction",),
)
KL = Curve("KL", "What the code tells beyond the prior.", ("kl",))


def curves_of(kind: str) -> tuple[Curve, ...]:
    """The curves that a model of this kind has."""
    return (RECONSTRUCTION,) if kind == "ae" else (ELBO, RECONSTRUCTION, KL)


def values(curve: Curve, history: History, *, held_out: bool) -> list[tuple[int, float]]:
    """Epoch and nats per image."""
    prefix = "held_out_" if held_out else ""
    names = [prefix + term for term in curve.terms]
    return [(e["epoch"], round(sum(e[name] for name in names), 4)) for e in history]


def line_chart(
    curve: Curve,
    history: History,
    epochs: int,
    shown: float,
    other: History | None = None,
    levels: Mapping[str, float] | None = None,
    theme: str = "light",
) -> dict[str, Any]:
    """One curve for training images, one for held-out ones, and a mark at the moment shown.

    Args:
        curve: What is shown.
        history: Of the run.
        epochs: That there will be; the axis grows towards them.
        shown: The moment, in epochs done.
        other: History of a run to compare with; of it the held-out images alone.
        levels: Names of values that do not change, nats per image, drawn as level lines.
        theme: "light" or "dark".
    """
    right = _last_epoch(max(len(history), len(other or ())), epochs)
    series: list[dict[str, Any]] = [
        {
            "name": name,
            "type": "line",
            "data": values(curve, history, held_out=held_out),
            "symbol": "circle" if len(history) < 3 else "none",
            "color": colour,
            "lineStyle": {"width": 2, "type": "solid" if held_out else "dashed"},
        }
        for name, held_out, colour in (
            ("training", False, TRAIN[theme]),
            ("held-out", True, HELD_OUT),
        )
    ]
    series[1]["markLine"] = {
        "data": [{"xAxis": shown}],
        "symbol": "none",
        "label": {"show": False},
        "lineStyle": {"type": "dotted", "color": "#888"},
        "animation": False,
    }
    if other is not None:
        series.append(
            {
                "name": "other run",
                "type": "line",
                "data": values(curve, other, held_out=True),
                "symbol": "none",
                "color": OTHER,
                "lineStyle": {"width": 2, "type": "dotted"},
            }
        )
    series += [
        {
            "name": name,
            "type": "line",
            "data": [(0, round(level, 4)), (right, round(level, 4))],
            "symbol": "none",
            "color": LEVELS[number % len(LEVELS)],
            "lineStyle": {"width": 1, "type": "solid"},
        }
        for number, (name, level) in enumerate((levels or {}).items())
    ]
    return {
        "animationDurationUpdate": 300,
        "grid": GRID | ({"top": SECOND_LINE} if levels else {}),
        "legend": {"top": 0, "left": 0, "itemGap": 10, "itemWidth": 18},
        "tooltip": {"trigger": "axis", "valueFormatter": "%.2f"},
        "xAxis": _axis("epoch", 28) | {"min": 0, "max": right, "minInterval": 1},
        "yAxis": _axis("nats per image", 42) | {"scale": True},
        "series": series,
    }


def _last_epoch(done: int, planned: int) -> int:
    """Where the axis ends: twice as far whenever the curve gets there."""
    end = FIRST_END
    while end < min(done, planned):
        end *= 2
    return max(1, min(end, planned))


def bar_chart(kl_per_dim: Sequence[float], theme: str = "light") -> dict[str, Any]:
    """KL of each dimension of the code."""
    shown = list(kl_per_dim[:MAX_BARS])
    return {
        "animationDurationUpdate": 300,
        "grid": GRID,
        "tooltip": {"trigger": "axis", "valueFormatter": "%.2f"},
        "xAxis": _axis("dimension of the code", 28)
        | {"type": "category", "data": [f"z{d + 1}" for d in range(len(shown))]},
        "yAxis": _axis("nats per image", 42),
        "series": [
            {
                "name": "KL",
                "type": "bar",
                "data": [round(v, 4) for v in shown],
                "color": TRAIN[theme],
                "barMaxWidth": 40,
            }
        ],
    }


def _axis(name: str, gap: int) -> dict[str, Any]:
    return {"type": "value", "name": name, "nameLocation": "middle", "nameGap": gap}


def describe(curve: Curve, history: History) -> str:
    """The curve in one sentence, for screen readers."""
    if not history:
        return f"{curve.title} over epochs: no epoch is done yet."
    train, held_out = (values(curve, history, held_out=h) for h in (False, True))
    epoch = history[-1]["epoch"]
    return (
        f"{curve.title} over epochs, nats per image. After epoch {epoch}: {train[-1][1]:.1f} on "
        f"training images, {held_out[-1][1]:.1f} on held-out ones; after epoch "
        f"{history[0]['epoch']}: {train[0][1]:.1f} and {held_out[0][1]:.1f}."
    )
