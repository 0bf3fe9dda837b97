"""Tests for ui/explore/map_file.py: the file shows what the page shows, and says what it is."""

import re
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from io import BytesIO
from xml.etree import ElementTree

import numpy as np
import pytest
from PIL import Image

from ui import catalogue, drawn, palette
from ui.exhibit import exhibit_of
from ui.explore import paper
from ui.explore.ink import outline
from ui.explore.map_file import map_file
from ui.frame import axis_titles
from ui.keys import Look
from ui.layers import Picture
from ui.point import resolve
from ui.view import View

SVG = "{http://www.w3.org/2000/svg}"
N_IMAGES = 359
SHOWS = {
    "strip": ("digits-vae-1d", {"image": 3}),
    "two dimensions": ("digits-vae-2d", {"image": 17, "layers": ("prior", "density")}),
    "eight dimensions": ("digits-vae-8d", {"place": (0.5, 0.2), "fade": True}),
    "autoencoder": ("digits-ae-2d", {"colour": "density", "classes": (1, 4)}),
    "beyond the edge": ("digits-vae-2d", {"place": (40.0, 1.0), "zoom": ((0, 4), (0, 0.01))}),
}


def shown(model, **changes):
    """All that a map is drawn from, as on the page."""
    entries, _ = catalogue.find_entries()
    view = replace(View(batch_size=N_IMAGES), **changes)
    exhibit = exhibit_of(next(e for e in entries if e.name == model), view)
    look = Look(view.colour, view.classes, view.fade, "dark")
    return exhibit, view, look, resolve(exhibit, view)


def draw_svg(model, **changes):
    return ElementTree.fromstring(map_file(*shown(model, **changes), "svg"))


def words(svg):
    """Every text of the file."""
    return ["".join(text.itertext()) for text in svg.iter(f"{SVG}text")]


def group(svg, name):
    return svg.find(f".//{SVG}g[@id='{name}']")


def marks(svg, name):
    """Places, in points of the file, and styles of a group's marks."""
    uses = list(group(svg, name).iter(f"{SVG}use"))
    places = np.array([(float(use.get("x")), float(use.get("y"))) for use in uses])
    return places, [use.get("style") for use in uses]


def box(svg, name):
    """Least and greatest coordinates of a lone mark, in points of the file."""
    outline = group(svg, name).find(f"{SVG}path").get("d")
    corners = np.array(re.findall(r"-?[\d.]+", outline), float).reshape(-1, 2)
    return corners.min(0), corners.max(0)


def centre(svg, name):
    return np.mean(box(svg, name), axis=0)


@pytest.mark.parametrize("name", SHOWS)
@pytest.mark.parametrize("kind", ["png", "svg"])
def test_the_same_map_is_the_same_file(name, kind):
    model, changes = SHOWS[name]
    assert map_file(*shown(model, **changes), kind) == map_file(*shown(model, **changes), kind)


@pytest.mark.parametrize("name", SHOWS)
def test_axes_and_title_say_what_they_say_on_the_page(name):
    model, changes = SHOWS[name]
    exhibit, *_ = shown(model, **changes)
    found = " ".join(words(draw_svg(model, **changes)))
    x_title, y_title = axis_titles(exhibit.fitted, exhibit.loaded.config.kind)
    assert x_title in found
    assert all(part in found for part in y_title.split(" · "))  # on two lines if it is long
    assert f"Small digits, 8×8 · {exhibit.entry.title}" in found
    some = ", chosen classes only" if changes.get("classes") else ""
    assert f"359 held-out images{some}, encoded just now" in found


def test_a_png_is_drawn_at_200_dots_to_the_inch():
    exhibit, view, look, point = shown("digits-vae-2d", image=17)
    picture = Image.open(BytesIO(map_file(exhibit, view, look, point, "png")))
    assert picture.info["dpi"] == pytest.approx((200, 200), abs=0.1)
    width = (paper.LEFT + paper.WIDTH + paper.RIGHT) / paper.PER_INCH * paper.DPI
    assert abs(picture.width - width) < 1
    assert picture.height > paper.WIDTH / paper.PER_INCH * paper.DPI  # a square map, and texts
    assert picture.getpixel((0, 0)) == (255, 255, 255, 255)


def test_every_image_is_a_dot_in_the_colour_of_its_class():
    exhibit, *_ = shown("digits-vae-2d")
    svg = draw_svg("digits-vae-2d")
    labels = exhibit.shown.latents.labels.numpy()
    for label in range(10):
        places, styles = marks(svg, f"class-{label}")
        assert len(places) == (labels == label).sum()
        assert all(f"fill: {palette.class_colour(label)}" in style for style in styles)
    assert set(exhibit.loaded.dataset.classes) <= set(words(svg))


