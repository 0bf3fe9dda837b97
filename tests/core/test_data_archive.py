"""Tests for vae_core.data.archive, arrays and kept: what strangers bring."""

from __future__ import annotations

import io
import stat
import struct
import subprocess
import sys
import time
import tracemalloc
import warnings
import zipfile
import zlib
from collections import namedtuple
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from tests.core.test_data_own import COLOUR, GREY, RNG, Payload, bad_picture, both, rows
from vae_core import files, load_checkpoint
from vae_core.__main__ import main
from vae_core.data import archive, kept, load_images, own_path
from vae_core.data.fitting import Limits
from vae_core.data.own import read_file, read_path, read_pictures
from vae_core.data.pictures import MAX_PICTURE_BYTES, read_picture
from vae_core.errors import ConfigError, DataError, DataMissingError

Disk = namedtuple("Disk", "total used free")
ROOT = Path(__file__).parents[2]


def picture(pixels: np.ndarray) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "PNG")
    return buffer.getvalue()


def zipped(path: Path, entries: dict[str, bytes], **options) -> Path:
    with zipfile.ZipFile(path, "w", **options) as archive:
        for name, data in entries.items():
            archive.writestr(name, data)
    return path


def classes(top: str = "", n: int = 10) -> dict[str, bytes]:
    """Pictures in two class folders."""
    return {f"{top}{('ant', 'bee')[i % 2]}/{i}.png": picture(GREY[i]) for i in range(n)}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "own.zip"


@pytest.fixture(autouse=True)
def own_dir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("VAE_OWN_DIR", str(tmp_path / "kept"))
    return tmp_path / "kept"


class TestZip:
    """A zip of pictures."""

    @pytest.mark.parametrize("top", ["", "zoo/", "a/b/"])
    def test_its_folders_are_the_classes(self, top: str, path: Path) -> None:
        found = both(zipped(path, classes(top)))
        assert found.classes == ("ant", "bee")
        assert rows(found.images[found.labels == 1]) == rows(torch.from_numpy(GREY[1::2].copy()))

    def test_it_is_the_same_data_set_as_the_folder(self, path: Path, tmp_path: Path) -> None:
        for name, data in classes().items():
            (tmp_path / "folder" / name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / "folder" / name).write_bytes(data)
        zipped(path, classes("zoo/"))
        for split in ("train", "test"):
            a, b = load_images(str(path), split), load_images(str(tmp_path / "folder"), split)
            assert a.sha256() == b.sha256()

    def test_one_folder_of_pictures_is_one_class_called_so(self, path: Path) -> None:
        zipped(path, {f"cats/{i}.png": picture(GREY[i]) for i in range(10)})
        assert both(path).classes == ("cats",)

    def test_pictures_without_a_folder_are_one_class(self, path: Path) -> None:
        zipped(path, {f"{i}.png": picture(GREY[i]) for i in range(10)})
        assert both(path).classes == ("images",)

    def test_train_and_test_folders_are_the_splits(self, path: Path) -> None:
        entries = {
            f"zoo/{('train', 'test')[i >= 7]}/{'ab'[i % 2]}/{i}.png": picture(GREY[i])
            for i in range(10)
        }
        zipped(path, entries)
        assert rows(load_images(str(path), "test").images) == rows(torch.from_numpy(GREY[7:]))

    def test_what_systems_leave_in_an_archive_is_no_picture(self, path: Path) -> None:
        clutter = ("__MACOSX/zoo/._1.png", "zoo/.hidden/1.png", "zoo/ant/Thumbs.db", "zoo/a.txt")
        zipped(path, classes("zoo/") | dict.fromkeys(clutter, b"junk"))
        found = read_path(path)
        assert (len(found.images), found.classes, found.n_aside) == (10, ("ant", "bee"), 1)

    def test_names_of_windows_are_understood(self, path: Path) -> None:
        zipped(path, {k.replace("/", "\\"): v for k, v in classes("zoo/").items()})
        assert both(path).classes == ("ant", "bee")

    def test_a_class_name_is_free_of_invisible_signs(self, path: Path) -> None:
        zipped(path, {f"a\u202egpj\n/{i}.png": picture(GREY[i]) for i in range(10)})
        assert both(path).classes == ("a gpj",)

    def test_what_was_done_to_the_pictures_is_said(self, path: Path) -> None:
        zipped(path, classes() | {"bee/wide.png": picture(np.zeros((40, 90, 3), np.uint8))})
        found = read_path(path)
        assert found.is_resized
        assert found.words == (
            "The pictures differ in size: each is cropped to its middle square and resized to "
            "32 × 32 pixels, in colour, since some are."
        )
        assert read_path(zipped(path, classes())).words == (
            "All pictures are 9 × 12 pixels and stay so, in grey."
        )

    def test_the_size_of_resized_pictures_can_be_chosen(self, path: Path) -> None:
        zipped(path, {f"{i}.png": picture(np.zeros((90, 90), np.uint8)) for i in range(9)})
        with path.open("rb") as file:
            assert read_file(file, "x.zip", side=16).images.shape == (9, 1, 16, 16)


