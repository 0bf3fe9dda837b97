"""Five ways to train one network for an epoch: the arms of the training benchmark.

An arm is called with a network, the training images, epochs and a seed, makes itself ready
(data set, optimizer: not timed) and returns the training itself as a function to time. It
trains the network in place. All arms share weights, objective, batch size, Adam's settings
and float32, and differ only in how they feed and drive the network.
"""

from __future__ import annotations

import logging
import math
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.utils.data import DataLoader, Dataset, TensorDataset

from vae_core.config import TrainConfig
from vae_core.data import ImageSet, default_data_dir, load_images, to_unit
from vae_core.models import AutoEncoder, build_model, model_config
from vae_core.training import fit

PRESET = "dense-512"
BATCH = 128
RATE = 1e-3
ADAM_EPS = 1e-8  # PyTorch's default

Arm = Callable[[AutoEncoder, ImageSet, int, int], Callable[[], None]]
Noise = Callable[[Tensor], Tensor]  # posterior noise in the shape of a batch of codes
Pictures = Dataset[tuple[Tensor, Tensor]]


def ours(model: AutoEncoder, images: ImageSet, epochs: int, seed: int) -> Callable[[], None]:
    """A: `vae_core.training.fit`, its events read and dropped."""
    config = TrainConfig(epochs=epochs, batch_size=BATCH, learning_rate=RATE, seed=seed)

    def train() -> None:
        for _ in fit(model, images, config):
            pass

    return train


def plain(model: AutoEncoder, images: ImageSet, epochs: int, seed: int) -> Callable[[], None]:
    """B: the loop of the tutorials, a DataLoader that decodes every picture anew."""
    loader = DataLoader(mnist_pictures(len(images)), BATCH, shuffle=True)
    return _tutorial_loop(model, loader, epochs, seed)


def mnist_pictures(n_images: int) -> Pictures:
    """The first training images, as tutorials load them: each one decoded when asked for."""
    from torchvision.datasets import MNIST
    from torchvision.transforms import ToTensor

    dataset = MNIST(str(default_data_dir()), train=True, transform=ToTensor())
    dataset.data, dataset.targets = dataset.data[:n_images], dataset.targets[:n_images]
    return dataset


def tensors(model: AutoEncoder, images: ImageSet, epochs: int, seed: int) -> Callable[[], None]:
    """C: the same loop over pictures already decoded to one tensor of floats."""
    dataset = TensorDataset(to_unit(images.images), images.labels)
    return _tutorial_loop(model, DataLoader(dataset, BATCH, shuffle=True), epochs, seed)


def _tutorial_loop(
    model: AutoEncoder, loader: DataLoader[tuple[Tensor, Tensor]], epochs: int, seed: int
) -> Callable[[], None]:
    torch.manual_seed(seed)
    optimizer = adam(model)

    def train() -> None:
        for _ in range(epochs):
            sum(tutorial_steps(model, loader, optimizer))

    return train


def tutorial_steps(
    model: AutoEncoder,
    loader: DataLoader[tuple[Tensor, Tensor]],
    optimizer: torch.optim.Optimizer,
    noise: Noise = torch.randn_like,
) -> Iterator[float]:
    """One epoch; yields the loss of each step, summed over its batch, nats."""
    for x, _label in loader:
        optimizer.zero_grad()
        loss = _summed_loss(model, x, noise)
        loss.backward()
        optimizer.step()
        yield loss.item()


def adam(model: AutoEncoder, eps: float = ADAM_EPS) -> torch.optim.Optimizer:
    """The optimizer of tutorials, PyTorch's defaults but for the rate."""
    return torch.optim.Adam(model.parameters(), lr=RATE, eps=eps)


def _summed_loss(model: AutoEncoder, x: Tensor, noise: Noise = torch.randn_like) -> Tensor:
    """Negative ELBO as tutorials write it: summed over the batch, nats."""
    mu, logvar = model.encode(x)
    assert logvar is not None
    z = mu + torch.exp(0.5 * logvar) * noise(mu)
    nll = F.binary_cross_entropy_with_logits(model.decode(z), x, reduction="sum")
    return nll - 0.5 * torch.sum(1 + logvar - mu.pow(2) - logvar.exp())


def bare(model: AutoEncoder, images: ImageSet, epochs: int, seed: int) -> Callable[[], None]:
    """E: as many steps on one batch that lies ready; what no trainer can go below."""
    torch.manual_seed(seed)
    x = to_unit(images.images[:BATCH])
    optimizer = torch.optim.Adam(model.parameters(), lr=RATE, fused=True)
    steps = epochs * math.ceil(len(images) / BATCH)

    def train() -> None:
        for _ in range(steps):
            optimizer.zero_grad()
            _summed_loss(model, x).backward()
            optimizer.step()

    return train


