"""How alpha was chosen, as two figures."""

from __future__ import annotations

from mapsto.marks import number
from mapsto.posteriors.ridge.choose_alpha import Choice
from mapsto.runs.lessons.figure import Figure, Mark, Series

DEPTH_SHOWN = 12.0  # nats below the peak


def choice_figures(choice: Choice) -> tuple[Figure, Figure]:
    """Evidence and prediction error over alpha, with the three answers marked."""
    marks = (
        Mark(choice.by_evidence, "evidence"),
        Mark(choice.by_rows, "rows left out"),
        Mark(choice.by_posterior, "posterior"),
    )
    told = (
        f"evidence at {number(choice.by_evidence)}, rows left out at {number(choice.by_rows)}, posterior at "
        f"{number(choice.by_posterior)}"
    )
    height = choice.evidence - choice.evidence.max()
    return (
        Figure(
            title=r"How probable the data are under each $\alpha$",
            caption=rf"The log evidence, relative to its peak. Three answers to how large $\alpha$ should be: "
            f"{told}. The peak is the one used. Where the curve is flat, the data hardly distinguish the values.",
            alt=r"A curve of log evidence over $\alpha$ with its peak at "
            f"{number(choice.by_evidence)}; marks: {told}.",
            x_label=r"$\alpha$",
            y_label="log evidence, nats below its peak",
            series=(Series("log evidence", choice.grid.tolist(), height.tolist()),),
            marks=marks,
            x_log=True,
            fit_y=(-DEPTH_SHOWN, 0.5),
        ),
        Figure(
            title=r"How well each $\alpha$ predicts a row it has not seen",
            caption="The root mean square error of each row predicted from all the others"
            + ("" if choice.rows == choice.of else f", over a random sample of {choice.rows} rows")
            + ". Its lowest point is what cross-validation would choose.",
            alt=r"A curve of prediction error over $\alpha$, lowest at "
            f"{number(choice.by_rows)}; marks: {told}.",
            x_label=r"$\alpha$",
            y_label="error on rows left out, in units of the target",
            series=(Series("leave-one-out error", choice.grid.tolist(), choice.error.tolist()),),
            marks=marks,
            x_log=True,
        ),
    )
