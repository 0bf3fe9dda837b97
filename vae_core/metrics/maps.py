"""How faithful a map is: does closeness on it mean likeness?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.spatial import KDTree
from torch import Tensor

from vae_core.data import ImageSet
from vae_core.encoding import LatentSet
from vae_core.metrics.support import majority

NEIGHBOURS = 15
TRUST_IMAGES = 2000  # memory grows with the square: 32 MB here, 800 MB for all of MNIST's test set


@dataclass(frozen=True)
class MapQuality:
    """Two scores in [0, 1]; higher is better.

    Attributes:
        knn_accuracy: Share of held-out images whose class is the majority among their 15
            nearest training codes.
        trustworthiness: 1 if the 15 nearest codes of each image are also near in pixel space
            (Venna & Kaski 2006), on the first 2,000 held-out images; None without images.
    """

    knn_accuracy: float
    trustworthiness: float | None


def map_quality(train: LatentSet, test: LatentSet, images: ImageSet | None = None) -> MapQuality:
    """Score the codes `test` of held-out images against the codes `train` of training images.

    Args:
        train: Codes and labels of the training images.
        test: Codes and labels of held-out images.
        images: The held-out images themselves, in the order of `test`.
    """
    from sklearn.manifold import trustworthiness  # seconds to import, and not needed for a map

    accuracy = float((nearest_class(train, test.mu) == test.labels.numpy()).mean())
    trust = None
    if images is not None and len(images) > 2 * NEIGHBOURS:
        pixels = images.images[:TRUST_IMAGES].flatten(1).float().numpy()
        codes = test.mu[:TRUST_IMAGES].numpy()
        trust = float(trustworthiness(pixels, codes, n_neighbors=NEIGHBOURS))
    return MapQuality(accuracy, trust)


def nearest_class(
    latents: LatentSet, z: Tensor | npt.ArrayLike, own: npt.ArrayLike | None = None
) -> npt.NDArray[np.int64]:
    """The class of most of the 15 images whose codes are nearest to codes `z`, (M, D); (M,).

    Args:
        latents: The images that are asked.
        z: Codes.
        own: If these are codes of images of `latents`, their indices, shape (M,): an image is
            then not asked about itself.
    """
    # As scikit-learn's KNeighborsClassifier, which takes a second to import.
    k = min(NEIGHBOURS + (own is not None), len(latents))
    nearest = np.asarray(KDTree(latents.mu.numpy()).query(np.asarray(z), k)[1]).reshape(-1, k)
    if own is not None and k > 1:
        is_own = nearest == np.asarray(own)[:, None]
        is_own[~is_own.any(axis=1), -1] = True  # not among the nearest: leave the farthest out
        nearest = nearest[~is_own].reshape(-1, k - 1)
    return majority(latents.labels.numpy()[nearest])
