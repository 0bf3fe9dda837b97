"""Tests for vae_core.evaluation.figures and vae_core.evaluation.references."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from vae_core.evaluation.figures import FIGURES, GROUPS, Figure
from vae_core.evaluation.protocols import PROTOCOLS
from vae_core.evaluation.references import PROTOCOL_REFERENCES, REFERENCES, Reference
from vae_core.evaluation.steps import STEPS
from vae_core.metrics.anomaly import METHODS

every_figure = pytest.mark.parametrize("figure", FIGURES.values(), ids=FIGURES)


def test_what_is_measured_is_what_the_catalogue_says() -> None:
    measured = [key for step in STEPS for key in step.keys]
    assert len(set(measured)) == len(measured)
    assert set(measured) == set(FIGURES)


def test_a_figure_is_found_by_its_own_key() -> None:
    assert all(key == figure.key for key, figure in FIGURES.items())
    assert len({figure.title for figure in FIGURES.values()}) == len(FIGURES)


def test_every_group_has_figures_and_every_figure_a_group() -> None:
    assert {figure.group for figure in FIGURES.values()} == set(GROUPS)


@every_figure
def test_a_figure_is_defined_in_one_sentence(figure: Figure) -> None:
    assert figure.definition.endswith(".")
    assert figure.definition[0].isupper()
    assert ". " not in figure.definition
    assert len(figure.definition.split()) <= 45
    assert figure.unit


@every_figure
def test_a_figure_can_be_written(figure: Figure) -> None:
    assert re.fullmatch(r"−?[0-9.e+−]+", figure.show(-12.345))
    assert figure.show(None) == "–"
    assert figure.show((1.0, 2.0)) == f"{figure.show(1.0)}, {figure.show(2.0)}"


def test_the_better_end_of_a_scale_is_the_right_one() -> None:
    better = {key: figure.better for key, figure in FIGURES.items()}
    assert {better[f"anomaly_{method}"] for method in METHODS} == {1}
    assert (better["negative_elbo"], better["exact_nll"], better["inference_gap"]) == (-1, -1, -1)
    assert (better["knn_accuracy"], better["reconstruction_psnr"], better["kl"]) == (1, 1, 0)


def test_references_are_of_figures_and_protocols_there_are() -> None:
    assert REFERENCES.keys() <= FIGURES.keys()
    assert PROTOCOL_REFERENCES.keys() <= set(PROTOCOLS)
    listed = [r for rs in (*REFERENCES.values(), *PROTOCOL_REFERENCES.values()) for r in rs]
    assert all(reference.source and reference.text for reference in listed)


def test_a_reference_is_shown_beside_models_of_its_kind_only() -> None:
    figure = FIGURES["exact_nll"]
    (found,) = figure.references_for("mnist", "vae", 2)
    assert (found.value, found.source) == (135.73, "Davidson et al. 2018, table 1")
    assert figure.references_for("mnist", "vae", 3) == ()
    assert figure.references_for("mnist", "ae", 2) == ()
    assert figure.references_for("digits", "vae", 2) == ()


def test_a_reference_of_any_model_fits_all_of_its_images() -> None:
    reference = Reference(1.0, "", "", "mnist", kind=None)
    assert reference.fits("mnist", "ae", 8)
    assert reference.fits("mnist", "vae", 2)
    assert not reference.fits("fashion-mnist", "vae", 2)


def test_five_published_dimensions_keep_their_numbers() -> None:
    found = {r.latent_dim: r.value for r in REFERENCES["negative_elbo_binarized"]}
    assert found == {2: 137.08, 5: 112.98, 10: 98.36, 20: 94.79, 40: 94.91}


@pytest.mark.parametrize(
    ("form", "value", "error", "shown"),
    [
        (".1f", 13.96, 0.021, "13.96 ± 0.02"),
        (".1f", 148.94, 0.53, "148.9 ± 0.5"),
        (".1f", 148.94, None, "148.9"),
        (".3f", 0.99987, 8.1e-5, "0.99987 ± 0.00008"),
        (".3g", 22.31, 0.309, "22.3 ± 0.3"),
        (".3g", 12345.0, 20.0, "1.23e+04 ± 20"),
        (".2f", -1.5, 0.0, "−1.50 ± 0.00"),
        (".0f", 12.4, 3.1, "12 ± 3"),
    ],
)
def test_a_value_has_the_digits_that_its_error_needs(form, value, error, shown) -> None:
    figure = replace(next(iter(FIGURES.values())), form=form)
    assert figure.show_with_error(value, error) == shown
