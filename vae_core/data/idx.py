"""MNIST and its relatives, read from and downloaded to torchvision's folder layout.

torchvision downloads, with a time limit added for a dead network. Reading is done here: the
header has to be checked first anyway, so that a damaged file is named in one sentence, and
what is left is one line, while importing torchvision costs a first visitor seconds.
"""

from __future__ import annotations

import http.client
import math
import socket
import threading
import time
import urllib.request
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Literal

import numpy as np
import torch
from torch import Tensor

from vae_core.data.image_set import ImageSet
from vae_core.errors import DataError, DataMissingError

Split = Literal["train", "test"]
IMAGES_MAGIC, LABELS_MAGIC = 0x803, 0x801  # uint8 with 3 and with 1 axes
_DOWNLOADING = threading.Lock()  # two visitors may ask at once, and the time limit is global
NETWORK_TIMEOUT = 3.0  # seconds until a silent server counts as absent


@dataclass(frozen=True)
class IdxSource:
    """Where one data set lies and what it holds.

    Attributes:
        folder: torchvision's class and folder name.
        size: Of the download, for people deciding.
        prefix: Of each file name.
        classes: Class names; labels in the file start at `first_label`.
        transposed: The file stores columns as rows.
    """

    folder: str
    size: str
    classes: tuple[str, ...]
    prefix: str = ""
    first_label: int = 0
    transposed: bool = False

    def path(self, root: Path, split: Split, what: Literal["images", "labels"]) -> Path:
        """The raw file of one split."""
        part = split if self.prefix or split == "train" else "t10k"
        axes = 3 if what == "images" else 1
        return root / self.folder / "raw" / f"{self.prefix}{part}-{what}-idx{axes}-ubyte"


FASHION = (
    "T-shirt", "trouser", "pullover", "dress", "coat",
    "sandal", "shirt", "sneaker", "bag", "ankle boot",
)  # fmt: skip

IDX_SOURCES: dict[str, IdxSource] = {
    "mnist": IdxSource("MNIST", "11 MB", tuple("0123456789")),
    "fashion-mnist": IdxSource("FashionMNIST", "30 MB", FASHION),
    "kmnist": IdxSource(
        "KMNIST", "20 MB", ("o", "ki", "su", "tsu", "na", "ha", "ma", "ya", "re", "wo")
    ),
    "emnist-letters": IdxSource(
        "EMNIST",
        "535 MB",
        tuple("abcdefghijklmnopqrstuvwxyz"),
        prefix="emnist-letters-",
        first_label=1,
        transposed=True,
    ),
}


def load_idx(name: str, split: Split, root: Path) -> ImageSet:
    """Read one split of a data set that lies under `root`.

    Raises:
        DataMissingError: A file is not there.
        DataError: A file is not what it should be.
    """
    source = IDX_SOURCES[name]
    images_path = source.path(root, split, "images")
    labels_path = source.path(root, split, "labels")
    for path in (images_path, labels_path):
        if not path.is_file():
            raise DataMissingError(
                f"{name} is not on this machine: there is no {path}. Put it there, point "
                f"VAE_DATA_DIR to it, or fetch it ({source.size}) with --download."
            )
    images = _read(images_path, IMAGES_MAGIC).unsqueeze(1)
    labels = _read(labels_path, LABELS_MAGIC).long() - source.first_label
    if len(images) != len(labels):
        raise DataError(
            f"{images_path.name} holds {len(images)} images but {labels_path.name} "
            f"{len(labels)} labels; delete both and fetch {name} again."
        )
    if len(labels) and not 0 <= int(labels.min()) <= int(labels.max()) < len(source.classes):
        raise DataError(
            f"{labels_path} holds labels outside the {len(source.classes)} classes of {name}; "
            "delete it and fetch it again."
        )
    if source.transposed:
        images = images.transpose(2, 3).contiguous()
    return ImageSet(images, labels, source.classes, name)


