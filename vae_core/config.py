"""What a model is and how it was trained: two frozen records that survive a trip through JSON.

Both validate themselves on construction, so a value that exists is a value that works. They
are also the gate for files from strangers: every field has a type and a range, and an unknown
or missing key is an error that names it.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Literal, TypeVar, get_args

from vae_core.errors import ConfigError

Kind = Literal["ae", "vae"]
Likelihood = Literal["bernoulli", "gaussian", "continuous-bernoulli"]
Body = Literal["dense", "conv-flat", "conv-strided"]
Activation = Literal["relu", "silu"]
Schedule = Literal["constant", "cosine"]
Part = Literal["all", "decoder"]

MIN_SIDE, MAX_SIDE = 8, 64  # pixels
CHANNELS = (1, 3)  # grey or colour
MAX_LATENT_DIM = 512
MAX_WIDTH = 8192  # units of one layer; far above any preset, far below an allocation failure
MAX_LAYERS = 16
MAX_SEED = 2**63 - 1
MAX_QUOTE = 80  # characters of a wrong value that a message repeats

ConfigT = TypeVar("ConfigT", bound="_Config")


def quote(value: object) -> str:
    """A wrong value for a message, shortened: files from strangers can hold anything."""
    text = repr(value)
    return text if len(text) <= MAX_QUOTE else f"{text[:MAX_QUOTE]}…"


def _choice(name: str, value: object, allowed: tuple[str, ...]) -> None:
    if value not in allowed:
        raise ConfigError(f"Unknown {name} {quote(value)}; choose one of {', '.join(allowed)}.")


def _integer(name: str, value: object, low: int, high: int) -> None:
    if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
        raise ConfigError(
            f"{name} must be a whole number from {low} to {high}, not {quote(value)}."
        )


def _number(name: str, value: object, low: float, high: float) -> None:
    if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
        raise ConfigError(f"{name} must be a number from {low:g} to {high:g}, not {quote(value)}.")


def _widths(name: str, values: object) -> None:
    if not isinstance(values, tuple) or len(values) > MAX_LAYERS:
        raise ConfigError(
            f"{name} must list at most {MAX_LAYERS} layer widths, not {quote(values)}."
        )
    for value in values:
        _integer(f"Each width in {name}", value, 1, MAX_WIDTH)


class _Config:
    """JSON round trip shared by both records."""

    _ADDED: ClassVar[frozenset[str]] = frozenset()

    def to_json(self) -> dict[str, Any]:
        """Plain values only: strings, numbers, booleans, lists."""
        fields = dataclasses.asdict(self)  # type: ignore[call-overload]
        return {k: list(v) if isinstance(v, tuple) else v for k, v in fields.items()}

    @classmethod
    def from_json(cls: type[ConfigT], values: object) -> ConfigT:
        """Rebuild from `to_json`; unknown or missing keys raise ConfigError by name.

        What older files do not say (`_ADDED`) has its default.
        """
        if not isinstance(values, Mapping):
            raise ConfigError(f"{cls.__name__} must be a JSON object, not {type(values).__name__}.")
        names = {f.name for f in dataclasses.fields(cls)}  # type: ignore[arg-type]
        for problem, keys in (
            ("unknown", set(values) - names),
            ("missing", names - set(values) - cls._ADDED),
        ):
            if keys:
                listed = ", ".join(sorted(map(str, keys)))
                raise ConfigError(f"{cls.__name__} has {problem} settings: {listed[:200]}.")
        return cls(**{k: tuple(v) if isinstance(v, list) else v for k, v in values.items()})


@dataclass(frozen=True)
class ModelConfig(_Config):
    """Everything needed to build a network of the right shape.

    Attributes:
        image_shape: (C, H, W); C is 1 (grey) or 3 (colour), sides from 8 to 64 pixels.
        latent_dim: D, number of latent dimensions, 1 to 512.
        kind: "ae" (one code per image) or "vae" (a Gaussian posterior per image).
        likelihood: how a pixel is scored; "gaussian" learns one global sigma.
        body: family of the encoder and decoder.
        hidden: widths of the dense layers, encoder order; the decoder mirrors them.
        channels: channels of the convolutions, encoder order; empty for "dense".
        activation: between layers.
        preset: the preset this came from; a label for people, never used to build.
    """

    image_shape: tuple[int, int, int]
    latent_dim: int = 2
    kind: Kind = "vae"
    likelihood: Likelihood = "bernoulli"
    body: Body = "dense"
    hidden: tuple[int, ...] = (512,)
    channels: tuple[int, ...] = ()
    activation: Activation = "relu"
    preset: str = "custom"

    def __post_init__(self) -> None:
        if not isinstance(self.image_shape, tuple) or len(self.image_shape) != 3:
            raise ConfigError(f"image_shape must be (C, H, W), not {quote(self.image_shape)}.")
        channels, *sides = self.image_shape
        if type(channels) is not int or channels not in CHANNELS:
            raise ConfigError(
                f"Images have 1 (grey) or 3 (colour) channels, not {quote(channels)}."
            )
        for side in sides:
            _integer("Each image side, in pixels,", side, MIN_SIDE, MAX_SIDE)
        _integer("The latent dimension", self.latent_dim, 1, MAX_LATENT_DIM)
        _choice("kind", self.kind, get_args(Kind))
        _choice("likelihood", self.likelihood, get_args(Likelihood))
        _choice("body", self.body, get_args(Body))
        _choice("activation", self.activation, get_args(Activation))
        _widths("hidden", self.hidden)
        _widths("channels", self.channels)
        if (self.body == "dense") == bool(self.channels):
            raise ConfigError(f"A {self.body} body cannot have channels {quote(self.channels)}.")
        if not isinstance(self.preset, str) or not 1 <= len(self.preset) <= 40:
            raise ConfigError("preset must be a name of 1 to 40 characters.")


@dataclass(frozen=True)
class TrainConfig(_Config):
    """How a model is, or was, trained.

    Attributes:
        dataset: name of a data set, or the path of an own one.
        epochs: passes over the training images.
        batch_size: images per step.
        learning_rate: of Adam, at the start.
        schedule: "constant", or "cosine" down to one hundredth of the start.
        beta: weight of the KL term; 1 is the ELBO (Higgins et al. 2017 for others).
        kl_warmup: epochs over which the weight grows from a tenth of beta to beta.
        binarize: draw black-or-white pixels afresh for every batch, grey level = probability.
        seed: of the initial weights, the order of images, the binarisation and the noise.
        free_bits: nats of KL that every latent dimension has for nothing, as the mean of a batch
            (Kingma et al. 2016); 0 for the plain objective.
        part: "all" of the network, or the "decoder" alone, for codes that stay where they are.
    """

    _ADDED = frozenset({"free_bits", "part"})

    dataset: str = "mnist"
    epochs: int = 15
    batch_size: int = 128
    learning_rate: float = 1e-3
    schedule: Schedule = "constant"
    beta: float = 1.0
    kl_warmup: int = 0
    binarize: bool = False
    seed: int = 0
    free_bits: float = 0.0
    part: Part = "all"

    def __post_init__(self) -> None:
        if not isinstance(self.dataset, str) or not 1 <= len(self.dataset) <= 4096:
            raise ConfigError("dataset must be a name or a path.")
        _integer("The number of epochs", self.epochs, 1, 1000)
        _integer("The batch size", self.batch_size, 1, 65536)
        _number("The learning rate", self.learning_rate, 1e-8, 10.0)
        _choice("schedule", self.schedule, get_args(Schedule))
        _number("beta", self.beta, 0, 1000)
        _integer("The KL warm-up, in epochs,", self.kl_warmup, 0, 1000)
        if not isinstance(self.binarize, bool):
            raise ConfigError(f"binarize must be true or false, not {quote(self.binarize)}.")
        _integer("The seed", self.seed, 0, MAX_SEED)
        _number("The free nats of each dimension", self.free_bits, 0, 100)
        _choice("part", self.part, get_args(Part))
