"""What the literature reports of models like these, to be set beside their figures.

Only what was read in the source itself or in a public one that repeats its table; a figure that
was measured in another way than here says so in its text.
"""

from __future__ import annotations

from dataclasses import dataclass

DAVIDSON = "Davidson et al. 2018, table 1"
DAVIDSON_DIMS = (2, 5, 10, 20, 40)  # of its Gaussian VAEs
BURDA = "Burda et al. 2016, table 1"
TONNAER = "Tonnaer's thesis, table 3.3"


@dataclass(frozen=True)
class Reference:
    """One figure of the literature.

    Attributes:
        value: In the figure's unit; two numbers are a range.
        text: What kind of model it is of, and how it was measured.
        source: Where it stands.
        dataset: The images it is of.
        kind: "ae" or "vae"; None for any model.
        latent_dim: D of that model; None for any.
    """

    value: float | tuple[float, float]
    text: str
    source: str
    dataset: str
    kind: str | None = "vae"
    latent_dim: int | None = None

    def fits(self, dataset: str, kind: str, latent_dim: int) -> bool:
        """Whether it is of the same images and of such a model."""
        return (
            self.dataset == dataset
            and self.kind in (None, kind)
            and self.latent_dim in (None, latent_dim)
        )


def _davidson(text: str, *values: float) -> tuple[Reference, ...]:
    """Of Gaussian VAEs of some or all of `DAVIDSON_DIMS`, on MNIST binarised afresh."""
    return tuple(
        Reference(value, f"Gaussian VAE, D = {d}, {text}", DAVIDSON, "mnist", latent_dim=d)
        for d, value in zip(DAVIDSON_DIMS, values, strict=False)
    )


REFERENCES: dict[str, tuple[Reference, ...]] = {
    "negative_elbo": (
        Reference(
            146.95, "convolutional VAE, D = 2, 30 epochs; mean over training and test images",
            "Keras examples, VAE", "mnist", latent_dim=2,
        ),
        Reference(
            106.66, "dense VAE, D = 20, 7 epochs", "PyTorch examples, VAE", "mnist", latent_dim=20
        ),
    ),
    "negative_elbo_binarized": _davidson("test images", 137.08, 112.98, 98.36, 94.79, 94.91),
    "exact_nll": _davidson("estimated with 500 draws", 135.73),
    "importance_nll": (
        *_davidson("estimated with 500 draws", 135.73, 110.21, 93.84, 88.90, 88.93),
        Reference(
            86.76, "VAE, D = 50, estimated with 5,000 draws", BURDA, "mnist", latent_dim=50
        ),
        Reference(
            228.70, "VAE, D = 40, estimated with 5,000 draws", "Norouzi et al. 2020",
            "fashion-mnist", latent_dim=40,
        ),
    ),
    "kl": _davidson("binarised", 7.24, 12.82, 19.44, 23.50, 23.77),
    "reconstruction": _davidson("binarised", 129.84, 100.16, 78.93, 71.29, 71.14),
    "trustworthiness": (
        Reference(
            0.946, "t-SNE, mean over several numbers of neighbours", "Moor et al. 2020",
            "mnist", kind=None, latent_dim=2,
        ),
    ),
    "continuity": (
        Reference(
            0.938, "t-SNE, mean over several numbers of neighbours", "Moor et al. 2020",
            "mnist", kind=None, latent_dim=2,
        ),
    ),
    "anomaly_exact": (
        Reference(
            (0.0, 0.5), "a likelihood can find MNIST's digits less strange than the clothes it "
            "was trained on", "Xiao et al. 2020", "fashion-mnist",
        ),
    ),
}  # fmt: skip

# Of anomaly protocols, by protocol: mean AUROC over the classes.
PROTOCOL_REFERENCES: dict[str, tuple[Reference, ...]] = {
    "leave-one-out": (
        Reference(0.855, "VAE, D = 2", TONNAER, "mnist", latent_dim=2),
        Reference(0.718, "VAE, D = 32", TONNAER, "mnist", latent_dim=32),
    ),
    "one-class": (
        Reference(0.948, "Deep SVDD, mean over digits", "Ruff et al. 2018", "mnist", kind=None),
    ),
}
