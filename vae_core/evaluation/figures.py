"""Every figure that is measured of a model: what it is, its unit, and which way is better.

The one place that says so: the evaluation measures these keys and no others, and pages, the
command line and the README's table take titles, units and number formats from here.
"""

from __future__ import annotations

from vae_core.evaluation.figure import GROUPS as GROUPS
from vae_core.evaluation.figure import Figure as Figure
from vae_core.evaluation.references import Reference as Reference

DEFINITIONS = 1  # rises whenever a figure is measured in another way: older results are then void
NATS, SHARE = "nats/image", "share"

_ALL = (
    Figure(
        "negative_elbo", "−ELBO", NATS, -1,
        "What it costs to send an image by way of its code: the code (KL) plus what the decoder "
        "still gets wrong (reconstruction).",
        "likelihood", ".1f",
    ),
    Figure(
        "reconstruction", "Reconstruction", NATS, -1,
        "How much the decoder's picture, drawn from a code of the image, still misses of the "
        "image; it is also called the distortion.",
        "likelihood", ".1f",
    ),
    Figure(
        "kl", "KL divergence", NATS, 0,
        "How much an image's code tells beyond a random draw from the prior; it is also called "
        "the rate.",
        "likelihood", ".2f",
    ),
    Figure(
        "excess_reconstruction", "Reconstruction above the floor", NATS, -1,
        "The reconstruction less what grey pixels cost even a perfect decoder.",
        "likelihood", ".1f",
    ),
    Figure(
        "negative_elbo_binarized", "−ELBO, black-or-white", NATS, -1,
        "The −ELBO of images whose pixels were made black or white by chance, the grey level "
        "being the chance of white.",
        "likelihood", ".1f",
    ),
    Figure(
        "exact_nll", "Exact −log p", NATS, -1,
        "How surprised the model is by a black-or-white image, with nothing left to chance: a sum "
        "over a grid of codes, so fine that a finer one hardly changes it.",
        "likelihood", ".1f",
    ),
    Figure(
        "inference_gap", "Inference gap", NATS, -1,
        "How far the −ELBO is above the exact −log p: the price of an encoder whose Gaussian "
        "does not fit the codes that truly explain the image.",
        "likelihood", ".2f",
    ),
    Figure(
        "importance_nll", "Estimated −log p", NATS, -1,
        "The model's surprise at a black-or-white image, estimated from random codes near the "
        "encoder's; on average too high, the less so the more codes are drawn.",
        "likelihood", ".1f",
    ),
    Figure(
        "effective_draws", "Effective draws", "draws", 1,
        "How many of the random codes really counted in the estimated −log p: where it is close "
        "to 1, one lucky code decided, and the estimate is not to be trusted.",
        "likelihood", ".1f",
    ),
    Figure(
        "reconstruction_mse", "Squared error", "grey level²", -1,
        "Mean squared difference of a pixel from its reconstruction, black being 0 and white 1.",
        "likelihood", ".4f",
    ),
    Figure(
        "reconstruction_psnr", "PSNR", "dB", 1,
        "The squared error on the scale that cameras and films use: every 10 dB more is a tenth "
        "of the squared error.",
        "likelihood", ".1f",
    ),
    Figure(
        "kl_per_dim", "KL of each dimension", NATS, 0,
        "What each number of the code costs: it tells no more than that about the image, and one "
        "near 0 tells nothing.",
        "codes", ".2f",
    ),
    Figure(
        "active_units", "Active units", "dimensions", 1,
        "How many numbers of the code move at all when the image changes.",
        "codes", ".0f",
    ),
    Figure(
        "mutual_information", "Mutual information", "nats", 1,
        "How well a code tells which image it came from; it cannot exceed the logarithm of the "
        "number of images.",
        "codes", ".2f",
    ),
    Figure(
        "marginal_kl", "Distance of all codes from the prior", "nats", -1,
        "How differently all images' codes together are spread from the bell curve that new "
        "codes are drawn from.",
        "codes", ".2f",
    ),
    Figure(
        "total_correlation", "Total correlation", "nats", -1,
        "How much the numbers of the code tell about each other; 0 if they are independent.",
        "codes", ".2f",
    ),
    Figure(
        "dimension_kl", "Distance of each dimension from the prior", "nats", -1,
        "How differently each number of the code, over all images, is spread from the bell curve.",
        "codes", ".2f",
    ),
    Figure(
        "knn_accuracy", "kNN accuracy", SHARE, 1,
        "How often the most frequent class among the 15 training images with the nearest codes "
        "is the image's own.",
        "map", ".3f",
    ),
    Figure(
        "trustworthiness", "Trustworthiness", SHARE, 1,
        "Whether images that are neighbours by code also look alike; 1 is perfect, 0.5 is chance.",
        "map", ".3f",
    ),
    Figure(
        "continuity", "Continuity", SHARE, 1,
        "Whether images that look alike are neighbours by code; 1 is perfect, 0.5 is chance.",
        "map", ".3f",
    ),
    Figure(
        "neighbour_recall", "Neighbour recall", SHARE, 1,
        "How many of the 15 images that look most alike are among the 15 nearest by code.",
        "map", ".3f",
    ),
    Figure(
        "pixel_dimension_twonn", "Dimension of the images (TwoNN)", "dimensions", 0,
        "In how many independent ways the images vary, judged by how much farther the second "
        "nearest image is than the nearest.",
        "dimension", ".1f",
    ),
    Figure(
        "pixel_dimension_mle", "Dimension of the images (MLE)", "dimensions", 0,
        "In how many independent ways the images vary, judged by how fast the number of "
        "neighbours grows with the distance.",
        "dimension", ".1f",
    ),
    Figure(
        "code_dimension_twonn", "Dimension of the codes (TwoNN)", "dimensions", 0,
        "In how many independent ways the codes vary, judged by how much farther the second "
        "nearest code is than the nearest.",
        "dimension", ".2f",
    ),
    Figure(
        "code_dimension_mle", "Dimension of the codes (MLE)", "dimensions", 0,
        "In how many independent ways the codes vary, judged by how fast the number of "
        "neighbours grows with the distance.",
        "dimension", ".2f",
    ),
    *(
        Figure(
            f"anomaly_{method}", title, SHARE, 1,
            "How often a strange image (of another data set) gets a higher score than a usual "
            f"one, the score being {score}; 0.5 is chance (AUROC).",
            "anomalies", ".3f",
        )
        for method, title, score in (
            ("reconstruction", "Found by reconstruction", "what the reconstruction misses"),
            ("negative_elbo", "Found by −ELBO", "the −ELBO"),
            ("exact", "Found by exact −log p", "the model's exact surprise"),
            ("density", "Found by place on the map", "how far its code is from the usual ones"),
            (
                "complexity", "Found by reconstruction, for its complexity",
                "what the reconstruction misses, less what a plain grey picture would miss",
            ),
        )
    ),
    Figure(
        "sample_distance", "Distance of samples from real images", "judge units²", -1,
        "How differently a trained judge network sees pictures drawn from the prior and real "
        "images, on the whole.",
        "samples", ".1f",
    ),
    Figure(
        "sample_floor", "The same of real images", "judge units²", 0,
        "The distance of real training images from the same real images: about the best that "
        "samples can do.",
        "samples", ".2f",
    ),
    Figure(
        "sample_ceiling", "The same of noise", "judge units²", 0,
        "The distance of noise that knows only how bright each pixel usually is, and how much "
        "that varies.",
        "samples", ".0f",
    ),
    Figure(
        "sample_kernel_distance", "Kernel distance of samples", "kernel units", -1,
        "The distance of samples from real images by another formula, which is fair also for few "
        "pictures.",
        "samples", ".3g",
    ),
    Figure(
        "hole_share", "Samples from holes", SHARE, -1,
        "What share of codes drawn from the prior fall where no image's code is near, so that "
        "their pictures are invented; the 5 % furthest from zero are not counted.",
        "samples", ".4f",
    ),
)  # fmt: skip
FIGURES: dict[str, Figure] = {figure.key: figure for figure in _ALL}
