"""What a point estimate hides under any prior: the lesson of a run that has no words of its own."""

from __future__ import annotations

import numpy as np

from mapsto.certificate import Check
from mapsto.data.statistics import Vector
from mapsto.marks import literal
from mapsto.outcome import Unsupported
from mapsto.posteriors.exact import best_known
from mapsto.posteriors.gaussian import GaussianPosterior
from mapsto.posteriors.intervals import PROB
from mapsto.runs.lessons.figure import Figure, Series
from mapsto.runs.lessons.lesson import Lesson
from mapsto.runs.result import Result

MOST = 40  # coefficients in a figure


def what_is_hidden(result: Result) -> Lesson:
    """Mode, mean and median of each coefficient side by side, and a sentence about how they differ."""
    if result.summary is None:
        return Lesson(
            answer="The columns leave a direction of the slopes without any bound, so under this prior there is no "
            "posterior: the mode shown is one of many that fit equally well, the shortest."
        )
    mode = result.mode_or_none
    p = result.problem.p
    exact = result.exact
    mean, median, sd = (values[:p] for values in best_known(exact, result.summary))
    eti = result.summary.eti89[:p] if isinstance(exact, Unsupported) else exact.eti(PROB)
    w = None if mode is None else mode.coef
    claims: tuple[Check, ...] = ()
    if w is None:
        text = "There is no usable mode, and so no point estimate of that kind; the posterior says all there is. "
    elif isinstance(exact, GaussianPosterior):
        text = (
            "The posterior is Normal, so the mode is its mean too. What the mode leaves out is the width: posterior "
            f"sds of {sd.min():.3g} to {sd.max():.3g}, and how the slopes move together."
        )
    else:
        far = int(np.argmax(np.abs(w - mean) / sd))
        text = (
            f"The mode leaves out the width: the posterior sd of the slopes is {sd.min():.3g} to {sd.max():.3g}. It is "
            f"farthest from the posterior mean at '{literal(result.problem.features[far])}': ${w[far]:.3g}$ against "
            f"${mean[far]:.3g}$. "
        )
        zeros = int((w == 0).sum())
        if zeros:
            drawn = int((result.posterior["posterior"]["w"].to_numpy() == 0).sum())
            claims = (
                Check(
                    "no-draw-is-exactly-zero",
                    float(drawn),
                    0.0,
                    f"The mode has {zeros} coefficients at exactly zero; slopes of exactly zero among the draws.",
                ),
            )
            text += (
                f"Of its {p} coefficients {zeros} are exactly zero, and no draw of the posterior has one: the zeros "
                "belong to the peak and not to the belief. "
            )
    return Lesson(claims, (_side_by_side(result, w, mean, median, eti),), text.strip())


def _side_by_side(result: Result, w: Vector | None, mean: Vector, median: Vector, eti: Vector) -> Figure:
    s, names = result.problem.statistics, [literal(name) for name in result.problem.features[:MOST]]
    by = (s.column_norms / np.sqrt(s.weight))[:MOST]  # the columns' sds: raw units are not comparable
    series = [
        Series(f"mean, {PROB:.0%} interval", names, by * mean[:MOST], "points", by * eti[:MOST, 1], by * eti[:MOST, 0]),
        Series("median", names, by * median[:MOST], "points"),
    ]
    if w is not None:
        series.append(Series("mode", names, by * w[:MOST], "points"))
    what = "mode, mean and median" if w is not None else "mean and median"
    return Figure(
        title="Where the peak is, and where the posterior is",
        caption=f"The {what} of each coefficient, for a step of one sd of its column, with the interval that holds "
        f"{PROB:.0%} of its posterior. Where they part, the peak does not sum up the whole.",
        alt=f"A dot for the {what} of each of {len(names)} coefficients, and a bar for its interval.",
        x_label="coefficient",
        y_label="slope × sd of its column",
        series=series,
    )
