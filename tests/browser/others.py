"""The pages of other commands, each from a small record: engines compared, who is calibrated, a belief."""

from functools import cache

import numpy as np

from compared import engines
from mapsto import Normal, Problem, Settings, elicit
from mapsto.report import render_calibration
from mapsto.report.comparison import render_comparison
from mapsto.report.elicited import render_elicited
from mapsto.runs.calibration import run
from mapsto.runs.calibration.cells import Cell, Part
from mapsto.runs.comparison.compare import Plan, compare
from mapsto.runs.comparison.recording import comparison_record
from mapsto.runs.comparison.subject import Subject
from mapsto.runs.comparison.work import Here
from mapsto.runs.record import CalibrationProvenance
from mapsto.runs.recording.elicited import elicited_record


@cache
def problem():
    rng = np.random.default_rng(11)
    X = rng.standard_normal((40, 3)) * [1.0, 5.0, 0.2]
    y = 1.0 + X @ [1.0, 0.0, -0.5] + 0.7 * rng.standard_normal(40)
    return Problem.from_rows(X, y, noise_sd=0.7, features=["a", "resting blood pressure", "c"])


def comparison_page():
    """Two that are right, one whose draws are not, one refused by the gate, and one that breaks."""
    kinds = (engines.Right, engines.Twin, engines.Biased, engines.Shifted, engines.Failing)
    by_name = {kind.name: kind for kind in kinds}
    subject = Subject("small", "A small one", problem(), Normal(scale=2.0))
    plan = Plan(Settings(draws=400, chains=4), 3)
    found = compare(subject, by_name, Here(subject.question(), by_name), plan)
    return render_comparison(comparison_record(found, "mapsto compare small"))


def calibration_page():
    """One that is calibrated, one that is not, one that broke, and one without an answer."""
    even = {"slope of x0": list(range(0, 200, 4)), "the noise sd": list(range(2, 200, 4))}
    strayed = even | {"slope of x0": [rank // 2 for rank in even["slope of x0"]]}
    there = {
        Cell("normal", "gaussian", "half_normal:scale=1", "exact"): [Part(even)],
        Cell("normal", "gaussian", "half_normal:scale=1", "plug_in"): [Part(strayed)],
        Cell("cauchy", "student_t", None, "exact"): [Part(even, 1, "ArithmeticError: no curvature")],
        Cell("laplace", "gaussian", None, "exact"): [Part({}, unsupported="There is no formula for it.")],
    }
    provenance = CalibrationProvenance(
        command="mapsto calibrate",
        seed=1,
        replicates=50,
        made="2026-01-02T03:04:05+00:00",
        versions={"numpy": "2.0"},
        seconds=1.0,
    )
    return render_calibration(run.record(there, provenance))


def elicit_page():
    return render_elicited(elicited_record(elicit(problem(), 2.0), problem(), "mapsto elicit t.csv --target=y"))


def elicit_laplace_page():
    """Per sd, and without the readings that a Normal prior has."""
    record = elicited_record(elicit(problem(), 2.0, family="laplace", per_sd=True), problem(), "mapsto elicit t.csv")
    return render_elicited(record)


OTHERS = {
    "small-compare": comparison_page,
    "calibration": calibration_page,
    "elicit": elicit_page,
    "elicit-laplace": elicit_laplace_page,
}
