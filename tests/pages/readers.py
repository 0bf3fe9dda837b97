"""What the page shows, read from its elements."""

import json
import re
from base64 import b64decode

import numpy as np

from tests.pages.conftest import component, param, texts, widget
from ui import catalogue
from ui.exhibit import exhibit_of
from ui.view import View

N_HELD_OUT, N_ALL = 359, 1797


def exhibit(model, **changes):
    """What the page shows of a model."""
    entries, _ = catalogue.find_entries()
    entry = next(e for e in entries if e.name == model)
    return exhibit_of(entry, View(**({"batch_size": N_HELD_OUT} | changes)))


def array(values):
    """A plotly array, packed or not."""
    if not isinstance(values, dict):
        return np.array(values)
    return np.frombuffer(b64decode(values["bdata"]), np.dtype(values["dtype"]))


def drawn(app, *path, chart_number=0):
    """Something of each dot of a map, such as its "x", in the order of the images' numbers."""
    spec = json.loads(app.get("plotly_chart")[chart_number].proto.spec)
    numbers, found = [], []
    for trace in spec["data"]:
        numbers.append(array(trace["customdata"]))
        value = trace
        for name in path:
            value = value[name]
        found.append(array(value))
    return np.concatenate(found)[np.argsort(np.concatenate(numbers))]


def numbers(app):
    """The images on the map."""
    return np.sort(drawn(app, "customdata"))


def closer(app):
    """The closer look."""
    found = [e.proto.body for e in app.get("html") if "class=closer" in e.proto.body]
    return found[0] if found else ""


def sections(app):
    """Pieces of the closer look by their heading."""
    parts = re.findall(r"<section.*?>(.*?)</section>", closer(app), re.DOTALL)
    return {re.search("<h3>(.*?)</h3>", part)[1]: part for part in parts}


def alts(markup):
    return re.findall(r'<img alt="([^"]*)"', markup)


def pixels(markup):
    """The pictures, as PNG."""
    return [b64decode(data) for data in re.findall(r"base64,([^\"]*)\"", markup)]


def neighbours(markup):
    """Numbers and distances of the images in a row of neighbours."""
    found = re.findall(r"image (\d+)<br>([\d.]+) away", markup)
    return [int(number) for number, _ in found], [float(distance) for _, distance in found]


def said(app):
    """Everything the page says, in words or to the browser, but for packed arrays and pictures."""
    marks = [e.proto.body for e in app.get("html")] + [t.value for t in app.toast]
    charts = [c.proto.spec + c.proto.alt for c in app.get("plotly_chart")]
    facts = [component(app, "latent_pin").proto.json]
    labels = [s.label for s in app.slider] + [b.label for b in app.button]
    everything = "\n".join([texts(app), *marks, *charts, *facts, *labels])
    return re.sub(r'"bdata":"[^"]*"|base64,[^"]*"', "", everything)


def assert_defined(app):
    assert not app.exception
    assert not app.error
    assert not re.search(r"\b(nan|inf|infinity)\b", said(app), re.IGNORECASE)


def step(app, name):
    """Press a button of "Same class"; the image it pins."""
    key = f"explore_class_{name.lower().replace(' ', '_')}"
    widget(app, key).click().run().run()
    assert not app.exception
    return int(param(app, "image"))