def pythae(model: AutoEncoder, images: ImageSet, epochs: int, seed: int) -> Callable[[], None]:
    """D: pythae's VAE and BaseTrainer around our encoder and decoder.

    Only `train_step`, its pass over the data, is timed: not its sanity check, its copy of the
    best model, its saving or its progress bar.
    """
    trainer = pythae_trainer(model, images, epochs, seed)

    def train() -> None:
        for epoch in range(1, epochs + 1):
            trainer.train_step(epoch)

    return train


def pythae_trainer(model: AutoEncoder, images: ImageSet, epochs: int, seed: int) -> Any:  # noqa: ANN401 - pythae may be absent
    """Its trainer, ready for `train_step`, without progress bars."""
    from pythae.data.datasets import BaseDataset
    from pythae.trainers import BaseTrainer, BaseTrainerConfig
    from pythae.trainers.training_callbacks import ProgressBarCallback

    logging.disable(logging.INFO)  # its modules set up console logging of their own
    with tempfile.TemporaryDirectory() as folder:  # made by prepare_training, used by nobody
        config = BaseTrainerConfig(
            output_dir=folder,
            per_device_train_batch_size=BATCH,
            num_epochs=epochs,
            learning_rate=RATE,
            seed=seed,
            no_cuda=True,
        )
        dataset = BaseDataset(to_unit(images.images), images.labels)
        trainer = BaseTrainer(_pythae_vae(model), dataset, training_config=config)
        trainer.prepare_training()
    handler = trainer.callback_handler
    handler.callbacks = [c for c in handler.callbacks if not isinstance(c, ProgressBarCallback)]
    return trainer


def _pythae_vae(model: AutoEncoder) -> nn.Module:
    """A pythae VAE that trains the weights of `model`."""
    from pythae.models import VAE, VAEConfig
    from pythae.models.base.base_utils import ModelOutput
    from pythae.models.nn import BaseDecoder, BaseEncoder

    class Encoder(BaseEncoder):
        def __init__(self) -> None:
            super().__init__()
            self.model = model

        def forward(self, x: Tensor) -> ModelOutput:
            mu, logvar = self.model.encode(x)
            return ModelOutput(embedding=mu, log_covariance=logvar)

    class Decoder(BaseDecoder):
        def __init__(self) -> None:
            super().__init__()
            self.model = model

        def forward(self, z: Tensor) -> ModelOutput:
            return ModelOutput(reconstruction=torch.sigmoid(self.model.decode(z)))

    config = VAEConfig(
        input_dim=model.config.image_shape,
        latent_dim=model.config.latent_dim,
        reconstruction_loss="bce",
    )
    return VAE(config, encoder=Encoder(), decoder=Decoder())


def why_no_pythae() -> str | None:
    """What keeps pythae from being imported; None if nothing does."""
    try:
        import pythae.trainers  # noqa: F401
    except Exception as err:  # its old pins fail in many ways, none of them ours
        return f"{type(err).__name__}: {err}"
    return None


ARMS: dict[str, tuple[str, Arm]] = {
    "A": ("ours: vae_core.training.fit", ours),
    "B": ("plain: DataLoader(MNIST, ToTensor)", plain),
    "C": ("plain: DataLoader(TensorDataset)", tensors),
    "D": ("pythae 0.1.2: BaseTrainer", pythae),
    "E": ("bare: the steps alone, one batch", bare),
}


def training_images(n_images: int | None) -> ImageSet:
    """The first `n_images` training images of MNIST; all of them if None."""
    images = load_images("mnist", "train")
    return images if n_images is None else images.subset(range(min(n_images, len(images))))


def fresh_model(images: ImageSet, seed: int) -> AutoEncoder:
    """The network of the benchmark with the weights of this seed."""
    config = model_config(PRESET, images.image_shape, kind="vae", latent_dim=2)
    return build_model(config, seed=seed, mean_image=images.mean_image()).train()


def peak_memory(arm: str, n_images: int | None, threads: int) -> float | None:
    """MiB held at most during one epoch of `arm`, its data set included; for a new process.

    Read from /proc, since a child's getrusage starts at what its parent held; None elsewhere.
    """
    process = Path("/proc/self")
    if not (process / "clear_refs").exists():
        return None
    torch.set_num_threads(threads)
    images = training_images(n_images)
    model = fresh_model(images, seed=0)
    (process / "clear_refs").write_text("5")  # forget the peak of loading and of the mean image
    ARMS[arm][1](model, images, 1, 0)()
    lines = (process / "status").read_text().splitlines()
    return int(next(line for line in lines if line.startswith("VmHWM")).split()[1]) / 1024
