"""The collection: models that visitors add to the folder of the models."""

from __future__ import annotations

import re
import tempfile
from pathlib import Path

from ui.catalogue import checkpoint_dir
from vae_core import load_checkpoint
from vae_core.errors import CheckpointError
from vae_core.files import require_space, write_atomically
from vae_core.tensor_file import SUFFIX

NAME = re.compile(r"[A-Za-z0-9_-]{1,60}")
MAX_MODELS = 200


def add(data: bytes, name: str) -> Path:
    """Put a model into the folder of the models, once it has been read whole.

    Args:
        data: Of a checkpoint file.
        name: Of the model: 1 to 60 letters, digits, dashes and underscores.

    Raises:
        CheckpointError: The name cannot be a file's or is taken, the file is no model, or there is
            no room.
    """
    if not NAME.fullmatch(name):
        raise CheckpointError(
            "A model's name has 1 to 60 letters, digits, dashes and underscores, and nothing else."
        )
    folder = checkpoint_dir()
    target = folder / f"{name}{SUFFIX}"
    try:
        _check(data, name)
        folder.mkdir(parents=True, exist_ok=True)
        if len(list(folder.glob(f"*{SUFFIX}"))) >= MAX_MODELS:
            raise CheckpointError(
                f"There are {MAX_MODELS} models already; delete files of {folder} first."
            )
        require_space(folder, len(data))
        write_atomically(target, data, is_new=True)
    except FileExistsError:
        raise CheckpointError(
            f"There is a model called {name} already; choose another name."
        ) from None
    except OSError as err:
        raise CheckpointError(f"{name} could not be kept: {err.strerror}.") from err
    return target


def _check(data: bytes, name: str) -> None:
    """Read it as Explore will; the file itself goes away again."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"{name}{SUFFIX}"
        path.write_bytes(data)
        load_checkpoint(path)


def name_of(file_name: str) -> str:
    """A name for a model that comes as a file of this name, whatever is in it."""
    stem = file_name.replace("\\", "/").rsplit("/", 1)[-1].removesuffix(SUFFIX)
    return re.sub(r"[^A-Za-z0-9_-]+", "-", stem).strip("-")[:60] or "model"