def hostile(kind: str) -> bytes:
    """Archives that no honest program makes."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in classes(n=4).items():
            archive.writestr(name, data)
        match kind:
            case "leads-out":
                archive.writestr("../../etc/evil.png", picture(GREY[0]))
            case "absolute":
                archive.writestr("/etc/evil.png", picture(GREY[0]))
            case "drive":
                archive.writestr("C:/evil.png", picture(GREY[0]))
            case "twice":
                with pytest.warns(UserWarning, match="Duplicate"):
                    archive.writestr("ant/0.png", picture(GREY[1]))
            case "bomb":
                archive.writestr("ant/bomb.png", bytes(300 * 2**20))
            case "picture-bomb":
                archive.writestr("ant/bomb.png", bad_picture("9000x9000"))
            case "text-bomb":
                archive.writestr("ant/bomb.png", bad_picture("text-bomb"))
            case "html" | "svg" | "pdf" | "truncated":
                archive.writestr("ant/bomb.png", bad_picture(kind))
            case "exe":
                archive.writestr("ant/bomb.png", b"MZ" + bytes(100))
    content = bytearray(buffer.getvalue())
    entry = content.index(b"PK\x01\x02")
    if kind == "locked":
        content[6] |= 1
        content[entry + 8] |= 1
    elif kind == "packing":  # LZMA
        content[8] = content[entry + 10] = 14
    elif kind == "lies":  # about the unpacked size
        content[entry + 24 : entry + 28] = struct.pack("<I", 10)
    elif kind == "cut":
        del content[len(content) // 2 :]
    return bytes(content)


@pytest.mark.parametrize(
    ("kind", "sentence"),
    [
        ("leads-out", "a name that leads out of it"),
        ("absolute", "a name that leads out of it"),
        ("drive", "a name that leads out of it"),
        ("twice", r"holds 'ant/0\.png' twice"),
        ("bomb", r"'ant/bomb\.png' in own\.zip is larger than 5 MB"),
        ("picture-bomb", "9000x9000 pixels; at most 4000000"),
        ("text-bomb", r"bomb\.png' in own\.zip is not a readable PNG"),
        ("html", r"bomb\.png' in own\.zip is not a readable PNG"),
        ("svg", r"bomb\.png' in own\.zip is not a readable PNG"),
        ("pdf", r"bomb\.png' in own\.zip is not a readable PNG"),
        ("exe", r"bomb\.png' in own\.zip is not a readable PNG"),
        ("truncated", r"bomb\.png' in own\.zip is not a readable PNG"),
        ("locked", "locked with a password"),
        ("packing", "packed in an unusual way"),
        ("lies", "not a readable"),
        ("cut", "not a readable zip archive"),
    ],
)
def test_a_hostile_archive_is_refused_in_one_sentence(kind: str, sentence: str) -> None:
    with pytest.raises(DataError, match=sentence) as caught:
        read_file(io.BytesIO(hostile(kind)), "own.zip")
    assert "\n" not in str(caught.value)
    assert "own.zip" in str(caught.value)


def test_links_in_an_archive_are_left_aside(path: Path) -> None:
    zipped(path, classes())
    link = zipfile.ZipInfo("ant/link.png")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr(link, "/etc/passwd")
    found = read_path(path)
    assert (len(found.images), found.n_aside) == (10, 1)


def test_an_archive_in_an_archive_is_not_opened(path: Path) -> None:
    zipped(path, {"inner.zip": b"PK"})
    with pytest.raises(DataError, match=r"holds another archive, 'inner\.zip'; unpack that first"):
        load_images(str(path))


def test_an_archive_without_pictures_is_refused(path: Path) -> None:
    zipped(path, {"notes.txt": b"hello"})
    with pytest.raises(DataError, match=r"holds no pictures: expected \.png"):
        load_images(str(path))


def test_more_entries_than_are_read_are_counted_before_the_archive_is_opened(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("vae_core.data.archive.MAX_FILES", 3)
    monkeypatch.setattr("vae_core.data.archive.zipfile", None)
    with pytest.raises(DataError, match="more than 3 files"):
        read_file(io.BytesIO(hostile("")), "own.zip")


def test_a_sign_on_the_border_of_two_chunks_is_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("vae_core.data.archive.CHUNK", 5)
    monkeypatch.setattr("vae_core.data.archive.MAX_FILES", 3)
    with pytest.raises(DataError, match="more than 3 files"):
        read_file(io.BytesIO(hostile("")), "own.zip")


@pytest.mark.parametrize("limits", [Limits(100, 10**9), Limits(10**9, 100)])
def test_there_is_a_limit_to_all_pictures_together(limits: Limits) -> None:
    with pytest.raises(DataError, match="These pictures are too many"):
        read_file(io.BytesIO(hostile("")), "own.zip", limits)


def test_any_single_damaged_byte_of_an_archive_is_survived(path: Path) -> None:
    good = zipped(path, classes(n=4)).read_bytes()
    for position in range(0, len(good), 3):
        damaged = bytearray(good)
        damaged[position] ^= 0xFF
        try:
            read_file(io.BytesIO(damaged), "own.zip")
        except DataError as err:
            assert "\n" not in str(err)


def test_any_truncation_of_an_archive_is_refused(path: Path) -> None:
    good = zipped(path, classes(n=4)).read_bytes()
    for length in range(0, len(good), 11):
        with pytest.raises(DataError):
            read_file(io.BytesIO(good[:length]), "own.zip")


class TestNpy:
    """An .npy file."""

    def test_it_holds_the_images_of_one_class(self, tmp_path: Path) -> None:
        np.save(tmp_path / "own.npy", COLOUR)
        found = both(tmp_path / "own.npy")
        assert rows(found.images) == rows(torch.from_numpy(COLOUR.transpose(0, 3, 1, 2).copy()))
        assert found.classes == ("images",)

    def test_nothing_is_unpickled(self, tmp_path: Path) -> None:
        marker = tmp_path / "marker"
        objects = np.array([Payload(marker)] * 9, dtype=object)
        np.save(tmp_path / "own.npy", objects, allow_pickle=True)
        with pytest.raises(DataError, match=r"not a readable \.npy file of a plain array"):
            load_images(str(tmp_path / "own.npy"))
        assert not marker.exists()

    def test_any_damaged_byte_of_its_header_is_survived(self) -> None:
        buffer = io.BytesIO()
        np.save(buffer, GREY)
        good = buffer.getvalue()
        for position in range(128):
            damaged = bytearray(good)
            damaged[position] ^= 0x11
            try:
                read_file(io.BytesIO(damaged), "own.npy")
            except DataError as err:
                assert "own.npy" in str(err)

    @pytest.mark.parametrize("change", [lambda d: d[:-1], lambda d: d + b"x", lambda d: d[:50]])
    def test_more_or_less_than_it_says_is_refused(self, change) -> None:
        buffer = io.BytesIO()
        np.save(buffer, GREY)
        with pytest.raises(DataError, match=r"own\.npy is not a readable"):
            read_file(io.BytesIO(change(buffer.getvalue())), "own.npy")

    def test_black_or_white_is_a_kind_of_image(self) -> None:
        buffer = io.BytesIO()
        np.save(buffer, GREY > 127)
        found = read_file(io.BytesIO(buffer.getvalue()), "own.npy")
        np.testing.assert_array_equal(found.images[:, 0], np.where(GREY > 127, 255, 0))


def test_several_pictures_are_one_data_set() -> None:
    found = read_pictures({f"{i}.png": picture(GREY[i]) for i in range(10)}, "pictures")
    assert rows(torch.from_numpy(found.images)) == rows(torch.from_numpy(GREY[:, None].copy()))


def test_a_folder_of_uploads_has_its_classes() -> None:
    assert read_pictures(classes("zoo/"), "zoo").classes == ("ant", "bee")


def test_too_large_a_file_is_refused_before_it_is_opened() -> None:
    with pytest.raises(DataError, match=r"'big\.png' is larger than 5 MB"):
        read_pictures({"big.png": bytes(MAX_PICTURE_BYTES + 1)}, "pictures")


# Each in a process of its own with little more memory than its libraries take: what is not
# refused before it is unpacked ends it.
BOUNDED = """
import io, os, resource, sys, traceback
from pathlib import Path
import numpy as np, torch, PIL.Image
from vae_core.data.own import read_file
from vae_core.errors import DataError
PIL.Image.init()

