"""The Compare page: which models, one cursor over all maps, and scores with their errors."""

import html
import json
import re
import shutil
import struct
import zlib
from base64 import b64encode
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from streamlit.proto.WidgetStates_pb2 import WidgetState
from streamlit.testing.v1 import AppTest

from tests.models import save_again
from tests.pages.conftest import component, param, texts, widget
from tests.pages.test_undefined import overflow
from ui.compare import cached, cursor
from ui.compare.models import Contender
from ui.compare.shown import LINK, Shown
from ui.images import to_bytes, to_png
from ui.keys import BatchKey
from ui.samples import UNDEFINED, from_prior
from ui.view import DEFAULT_BATCH
from vae_core import decode, elbo
from vae_core.alignment import map_turn
from vae_core.data import ImageSet
from vae_core.projection import fit_plane

PAGE = "pages/compare.py"
VAE, AE = "digits-vae-2d", "digits-ae-2d"


@pytest.fixture
def open_compare(open_app: Callable[..., AppTest]) -> Callable[..., AppTest]:
    """Open the page at a link with these parameters."""

    def open_(**params: str) -> AppTest:
        app = open_app()
        app.switch_page(PAGE)
        app.query_params.clear()
        for name, value in params.items():
            app.query_params[name] = value
        return app.run()

    return open_


def charts(app: AppTest) -> list[dict[str, Any]]:
    return [json.loads(chart.proto.spec) for chart in app.get("plotly_chart")]


def pinned(app: AppTest) -> dict[str, Any]:
    """What the cursor was told."""
    return json.loads(component(app, "compare_pin").proto.json)


def pick(app: AppTest, **value: Any) -> AppTest:
    """Click on a map, as the browser would report it."""
    states = app._tree.get_widget_states()
    where = {"map": charts(app)[0]["layout"]["meta"], **value}
    identity = f"$$STREAMLIT_INTERNAL_KEY_{component(app, 'compare_pin').proto.id}__events"
    events = json.dumps([{"event": "pick", "value": where}])
    states.widgets.append(WidgetState(id=identity, json_trigger_value=events))
    app._run(states)
    return app.run()


def table(app: AppTest) -> list[list[str]]:
    """The scores: a list of cells for each row."""
    body = next(e.proto.body for e in app.get("html") if "compare-table" in e.proto.body)
    rows = re.split("<tr>", body)[1:]
    return [
        [re.sub("<[^>]*>", " ", cell).strip() for cell in re.split("<t[dh][^>]*>", row)[1:]]
        for row in rows
    ]


def row(app: AppTest, start: str) -> list[str]:
    return next(cells for cells in table(app) if cells[0].startswith(start))


def test_it_starts_with_the_model_of_explore_and_its_nearest_relative(open_app) -> None:
    app = open_app(model="digits-vae-2d")
    app.switch_page(PAGE)
    app.query_params.clear()
    app.run()
    assert not app.exception
    assert param(app, "models") == f"{VAE},{AE}"
    assert len(charts(app)) == 2


def test_the_partner_of_a_vae_is_the_ae_of_the_same_kind(open_compare) -> None:
    app = open_compare(models=VAE)
    assert param(app, "models") == f"{VAE},{AE}"


def test_a_link_opens_what_it_says(open_compare) -> None:
    link = {"models": f"{AE},{VAE},digits-vae-3d", "n": "200", "seed": "3", "turn": "0"}
    app = open_compare(**link, image="7", under="density", ends="3,4")
    assert not app.exception
    assert len(charts(app)) == 3
    assert {name: param(app, name) for name in link} == link
    assert (param(app, "image"), param(app, "under"), param(app, "ends")) == ("7", "density", "3,4")
    assert sum(len(trace["customdata"]["bdata"]) > 0 for trace in charts(app)[0]["data"]) == 10


