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
        if not self._gains(input):
            return super().forward(input)
        return F.linear(input.to_mkldnn(), self.weight, self.bias).to_dense()

    def _gains(self, x: Tensor) -> bool:
        return (
            (self.training or not torch.is_grad_enabled())
            and min(len(x), self.in_features, self.out_features) >= FEW
            and x.device.type == "cpu"
            and self.weight.dtype == torch.float32
            and torch.backends.cpu.get_cpu_capability() == "AVX512"
            and torch.backends.mkldnn.is_available()
        )