def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

def read(name):
    data = Path(name).read_bytes()
    used = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (used + 200 * 2**20,) * 2)
    before = peak()
    try:
        read_file(io.BytesIO(data), Path(name).name)
    except DataError as err:
        Path(name + ".said").write_text(f"{(peak() - before) // 1024} {err}")

for name in sys.argv[1:]:
    child = os.fork()
    if not child:
        try:
            read(name)
        except BaseException:
            Path(name + ".said").write_text(traceback.format_exc())
        os._exit(0)
    os.waitpid(child, 0)
"""
BOMBS = ("zip", "npz", "npy", "9000x9000", "65535x65535", "text-bomb", "html", "truncated")


def bomb(kind: str, folder: Path) -> Path:
    """Small files that would unpack to a gigabyte and more."""
    if kind == "npz":
        with (
            zipfile.ZipFile(folder / "bomb.npz", "w", zipfile.ZIP_DEFLATED) as archive,
            archive.open("images.npy", "w", force_zip64=True) as member,
        ):
            header = {"descr": "|u1", "fortran_order": False, "shape": (2**20, 32, 32)}
            np.lib.format.write_array_header_1_0(member, header)
            for _ in range(1024):
                member.write(bytes(2**20))
        return folder / "bomb.npz"
    if kind == "npy":
        with (folder / "bomb.npy").open("wb") as file:
            header = {"descr": "<f4", "fortran_order": False, "shape": (10**12,)}
            np.lib.format.write_array_header_1_0(file, header)
        return folder / "bomb.npy"
    path = folder / "bomb.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        if kind == "zip":
            with archive.open("a.png", "w", force_zip64=True) as member:
                for _ in range(1024):
                    member.write(bytes(2**20))
        else:
            archive.writestr("a.png", bad_picture(kind))
    return path


@pytest.fixture(scope="module")
def refused(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Where each bomb's reader left what it said, if it lived."""
    paths = {kind: bomb(kind, tmp_path_factory.mktemp("bomb")) for kind in BOMBS}
    words = [sys.executable, "-c", BOUNDED, *map(str, paths.values())]
    subprocess.run(words, cwd=ROOT, check=True)
    return paths


