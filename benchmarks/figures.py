"""What the shipped models are worth: measures them, and writes the README's table of figures.

    python -m benchmarks.figures              # the table, from what is kept in checkpoints/measured
    python -m benchmarks.figures --measure    # first measure what is missing there
    python -m benchmarks.figures --fresh      # first measure everything again

The same as `python -m vae_core evaluate checkpoints --all`, with a table at the end.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from benchmarks._report import ROOT
from vae_core.__main__ import main as command_line
from vae_core.checkpoint_header import Header
from vae_core.checkpoints import list_checkpoints
from vae_core.evaluation import measured
from vae_core.evaluation.figures import FIGURES
from vae_core.evaluation.measured import Results

README = ROOT / "README.md"
MODELS = ROOT / "checkpoints"
START, END = "<!-- figures: written by python -m benchmarks.figures -->", "<!-- end of figures -->"
COLUMNS = ("negative_elbo", "exact_nll", "reconstruction", "knn_accuracy", "trustworthiness")
TEXT = """\
On held-out images, models of beta 1, commit {commit}; nats per image, grey pixels as probabilities;
−log p is of black-or-white pixels (published on MNIST for D = 2: 135.7, Davidson et al. 2018).
"""


def table() -> str:
    """The README's paragraph and table, from what is kept of the shipped models."""
    shipped = {path: h for path, h in list_checkpoints(MODELS).items() if isinstance(h, Header)}
    kept = {path: measured.load(path, header) for path, header in shipped.items()}
    commits = sorted({one.commit for r in kept.values() for one in r.figures.values()})
    titles = ["model", "epochs", *(FIGURES[key].title for key in COLUMNS)]
    lines = [_row(titles), "|---" * len(titles) + "|"]
    lines += [
        _row([f"`{path.stem}`", str(header.training.epochs), *_cells(kept[path])])
        for path, header in shipped.items()
        if header.training.beta == 1
    ]
    return TEXT.format(commit=", ".join(commits)) + "\n" + "\n".join(lines) + "\n"


def _row(cells: list[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _cells(results: Results) -> list[str]:
    figures = results.figures
    return [FIGURES[key].show(figures[key].value if key in figures else None) for key in COLUMNS]


def written(text: str) -> str:
    """A README with the table in its place; SystemExit without the marks around that."""
    before, start, rest = text.partition(START)
    _, end, after = rest.partition(END)
    if not (start and end):
        sys.exit(f"error: the file has no lines {START} and {END} to write between.")
    return f"{before}{START}\n{table()}{END}{after}"


def main() -> int:
    """Measure if asked, and write the table; exit status 1 if a model could not be measured."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--measure", action="store_true", help="first measure what is missing")
    parser.add_argument("--fresh", action="store_true", help="first measure everything again")
    parser.add_argument("--readme", type=Path, default=README, help="the file to write into")
    options = parser.parse_args()
    status = 0
    if options.measure or options.fresh:
        again = ["--fresh"] if options.fresh else []
        status = command_line(["evaluate", str(MODELS), "--all", "--json", *again])
    text = options.readme.read_text(encoding="utf-8")
    options.readme.write_text(written(text), encoding="utf-8")
    return status


if __name__ == "__main__":
    sys.exit(main())
