"""Pages are opened through `app.py`, on tiny models made for the purpose."""

import inspect
import json
import re
import sys
import threading
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path
from types import CodeType, FrameType
from typing import Any

import pytest
import streamlit as st
from streamlit.proto.WidgetStates_pb2 import WidgetState
from streamlit.testing.v1 import AppTest

from tests.models import save_again, write_digits_model
from ui.learn.lesson import Code
from vae_core import load_checkpoint, load_images
from vae_core.checkpoints import Checkpoint
from vae_core.data import ImageSet

APP = str(Path(__file__).parents[2] / "app.py")


@pytest.fixture(scope="session")
def model_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("models")
    for latent_dim in (1, 2, 3, 8):
        write_digits_model(folder / f"digits-vae-{latent_dim}d.safetensors", latent_dim)
    write_digits_model(folder / "digits-ae-2d.safetensors", 2, kind="ae")
    return folder


@pytest.fixture(scope="session", autouse=True)
def packages_read_once() -> Iterator[None]:
    """An AppTest reads the metadata of every installed package: most of its time, each time."""
    from streamlit.components.v2 import manifest_scanner

    read = cache(manifest_scanner.scan_component_manifests)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(manifest_scanner, "scan_component_manifests", read)
        yield


@pytest.fixture(autouse=True)
def app_environment(model_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VAE_CHECKPOINT_DIR", str(model_dir))
    monkeypatch.setenv("VAE_DATA_DIR", str(tmp_path / "no-data"))
    monkeypatch.chdir(Path(APP).parent)
    st.cache_resource.clear()


@pytest.fixture
def ran() -> Iterator[set[CodeType]]:
    """All functions of the product that run in a test, in every thread that it starts."""
    found: set[CodeType] = set()
    root = str(Path(APP).parent)

    def note(frame: FrameType, event: str, _: object) -> None:
        if event == "call" and frame.f_code.co_filename.startswith(root):
            found.add(frame.f_code)

    threading.setprofile(note)
    sys.setprofile(note)
    yield found
    threading.setprofile(None)
    sys.setprofile(None)


def assert_ran(functions: Iterable[Code], ran: set[CodeType]) -> None:
    """Each of these functions ran; of classes nothing is asked."""
    sources = [inspect.unwrap(each) for each in functions if not inspect.isclass(each)]
    assert [each.__qualname__ for each in sources if each.__code__ not in ran] == []


@pytest.fixture
def mnist_like(model_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A model whose data set is not on this machine."""
    saved = load_checkpoint(model_dir / "digits-vae-2d.safetensors")
    dataset = replace(saved.dataset, name="mnist")
    save_again(saved, tmp_path / "absent" / "absent.safetensors", dataset=dataset)
    monkeypatch.setenv("VAE_CHECKPOINT_DIR", str(tmp_path / "absent"))


@pytest.fixture
def saved(model_dir: Path) -> Callable[[str], Checkpoint]:
    """A model by the end of its name."""
    return lambda name: load_checkpoint(model_dir / f"digits-{name}.safetensors")


@pytest.fixture(scope="session")
def held_out() -> ImageSet:
    return load_images("digits", "test")


@pytest.fixture
def open_app() -> Callable[..., AppTest]:
    """Open the app at a link with these parameters."""

    def open_(**params: str) -> AppTest:
        app = AppTest.from_file(APP, default_timeout=60)
        for name, value in params.items():
            app.query_params[name] = value
        return app.run()

    return open_


def component(app: AppTest, name: str) -> Any:
    return next(c for c in app.get("bidi_component") if c.proto.component_name == name)


def chart(app: AppTest) -> dict[str, Any]:
    return json.loads(app.get("plotly_chart")[0].proto.spec)


def widget(app: AppTest, key: str) -> Any:
    """The button, switch, slider or list with this key."""
    kinds = (app.button, app.selectbox, app.multiselect, app.toggle, app.slider)
    return next(w for kind in (*kinds, app.get("button_group")) for w in kind if w.key == key)


def param(app: AppTest, name: str) -> str:
    """A parameter of the link."""
    value = app.query_params[name]
    return value[0] if isinstance(value, list) else value


def code(app: AppTest) -> list[float]:
    """The latent code the page shows."""
    return [float(v) for v in re.search(r"Code z = \(([^)]*)\)", texts(app))[1].split(",")]


def pin_place(app: AppTest) -> dict[str, Any]:
    """What the pin component was told."""
    return json.loads(component(app, "latent_pin").proto.json)


def pictures(app: AppTest) -> list[str]:
    """The picture elements, left to right."""
    return [e.proto.body for e in app.get("html") if "<img" in e.proto.body]


def fire(app: AppTest, event: str, value: Any) -> AppTest:
    """Send one event of the components, as the browser would."""
    name = "latent_pin" if event == "pick" else "latent_loupe"
    if event == "pick":
        value = {"map": chart(app)["layout"]["meta"], **value}
    states = app._tree.get_widget_states()
    events = json.dumps([{"event": event, "value": value}])
    identity = f"$$STREAMLIT_INTERNAL_KEY_{component(app, name).proto.id}__events"
    states.widgets.append(WidgetState(id=identity, json_trigger_value=events))
    app._run(states)
    return app.run()  # the event redraws a part of the page; the tests look at all of it


def texts(app: AppTest) -> str:
    """All prose on the page."""
    words = [e.value for e in (*app.markdown, *app.caption, *app.info, *app.error)]
    panels = [re.sub("<[^>]*>", " ", e.proto.body) for e in app.get("html")]
    return "\n".join(words + panels)
