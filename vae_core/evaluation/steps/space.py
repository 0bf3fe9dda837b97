"""Steps that look at the codes: what they know, how they lie, in how many ways they vary."""

from __future__ import annotations

import math
from typing import get_args

import numpy as np
import numpy.typing as npt

from vae_core.errors import ConfigError
from vae_core.evaluation.measured import Measured
from vae_core.evaluation.steps.step import NO_TRAINING, PLAIN, Found, estimated, undefined
from vae_core.evaluation.subject import Subject
from vae_core.metrics.dimension import (
    NEIGHBOURS,
    Dimension,
    Method,
    intrinsic_dimension,
    intrinsic_dimensions,
)
from vae_core.metrics.information import information
from vae_core.metrics.latent import active_units
from vae_core.metrics.maps import NEIGHBOURS as NEAREST
from vae_core.metrics.maps import map_quality

DIMENSION_IMAGES = 10_000  # neighbours among hundreds of pixels: time grows with the square
CHOICE = 1  # random choice of images
METHODS: tuple[Method, ...] = get_args(Method)


def active(subject: Subject) -> Found:
    """Dimensions in use."""
    return [Measured("active_units", active_units(subject.latents), n=len(subject.held_out))]


def codes(subject: Subject) -> Found:
    """What the codes know, and how they lie as a whole."""
    n = len(subject.held_out)
    keys = ("mutual_information", "marginal_kl", "total_correlation", "dimension_kl")
    if not subject.is_vae:
        return undefined(keys, PLAIN)
    found = information(subject.latents, subject.seed)
    draws = f"{found.draws} draws"
    values = [one.value for one in found.dimension_kl]
    per_dim = None if None in values else tuple(float(v) for v in values if v is not None)
    return [
        estimated(keys[0], found.mutual_information, n, f"{draws}; at most {found.ceiling:.2f}"),
        estimated(keys[1], found.marginal_kl, n, draws),
        estimated(keys[2], found.total_correlation, n, draws),
        Measured(keys[3], per_dim, n=n, note=draws),
    ]


def map_scores(subject: Subject) -> Found:
    """Whether closeness on the map means likeness."""
    train, n = subject.train_latents, len(subject.held_out)
    quality = map_quality(
        train or subject.latents, subject.latents, subject.held_out, subject.map_images
    )
    if train is None:
        (accuracy,) = undefined(("knn_accuracy",), NO_TRAINING, is_lacking=True)
    else:
        told = quality.knn_accuracy
        error = math.sqrt(told * (1 - told) / (n - 1)) if n > 1 else None
        accuracy = Measured("knn_accuracy", told, error, n)
    found = {
        "trustworthiness": quality.trustworthiness,
        "continuity": quality.continuity,
        "neighbour_recall": quality.neighbour_recall,
    }
    few = f"{NEAREST} neighbours can be compared where there are more than {2 * NEAREST} images."
    return [accuracy] + [
        Measured(key, value, n=min(n, subject.map_images)) if value is not None else gone
        for (key, value), gone in zip(found.items(), undefined(tuple(found), few), strict=True)
    ]


def pixel_dimension(subject: Subject) -> Found:
    """In how many ways the images vary."""
    chosen = subject.choose(DIMENSION_IMAGES, CHOICE)
    return _dimensions("pixel_dimension", subject.held_out.images[chosen].flatten(1).numpy())


def code_dimension(subject: Subject) -> Found:
    """In how many ways the codes vary."""
    return _dimensions("code_dimension", subject.latents.mu.double().numpy())


def _dimensions(what: str, points: npt.NDArray[np.generic]) -> Found:
    try:
        both = intrinsic_dimensions(points, [(method, NEIGHBOURS) for method in METHODS])
    except ConfigError:  # perhaps of one alone
        return [_dimension(what, points, method) for method in METHODS]
    return [_as_measured(what, one) for one in both]


def _dimension(what: str, points: npt.NDArray[np.generic], method: Method) -> Measured:
    try:
        return _as_measured(what, intrinsic_dimension(points, method))
    except ConfigError as err:
        return undefined((f"{what}_{method}",), str(err))[0]


def _as_measured(what: str, one: Dimension) -> Measured:
    note = f"{one.k} neighbours each"
    return Measured(f"{what}_{one.method}", one.value, one.error, one.n, note)
