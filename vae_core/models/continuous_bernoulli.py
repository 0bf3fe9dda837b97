"""The continuous Bernoulli of a grey level in [0, 1] (Loaiza-Ganem & Cunningham 2019).

p(x) = exp(logit * x) / Z with Z = (exp(logit) - 1) / logit. PyTorch's own loses three digits of
its mean near a logit of zero, and far from it clamps the normaliser alone: from a logit of -16 on
its density does not integrate to one (at -30 to 0.53). These two hold at every finite logit.
"""

from __future__ import annotations

import torch
from torch import Tensor

SMALL_LOGIT = 0.5  # the series end with a term of less than 1e-8 there


def mean(logits: Tensor) -> Tensor:
    """Expected grey levels, in [0, 1], shape of the logits: 1 / (1 - exp(-logit)) - 1 / logit."""
    is_small, small, large = _parted(logits)
    square = small.square()
    series = 0.5 + small / 12 * (1 - square / 60 * (1 - square / 42))
    return torch.where(is_small, series, -1 / torch.expm1(-large) - 1 / large)


def log_normalizer(logits: Tensor) -> Tensor:
    """Log Z in nats, shape of the logits; its slope is the mean."""
    is_small, small, large = _parted(logits)
    square = small.square()
    series = small / 2 + square / 24 * (1 - square / 120 * (1 - square / 63))
    size = large.abs()
    # The exponent is never positive, so nothing overflows.
    far = large.clamp_min(0) + torch.log(-torch.expm1(-size) / size)
    return torch.where(is_small, series, far)


def _parted(logits: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Which are small, and both sorts, each with harmless numbers in the other's places."""
    is_small = logits.abs() < SMALL_LOGIT
    # An infinite slope that is not taken is still NaN.
    return is_small, torch.where(is_small, logits, 0), torch.where(is_small, 1, logits)
