"""Tests for vae_core.data.idx."""

from __future__ import annotations

import gc
import socket
import struct
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch

from vae_core import data
from vae_core.data import download, download_size, idx, is_downloadable, load_images
from vae_core.errors import ConfigError, DataError, DataMissingError

PIXELS = np.random.default_rng(0).integers(0, 256, (6, 28, 28), dtype=np.uint8)
LABELS = np.array([3, 0, 9, 1, 1, 7], dtype=np.uint8)
LEFT_OPEN = pytest.mark.filterwarnings("ignore:unclosed:ResourceWarning")  # see `mirrors`
IMAGES_FILE = "MNIST/raw/t10k-images-idx3-ubyte"
LABELS_FILE = "MNIST/raw/t10k-labels-idx1-ubyte"


def images_bytes(pixels: np.ndarray) -> bytes:
    return struct.pack(">4I", 0x803, *pixels.shape) + pixels.tobytes()


def labels_bytes(labels: np.ndarray) -> bytes:
    return struct.pack(">2I", 0x801, len(labels)) + labels.tobytes()


def write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A data folder with six held-out MNIST images."""
    write(tmp_path / IMAGES_FILE, images_bytes(PIXELS))
    write(tmp_path / LABELS_FILE, labels_bytes(LABELS))
    return tmp_path


def test_pixels_and_labels_are_read_in_order(root: Path) -> None:
    images = load_images("mnist", "test", root)
    assert torch.equal(images.images, torch.from_numpy(PIXELS)[:, None])
    assert images.labels.tolist() == LABELS.tolist()
    assert (images.classes, images.name) == (tuple("0123456789"), "mnist")


def test_the_data_folder_comes_from_the_environment(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VAE_DATA_DIR", str(root))
    assert len(load_images("mnist")) == 6


@pytest.mark.parametrize(
    ("name", "split", "start"),
    [
        ("mnist", "train", "MNIST/raw/train"),
        ("mnist", "test", "MNIST/raw/t10k"),
        ("fashion-mnist", "train", "FashionMNIST/raw/train"),
        ("fashion-mnist", "test", "FashionMNIST/raw/t10k"),
        ("kmnist", "test", "KMNIST/raw/t10k"),
    ],
)
def test_files_lie_where_torchvision_puts_them(
    name: str, split: str, start: str, tmp_path: Path
) -> None:
    write(tmp_path / f"{start}-images-idx3-ubyte", images_bytes(PIXELS))
    write(tmp_path / f"{start}-labels-idx1-ubyte", labels_bytes(LABELS))
    images = load_images(name, split, tmp_path)
    assert images.labels.tolist() == LABELS.tolist()
    assert len(images.classes) == 10


@pytest.mark.parametrize("split", ["train", "test"])
def test_letters_are_turned_upright_and_counted_from_zero(split: str, tmp_path: Path) -> None:
    """EMNIST stores columns as rows, and `a` as 1."""
    start = f"EMNIST/raw/emnist-letters-{split}"
    write(tmp_path / f"{start}-images-idx3-ubyte", images_bytes(PIXELS))
    letters = np.array([1, 26, 2, 3, 4, 5], dtype=np.uint8)
    write(tmp_path / f"{start}-labels-idx1-ubyte", labels_bytes(letters))
    images = load_images("emnist-letters", split, tmp_path)
    assert torch.equal(images.images[:, 0], torch.from_numpy(PIXELS).transpose(1, 2))
    assert images.images.is_contiguous()
    assert [images.classes[i] for i in images.labels] == list("azbcde")


def test_a_letter_numbered_zero_is_refused(tmp_path: Path) -> None:
    start = "EMNIST/raw/emnist-letters-test"
    write(tmp_path / f"{start}-images-idx3-ubyte", images_bytes(PIXELS))
    write(tmp_path / f"{start}-labels-idx1-ubyte", labels_bytes(np.arange(6, dtype=np.uint8)))
    with pytest.raises(DataError, match="outside the 26 classes"):
        load_images("emnist-letters", "test", tmp_path)


@pytest.mark.parametrize("missing", [IMAGES_FILE, LABELS_FILE])
def test_a_missing_file_is_named_with_the_way_to_get_it(missing: str, root: Path) -> None:
    (root / missing).unlink()
    with pytest.raises(DataMissingError, match=f"{Path(missing).name}.*11 MB.*--download"):
        load_images("mnist", "test", root)


def test_an_empty_data_folder_is_missing_data(tmp_path: Path) -> None:
    with pytest.raises(DataMissingError, match="mnist is not on this machine"):
        load_images("mnist", "test", tmp_path)


IMAGES = images_bytes(PIXELS)
BILLION = struct.pack(">4I", 0x803, 10**9, 28, 28) + IMAGES[16:]
DOUBLES = struct.pack(">I", 0xE03) + IMAGES[4:]
LABEL_250 = labels_bytes(np.array([250, 0, 0, 0, 0, 0], dtype=np.uint8))
LABEL_10 = labels_bytes(np.array([0, 10, 0, 0, 0, 0], dtype=np.uint8))


@pytest.mark.parametrize(
    ("file", "content", "sentence"),
    [
        (IMAGES_FILE, b"", "a file of 0 bytes"),
        (LABELS_FILE, b"", "a file of 0 bytes"),
        (IMAGES_FILE, IMAGES[:3], "a file of 3 bytes"),
        (IMAGES_FILE, IMAGES[:15], "expected magic number 2051"),
        (IMAGES_FILE, IMAGES[:-100], "should be 4720 bytes long by its own header, but is 4620"),
        (IMAGES_FILE, IMAGES + b"\0", "should be 4720 bytes long by its own header, but is 4721"),
        (IMAGES_FILE, BILLION, "should be 784000000016 bytes long"),
        (IMAGES_FILE, struct.pack(">4I", *[2**32 - 1] * 4), "expected magic number 2051"),
        (IMAGES_FILE, struct.pack(">4I", 0x803, *[2**32 - 1] * 3), "by its own header"),
        (IMAGES_FILE, labels_bytes(LABELS), "not an IDX file of images"),
        (LABELS_FILE, IMAGES, "not an IDX file of labels"),
        (IMAGES_FILE, DOUBLES, "expected magic number 2051, found 3587"),
        (IMAGES_FILE, struct.pack("<I", 0x803) + IMAGES[4:], "expected magic number 2051"),
        (IMAGES_FILE, b"\x1f\x8b" + IMAGES[2:], "not an IDX file of images"),
        (LABELS_FILE, labels_bytes(LABELS[:5]), "holds 6 images but .* 5 labels"),
        (LABELS_FILE, LABEL_250, "outside the 10 classes"),
        (LABELS_FILE, LABEL_10, "outside the 10 classes"),
    ],
    ids=[
        "D2-empty-images", "D2-empty-labels", "3-bytes", "header-cut", "D4-truncated",
        "D5-trailing", "D6-billion", "all-ones", "overflow", "D8-labels-for-images",
        "D8-images-for-labels", "D12-doubles", "little-endian", "gzip", "D9-mismatch",
        "D10-label-250", "D10-label-10",
    ],
)  # fmt: skip
def test_a_damaged_file_is_named_in_one_sentence(
    file: str, content: bytes, sentence: str, root: Path
) -> None:
    write(root / file, content)
    with pytest.raises(DataError, match=sentence) as caught:
        load_images("mnist", "test", root)
    assert Path(file).name in str(caught.value)
    assert not isinstance(caught.value, DataMissingError)
    assert str(caught.value).count("\n") == 0


@pytest.mark.parametrize("shape", [(0, 28, 28), (6, 0, 28), (6, 28, 0)], ids=str)
def test_a_file_without_a_single_pixel_is_refused(shape: tuple[int, int, int], root: Path) -> None:
    write(root / IMAGES_FILE, images_bytes(np.zeros(shape, dtype=np.uint8)))
    write(root / LABELS_FILE, labels_bytes(LABELS[: shape[0]]))
    with pytest.raises(DataError, match="t10k"):
        load_images("mnist", "test", root)


def test_any_single_damaged_header_byte_is_noticed(root: Path) -> None:
    for position in range(16):
        damaged = bytearray(IMAGES)
        damaged[position] ^= 0xFF
        write(root / IMAGES_FILE, bytes(damaged))
        with pytest.raises(DataError):
            load_images("mnist", "test", root)


@pytest.mark.parametrize("name", ["digits", "cifar", "folder/"])
def test_only_known_data_sets_are_fetched(name: str, tmp_path: Path) -> None:
    assert not is_downloadable(name)
    with pytest.raises(ConfigError, match="only mnist, fashion-mnist, kmnist, emnist-letters can"):
        download(name, tmp_path)


@pytest.mark.parametrize("name", ["mnist", "fashion-mnist", "kmnist", "emnist-letters"])
def test_a_download_says_its_size(name: str) -> None:
    assert is_downloadable(name)
    assert download_size(name).endswith(" MB")


def test_data_that_are_there_are_not_fetched_again(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(root / "MNIST/raw/train-images-idx3-ubyte", IMAGES)
    write(root / "MNIST/raw/train-labels-idx1-ubyte", labels_bytes(LABELS))
    monkeypatch.setattr(urllib.request, "urlopen", refuse)
    download("mnist", root)


def refuse(*args: object, **kwargs: object) -> None:
    raise urllib.error.URLError("Network is unreachable")


@pytest.mark.parametrize("name", ["mnist", "fashion-mnist", "kmnist", "emnist-letters"])
def test_a_dead_network_is_one_sentence(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(urllib.request, "urlopen", refuse)
    with pytest.raises(DataError, match=rf"Cannot fetch {name}: no answer from http.*yourself"):
        download(name, tmp_path)
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]


@pytest.fixture
def mirrors(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """torchvision's mirrors of MNIST, to be replaced by a test, reached without a proxy."""
    from torchvision.datasets import MNIST

    addresses: list[str] = []
    monkeypatch.setattr(MNIST, "mirrors", addresses)
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    monkeypatch.setattr(urllib.request, "_opener", None)
    yield addresses
    gc.collect()  # torchvision leaves refused connections to the collector


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    """A port of this machine that takes connections."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server


def address(server: socket.socket) -> str:
    return f"http://127.0.0.1:{server.getsockname()[1]}/"


@LEFT_OPEN
def test_a_closed_port_is_one_sentence_at_once(
    mirrors: list[str], listener: socket.socket, tmp_path: Path
) -> None:
    mirrors.append(address(listener))
    listener.close()
    start = time.monotonic()
    with pytest.raises(DataError, match="Cannot fetch mnist: no answer from http://127"):
        download("mnist", tmp_path)
    assert time.monotonic() - start < 10


@LEFT_OPEN
def test_a_silent_server_counts_as_absent(
    mirrors: list[str],
    listener: socket.socket,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(idx, "NETWORK_TIMEOUT", 0.2)
    mirrors.append(address(listener))
    with pytest.raises(DataError, match="no answer"):
        download("mnist", tmp_path)


def test_several_hanging_mirrors_are_waited_for_together(monkeypatch: pytest.MonkeyPatch) -> None:
    """A name lookup can hang longer than any timeout of the connection."""
    wake = threading.Event()
    monkeypatch.setattr(idx, "NETWORK_TIMEOUT", 0.3)
    monkeypatch.setattr(urllib.request, "urlopen", lambda *a, **k: wake.wait(10) and refuse())
    start = time.monotonic()
    assert not idx._any_answers([f"http://mirror{i}.invalid/" for i in range(10)])
    elapsed = time.monotonic() - start
    wake.set()
    assert elapsed < 5 * 0.3


def answer_once(server: socket.socket, reply: bytes, times: int = 50) -> threading.Thread:
    """Answer every connection with the same bytes, until the port is closed."""

    def serve() -> None:
        for _ in range(times):
            try:
                connection, _ = server.accept()
            except OSError:
                return
            with connection:
                connection.recv(4096)
                connection.sendall(reply)

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    return thread


@pytest.mark.parametrize(
    "reply",
    [
        b"this is no HTTP\r\n\r\n",
        b"",
        b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\n<html>Hotel",
        b"HTTP/1.1 200 OK\r\nContent-Length: 99999\r\n\r\ncut",
    ],
    ids=["garbage", "hangs-up", "D16-403", "D16-503", "login-page", "D17-cut-off"],
)
@LEFT_OPEN
def test_a_server_that_has_no_data_is_one_sentence(
    reply: bytes,
    mirrors: list[str],
    listener: socket.socket,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    answer_once(listener, reply)
    mirrors.append(address(listener))
    with pytest.raises(DataError, match="mnist"):
        download("mnist", tmp_path)
    assert "Traceback" not in capsys.readouterr().err


def test_damaged_data_are_not_silently_replaced(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(root / "MNIST/raw/train-images-idx3-ubyte", IMAGES[:-1])
    write(root / "MNIST/raw/train-labels-idx1-ubyte", labels_bytes(LABELS))
    monkeypatch.setattr(urllib.request, "urlopen", refuse)
    with pytest.raises(DataError, match="train-images-idx3-ubyte should be"):
        data.download("mnist", root)


@LEFT_OPEN
def test_the_time_limit_of_sockets_is_put_back(
    mirrors: list[str], listener: socket.socket, tmp_path: Path
) -> None:
    answer_once(listener, b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")
    mirrors.append(address(listener))
    before = socket.getdefaulttimeout()
    with pytest.raises(DataError, match="Fetching mnist failed"):
        download("mnist", tmp_path)
    assert socket.getdefaulttimeout() == before
