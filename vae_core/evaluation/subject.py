"""What is measured: a model, images it was not trained on, and what many figures need of them."""

from __future__ import annotations

from functools import cached_property

import numpy as np
import torch
from torch import Tensor

from vae_core.data import ImageSet, to_unit
from vae_core.encoding import LatentSet, encode, require_shape
from vae_core.metrics.bits import binarized
from vae_core.metrics.elbo import ElboParts, elbo
from vae_core.metrics.maps import MOST_IMAGES
from vae_core.metrics.quadrature import exact_log_likelihood
from vae_core.metrics.tiles import MAX_DIMS
from vae_core.models.autoencoder import AutoEncoder

BATCH = 1000


class Subject:
    """A model and its images; what several figures rest on is computed once, when first needed.

    Attributes:
        model: To be measured.
        held_out: N images it was not trained on.
        train: Its training images, or None.
        strange: Images of another kind and the same shape, or None.
        seed: Of every draw.
        draws: Posterior samples per image of the ELBO.
        binarize: Whether the ELBO is that of black-or-white images.
        map_images: How many of them are compared each with each.
    """

    def __init__(
        self,
        model: AutoEncoder,
        held_out: ImageSet,
        train: ImageSet | None = None,
        strange: ImageSet | None = None,
        *,
        seed: int = 0,
        draws: int = 4,
        binarize: bool = False,
        map_images: int = MOST_IMAGES,
    ) -> None:
        """Take a model and images of its shape.

        Raises:
            ConfigError: Some are of another shape.
        """
        for images in (held_out, train, strange):
            if images is not None:
                require_shape(model, images)
        self.model, self.held_out, self.train, self.strange = model, held_out, train, strange
        self.seed, self.binarize, self.map_images = seed, binarize, map_images
        self.draws = draws if self.is_vae else 1  # a code that is no draw is always the same

    @property
    def is_vae(self) -> bool:
        """Whether codes have posteriors and a prior."""
        return self.model.config.kind == "vae"

    @property
    def is_bernoulli(self) -> bool:
        """Whether pixels are scored as black or white, grey ones as the chance of white."""
        return self.model.config.likelihood == "bernoulli"

    @property
    def has_exact(self) -> bool:
        """Whether its likelihood can be had exactly."""
        return self.is_vae and self.model.config.latent_dim <= MAX_DIMS

    def choose(self, n: int, stream: int) -> Tensor:
        """Which n held-out images are asked, see `choose`."""
        return choose(len(self.held_out), n, self.seed, stream)

    @cached_property
    def latents(self) -> LatentSet:
        """Posteriors of the held-out images."""
        return encode(self.model, self.held_out)

    @cached_property
    def train_latents(self) -> LatentSet | None:
        """Posteriors of the training images."""
        return None if self.train is None else encode(self.model, self.train)

    @cached_property
    def parts(self) -> ElboParts:
        """The ELBO of each held-out image, as `binarize` says."""
        return elbo(self.model, self.held_out, self.seed, self.draws, binarize=self.binarize)

    @cached_property
    def scored(self) -> ImageSet:
        """Held-out images that the likelihood is one of: black-or-white for "bernoulli"."""
        return binarized(self.held_out, self.seed) if self.is_bernoulli else self.held_out

    @cached_property
    def likely(self) -> ElboParts:
        """The ELBO of each of `scored`.

        These have one draw each, which over thousands of images is as good.
        """
        if self.is_bernoulli == self.binarize:
            return self.parts
        return elbo(self.model, self.scored, self.seed, 1)

    @cached_property
    def exact_nll(self) -> Tensor:
        """-log p(x) of each of `scored`, nats, float64, shape (N,), where `has_exact`."""
        return -exact_log_likelihood(self.model, self.scored)

    @cached_property
    @torch.no_grad()
    def squared_error(self) -> Tensor:
        """Mean over pixels of each image's squared error at its code, float64, shape (N,)."""
        found = []
        for batch in self.held_out.images.split(BATCH):
            x = to_unit(batch.to(self.model.device))
            error = (self.model.reconstruct(x).clamp(0, 1) - x).square()
            found.append(error.flatten(1).double().mean(1).cpu())
        return torch.cat(found)


def choose(total: int, n: int, seed: int, stream: int) -> Tensor:
    """Ascending indices of n of so many images at random, or of all if there are fewer."""
    order = np.random.default_rng([seed, stream]).permutation(total)[:n]
    return torch.from_numpy(np.sort(order))