def test_dots_stand_where_they_stand_on_the_page():
    exhibit, _, look, _ = shown("digits-vae-8d")
    svg = draw_svg("digits-vae-8d")
    dots = drawn.contents(exhibit.batch_key, exhibit.map_key, look).dots
    left, right, _, top = exhibit.fitted.extent
    inside = dots.xy[dots.labels == 4]
    pixels = (inside - (left, top)) * (1, -1) * paper.WIDTH / (right - left)
    places, _ = marks(svg, "class-4")
    found = places / paper.POINT
    np.testing.assert_allclose(found - found[0], pixels - pixels[0], atol=0.01)
    assert found[0, 0] - pixels[0, 0] == pytest.approx(paper.LEFT, abs=0.01)


def test_a_zoom_stretches_the_same_places():
    whole, _ = marks(draw_svg("digits-vae-2d"), "class-4")
    exhibit, *_ = shown("digits-vae-2d")
    left, right, bottom, top = exhibit.fitted.extent
    zoom = ((left, (left + right) / 2), (bottom, (bottom + top) / 2))
    near, _ = marks(draw_svg("digits-vae-2d", zoom=zoom), "class-4")
    np.testing.assert_allclose(near - near[0], 2 * (whole - whole[0]), atol=0.01)


def test_classes_that_are_not_on_the_map_are_not_in_the_file():
    svg = draw_svg("digits-vae-2d", classes=(3, 5))
    assert [label for label in range(10) if group(svg, f"class-{label}") is not None] == [3, 5]
    assert "Classes on the map: 3, 5." in words(svg)


def test_a_fading_dot_is_as_faint_as_on_the_page():
    exhibit, _, look, _ = shown("digits-vae-8d", fade=True)
    contents = drawn.contents(exhibit.batch_key, exhibit.map_key, look)
    _, styles = marks(draw_svg("digits-vae-8d", fade=True), "class-4")
    found = [float(re.search(r"fill-opacity: ([\d.]+)", style)[1]) for style in styles]
    expected = contents.opacity[contents.dots.labels == 4].clip(0.08, 1)
    np.testing.assert_allclose(found, expected, atol=1e-5)


def test_a_quantity_has_a_bar_with_its_unit_and_a_sentence():
    plain, coloured = draw_svg("digits-vae-2d"), draw_svg("digits-vae-2d", colour="kl")
    assert "nats" not in words(plain)
    assert "nats" in words(coloured)
    assert any(text.startswith("Colour: KL of each image") for text in words(coloured))
    _, styles = marks(coloured, "class-4")
    assert len(set(styles)) > 10


@pytest.mark.parametrize("layer", ["density", "territories", "manifold"])
def test_a_layer_lies_under_the_dots_and_says_what_it_is(layer):
    svg = draw_svg("digits-vae-2d", layers=(layer,))
    everything = list(svg.iter())
    (image,) = svg.iter(f"{SVG}image")
    assert everything.index(image) < everything.index(group(svg, "class-0"))
    assert not list(draw_svg("digits-vae-2d").iter(f"{SVG}image"))
    assert len(words(svg)) > len(words(draw_svg("digits-vae-2d")))


def test_a_layer_stands_where_its_extent_says(monkeypatch):
    exhibit, view, look, point = shown("digits-vae-2d", layers=("density",), place=(400.0, 0.0))
    left, right, bottom, top = exhibit.fitted.extent
    lower_left = left, (left + right) / 2, bottom, (bottom + top) / 2
    png = BytesIO()
    Image.fromarray(np.array([[(255, 0, 0)], [(0, 255, 0)]], np.uint8)).save(png, "PNG")
    picture = Picture(png.getvalue(), lower_left, smooth=False, caption="")
    monkeypatch.setattr(drawn, "layer", lambda *_: picture)
    file = Image.open(BytesIO(map_file(exhibit, view, look, point, "png"))).convert("RGB")
    pixels = np.asarray(file, np.float64) @ np.array([[1, 0], [0, 1], [-1, -1]])
    dot = paper.PER_INCH / paper.DPI
    plot_top = paper.TOP + (paper.TITLE_FONT + paper.NOTE_FONT) * paper.LINE + paper.GAP
    for channel, share in enumerate((0.5, 0.75)):
        rows, columns = np.nonzero((pixels[..., channel] > 250) & (pixels[..., 1 - channel] < 5))
        found = np.array([columns.min(), rows.min(), columns.max() + 1, rows.max() + 1]) * dot
        y = plot_top + share * paper.WIDTH
        edges = paper.LEFT, y, paper.LEFT + paper.WIDTH / 2, y + paper.WIDTH / 4
        np.testing.assert_allclose(found, edges, atol=2)


def test_the_prior_is_three_circles():
    assert {"1 σ", "2 σ"} <= set(words(draw_svg("digits-vae-2d", layers=("prior",))))
    plain_autoencoder = draw_svg("digits-ae-2d", layers=("prior",))
    assert "1 σ" not in words(plain_autoencoder)


