"""Tests for vae_core.data.pictures and vae_core.data.intake: drawings whose framing is known."""

from __future__ import annotations

import io
from collections.abc import Callable

import numpy as np
import pytest
from PIL import Image

from vae_core.data import load_images
from vae_core.data.intake import FRAMINGS, Framing, take_in
from vae_core.data.pictures import MAX_PICTURE_BYTES, read_picture
from vae_core.errors import DataError

SHAPE = (1, 28, 28)
MNIST = FRAMINGS["mnist"]


def png(pixels: np.ndarray, kind: str = "PNG", **options: object) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, format=kind, **options)
    return buffer.getvalue()


def bar(height: int = 100, width: int = 200, *, box: tuple[int, int, int, int]) -> Image.Image:
    """A white box, (top, left, bottom, right), on black."""
    pixels = np.zeros((height, width), np.uint8)
    pixels[box[0] : box[2], box[1] : box[3]] = 255
    return Image.fromarray(pixels)


def digit(seed: int = 0) -> np.ndarray:
    """An image framed as MNIST's are: ink 20 high, its centre of mass in pixel 14."""
    rng = np.random.default_rng(seed)
    ink = np.zeros((20, 14), np.uint8)
    ink[rng.integers(0, 20, 90), rng.integers(0, 14, 90)] = rng.integers(60, 256, 90)
    ink[[0, -1], 3], ink[5, [0, -1]] = 255, 255
    top, left = (
        int(np.floor(14 - (p @ np.arange(len(p))) / p.sum() + 0.5))
        for p in (ink.sum(1, dtype=float), ink.sum(0, dtype=float))
    )
    image = np.zeros((28, 28), np.uint8)
    image[top : top + 20, left : left + 14] = ink
    return image


def on_sheet(image: np.ndarray, top: int, left: int, side: int) -> Image.Image:
    sheet = np.zeros((side, side), np.uint8)
    sheet[top : top + len(image), left : left + len(image)] = image
    return Image.fromarray(sheet)


class TestFraming:
    """As MNIST was made."""

    @pytest.mark.parametrize("seed", range(5))
    @pytest.mark.parametrize(("top", "left"), [(0, 0), (12, 3), (0, 12)])
    def test_an_image_of_the_data_set_comes_back_bit_for_bit(
        self, seed: int, top: int, left: int
    ) -> None:
        image = digit(seed)
        image[image > 0] = np.maximum(image[image > 0], 1)
        assert image.max() == 255
        found = take_in(on_sheet(image, top, left, 40), SHAPE, MNIST)
        np.testing.assert_array_equal(found.image[0], image)
        assert found.is_framed and not found.is_inverted

    def test_black_on_white_gives_the_same_as_white_on_black(self) -> None:
        sheet = on_sheet(digit(), 5, 1, 50)
        dark = sheet.point(lambda level: 255 - level)
        found = take_in(dark, SHAPE, MNIST)
        np.testing.assert_array_equal(found.image, take_in(sheet, SHAPE, MNIST).image)
        assert found.is_inverted

    def test_an_enlarged_image_comes_back(self) -> None:
        image = digit()
        large = np.kron(image, np.ones((10, 10), np.uint8))
        found = take_in(on_sheet(large, 33, 71, 400), SHAPE, MNIST)
        np.testing.assert_array_equal(found.image[0], image)

    @pytest.mark.parametrize("size", [(10, 10), (60, 30), (7, 90), (3, 3)])
    def test_the_longer_side_becomes_twenty_pixels(self, size: tuple[int, int]) -> None:
        drawn = bar(box=(4, 50, 4 + size[0], 50 + size[1]))
        inside = take_in(drawn, SHAPE, MNIST).image[0] > 0
        sides = inside.any(1).sum(), inside.any(0).sum()
        assert max(sides) == 20
        expected = max(1, round(20 * min(size) / max(size)))
        assert min(sides) == expected

    @pytest.mark.parametrize("name", ["emnist-letters", "fashion-mnist"])
    def test_a_box_is_centred(self, name: str) -> None:
        image = take_in(bar(box=(10, 20, 50, 60)), SHAPE, FRAMINGS[name]).image[0]
        np.testing.assert_array_equal(image, image[::-1, ::-1])
        assert (image > 0).any(1).sum() == round(FRAMINGS[name].share * 28)

    @pytest.mark.parametrize("shape", [(1, 8, 8), (1, 12, 9), (1, 64, 64)])
    def test_any_frame_is_filled_and_nothing_is_cut_off(self, shape: tuple[int, int, int]) -> None:
        for framing in (MNIST, Framing(1.0, "mass", "")):
            found = take_in(bar(box=(0, 0, 30, 7)), shape, framing).image
            assert found.shape == shape and found.dtype == np.uint8
            assert (found > 0).any(2).sum() == round(framing.share * min(shape[1:]))

    def test_paper_with_noise_holds_no_ink(self) -> None:
        rng = np.random.default_rng(0)
        paper = 200 + rng.integers(-8, 9, (120, 120))
        paper[40:80, 50:60] = 30
        found = take_in(Image.fromarray(paper.astype(np.uint8)), SHAPE, MNIST)
        assert found.is_inverted
        inside = found.image[0] > 0
        assert (inside.any(1).sum(), inside.any(0).sum()) == (20, 5)

    def test_a_person_can_say_what_the_ink_is(self) -> None:
        """The border misleads where the ink runs along it."""
        pixels = np.full((40, 40), 255, np.uint8)
        pixels[10:30, 10:30] = 0
        drawn = Image.fromarray(pixels)
        assert take_in(drawn, SHAPE, MNIST).image[0, 14, 14] == 255
        ring = take_in(drawn, SHAPE, MNIST, "light")
        assert not ring.is_inverted
        assert (ring.image[0, 14, 14], ring.image[0, 14, 5]) == (0, 255)

    def test_ink_that_crosses_the_border_keeps_its_edges(self) -> None:
        """Its soft edges are ink, not noise of the ground."""
        pixels = np.zeros((40, 40), np.uint8)
        pixels[10:14, 20:], pixels[10, 20:] = 255, 100
        found = take_in(Image.fromarray(pixels), SHAPE, MNIST).image[0]
        assert 100 in found

    @pytest.mark.parametrize("level", [0, 128, 255])
    def test_an_empty_sheet_is_refused(self, level: int) -> None:
        blank = Image.new("L", (50, 40), level)
        with pytest.raises(DataError, match=r"nothing to see.*contrast"):
            take_in(blank, SHAPE, MNIST)

    def test_one_pixel_is_enough(self) -> None:
        assert take_in(Image.new("L", (1, 1), 9), SHAPE).image.shape == SHAPE
        dot = bar(box=(50, 90, 51, 91))
        assert (take_in(dot, SHAPE, MNIST).image > 0).sum() == 400

    def test_mnist_itself_is_framed_so(self) -> None:
        try:
            images = load_images("mnist", "test").images[:300]
        except DataError:
            pytest.skip("MNIST is not on this machine.")
        same = [
            np.array_equal(take_in(Image.fromarray(i[0].numpy()), SHAPE, MNIST).image, i.numpy())
            for i in images
            if i.max() == 255  # others are stretched to white
        ]
        assert np.mean(same) > 0.98