@pytest.mark.parametrize("kind", BOMBS)
@pytest.mark.skipif(sys.platform != "linux", reason="measures with /proc")
def test_a_bomb_takes_no_memory(kind: str, refused: dict[str, Path]) -> None:
    path = refused[kind]
    assert path.stat().st_size < 2 * 2**20
    grown, sentence = path.with_name(path.name + ".said").read_text().split(" ", 1)
    assert int(grown) < 100  # MB
    assert "bomb." in sentence


class TestKept:
    """Data sets that the app keeps."""

    def own(self, tmp_path: Path):
        return read_path(zipped(tmp_path / "own.zip", classes("zoo/") | more(20)))

    def test_what_is_kept_is_the_data_set(self, tmp_path: Path) -> None:
        images = self.own(tmp_path)
        name = kept.keep(images, "zoo")
        assert name == "own:zoo"
        assert kept.kept_names() == ["own:zoo"]
        for split in ("train", "test"):
            expected = images.split(split, "own.zip")
            found = load_images("own:zoo", split)
            assert found.sha256() == expected.sha256()
            assert found.classes == expected.classes
            assert found.name == "own:zoo"

    def test_given_splits_stay(self, tmp_path: Path) -> None:
        entries = {f"train/{i}.png": picture(GREY[i]) for i in range(5)}
        entries |= {f"test/{i}.png": picture(GREY[i]) for i in range(5, 10)}
        kept.keep(read_path(zipped(tmp_path / "own.zip", entries)), "halves")
        assert rows(load_images("own:halves", "test").images) == rows(torch.from_numpy(GREY[5:]))

    @pytest.mark.parametrize("name", ["", "a b", "../x", "a/b", "é", "x" * 61, "a.b", "a\n"])
    def test_a_name_that_is_no_file_s_is_refused(self, name: str, tmp_path: Path) -> None:
        with pytest.raises(DataError, match="letters, digits"):
            kept.keep(self.own(tmp_path), name)
        assert kept.kept_names() == []

    def test_nothing_is_replaced(self, tmp_path: Path, own_dir: Path) -> None:
        kept.keep(self.own(tmp_path), "zoo")
        before = (own_dir / "zoo.npz").read_bytes()
        with pytest.raises(DataError, match="called zoo already"):
            kept.keep(self.own(tmp_path), "zoo")
        assert (own_dir / "zoo.npz").read_bytes() == before

    @pytest.mark.parametrize("limit", ["MAX_KEPT", "MAX_BYTES"])
    def test_there_is_a_limit(self, limit: str, tmp_path: Path, monkeypatch) -> None:
        monkeypatch.setattr(kept, limit, {"MAX_KEPT": 1, "MAX_BYTES": 1000}[limit])
        if limit == "MAX_KEPT":
            kept.keep(self.own(tmp_path), "first")
        with pytest.raises(DataError, match="There is no room"):
            kept.keep(self.own(tmp_path), "second")

    def test_a_nearly_full_disk_is_left_alone(self, tmp_path: Path, own_dir: Path, monkeypatch):
        monkeypatch.setattr(files.shutil, "disk_usage", lambda _: Disk(0, 0, files.SPARE))
        with pytest.raises(DataError, match="nearly full"):
            kept.keep(self.own(tmp_path), "zoo")
        assert list(own_dir.iterdir()) == []

    @pytest.mark.parametrize("n", [1, 2, 10])
    def test_too_few_images_for_a_map_are_refused(self, n: int) -> None:
        few = read_pictures({f"{i}.png": picture(GREY[i]) for i in range(n)}, "pictures")
        with pytest.raises(DataError, match=f"Of {n} image.* would be held out"):
            kept.keep(few, "few")

    def test_what_is_deleted_is_gone(self, tmp_path: Path) -> None:
        kept.keep(self.own(tmp_path), "zoo")
        kept.delete("own:zoo")
        assert kept.kept_names() == []
        with pytest.raises(DataMissingError, match="own:zoo is not on this machine"):
            load_images("own:zoo")
        for name in ("own:zoo", "own:../x", "mnist"):
            with pytest.raises(DataMissingError, match="no data set"):
                kept.delete(name)

    @pytest.mark.parametrize("name", ["own:", "own:../x", "own:a/b", "own:a b"])
    def test_a_name_never_leads_elsewhere(self, name: str) -> None:
        assert own_path(name) is None
        with pytest.raises(ConfigError, match="Unknown data set"):
            load_images(name)