def _read(path: Path, magic: int) -> Tensor:
    """The bytes of an IDX file whose size agrees with its header, in the header's shape."""
    n_axes = magic & 0xFF
    with path.open("rb") as file:
        header = file.read(4 * (1 + n_axes))
    numbers = [int.from_bytes(header[i : i + 4], "big") for i in range(0, len(header), 4)]
    if len(header) < 4 * (1 + n_axes) or numbers[0] != magic:
        kind = "images" if magic == IMAGES_MAGIC else "labels"
        raise DataError(
            f"{path} is not an IDX file of {kind}: expected magic number {magic}, found "
            f"{numbers[0] if len(header) >= 4 else 'a file of ' + str(len(header)) + ' bytes'}; "
            "delete it and fetch it again."
        )
    expected = len(header) + math.prod(numbers[1:])
    found = path.stat().st_size
    if found != expected:
        raise DataError(
            f"{path} should be {expected} bytes long by its own header, but is {found}; "
            "delete it and fetch it again."
        )
    if expected == len(header):
        raise DataError(f"{path} is empty: its header announces no data; fetch it again.")
    return torch.from_numpy(np.fromfile(path, np.uint8, offset=len(header)).reshape(numbers[1:]))


def download_idx(name: str, root: Path) -> None:
    """Fetch a data set into `root`, checked against torchvision's checksums.

    Raises:
        DataError: Nothing could be fetched; a dead network is noticed within 10 seconds.
    """
    from torchvision import datasets

    source = IDX_SOURCES[name]
    dataset_class = getattr(datasets, source.folder)
    mirrors = getattr(dataset_class, "mirrors", None) or [dataset_class.url]
    if not _any_answers(mirrors):
        raise DataError(
            f"Cannot fetch {name}: no answer from {', '.join(mirrors)}. Check the network, or "
            f"copy the files to {root / source.folder / 'raw'} yourself."
        )
    options = {"split": "letters"} if name.startswith("emnist") else {}
    try:
        with _DOWNLOADING, _socket_timeout(NETWORK_TIMEOUT):
            dataset_class(str(root), download=True, **options)
    except (OSError, RuntimeError, EOFError, zipfile.BadZipFile, http.client.HTTPException) as err:
        raise DataError(f"Fetching {name} failed: {err}. Try again later.") from err


def _any_answers(urls: list[str]) -> bool:
    """Whether one of `urls` answers within NETWORK_TIMEOUT, name lookup included."""
    answers: SimpleQueue[bool] = SimpleQueue()

    def knock(url: str) -> None:
        is_there = False
        # A refusal is an answer: the file itself may still be there.
        with suppress(OSError, http.client.HTTPException):
            try:
                urllib.request.urlopen(url, timeout=NETWORK_TIMEOUT).close()
            except urllib.request.HTTPError as refusal:
                refusal.close()
            is_there = True
        answers.put(is_there)

    for url in urls:
        threading.Thread(target=knock, args=(url,), daemon=True).start()
    deadline = time.monotonic() + NETWORK_TIMEOUT
    with suppress(Empty):
        return any(answers.get(timeout=max(0.0, deadline - time.monotonic())) for _ in urls)
    return False


@contextmanager
def _socket_timeout(seconds: float) -> Iterator[None]:
    """Bound the waiting: torchvision opens its connections without a timeout."""
    before = socket.getdefaulttimeout()
    socket.setdefaulttimeout(seconds)
    try:
        yield
    finally:
        socket.setdefaulttimeout(before)


def load_digits(split: Split) -> ImageSet:
    """scikit-learn's 1,797 real handwritten digits, 8x8, no download; one fifth is held out."""
    from vae_core.data.split import held_out_mask

    images = _digits()
    chosen = held_out_mask(images.labels) == (split == "test")
    return images.subset(chosen.nonzero().flatten())


@cache
def _digits() -> ImageSet:
    """All of them; reading the text file takes as long as drawing a page."""
    from sklearn.datasets import load_digits as sklearn_digits

    bunch = sklearn_digits()
    labels = torch.from_numpy(bunch.target).long()
    images = torch.from_numpy((bunch.images * (255 / 16)).round().astype("uint8")).unsqueeze(1)
    return ImageSet(images, labels, tuple("0123456789"), "digits")
