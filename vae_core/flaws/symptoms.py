"""What each flaw does, as numbers with a unit and a direction."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor
from torch.distributions import Normal, kl_divergence

from vae_core.data import ImageSet, to_unit
from vae_core.encoding import LatentSet
from vae_core.flaws.objectives import tutorial_kl_per_dim
from vae_core.flaws.specimen import Specimen
from vae_core.metrics.support import Neighbourhood
from vae_core.models.autoencoder import AutoEncoder
from vae_core.models.posterior import Posterior
from vae_core.objectives import kl_per_dim

DRAWS = 5000  # from the prior, of which shares are told
FloatArray = npt.NDArray[np.float64]


def signal_to_noise(latents: LatentSet) -> FloatArray:
    """mu^2 / sigma^2 of each image and dimension, shape (N, D); from 0 up, higher tells more.

    Above 1 the place of a code stands out from its own noise.
    """
    assert latents.logvar is not None
    ratio: FloatArray = (latents.mu.double().square() / latents.logvar.double().exp()).numpy()
    return ratio


def best_signal(mu: npt.ArrayLike) -> FloatArray:
    """mu^2 exp(-mu): the signal to noise of a shared head at `mu`, any shape.

    For mu > 0 at most 4 exp(-2), at mu = 2.
    """
    places = np.asarray(mu, np.float64)
    ratio: FloatArray = np.square(places) * np.exp(-places)
    return ratio


def off_codes(latents: LatentSet, temperature: float = 1.0, *, seed: int = 0) -> float:
    """Share of draws from N(0, temperature^2 I) that are near no image's code, 0 to 1.

    Near is all that `Neighbourhood.support` does not call outside the codes `mu`; lower is better
    where codes are to be drawn from that Gaussian.
    """
    data = Neighbourhood(LatentSet(latents.mu, None, latents.labels))
    draws = np.random.default_rng(seed).normal(size=(DRAWS, latents.mu.shape[1]))
    return float((data.support(temperature * draws).label == "outside").mean())


def code_spread(latents: LatentSet) -> FloatArray:
    """Standard deviation of the aggregate posterior along each dimension, latent units, (D,).

    That of all images' codes together with their own widths; the prior's is 1.
    """
    variance = latents.mu.double().var(0, correction=0)
    if latents.logvar is not None:
        variance = variance + latents.logvar.double().exp().mean(0)
    spread: FloatArray = variance.sqrt().numpy()
    return spread


def widths(specimen: Specimen) -> FloatArray:
    """What the model takes for standard deviations of its images, latent units, shape (N, D)."""
    if specimen.spreads is not None:
        raw: FloatArray = specimen.spreads[-1].double().numpy()
        return raw
    assert specimen.latents.logvar is not None
    sigma: FloatArray = np.exp(0.5 * specimen.latents.logvar.double().numpy())
    return sigma


class Signs(NamedTuple):
    """How many raw standard deviations changed sign; shares from 0 to 1, shape (D,).

    Attributes:
        changed_at_first: In the first epoch.
        changed_later: From then to the end.
    """

    changed_at_first: FloatArray
    changed_later: FloatArray


def signs(spreads: Tensor) -> Signs:
    """Of raw standard deviations before training, after an epoch and at the end, (3, N, D)."""
    start, first, end = (spreads < 0).numpy()
    return Signs((start != first).mean(0), (first != end).mean(0))


class Least(NamedTuple):
    """Where a divergence of one dimension is least: sigma, latent units, and its value, nats."""

    sigma: float
    value: float


def least_wrong_kl() -> Least:
    """The minimum of the wrong KL, searched for over sigma at mu = 0."""
    from scipy.optimize import minimize_scalar

    def value(log_sigma: float) -> float:
        logvar = torch.tensor([[2 * log_sigma]], dtype=torch.float64)
        return float(tutorial_kl_per_dim(Posterior(torch.zeros_like(logvar), logvar)))

    found = minimize_scalar(value, bracket=(-1.0, 0.0))
    return Least(math.exp(found.x), float(found.fun))


def error_floor(images: ImageSet, *, is_signed: bool = True) -> float:
    """Least squared error per pixel of any picture in [0, 1] against images.

    Args:
        images: To be drawn.
        is_signed: Whether they are brought to [-1, 1], where the floor is the mean of
            min(target, 0)^2; as they are, in [0, 1], there is none.
    """
    x = to_unit(images.images).double()
    target = 2 * x - 1 if is_signed else x
    return float((target.clamp(0, 1) - target).square().mean())


def mean_image_error(images: ImageSet) -> float:
    """Squared error per pixel of the mean image, both in [-1, 1]; the bar any model should beat."""
    target = 2 * to_unit(images.images).double() - 1
    return float((target - target.mean(0)).square().mean())


@torch.no_grad()
def drawing_error(model: AutoEncoder, images: ImageSet, *, is_signed: bool) -> float:
    """Squared error per pixel, on the scale of `mean_image_error`; lower is better.

    Args:
        model: Draws pictures in [0, 1].
        images: To be drawn.
        is_signed: Whether its pictures are held against images in [-1, 1]; otherwise both are in
            [0, 1], and the error is four times as much on the wider scale.
    """
    x = to_unit(images.images)
    picture = model.reconstruct(x)
    off = picture - (2 * x - 1) if is_signed else 2 * (picture - x)
    return float(off.double().square().mean())


@torch.no_grad()
def brightness(model: AutoEncoder, images: ImageSet) -> tuple[float, float]:
    """Mean grey level of images and of their reconstructions, 0 (black) to 1 (white)."""
    x = to_unit(images.images)
    return float(x.mean()), float(model.reconstruct(x).mean())


def reconstructed(model: AutoEncoder, images: ImageSet) -> npt.NDArray[np.float32]:
    """What the model draws for images, in [0, 1], shape (N, C, H, W)."""
    with torch.no_grad():
        drawn: npt.NDArray[np.float32] = model.reconstruct(to_unit(images.images)).numpy()
    return drawn


def reported_kl(specimen: Specimen) -> float:
    """Mean KL as a model of "wrong-kl", flawed or cured, reports it, nats per image."""
    logvar = specimen.latents.logvar
    posterior = Posterior(specimen.latents.mu.double(), None if logvar is None else logvar.double())
    of_dims = kl_per_dim(posterior) if specimen.is_cured else tutorial_kl_per_dim(posterior)
    return float(of_dims.sum(1).mean())


def torch_kl(mu: float, sigma: float, prior_variance: float = 1.0) -> float:
    """KL(N(mu, sigma^2) || N(0, prior_variance)), nats, by PyTorch's own formula."""
    place = torch.tensor(mu, dtype=torch.float64)
    prior = Normal(torch.zeros_like(place), math.sqrt(prior_variance))
    return float(kl_divergence(Normal(place, sigma), prior))


def divergences(mu: float, sigma: float) -> tuple[float, float]:
    """The wrong KL of one dimension and the right one, nats."""
    place = torch.tensor([[mu]], dtype=torch.float64)
    posterior = Posterior(place, torch.full_like(place, 2 * math.log(sigma)))
    return float(tutorial_kl_per_dim(posterior)), float(kl_per_dim(posterior))


def refusal(mu: Tensor, std: Tensor) -> str | None:
    """What PyTorch says of a Gaussian with these parameters, shape (D,); None if it is one."""
    try:
        Normal(mu, std)
    except ValueError as err:
        return str(err)
    return None


def least_error(grey: float) -> float:
    """Least squared error of a pixel drawn in [0, 1] for a grey level brought to [-1, 1]."""
    return min(0.0, 2 * grey - 1) ** 2