def test_the_command_line_trains_on_an_archive(path: Path, tmp_path: Path, capsys) -> None:
    out = tmp_path / "own.safetensors"
    words = ["train", "--epochs", "1", "--preset", "dense-256", "--out", str(out), "--dataset"]
    assert main([*words, str(zipped(path, classes("zoo/") | more(20)))]) == 0
    assert load_checkpoint(out).dataset.classes == ("ant", "bee")
    path.write_bytes(hostile("leads-out"))
    capsys.readouterr()
    assert main([*words, str(path), "--force"]) == 1
    assert capsys.readouterr().err.startswith(f"error: {path} holds a name that leads out of it")


def more(n: int) -> dict[str, bytes]:
    pixels = RNG.integers(0, 256, (n, 12, 9), dtype=np.uint8)
    return {f"zoo/bee/more{i}.png": picture(pixels[i]) for i in range(n)}


def archived(names: list[str]) -> io.BytesIO:
    """Pictures by these names in a zip."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for i, name in enumerate(names):
            archive.writestr(name, picture(GREY[i % len(GREY)]))
    return buffer


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("a/" * 21 + "1.png", "holds 21 folders one in another"),
        ("a/" * 32_000 + "1.png", "holds a name of 64005 characters"),
        ("a" * 1001 + ".png", "holds a name of 1005 characters"),
    ],
)
def test_a_name_that_nobody_gives_is_refused(name: str, sentence: str) -> None:
    begun = time.process_time()
    with pytest.raises(DataError, match=sentence):
        read_file(archived([name, "b/2.png"]), "own.zip")
    assert time.process_time() - begun < 1


def test_many_top_folders_are_taken_off_at_once() -> None:
    """Uploads have no archive's limit; one after the other this takes the square of them."""
    begun = time.process_time()
    files = {f"{'a/' * 20_000}{'xy'[i % 2]}/{i}.png": picture(GREY[i]) for i in range(10)}
    assert read_pictures(files, "deep").classes == ("x", "y")
    assert time.process_time() - begun < 1


