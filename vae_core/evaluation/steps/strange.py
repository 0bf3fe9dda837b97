"""Steps that bring other pictures: images of another kind, and samples of the model's own."""

from __future__ import annotations

import torch

from vae_core.data import ImageSet
from vae_core.encoding import LatentSet
from vae_core.evaluation.steps.step import NO_TRAINING, Found, estimated, mean, undefined
from vae_core.evaluation.subject import Subject, choose
from vae_core.metrics.anomaly import METHODS, Method, anomaly_scores, auroc_estimate, why_not
from vae_core.metrics.estimate import Estimate
from vae_core.metrics.holes import drawn_in_holes
from vae_core.metrics.samples import sample_quality, why_no_quality
from vae_core.metrics.support import Neighbourhood

IMAGES = 2000  # of each sort
REFERENCE = 10_000  # posteriors that say where usual codes are
USUAL, STRANGE, KNOWN = range(2, 5)  # random choices of images
NO_STRANGE = "No other data set of images of this shape is on this machine."
NO_OTHERS = (
    "It needs codes of images that are not scored: the training images, which are not on this "
    "machine, or more held-out ones."
)
NO_PRIOR = "A plain autoencoder has no prior to draw codes from."


def anomalies(subject: Subject) -> Found:
    """Whether images of another kind are told from those of the model's own."""
    keys = tuple(f"anomaly_{method}" for method in METHODS)
    if subject.strange is None:
        return undefined(keys, NO_STRANGE, is_lacking=True)
    usual = subject.choose(IMAGES, USUAL)
    strange = subject.strange.subset(choose(len(subject.strange), IMAGES, subject.seed, STRANGE))
    note = f"{len(usual)} held-out images against {len(strange)} of {strange.name}"
    latents = _known(subject, usual)
    found: Found = []
    for key, method in zip(keys, METHODS, strict=True):
        if (reason := why_not(subject.model, method)) is not None:
            found += undefined((key,), reason)
            continue
        if method == "density" and latents is None:
            found += undefined((key,), NO_OTHERS, is_lacking=True)
            continue
        one = _told(subject, method, usual, strange, latents)
        found.append(estimated(key, one, len(usual) + len(strange), note))
    return found


def _told(
    subject: Subject,
    method: Method,
    usual: torch.Tensor,
    strange: ImageSet,
    latents: LatentSet | None,
) -> Estimate:
    """AUROC of one score; usual images' scores that are known already are not computed again."""
    if method == "exact":
        scores = subject.exact_nll[usual]
    elif method == "negative_elbo":
        scores = subject.parts.negative_elbo[usual]
    else:
        images = subject.held_out.subset(usual)
        scores = anomaly_scores(subject.model, images, method, latents)
    odd = anomaly_scores(subject.model, strange, method, latents, seed=subject.seed)
    return auroc_estimate(scores, odd)


def _known(subject: Subject, usual: torch.Tensor) -> LatentSet | None:
    """Posteriors of images that are not scored: training images, else the other held-out ones."""
    latents = subject.train_latents
    if latents is None:
        is_other = torch.ones(len(subject.held_out), dtype=torch.bool)
        is_other[usual] = False
        latents = subject.latents.subset(is_other.nonzero().flatten())
    if len(latents) < 2:
        return None
    return latents.subset(choose(len(latents), REFERENCE, subject.seed, KNOWN))


def samples(subject: Subject) -> Found:
    """Whether pictures drawn from the prior look like images, to a judge."""
    keys = ("sample_distance", "sample_floor", "sample_ceiling", "sample_kernel_distance")
    if (reason := why_no_quality(subject.model, subject.held_out.name)) is not None:
        return undefined(keys, reason)
    if subject.train is None:
        return undefined(keys, NO_TRAINING, is_lacking=True)
    found = sample_quality(subject.model, subject.train, subject.held_out, subject.seed)
    assert found is not None
    values = (Estimate(one, None) for one in (found.distance, found.floor, found.ceiling))
    note = f"as judge {found.judge} sees them"
    return [
        estimated(key, one, found.n, note)
        for key, one in zip(keys, (*values, found.kernel), strict=True)
    ]


def hole_share(subject: Subject) -> Found:
    """How many draws from the prior lie where no data is."""
    if not subject.is_vae:
        return undefined(("hole_share",), NO_PRIOR)
    drawn = drawn_in_holes(Neighbourhood(subject.latents), seed=subject.seed)
    return [mean("hole_share", drawn, "draws from the prior")]
