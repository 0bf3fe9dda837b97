"""Do a model's samples look like the data? Distances between sets of images, as a judge sees them.

A distance alone says little: it depends on the judge and on how many images are compared. So each
comes with a floor, that of real training images, and a ceiling, that of noise which knows each
pixel's mean and spread alone, both from the same held-out images and at the same n. Figures made
with other judges, such as those of papers that use the Inception network, cannot be compared.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from vae_core.data import ImageSet, to_unit
from vae_core.decoding import sample_prior
from vae_core.encoding import encode, require_shape
from vae_core.errors import ConfigError
from vae_core.metrics.estimate import Estimate, mean_of
from vae_core.metrics.judge import has_judge, load_judge
from vae_core.metrics.support import Neighbourhood
from vae_core.mixture import fit_mixture, sample_mixture
from vae_core.models.autoencoder import AutoEncoder

FloatArray = npt.NDArray[np.float64]
Source = Literal["prior", "mixture"]
IMAGES = 5000  # of each kind that are compared: the floor shrinks as 1 / n
BLOCKS = 8  # that the kernel distance is the mean of


@dataclass(frozen=True, eq=False)
class SampleQuality:
    """How far n samples of a model are from as many held-out images; bare numbers, lower is better.

    Attributes:
        distance: Fréchet distance of the samples, squared units of the judge's features, from 0.
        floor: Of training images: no model is expected to do better.
        ceiling: Of the mean training image with noise as wide as each pixel varies.
        kernel: Kernel distance of the samples; 0 on average for images of the same kind at any
            n, so it can be below zero by about its error.
        kernel_floor: Of the training images.
        kernel_ceiling: Of the noise.
        confidence: Probability of the class that the judge sees in a sample, on average, 1 / K to
            1. A picture between two classes lowers it.
        real_confidence: The same for the held-out images.
        class_share: Share of the samples in which the judge sees each class, shape (K,).
        real_class_share: The same for the held-out images.
        n: Images of each kind.
        source: Where the samples' codes were drawn: from the "prior", or from a "mixture" that
            was fitted to the codes of training images.
        judge: Name of the judge, with its version.
        sha256: Of the judge's file.
    """

    distance: float
    floor: float
    ceiling: float
    kernel: Estimate
    kernel_floor: Estimate
    kernel_ceiling: Estimate
    confidence: float
    real_confidence: float
    class_share: FloatArray
    real_class_share: FloatArray
    n: int
    source: Source
    judge: str
    sha256: str


def why_no_quality(model: AutoEncoder, dataset: str, source: Source = "prior") -> str | None:
    """One sentence on why there is no `sample_quality`; None if there is one."""
    if source == "prior" and model.config.kind != "vae":
        return (
            "A plain autoencoder has no prior to draw samples from; a mixture fitted to its codes "
            "could be drawn from instead."
        )
    if not has_judge(dataset):
        return (
            f"No judge was trained on {dataset or 'these images'}, and one that knows other "
            "images says nothing about these."
        )
    return None


def sample_quality(
    model: AutoEncoder,
    train: ImageSet,
    held_out: ImageSet,
    seed: int = 0,
    n: int = IMAGES,
    source: Source = "prior",
) -> SampleQuality | None:
    """Compare a model's samples with held-out images, by the judge of their data set.

    A sample is the expected picture at a code, as everywhere in this app, so the decoder's own
    pixel noise is not judged.

    Args:
        model: To be judged.
        train: Its training images, for floor, ceiling and mixture.
        held_out: Images it was not trained on, of the same data set.
        seed: Of the samples and the choice of images.
        n: Images of each kind; less where there are fewer, which the result states.
        source: "prior", or "mixture": 12 Gaussians fitted to the codes of the n training images,
            which a plain autoencoder has as well (see `mixture`).

    Returns:
        None where it is undefined, see `why_no_quality`.

    Raises:
        ConfigError: The images are not of the model's shape or not of one data set, or too few.
        CheckpointError: The judge's file is damaged.
    """
    require_shape(model, held_out)
    if why_no_quality(model, held_out.name, source):
        return None
    judge = load_judge(held_out.name)
    assert judge is not None
    judge.require_kind(held_out)
    judge.require_kind(train)
    n = min(n, len(train), len(held_out))
    numbers = np.random.default_rng(seed)
    train, held_out = (
        images.subset(numbers.permutation(len(images))[:n]) for images in (train, held_out)
    )
    drawn = _samples(model, train, n, seed, source)
    real = judge.features(held_out.images)
    samples, usual, noise = (
        judge.features(images) for images in (drawn, train.images, noise_like(train, numbers))
    )
    told, told_real = judge.classify(drawn), judge.classify(held_out.images)
    return SampleQuality(
        distance=frechet_distance(samples, real), kernel=kernel_distance(samples, real),
        floor=frechet_distance(usual, real), kernel_floor=kernel_distance(usual, real),
        ceiling=frechet_distance(noise, real), kernel_ceiling=kernel_distance(noise, real),
        confidence=float(told.max(1).mean()), real_confidence=float(told_real.max(1).mean()),
        class_share=_shares(told), real_class_share=_shares(told_real),
        n=n, source=source, judge=judge.name, sha256=judge.sha256,
    )  # fmt: skip


def _samples(model: AutoEncoder, train: ImageSet, n: int, seed: int, source: Source) -> Tensor:
    if source == "prior":
        return sample_prior(model, n, seed).images
    mixture = fit_mixture(Neighbourhood(encode(model, train)).data)
    return sample_mixture(model, mixture, n, seed).images


def noise_like(images: ImageSet, generator: np.random.Generator) -> Tensor:
    """As many pictures of noise with each pixel's own mean and spread, in [0, 1]."""
    spread, mean = torch.std_mean(to_unit(images.images), dim=0, correction=0)
    noise = torch.from_numpy(generator.normal(size=tuple(images.images.shape)))
    return (mean + spread * noise).clamp(0, 1).float()