@pytest.mark.parametrize("other", ["a\\1.png", "./a/1.png", "a//1.png"])
def test_two_names_of_one_place_are_refused(other: str) -> None:
    with pytest.raises(DataError, match=r"own\.zip holds .*1\.png' twice"):
        read_file(archived(["a/1.png", other]), "own.zip")
    with pytest.raises(DataError, match=r"pictures holds .*1\.png' twice"):
        read_pictures({"a/1.png": picture(GREY[0]), other: picture(GREY[1])}, "pictures")


def test_an_upload_without_a_name_is_left_out() -> None:
    assert len(read_pictures({"": picture(GREY[0])} | classes(), "zoo").images) == 10


@pytest.mark.parametrize("n", [3, 4])
def test_all_that_an_archive_unpacks_to_has_a_limit(n: int, path: Path) -> None:
    """A picture can have any number of zeros behind it."""
    data = picture(GREY[0]).ljust(2**20, b"\0")
    zipped(path, {f"{i}.png": data for i in range(n)}, compression=zipfile.ZIP_DEFLATED)
    limits = Limits(2**27, 10**9, 3 * 2**20)
    with path.open("rb") as file:
        if n == 3:
            assert len(read_file(file, "own.zip", limits).images) == 3
            return
        with pytest.raises(DataError, match=r"would unpack to 4 MB .* at most 3 MB are read"):
            read_file(file, "own.zip", limits)


def test_no_member_is_unpacked_beyond_what_the_archive_declares() -> None:
    """This is what the limit rests on; the checksum here is that of the part declared."""
    good = picture(GREY[0])
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as made:
        made.writestr("1.png", good + bytes(4 * 2**20))
    content = bytearray(buffer.getvalue())
    for start in (14, content.index(b"PK\x01\x02") + 16):
        content[start : start + 4] = struct.pack("<I", zlib.crc32(good))
        content[start + 8 : start + 12] = struct.pack("<I", len(good))
    with zipfile.ZipFile(io.BytesIO(content)) as opened:
        tracemalloc.start()
        found = archive.unpacked(opened, opened.infolist()[0], "own.zip").read()
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    assert found == good
    assert peak < 2**20


def test_a_mistake_of_our_own_is_not_called_a_damaged_archive(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def broken(*args: object) -> None:
        raise ValueError("our own mistake")

    monkeypatch.setattr("vae_core.data.own.fit_pictures", broken)
    with pytest.raises(ValueError, match="our own mistake"):
        read_file(io.BytesIO(hostile("")), "own.zip")


def with_header(header: bytes) -> bytes:
    """An .npy file that begins so."""
    padded = header.ljust(118) + b"\n"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(padded)) + padded + bytes(640)


@pytest.mark.parametrize(
    "header",
    [b"{[]: 1}", b"{'a': 1, 2: 3}", b"{1, []}", b"{'descr': {}, 'fortran_order': 1, 'shape': ()}"],
)
def test_a_header_that_is_none_is_refused(header: bytes) -> None:
    with pytest.raises(DataError, match=r"own\.npy is not a readable"):
        read_file(io.BytesIO(with_header(header)), "own.npy")
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("images.npy", with_header(header))
    with pytest.raises(DataError, match=r"own\.npz is not a readable"):
        read_file(buffer, "own.npz")