@pytest.mark.parametrize(
    "shown",
    [
        Shown(("a", "b"), 5, 6, image=7, under="holes", turn=False, ends=(1, 2)),
        Shown(("a, b", "c%2Cd"), place=(0.1, -1e-7)),
        Shown(),
    ],
)
def test_reading_a_written_link_gives_it_back(shown: Shown) -> None:
    assert LINK.parse(LINK.to_params(shown)) == (shown, [])


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("models", "a,a"), ("models", "a,b,c,d"), ("models", ""), ("n", "0"), ("seed", "-1"),
        ("image", "1.5"), ("at", "1"), ("at", "nan,0"), ("under", "no"), ("turn", "2"),
        ("ends", "1"), ("ends", "1,x"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_left_out_and_named(open_compare, name: str, value: str) -> None:
    shown, unread = LINK.parse({name: value})
    assert (shown, unread) == (Shown(), [name])


def test_a_bad_link_still_opens_the_page(open_compare) -> None:
    app = open_compare(models=f"{VAE},gone", image="99999", n="123456", ends="9999,1")
    assert not app.exception and not app.error
    assert len(charts(app)) == 2
    assert any("There is no model" in toast.value for toast in app.toast)
    assert pinned(app)["image"] == 358  # the last there is


def test_without_models_it_says_what_to_do(open_compare, monkeypatch, tmp_path: Path) -> None:
    monkeypatch.setenv("VAE_CHECKPOINT_DIR", str(tmp_path))
    app = open_compare()
    assert "There is no model" in texts(app)
    assert not app.exception and not charts(app)


def test_one_model_alone_cannot_be_compared(open_compare, monkeypatch, tmp_path, model_dir) -> None:
    shutil.copy(model_dir / f"{VAE}.safetensors", tmp_path)
    monkeypatch.setenv("VAE_CHECKPOINT_DIR", str(tmp_path))
    app = open_compare()
    assert "There is only one model of these images" in texts(app)
    assert not app.exception and not charts(app)


def test_models_of_other_images_are_left_out(
    open_compare, saved, monkeypatch, tmp_path, model_dir
) -> None:
    folder = tmp_path / "models"
    shutil.copytree(model_dir, folder)
    own = saved("vae-2d")
    other = replace(own.dataset, name="mnist")
    save_again(own, folder / "other.safetensors", dataset=other)
    monkeypatch.setenv("VAE_CHECKPOINT_DIR", str(folder))
    app = open_compare(models=f"{VAE},other,{AE}")
    assert param(app, "models") == f"{VAE},{AE}"
    assert any("same data set" in toast.value for toast in app.toast)


def test_all_maps_show_the_same_images(open_compare) -> None:
    app = open_compare(models=f"{VAE},{AE}", n="100")
    numbers = [
        sorted(trace["customdata"]["bdata"] for trace in chart["data"]) for chart in charts(app)
    ]
    assert numbers[0] == numbers[1]


def test_the_second_map_is_turned_and_says_so(open_compare, saved) -> None:
    app = open_compare(models=f"{VAE},{AE}")
    planes = [fit_plane(saved(name).latents.mu) for name in ("vae-2d", "ae-2d")]
    turn = map_turn(*planes)
    assert f"turned {abs(turn.degrees):.0f}°" in texts(app).lower()
    assert f"agreement {turn.agreement:.2f}" in texts(app)
    titles = [chart["layout"]["xaxis"]["title"]["text"] for chart in charts(app)]
    assert titles[0].startswith("z1 (") and titles[1].startswith("z1′ (")
    z = saved("ae-2d").latents.mu[7:8].numpy()
    place = (planes[1].to_plane(z) @ turn.rotation)[0]
    where = pinned(pick(app, x=0.0, y=0.0, image=7))["places"]["compare_map_b"]
    np.testing.assert_allclose([where["x"], where["y"]], place, rtol=1e-4)


def test_without_turning_the_axes_keep_their_names(open_compare) -> None:
    app = open_compare(models=f"{VAE},{AE}", turn="0")
    assert not any("agreement" in caption.value for caption in app.caption)
    assert all(c["layout"]["xaxis"]["title"]["text"].startswith("z1 (") for c in charts(app))


def test_a_click_on_a_dot_pins_the_image_for_all(open_compare, saved, held_out: ImageSet) -> None:
    app = pick(open_compare(models=f"{VAE},{AE}"), x=0.0, y=0.0, image=17)
    assert param(app, "image") == "17"
    said = texts(app)
    for name in ("vae-2d", "ae-2d"):
        nats = float(elbo(saved(name).model, held_out.subset([17])).reconstruction[0])
        assert f"{nats:.1f} nats" in said
    assert pinned(app)["isImage"]


def test_a_click_elsewhere_pins_the_same_coordinates_in_all(open_compare, saved) -> None:
    app = pick(open_compare(models=f"{VAE},{AE}"), x=0.25, y=-0.5, image=None)
    assert param(app, "at") == "0.25,-0.5"
    places = pinned(app)["places"]
    assert places["compare_map_a"] == places["compare_map_b"] == {"x": 0.25, "y": -0.5}
    assert "Place (0.25, -0.50) of every map" in texts(app)


def test_a_click_on_a_map_that_is_gone_does_nothing(open_compare) -> None:
    app = pick(open_compare(models=f"{VAE},{AE}"), x=0.0, y=0.0, image=17, map="of yesterday")
    assert "image" not in app.query_params


def test_the_table_has_the_errors_of_paired_differences(
    open_compare, saved, held_out: ImageSet
) -> None:
    app = open_compare(models=f"{VAE},{AE}")
    nats = [
        elbo(saved(name).model, held_out).reconstruction.numpy() for name in ("vae-2d", "ae-2d")
    ]
    apart = nats[1] - nats[0]
    cells = row(app, "Reconstruction")
    assert cells[2].split(" ± ")[0] == pytest.approx(f"{nats[1].mean():.2f}")
    value, error = (float(part.split()[0].replace("−", "-")) for part in cells[3].split(" ± "))
    assert value == pytest.approx(apart.mean(), abs=0.2)  # the posterior's draws are not the same
    assert error == pytest.approx(apart.std(ddof=1) / len(apart) ** 0.5, rel=0.05)
    assert row(app, "KL")[2:] == ["–", "–"]  # of an AE
    assert re.fullmatch(r"\d+\.\d ± \d+\.\d", row(app, "Class told")[1])


def test_a_model_beside_its_copy_is_not_told_apart(
    open_compare, monkeypatch, tmp_path, model_dir
) -> None:
    for name in ("one", "two"):
        shutil.copy(model_dir / f"{VAE}.safetensors", tmp_path / f"{name}.safetensors")
    monkeypatch.setenv("VAE_CHECKPOINT_DIR", str(tmp_path))
    app = open_compare(models="one,two")
    assert row(app, "Reconstruction")[3].startswith("+0.00 ± 0.00")
    assert "not told apart" in row(app, "Reconstruction")[3]
    assert "agreement 1.00" in texts(app)
    assert "Lies as A does" in texts(app)


def test_models_are_chosen_in_fields(open_compare) -> None:
    app = open_compare(models=f"{VAE},{AE}", image="5")
    widget(app, "compare_model_2").set_value("digits-vae-8d").run()
    assert param(app, "models") == f"{VAE},{AE},digits-vae-8d"
    assert len(charts(app)) == 3 and param(app, "image") == "5"
    widget(app, "compare_model_0").set_value("digits-vae-3d").run()
    assert param(app, "models") == f"digits-vae-3d,{AE},digits-vae-8d"
    widget(app, "compare_model_2").set_value("").run()
    assert len(charts(app)) == 2


def test_settings_go_into_the_link(open_compare) -> None:
    app = open_compare(models=f"{VAE},{AE}")
    widget(app, "compare_turn").set_value(False).run()
    assert param(app, "turn") == "0"
    app.number_input(key="compare_seed").set_value(4).run()
    assert param(app, "seed") == "4"
    app.number_input(key="compare_last").set_value(30).run()
    assert param(app, "ends").endswith(",30")
    widget(app, "compare_under").set_value("density").run()
    assert param(app, "under") == "density"
    assert not app.exception
    assert "Density" in texts(app)


def test_a_layer_that_a_model_cannot_have_says_why(open_compare) -> None:
    app = open_compare(models=f"{VAE},{AE}", under="holes")
    assert "not for this model, which has no prior" in texts(app)


def test_an_ae_has_no_prior_to_draw_from(open_compare) -> None:
    said = texts(open_compare(models=f"{VAE},{AE}"))
    assert said.count("A plain AE has no prior") == 1
    assert said.count("of these 16 codes lie where no data is") == 1


@pytest.mark.parametrize("others", ["digits-vae-1d,digits-vae-2d", "digits-vae-8d,digits-vae-1d"])
def test_models_of_any_dimensions_stand_side_by_side(open_compare, others: str) -> None:
    app = open_compare(models=others, at="0.5,0.25")
    assert not app.exception and not app.error
    assert len(charts(app)) == 2
    assert len(pinned(app)["places"]) == 2
    assert ("2 of 8 dimensions" in texts(app)) == ("8d" in others)


def test_it_works_without_the_images(open_compare, saved, monkeypatch, tmp_path) -> None:
    for name in ("vae-2d", "ae-2d"):
        own = saved(name)
        dataset = replace(own.dataset, name="mnist")
        save_again(own, tmp_path / "absent" / f"{name}.safetensors", dataset=dataset)
    monkeypatch.setenv("VAE_CHECKPOINT_DIR", str(tmp_path / "absent"))
    app = open_compare()
    assert not app.exception
    assert "not on this machine" in texts(app)
    assert "±" not in " ".join(row(app, "Reconstruction"))
    assert "±" in row(app, "Class told")[1] and "±" in row(app, "KL")[1]


def test_pictures_that_are_not_made_of_numbers_are_counted(
    open_compare, saved, monkeypatch, tmp_path
) -> None:
    hot = saved("vae-2d")
    overflow(hot.model, 3e38)
    for name in ("one", "two"):
        save_again(hot, tmp_path / "hot" / f"{name}.safetensors")
    monkeypatch.setenv("VAE_CHECKPOINT_DIR", str(tmp_path / "hot"))
    app = open_compare(models="one,two", ends="0,8")
    assert not app.exception
    found = from_prior(models_file(tmp_path / "hot" / "one.safetensors"), 16, 0)
    n = int((found.where == UNDEFINED).sum())
    assert n > 0
    assert f"{n} of these 16 are black: the decoder's answer is not a number there." in texts(app)
    assert re.search(r"\d of these 8 are black", texts(app))


def models_file(path: Path) -> tuple[str, int]:
    return str(path), path.stat().st_mtime_ns


def test_what_a_file_says_of_itself_is_never_markup(
    open_compare, saved, monkeypatch, tmp_path
) -> None:
    own = saved("vae-2d")
    for name in ("one", "two"):
        save_again(own, tmp_path / "odd" / f"{name}.safetensors")
    monkeypatch.setenv("VAE_CHECKPOINT_DIR", str(tmp_path / "odd"))
    evil = "<b>bold</b> $x$"
    monkeypatch.setattr(Contender, "title", property(lambda _: evil))
    monkeypatch.setattr(cursor, "short", lambda _: evil)
    bodies = [e.proto.body for e in open_compare(models="one,two").get("html")]
    assert sum(html.escape(evil) in body for body in bodies) >= 2 + 4 + 1  # maps, rows, pinned
    assert not any(evil in body for body in bodies)


def test_every_picture_has_a_text(open_compare) -> None:
    app = open_compare(models=f"{VAE},{AE}")
    pictures = [tag for e in app.get("html") for tag in re.findall("<img[^>]*>", e.proto.body)]
    assert len(pictures) > 5
    assert all(re.search('alt="[^"]{8,}"', tag) for tag in pictures)


def test_what_it_decodes_is_what_the_model_decodes(open_compare, saved) -> None:
    app = open_compare(models=f"{VAE},{AE}", image="9")
    for name in ("vae-2d", "ae-2d"):
        loaded = saved(name)
        expected = to_png(decode(loaded.model, loaded.latents.mu[9:10].numpy())[0].numpy())
        assert any(b64encode(expected).decode() in e.proto.body for e in app.get("html"))


def test_default_is_the_batch_of_explore() -> None:
    assert Shown().batch_size == DEFAULT_BATCH


def test_an_image_of_many_dimensions_is_decoded_from_its_own_code(model_dir, saved) -> None:
    def payload(name: str) -> bytes | None:
        path = model_dir / f"digits-{name}.safetensors"
        key = BatchKey(str(path), path.stat().st_mtime_ns, 20, 3, True)
        return cached.decoded_images(key, "album")

    assert payload("vae-2d") is None  # the map is all of its latent space
    data = payload("vae-8d")
    (length,) = struct.unpack("<I", data[:4])
    head = json.loads(data[4 : 4 + length])
    assert head["columns"] == 20
    cells = np.frombuffer(zlib.decompress(data[4 + length :]), np.uint8)
    loaded = saved("vae-8d")
    images = decode(loaded.model, loaded.latents.mu[[int(i) for i in head["nodesX"]]].numpy())
    np.testing.assert_array_equal(cells.reshape(images.shape), to_bytes(images.numpy()))


def test_explore_follows_the_first_model(open_compare) -> None:
    app = open_compare(models=f"{VAE},{AE}")
    widget(app, "compare_model_0").set_value("digits-vae-3d").run()
    assert app.session_state["view"].model == "digits-vae-3d"