def _shares(probabilities: FloatArray) -> FloatArray:
    counts = np.bincount(probabilities.argmax(1), minlength=probabilities.shape[1])
    share: FloatArray = counts / len(probabilities)
    return share


def frechet_distance(a: npt.ArrayLike, b: npt.ArrayLike) -> float:
    """Between Gaussians with the means and covariances of two sets of features, (N, F), (M, F).

    |m_a - m_b|^2 + tr(A + B - 2 (A B)^(1/2)) (Dowson & Landau 1982; Heusel et al. 2017), from 0,
    in float64. The root's trace comes from the eigenvalues of A^(1/2) B A^(1/2), which are those
    of A B, but real and not negative. With few images it is too large, by an amount that falls as
    1 / n.

    Raises:
        ConfigError: Fewer than two features each, unlike numbers of them, or not finite.
    """
    first, second = _features(a), _features(b)
    _require_alike(first, second)
    shift = first.mean(0) - second.mean(0)
    one, other = (np.atleast_2d(np.cov(features, rowvar=False)) for features in (first, second))
    values, axes = np.linalg.eigh(one)
    root = axes * np.sqrt(np.maximum(values, 0)) @ axes.T
    shared = np.linalg.eigvalsh(root @ other @ root)
    distance = shift @ shift + np.trace(one) + np.trace(other)
    return max(0.0, float(distance - 2 * np.sqrt(np.maximum(shared, 0)).sum()))


def kernel_distance(a: npt.ArrayLike, b: npt.ArrayLike, blocks: int = BLOCKS) -> Estimate:
    """Squared maximum mean discrepancy of two sets of features, with k(x, y) = (x.y / F + 1)^3.

    Unbiased at any n (Bińkowski et al. 2018): of each block of images, pairs with themselves are
    left out. The value is the mean over blocks, the error that of this mean.

    Args:
        a: Shape (N, F).
        b: Shape (M, F); of the larger set, what is over is not used.
        blocks: That images are dealt out to in turn; fewer where a block would hold less than two.

    Raises:
        ConfigError: As for `frechet_distance`.
    """
    first, second = _features(a), _features(b)
    _require_alike(first, second)
    n = min(len(first), len(second))
    blocks = max(1, min(blocks, n // 2))
    found = []
    for start in range(blocks):
        x, y = (each[: n - n % blocks][start::blocks] for each in (first, second))
        own = [_kernel(each, each) for each in (x, y)]
        pairs = len(x) * (len(x) - 1)
        within = sum((k.sum() - k.trace()) / pairs for k in own)
        found.append(within - 2 * _kernel(x, y).mean())
    return mean_of(found)


def _kernel(x: FloatArray, y: FloatArray) -> FloatArray:
    values: FloatArray = (x @ y.T / x.shape[1] + 1) ** 3
    return values


def _features(given: npt.ArrayLike) -> FloatArray:
    features = np.asarray(given, dtype=np.float64)
    if features.ndim != 2 or len(features) < 2 or not features.shape[1]:
        raise ConfigError(f"A distance needs features of two or more images, not {features.shape}.")
    if not np.isfinite(features).all():
        raise ConfigError("A distance needs finite features; some are not.")
    return features


def _require_alike(a: FloatArray, b: FloatArray) -> None:
    if a.shape[1] != b.shape[1]:
        raise ConfigError(
            f"Features of one judge alone can be compared, not {a.shape[1]} with {b.shape[1]}."
        )
