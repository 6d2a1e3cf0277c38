"""What a point estimate hides under any prior: the lesson of a run that has no words of its own."""

from __future__ import annotations

import numpy as np

from mapsto.certificate import Check
from mapsto.data.statistics import Vector
from mapsto.marks import literal, number, quoted
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
    if result.summary is None and result.problem.table.sweeps is not None:
        return Lesson(
            answer="No engine drew from this posterior. What the page tells of its width is the Laplace "
            "approximation's, where there is one."
        )
    if result.summary is None:
        return Lesson(
            answer="The columns leave one direction of the slopes unbounded, so under this prior the posterior is "
            "improper. The mode shown is the one of smallest norm among many that fit equally well."
        )
    mode = result.mode_or_none
    p = result.problem.p
    exact = result.exact
    mean, median, sd = (values[:p] for values in best_known(exact, result.summary))
    eti = result.summary.eti89[:p] if isinstance(exact, Unsupported) else exact.eti(PROB)
    w = None if mode is None else mode.coef
    claims: tuple[Check, ...] = ()
    if w is None:
        text = "There is no usable mode, and so no such point estimate. The posterior holds everything that is known. "
    elif isinstance(exact, GaussianPosterior):
        text = (
            "The posterior is Normal, so the mode is also its mean. What the mode leaves out is the width, posterior "
            f"sds of {number(sd.min())} to {number(sd.max())}, and how the slopes vary together."
        )
    else:
        far = int(np.argmax(np.abs(w - mean) / sd))
        text = (
            f"The mode leaves out the width: the posterior sd of the slopes is {number(sd.min())} to "
            f"{number(sd.max())}. The mode is farthest from the posterior mean for "
            f"{quoted(result.problem.features[far])}: {number(w[far])} against {number(mean[far])}. "
        )
        zeros = int((w == 0).sum())
        if zeros:
            drawn = int((result.posterior["posterior"]["w"].to_numpy() == 0).sum())
            claims = (
                Check(
                    "no-draw-is-exactly-zero",
                    float(drawn),
                    0.0,
                    "The number of slopes that are exactly zero among the draws; the mode has "
                    f"{zeros} such coefficient{'s' * (zeros != 1)}.",
                ),
            )
            text += (
                f"Of its {p} coefficient{'s' * (p != 1)}, {zeros} {'is' if zeros == 1 else 'are'} exactly zero, and no "
                "draw of the posterior has a zero: the zeros are a property of the peak and not of the belief. "
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
        f"{PROB:.0%} of its posterior. Where they differ, the peak does not summarise the whole.",
        alt=f"A dot for the {what} of each of {len(names)} coefficients, and a bar for its interval.",
        x_label="coefficient",
        y_label=r"slope $\times$ sd of its column",
        series=series,
    )
