"""Tests for vae_core.models.linear, against PyTorch's own layer."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn

from vae_core.models.linear import FEW, Linear

WIDTHS = [(784, 512), (FEW, FEW), (FEW - 1, 512), (512, 2), (2, 512)]


@pytest.fixture(autouse=True)
def detour(monkeypatch: pytest.MonkeyPatch) -> None:
    """On a CPU of any kind the detour is taken: it is right everywhere, if not fast."""
    if not torch.backends.mkldnn.is_available():
        pytest.skip("PyTorch came without oneDNN.")
    monkeypatch.setattr(torch.backends.cpu, "get_cpu_capability", lambda: "AVX512")


def layers(n_in: int, n_out: int, *, bias: bool = True) -> tuple[Linear, nn.Linear]:
    """Ours and PyTorch's with the same weights."""
    torch.manual_seed(0)
    reference = nn.Linear(n_in, n_out, bias=bias)
    ours = Linear(n_in, n_out, bias=bias)
    ours.load_state_dict(reference.state_dict())
    return ours, reference


def gradients(layer: nn.Linear, x: Tensor) -> list[Tensor]:
    """Of a curved function of the outputs, in the input and every parameter."""
    x = x.clone().requires_grad_()
    layer(x).square().sum().backward()
    return [grad for grad in (x.grad, *(p.grad for p in layer.parameters())) if grad is not None]


@pytest.mark.parametrize("n_images", [1, FEW - 1, 128])
@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize(("n_in", "n_out"), WIDTHS)
def test_training_gives_pytorchs_outputs_and_gradients(
    n_in: int, n_out: int, bias: bool, n_images: int
) -> None:
    ours, reference = layers(n_in, n_out, bias=bias)
    x = torch.randn(n_images, n_in)
    torch.testing.assert_close(ours(x), reference(x), rtol=1e-4, atol=1e-5)
    for one, other in zip(gradients(ours, x), gradients(reference, x), strict=True):
        torch.testing.assert_close(one, other, rtol=1e-4, atol=1e-3)


@pytest.mark.parametrize("n_images", [1, FEW - 1, 1000])
@pytest.mark.parametrize(("n_in", "n_out"), WIDTHS)
def test_without_gradients_it_gives_pytorchs_outputs(n_in: int, n_out: int, n_images: int) -> None:
    ours, reference = layers(n_in, n_out)
    x = torch.randn(n_images, n_in)
    with torch.no_grad():
        found, expected = ours.eval()(x), reference(x)
    torch.testing.assert_close(found, expected, rtol=1e-4, atol=1e-5)
    if n_images < FEW:
        assert torch.equal(found, expected)


def test_enough_images_take_the_detour(monkeypatch: pytest.MonkeyPatch) -> None:
    ours, _ = layers(FEW, FEW)
    monkeypatch.setattr(nn.Linear, "forward", None)
    assert ours(torch.randn(FEW, FEW)).shape == (FEW, FEW)


def test_outside_training_it_can_be_differentiated_twice() -> None:
    ours, _ = layers(FEW, FEW)
    ours.eval()
    x = torch.randn(FEW, FEW, requires_grad=True)
    (slope,) = torch.autograd.grad(ours(x).pow(3).sum(), x, create_graph=True)
    (curvature,) = torch.autograd.grad(slope.sum(), x)
    assert curvature.abs().sum() > 0


def test_a_frozen_layer_still_passes_gradients_on() -> None:
    ours, reference = layers(784, 512)
    for layer in (ours, reference):
        layer.requires_grad_(False)
    x = torch.randn(FEW, 784)
    torch.testing.assert_close(*(gradients(one, x)[0] for one in (ours, reference)))


def test_other_precisions_train_as_in_pytorch() -> None:
    ours, reference = layers(784, 512)
    x = torch.randn(FEW, 784, dtype=torch.float64)
    assert torch.equal(ours.double()(x), reference.double()(x))
