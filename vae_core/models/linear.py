"""Dense layers that use all of the CPU they run on."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

FEW = 64  # features or images; with fewer, the copies of the detour cost more than they save


class Linear(nn.Linear):
    """`nn.Linear`, by way of oneDNN where that is faster.

    PyTorch multiplies float32 matrices with MKL, which leaves the AVX-512 units of AMD's CPUs
    idle. oneDNN does not: an epoch of training takes 0.7 of the time, encoding many images 0.6.
    But oneDNN's gradient cannot be differentiated once more, as the geometry of a decoder must
    be, so it is left out where gradients are asked for outside training. The outputs differ by
    rounding only.
    """

    def forward(self, input: Tensor) -> Tensor:
        """Features (B, in_features) to (B, out_features)."""
        if torch.is_grad_enabled() and not self.training:
            return super().forward(input)
        return product(input, self.weight, self.bias)


def product(x: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
    """`F.linear`, the same way: (B, K), (M, K) and (M,) to (B, M); not differentiable twice."""
    if not _gains(x, weight):
        return F.linear(x, weight, bias)
    return F.linear(x.to_mkldnn(), weight, bias).to_dense()


def _gains(x: Tensor, weight: Tensor) -> bool:
    return (
        min(len(x), *weight.shape) >= FEW
        and x.device.type == "cpu"
        and weight.dtype == torch.float32
        and torch.backends.cpu.get_cpu_capability() == "AVX512"
        and torch.backends.mkldnn.is_available()
    )
