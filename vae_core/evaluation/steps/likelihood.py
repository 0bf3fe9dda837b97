"""Steps that measure what an image costs under a model."""

from __future__ import annotations

import math

from vae_core.evaluation.measured import Measured
from vae_core.evaluation.steps.step import (
    NO_CHANCE,
    NOT_FINITE,
    PLAIN,
    Found,
    estimated,
    mean,
    undefined,
)
from vae_core.evaluation.subject import Subject
from vae_core.metrics.importance import importance_log_likelihood
from vae_core.metrics.rate_distortion import rate_point

DRAWS = 100  # of each image, for the estimated likelihood
IMAGES, FEW_IMAGES = 2000, 250  # few where the exact one is known: then it but shows its worth
CHOICE = 0  # random choice of images
DECIBEL = 10.0 / math.log(10.0)


def bound(subject: Subject) -> Found:
    """The ELBO and its parts."""
    parts = subject.parts
    reconstruction = mean("reconstruction", parts.reconstruction)
    if not subject.is_vae:
        return [
            *undefined(("negative_elbo",), PLAIN),
            reconstruction,
            *undefined(("kl", "kl_per_dim"), PLAIN),
        ]
    per_dim = tuple(parts.kl_per_dim.mean(0).tolist())
    return [
        mean("negative_elbo", parts.negative_elbo),
        reconstruction,
        mean("kl", parts.kl),
        Measured("kl_per_dim", per_dim, n=len(subject.held_out)),
    ]


def pixels(subject: Subject) -> Found:
    """What the reconstruction misses, in other units and above what cannot be had."""
    above = rate_point(
        subject.model, subject.parts, subject.held_out, binarize=subject.binarize
    ).excess
    if above is not None:
        excess = estimated("excess_reconstruction", above, len(subject.held_out))
    else:
        note = "Only a likelihood of black-or-white pixels has such a floor for grey ones."
        (excess,) = undefined(("excess_reconstruction",), note)
    error = mean("reconstruction_mse", subject.squared_error)
    if error.value is None:
        return [excess, error, *undefined(("reconstruction_psnr",), NOT_FINITE)]
    assert isinstance(error.value, float)
    if error.value == 0:
        note = "The reconstructions are perfect: there is no error to compare with."
        return [excess, error, *undefined(("reconstruction_psnr",), note)]
    spread = None if error.error is None else DECIBEL * error.error / error.value
    ratio = Measured("reconstruction_psnr", -DECIBEL * math.log(error.value), spread, error.n)
    return [excess, error, ratio]


def likely_bound(subject: Subject) -> Found:
    """The ELBO of black-or-white images."""
    if not subject.is_vae:
        return undefined(("negative_elbo_binarized",), PLAIN)
    if not subject.is_bernoulli:
        note = "This model scores grey pixels as they are; its −ELBO needs no binarising."
        return undefined(("negative_elbo_binarized",), note)
    return [mean("negative_elbo_binarized", subject.likely.negative_elbo)]


def exact(subject: Subject) -> Found:
    """The exact likelihood and how far the bound is from it."""
    keys = ("exact_nll", "inference_gap")
    if not subject.is_vae:
        return undefined(keys, NO_CHANCE)
    if not subject.has_exact:
        dim = subject.model.config.latent_dim
        return undefined(
            keys, f"A grid has too many places in {dim} dimensions; see the estimated −log p."
        )
    exact_nll = subject.exact_nll
    return [
        mean(keys[0], exact_nll),
        mean(keys[1], subject.likely.negative_elbo - exact_nll),
    ]


def importance(subject: Subject) -> Found:
    """The likelihood estimated from draws of the posterior."""
    keys = ("importance_nll", "effective_draws")
    if not subject.is_vae:
        return undefined(keys, NO_CHANCE)
    chosen = subject.choose(FEW_IMAGES if subject.has_exact else IMAGES, CHOICE)
    # Binarised before they are chosen, so that they are those whose exact −log p is known.
    images = subject.scored.subset(chosen)
    found = importance_log_likelihood(subject.model, images, DRAWS, subject.seed)
    note = f"{DRAWS} draws an image"
    if subject.has_exact:
        note += f"; the exact −log p of these images is {subject.exact_nll[chosen].mean():.1f}"
    return [
        mean(keys[0], -found.log_likelihood, note),
        mean(keys[1], found.effective_size, f"of {DRAWS}"),
    ]
