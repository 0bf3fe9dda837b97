"""Tests for vae_core.data.own."""

from __future__ import annotations

import io
import pickle
import struct
import zipfile
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from vae_core.data import load_images
from vae_core.data.image_set import ImageSet
from vae_core.data.own import read_path
from vae_core.errors import ConfigError, DataError, DataMissingError, VaeCoreError

RNG = np.random.default_rng(0)
GREY = RNG.integers(0, 256, (10, 12, 9), dtype=np.uint8)
COLOUR = RNG.integers(0, 256, (10, 12, 9, 3), dtype=np.uint8)


def save(path: Path, pixels: np.ndarray, mode: str | None = None, **options: Any) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    picture = Image.fromarray(pixels)
    (picture if mode is None else picture.convert(mode)).save(path, **options)
    return path


def both(folder: Path | str) -> ImageSet:
    """Both splits, one after the other."""
    train, test = load_images(str(folder), "train"), load_images(str(folder), "test")
    assert train.classes == test.classes
    images, labels = torch.cat([train.images, test.images]), torch.cat([train.labels, test.labels])
    return ImageSet(images, labels, train.classes)


def rows(images: torch.Tensor) -> list[bytes]:
    return sorted(image.numpy().tobytes() for image in images)


class TestFolder:
    """A folder of pictures."""

    def test_subfolders_are_the_classes(self, tmp_path: Path) -> None:
        for i in range(10):
            save(tmp_path / ("zebra" if i < 5 else "ant") / f"{i}.png", GREY[i])
        found = both(tmp_path)
        assert found.classes == ("ant", "zebra")
        for label, members in ((0, GREY[5:]), (1, GREY[:5])):
            expected = rows(torch.from_numpy(members))
            assert rows(found.images[found.labels == label]) == expected

    def test_a_folder_without_subfolders_is_one_class(self, tmp_path: Path) -> None:
        for i in range(10):
            save(tmp_path / f"{i}.png", GREY[i])
        found = both(tmp_path)
        assert found.classes == ("images",)
        assert rows(found.images) == rows(torch.from_numpy(GREY))
        assert len(load_images(str(tmp_path), "test")) == 2

    def test_train_and_test_subfolders_are_the_splits(self, tmp_path: Path) -> None:
        for i in range(10):
            split, name = ("train", "test")[i >= 7], "ab"[i % 2]
            save(tmp_path / split / name / f"{i}.png", GREY[i])
        train, test = (load_images(str(tmp_path), split) for split in ("train", "test"))
        assert rows(train.images) == rows(torch.from_numpy(GREY[:7]))
        assert rows(test.images) == rows(torch.from_numpy(GREY[7:]))

    def test_a_class_has_one_number_in_both_splits(self, tmp_path: Path) -> None:
        """Also if one split lacks a class."""
        for i, (split, name) in enumerate(
            [("train", "a"), ("train", "b"), ("train", "c"), ("test", "b"), ("test", "c")]
        ):
            save(tmp_path / split / name / f"{i}.png", GREY[i])
        train, test = (load_images(str(tmp_path), split) for split in ("train", "test"))
        assert train.classes == test.classes
        assert [test.classes[i] for i in test.labels] == ["b", "c"]

    def test_images_have_one_shape_in_both_splits(self, tmp_path: Path) -> None:
        save(tmp_path / "train" / "0.png", GREY[0])
        save(tmp_path / "train" / "1.png", COLOUR[1])
        save(tmp_path / "test" / "2.png", GREY[2])
        train, test = (load_images(str(tmp_path), split) for split in ("train", "test"))
        assert train.image_shape == test.image_shape

    @pytest.mark.parametrize("suffix", [".png", ".PNG", ".webp"])
    def test_colour_pictures_keep_their_channels_in_order(
        self, suffix: str, tmp_path: Path
    ) -> None:
        for i in range(10):
            options = {"lossless": True} if suffix == ".webp" else {}
            save(tmp_path / f"{i}{suffix}", COLOUR[i], **options)
        found = both(tmp_path)
        assert rows(found.images) == rows(torch.from_numpy(COLOUR.transpose(0, 3, 1, 2)))

    def test_jpegs_are_read_up_to_their_loss(self, tmp_path: Path) -> None:
        for i in range(5):
            save(tmp_path / f"{i}.jpg", np.full((16, 16), 50 * i, dtype=np.uint8), quality=95)
        means = sorted(both(tmp_path).images.float().mean((1, 2, 3)).tolist())
        np.testing.assert_allclose(means, [0, 50, 100, 150, 200], atol=1)

    def test_one_colour_picture_makes_all_colour(self, tmp_path: Path) -> None:
        for i in range(4):
            save(tmp_path / f"{i}.png", GREY[i])
        save(tmp_path / "colour.png", COLOUR[0])
        found = both(tmp_path)
        assert found.image_shape == (3, 12, 9)
        grey = [image for image in found.images if (image == image[:1]).all()]
        assert len(grey) == 4

    @pytest.mark.parametrize("size", [(8, 8), (64, 64), (8, 64), (13, 9)], ids=str)
    def test_one_size_up_to_64_pixels_is_kept(self, size: tuple[int, int], tmp_path: Path) -> None:
        for i in range(5):
            save(tmp_path / f"{i}.png", RNG.integers(0, 256, size, dtype=np.uint8))
        assert load_images(str(tmp_path), "train").image_shape == (1, *size)

    @pytest.mark.parametrize(
        "sizes", [[(12, 9), (9, 12)], [(65, 65)], [(7, 8)], [(200, 300), (8, 8)]], ids=str
    )
    def test_other_sizes_become_32x32(self, sizes: list[tuple[int, int]], tmp_path: Path) -> None:
        for i in range(6):
            size = sizes[i % len(sizes)]
            save(tmp_path / f"{i}.png", np.full(size, 77, dtype=np.uint8))
        found = both(tmp_path)
        assert found.image_shape == (1, 32, 32)
        assert (found.images == 77).all()

    def test_a_wide_picture_is_cropped_to_its_middle(self, tmp_path: Path) -> None:
        pixels = np.zeros((100, 300), dtype=np.uint8)
        pixels[:, 100:200] = 200
        for i in range(5):
            save(tmp_path / f"{i}.png", pixels)
        assert load_images(str(tmp_path), "train").images.min() > 180  # but for the resampling

    def test_transparent_parts_are_white(self, tmp_path: Path) -> None:
        pixels = np.zeros((8, 8, 4), dtype=np.uint8)
        pixels[:4, :, 0] = pixels[:4, :, 3] = 255  # red above, transparent black below
        for i in range(5):
            save(tmp_path / f"{i}.png", pixels)
        image = load_images(str(tmp_path), "train").images[0]
        assert image[:, 0, 0].tolist() == [255, 0, 0]
        assert image[:, 7, 7].tolist() == [255, 255, 255]

    def test_a_transparent_palette_colour_is_white(self, tmp_path: Path) -> None:
        pixels = np.zeros((8, 8), dtype=np.uint8)
        pixels[:4] = 1
        picture = Image.fromarray(pixels)
        picture.putpalette([10, 20, 30, 40, 50, 60])
        for i in range(5):
            picture.save(tmp_path / f"{i}.png", transparency=0)
        image = load_images(str(tmp_path), "train").images[0]
        assert image[:, 0, 0].tolist() == [40, 50, 60]
        assert image[:, 7, 7].tolist() == [255, 255, 255]

    @pytest.mark.parametrize(
        ("mode", "expected"),
        [("1", [0, 255]), ("L", [7, 200]), ("LA", [7, 200]), ("I;16", [7, 200])],
    )
    def test_grey_pictures_of_any_mode_stay_grey(
        self, mode: str, expected: list[int], tmp_path: Path
    ) -> None:
        pixels = np.full((8, 8), 7, dtype=np.uint8)
        pixels[:, 4:] = 200
        if mode == "I;16":
            picture = Image.fromarray(pixels.astype(np.uint16) * 257)
        else:
            picture = Image.fromarray(pixels).convert(mode)
        for i in range(5):
            picture.save(tmp_path / f"{i}.png")
        with Image.open(tmp_path / "0.png") as written:
            assert written.mode == mode
        images = load_images(str(tmp_path), "train").images
        assert images.shape == (4, 1, 8, 8)
        assert images[0, 0, 0, [0, 7]].tolist() == expected

    def test_a_print_picture_becomes_rgb(self, tmp_path: Path) -> None:
        for i in range(5):
            save(tmp_path / f"{i}.jpg", np.full((8, 8, 3), 255, dtype=np.uint8), "CMYK")
        images = load_images(str(tmp_path), "train").images
        assert images.shape == (4, 3, 8, 8)
        assert images.min() > 250

    @pytest.mark.parametrize("suffix", [".png", ".jpg"])
    def test_a_camera_held_sideways_is_put_upright(self, suffix: str, tmp_path: Path) -> None:
        """EXIF orientation 6: to be turned right by a quarter before it is shown."""
        upright = np.zeros((16, 16), dtype=np.uint8)
        upright[:8] = 255
        exif = Image.Exif()
        exif[0x0112] = 6
        for i in range(5):
            save(tmp_path / f"{i}{suffix}", np.rot90(upright).copy(), exif=exif)
        image = load_images(str(tmp_path), "train").images[0, 0]
        assert image[:6].min() > 200
        assert image[10:].max() < 50

    def test_links_are_not_followed(self, tmp_path: Path) -> None:
        outside, folder = tmp_path / "outside", tmp_path / "folder"
        save(outside / "secret.png", GREY[9])
        for i in range(5):
            save(folder / f"{i}.png", GREY[i])
        (folder / "link.png").symlink_to(outside / "secret.png")
        (folder / "linked").symlink_to(outside, target_is_directory=True)
        assert rows(both(folder).images) == rows(torch.from_numpy(GREY[:5]))

    def test_other_files_are_left_aside(self, tmp_path: Path) -> None:
        for i in range(5):
            save(tmp_path / f"{i}.png", GREY[i])
        (tmp_path / "notes.txt").write_text("not a picture")
        save(tmp_path / "movie.gif", GREY[9])
        assert len(both(tmp_path)) == 5

    def test_a_folder_is_read_as_a_zip_of_it(self, tmp_path: Path) -> None:
        """Also what systems leave in it."""
        folder = tmp_path / "zoo"
        for i in range(6):
            save(folder / ("ant", "bee")[i % 2] / f"{i}.png", GREY[i])
        (folder / "ant" / "._0.png").write_bytes(b"Mac OS X")
        (folder / "bee" / "Thumbs.db").write_bytes(b"Windows")
        (folder / "notes.txt").write_text("by hand")
        with zipfile.ZipFile(tmp_path / "zoo.zip", "w") as archive:
            for path in folder.rglob("*"):
                archive.write(path, path.relative_to(tmp_path))
        found, expected = read_path(folder), read_path(tmp_path / "zoo.zip")
        np.testing.assert_array_equal(found.images, expected.images)
        assert (found.classes, found.n_aside) == (expected.classes, expected.n_aside)
        assert found.n_aside == 1

    def test_too_large_a_folder_is_refused_not_cut(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        for i in range(5):
            save(tmp_path / f"{i}.png", GREY[i])
        monkeypatch.setattr("vae_core.data.own.MAX_ENTRIES", 5)
        assert len(read_path(tmp_path).images) == 5
        monkeypatch.setattr("vae_core.data.own.MAX_ENTRIES", 4)
        with pytest.raises(DataError, match="holds more than 4 files and folders"):
            read_path(tmp_path)

    def test_pictures_outside_train_and_test_are_spoken_of(self, tmp_path: Path) -> None:
        for i, split in enumerate(["train"] * 3 + ["test"] * 3 + ["validation"] * 2):
            save(tmp_path / split / f"{i}.png", GREY[i])
        found = read_path(tmp_path)
        assert len(found.images) == 6
        assert found.words.endswith("; 2 pictures outside them are left aside.")

    @pytest.mark.parametrize("content", [[], ["notes.txt"]])
    def test_a_folder_without_pictures_is_missing_data(
        self, content: list[str], tmp_path: Path
    ) -> None:
        for name in content:
            (tmp_path / name).write_text("nothing")
        with pytest.raises(DataMissingError, match=r"No pictures under .*expected \.png"):
            load_images(str(tmp_path))

    def test_a_single_picture_cannot_be_split(self, tmp_path: Path) -> None:
        save(tmp_path / "0.png", GREY[0])
        with pytest.raises(DataError, match="too few images"):
            load_images(str(tmp_path), "test")

    @pytest.mark.parametrize(
        "kind",
        ["empty", "text", "html", "svg", "pdf", "gif", "tiff", "eps", "truncated", "bad-crc",
         "9000x9000", "65535x65535", "text-bomb"],
    )  # fmt: skip
    def test_a_bad_picture_is_named_in_one_sentence(self, kind: str, tmp_path: Path) -> None:
        for i in range(5):
            save(tmp_path / f"{i}.png", GREY[i])
        (tmp_path / "bad.png").write_bytes(bad_picture(kind))
        with pytest.raises(DataError, match=r"bad\.png is ") as caught:
            load_images(str(tmp_path))
        assert "\n" not in str(caught.value)

    def test_a_huge_picture_is_refused_by_its_size(self, tmp_path: Path) -> None:
        (tmp_path / "huge.png").write_bytes(bad_picture("9000x9000"))
        with pytest.raises(DataError, match="9000x9000 pixels; at most 4000000 pixels"):
            load_images(str(tmp_path))

    @pytest.mark.parametrize("suffix", [".png", ".jpg", ".webp"])
    def test_any_single_damaged_byte_is_survived(self, suffix: str, tmp_path: Path) -> None:
        good = save(tmp_path / f"0{suffix}", np.full((8, 8, 3), 99, dtype=np.uint8)).read_bytes()
        path = tmp_path / f"1{suffix}"
        for position in range(0, len(good), 1 + len(good) // 150):
            damaged = bytearray(good)
            damaged[position] ^= 0xFF
            path.write_bytes(damaged)
            read_or_refuse(str(tmp_path))


def read_or_refuse(name: str) -> None:
    try:
        load_images(name, "train")
    except DataError:
        return


def png(width: int, height: int, *chunks: tuple[bytes, bytes]) -> bytes:
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    content = b"\x89PNG\r\n\x1a\n"
    for kind, body in ((b"IHDR", header), *chunks, (b"IEND", b"")):
        content += struct.pack(">I", len(body)) + kind + body
        content += struct.pack(">I", zlib.crc32(kind + body))
    return content


def bad_picture(kind: str) -> bytes:
    buffer = io.BytesIO()
    picture = Image.fromarray(GREY[0])
    if kind in ("gif", "tiff", "eps"):
        picture.save(buffer, format=kind)
        return buffer.getvalue()
    picture.save(buffer, format="PNG")
    good = buffer.getvalue()
    texts = {"empty": "", "text": "hello", "html": "<html>", "svg": "<svg/>", "pdf": "%PDF-1.7"}
    if kind in texts:
        return texts[kind].encode()
    if kind == "truncated":
        return good[: len(good) // 2]
    if kind == "bad-crc":
        return good.replace(b"IHDR\0\0\0\x09", b"IHDR\0\0\0\x0a")
    if kind == "text-bomb":
        bomb = b"Comment\0\0" + zlib.compress(bytes(70 * 2**20), 9)
        return png(8, 8, (b"zTXt", bomb), (b"IDAT", zlib.compress(bytes(9 * 8))))
    side = int(kind.split("x")[0])
    return png(side, side, (b"IDAT", zlib.compress(bytes(side + 1))))


@pytest.fixture
def npz(tmp_path: Path) -> Path:
    return tmp_path / "own.npz"


class TestNpz:
    """An .npz file."""

    @pytest.mark.parametrize(
        ("array", "expected"),
        [
            (GREY, GREY[:, None]),
            (GREY[..., None], GREY[:, None]),
            (GREY[:, None], GREY[:, None]),
            (COLOUR, COLOUR.transpose(0, 3, 1, 2)),
            (COLOUR.transpose(0, 3, 1, 2), COLOUR.transpose(0, 3, 1, 2)),
            (np.asfortranarray(GREY), GREY[:, None]),
        ],
        ids=["NHW", "NHW1", "N1HW", "NHWC", "NCHW", "fortran"],
    )
    def test_every_layout_is_read(self, array: np.ndarray, expected: np.ndarray, npz: Path) -> None:
        np.savez(npz, images=array)
        assert rows(both(npz).images) == rows(torch.from_numpy(expected.copy()))

    @pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
    def test_floats_from_zero_to_one_become_bytes(self, dtype: type, npz: Path) -> None:
        np.savez(npz, images=(GREY / 255).astype(dtype))
        assert rows(both(npz).images) == rows(torch.from_numpy(GREY[:, None]))

    @pytest.mark.parametrize("compressed", [True, False])
    def test_labels_and_classes_stay_with_their_images(self, compressed: bool, npz: Path) -> None:
        labels = np.arange(10) % 2
        (np.savez_compressed if compressed else np.savez)(
            npz, images=GREY, labels=labels, classes=np.array(["cat", "dog", "eel"])
        )
        found = both(npz)
        assert found.classes == ("cat", "dog", "eel")
        assert rows(found.images[found.labels == 1]) == rows(torch.from_numpy(GREY[labels == 1]))

    def test_labels_without_names_are_their_own_names(self, npz: Path) -> None:
        np.savez(npz, images=GREY, labels=np.array([40, -3] * 5))
        found = both(npz)
        assert found.classes == ("-3", "40")
        expected = rows(torch.from_numpy(GREY[::2].copy()))
        assert rows(found.images[found.labels == 1]) == expected

    def test_without_labels_there_is_one_class(self, npz: Path) -> None:
        np.savez(npz, images=GREY)
        assert both(npz).labels.unique().tolist() == [0]

    @pytest.mark.parametrize(
        ("arrays", "sentence"),
        [
            ({"images": GREY / 254.9}, r"must lie in \[0, 1\], but reach from"),
            ({"images": GREY.astype(np.float32)}, r"must lie in \[0, 1\]"),
            ({"images": GREY / -255}, r"must lie in \[0, 1\]"),
            ({"images": np.where(GREY > 9, GREY / 255, np.nan)}, r"must lie in \[0, 1\]"),
            ({"images": np.full((10, 8, 8), np.nan)}, r"must lie in \[0, 1\]"),
            ({"images": np.where(GREY > 9, GREY / 255, np.inf)}, r"must lie in \[0, 1\]"),
            ({"images": GREY.astype(np.int64)}, "must be uint8 or floats"),
            ({"images": GREY.astype(complex)}, "must be uint8 or floats"),
            ({"images": np.full((10, 8, 8), "a")}, "must be uint8 or floats"),
            ({"images": GREY.flatten()}, "found an array of shape"),
            ({"images": np.uint8(3)}, "found an array of shape"),
            ({"images": np.zeros((10, 7, 7), np.uint8)}, "8 to 64 pixels a side"),
            ({"images": np.zeros((10, 65, 65), np.uint8)}, "8 to 64 pixels a side"),
            ({"images": np.zeros((10, 8, 8, 4), np.uint8)}, "grey or colour"),
            ({"images": np.zeros((0, 8, 8), np.uint8)}, "too few images"),
            ({"images": np.zeros((0, 8, 8), np.float32)}, "own.npz"),
            ({"images": np.zeros((1, 8, 8), np.uint8)}, "too few images"),
            ({"images": GREY, "labels": np.zeros(9, int)}, "'labels' must be 10 whole numbers"),
            ({"images": GREY, "labels": np.zeros((10, 1), int)}, "'labels' must be 10"),
            ({"images": GREY, "labels": np.zeros(10)}, "'labels' must be 10 whole numbers"),
            ({"images": GREY, "labels": np.full(10, 2), "classes": ["a", "b"]}, "labels reach 2"),
            ({"images": GREY, "labels": np.full(10, -1), "classes": ["a"]}, "own.npz"),
            ({"images": GREY, "labels": np.zeros(10, int), "classes": "a"}, "own.npz"),
            ({"images": np.zeros((0, 8, 8), np.uint8), "labels": np.zeros(0, int),
              "classes": ["a"]}, "own.npz"),
            ({"pictures": GREY}, r"no array called 'images', only \['pictures'\]"),
            ({}, "no array called 'images'"),
        ],
    )  # fmt: skip
    def test_arrays_that_are_no_images_are_refused(
        self, arrays: dict[str, Any], sentence: str, npz: Path
    ) -> None:
        np.savez(npz, **arrays)
        with pytest.raises(DataError, match=sentence) as caught:
            load_images(str(npz), "test")
        assert "own.npz" in str(caught.value)

    def test_nothing_is_unpickled(self, npz: Path, tmp_path: Path) -> None:
        marker = tmp_path / "marker"
        np.savez(npz, allow_pickle=True, images=np.array([Payload(marker)] * 9, dtype=object))
        with pytest.raises(DataError, match=r"not a readable \.npz file of plain arrays"):
            load_images(str(npz))
        assert not marker.exists()

    def test_a_pickle_in_place_of_the_archive_is_not_opened(
        self, npz: Path, tmp_path: Path
    ) -> None:
        marker = tmp_path / "marker"
        npz.write_bytes(pickle.dumps(Payload(marker)))
        with pytest.raises(DataError, match=r"not a readable \.npz"):
            load_images(str(npz))
        assert not marker.exists()

    def test_a_bomb_is_refused_by_its_declared_size(self, npz: Path) -> None:
        """Three gigabytes of zeros say so in the directory of the archive."""
        np.savez_compressed(npz, images=GREY)
        content = bytearray(npz.read_bytes())
        entry = content.index(b"PK\x01\x02")
        content[entry + 24 : entry + 28] = struct.pack("<I", 3 * 2**30)
        npz.write_bytes(content)
        with pytest.raises(DataError, match="would unpack to 3221225472 bytes; at most"):
            load_images(str(npz))

    def test_an_array_that_claims_more_than_it_holds_is_refused(self, npz: Path) -> None:
        buffer = io.BytesIO()
        np.lib.format.write_array_header_1_0(
            buffer, {"descr": "|u1", "fortran_order": False, "shape": (10**12, 8, 8)}
        )
        with zipfile.ZipFile(npz, "w") as archive:
            archive.writestr("images.npy", buffer.getvalue() + bytes(64))
        with pytest.raises(DataError, match="would unpack to 64000000000000 bytes; at most"):
            load_images(str(npz))

    @pytest.mark.parametrize("content", [b"", b"PK", b"PK\x03\x04", b"hello", bytes(1000)])
    def test_what_is_no_archive_is_refused(self, content: bytes, npz: Path) -> None:
        npz.write_bytes(content)
        with pytest.raises(DataError, match=r"not a readable \.npz"):
            load_images(str(npz))

    @pytest.mark.parametrize("member", ["images", "images.npy"])
    def test_a_member_that_is_no_array_is_refused(self, member: str, npz: Path) -> None:
        with zipfile.ZipFile(npz, "w") as archive:
            archive.writestr(member, b"hello")
        with pytest.raises(DataError, match=r"own\.npz"):
            load_images(str(npz))

    def test_a_password_is_not_asked_for(self, npz: Path) -> None:
        np.savez(npz, images=GREY)
        content = bytearray(npz.read_bytes())
        content[6] |= 1  # "encrypted", in both headers of the member
        content[content.index(b"PK\x01\x02") + 8] |= 1
        npz.write_bytes(content)
        with pytest.raises(DataError, match=r"not a readable \.npz"):
            load_images(str(npz))

    def test_a_missing_file_is_missing_data(self, npz: Path) -> None:
        with pytest.raises(DataMissingError, match=r"There is no file .*own\.npz"):
            load_images(str(npz))

    def test_a_folder_called_npz_is_refused(self, npz: Path) -> None:
        npz.mkdir()
        with pytest.raises(DataError, match=r"not a readable \.npz"):
            load_images(str(npz))

    def test_any_single_damaged_byte_is_survived(self, npz: Path) -> None:
        np.savez_compressed(npz, images=RNG.integers(0, 256, (6, 8, 8), dtype=np.uint8))
        good = npz.read_bytes()
        for position in range(len(good)):
            damaged = bytearray(good)
            damaged[position] ^= 0xFF
            npz.write_bytes(damaged)
            read_or_refuse(str(npz))

    def test_any_truncation_is_refused(self, npz: Path) -> None:
        np.savez_compressed(npz, images=GREY[:, :8, :8])
        good = npz.read_bytes()
        for length in range(0, len(good), 7):
            npz.write_bytes(good[:length])
            with pytest.raises(DataError):
                load_images(str(npz))


class Payload:
    """Creates a file when unpickled."""

    def __init__(self, marker: Path) -> None:
        self.marker = marker

    def __reduce__(self) -> tuple[object, ...]:
        return Path.touch, (self.marker,)


@pytest.mark.parametrize("name", ["own.tar", "own.7z", "own", "own.png"])
def test_other_files_are_no_data_sets(name: str, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(b"something")
    with pytest.raises(ConfigError, match="or give the path of a folder of pictures"):
        load_images(str(tmp_path / name))


def test_a_suffix_can_be_written_large(tmp_path: Path) -> None:
    with (tmp_path / "A.NPY").open("wb") as file:
        np.save(file, GREY)
    assert len(both(tmp_path / "A.NPY")) == 10


@pytest.mark.parametrize("name", ["a" * 300 + ".npz", "a\0.npz", "\0", ""])
def test_a_name_that_no_file_can_have_is_no_data_set(name: str) -> None:
    with pytest.raises(ConfigError, match="Unknown data set"):
        load_images(name)


def test_every_error_of_an_own_data_set_is_one_of_ours() -> None:
    assert issubclass(DataMissingError, DataError)
    assert issubclass(DataError, VaeCoreError)
