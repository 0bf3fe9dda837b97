"""Tests for pages/explore.py: held-out and training images at once."""

import csv
import json
from io import StringIO

import numpy as np
import torch

from tests.pages.conftest import component, param, pictures, texts, widget
from tests.pages.readers import (
    N_ALL,
    N_HELD_OUT,
    drawn,
    exhibit,
    numbers,
    pixels,
    step,
)
from ui.explore.take_away import to_csv
from ui.images import to_png
from vae_core import (
    elbo,
    encode,
    load_images,
    typicality,
)


def test_all_images_are_on_the_map_the_held_out_ones_first(open_app, saved, held_out):
    app = open_app(model="digits-vae-2d", n=str(N_ALL), image=str(N_HELD_OUT), close="1")
    train = load_images("digits", "train")
    assert not app.toast
    assert "1,797 held-out and training images, encoded just now" in texts(app)
    np.testing.assert_array_equal(numbers(app), np.arange(N_ALL))
    mu = encode(saved("vae-2d").model, held_out.joined(train)).mu.numpy()
    np.testing.assert_allclose(drawn(app, "x"), mu[:, 0], atol=1e-5)
    assert "Training image 0" in texts(app)
    assert "Reconstruction of image 0" in texts(app)
    assert pixels(pictures(app)[0]) == [to_png(train.images[0].numpy())]
    nats = elbo(saved("vae-2d").model, train.subset([0])).reconstruction[0]
    assert f"{nats:.1f} nats" in texts(app)
    told = json.loads(component(app, "latent_pin").proto.json)
    assert (told["image"], told["lastImage"]) == (N_HELD_OUT, N_ALL - 1)
    assert told["imageLabel"] == "Image, held-out first"
    widget(app, "explore_previous").click().run().run()
    assert "Held-out image 358" in texts(app)


def test_the_first_image_of_all_steps_back_to_the_last_training_image(open_app):
    app = open_app(model="digits-vae-2d", n=str(N_ALL), image="0")
    widget(app, "explore_previous").click().run().run()
    assert param(app, "image") == str(N_ALL - 1)
    assert "Training image 1437" in texts(app)


def test_steps_within_a_class_go_through_all_images(open_app, saved, held_out):
    everything = held_out.joined(load_images("digits", "train"))
    mates = torch.nonzero(everything.labels == everything.labels[17]).flatten()
    app = open_app(model="digits-vae-2d", n=str(N_ALL), image="17")
    latents = encode(saved("vae-2d").model, everything.subset(mates))
    first = mates[np.argmax(typicality(latents))]
    assert step(app, "Most typical") == first
    app = open_app(model="digits-vae-2d", n=str(N_ALL), image=str(int(mates[0])))
    assert step(app, "Previous") == mates[-1]


def test_another_number_of_images_unpins_the_image(open_app):
    app = open_app(model="digits-vae-2d", image="17", zoom="-1.0,1.0,-2.0,2.0")
    widget(app, "explore_batch_size").set_value(N_ALL).run()
    assert "image" not in app.query_params
    assert (param(app, "n"), param(app, "zoom")) == (str(N_ALL), "-1.0,1.0,-2.0,2.0")
    assert len(numbers(app)) == N_ALL


def test_the_table_of_all_images_says_which_split_each_is_of(held_out):
    train = load_images("digits", "train")
    exposed = exhibit("digits-vae-2d", batch_size=N_ALL)
    rows = list(csv.DictReader(StringIO(to_csv(exposed))))
    found = [(row["split"], int(row["image"]), row["class"]) for row in rows]
    expected = [
        (split, number, held_out.classes[label])
        for split, images in (("test", held_out), ("train", train))
        for number, label in enumerate(images.labels)
    ]
    assert sorted(found) == sorted(expected)
    index = exposed.shown.indices[0]
    assert found[0] == expected[index]
