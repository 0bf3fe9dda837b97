"""Tests for ui/choice.py: all pages start with the model chosen last, and leave Explore's rest."""

import pytest

from tests.pages.conftest import param, widget
from ui.view import View

PAGES = ["generate", "interpolate", "arithmetic", "draw", "measure"]


def go(app, page, **params):
    """As a click on the page's name does: without parameters, unless there is a link."""
    app.query_params.clear()
    for name, value in params.items():
        app.query_params[name] = value
    app = app.switch_page(f"pages/{page}.py").run()
    assert not app.exception
    return app


def shown_on(app, page):
    name = "models" if page == "compare" else "model"
    return param(app, name).split(",")[0]


@pytest.mark.parametrize("page", [*PAGES, "compare"])
def test_a_page_shows_what_explore_was_changed_to(open_app, page):
    app = go(open_app(model="digits-vae-8d"), page)
    assert shown_on(app, page) == "digits-vae-8d"
    app = go(app, "explore")
    widget(app, "explore_model").set_value("digits-vae-3d").run()
    app = go(app, page)
    assert shown_on(app, page) == "digits-vae-3d"
    assert not app.error


@pytest.mark.parametrize("page", [*PAGES, "compare"])
def test_explore_shows_what_a_link_to_another_page_named(open_app, page):
    name = "models" if page == "compare" else "model"
    app = go(open_app(model="digits-vae-2d", at="0.5,0.5"), page, **{name: "digits-vae-8d"})
    assert app.session_state["view"].model == "digits-vae-8d"
    assert app.session_state["view"].place is None
    assert param(go(app, "explore"), "model") == "digits-vae-8d"


def test_another_model_leaves_the_rest_of_explore_as_it_was(open_app):
    app = open_app(model="digits-vae-2d", n="500", seed="3", layers="density", colour="kl")
    app = go(app, "generate")
    widget(app, "generate_model").set_value("digits-vae-8d").run()
    view = app.session_state["view"]
    kept = View("digits", "digits-vae-8d", view.batch_size, 3, layers=("density",), colour="kl")
    assert view == kept


@pytest.mark.parametrize("page", ["generate", "compare"])
def test_what_was_pinned_on_another_map_cannot_be_brought_back(open_app, page):
    app = open_app(model="digits-vae-2d")
    widget(app, "explore_next").click().run().run()
    assert app.session_state["undo"]
    key = "compare_model_0" if page == "compare" else "generate_model"
    app = go(app, page)
    widget(app, key).set_value("digits-vae-3d").run()
    assert not app.session_state["undo"]
