"""A `.safetensors` file that may come from strangers: what all that this app reads are checked for.

It starts with the length of a JSON header, which lists the tensors and holds one entry of ours.
That entry has a checksum of the whole file. Nothing is allocated by a header's word before names,
types and shapes have been compared with those of the network that it describes, and nothing is
ever unpickled.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import safetensors
import torch
from safetensors.torch import load as parse_tensors
from safetensors.torch import save as serialize_tensors
from torch import Tensor

from vae_core import strict_json
from vae_core.errors import CheckpointError

SUFFIX = ".safetensors"
MAX_HEADER_BYTES = 2**20
NO_CHECKSUM = "0" * 64  # stands where the checksum will be while it is computed
SHA256 = re.compile("[0-9a-f]{64}")
PICKLE_STARTS = (b"\x80", b"PK\x03\x04")  # a bare pickle, and torch's zip of pickles
Layout = Mapping[str, tuple[str, list[int]]]  # of each tensor the type, in the header's words


def header_length(start: bytes, path: Path) -> int:
    """Bytes of the header, from the first eight bytes of the file."""
    if not start:
        raise CheckpointError(f"{path.name} is empty.")
    length = int.from_bytes(start, "little")
    if len(start) == 8 and 2 <= length <= MAX_HEADER_BYTES:
        return length
    if start.startswith(PICKLE_STARTS):
        raise CheckpointError(
            f"{path.name} is a pickle, which could run any program, so it is not opened; "
            f"this app reads {SUFFIX} files."
        )
    raise CheckpointError(f"{path.name} is not a {SUFFIX} file.")


def read_sealed(
    path: Path, entry: str, schema: int, max_bytes: int
) -> tuple[dict[str, Any], dict[str, Any], bytes]:
    """Read a whole file that `sealed` made, and believe none of its words but the checksum.

    Args:
        path: The file.
        entry: Of ours in its header.
        schema: The format that this app reads.
        max_bytes: From where it is not read.

    Returns:
        What the entry says, the header's tensors, and all bytes.

    Raises:
        CheckpointError: It cannot be read, is too long, is no such file, or is damaged.
    """
    try:
        with path.open("rb") as file:
            data = file.read(max_bytes + 1)
    except OSError as err:
        raise CheckpointError(
            f"Cannot read {path.name}, which belongs to this app: {err.strerror}. Fetch it again."
        ) from err
    if len(data) > max_bytes:
        raise CheckpointError(f"{path.name} is longer than {max_bytes} bytes; no more are read.")
    length = header_length(data[:8], path)
    try:
        layout = strict_json.loads(data[8 : 8 + length])
        said = strict_json.loads(layout.pop("__metadata__")[entry])
        checksum, found = said["sha256"], said["schema"]
    except (ValueError, KeyError, TypeError, AttributeError) as err:
        raise CheckpointError(
            f"{path.name} is damaged or of another kind: its header has no entry {entry!r}."
        ) from err
    if found != schema:
        raise CheckpointError(f"{path.name} has another format; this app reads format {schema}.")
    if not isinstance(checksum, str) or not SHA256.fullmatch(checksum):
        raise CheckpointError(f"{path.name} has a damaged description.")
    verify_checksum(data, checksum, path)
    return said, layout, data


def verify_checksum(data: bytes, checksum: str, path: Path) -> None:
    """Compare with the hash of the file as it was before the checksum was put in."""
    blank = data.replace(checksum.encode(), NO_CHECKSUM.encode(), 1)
    if hashlib.sha256(blank).hexdigest() != checksum:
        raise CheckpointError(
            f"{path.name} is damaged: its checksum does not match its content. "
            "Copy or train it again."
        )


def require_layout(layout: Mapping[str, Any], expected: Layout, path: Path) -> None:
    """Compare names, types and shapes of the header's tensors with what they should be."""
    found = {
        name: (item.get("dtype"), item.get("shape")) if isinstance(item, dict) else (None, None)
        for name, item in layout.items()
    }
    for name in sorted(set(expected) ^ set(found)):
        state = "lacks" if name in expected else "has an unknown"
        raise CheckpointError(f"{path.name} {state} tensor {name[:80]!r}.")
    for name, wanted in expected.items():
        if found[name] != wanted:
            raise CheckpointError(
                f"{path.name}: tensor {name} should be {wanted[0]} of shape {wanted[1]}, "
                f"but is {found[name][0]} of shape {found[name][1]}."
            )


def n_rows(layout: Mapping[str, Any], name: str) -> int:
    """How many rows a tensor has by the header's word; 0 where it says nothing of the kind."""
    item = layout.get(name)
    shape = item.get("shape") if isinstance(item, dict) else None
    return shape[0] if isinstance(shape, list) and shape else 0


def parse(data: bytes, path: Path) -> dict[str, Tensor]:
    """The tensors of a file whose layout is the expected one; all numbers are finite."""
    try:
        tensors = parse_tensors(data)
    except (safetensors.SafetensorError, ValueError, KeyError) as err:
        raise CheckpointError(f"{path.name} is damaged: its tensors cannot be read.") from err
    require_finite(tensors, path.name)
    return tensors


def require_finite(tensors: Mapping[str, Tensor], what: str) -> None:
    """Raise CheckpointError where a number is not."""
    for name, tensor in tensors.items():
        if tensor.is_floating_point() and not torch.isfinite(tensor).all():
            raise CheckpointError(f"{what} has undefined or infinite numbers in {name}.")


def sealed(tensors: Mapping[str, Tensor], entry: str, description: str) -> bytes:
    """A file of these tensors and one entry of the header, its NO_CHECKSUM made the checksum."""
    contiguous = {name: tensor.contiguous() for name, tensor in tensors.items()}
    data = serialize_tensors(contiguous, {entry: description})
    checksum = hashlib.sha256(data).hexdigest()
    return data.replace(NO_CHECKSUM.encode(), checksum.encode(), 1)
