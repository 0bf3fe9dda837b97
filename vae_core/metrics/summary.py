"""All scores of a model in one JSON-able mapping: what `evaluate` prints and checkpoints keep."""

from __future__ import annotations

from typing import Any

from vae_core.data import ImageSet
from vae_core.encoding import encode
from vae_core.metrics.elbo import elbo
from vae_core.metrics.latent import active_units
from vae_core.metrics.maps import map_quality
from vae_core.models.autoencoder import AutoEncoder


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
    parts = elbo(model, held_out, seed, draws, binarize=binarize)
    latents = encode(model, held_out)
    quality = None
    if train is not None:
        quality = map_quality(encode(model, train), latents, held_out)
    is_vae = model.config.kind == "vae"
    bound = parts.negative_elbo
    standard_error = bound.std().item() / len(bound) ** 0.5 if len(bound) > 1 else None
    return {
        "negative_elbo": bound.mean().item() if is_vae else None,
        "negative_elbo_standard_error": standard_error if is_vae else None,
        "reconstruction": parts.reconstruction.mean().item(),
        "kl": parts.kl.mean().item() if is_vae else None,
        "kl_per_dim": parts.kl_per_dim.mean(0).tolist() if is_vae else None,
        "active_units": active_units(latents),
        "knn_accuracy": quality.knn_accuracy if quality else None,
        "trustworthiness": quality.trustworthiness if quality else None,
        "n_images": len(held_out),
        "binarized": binarize,
    }
