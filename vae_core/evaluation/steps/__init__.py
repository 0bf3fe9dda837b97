"""How the figures of a model are measured, step by step; figures that share work share a step."""

from __future__ import annotations

from vae_core.evaluation.steps import likelihood, space, strange
from vae_core.evaluation.steps.step import Step as Step
from vae_core.metrics.anomaly import METHODS

_ANOMALIES = tuple(f"anomaly_{method}" for method in METHODS)

STEPS = (
    Step(
        "the ELBO and its parts",
        ("negative_elbo", "reconstruction", "kl", "kl_per_dim"), 1, likelihood.bound,
    ),
    Step(
        "the error of pixels",
        ("excess_reconstruction", "reconstruction_mse", "reconstruction_psnr"), 0.5,
        likelihood.pixels,
    ),
    Step("black-or-white images", ("negative_elbo_binarized",), 0.5, likelihood.likely_bound),
    Step("the exact likelihood", ("exact_nll", "inference_gap"), 2.5, likelihood.exact),
    Step(
        "the estimated likelihood", ("importance_nll", "effective_draws"), 0.5,
        likelihood.importance,
    ),
    Step("dimensions in use", ("active_units",), 0.1, space.active),
    Step(
        "what the codes know",
        ("mutual_information", "marginal_kl", "total_correlation", "dimension_kl"), 0.5,
        space.codes,
    ),
    Step(
        "the map",
        ("knn_accuracy", "trustworthiness", "continuity", "neighbour_recall"), 2,
        space.map_scores,
    ),
    Step(
        "the dimension of the images", ("pixel_dimension_twonn", "pixel_dimension_mle"), 4,
        space.pixel_dimension,
    ),
    Step(
        "the dimension of the codes", ("code_dimension_twonn", "code_dimension_mle"), 0.1,
        space.code_dimension,
    ),
    Step("strange images", _ANOMALIES, 1.5, strange.anomalies),
    Step(
        "samples",
        ("sample_distance", "sample_floor", "sample_ceiling", "sample_kernel_distance"), 3.5,
        strange.samples,
    ),
    Step("holes", ("hole_share",), 0.1, strange.hole_share),
)  # fmt: skip
