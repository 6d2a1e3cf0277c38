"""The figures of a response: ratios, calibration, separation, counts, and expected against observed."""

from __future__ import annotations

import numpy as np

from mapsto.likelihoods.problem import Problem
from mapsto.marks import literal, number
from mapsto.posteriors.intervals import PROB
from mapsto.posteriors.response.calibration import Calibration
from mapsto.posteriors.response.draws import ResponseDraws
from mapsto.posteriors.response.ratios import Ratios
from mapsto.posteriors.response.rootogram import Rootogram
from mapsto.posteriors.response.separation import Separation
from mapsto.runs.lessons.figure import Figure, Mark, Series

MOST_SHOWN = 30  # ratios in a figure
MOST_POINTS = 400


def ratio_figure(problem: Problem, found: Ratios, ratio: str) -> Figure:
    """The ratio of each column for a step of one sd, those furthest from 1 first where there are many."""
    far = np.argsort(-np.abs(np.log(found.per_step)), kind="stable")[:MOST_SHOWN]
    shown = np.sort(far)
    names = [literal(problem.features[j]) for j in shown]
    ends = found.per_step_eti89[shown]
    more = f" The {len(shown)} of {problem.p} furthest from 1." if problem.p > len(shown) else ""
    return Figure(
        title=f"{ratio[:1].upper()}{ratio[1:]}s",
        caption=f"The {ratio} for a step of one standard deviation of each column, the others held: posterior median "
        f"and {PROB:.0%} interval. At 1 the column makes no difference.{more}",
        alt=f"A dot and a bar for the {ratio} of each of {len(shown)} columns, on a logarithmic axis with a line at 1.",
        x_label="column",
        y_label=f"{ratio} per sd of the column",
        series=[Series(f"median, {PROB:.0%} interval", names, found.per_step[shown], "points", ends[:, 1], ends[:, 0])],
        marks=[Mark(1.0, "no difference", "y")],
        y_log=True,
    )


def calibration_figure(found: Calibration) -> Figure:
    """Observed shares against predicted ones, over the band in which they lie if the model is right."""
    bins = len(found.predicted)
    return Figure(
        title="Calibration",
        caption=f"Rows in {bins} bins of like prediction: the share of ones in each against the mean predicted "
        f"probability. If the model is right, a share lies in the band in {PROB:.0%} of data sets; here {found.inside} "
        f"of {bins} do. These are the rows that the model was fitted to, not new ones.",
        alt=f"The observed share in {bins} bins against the predicted one, with a band about the diagonal.",
        x_label="predicted probability",
        y_label="observed share",
        series=[
            Series(
                f"{PROB:.0%} of data sets from the model", found.predicted, found.band[:, 0], "band", found.band[:, 1]
            ),
            Series("as predicted", [0.0, 1.0], [0.0, 1.0], dashed=True),
            Series("observed", found.predicted, found.observed, "points"),
        ],
        fit_y=(0.0, 1.0),
    )


def separation_figure(found: Separation, target: str) -> Figure:
    """Rows in the order of their predicted probability, with the ones at the top and the zeros at the bottom."""
    place = np.arange(1.0, len(found.y) + 1)
    one = found.y == 1
    return Figure(
        title="Separation",
        caption="Rows from the lowest predicted probability to the highest, with its interval, and what was observed "
        f"of {literal(target)}: ones at the top, zeros at the bottom. A one has a higher probability than a zero in "
        f"{number(100 * found.auc, 3)} % of all pairs.",
        alt="A rising curve of predicted probabilities with a band, a mark at the top for each one and at the "
        "bottom for each zero.",
        x_label="rows in the order of their prediction",
        y_label="predicted probability",
        series=[
            Series(f"{PROB:.0%} interval", place, found.eti89[:, 0], "band", found.eti89[:, 1], tone=1),
            Series("predicted", place, found.predicted, tone=1),
            Series("observed 1", place[one], found.y[one], "points", tone=2),
            Series("observed 0", place[~one], found.y[~one], "points", tone=3),
        ],
        fit_y=(0.0, 1.0),
    )


def rootogram_figure(found: Rootogram, problem: Problem) -> Figure:
    """Square roots of the frequencies of counts, observed and expected."""
    bars = len(found.starts)
    wide = "" if found.width == 1 else f" Each bar holds {found.width} counts."
    lower, upper = np.sqrt(found.band[:, 0]), np.sqrt(found.band[:, 1])
    return Figure(
        title="Counts, observed and expected",
        caption="A rootogram: how many rows have each count, as square roots, so that small frequencies show. If the "
        f"model is right, an observed frequency lies in its interval in {PROB:.0%} of data sets; here {found.inside} "
        f"of {bars} do.{wide} The last bar holds all larger counts too.",
        alt=f"A bar for the observed frequency of each of {bars} counts, a dot with an interval for the expected one.",
        x_label=f"count of {literal(problem.target)}",
        y_label="square root of the number of rows",
        series=[
            Series("observed", found.starts, np.sqrt(found.observed), "bars", tone=1),
            Series(
                f"expected, {PROB:.0%} interval", found.starts, np.sqrt(found.expected), "points", upper, lower, tone=2
            ),
        ],
    )


def expected_figure(drawn: ResponseDraws, target: str) -> Figure:
    """Observed responses against expected ones."""
    order = np.argsort(drawn.middle, kind="stable")
    some = order[np.unique(np.linspace(0, len(order) - 1, MOST_POINTS).round().astype(int))]
    middle = drawn.middle[some]
    ends = np.quantile(drawn.replicated[:, some], [0.5 - PROB / 2, 0.5 + PROB / 2], axis=0)
    return Figure(
        title="Expected and observed",
        caption=f"Each row's response against its expected one, over the {PROB:.0%} interval of responses that the "
        "model would give such a row.",
        alt="A cloud of observed responses over a band of those the model expects.",
        x_label=f"expected {literal(target)}",
        y_label=f"observed {literal(target)}",
        series=[
            Series(f"{PROB:.0%} of responses from the model", middle, ends[0], "band", ends[1]),
            Series("as expected", middle, middle, dashed=True),
            Series("observed", middle, drawn.y[some], "points"),
        ],
        x_log=True,
        y_log=True,
    )
