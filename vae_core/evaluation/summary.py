"""The scores that checkpoints keep and `evaluate` prints: a few figures in one mapping."""

from __future__ import annotations

from typing import Any

from vae_core.data import ImageSet
from vae_core.evaluation.steps.likelihood import bound
from vae_core.evaluation.steps.space import active, map_scores
from vae_core.evaluation.subject import Subject
from vae_core.models.autoencoder import AutoEncoder

KEYS = (
    "negative_elbo", "reconstruction", "kl", "kl_per_dim", "active_units", "knn_accuracy",
    "trustworthiness",
)  # fmt: skip
TRUST_IMAGES = 2000  # as in every checkpoint that there is: of more, it is another figure


def summarize(
    model: AutoEncoder,
    held_out: ImageSet,
    train: ImageSet | None = None,
    *,
    seed: int = 0,
    draws: int = 4,
    binarize: bool = False,
) -> dict[str, Any]:
    """Score a model on held-out images.

    Args:
        model: To be scored.
        held_out: Images it was not trained on.
        train: Its training images; without them `knn_accuracy` is None.
        seed: Of the posterior noise and the binarisation.
        draws: Posterior samples per image.
        binarize: Score black-or-white images, see `elbo`.

    Returns:
        `negative_elbo`, its standard error over images, `reconstruction`, `kl` (nats per image)
        and `kl_per_dim` (nats, D numbers), `active_units`, `knn_accuracy`, `trustworthiness`,
        `n_images` and `binarized`. A plain autoencoder has no KL, so its entries are None.
    """
    subject = Subject(
        model, held_out, train,
        seed=seed, draws=draws, binarize=binarize, map_images=TRUST_IMAGES,
    )  # fmt: skip
    found = {one.key: one for step in (bound, active, map_scores) for one in step(subject)}
    value = {key: found[key].value for key in KEYS}
    return {
        "negative_elbo": value.pop("negative_elbo"),
        "negative_elbo_standard_error": found["negative_elbo"].error,
        **{key: list(one) if isinstance(one, tuple) else one for key, one in value.items()},
        "n_images": len(held_out),
        "binarized": binarize,
    }