@pytest.mark.parametrize("name", ["own.zip", "own.npz"])
def test_a_member_that_begins_beyond_any_file_is_refused(name: str) -> None:
    """Where it begins is said in an extra field of 64 bits."""
    content = bytearray(archived(["images.npy" if name == "own.npz" else "1.png"]).getvalue())
    entry = content.index(b"PK\x01\x02")
    end = content.index(b"PK\x05\x06")
    extra = struct.pack("<HHQ", 1, 8, 2**63 + 5)
    content[entry + 30 : entry + 32] = struct.pack("<H", len(extra))
    content[entry + 42 : entry + 46] = b"\xff" * 4
    content[end + 12 : end + 16] = struct.pack("<I", end - entry + len(extra))
    content[end:end] = extra
    with pytest.raises(DataError, match=f"{name} is not a readable"):
        read_file(io.BytesIO(content), name)


class TestClasses:
    """What an array says of classes."""

    def npz(self, **arrays) -> io.BytesIO:
        buffer = io.BytesIO()
        np.savez_compressed(buffer, images=GREY, **arrays)
        return buffer

    def test_too_many_names_are_counted_before_any_is_read(self) -> None:
        names = np.zeros(2_000_000, "S1")
        file = self.npz(labels=np.zeros(10, int), classes=names)
        tracemalloc.start()
        with pytest.raises(DataError, match="2000000 classes; at most 1000 are read"):
            read_file(file, "own.npz")
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert peak < 20 * 2**20  # as texts they take 100 MB and more

    def test_too_many_labels_are_counted_too(self) -> None:
        buffer = io.BytesIO()
        np.savez(buffer, images=np.zeros((1001, 8, 8), np.uint8), labels=np.arange(1001))
        with pytest.raises(DataError, match="1001 classes; at most 1000 are read"):
            read_file(buffer, "own.npz")

    def test_a_name_of_any_length_is_refused(self) -> None:
        file = self.npz(labels=np.zeros(10, int), classes=np.array(["a" * 1001]))
        with pytest.raises(DataError, match="'classes' is too long"):
            read_file(file, "own.npz")

    @pytest.mark.parametrize("names", [[1.5, 2.5], [True, False], [1j, 2j]])
    def test_what_is_no_name_is_refused(self, names: list) -> None:
        file = self.npz(labels=np.zeros(10, int), classes=np.array(names))
        with pytest.raises(DataError, match="'classes' must be a list of names"):
            read_file(file, "own.npz")

    @pytest.mark.parametrize(
        ("names", "expected"),
        [
            (np.array([b"cat", "Käfer".encode()]), ("cat", "Käfer")),
            (np.array([b"\xff", b"dog"]), ("\ufffd", "dog")),
            (np.array([7, 8]), ("7", "8")),
            (np.array(["a", "a\u200b", "", " "]), ("a", "a (2)", "unnamed", "unnamed (2)")),
            (np.array(["a" * 60, "a" * 60]), ("a" * 60, "a" * 56 + " (2)")),
        ],
    )
    def test_names_are_texts_each_another(self, names: np.ndarray, expected: tuple) -> None:
        file = self.npz(labels=np.zeros(10, int), classes=names)
        assert read_file(file, "own.npz").classes == expected

    def test_an_array_twice_is_refused(self) -> None:
        buffer = io.BytesIO()
        array = io.BytesIO()
        np.save(array, GREY)
        with zipfile.ZipFile(buffer, "w") as archive:
            archive.writestr("images.npy", array.getvalue())
            archive.writestr("images", array.getvalue())
        with pytest.raises(DataError, match=r"own\.npz holds 'images' twice"):
            read_file(buffer, "own.npz")


@pytest.mark.parametrize(
    "grown",
    [
        [np.zeros((8, 8), np.uint8)] * 9 + [np.zeros((9, 8), np.uint8)],
        [np.zeros((9, 8), np.uint8)] + [np.zeros((8, 8), np.uint8)] * 9,
        [np.zeros((20, 20), np.uint8)] * 9 + [np.zeros((20, 20, 3), np.uint8)],
    ],
    ids=["other-size-last", "other-size-first", "colour-last"],
)
def test_the_limit_is_on_what_pictures_become(grown: list[np.ndarray]) -> None:
    """Here of 600 to 5,000 bytes 10,000 and more."""
    files = {f"{i}.png": picture(pixels) for i, pixels in enumerate(grown)}
    with pytest.raises(DataError, match=r"too many: at '9\.png' in pictures they exceed"):
        read_pictures(files, "pictures", Limits(10_000, 10**9))
    assert len(read_pictures(files, "pictures", Limits(12_000, 10**9)).images) == 10


