"""Command line: `python -m vae_core <verb> --help`.

Results go to stdout, as text or with --json one JSON object a line; progress goes to stderr.
Exit status: 0, 1 (failed: one line `error: ...`) or 2 (wrong usage).
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Callable, Generator
from contextlib import suppress
from typing import Any, get_args

from vae_core.config import MAX_SEED, Kind, Likelihood, Schedule
from vae_core.errors import ConfigError, VaeCoreError
from vae_core.models.presets import PRESETS

MODELS = "checkpoints"  # the folder that is meant if none is named
MAX_DIGITS = 20  # of a number on the command line


def _vector(text: str) -> list[float]:
    """Numbers separated by commas."""
    try:
        return [float(part) for part in text.split(",")]
    except ValueError:
        raise argparse.ArgumentTypeError(f"expected numbers like 0.3,-1.2, not {text!r}") from None


def _whole(low: int, high: int) -> Callable[[str], int]:
    """Parser of a whole number from `low` to `high`."""

    def parse(text: str) -> int:
        digits = text.isascii() and text.isdigit() and len(text) < MAX_DIGITS
        if not digits or not low <= int(text) <= high:
            raise argparse.ArgumentTypeError(
                f"expected a whole number from {low} to {high}, not {text[:MAX_DIGITS]!r}"
            )
        return int(text)

    return parse


def build_parser() -> argparse.ArgumentParser:
    """The whole command line."""
    from vae_core import commands, commands_anomaly, commands_evaluate, commands_train

    parser = argparse.ArgumentParser(prog="python -m vae_core", description=__doc__)
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")

    def verb(name: str, action: object, summary: str) -> argparse.ArgumentParser:
        added = verbs.add_parser(name, help=summary, description=summary)
        added.add_argument("--json", action="store_true", help="one JSON object a line")
        added.add_argument("--threads", type=_whole(1, 1024), help="of the processor; default: all")
        added.set_defaults(action=action)
        return added

    train = verb("train", commands_train.train, "train a model and keep it")
    train.add_argument("--preset", default="dense-512", help=", ".join(PRESETS))
    train.add_argument("--kind", default="vae", choices=get_args(Kind))
    train.add_argument(
        "--dataset", default="mnist", help="a name, a folder, or a .zip, .npz or .npy file"
    )
    train.add_argument("--latent-dim", type=int, help="default: the preset's")
    train.add_argument("--likelihood", default="bernoulli", choices=get_args(Likelihood))
    train.add_argument("--beta", type=float, help="weight of the KL term, default 1")
    train.add_argument("--epochs", type=int, help="default: the preset's")
    train.add_argument("--batch-size", type=int, help="default: the preset's")
    train.add_argument("--learning-rate", type=float, help="default 0.001")
    train.add_argument("--schedule", choices=get_args(Schedule))
    train.add_argument("--kl-warmup", type=int, help="epochs")
    train.add_argument("--free-bits", type=float, help="nats of KL a dimension has for nothing")
    train.add_argument(
        "--binarize", action=argparse.BooleanOptionalAction, default=None,
        help="train on black-or-white pixels drawn afresh",
    )  # fmt: skip
    train.add_argument("--seed", type=int, default=0)
    train.add_argument("--device", default="auto", choices=("auto", "cuda", "mps", "cpu"))
    train.add_argument("--dtype", default="float32", choices=("float32", "float16"), help="on disk")
    _add_output(train, ".safetensors; without a suffix the folder of a run")
    _add_download(train)

    for name, action, summary in (
        ("resume", commands_train.resume, "go on with a run where it stands"),
        ("estimate", commands_train.estimate, "measure how long a run will take"),
    ):
        run = verb(name, action, summary)
        run.add_argument("run", help="its folder")
        run.add_argument("--device", default="auto", choices=("auto", "cuda", "mps", "cpu"))
        run.add_argument("--nice", type=_whole(0, 19), default=0, help="let others go first")
        run.add_argument("--queued", action="store_true", help=argparse.SUPPRESS)

    evaluate = verb("evaluate", commands_evaluate.evaluate, "score checkpoints on held-out images")
    evaluate.add_argument(
        "checkpoints", nargs="*", default=[MODELS], metavar="CHECKPOINT",
        help=f"or a folder; default: {MODELS}",
    )  # fmt: skip
    evaluate.add_argument("--all", action="store_true", help="every figure, kept for the next time")
    evaluate.add_argument("--fresh", action="store_true", help="with --all: whatever is kept")
    evaluate.add_argument("--dataset", help="default: the one it was trained on")
    evaluate.add_argument("--binarize", action="store_true", help="score black-or-white pixels")
    evaluate.add_argument(
        "--draws", type=_whole(1, 1000), default=4, help="posterior samples an image"
    )
    evaluate.add_argument("--seed", type=_whole(0, MAX_SEED), default=0)
    _add_download(evaluate)

    anomaly = verb("anomaly", commands_anomaly.anomaly, "test anomaly scores, class by class")
    anomaly.add_argument("protocol", choices=("one-class", "leave-one-out"))
    anomaly.add_argument("--preset", default="dense-256", help=", ".join(PRESETS))
    anomaly.add_argument("--kind", default="vae", choices=get_args(Kind))
    anomaly.add_argument("--dataset", default="mnist")
    anomaly.add_argument("--latent-dim", type=int, default=2)
    anomaly.add_argument("--epochs", type=int, help="default: the preset's")
    anomaly.add_argument("--images", type=_whole(1, 2**30), help="to learn from; default: all")
    anomaly.add_argument("--seeds", type=_whole(1, 100), default=1, help="models for each class")
    anomaly.add_argument("--out", help="folder to keep the result in")
    _add_download(anomaly)

    encode = verb("encode", commands.encode_images, "encode a data set into an .npz file")
    encode.add_argument("checkpoint")
    encode.add_argument("--dataset", help="default: the one it was trained on")
    encode.add_argument("--split", default="test", choices=("train", "test"))
    _add_output(encode, ".npz")
    _add_download(encode)

    decode = verb("decode", commands.decode_code, "decode one latent code into a picture")
    decode.add_argument("checkpoint")
    decode.add_argument("--z", type=_vector, required=True, help="such as 0.3,-1.2")
    decode.add_argument("--scale", type=_whole(1, 64), default=1, help="pixels per pixel")
    _add_output(decode, ".png")

    listing = verb("list", commands.list_models, "describe the checkpoints of a folder")
    listing.add_argument("folder", nargs="?", default=MODELS)
    return parser


def _add_output(parser: argparse.ArgumentParser, suffix: str) -> None:
    parser.add_argument("--out", required=True, help=f"file to write, ending in {suffix}")
    parser.add_argument("--force", action="store_true", help="replace it if it is there")


def _add_download(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--download", action="store_true", help="fetch the data set if missing")


def main(argv: list[str] | None = None) -> int:
    """Run one verb; returns the exit status."""
    from vae_core.devices import use_threads

    args = build_parser().parse_args(_with_codes(sys.argv[1:] if argv is None else argv))
    try:
        if args.threads is not None:
            use_threads(args.threads)
        _show_all(args.action(args), as_json=args.json)
    except BrokenPipeError:  # the reader, such as `head`, has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except KeyboardInterrupt:
        return _fail("interrupted")
    except VaeCoreError as err:
        _fail(str(err))
        return 2 if isinstance(err, ConfigError) else 1
    return 0


def _with_codes(argv: list[str]) -> list[str]:
    """Join `--z` with a code that begins with a minus, which argparse takes for an option."""
    joined: list[str] = []
    for word in argv:
        if joined and joined[-1] == "--z" and word[:1] == "-" and word[1:2].isdigit():
            joined[-1] = f"--z={word}"
        else:
            joined.append(word)
    return joined


def _show_all(results: Generator[dict[str, Any], None, None], *, as_json: bool) -> None:
    """Print results as they come; Ctrl-C while one is printed goes to the one who makes them.

    A training has to hear of it, whenever it comes: it keeps what it has learnt. A second
    Ctrl-C, while it does, ends everything.
    """
    with suppress(StopIteration):
        result = next(results)
        while True:
            try:
                print(json.dumps(result) if as_json else _as_text(result), flush=True)  # noqa: T201
                result = next(results)
            except KeyboardInterrupt:
                result = results.throw(KeyboardInterrupt())


def _fail(message: str) -> int:
    sys.stderr.write(f"error: {' '.join(message.split())}\n")
    return 1


def _as_text(result: dict[str, object]) -> str:
    def show(value: object) -> str:
        if isinstance(value, dict):
            return _as_text(value)
        if isinstance(value, list):
            return "[" + ", ".join(map(show, value)) + "]"
        return f"{value:.4g}" if isinstance(value, float) else str(value)

    return "  ".join(f"{k} {show(v)}" for k, v in result.items() if v is not None and k != "event")


if __name__ == "__main__":
    sys.exit(main())
