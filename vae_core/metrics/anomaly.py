"""How strange is an image to a model? Scores of which higher is stranger, and what they are worth.

A score is judged by whether it tells strange images from usual ones: AUROC, the share of pairs of
one usual and one strange image in which the strange one scores higher.
"""

from __future__ import annotations

from typing import Literal, get_args

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from vae_core.data import ImageSet, to_unit
from vae_core.encoding import LatentSet, encode, require_shape
from vae_core.errors import ConfigError
from vae_core.metrics.density import AggregatePosterior
from vae_core.metrics.elbo import elbo
from vae_core.metrics.estimate import Estimate
from vae_core.metrics.quadrature import exact_log_likelihood
from vae_core.metrics.support import Neighbourhood
from vae_core.metrics.tiles import MAX_DIMS
from vae_core.models.autoencoder import AutoEncoder
from vae_core.objectives import reconstruction_nll

FloatArray = npt.NDArray[np.float64]
Method = Literal["reconstruction", "negative_elbo", "exact", "density", "complexity"]
METHODS: tuple[Method, ...] = get_args(Method)
BATCH = 1000
# A plain picture's grey is sought from half a grey level off black to half a one off white, which
# of a continuous Bernoulli, whose mean far out is -1 / logit, takes a logit of 510.
LOGIT, HALVINGS = 510.0, 40


def why_not(model: AutoEncoder, method: Method) -> str | None:
    """Why a model cannot score images by a method, in a sentence; None if it can."""
    is_vae, dim = model.config.kind == "vae", model.config.latent_dim
    if method == "negative_elbo" and not is_vae:
        return "A plain autoencoder has no −ELBO: its codes have no probabilities."
    if method == "exact" and not is_vae:
        return "A plain autoencoder gives images no probabilities."
    if method == "exact" and dim > MAX_DIMS:
        return f"The exact −log p needs one or two latent dimensions; this model has {dim}."
    return None


def anomaly_scores(
    model: AutoEncoder,
    images: ImageSet,
    method: Method,
    latents: LatentSet | None = None,
    *,
    seed: int = 0,
) -> Tensor:
    """How strange each of N images is to a model, float64, shape (N,); higher is stranger.

    Args:
        model: To be asked.
        images: To be scored, of the model's shape.
        method: In nats per image, if not said otherwise:
            "reconstruction": -log p(x|z) at the code z = mu, which has no chance in it.
            "negative_elbo": see `elbo`.
            "exact": -log p(x) by quadrature, for VAEs of D <= 2; a "bernoulli" model scores
            black-or-white pixels drawn with the grey level as probability.
            "density": -log q(mu) under the aggregate posterior of `latents`; for a plain
            autoencoder the distance of the code to its 5th nearest among `latents`, latent
            units. See `AggregatePosterior`, `Neighbourhood`.
            "complexity": "reconstruction" less what the best picture of one plain grey (or
            colour) would cost. An image with little in it is easy for any model; Serrà et al.
            (2020) subtract the length of its compressed file for that, of which this is the
            simplest: a code that knows of the image how bright it is. Below zero the model
            explains the image better than plain grey does.
        latents: Posteriors of usual images, which are not those scored; only for "density".
        seed: Of the draws of "negative_elbo" and the pixels of "exact".

    Raises:
        ConfigError: An unknown method; one that is not for such a model (see `why_not`); images
            of another shape; or "density" without `latents`.
    """
    if method not in METHODS:
        raise ConfigError(f"Unknown method {method!r}; choose one of {', '.join(METHODS)}.")
    require_shape(model, images)
    if (reason := why_not(model, method)) is not None:
        raise ConfigError(reason)
    if method == "negative_elbo":
        return elbo(model, images, seed).negative_elbo
    if method == "exact":
        is_bernoulli = model.config.likelihood == "bernoulli"
        return -exact_log_likelihood(model, images, binarize=is_bernoulli, seed=seed)
    if method == "density":
        if latents is None:
            raise ConfigError("The density of codes needs the codes of usual images to compare.")
        return torch.from_numpy(_density_score(encode(model, images), latents))
    return _pixel_score(model, images, is_corrected=method == "complexity")


def auroc(normal: npt.ArrayLike, strange: npt.ArrayLike) -> float:
    """Share of pairs in which the strange image scores higher, ties counting half; 0 to 1.

    0.5 is chance; below it the score finds the strange images less strange than the usual ones.

    Args:
        normal: Scores of M usual images, shape (M,).
        strange: Of N strange ones, shape (N,).

    Raises:
        ConfigError: There are none of one sort, or some are undefined.
    """
    return float(_shares(normal, strange)[1].mean())


def auroc_estimate(normal: npt.ArrayLike, strange: npt.ArrayLike) -> Estimate:
    """The same with its standard error, from the spread over both sorts (DeLong et al. 1988)."""
    usual, odd = _shares(normal, strange)
    if min(len(usual), len(odd)) < 2:
        return Estimate(float(odd.mean()), None)
    variance = usual.var(ddof=1) / len(usual) + odd.var(ddof=1) / len(odd)
    return Estimate(float(odd.mean()), float(variance**0.5))


def _shares(normal: npt.ArrayLike, strange: npt.ArrayLike) -> tuple[FloatArray, FloatArray]:
    """For each image, the share of those of the other sort that it is rightly told from."""
    from scipy.stats import rankdata  # a second to import

    usual, odd = np.asarray(normal, np.float64), np.asarray(strange, np.float64)
    if usual.ndim != 1 or odd.ndim != 1 or not len(usual) or not len(odd):
        raise ConfigError(
            "AUROC needs a score for each usual and each strange image, not shapes "
            f"{usual.shape} and {odd.shape}."
        )
    if np.isnan(usual).any() or np.isnan(odd).any():
        raise ConfigError("AUROC needs defined scores; some of these are not.")
    ranks = rankdata(np.concatenate([usual, odd]))
    below = ranks[len(usual) :] - rankdata(odd)  # usual images below each strange one
    above = len(odd) - (ranks[: len(usual)] - rankdata(usual))
    return above / len(odd), below / len(usual)


def _density_score(codes: LatentSet, usual: LatentSet) -> FloatArray:
    if usual.logvar is None:
        return Neighbourhood(usual).distance(codes.mu.double())
    return -AggregatePosterior(usual).log_density(codes.mu)


@torch.no_grad()
def _pixel_score(model: AutoEncoder, images: ImageSet, *, is_corrected: bool) -> Tensor:
    scores = []
    for batch in images.images.split(BATCH):
        x = to_unit(batch.to(model.device))
        score = reconstruction_nll(model, model.decode(model.encode(x).mu), x).double()
        if is_corrected:
            score -= reconstruction_nll(model, _plain_logits(model, x), x).double()
        scores.append(score.cpu())
    return torch.cat(scores)


def _plain_logits(model: AutoEncoder, x: Tensor) -> Tensor:
    """Of the picture of one grey or colour that explains each image best, shape of `x`.

    Its pixels' expected value is the image's mean, for all three likelihoods.
    """
    mean = x.mean((2, 3), keepdim=True)
    low, high = torch.full_like(mean, -LOGIT), torch.full_like(mean, LOGIT)
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        is_dark = model.to_image(middle) < mean
        low, high = torch.where(is_dark, middle, low), torch.where(is_dark, high, middle)
    return high.expand_as(x)