@pytest.mark.parametrize("action", ["error", "ignore"])
@pytest.mark.parametrize("side", [9000, 10_000, 65_535])
def test_a_large_picture_is_refused_whatever_warnings_do(action: str, side: int) -> None:
    """Pillow only warns of the second."""
    with warnings.catch_warnings():
        warnings.simplefilter(action)
        before = list(warnings.filters)
        with pytest.raises(DataError, match="; at most 4000000 pixels and 4096 a side are read"):
            read_picture(bad_picture(f"{side}x{side}"))
        assert warnings.filters == before


def npy(pixels: np.ndarray) -> bytes:
    buffer = io.BytesIO()
    np.save(buffer, pixels)
    return buffer.getvalue()


def samples() -> dict[str, bytes]:
    """One valid file of each kind that is read."""
    found = {"own.zip": hostile(""), "own.npy": npy(GREY[:3])}
    buffer = io.BytesIO()
    np.savez(buffer, images=GREY[:3], labels=np.arange(3), classes=["a", "b", "c"])
    found["own.npz"] = buffer.getvalue()
    for kind in ("png", "jpeg", "webp"):
        buffer = io.BytesIO()
        Image.fromarray(GREY[0]).save(buffer, kind, exif=EXIF)
        found[kind] = buffer.getvalue()
    return found


EXIF = Image.Exif()
EXIF[0x0112], EXIF[0x010F] = 6, "camera"
TIFF = EXIF.tobytes().removeprefix(b"Exif\0\0")
SAMPLES = samples()


def survived(kind: str, data: bytes) -> None:
    """Read, or refused in one sentence."""
    try:
        if "." in kind:
            read_file(io.BytesIO(data), kind)
        else:
            read_picture(data)
    except DataError as err:
        assert "\n" not in str(err)


changes = st.lists(st.tuples(st.floats(0, 1, exclude_max=True), st.integers(0, 255)), max_size=6)


@settings(max_examples=300)
@given(st.sampled_from(sorted(SAMPLES)), changes, st.floats(0, 1))
def test_any_damage_is_survived(kind: str, damage: list[tuple[float, int]], cut: float) -> None:
    data = bytearray(SAMPLES[kind])
    for place, value in damage:
        data[int(place * len(data))] = value
    survived(kind, bytes(data[: len(data) if cut > 0.2 else int(5 * cut * len(data))]))


@pytest.mark.filterwarnings("ignore")  # some that Pillow gives by itself, as it would to anybody
@pytest.mark.parametrize("kind", ["png", "jpeg", "webp"])
def test_any_damage_of_what_a_camera_says_is_survived(kind: str) -> None:
    """Its checksum is not what saves us: each is made anew."""
    good = SAMPLES[kind]
    begin = good.index(TIFF)
    for position in range(begin, begin + len(TIFF)):
        for value in (0, 1, 5, 7, 10, 255):
            data = bytearray(good)
            data[position] = value
            if kind == "png":
                start = data.index(b"eXIf")
                n = struct.unpack(">I", data[start - 4 : start])[0]
                crc = zlib.crc32(data[start : start + 4 + n])
                data[start + 4 + n : start + 8 + n] = struct.pack(">I", crc)
            found = read_picture(bytes(data))
            assert sorted(found.size) == [9, 12]


class TestPalette:
    """Pictures of a palette."""

    def test_grey_colours_alone_make_grey(self) -> None:
        picture = Image.fromarray(GREY[0] % 4)
        picture.putpalette([0, 0, 0, 90, 90, 90, 170, 170, 170, 255, 255, 255, 255, 0, 0])
        buffer = io.BytesIO()
        picture.save(buffer, "PNG")
        found = read_picture(buffer.getvalue())
        assert found.mode == "L"
        levels = np.array([0, 90, 170, 255])
        np.testing.assert_array_equal(np.asarray(found), levels[GREY[0] % 4])

    def test_one_colour_that_is_used_makes_colour(self) -> None:
        picture = Image.fromarray(GREY[0] % 4)
        picture.putpalette([0, 0, 0, 90, 90, 90, 170, 170, 170, 255, 255, 254])
        buffer = io.BytesIO()
        picture.save(buffer, "PNG")
        assert read_picture(buffer.getvalue()).mode == "RGB"
