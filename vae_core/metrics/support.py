"""Does data live here? Judged by the distance to the nearest codes.

A code is as well supported as its k-th nearest neighbour among the data is near: the k-nearest-
neighbour estimate of density (Loftsgaarden & Quesenberry 1965; Sun et al. 2022 for telling
strange data). A VAE's data is one draw from each image's posterior, which follows the aggregate
posterior the decoder was trained on; a plain autoencoder's is its codes. What is usual is learnt
from the data itself, each member judged by the others.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np
import numpy.typing as npt
from scipy.spatial import KDTree
from torch import Tensor

from vae_core.codes import require_codes
from vae_core.encoding import LatentSet
from vae_core.errors import ConfigError
from vae_core.metrics.neighbours import nearest_others

FloatArray = npt.NDArray[np.float64]
Where = Literal["inside", "edge", "outside"]
NEIGHBOURS = 5  # one or two far codes do not make a place supported
REFERENCE = 2000  # members of the data that say what is usual
SEED = 0  # of their choice, and of the draws
USUAL, USUAL_SHARE = 15, 0.9  # images that so many of the images have near
INSIDE, EDGE = 3.0, 1.0  # percentiles from which a code is called so


@dataclass(frozen=True, eq=False)
class Support:
    """How well the data supports N codes.

    Attributes:
        percentile: Share of the data (of a sample of 2,000, each judged by the others) that is
            no better supported than this code, 0 to 100, shape (N,).
        label: "inside" the data (from 3 %), at its "edge", or "outside" (below 1 %), shape (N,).
            By this definition 1 % of the data itself is outside; with fewer than 34 images
            nothing is at an edge.
    """

    percentile: FloatArray
    label: npt.NDArray[np.str_]


class Neighbourhood:
    """The data of N images in latent space, and how near its members usually are to each other.

    Attributes:
        mu: Codes of the images, shape (N, D), latent units.
        labels: Class of each image, shape (N,).
        data: Draws from their posteriors, or the codes themselves without posteriors, (N, D).
        has_prior: Whether the codes are a VAE's.
        k: Which nearest neighbour counts; 5, or less with fewer images.
    """

    def __init__(self, latents: LatentSet) -> None:
        """Take the posteriors of at least two images.

        Raises:
            ConfigError: Too few, or some are not finite.
        """
        self.mu: FloatArray = latents.mu.double().numpy()
        if self.mu.ndim != 2 or len(self.mu) < 2 or not self.mu.shape[1]:
            raise ConfigError(f"Support needs at least two codes, not shape {self.mu.shape}.")
        self.labels: npt.NDArray[np.int64] = latents.labels.numpy()
        self.has_prior = latents.logvar is not None
        self.data = self.mu
        if latents.logvar is not None:
            sigma = np.exp(0.5 * latents.logvar.double().numpy())
            noise = np.random.default_rng(SEED).normal(size=self.mu.shape)
            self.data = self.mu + sigma * noise
        if not np.isfinite(self.data).all():
            raise ConfigError("Support needs finite codes; some of these are not.")
        self.k = min(NEIGHBOURS, len(self.mu) - 1)
        self._tree = KDTree(self.data)

    def distance(
        self, z: Tensor | npt.ArrayLike, images: npt.ArrayLike | None = None
    ) -> FloatArray:
        """Distance of codes to their k-th nearest neighbour in the data, latent units, shape (M,).

        Args:
            z: Codes, shape (M, D).
            images: If `z` are codes of images of the data: their indices, shape (M,), -1 for
                one that is not among them. An image is then not its own neighbour.
        """
        codes = require_codes(z, self.mu.shape[1])
        if images is None:
            nearest = np.asarray(self._tree.query(codes, [self.k])[0], dtype=np.float64)
            return nearest[:, 0]
        return nearest_others(self._tree, codes, images, self.k)[0][:, -1]

    def support(self, z: Tensor | npt.ArrayLike, images: npt.ArrayLike | None = None) -> Support:
        """How well the data supports codes; see `distance` for the arguments."""
        percentile = share_no_nearer(self.distance(z, images), self._usual)
        label = np.select([percentile >= INSIDE, percentile >= EDGE], ["inside", "edge"], "outside")
        return Support(percentile, label)

    def neighbours(self, z: Tensor | npt.ArrayLike, k: int) -> npt.NDArray[np.intp]:
        """Indices of the k images whose codes `mu` are nearest to each of M codes.

        Args:
            z: Codes, shape (M, D).
            k: How many; all N of them if there are fewer.

        Returns:
            Shape (M, k), the nearest first.
        """
        codes, k = require_codes(z, self.mu.shape[1]), min(k, len(self.mu))
        return np.asarray(self._codes.query(codes, k)[1], dtype=np.intp).reshape(-1, k)

    def nearest(self, z: Tensor | npt.ArrayLike) -> npt.NDArray[np.intp]:
        """Index of the image whose code `mu` is nearest to each code `z`, (M, D); shape (M,)."""
        return self.neighbours(z, 1)[:, 0]

    def class_around(
        self, z: Tensor | npt.ArrayLike, k: int, *, apart_from: int | None = None
    ) -> int:
        """The class of most of the `k` images whose codes `mu` are nearest to one code, (1, D).

        Args:
            z: The code.
            k: How many are asked; all of them if there are fewer.
            apart_from: Index of an image that is left out, such as the code's own.
        """
        near = self.neighbours(z, k + 1)[0]
        return int(majority(self.labels[near[near != apart_from][:k]][None])[0])

    def count_near(self, z: Tensor | npt.ArrayLike) -> npt.NDArray[np.int64]:
        """How many images' codes `mu` are within `near` of each code, (M, D); shape (M,)."""
        codes = require_codes(z, self.mu.shape[1])
        found = self._codes.query_ball_point(codes, self.near, return_length=True)
        return np.asarray(found, dtype=np.int64)

    @cached_property
    def near(self) -> float:
        """What counts as near, latent units.

        Nine of ten images have at least 15 others, or all others if there are fewer, no further
        away.
        """
        chosen = np.random.default_rng(SEED).permutation(len(self.mu))[:REFERENCE]
        k = min(USUAL, len(self.mu) - 1) + 1  # the nearest is the code itself
        distances = np.asarray(self._codes.query(self.mu[chosen], [k])[0], dtype=np.float64)
        return float(np.quantile(distances, USUAL_SHARE))

    @cached_property
    def _codes(self) -> KDTree:
        return KDTree(self.mu)

    @cached_property
    def _usual(self) -> FloatArray:
        """Distances of members of the data to their k-th nearest other member, ascending."""
        n = len(self.data)
        chosen = np.random.default_rng(SEED).permutation(n)[: min(n, REFERENCE)]
        return np.sort(self.distance(self.data[chosen], chosen))


def majority(labels: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Which class most of K neighbours have, (M, K); shape (M,). Of a tie, the first one."""
    votes = (labels[..., None] == np.arange(labels.max(initial=0) + 1)).sum(1)
    classes: npt.NDArray[np.int64] = votes.argmax(1)
    return classes


def share_no_nearer(distance: FloatArray, usual: FloatArray) -> FloatArray:
    """Percentage of `usual` distances, ascending, that are no smaller; shape of `distance`."""
    nearer = np.searchsorted(usual, distance, side="left")
    share: FloatArray = 100 * (1 - nearer / len(usual))
    return share


def support(
    latents: LatentSet, z: Tensor | npt.ArrayLike, images: npt.ArrayLike | None = None
) -> Support:
    """How well the data encoded as `latents` supports codes; see `Neighbourhood.distance`."""
    return Neighbourhood(latents).support(z, images)
