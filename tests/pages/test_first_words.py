"""Sentences that were once false or read as false: each is held to the number behind it."""

import math
from dataclasses import replace

import numpy as np
import pytest
from msgspec.structs import replace as with_fields

from helpers.runs import three_routes, three_routes_record
from mapsto import GPrior, HierarchicalNormal, Laplace, Normal, Problem, exact_posterior
from mapsto.certificate.ledger import ledger
from mapsto.conventions import conventions_rows
from mapsto.outcome import Unsupported
from mapsto.posteriors.prior_curve import prior_view
from mapsto.report import render
from mapsto.report.charts.chart import chart
from mapsto.report.charts.extras import prior_figure
from mapsto.report.sections.derivation import derivation
from mapsto.runs.plain import struct
from mapsto.runs.record import FigureRecord, PriorViewRecord, SeriesRecord


def small(intercept=True):
    rng = np.random.default_rng(4)
    X = rng.standard_normal((9, 2))
    return Problem.from_rows(X, X @ [1.0, -2.0] + 0.5 * rng.standard_normal(9), noise_sd=0.5, intercept=intercept)


def test_the_tiles_count_the_signs_that_are_open_and_name_the_widest_interval():
    result, told = three_routes(), three_routes_record()["unsettled"]
    low, high = result.exact.eti(0.89)[: result.problem.p].T
    assert told["signs"] == sum(bool(a <= 0 <= b) for a, b in zip(low, high, strict=True))
    assert told["feature"] == result.problem.features[int(np.argmax(high - low))]  # its columns have sd 1
    page = render(result.record())
    assert f"<b>{told['signs']} of {result.problem.p}</b> <span>signs the data do not settle" in page
    assert "times its mode" not in page


def test_a_mode_of_exactly_zero_counts_as_open_where_its_interval_holds_zero():
    result = replace(three_routes(), prior=Laplace(5.0), exact=Unsupported("not conjugate"))
    low, high = result.summary.eti89[: result.problem.p].T
    assert result.record().unsettled.signs == sum(bool(a <= 0 <= b) for a, b in zip(low, high, strict=True)) > 0


def test_a_density_that_is_infinite_at_zero_has_no_height_there():
    infinite, finite = HierarchicalNormal(40.0), Normal(20.0)
    assert math.isinf(infinite.log_density(np.zeros(1)))
    record = three_routes().record()
    for prior, words in ((infinite, "is no peak"), (finite, "Each is drawn to height 1")):
        view = prior_view(prior, 3)
        assert 0 not in view.grid or math.isfinite(prior.log_density(np.zeros(1)))
        shown = prior_figure(with_fields(record, prior_view=struct(PriorViewRecord, view)))
        assert words in shown.caption


def test_a_penalty_of_all_slopes_is_no_sum_over_slopes():
    record = three_routes().record().problem
    whole = with_fields(record.prior, name="hierarchical_normal", separable=False, penalty=r"-\log p(w)")
    last = derivation(whole, record.likelihood)[-1].math
    assert "∑" not in last
    assert "∑" in derivation(with_fields(whole, separable=True), record.likelihood)[-1].math  # the control
    problem, prior = small(), GPrior(g=9.0)
    fitted = prior.fitted_to(problem.statistics).at(problem.noise_sd)
    terms = {term.term: term.formula for term in ledger(problem, fitted, np.ones(2), 0.0, Unsupported("no"))}
    assert r"\sum" not in terms["prior exponent"]


def test_the_evidence_is_said_to_be_up_to_a_constant_only_where_the_intercept_is_flat():
    for intercept in (True, False):
        problem = small(intercept)
        terms = ledger(problem, Normal(1.0), np.ones(2), 0.0, exact_posterior(problem, Normal(1.0)))
        assert ("up to a constant" in terms[-1].reason) == intercept
        assert "Full Bayes" in terms[-1].reason


@pytest.mark.parametrize("height", [1e3, 1e5])
def test_that_constant_is_the_height_of_the_flat_prior(height):
    """A proper intercept of sd S has density 1 / (S sqrt(2 pi)) there, and the evidence is lower by its logarithm."""
    problem = small()
    whole = Problem.from_rows(np.column_stack([problem.X, np.ones(9)]), problem.y, noise_sd=0.5, intercept=False)
    flat = exact_posterior(problem, Normal(1.0)).log_evidence
    proper = exact_posterior(whole, Normal(scale=(1.0, 1.0, height))).log_evidence
    bent = (np.abs(problem.y).max() + 10) ** 2 / height**2  # how far the wide prior is from level over the data
    assert proper + math.log(height * math.sqrt(2 * math.pi)) == pytest.approx(flat, abs=bent)


def test_an_estimate_beyond_the_frame_is_an_arrow_and_one_inside_a_dot():
    series = SeriesRecord(label="estimate", x=["far", "near"], y=[60.0, 1.0], kind="points")
    data = FigureRecord(title="T", caption="C.", alt="A.", x_label="", y_label="", series=[series], fit_y=(-2.0, 2.0))
    drawing = chart(data, "k").drawing
    assert drawing.count("arrow") == 1
    assert drawing.count('class="dots') == 1
    inside = FigureRecord(title="T", caption="C.", alt="A.", x_label="", y_label="", series=[series])
    assert "arrow" not in chart(inside, "k").drawing


def test_one_symbol_stands_for_one_thing():
    """b is the intercept, sigma_w the sd of a Normal prior, s the scale of a Laplace one, sd_j that of a column."""
    for prior in (Laplace, Normal):
        assert "b" not in prior.formula.replace("lvert", "").replace("begin", "")
    for row in conventions_rows():
        assert r"\tau" not in row["prior"], row["key"]
        assert not row["prior"].startswith("b ="), row["key"]
        assert "s_j" not in row["objective"] + row["prior"], row["key"]


def test_the_two_widths_of_one_slope_are_explained_where_they_stand():
    result = three_routes()
    page, record = render(result.record()), result.record()
    j = record.problem.features.index(record.picture.feature)
    held = (np.diag(result.problem.hessian(result.mode.coef))[j] + result.prior.scale**-2) ** -0.5
    assert held < record.exact.sd[j]
    assert f"{held:.3f} against {record.exact.sd[j]:.3f}"[:5] in page
    assert "never narrower" in page
