"""Setting images aside for testing when a data set comes in one piece."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

HELD_OUT_SHARE = 0.2


def held_out_mask(labels: Tensor) -> Tensor:
    """True for the images to hold out, shape (N,): a fifth of each class, always the same.

    A class of fewer than five images keeps one aside if it has at least two.
    """
    rng = np.random.default_rng(0)
    mask = torch.zeros(len(labels), dtype=torch.bool)
    for label in labels.unique():
        members = torch.nonzero(labels == label).flatten()
        n_held_out = max(round(HELD_OUT_SHARE * len(members)), int(len(members) > 1))
        mask[members[torch.from_numpy(rng.permutation(len(members)))[:n_held_out]]] = True
    return mask