class TestFit:
    """Where nothing is known of how the images were made."""

    def test_a_picture_of_the_right_size_stays_as_it_is(self) -> None:
        pixels = np.random.default_rng(0).integers(0, 256, (28, 28), np.uint8)
        found = take_in(Image.fromarray(pixels), SHAPE)
        np.testing.assert_array_equal(found.image[0], pixels)
        assert not found.is_framed

    def test_colour_stays_colour_and_channels_come_first(self) -> None:
        pixels = np.zeros((32, 32, 3), np.uint8)
        pixels[..., 0], pixels[:16, :, 1] = 250, 100
        found = take_in(Image.fromarray(pixels), (3, 32, 32), MNIST)
        np.testing.assert_array_equal(found.image, pixels.transpose(2, 0, 1))

    def test_a_wide_picture_is_filled_up_with_its_border(self) -> None:
        pixels = np.full((10, 40), 70, np.uint8)
        pixels[3:6, 10:30] = 200
        found = take_in(Image.fromarray(pixels), (1, 20, 20)).image[0]
        assert (found[:7] == 70).all() and (found[13:] == 70).all() and found.max() > 150

    def test_dark_ink_is_inverted(self) -> None:
        pixels = np.random.default_rng(0).integers(0, 256, (28, 28), np.uint8)
        found = take_in(Image.fromarray(pixels), SHAPE, ink="dark")
        np.testing.assert_array_equal(found.image[0], 255 - pixels)

    def test_as_a_data_set(self) -> None:
        images = take_in(Image.new("L", (9, 9), 7), SHAPE).as_images()
        assert images.image_shape == SHAPE and len(images) == 1
        assert (images.images == 7).all()


class TestReading:
    """Files from anywhere."""

    @pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
    def test_three_formats_are_read(self, kind: str) -> None:
        found = read_picture(png(np.full((12, 9), 130, np.uint8), kind))
        assert found.size == (9, 12)
        assert abs(int(np.asarray(found).flat[0]) - 130) <= 2

    def test_transparent_is_white(self) -> None:
        pixels = np.zeros((8, 8, 4), np.uint8)
        assert (np.asarray(read_picture(png(pixels))) == 255).all()

    def test_a_photograph_is_turned_upright(self) -> None:
        pixels = np.zeros((10, 20), np.uint8)
        exif = Image.Exif()
        exif[0x0112] = 6
        assert read_picture(png(pixels, "JPEG", exif=exif)).size == (10, 20)

    def test_of_several_frames_the_first_is_read(self) -> None:
        frames = [Image.new("L", (8, 8), level) for level in (10, 200)]
        buffer = io.BytesIO()
        frames[0].save(
            buffer, "WEBP", save_all=True, append_images=frames[1:], lossless=True, duration=100
        )
        assert np.asarray(read_picture(buffer.getvalue())).max() <= 12

    @pytest.mark.parametrize(
        ("data", "words"),
        [
            (lambda: b"", "not a readable PNG, JPEG or WebP"),
            (lambda: b"\x89PNG\r\n\x1a\n" + b"\0" * 50, "not a readable"),
            (lambda: png(np.zeros((9, 9), np.uint8))[:-30], "not a readable"),
            (lambda: png(np.zeros((9, 9), np.uint8), "GIF"), "not a readable"),
            (lambda: png(np.zeros((9, 9), np.uint8), "TIFF"), "not a readable"),
            (lambda: b"<svg xmlns='http://www.w3.org/2000/svg'/>", "not a readable"),
            (lambda: b"\0" * (MAX_PICTURE_BYTES + 1), r"5\.0 MB; at most 5 MB"),
            (lambda: png(np.zeros((2001, 2000), np.uint8)), "2000x2001 pixels; at most 4000000"),
            (lambda: png(np.zeros((1, 4097), np.uint8)), "4097x1 pixels.*4096 a side"),
        ],
    )
    def test_what_is_refused(self, data: Callable[[], bytes], words: str) -> None:
        with pytest.raises(DataError, match=words) as caught:
            read_picture(data(), "Your file")
        assert str(caught.value).startswith("Your file is ")
        assert "\n" not in str(caught.value)