def test_a_pinned_image_has_a_ring_around_its_dot_and_an_ellipse():
    exhibit, _, look, point = shown("digits-vae-2d", image=17)
    svg = draw_svg("digits-vae-2d", image=17)
    dots = drawn.contents(exhibit.batch_key, exhibit.map_key, look).dots
    mates = dots.indices[dots.labels == point.label]
    places, _ = marks(svg, f"class-{point.label}")
    (dot,) = places[mates == 17]
    np.testing.assert_allclose(centre(svg, "ring-white"), dot, atol=0.01)
    np.testing.assert_allclose(centre(svg, "sigma-white"), dot, atol=0.01)
    assert any("held-out image 17, class" in text for text in words(svg))


def test_the_ellipse_is_to_scale():
    exhibit, *_, point = shown("digits-vae-2d", image=17)
    low, high = box(draw_svg("digits-vae-2d", image=17), "sigma-black")
    left, right, _, _ = exhibit.fitted.extent
    latent_unit = paper.WIDTH * paper.POINT / (right - left)
    np.testing.assert_allclose(high - low, 2 * np.exp(point.logvar / 2) * latent_unit, atol=0.01)


def test_a_pinned_place_has_a_ring_only():
    svg = draw_svg("digits-vae-2d", place=(0.5, -0.25))
    assert group(svg, "ring-white") is not None
    assert group(svg, "sigma-white") is None
    assert "Ring: the place at (0.50, −0.25)." in words(svg)


def test_a_place_beyond_the_map_has_its_ring_inside_the_edge():
    svg = draw_svg("digits-vae-2d", place=(400.0, 0.0))
    x = centre(svg, "ring-white")[0] / paper.POINT
    assert paper.LEFT + paper.WIDTH - 15 < x < paper.LEFT + paper.WIDTH
    assert any("beyond the edge" in text for text in words(svg))


def test_thousands_of_dots_are_one_picture_in_an_svg(monkeypatch):
    monkeypatch.setattr("ui.explore.ink.MANY", N_IMAGES - 1)
    svg = draw_svg("digits-vae-2d")
    assert len(list(svg.iter(f"{SVG}image"))) == 1
    assert len(list(svg.iter(f"{SVG}use"))) < 50
    assert {"0", "9"} <= set(words(svg))


def test_names_of_any_kind_are_written():
    exhibit, view, look, point = shown("digits-vae-2d")
    names = ("$a", "<b>", "c&", "é\n\x00", "f" * 5000, "", "%s", "\ud800", "\\frac", " ")
    dataset = replace(exhibit.loaded.header.dataset, classes=names)
    header = replace(exhibit.loaded.header, dataset=dataset)
    contents = drawn.contents(exhibit.batch_key, exhibit.map_key, look)
    contents = contents._replace(texts=replace(contents.texts, classes=names))
    exhibit = replace(exhibit, loaded=replace(exhibit.loaded, header=header))
    look = look._replace(classes=tuple(range(10)))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(drawn, "contents", lambda *_: contents)
        found = words(ElementTree.fromstring(map_file(exhibit, view, look, point, "svg")))
    assert {"$a", "<b>", "c&", "é��", "%s", "\\frac"} <= set(found)
    assert any(text.startswith("Classes on the map: $a, <b>, c&") for text in found)


def test_several_visitors_can_draw_at_once():
    jobs = [shown(*SHOWS["strip"][:1]), shown("digits-vae-2d", image=17)] * 4
    one_by_one = [map_file(*job, "svg") for job in jobs]
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(lambda job: map_file(*job, "svg"), jobs)) == one_by_one


WIDE = ((-3.0, 3.0), (-2.0, 2.0))


def test_an_outline_that_is_all_visible_is_a_whole_ellipse():
    line = outline((0.5, -0.2), (1.0, 0.4), 30.0, WIDE)
    turn = np.radians(30)
    along = (line - (0.5, -0.2)) @ [[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]]
    np.testing.assert_allclose(np.hypot(along[:, 0] / 1.0, along[:, 1] / 0.4), 1)
    np.testing.assert_allclose(line[0], line[-1], atol=1e-9)
    np.testing.assert_allclose(np.ptp(along, axis=0), (2, 0.8), rtol=1e-3)


@pytest.mark.parametrize("width", [1e-1, 1e-3, 1e-6])
def test_of_a_large_circle_only_what_is_visible_is_drawn(width):
    ranges = (1 - width, 1 + width), (-width, width)
    line = outline((0, 0), (1.0, 1.0), 0.0, ranges)
    np.testing.assert_allclose(np.hypot(*line.T), 1)
    assert np.hypot(*np.diff(line, axis=0).T).sum() < 40 * width
    assert line[:, 1].min() < -width < width < line[:, 1].max()  # through all of the picture


def test_a_line_that_nobody_could_see_is_left_out():
    assert len(outline((0, 0), (1e130, 1e129), 0.0, WIDE)) == 0


def test_a_zoom_onto_the_rim_of_the_prior_is_drawn_at_once():
    zoom = ((1 - 5e-7, 1 + 5e-7), (-5e-7, 5e-7))
    found = map_file(*shown("digits-vae-2d", layers=("prior",), zoom=zoom), "png")
    assert Image.open(BytesIO(found)).format == "PNG"
