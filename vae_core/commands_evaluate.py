"""What `evaluate` does: score checkpoints on held-out images, in brief or with all figures."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import Never

from tqdm import tqdm

from vae_core import checkpoints
from vae_core.commands import Result, load_splits
from vae_core.data import download, is_downloadable
from vae_core.errors import CheckpointError, ConfigError, DataError
from vae_core.evaluation.figures import FIGURES
from vae_core.evaluation.measured import Measured
from vae_core.evaluation.stream import Progress, Remark, evaluate_checkpoint
from vae_core.evaluation.summary import summarize
from vae_core.tensor_file import SUFFIX

DRAWS, SEED = 4, 0  # if nothing else is asked for
BAR = "{l_bar}{bar}| {elapsed}{postfix}"


def evaluate(args: argparse.Namespace) -> Generator[Result, None, None]:
    """Score every checkpoint that is named, or lies in a folder that is."""
    if args.all and (args.binarize or (args.draws, args.seed) != (DRAWS, SEED)):
        raise ConfigError(
            "--all measures grey and black-or-white images, with draws and seeds of its own; "
            "leave out --binarize, --draws and --seed."
        )
    if args.fresh and not args.all:
        raise ConfigError("--fresh measures again what --all has kept; add --all.")
    score = _all if args.all else _brief
    for named in args.checkpoints:
        for path in _paths(named):
            try:
                for result in score(path, args):
                    yield {"checkpoint": str(path), **result}
            except (CheckpointError, DataError) as err:
                concerns_all = args.dataset is not None and isinstance(err, DataError)
                if str(path) == named or concerns_all:
                    raise
                yield {"checkpoint": str(path), "error": str(err)}  # of a folder: as `list` does


def _paths(named: str) -> list[Path] | list[str]:
    """The checkpoint itself, or those of a folder."""
    if not Path(named).is_dir():
        return [named]
    found = sorted(Path(named).glob(f"*{SUFFIX}"))
    if not found:
        raise CheckpointError(f"There is no checkpoint in the folder {named}.")
    return found


def _brief(path: str | Path, args: argparse.Namespace) -> Iterator[Result]:
    """The scores that checkpoints keep."""
    checkpoint = checkpoints.load_checkpoint(path)
    images, held_out = load_splits(args.dataset or checkpoint.dataset.name, args)
    scores = summarize(
        checkpoint.model, held_out, images,
        seed=args.seed, draws=args.draws, binarize=args.binarize,
    )  # fmt: skip
    yield {"dataset": held_out.name, **scores}


def _all(path: str | Path, args: argparse.Namespace) -> Iterator[Result]:
    """Every figure there is, kept or measured now: as one object, or a line of text for each."""
    name = args.dataset or checkpoints.read_header(path).dataset.name
    if args.download and is_downloadable(name):
        download(name)
    found = _measured(path, args)
    figures = [found[key] for key in FIGURES if key in found]
    if args.json:
        yield {"dataset": name, **_as_result(figures)}
    else:
        yield from ({one.key: _as_words(one)} for one in figures)


def _measured(path: str | Path, args: argparse.Namespace) -> dict[str, Measured]:
    """The figures by key, with a progress bar while they are measured."""
    found: dict[str, Measured] = {}
    with tqdm(bar_format=BAR, file=sys.stderr, desc=Path(path).stem) as bar:
        for event in evaluate_checkpoint(path, args.dataset, fresh=args.fresh):
            if isinstance(event, Measured):
                found[event.key] = event
            elif isinstance(event, Remark):
                bar.write(f"note: {event.text}", file=sys.stderr)
            else:
                _show(bar, Path(path).stem, event)
    return found


def _show(bar: tqdm[Never], name: str, progress: Progress) -> None:
    bar.total = progress.total
    bar.set_description(f"{name}: {progress.what or 'done'}", refresh=False)
    left = f" about {progress.seconds_left:.0f} s left in all" if progress.what else ""
    bar.set_postfix_str(left, refresh=False)
    bar.n = progress.done
    bar.refresh()  # each time: a step can take as long as all before it


def _as_words(one: Measured) -> str:
    """A value with its error and unit, or why there is none."""
    figure = FIGURES[one.key]
    if one.value is None:
        return f"undefined: {one.note}"
    if isinstance(one.value, tuple):
        shown = figure.show(one.value)
    else:
        shown = figure.show_with_error(one.value, one.error)
    about = ", ".join(filter(None, ("" if one.n is None else f"n = {one.n}", one.note)))
    return f"{shown} {figure.unit}" + (f" ({about})" if about else "")


def _as_result(figures: list[Measured]) -> Result:
    """Values by key; what else is known of them in mappings of their own."""
    value = {one.key: one.value for one in figures}
    methods = {"exact_nll": "quadrature", "importance_nll": "importance sampling"}
    nll = next((key for key in methods if value.get(key) is not None), None)
    return {
        **{key: list(one) if isinstance(one, tuple) else one for key, one in value.items()},
        "nll": None if nll is None else value[nll],
        "nll_method": None if nll is None else methods[nll],
        "errors": {one.key: one.error for one in figures if one.error is not None},
        "n": {one.key: one.n for one in figures if one.n is not None},
        "notes": {one.key: one.note for one in figures if one.note},
        "seconds": {one.key: one.seconds for one in figures},
    }
