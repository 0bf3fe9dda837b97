"""The figures of models: those that were measured, and until then those in their files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ui import choice
from ui.catalogue import Entry, dataset_title
from ui.distinct import distinct
from vae_core.checkpoint_header import Header
from vae_core.evaluation import measured
from vae_core.evaluation.figures import FIGURES
from vae_core.evaluation.measured import Measured

IN_FILE = "as its file says"
BARE = ("reconstruction", "kl", "kl_per_dim", "active_units", "knn_accuracy", "trustworthiness")


@dataclass(frozen=True)
class Column:
    """What is known of one model.

    Attributes:
        entry: Its file.
        title: Unlike that of any other column.
        figures: By key; those that were not measured yet are missing.
        problem: Why kept results are not used, in a sentence; else "".
        is_complete: Whether there is nothing left to measure.
    """

    entry: Entry
    title: str
    figures: dict[str, Measured]
    problem: str
    is_complete: bool

    @property
    def n_missing(self) -> int:
        """Figures that were not measured yet, though some may be known from its file."""
        return sum(key not in self.figures or self.figures[key].note == IN_FILE for key in FIGURES)

    def number(self, key: str) -> float | None:
        """A figure's value, if it is known and one number."""
        found = self.figures.get(key)
        value = None if found is None else found.value
        return float(value) if isinstance(value, int | float) else None


def column(entry: Entry, title: str = "") -> Column:
    """What is known of a model now; reads its results anew."""
    results = measured.load(entry.path, entry.header)
    return Column(
        entry,
        title or entry.title,
        from_file(entry.header) | results.figures,
        results.problem,
        measured.is_complete(results.figures),
    )


def columns(entries: Sequence[Entry], titles: Mapping[str, str] | None = None) -> list[Column]:
    """The same of several, in this order; models of other images are named with theirs.

    Args:
        entries: The models.
        titles: What each is called among all there are; default: among these.
    """
    names = {entry.header.dataset.name for entry in entries}
    known = titles or choice.titles(list(entries))
    called = {}
    for entry in entries:
        own = f"{dataset_title(entry.header.dataset.name)} · " if len(names) > 1 else ""
        called[entry.name] = own + known[entry.name]
    told = distinct(called)
    return [column(entry, told[entry.name]) for entry in entries]


def from_file(header: Header) -> dict[str, Measured]:
    """The scores that a checkpoint brings with it, of grey images."""
    scores = header.metrics
    n = scores.get("n_images")
    if scores.get("binarized"):
        return {}
    found = {}
    for key in ("negative_elbo", *BARE):
        value = scores.get(key)
        if value is None:
            continue
        error = scores.get("negative_elbo_standard_error") if key == "negative_elbo" else None
        found[key] = Measured(
            key, tuple(value) if isinstance(value, list) else float(value), error, n, IN_FILE
        )
    return found
