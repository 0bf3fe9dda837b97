"""What the lesson on strange images computes."""

from __future__ import annotations

from functools import partial
from typing import Literal, get_args

import numpy as np
import numpy.typing as npt
import streamlit as st

from ui import cache
from ui.catalogue import Entry
from ui.exhibit import Exhibit
from ui.learn import material
from vae_core import decode, encode, load_images
from vae_core.data import ImageSet, default_data_dir
from vae_core.data.strange import Strange, faded, strange_images
from vae_core.errors import VaeCoreError
from vae_core.metrics.anomaly import Method, anomaly_scores, auroc

FloatArray = npt.NDArray[np.float64]
Kind = Strange | Literal["other"]
_shared = partial(st.cache_resource, show_spinner=False)
N_IMAGES = 400  # usual ones, and as many strange ones of each kind
OTHERS = {"mnist": "fashion-mnist", "fashion-mnist": "mnist"}
BRIGHTNESS = tuple(range(100, -1, -10))  # per cent
N_ALARMS = 100  # places of the alarm


@_shared(max_entries=2)
def _other(name: str, data_dir: str) -> ImageSet:
    return load_images(OTHERS[name], "test", data_dir)


def other(entry: Entry) -> ImageSet | None:
    """Images of quite another data set, of the same size; None where there are none."""
    try:
        found: ImageSet = _other(entry.header.dataset.name, str(default_data_dir()))
    except (KeyError, VaeCoreError):  # no such pair, or not on this machine; never kept
        return None
    return found if found.image_shape == entry.header.config.image_shape else None


def kinds(entry: Entry) -> list[Kind]:
    """The kinds of strange images that there are."""
    found: list[Kind] = [*get_args(Strange)]
    return found if other(entry) is None else [*found, "other"]


@_shared(max_entries=32)
def _images(path: str, mtime: int, kind: Kind | None, _entry: Entry) -> ImageSet:
    if kind == "other":
        found = other(_entry)
        assert found is not None
        return found.subset(np.arange(min(N_IMAGES, len(found))))
    images = material.images_of(_entry)
    n = min(N_IMAGES, len(images) // 2)
    if kind is None:
        return images.subset(np.arange(n))
    return strange_images(images.subset(np.arange(n, 2 * n)), kind)


def images(entry: Entry, kind: Kind | None = None) -> ImageSet:
    """Usual images, or strange ones made from others."""
    found: ImageSet = _images(entry.path, entry.mtime, kind, entry)
    return found


def redrawn(entry: Entry, numbers: npt.NDArray[np.intp]) -> npt.NDArray[np.float32]:
    """What the model draws for the codes of some usual images, (K, C, H, W)."""
    model = cache.checkpoint(entry.path, entry.mtime).model
    codes = encode(model, images(entry).subset(numbers)).mu
    drawings: npt.NDArray[np.float32] = decode(model, codes.double().numpy()).numpy()
    return drawings


@_shared(max_entries=32)
def _scores(
    path: str, mtime: int, method: Method, has_other: bool, _entry: Entry
) -> dict[Kind | None, FloatArray]:
    """Of all kinds at once: what a method prepares, it prepares once."""
    found: list[Kind | None] = [None, *kinds(_entry)]
    sets = [images(_entry, kind) for kind in found]
    joined = sets[0]
    for each in sets[1:]:
        joined = joined.joined(each)
    values = anomaly_scores(cache.checkpoint(path, mtime).model, joined, method).numpy()
    parts = np.split(values, np.cumsum([len(each) for each in sets])[:-1])
    return dict(zip(found, parts, strict=True))


def scores(entry: Entry, kind: Kind | None = None, method: Method = "reconstruction") -> FloatArray:
    """How strange the model finds them, nats, shape (N,)."""
    has_other = other(entry) is not None
    found: FloatArray = _scores(entry.path, entry.mtime, method, has_other, entry)[kind]
    return found


def told_apart(entry: Entry, kind: Kind, method: Method = "reconstruction") -> float:
    """AUROC of strange images of a kind against the usual ones."""
    return auroc(scores(entry, None, method), scores(entry, kind, method))


def mean_told_apart(entry: Entry, method: Method) -> float:
    """The same, on average over all kinds but the blank ones, which are all one image."""
    return float(np.mean([told_apart(entry, k, method) for k in kinds(entry) if k != "blank"]))


def alarms(entry: Entry, kind: Kind) -> FloatArray:
    """Places of the alarm, nats, ascending, (N_ALARMS + 1,): the scores of both sorts in steps."""
    both = np.concatenate([scores(entry), scores(entry, kind)])
    low, high = np.quantile(both, [0.0, 0.99])
    return np.linspace(low, high, N_ALARMS + 1)


def best_alarm(entry: Entry, kind: Kind) -> float:
    """The most, over all places of the alarm, of the share caught less that of false alarms."""
    return max(c - f for c, f in (caught(entry, kind, alarm) for alarm in alarms(entry, kind)))


def caught(entry: Entry, kind: Kind, alarm: float) -> tuple[float, float]:
    """Share of strange images above the alarm, and of usual ones."""
    usual, odd = scores(entry), scores(entry, kind)
    return float((odd > alarm).mean()), float((usual > alarm).mean())


def top_share(entry: Entry, share: float = 0.05) -> tuple[int, float]:
    """Of the strangest usual images the most frequent class, and its share of them."""
    found = scores(entry)
    strangest = np.argsort(-found)[: max(1, round(share * len(found)))]
    counts = np.bincount(images(entry).labels.numpy()[strangest])
    return int(counts.argmax()), float(counts.max() / counts.sum())


@_shared(max_entries=8)
def _fading(path: str, mtime: int, _entry: Entry) -> FloatArray:
    model, usual = cache.checkpoint(path, mtime).model, images(_entry)
    return np.array(
        [
            float(np.median(anomaly_scores(model, faded(usual, each / 100), "reconstruction")))
            for each in BRIGHTNESS
        ]
    )


def fading(entry: Entry) -> FloatArray:
    """Median score of the usual images at each of `BRIGHTNESS`."""
    found: FloatArray = _fading(entry.path, entry.mtime, entry)
    return found


def stranger_than(entry: Entry, score: float) -> float:
    """Share of usual images whose score is lower, 0 to 1."""
    return float((scores(entry) < score).mean())


def by_class(exhibit: Exhibit, method: Method) -> dict[int, float]:
    """For each class how strange its typical image is found: share of all images below it."""
    found, labels = scores(exhibit.entry, None, method), images(exhibit.entry).labels.numpy()
    return {
        int(label): float((found < np.median(found[labels == label])).mean())
        for label in np.unique(labels)
    }


def middle_of_class(exhibit: Exhibit) -> dict[int, int]:
    """For each class the image whose score is the middle one: its number among the usual ones."""
    found, labels = scores(exhibit.entry), images(exhibit.entry).labels.numpy()
    of_class = {int(label): np.flatnonzero(labels == label) for label in np.unique(labels)}
    return {
        label: int(numbers[np.argsort(found[numbers])[len(numbers) // 2]])
        for label, numbers in of_class.items()
    }
