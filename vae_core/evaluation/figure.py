"""What is said of a figure: its title, its unit, which way is better, and one sentence."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

from vae_core.evaluation.references import REFERENCES, Reference

GROUPS = {
    "likelihood": "Likelihood and reconstruction",
    "codes": "Use of the code",
    "map": "Map",
    "dimension": "Intrinsic dimension",
    "anomalies": "Strange images",
    "samples": "Samples",
}


@dataclass(frozen=True)
class Figure:
    """What one figure says.

    Attributes:
        key: Its name in results.
        title: For people.
        unit: Of the value; "share" is from 0 to 1.
        better: +1 if more is better, -1 if less is, 0 if neither.
        definition: In one sentence.
        group: A key of `GROUPS`.
        form: How a value is written, for `format`.
    """

    key: str
    title: str
    unit: str
    better: Literal[-1, 0, 1]
    definition: str
    group: str
    form: str = ".3g"

    @property
    def references(self) -> tuple[Reference, ...]:
        """What the literature reports, for all kinds of models and data."""
        return REFERENCES.get(self.key, ())

    def references_for(self, dataset: str, kind: str, latent_dim: int) -> tuple[Reference, ...]:
        """What the literature reports for such a model of such images."""
        return tuple(r for r in self.references if r.fits(dataset, kind, latent_dim))

    def show(self, value: float | tuple[float, ...] | None) -> str:
        """A value as text, without its unit; "–" where it is undefined."""
        if value is None:
            return "–"
        if isinstance(value, tuple):
            return ", ".join(map(self.show, value))
        return format(value, self.form).replace("-", "−")

    def show_with_error(self, value: float, error: float | None) -> str:
        """A value and its standard error, both to the first digit of the error at least."""
        shown = self.show(value)
        if error is None or "e" in shown:
            return shown if error is None else f"{shown} ± {self.show(error)}"
        digits = len(shown.partition(".")[2])
        if error > 0:
            digits = max(digits, -math.floor(math.log10(error)))
        return f"{value:.{digits}f} ± {error:.{digits}f}".replace("-", "−")
