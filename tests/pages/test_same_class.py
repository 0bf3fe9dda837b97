"""Tests for pages/explore.py: steps within a class."""

import numpy as np
import pytest
import torch

from tests.pages.conftest import param, widget
from tests.pages.readers import step
from ui.explore.buttons import IN_CLASS
from vae_core import (
    nearest_in_codes,
    typicality,
)


def test_steps_by_number_stay_in_the_class_and_go_round(open_app, held_out):
    mates = torch.nonzero(held_out.labels == held_out.labels[17]).flatten().tolist()
    position = mates.index(17)
    app = open_app(model="digits-vae-8d", image="17")
    assert step(app, "Next") == mates[position + 1]
    assert step(app, "Previous") == 17
    app = open_app(model="digits-vae-8d", image=str(mates[0]))
    assert step(app, "Previous") == mates[-1]
    assert step(app, "Next") == mates[0]


@pytest.mark.parametrize("model", ["vae-8d", "ae-2d"])
def test_steps_by_typicality_end_at_the_ends(open_app, saved, held_out, model):
    mates = torch.nonzero(held_out.labels == held_out.labels[17]).flatten()
    share = typicality(saved(model).latents)[mates]
    ranked = mates[np.argsort(-share, kind="stable")].tolist()
    app = open_app(model=f"digits-{model}", image="17")
    assert step(app, "Most typical") == ranked[0]
    assert step(app, "More typical") == ranked[0]
    assert step(app, "Stranger") == ranked[1]
    assert step(app, "Strangest") == ranked[-1]
    assert step(app, "Stranger") == ranked[-1]
    assert step(app, "More typical") == ranked[-2]
    widget(app, "explore_undo").click().run().run()
    assert param(app, "image") == str(ranked[-1])


def test_from_a_place_steps_go_through_the_class_of_the_nearest_image(open_app, saved, held_out):
    nearest = int(nearest_in_codes(saved("vae-2d").latents, [0.25, -0.5], 1).indices[0])
    mates = torch.nonzero(held_out.labels == held_out.labels[nearest]).flatten().tolist()
    app = open_app(model="digits-vae-2d", at="0.25,-0.5")
    assert step(app, "Next") == mates[(mates.index(nearest) + 1) % len(mates)]
    assert "at" not in app.query_params
    widget(app, "explore_undo").click().run().run()
    assert param(app, "at") == "0.25,-0.5"


@pytest.mark.parametrize("name", IN_CLASS)
def test_steps_work_from_the_stored_encoding_too(open_app, mnist_like, held_out, name):
    app = open_app(image="17")
    assert held_out.labels[step(app, name)] == held_out.labels[17]
